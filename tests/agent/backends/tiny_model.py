"""Makes model directories with random weights, as training would lay them out, without torch.

The weights mean nothing; the files, names, shapes and the tokenizer are those of a real model, so that whatever reads
one reads the other.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from agent.prompting import CONTROL_TOKENS, END, PAD

WORDS = r" ?\p{L}+(?:[_.]\p{L}+)*| ?\p{N}|\n| ?[^\s\p{L}\p{N}]+|\s+"
TEXT = """start weather.forecast set place oslo set day tomorrow refuse handoff say weather clarify translation weather
start translation.translate set text @all set target german english what will the weather be like in oslo please
translate good morning to german i would like a table for two at half past seven the second one yes no thank you
"<b>", "<b>", "<b>", "<b>" <|odd|> <|odd|>
"""
TINY = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 48,
    "max_position_embeddings": 512,
}


def make_tokenizer(vocab_size: int, texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(CONTROL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def make_model(folder: Path, *, seed: int = 0, tied: bool = True, texts: list[str] | None = None, **sizes: int) -> Path:
    """Write a model directory and return it. Sizes not given are tiny."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer(sizes.get("vocab_size", TINY["vocab_size"]), texts or [TEXT])
    tokenizer.save(str(folder / "tokenizer.json"))
    config: dict[str, Any] = {
        **TINY,
        **sizes,
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "dtype": "float32",
        "hidden_act": "silu",
        "attention_bias": False,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "tie_word_embeddings": tied,
        "use_sliding_window": False,
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id(END),
        "pad_token_id": tokenizer.token_to_id(PAD),
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": PAD})
    )
    save_file(_weights(config, np.random.default_rng(seed)), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _weights(config: dict[str, Any], random: np.random.Generator) -> dict[str, np.ndarray]:
    hidden, dim, inner, vocab = (config[key] for key in ("hidden_size", "head_dim", "intermediate_size", "vocab_size"))
    queries, keys = config["num_attention_heads"] * dim, config["num_key_value_heads"] * dim

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) / columns**0.5).astype(np.float32)

    def norm(size: int) -> np.ndarray:
        return random.uniform(0.5, 1.5, size).astype(np.float32)

    weights = {"model.embed_tokens.weight": matrix(vocab, hidden) * 4, "model.norm.weight": norm(hidden)}
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = matrix(vocab, hidden)
    for number in range(config["num_hidden_layers"]):
        layer = {
            "input_layernorm": norm(hidden),
            "post_attention_layernorm": norm(hidden),
            "self_attn.q_proj": matrix(queries, hidden),
            "self_attn.k_proj": matrix(keys, hidden),
            "self_attn.v_proj": matrix(keys, hidden),
            "self_attn.o_proj": matrix(hidden, queries),
            "self_attn.q_norm": norm(dim),
            "self_attn.k_norm": norm(dim),
            "mlp.gate_proj": matrix(inner, hidden),
            "mlp.up_proj": matrix(inner, hidden),
            "mlp.down_proj": matrix(hidden, inner),
        }
        weights |= {f"model.layers.{number}.{name}.weight": value for name, value in layer.items()}
    return weights
