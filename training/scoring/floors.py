"""What a release must clear: a floor per task, and what becomes of a task that is below it.

A core task below its floor stops the release. Any other is withheld: the card says so, and whoever serves the model
does that task without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Floor:
    """One figure that must be reached."""

    set_name: str
    metric: str
    # Names of nested figures are joined by dots.
    floor: float
    target: float
    # What `nano` is meant to reach.
    core: bool
    at_most: bool = False
    # The figure is an error: it must be at or below the floor.
    over: str = ""
    # A figure of the same set that floor and target are added to.

    def bounds(self, scores: Mapping[str, Any]) -> tuple[float, float]:
        """Return floor and target as numbers."""
        base = float(scores.get(self.over, 0.0)) if self.over else 0.0
        return base + self.floor, base + self.target


FLOORS = (
    Floor("own", "command_accuracy", 90, 95, core=True),
    Floor("own", "false_action", 2, 1, core=True, at_most=True),
    Floor("clinc150", "in_scope_accuracy", 90, 93, core=True),
    Floor("clinc150", "oos_recall", 30, 45, core=True),
    Floor("snips2017", "intent_accuracy", 96, 97.5, core=True),
    Floor("snips2017", "slot_f1", 80, 91, core=True),
    Floor("snips2017", "frame_accuracy", 65, 81, core=True),
    Floor("hwu64", "intent_accuracy", 80, 86, core=True),
    Floor("banking77", "intent_accuracy", 80, 87, core=True),
    Floor("home_assistant_intents", "exact", 75, 92, core=True),
    Floor("tatoeba", "into_de.bleu", 8, 15, core=True),
    Floor("tatoeba", "into_en.bleu", 8, 15, core=True),
    Floor("mawps", "execution_accuracy", 50, 75, core=True),
    Floor("personality_chat", "group_accuracy", 75, 85, core=True),
    Floor("saf", "label_accuracy", 3, 5, core=False, over="majority"),
    Floor("fairytaleqa", "f1", 15, 20, core=False),
)
NEVER_TRAINED = (
    "translation from or into French, Spanish and Chinese",
    "explaining",
    "summarising",
    "writing",
    "customer support",
    "tagging",
    "dialogue state of other services (SGD, MultiWOZ)",
)
"""Tasks that the bundled model is not trained for: withheld without a figure."""


@dataclass(frozen=True)
class Standing:
    """One figure against its floor and target."""

    floor: Floor
    score: float | None
    # None when the set was not scored.
    least: float
    aim: float

    @property
    def clears(self) -> bool:
        """True when the floor is reached."""
        return self.score is not None and (self.score <= self.least if self.floor.at_most else self.score >= self.least)

    @property
    def reaches(self) -> bool:
        """True when the target is."""
        return self.score is not None and (self.score <= self.aim if self.floor.at_most else self.score >= self.aim)

    def said(self) -> str:
        """Return the figure in words: "clinc150 oos_recall 25.0 (floor 30)"."""
        found = "not scored" if self.score is None else f"{self.score:g}"
        return f"{self.floor.set_name} {self.floor.metric} {found} (floor {self.least:g})"


def standings(report: Mapping[str, Any]) -> list[Standing]:
    """Return every floor with the report's figure."""
    found = []
    for floor in FLOORS:
        scores = report.get("scores", {}).get(floor.set_name, {})
        value: Any = scores
        for part in floor.metric.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        least, aim = floor.bounds(scores)
        found.append(Standing(floor, None if value is None else float(value), least, aim))
    return found
