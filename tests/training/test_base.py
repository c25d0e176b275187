"""Fine-tuning bases of other houses: tiny Llama and Qwen3 folders with tokenizers of their own, made here."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from agent.backends.base import Prompt, Request
from agent.errors import InputError
from agent.fingerprint import check_fingerprint
from agent.prompting import CONTROL_TOKENS, END, UNDERSTAND
from tests.training.factory import CATALOGUE, understand_rows
from tests.training.small import ROWS, config, renderer
from training.base import load_base
from training.config import BaseConfig, ConfigError, LoraSettings, ScheduleConfig
from training.decode import TorchBackend
from training.encode import Encoder
from training.trainer import train

SIZES = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
    "intermediate_size": 64, "max_position_embeddings": 256,
}  # fmt: skip
LLAMA_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+"
)
QWEN_WORDS = LLAMA_WORDS.replace("{1,3}", "")


@cache
def texts() -> tuple[str, ...]:
    return tuple(getattr(row, "text", None) or row.target for rows in ROWS.values() for row in rows)


def words(pattern: str, special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def llama(folder: Path) -> Path:
    """A Llama with its own output weights, which puts a beginning-of-text token before everything."""
    tokenizer = words(LLAMA_WORDS, ["<|begin_of_text|>", "<|end_of_text|>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>"
    ).save_pretrained(folder)
    torch.manual_seed(1)
    size = tokenizer.get_vocab_size()
    LlamaForCausalLM(LlamaConfig(vocab_size=size, eos_token_id=1, tie_word_embeddings=False, **SIZES)).save_pretrained(
        folder
    )
    return folder


def qwen(folder: Path) -> Path:
    """A Qwen3 with tied output weights and spare rows in its table."""
    tokenizer = words(QWEN_WORDS, ["<|endoftext|>"])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
    torch.manual_seed(1)
    spare = tokenizer.get_vocab_size() + 40
    Qwen3ForCausalLM(Qwen3Config(vocab_size=spare, eos_token_id=0, tie_word_embeddings=True, **SIZES)).save_pretrained(
        folder
    )
    return folder


BASES = pytest.mark.parametrize("make", [llama, qwen])


def tune(base: Path, run: Path, *, lora: LoraSettings | None = None, **options):
    schedule = ScheduleConfig(train_tokens=options.pop("tokens", 30_000), warmup_steps=10, peak_lr=0.02)
    settings = config(base=BaseConfig(name=str(base), lora=lora), schedule=schedule)
    return train(settings, ROWS, renderer(), run=run, show_progress=False, **options)


@BASES
def test_a_base_learns_the_tasks_and_becomes_a_folder_like_any_other(tmp_path, make):
    outcome = tune(make(tmp_path / "base"), tmp_path / "run")
    assert outcome.finished
    assert sum(outcome.losses[-10:]) < 0.3 * sum(outcome.losses[:10])
    assert check_fingerprint(outcome.model_dir, CATALOGUE) == frozenset(CATALOGUE.signatures)
    backend, right = TorchBackend(outcome.model_dir), 0
    for row in understand_rows(10, seed=9):
        rendered = renderer().render(row)
        answer = backend.generate(Request(Prompt(rendered.prompt, ()), grammar=rendered.grammar))
        right += answer == rendered.target
    assert right >= 8
    model = AutoModelForCausalLM.from_pretrained(outcome.model_dir)
    tokenizer = AutoTokenizer.from_pretrained(outcome.model_dir)
    assert tokenizer.convert_tokens_to_ids(END) == model.generation_config.eos_token_id[0]
    assert tokenizer.tokenize(f"{UNDERSTAND} oslo")[0] == UNDERSTAND


@BASES
def test_lora_trains_its_matrices_and_the_new_tokens_and_is_merged_in(tmp_path, make):
    base_dir = make(tmp_path / "base")
    outcome = tune(base_dir, tmp_path / "run", lora=LoraSettings(rank=4, alpha=8), tokens=6_000)
    assert sum(outcome.losses[-8:]) < sum(outcome.losses[:8])
    before = AutoModelForCausalLM.from_pretrained(base_dir).state_dict()
    after = AutoModelForCausalLM.from_pretrained(outcome.model_dir).state_dict()
    assert set(before) == set(after)
    size = len(AutoTokenizer.from_pretrained(base_dir))
    for name, value in before.items():
        # Rows of the new tokens come after those of the base's own.
        old = slice(0, size) if "embed" in name or "lm_head" in name else slice(None)
        assert torch.equal(after[name][old], value[old]) == ("_proj" not in name), name
    new = after["model.embed_tokens.weight"][size : size + len(CONTROL_TOKENS)]
    assert new.shape[0] == len(CONTROL_TOKENS)
    assert not torch.equal(new[2], new[3])


def test_a_tuning_run_goes_on_where_it_stopped(tmp_path):
    base = qwen(tmp_path / "base")
    straight = tune(base, tmp_path / "straight", lora=LoraSettings(rank=4), steps=6)
    first = tune(base, tmp_path / "resumed", lora=LoraSettings(rank=4), steps=3)
    assert first.losses + tune(base, tmp_path / "resumed", lora=LoraSettings(rank=4), steps=6).losses == straight.losses


def test_new_tokens_fit_into_spare_rows_and_begin_near_the_mean(tmp_path):
    base_dir = qwen(tmp_path / "base")
    rows = AutoModelForCausalLM.from_pretrained(base_dir).config.vocab_size
    base = load_base(BaseConfig(name=str(base_dir)), seed=0)
    assert base.rows == rows
    table = base.model.get_input_embeddings().weight.detach()
    number = base.words.convert_tokens_to_ids(END)
    assert (table[number] - table.mean(0)).norm() < 0.5 * table[5].norm()


def test_ids_beyond_sixteen_bits_are_kept():
    made = json.loads(words(QWEN_WORDS, ["<|endoftext|>"]).to_str())
    vocab = made["model"]["vocab"]
    vocab |= {f"filler{number}": number for number in range(len(vocab), 2**16 + 1)}
    tokenizer = Tokenizer.from_str(json.dumps(made))
    tokenizer.add_special_tokens(list(CONTROL_TOKENS))
    encoder = Encoder(tokenizer, renderer(), context=128)
    example = encoder.encode(understand_rows(1)[0])
    assert example.ids[0] == tokenizer.token_to_id(UNDERSTAND) > 2**16
    assert example.ids[-1] == tokenizer.token_to_id(END)


def test_a_base_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing' cannot be loaded.*a folder or a hub name"):
        load_base(BaseConfig(name=str(tmp_path / "nothing")), seed=0)


def test_lora_and_sharing_do_not_go_together(tmp_path):
    groups = {"a": ["own"], "b": ["translate"]}
    settings = config(
        base=BaseConfig(name=str(qwen(tmp_path / "base")), lora=LoraSettings()),
        sharing={"kind": "soft", "groups": groups},
    )
    with pytest.raises(ConfigError, match="choose one of them"):
        train(settings, ROWS, renderer(), run=tmp_path / "run", show_progress=False, steps=1)
