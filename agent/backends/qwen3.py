"""The network of factotum's own models (Qwen3) on the CPU, in numpy: token ids in, logits of the next token out.

Reads a Hugging Face directory as training writes it (config.json, model.safetensors), so that the package carries
one copy of the weights. For models of a few tens of megabytes this is quicker than the general runtimes, whose
overhead per call is larger than the arithmetic (docs/runtimes.md has the measurements).

Knows no tokenizer, no grammar and no sampling. One stream at a time, or several of one length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open

from agent.errors import ModelNotUsable

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
BLOCK = 64
"""Tokens a prompt is read in at a time: reading can be stopped between two blocks, and whole blocks be kept."""

Floats = NDArray[np.float32]

_READABLE = ("F32", "F16")
_NEXT_STEP = "release the model again (python -m training release), or reinstall the package it came with"


class _Rope(BaseModel):
    rope_theta: float = 10000.0
    rope_type: str = "default"


class Qwen3Config(BaseModel):
    """What of a Hugging Face config.json the network depends on; other keys are for other readers."""

    model_config = ConfigDict(frozen=True)

    model_type: str
    vocab_size: int = Field(gt=0)
    hidden_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    num_key_value_heads: int = Field(gt=0)
    head_dim: int = Field(gt=0, multiple_of=2)
    intermediate_size: int = Field(gt=0)
    max_position_embeddings: int = Field(gt=0)
    rms_norm_eps: float = 1e-6
    hidden_act: str = "silu"
    attention_bias: bool = False
    tie_word_embeddings: bool = False
    use_sliding_window: bool = False
    rope_theta: float | None = None
    # Where transformers before version 5 wrote it.
    rope_parameters: _Rope = _Rope()
    # Where it stands since.
    eos_token_id: int | list[int]

    @property
    def theta(self) -> float:
        """Base of the rotary positions."""
        return self.rope_theta if self.rope_theta is not None else self.rope_parameters.rope_theta

    @property
    def end_ids(self) -> tuple[int, ...]:
        """Tokens that end an answer."""
        return (self.eos_token_id,) if isinstance(self.eos_token_id, int) else tuple(self.eos_token_id)

    def unsupported(self) -> list[str]:
        """Return what this module cannot do of what the config asks for, in words."""
        wanted = {
            "model_type": (self.model_type, "qwen3"),
            "hidden_act": (self.hidden_act, "silu"),
            "attention_bias": (self.attention_bias, False),
            "use_sliding_window": (self.use_sliding_window, False),
            "rope_type": (self.rope_parameters.rope_type, "default"),
        }
        found = [f"{key} is {value!r}, expected {right!r}" for key, (value, right) in wanted.items() if value != right]
        if self.num_attention_heads % self.num_key_value_heads:
            found.append("num_attention_heads is no multiple of num_key_value_heads")
        return found


@dataclass(frozen=True)
class _Layer:
    """One layer's weights as Hugging Face stores them, `(out, in)`, with those joined that are applied to one input."""

    attention_norm: Floats
    qkv: Floats
    # `((heads + 2 * kv_heads) * head_dim, hidden)`.
    qk_norm: Floats
    # `(heads + kv_heads, head_dim)`.
    output: Floats
    mlp_norm: Floats
    gate_up: Floats
    # `(2 * intermediate, hidden)`.
    down: Floats


class Cache:
    """Keys and values of the tokens read so far, of one stream or of several that are equally long."""

    def __init__(self, config: Qwen3Config, streams: int = 1) -> None:
        layers, heads, length = config.num_hidden_layers, config.num_key_value_heads, config.max_position_embeddings
        # Untouched pages of an empty array cost no memory, so there is no need to grow it.
        self.keys: Floats = np.empty((layers, streams, heads, config.head_dim, length), np.float32)
        self.values: Floats = np.empty((layers, streams, heads, length, config.head_dim), np.float32)
        self.length = 0
        # Tokens held. Setting it lower forgets the later ones.

    def take(self, other: Cache, streams: Sequence[int]) -> None:
        """Hold what another cache (or this one) holds, stream by stream: one it has may be taken more than once."""
        chosen, length = list(streams), other.length
        self.keys[:, : len(chosen), ..., :length] = other.keys[:, chosen, ..., :length]
        self.values[:, : len(chosen), :, :length] = other.values[:, chosen, :, :length]
        self.length = length


class Qwen3:
    """A loaded network.

    >>> network = Qwen3.load(model_dir)
    >>> cache = network.new_cache()
    >>> logits = network.forward(prompt_ids, cache)
    """

    def __init__(self, config: Qwen3Config, weights: Mapping[str, Floats]) -> None:
        self.config = config
        self._embeddings = weights["model.embed_tokens.weight"]
        self._norm = weights["model.norm.weight"]
        self._head = self._embeddings if config.tie_word_embeddings else weights["lm_head.weight"]
        self._layers = [_layer(config, weights, number) for number in range(config.num_hidden_layers)]
        dim = config.head_dim
        frequencies = config.theta ** (-np.arange(0, dim, 2, dtype=np.float32) / np.float32(dim))
        angles = np.outer(np.arange(config.max_position_embeddings, dtype=np.float32), frequencies)
        # `(positions, 1, head_dim)`; the sign of the rotated half is in the sines.
        self._cos: Floats = np.cos(np.concatenate([angles, angles], 1)).astype(np.float32)[:, None]
        self._sin: Floats = np.sin(np.concatenate([-angles, angles], 1)).astype(np.float32)[:, None]

    @classmethod
    def load(cls, model_dir: Path) -> Qwen3:
        """Read config and weights.

        Raises:
            ModelNotUsable: a file is missing, truncated or for another network; or a weight is not a number.
        """
        config = read_config(model_dir)
        network = cls(config, _read_weights(model_dir / WEIGHTS_FILE, config))
        # Ready means that it has computed something: a file of the right size may still be full of rubbish.
        if not np.isfinite(network.forward([config.end_ids[0]], network.new_cache())).all():
            raise ModelNotUsable(f"{model_dir / WEIGHTS_FILE} computes no numbers (a weight is NaN); {_NEXT_STEP}")
        return network

    def new_cache(self, streams: int = 1) -> Cache:
        """Return an empty cache for at most so many streams."""
        return Cache(self.config, streams)

    def forward(self, ids: Sequence[int], cache: Cache) -> Floats:
        """Read tokens after those in the cache and return the logits `(vocab,)` of the token after the last.

        The caller sees to it that there are some, and that they fit into ``max_position_embeddings``.
        """
        logits: Floats = self.forward_each([ids], cache)[0]
        return logits

    def forward_each(self, ids: Sequence[Sequence[int]], cache: Cache) -> Floats:
        """Read as many tokens in each of the cache's first streams; return the logits `(streams, vocab)` after them."""
        config = self.config
        heads, kv_heads, dim = config.num_attention_heads, config.num_key_value_heads, config.head_dim
        group, half, eps = heads // kv_heads, dim // 2, config.rms_norm_eps
        streams, count, start = len(ids), len(ids[0]), cache.length
        end = start + count
        assert 0 < count <= config.max_position_embeddings - start
        cos, sin = self._cos[start:end], self._sin[start:end]
        scale = np.float32(dim**-0.5)
        # What a token may not see: those that come after it.
        mask = np.triu(np.full((count, end), -np.inf, np.float32), start + 1) if count > 1 else None

        # `(streams * count, hidden)`: but for attention, all tokens are rows of one product.
        hidden: Floats = self._embeddings[np.asarray(ids).ravel()]
        for number, layer in enumerate(self._layers):
            projected = _rms_norm(hidden, layer.attention_norm, eps) @ layer.qkv.T
            qkv = projected.reshape(streams, count, heads + 2 * kv_heads, dim)
            queries_keys = _rms_norm(qkv[:, :, : heads + kv_heads], layer.qk_norm, eps)
            turned = np.concatenate((queries_keys[..., half:], queries_keys[..., :half]), -1)
            queries_keys = queries_keys * cos + turned * sin
            keys, values = cache.keys[number, :streams], cache.values[number, :streams]
            keys[..., start:end] = queries_keys[:, :, heads:].transpose(0, 2, 3, 1)
            values[:, :, start:end] = qkv[:, :, heads + kv_heads :].transpose(0, 2, 1, 3)
            # Heads that share keys are computed as more rows of one product.
            queries = queries_keys[:, :, :heads].reshape(streams, count, kv_heads, group, dim).transpose(0, 2, 3, 1, 4)
            scores: Floats = queries.reshape(streams, kv_heads, group * count, dim) @ keys[..., :end] * scale
            if mask is not None:
                scores = (scores.reshape(streams, kv_heads, group, count, end) + mask).reshape(scores.shape)
            scores -= scores.max(-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(-1, keepdims=True)
            mixed: Floats = (scores @ values[:, :, :end]).reshape(streams, kv_heads, group, count, dim)
            hidden = hidden + mixed.transpose(0, 3, 1, 2, 4).reshape(streams * count, heads * dim) @ layer.output.T

            gate_up = _rms_norm(hidden, layer.mlp_norm, eps) @ layer.gate_up.T
            gate, up = gate_up[:, : config.intermediate_size], gate_up[:, config.intermediate_size :]
            with np.errstate(over="ignore"):
                # exp of a large number is infinity, and the quotient the right zero.
                gate = gate / (1 + np.exp(-gate))
            hidden = hidden + (gate * up) @ layer.down.T
        cache.length = end
        logits: Floats = _rms_norm(hidden[count - 1 :: count], self._norm, eps) @ self._head.T
        return logits


def read_config(model_dir: Path) -> Qwen3Config:
    """Return the model's config.

    Raises:
        ModelNotUsable: there is none, it cannot be read, or it is for another network.
    """
    path = model_dir / CONFIG_FILE
    try:
        config = Qwen3Config.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelNotUsable(f"{path} cannot be read ({error.strerror}); {_NEXT_STEP}") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
        raise ModelNotUsable(f"{path} is no config of a Qwen3 model ({problems}); {_NEXT_STEP}") from error
    unsupported = config.unsupported()
    if unsupported:
        raise ModelNotUsable(
            f"{path}: {'; '.join(unsupported)}; the local backend runs factotum's own models only, "
            "use the vllm backend for this one"
        )
    return config


def _rms_norm(x: Floats, weight: Floats, eps: float) -> Floats:
    normed: Floats = x * (1 / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(eps))) * weight
    return normed


def _layer(config: Qwen3Config, weights: Mapping[str, Floats], number: int) -> _Layer:
    def of(name: str) -> Floats:
        return weights[f"model.layers.{number}.{name}.weight"]

    return _Layer(
        attention_norm=of("input_layernorm"),
        qkv=np.concatenate([of(f"self_attn.{name}_proj") for name in "qkv"]),
        qk_norm=np.concatenate(
            [
                np.tile(of("self_attn.q_norm"), (config.num_attention_heads, 1)),
                np.tile(of("self_attn.k_norm"), (config.num_key_value_heads, 1)),
            ]
        ),
        output=of("self_attn.o_proj"),
        mlp_norm=of("post_attention_layernorm"),
        gate_up=np.concatenate([of("mlp.gate_proj"), of("mlp.up_proj")]),
        down=of("mlp.down_proj"),
    )


def _expected_shapes(config: Qwen3Config) -> dict[str, list[int]]:
    hidden, dim, inner = config.hidden_size, config.head_dim, config.intermediate_size
    queries, keys = config.num_attention_heads * dim, config.num_key_value_heads * dim
    shapes = {"model.embed_tokens": [config.vocab_size, hidden], "model.norm": [hidden]}
    if not config.tie_word_embeddings:
        shapes["lm_head"] = [config.vocab_size, hidden]
    for number in range(config.num_hidden_layers):
        layer = {
            "input_layernorm": [hidden],
            "post_attention_layernorm": [hidden],
            "self_attn.q_proj": [queries, hidden],
            "self_attn.k_proj": [keys, hidden],
            "self_attn.v_proj": [keys, hidden],
            "self_attn.o_proj": [hidden, queries],
            "self_attn.q_norm": [dim],
            "self_attn.k_norm": [dim],
            "mlp.gate_proj": [inner, hidden],
            "mlp.up_proj": [inner, hidden],
            "mlp.down_proj": [hidden, inner],
        }
        shapes |= {f"model.layers.{number}.{name}": shape for name, shape in layer.items()}
    return {f"{name}.weight": shape for name, shape in shapes.items()}


def _read_weights(path: Path, config: Qwen3Config) -> dict[str, Floats]:
    """Return the weights in float32; the header's word on sizes is checked by the safetensors library."""
    if not path.is_file():
        raise ModelNotUsable(f"{path} is missing; expected the weights in one safetensors file; {_NEXT_STEP}")
    try:
        with safe_open(path, framework="np") as file:
            return {name: _tensor(file, path, name, shape) for name, shape in _expected_shapes(config).items()}
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise ModelNotUsable(f"{path} is truncated or damaged ({error}; it has {size} bytes); {_NEXT_STEP}") from error


def _tensor(file: Any, path: Path, name: str, shape: list[int]) -> Floats:
    if name not in file.keys():  # noqa: SIM118 - not a dict: it has no `in`.
        raise ModelNotUsable(f"{path} holds no tensor {name!r}, which its {CONFIG_FILE} asks for; {_NEXT_STEP}")
    view = file.get_slice(name)
    if view.get_shape() != shape or view.get_dtype() not in _READABLE:
        raise ModelNotUsable(
            f"{path}: {name} is {view.get_dtype()} {view.get_shape()}, expected {' or '.join(_READABLE)} {shape} "
            f"by its {CONFIG_FILE}; {_NEXT_STEP}"
        )
    return np.ascontiguousarray(file.get_tensor(name), dtype=np.float32)
