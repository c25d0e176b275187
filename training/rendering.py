"""Joins what rendering a row needs: the project's catalogue, the corpora's catalogues, and the grammars of free texts.

The one module of training that knows a skill by name; everything else is given what it needs.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

from agent.catalogue import Catalogue
from agent.rows import SpeakRow, UnderstandRow
from skills.tutoring import expression_grammar
from training.encode import Renderer
from training.tasks import candidates, corpus_catalogue

CANDIDATES = (4, 9)
"""Fewest and most intents listed for a row of another catalogue."""

_PLACEHOLDER = re.compile(r"\bN(\d+)\b")


def make_renderer(catalogue: Catalogue, *, data: Path, seed: int) -> Renderer:
    """Return the renderer of rows of the project's skills and of the corpora below ``data``."""

    def catalogue_of(row: UnderstandRow) -> Catalogue:
        # Drawn from the row itself, so that the same row is listed among the same others in every process.
        rng = random.Random(f"{seed} {row.catalogue} {row.text}")
        return candidates(row, corpus_catalogue(row.catalogue, data), rng, k=rng.randint(*CANDIDATES))

    return Renderer(catalogue, catalogue_of, {"solve": solve_grammar})


def solve_grammar(row: SpeakRow) -> str:
    """Return what holds an equation when it is served: the tutoring skill's grammar over the problem's numbers."""
    return expression_grammar(count_numbers(str(row.fields["problem"])))


def count_numbers(problem: str) -> int:
    """Return how many numbers were taken out of a problem ("Tom has N0 apples ...")."""
    return max((int(number) + 1 for number in _PLACEHOLDER.findall(problem)), default=0)
