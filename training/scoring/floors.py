"""What a release must clear: a floor per task, and what becomes of a task that is below it.

A core task below its floor stops the release. Any other is withheld: the card says so, and whoever serves the model
does that task without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.mixture import OWN
from training.tasks import CORPUS_TASKS
from training.tasks.known import KNOWN


@dataclass(frozen=True)
class Floor:
    """One figure that must be reached."""

    set_name: str
    metric: str
    # Names of nested figures are joined by dots.
    floor: float | None
    # None where any figure will do.
    target: float
    # What `nano` is meant to reach.
    core: bool
    at_most: bool = False
    # The figure is an error: it must be at or below the floor.
    over: str = ""
    # A figure of the same set that floor and target are added to.
    task: str = ""
    # What is withheld below it; of a core task nothing is, since it stops the release.

    def bounds(self, scores: Mapping[str, Any]) -> tuple[float | None, float]:
        """Return floor (None where there is none) and target as numbers."""
        base = float(scores.get(self.over, 0.0)) if self.over else 0.0
        return None if self.floor is None else base + self.floor, base + self.target


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
    Floor("saf", "label_accuracy", 3, 5, core=False, over="majority", task="grade"),
    Floor("fairytaleqa", "f1", 15, 20, core=False, task="answer"),
    Floor("tatoeba_fr", "into_fr.bleu", None, 18, core=False, task="translate_fr"),
    Floor("tatoeba_fr", "into_en.bleu", None, 18, core=False, task="translate_fr"),
    Floor("tatoeba_es", "into_es.bleu", None, 18, core=False, task="translate_es"),
    Floor("tatoeba_es", "into_en.bleu", None, 18, core=False, task="translate_es"),
    Floor("tatoeba_zh", "into_zh.chrf", None, 8, core=False, task="translate_zh"),
    Floor("tatoeba_zh", "into_en.chrf", None, 8, core=False, task="translate_zh"),
    Floor("sgd", "joint_goal_accuracy_seen", None, 30, core=False, task="sgd"),
)


@dataclass(frozen=True)
class Standing:
    """One figure against its floor and target."""

    floor: Floor
    score: float | None
    # None when the set was not scored.
    least: float | None
    aim: float

    @property
    def clears(self) -> bool:
        """True when the floor is reached, or the set was scored and has none."""
        if self.score is None or self.least is None:
            return self.score is not None
        return self.score <= self.least if self.floor.at_most else self.score >= self.least

    @property
    def reaches(self) -> bool:
        """True when the target is."""
        return self.score is not None and (self.score <= self.aim if self.floor.at_most else self.score >= self.aim)

    @property
    def least_said(self) -> str:
        """The floor in figures; "-" where there is none."""
        return "-" if self.least is None else f"{self.least:g}"

    def said(self) -> str:
        """Return the figure in words: "clinc150 oos_recall 25.0 (floor 30)"."""
        found = "not scored" if self.score is None else f"{self.score:g}"
        return f"{self.floor.set_name} {self.floor.metric} {found} (floor {self.least_said})"


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


# --- what a model does not do ----------------------------------------------------------------------------------------

WITHHELD_FILE = "withheld.json"
"""In a model's folder: the tasks that it must not be asked to do, with the reasons."""
UNDERSTAND = "understand"


def task_of(source: str) -> str:
    """Return the task that a source of a mixture teaches."""
    known = source == OWN or source.startswith(("own_", "cat_")) or source in KNOWN
    return UNDERSTAND if known else source


def withheld_tasks(sources: Iterable[str], report: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the tasks that a model must not be asked to do, with the reasons.

    Args:
        sources: names of the sources that it was trained on.
        report: its scores, where there are some.
    """
    learnt = {task_of(source) for source in sources}
    found = {task: "not trained" for task in map(task_of, CORPUS_TASKS) if task not in learnt}
    for standing in standings(report or {}):
        if standing.floor.task and standing.score is not None and not standing.clears:
            found[standing.floor.task] = standing.said()
    return found


def save_withheld(withheld: Mapping[str, str], folder: Path) -> None:
    """Write what a model does not do beside its weights."""
    text = json.dumps(dict(sorted(withheld.items())), indent=1, ensure_ascii=False) + "\n"
    (folder / WITHHELD_FILE).write_text(text, encoding="utf-8")


def load_withheld(folder: Path) -> dict[str, str]:
    """Return the tasks that the model in a folder does not do; none when it does not say."""
    path = folder / WITHHELD_FILE
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found
