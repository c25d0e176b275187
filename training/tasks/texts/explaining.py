"""Explanations of word problems: the steps in prose, the last number being the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row, SpeakRow
from training.corpora import ProblemRow, read_corpus
from training.tasks.common import Source

EXPLAIN_PROMPT = "explain: {{ problem }}"
MAX_WORDS = 60
"""Words of a problem, and of an explanation: longer ones are not for short prompts."""
_MARK = re.compile(r"<<[^<>]*>>")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def speak_explain(source: Source) -> Iterator[Row]:
    """Grade-school problems with their solutions in prose (gsm8k)."""
    for row in read_corpus(source.data, "gsm8k", source.split, ProblemRow):
        made = explain_row(row)
        if made is None:
            source.dropped[f"gsm8k: problem or solution of more than {MAX_WORDS} words"] += 1
        else:
            yield made


def explain_row(row: ProblemRow) -> SpeakRow | None:
    """Return one problem with its steps on a line; None when it is too long."""
    steps = " ".join(_MARK.sub("", row.rationale).split())
    problem = " ".join(row.question.split())
    if not steps or max(len(steps.split()), len(problem.split())) > MAX_WORDS:
        return None
    return SpeakRow(task="explain", skill="explaining", fields={"problem": problem}, target=steps)


def last_number(text: str) -> str | None:
    """Return the last number of a text without thousands separators; None when there is none.

    >>> last_number("48 + 24 = 1,072 clips in all.")
    '1072'
    """
    found = _NUMBER.findall(text)
    return found[-1].replace(",", "") if found else None
