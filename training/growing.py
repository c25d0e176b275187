"""Growing a trained model: more tokens and more layers than the folder has that it begins with.

Nothing that the model computes is lost at the start. A new layer adds nothing to the residual stream until it has
learnt to (block expansion: Wu et al. 2024, LLaMA Pro, arXiv:2401.02415). A new token begins at the mean of the tokens
that its text was cut into before. Knows tokenizers and tensors; no rows, no configuration.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.tokenizer import without_control_tokens

EMBEDDINGS = "model.embed_tokens.weight"
MIN_PAIRS = 2
"""A pair of tokens that comes up less often becomes no token."""
_LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)")
# What a layer adds to the residual stream goes through these two.
_OUTPUTS = ("self_attn.o_proj.weight", "mlp.down_proj.weight")

Pair = tuple[str, str]


def grow_tokenizer(tokenizer: Tokenizer, texts: Iterable[str], *, vocab_size: int) -> Tokenizer:
    """Return a tokenizer that goes on merging where a byte-pair one ended (Sennrich et al. 2016, arXiv:1508.07909).

    Tokens keep their ids, and the old merges go first, so what was one token stays one.

    Args:
        tokenizer: as ``train_tokenizer`` makes it.
        texts: what the new tokens are to be frequent in.
        vocab_size: tokens wanted; there are fewer when the texts have no more pairs that come up twice.
    """
    stored = json.loads(tokenizer.to_str())
    vocab: dict[str, int] = stored["model"]["vocab"]
    words = _Words(tokenizer, texts)
    while len(vocab) < vocab_size and (pair := words.most_frequent()):
        words.merge(pair)
        stored["model"]["merges"].append(list(pair))
        # Another way to a token that there is already is a merge too.
        vocab.setdefault("".join(pair), len(vocab))
    return Tokenizer.from_str(json.dumps(stored))


def grow_embeddings(table: Tensor, before: Tokenizer, after: Tokenizer) -> Tensor:
    """Return the table with a row for every new token: the mean of those that ``before`` cuts its text into.

    Args:
        table: `(vocab before, hidden)`.
        before: the tokenizer that the table belongs to.
        after: the same, grown.

    Returns:
        `(vocab after, hidden)`, the rows of ``table`` first.
    """
    new = sorted((token, text) for text, token in after.get_vocab().items() if token >= len(table))
    rows = [table[[piece.id for piece in before.model.tokenize(text)]].mean(dim=0) for _, text in new]
    return torch.stack([*table, *rows]) if rows else table


def grow_layers(weights: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return the weights of a model with so many layers: copies that add nothing yet, spread evenly among the old.

    Args:
        weights: of a Qwen3 or Llama model, by name.
        layers: how many there are to be; no fewer than there are, at most twice as many.
    """
    old = len(_layers(weights))
    added = layers - old
    if not 0 <= added <= old:
        raise ValueError(f"{old} layers cannot grow to {layers}; expected {old} to {2 * old}")
    copied = {(index + 1) * old // added - 1 for index in range(added)}
    grown = {name: tensor for name, tensor in weights.items() if not _LAYER.fullmatch(name)}
    place = 0
    for layer, parts in enumerate(_layers(weights)):
        grown |= {f"model.layers.{place}.{part}": tensor for part, tensor in parts.items()}
        place += 1
        if layer in copied:
            grown |= {
                f"model.layers.{place}.{part}": torch.zeros_like(tensor) if part in _OUTPUTS else tensor.clone()
                for part, tensor in parts.items()
            }
            place += 1
    return grown


def _layers(weights: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    layers: dict[int, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        if match := _LAYER.fullmatch(name):
            layers.setdefault(int(match[1]), {})[match[2]] = tensor
    return [layers[index] for index in sorted(layers)]


class _Words:
    """The distinct words of some texts as tokens, and how often each pair of neighbours comes up in them."""

    def __init__(self, tokenizer: Tokenizer, texts: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        for text in without_control_tokens(texts):
            counts.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text))
        self._words = [[token.value for token in tokenizer.model.tokenize(word)] for word in counts]
        self._times = list(counts.values())
        self._pairs: Counter[Pair] = Counter()
        self._where: dict[Pair, set[int]] = {}
        for word in range(len(self._words)):
            self._count(word, self._times[word])
        # Counts change; an entry that is not what `_pairs` says has been replaced by a later one.
        self._heap = [(-times, pair) for pair, times in self._pairs.items()]
        heapq.heapify(self._heap)

    def most_frequent(self) -> Pair | None:
        """Return the most frequent pair, the first by letters of equals; None when none comes up twice."""
        while self._heap:
            times, pair = self._heap[0]
            if self._pairs[pair] == -times:
                return pair if -times >= MIN_PAIRS else None
            heapq.heappop(self._heap)
        return None

    def merge(self, pair: Pair) -> None:
        """Make one token of the pair wherever it comes up."""
        for word in sorted(self._where[pair]):
            changed = self._count(word, -self._times[word])
            self._words[word] = _merged(self._words[word], pair)
            changed |= self._count(word, self._times[word])
            for each in sorted(changed):
                heapq.heappush(self._heap, (-self._pairs[each], each))

    def _count(self, word: int, times: int) -> set[Pair]:
        tokens = self._words[word]
        pairs = list(itertools.pairwise(tokens))
        for pair in pairs:
            self._pairs[pair] += times
            places = self._where.setdefault(pair, set())
            if times > 0:
                places.add(word)
            else:
                places.discard(word)
        return set(pairs)


def _merged(tokens: list[str], pair: Pair) -> list[str]:
    merged: list[str] = []
    for token in tokens:
        if merged and (merged[-1], token) == pair:
            merged[-1] += token
        else:
            merged.append(token)
    return merged
