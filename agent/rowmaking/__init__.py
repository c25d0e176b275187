"""Training rows from skill declarations: templates x values x dialogue situations x noise.

    for row in make_rows(catalogue, seed=1, count=100_000, split="train"): ...

The same seed gives the same rows. Train and eval share neither a lexicon value nor a sentence template that is held
back. Knows declarations and the command language; no tokenizer, no model, no corpus.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from agent.catalogue import Catalogue
from agent.rowmaking.examples import examples_of
from agent.rowmaking.maker import RowMaker
from agent.rowmaking.values import Split
from agent.rowmaking.wording import held_back
from agent.rows import UnderstandRow

__all__ = ["PROPORTIONS", "examples_of", "held_back", "make_rows"]

PROPORTIONS: dict[str, float] = {
    "request": 0.32,
    "answer": 0.14,
    "choice": 0.035,
    "correction": 0.075,
    "yes_no": 0.08,
    "cancel": 0.035,
    "digression": 0.055,
    "follow_up": 0.035,
    "several": 0.085,
    "undo": 0.01,
    "repeat": 0.01,
    "handoff": 0.01,
    "resume": 0.015,
    "again": 0.02,
    "retract": 0.01,
    "clarify": 0.006,
    "clarified": 0.008,
    "no_action": 0.045,
    "chat": 0.035,
    "out_of_scope": 0.035,
}
"""Share of each kind; a kind that a catalogue cannot make is left out."""


def make_rows(
    catalogue: Catalogue, *, seed: int, count: int, split: Split, kinds: Sequence[str] = ()
) -> Iterator[UnderstandRow]:
    """Yield ``count`` rows (fewer only when the catalogue makes none at all), the same for the same seed.

    Args:
        catalogue: the skills.
        seed: of everything that is drawn.
        count: rows.
        split: "train" or "eval".
        kinds: only rows of these kinds of ``PROPORTIONS``; of all when empty.

    Raises:
        ValueError: ``split`` is neither "train" nor "eval", or there is no such kind.
    """
    if split not in ("train", "eval"):
        raise ValueError(f"split is {split!r}; expected 'train' or 'eval'")
    if unknown := set(kinds) - set(PROPORTIONS):
        raise ValueError(f"no rows of kind {', '.join(sorted(unknown))}; there are {', '.join(PROPORTIONS)}")
    rng = random.Random(f"{seed}:{split}")
    maker = RowMaker(catalogue, split, rng)
    wanted = {kind: share for kind, share in PROPORTIONS.items() if not kinds or kind in kinds}
    names, weights = list(wanted), list(wanted.values())
    made = misses = 0
    while made < count and misses < 1_000:
        row = maker.make(rng.choices(names, weights)[0])
        if row is None:
            misses += 1
            continue
        misses = 0
        made += 1
        yield row
