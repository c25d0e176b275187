"""The questions that were answered otherwise than is right, to be read: figures say how many, these say why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.rows import UnderstandRow
from training.scoring.answered import Answered


def write_mistakes(path: Path, answered: Mapping[str, Sequence[Answered]]) -> None:
    """Write a line of JSON for every answer that is not word for word the right one: set, question, right, answer.

    A set's own metric may be kinder: it counts equal values, or words in common, where this counts words.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for name, items in answered.items():
            for item in items:
                if (mistake := mistake_of(item)) is not None:
                    out.write(json.dumps({"set": name, **mistake}, ensure_ascii=False) + "\n")


def mistake_of(item: Answered) -> dict[str, Any] | None:
    """Return what was asked, what is right and what was answered; None when they are the same words."""
    row = item.row
    if isinstance(row, UnderstandRow):
        if item.lines == list(row.commands):
            return None
        asked = row.model_dump(mode="json", exclude={"commands"}, exclude_defaults=True)
        return {"kind": row.kind, **asked, "right": list(row.commands), "answer": item.lines}
    if item.answer.strip() == row.target.strip():
        return None
    asked = row.model_dump(mode="json", exclude={"target"}, exclude_defaults=True)
    return {**asked, "right": row.target, "answer": item.answer}
