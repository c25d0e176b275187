"""One question put to a model, what is right, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.rows import Row


@dataclass(frozen=True)
class Case:
    """One question."""

    row: Row
    # As it is served; an UnderstandRow's commands and a SpeakRow's target are what is right.
    gold: dict[str, Any] = field(default_factory=dict)
    # What the metric needs beside the row: the set's own label, values, answers.


@dataclass(frozen=True)
class Answered:
    """One question with its answer."""

    row: Row
    answer: str
    gold: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """The commands of the answer."""
        return [line for line in self.answer.split("\n") if line]


def percent(part: float, whole: float) -> float:
    """Return a share in percent with one decimal; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
