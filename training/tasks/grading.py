"""Short answers to be graded: correct, partially correct or incorrect, beside a reference answer."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from agent.rows import Row, SpeakRow
from skills.tutoring.grading import GRADE_GRAMMAR, GRADE_PROMPT, GRADES, grading_fields
from training.corpora import CorpusRow, read_corpus
from training.tasks.common import Source

__all__ = ["GRADE_GRAMMAR", "GRADE_PROMPT", "GradeRow", "grade_row", "speak_grade"]

RARE_TIMES = 3
"""Times that an incorrect answer is gone through in a round: one in twenty."""


class GradeRow(CorpusRow):
    """One graded answer (saf)."""

    question: str = Field(min_length=1)
    reference: str
    student: str
    label: str


def speak_grade(source: Source) -> Iterator[Row]:
    """Grades of the SAF set."""
    rows = [grade_row(row) for row in read_corpus(source.data, "saf", source.split, GradeRow) if row.label in GRADES]
    if source.training:
        rows += [row for row in rows if row.target == "incorrect" for _ in range(RARE_TIMES - 1)]
        source.rng.shuffle(rows)
    yield from rows


def grade_row(row: GradeRow) -> SpeakRow:
    """Return one answer as the model is shown it."""
    fields = grading_fields(row.question, row.reference, row.student)
    return SpeakRow(task="grade", skill="grading", fields=fields, target=row.label)
