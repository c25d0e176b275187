"""Keeps evaluation texts out of training: no training row may say what a dev or test row of the same sets says.

Texts are compared without case and punctuation, word problems without their numbers. Knows files of the uniform format
and rows; no task.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from agent.errors import InputError
from agent.rows import Row, UnderstandRow
from skills.tutoring import mark_numbers
from training.corpora import CorpusRow, read_rows
from training.tasks.common import plain

_EVALUATION = re.compile(r"(?:^|\.)(?:dev|test)[\w]*\.jsonl(?:\.gz)?$")
_FIELDS = ("text", "src", "tgt", "student", "summary")
_ROW_FIELDS = ("text", "utterance", "answer")
# The same in rows of ours: of a translation, of talk, of a graded answer.


class LeakError(InputError):
    """A training row says what an evaluation row says."""


def evaluation_texts(data: Path, sets: Iterable[str]) -> frozenset[str]:
    """Return the normalised texts of every dev and test file of the sets."""
    return frozenset().union(*(_texts(data / name) for name in sets))


@cache
def _texts(folder: Path) -> frozenset[str]:
    found: set[str] = set()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not _EVALUATION.search(path.name):
            continue
        for row in read_rows(path, CorpusRow):
            extra = row.model_extra or {}
            found.update(plain(str(extra[field])) for field in _FIELDS if isinstance(extra.get(field), str))
            question = extra.get("question")
            if isinstance(question, str) and "student" not in extra:
                context = str(extra.get("context", ""))
                found.update((_problem(question), f"{plain(question)} | {plain(context)[:80]}"))
                options = extra.get("options")
                if isinstance(options, dict):
                    found.add(_choice(question, " ".join(f"{label} {text}" for label, text in options.items())))
            if isinstance(extra.get("instruction"), str):
                found.add(_instruction(extra["instruction"], extra.get("input", "")))
    return frozenset(found - {""})


def _problem(question: str) -> str:
    return plain(mark_numbers(question).text)


def _choice(question: str, options: str) -> str:
    # Training puts the options in a new order.
    return f"{plain(question)} | {' '.join(sorted(plain(options).split()))}"


def _instruction(instruction: str, given: object) -> str:
    return f"{plain(instruction)} | {plain(str(given or ''))}"


def without_leaks(name: str, rows: Sequence[Row], texts: frozenset[str], *, drop: bool) -> tuple[list[Row], int]:
    """Return the rows that say nothing of what is evaluated, and how many were left out.

    Raises:
        LeakError: there are such rows and ``drop`` is False.
    """
    kept: list[Row] = []
    leaked: list[str] = []
    for row in rows:
        text = _said(row)
        if text in texts:
            leaked.append(text)
        else:
            kept.append(row)
    if leaked and not drop:
        raise LeakError(
            f"{len(leaked)} training rows of {name!r} say what an evaluation row of its sets says, such as "
            f"{leaked[0]!r}; take them out, or set `mixture.leaks: drop`"
        )
    return kept, len(leaked)


def _said(row: Row) -> str:
    if isinstance(row, UnderstandRow):
        return plain(row.text)
    fields = row.fields
    match row.task:
        case "solve":
            return plain(str(fields["problem"]))
        case "explain":
            return _problem(str(fields["problem"]))
        case "choose":
            return _choice(str(fields["question"]), str(fields["options"]))
        case "write":
            return _instruction(str(fields["instruction"]), fields["input"])
        case "summarise":
            # Its text is cut; the summary is the set's own.
            return plain(row.target)
    return next((plain(str(row.fields[field])) for field in _ROW_FIELDS if field in row.fields), "")
