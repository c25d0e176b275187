"""Explanations of word problems: the steps in prose, the last number being the answer.

The calculator marks of gsm8k are taken out. Rationales of aqua and tal_scq5k_en are not used: much of them is algebra
in LaTeX, and their answers are labels, so that the last number proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from agent.rows import Row, SpeakRow
from training.corpora import ProblemRow, read_corpus
from training.tasks.common import Source

EXPLAIN_PROMPT = "explain: {{ problem }}"
MAX_WORDS = 60
"""Words of a problem, and of an explanation: longer ones are not for short prompts."""
_MARK = re.compile(r"<<[^<>]*>>")
_NUMBER = re.compile(r"(?<![\w)])-?\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d+)?")


def speak_explain(source: Source) -> Iterator[Row]:
    """Grade-school problems with their solutions in prose (gsm8k)."""
    for row in read_corpus(source.data, "gsm8k", source.split, ProblemRow):
        made = explain_row(row)
        if max(len(made.target.split()), len(str(made.fields["problem"]).split())) > MAX_WORDS:
            source.dropped[f"gsm8k: problem or solution of more than {MAX_WORDS} words"] += 1
        else:
            yield made


def explain_row(row: ProblemRow) -> SpeakRow:
    """Return one problem with its steps on a line."""
    steps = " ".join(_MARK.sub("", row.rationale).split())
    problem = " ".join(row.question.split())
    return SpeakRow(task="explain", skill="explaining", fields={"problem": problem}, target=steps)


def last_number(text: str) -> Fraction | None:
    """Return the last number of a text; None when there is none.

    >>> last_number("She has $1,072.50 in all.")
    Fraction(2145, 2)
    """
    found = _NUMBER.findall(text)
    return Fraction(found[-1].replace(",", "")) if found else None
