"""Summaries: of an abstract in a sentence, and of what is said in a meeting about a question.

A text is cut before the model sees it, by rules that know nothing of the summary: an abstract to its first words (what
a paper is about stands there), a meeting to the lines most like the question (``skills.reading``).
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from agent.rows import Row, SpeakRow
from skills.reading import relevant_passage
from training.corpora import CorpusRow, read_corpus
from training.tasks.common import Source

SUMMARISE_PROMPT = "summarise: {% if query %}{{ query }} | {% endif %}{{ text }}"
MAX_WORDS = 90
"""Words of a text that the model is shown."""
MAX_SUMMARY = 45
"""Words of a summary that is learnt."""


class SummaryRow(CorpusRow):
    """One text with its summary."""

    text: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    query: str = ""
    # What the summary is about (qmsum_short).
    more: list[str] = Field(default_factory=list)
    # Further summaries that are as good (scitldr, dev).


def speak_summarise(source: Source) -> Iterator[Row]:
    """Abstracts of papers (scitldr) and excerpts of meetings (qmsum_short)."""
    for name in ("scitldr", "qmsum_short"):
        for row in read_corpus(source.data, name, source.split, SummaryRow):
            if source.training and len(row.summary.split()) > MAX_SUMMARY:
                source.dropped[f"{name}: a summary of more than {MAX_SUMMARY} words"] += 1
            else:
                yield summary_row(row)


def summary_row(row: SummaryRow) -> SpeakRow:
    """Return one text as the model is shown it."""
    text = relevant_passage(row.query, row.text, max_words=MAX_WORDS) if row.query else row.text
    words = " ".join(text.split()[:MAX_WORDS])
    summary = " ".join(row.summary.split())
    return SpeakRow(task="summarise", skill="summarising", fields={"query": row.query, "text": words}, target=summary)


def lead(text: str, words: int = 24) -> str:
    """Return the first words of a text: the summary that needs no model, and the one to beat."""
    return " ".join(text.split()[:words])
