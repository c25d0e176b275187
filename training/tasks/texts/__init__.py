"""Texts beside those that the bundled skills write: explanations, choices, summaries, drafts, tags.

Each module is one task: its rows, the prompt that shows them, and the grammar of its answers where there is one.
``SPEAKERS`` stands in for the skills that a project may declare for them; ``GRAMMARS`` holds what is served to what
was trained; ``MAX_TOKENS`` is the length of the longest answers in the sets, so that none is cut for the metric.
"""

from __future__ import annotations

from agent.rows import SpeakRow
from training.tasks.texts.choosing import CHOOSE_PROMPT, choose_grammar
from training.tasks.texts.explaining import EXPLAIN_PROMPT
from training.tasks.texts.summarising import SUMMARISE_PROMPT
from training.tasks.texts.tagging import TAG_PROMPT, tag_grammar
from training.tasks.texts.writing import WRITE_PROMPT

__all__ = ["GRAMMARS", "MAX_TOKENS", "SPEAKERS"]

SPEAKERS = (
    ("explaining", "Explains how a problem is solved.", EXPLAIN_PROMPT),
    ("choosing", "Answers multiple-choice questions.", CHOOSE_PROMPT),
    ("summarising", "Sums up a text.", SUMMARISE_PROMPT),
    ("writing", "Writes short texts.", WRITE_PROMPT),
    ("tagging", "Tags the words of a sentence.", TAG_PROMPT),
)
"""Name, description and prompt of what speaks."""


def _choices(row: SpeakRow) -> str:
    return choose_grammar(str(row.fields["options"]))


def _tags(row: SpeakRow) -> str:
    return tag_grammar(str(row.fields["text"]), str(row.fields["kind"]))


GRAMMARS = {"choose": _choices, "tag": _tags}
"""Per task, what holds its answers."""
MAX_TOKENS = {"explain": 256, "summarise": 192, "write": 192, "tag": 256}
"""Per task, tokens that an answer may have, where these are more than those of small talk."""
