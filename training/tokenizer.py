"""The tokenizer of factotum's own models: byte-level BPE over words, made from the rows a model is trained on.

Words are split first and keep their leading space, so that a value copied from the user's text has the same tokens in
both places: neither the grammar's mask nor the loss could point at it otherwise. Knows texts and files; no rows, no
model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from agent.prompting import CONTROL_TOKENS, END, PAD, REPLY, TASK

# Words with inner dots and underscores stay whole ("weather.forecast" is one token where it is frequent), digits are
# single (a number is read and copied digit by digit), a line end is its own token (it ends a command).
WORDS = r" ?\p{L}+(?:[_.]\p{L}+)*| ?\p{N}|\n| ?[^\s\p{L}\p{N}]+|\s+"

_CONTROL = re.compile("|".join(re.escape(token) for token in CONTROL_TOKENS))

# What a server's chat endpoint makes of messages: the last user message as a task. Understanding goes through the
# completions endpoint with the compact prompt, which needs no template.
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if loop.last %}" + TASK + " {{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}" + REPLY + "{% endif %}"
)


def train_tokenizer(texts: Iterable[str], *, vocab_size: int) -> Tokenizer:
    """Make a tokenizer of ``vocab_size`` tokens; the control tokens get the first ids, in their order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, special=True, normalized=False) for token in CONTROL_TOKENS]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(without_control_tokens(texts), trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and the configuration by which ``transformers.AutoTokenizer`` and vLLM load it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 2048,
        "additional_special_tokens": [token for token in CONTROL_TOKENS if token not in (PAD, END)],
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a model or run folder.

    Raises:
        FileNotFoundError: the folder has no tokenizer.json.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} not found; expected a folder written by `python -m training`")
    return Tokenizer.from_file(str(path))


def without_control_tokens(texts: Iterable[str]) -> Iterator[str]:
    """Yield what stands between the control tokens: they are whole tokens and must not teach the BPE their letters."""
    for text in texts:
        yield from (piece for piece in _CONTROL.split(text) if piece)
