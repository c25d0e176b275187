"""The mixture: which rows a model learns from, in which shares, in which order.

Sources are listed in the training configuration; a source's share is a share of *tokens*, so that long rows do not
crowd out short ones. Rows are drawn without replacement: a source is gone through once, in random order, before any of
its rows comes again. The order depends on the seed alone. Knows rows and numbers; no tokenizer, no model.
"""

from __future__ import annotations

import math
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from agent.catalogue import Catalogue
from agent.rows import Row, UnderstandRow

OWN = "own"
"""The source whose rows are generated from the project's own skill files."""


class SourceConfig(BaseModel):
    """One line of the mixture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    # "own" for rows generated from the skill files, else one of training.tasks.CORPUS_TASKS.
    name: str = ""
    # How it is called in reports; the source itself when empty.
    max_examples: int = Field(gt=0)
    # Rows generated, or at most taken.
    weight: float = Field(gt=0)
    # Share of the tokens relative to the other sources (see `temperature`).
    loss_weight: float = Field(default=1.0, gt=0)
    # Weight of its positions in the loss.
    word_dropout: float = Field(default=0.0, ge=0, lt=1)
    # Share of the user's tokens that are left out of the prompt, anew whenever the row is seen; copied ones stay.
    kinds: tuple[str, ...] = ()
    # "own" only: the kinds of rows generated (agent.rowmaking.PROPORTIONS); all in their proportions when empty.

    @property
    def label(self) -> str:
        """The name in reports."""
        return self.name or self.source


class MixtureConfig(BaseModel):
    """What is mixed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[SourceConfig, ...]
    temperature: float = Field(default=1.0, gt=0)
    # share ~ weight x rows^(1 / temperature): 1 is proportional to size, .inf is the weights alone.
    leaks: Literal["stop", "drop"] = "stop"
    # Training rows that say what an evaluation row of the same sets says: an error, or left out.
    held_out: tuple[Path, ...] = ()
    # Dialogue tests (files or folders of YAML) whose words are never trained on.


def load_source(config: SourceConfig, *, split: str, data: Path, catalogue: Catalogue, seed: int) -> list[Row]:
    """Return the first ``max_examples`` rows of a source, in random order.

    A source that is worth capping yields what is most useful first (short sentences before long ones).

    Raises:
        FileNotFoundError: a corpus is not below ``data``.
    """
    rows: list[Row]
    if config.source == OWN:
        from agent.rowmaking import make_rows

        own_split: Literal["train", "eval"] = "train" if split == "train" else "eval"
        # Its own seed for every line of the mixture: two of them must not hold the same rows.
        own_seed = seed if not config.name else zlib.crc32(f"{seed} {config.name}".encode())
        rows = list(make_rows(catalogue, seed=own_seed, count=config.max_examples, split=own_split, kinds=config.kinds))
    else:
        from training.tasks import corpus_rows

        rows = list(islice(corpus_rows(config.source, split, data, seed), config.max_examples))
    random.Random(f"{seed} {config.label}").shuffle(rows)
    return rows


HELD_OUT_WORDS = 4
"""Shorter turns ("yes please") are nobody's property and stay."""


def held_out_texts(paths: Iterable[Path]) -> frozenset[str]:
    """Return the normalised user turns, of four words and more, of the dialogue tests at the given places."""
    from agent.testing import load_dialogues

    turns = (str(turn["user"]) for path in paths for dialogue in load_dialogues(path) for turn in dialogue.turns)
    return frozenset(text for text in map(_plain, turns) if len(text.split()) >= HELD_OUT_WORDS)


def without_held_out(rows: list[Row], texts: frozenset[str]) -> list[Row]:
    """Return the rows whose words are none of the held-out texts."""

    def words(row: Row) -> str:
        return _plain(row.text if isinstance(row, UnderstandRow) else " ".join(map(str, row.fields.values())))

    return [row for row in rows if words(row) not in texts]


def shares(config: MixtureConfig, sizes: Mapping[str, int]) -> dict[str, float]:
    """Return the share of tokens of every source; they add up to 1."""
    raw = {
        source.label: source.weight
        * (1.0 if math.isinf(config.temperature) else sizes[source.label] ** (1 / config.temperature))
        for source in config.sources
        if sizes[source.label]
    }
    total = sum(raw.values())
    return {name: value / total for name, value in raw.items()}


class Sampler:
    """Draws rows so that every source keeps to its share of the tokens drawn so far."""

    def __init__(self, token_shares: Mapping[str, float], sizes: Mapping[str, int], *, seed: int) -> None:
        """Start at the beginning of the order that the seed gives."""
        self._shares = dict(token_shares)
        self._sizes = {name: sizes[name] for name in self._shares}
        self._seed = seed
        self._drawn: dict[str, int] = dict.fromkeys(self._shares, 0)
        self._tokens: dict[str, int] = dict.fromkeys(self._shares, 0)
        # What the next draw goes by: the tokens, but for what was drawn before the shares were changed.
        self._balance: dict[str, int] = dict.fromkeys(self._shares, 0)
        self._orders: dict[str, tuple[int, Sequence[int]]] = {}

    def draw(self, length_of: Callable[[str, int], int]) -> tuple[str, int, int]:
        """Return the next source, row number and length.

        Args:
            length_of: tokens of a row by source and row number; 0 for one that cannot be learnt from, which is passed.

        Raises:
            ValueError: a source has no row that can be learnt from.
        """
        name = min(self._shares, key=lambda source: (self._balance[source] / self._shares[source], source))
        for _ in range(self._sizes[name]):
            epoch, place = divmod(self._drawn[name], self._sizes[name])
            self._drawn[name] += 1
            index = int(self._order(name, epoch)[place])
            length = length_of(name, index)
            if length:
                self._tokens[name] += length
                self._balance[name] += length
                return name, index, length
        raise ValueError(f"no row of source {name!r} can be learnt from; look at the reasons in bad_rows.jsonl")

    def _order(self, name: str, epoch: int) -> Sequence[int]:
        if epoch == 0:
            # Rows were shuffled when they were loaded; in their own order they can be used while others are encoded.
            return range(self._sizes[name])
        held = self._orders.get(name)
        if held is None or held[0] != epoch:
            source_number = sorted(self._shares).index(name)
            generator = np.random.default_rng([self._seed, source_number, epoch])
            held = self._orders[name] = (epoch, generator.permutation(self._sizes[name]).tolist())
        return held[1]

    def state(self) -> dict[str, Any]:
        """Return where the sampler stands, as plain values."""
        return {
            "drawn": dict(self._drawn),
            "tokens": dict(self._tokens),
            "balance": dict(self._balance),
            "shares": dict(self._shares),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; when shares or sources changed since, the new shares count from here on.

        Otherwise a source whose share was raised would be drawn alone until its share of *all* tokens was reached.
        """
        unchanged = state.get("shares") == self._shares
        for name in self._shares:
            self._drawn[name] = state["drawn"].get(name, 0)
            self._tokens[name] = state["tokens"].get(name, 0)
            self._balance[name] = state["balance"][name] if unchanged else 0

    def report(self) -> dict[str, dict[str, float]]:
        """Return what was really drawn, by source."""
        total = sum(self._tokens.values()) or 1
        return {
            name: {
                "rows": self._sizes[name],
                "drawn": self._drawn[name],
                "epochs": round(self._drawn[name] / self._sizes[name], 3),
                "tokens": self._tokens[name],
                "token_share": round(self._tokens[name] / total, 4),
                "wanted_share": round(self._shares[name], 4),
            }
            for name in self._shares
        }


def composition(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many rows there are of each task and kind."""
    counts = Counter(
        f"{row.task}/{row.catalogue}/{row.kind}" if isinstance(row, UnderstandRow) else f"{row.task}/{row.lang}"
        for row in rows
    )
    return dict(sorted(counts.items()))


_NOT_WORD = re.compile(r"\W+")


def _plain(text: str) -> str:
    return _NOT_WORD.sub(" ", text.casefold()).strip()
