"""Fine-tuning a base model from the hub or a folder, all weights or LoRA, on factotum's tasks.

The base keeps its own tokenizer, and the nine control tokens of the compact prompt are added to it: the text trained on
is then the text served by the same renderer, under the same grammar, and a prompt is a fifth of its chat form. Their
embeddings begin at the mean of all.

LoRA trains low-rank matrices and the rows of the new tokens. vLLM holds no adapter with embeddings of its own, so the
finished model is written with the adapter merged in: a plain folder, like every other model of factotum's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedModel

from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.fingerprint import write_fingerprint
from agent.prompting import CONTROL_TOKENS, END
from training.config import BaseConfig
from training.tasks.known import save_known


@dataclass
class Base:
    """A base model made ready."""

    model: PreTrainedModel
    # What computes; with LoRA layers inside when asked for.
    words: Any
    # Its tokenizer as transformers has it.
    adapted: Any = None
    # peft's view of the model, when LoRA is trained.

    @property
    def rows(self) -> int:
        """Rows of the embedding table: often more than the tokenizer has tokens."""
        table: Any = self.model.get_input_embeddings()
        return int(table.weight.shape[0])

    def save_tokenizer(self, folder: Path) -> Tokenizer:
        """Write the tokenizer with the control tokens, and return it as the rest of training knows it."""
        self.words.save_pretrained(folder)
        return Tokenizer.from_file(str(folder / "tokenizer.json"))

    def context(self, wanted: int) -> int:
        """Return the longest example, in tokens: what is wanted, as far as the model reads."""
        return min(wanted, int(getattr(self.model.config, "max_position_embeddings", wanted)))

    def save(
        self, folder: Path, catalogue: Catalogue, *, trained: PreTrainedModel, known: Sequence[Catalogue] = ()
    ) -> None:
        """Write a plain model folder with fingerprint; an adapter is merged in."""
        folder.mkdir(parents=True, exist_ok=True)
        model: Any = trained if self.adapted is None else self.adapted.merge_and_unload()
        end = self.words.convert_tokens_to_ids(END)
        own = model.generation_config.eos_token_id if model.generation_config else None
        others = [own] if isinstance(own, int) else list(own or ())
        ends = [end, *(other for other in others if other != end)]
        model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, eos_token_id=ends, pad_token_id=self.words.convert_tokens_to_ids(CONTROL_TOKENS[0])
        )
        model.config.eos_token_id = ends
        # One file: the fingerprint names it.
        model.save_pretrained(folder, max_shard_size="1TB")
        self.save_tokenizer(folder)
        write_fingerprint(folder, catalogue)
        save_known(known, folder)


def load_base(config: BaseConfig, *, seed: int) -> Base:
    """Load a base model and its tokenizer, and give both the control tokens.

    Raises:
        InputError: it cannot be loaded, has no fast tokenizer, or computes its logits otherwise than training does.
    """
    try:
        words = AutoTokenizer.from_pretrained(config.name, revision=config.revision)
        model = AutoModelForCausalLM.from_pretrained(config.name, revision=config.revision, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise InputError(f"base {config.name!r} cannot be loaded ({error}); expected a folder or a hub name") from error
    if not words.is_fast:
        raise InputError(f"base {config.name!r} has no tokenizer.json; the grammar engine needs one")
    torch.manual_seed(seed)
    added = _add_control_tokens(model, words)
    _check_logits(model, config.name)
    if config.lora is None:
        return Base(model, words)
    from peft import LoraConfig, get_peft_model

    lora, targets = config.lora, config.lora.targets
    adapted: Any = get_peft_model(
        model,
        LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=targets if isinstance(targets, str) else list(targets),
            trainable_token_indices=added or None,
            task_type="CAUSAL_LM",
        ),
    )
    return Base(adapted.get_base_model(), words, adapted)


def _add_control_tokens(model: PreTrainedModel, words: Any) -> list[int]:
    """Add the control tokens the tokenizer lacks, and return the ids of all that were added."""
    known = words.get_vocab()
    added = [token for token in CONTROL_TOKENS if token not in known]
    words.add_tokens([AddedToken(token, special=True, normalized=False) for token in added], special_tokens=True)
    table: Any = model.get_input_embeddings()
    rows = table.weight.shape[0]
    if len(words) > rows:
        model.resize_token_embeddings(len(words), mean_resizing=False)
    ids = [int(words.convert_tokens_to_ids(token)) for token in added]
    head: Any = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for module in {id(part.weight): part for part in (model.get_input_embeddings(), head)}.values():
            weight: Any = module.weight
            mean, spread = weight[:rows].mean(0), weight[:rows].std()
            for number in ids:
                # A little apart, so that they can part at all.
                weight[number] = mean + 0.1 * spread * torch.randn_like(mean)
    return ids


def _check_logits(model: PreTrainedModel, name: str) -> None:
    """Compute a probe's logits as the loss does and as the model does.

    The loss needs logits at few places, so it applies the output layer itself.
    """
    probe = torch.arange(3, 11)[None]
    model.eval()  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        expected = model(probe, use_cache=False).logits
        hidden = model.base_model(input_ids=probe, use_cache=False).last_hidden_state
        found = model.get_output_embeddings()(hidden)  # type: ignore[no-untyped-call]
    model.train()
    if not torch.allclose(found, expected, rtol=1e-3, atol=1e-3):
        raise InputError(
            f"base {name!r} changes its logits after the output layer (soft capping, say), which the loss does not; "
            "choose another base"
        )
