"""The bundled model's architecture, and the loss that computes logits only where there is something to learn.

A Qwen3 causal language model as transformers and vLLM know it. Knows tensors; no rows, no tokenizer, no files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor
from transformers import PreTrainedModel, Qwen3Config, Qwen3ForCausalLM


class ModelConfig(BaseModel):
    """Sizes of the model, as the training configuration gives them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden_size: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    # Fewer key and value heads than heads: a smaller cache when served.
    head_dim: int = 64
    intermediate_size: int = 768
    context: int = 2048
    # Longest prompt and answer together, in tokens.
    rope_theta: float = 10000.0


def build_model(config: ModelConfig, *, vocab_size: int, seed: int) -> Qwen3ForCausalLM:
    """Return a freshly initialised model; the same seed gives the same weights."""
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(  # type: ignore[no-untyped-call]
        Qwen3Config(
            vocab_size=vocab_size,
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.kv_heads,
            head_dim=config.head_dim,
            intermediate_size=config.intermediate_size,
            max_position_embeddings=config.context,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
            tie_word_embeddings=True,
            attention_dropout=0.0,
            initializer_range=0.02,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=1,
            use_cache=True,
        )
    )
    # What is added to the residual stream starts smaller, the more layers add to it.
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.mul_((2 * config.layers) ** -0.5)
            layer.mlp.down_proj.weight.mul_((2 * config.layers) ** -0.5)
    return model


@dataclass(frozen=True)
class Batch:
    """Examples of similar length, as tensors."""

    ids: Tensor
    # `(batch, seq_len)` int64, padded on the right with 0. Attention is causal, so padding is never looked at.
    at: Tensor
    # `(positions,)` int64: flat positions in `ids` whose *next* token is learnt.
    targets: Tensor
    # `(positions,)` int64: that next token.
    weights: Tensor
    # `(positions,)` float32: 1 for an answer's token, less for the user's text.
    illegal: Tensor
    # `(held, vocab)` bool, for the first `held` positions, those under a grammar: True where it forbids a token. The
    # positions after them are free text, where every token is legal.
    tasks: Tensor
    # `(positions,)` int64: index of the task the position is reported under; -1 for the user's text.
    rows: Tensor | None = None
    # `(batch,)` int64: index of the task of every row; only balancing and sharing look at it.

    @property
    def tokens(self) -> int:
        """Tokens in the batch, padding included: what it costs."""
        return self.ids.numel()


Trunk = Callable[..., Any]


def losses(model: PreTrainedModel, batch: Batch, *, trunk: Trunk | None = None) -> Tensor:
    """Return the cross-entropy `(positions,)` of every learnt position, normalised over the legal tokens alone.

    Args:
        model: the model.
        batch: what to learn.
        trunk: the model without its output layer (``model.base_model``), or a compiled version of that.
    """
    run = model.base_model if trunk is None else trunk
    hidden = run(input_ids=batch.ids, use_cache=False).last_hidden_state
    picked = hidden.reshape(-1, hidden.shape[-1])[batch.at]
    logits = model.get_output_embeddings()(picked)  # type: ignore[no-untyped-call]
    held = len(batch.illegal)
    parts = []
    if held:
        legal = logits[:held].masked_fill(batch.illegal, -torch.inf)
        parts.append(torch.nn.functional.cross_entropy(legal, batch.targets[:held], reduction="none"))
    if held < len(batch.at):
        parts.append(torch.nn.functional.cross_entropy(logits[held:], batch.targets[held:], reduction="none"))
    return torch.cat(parts)
