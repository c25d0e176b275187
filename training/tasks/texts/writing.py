"""Short texts to be written: a sentence from facts, and answers to instructions."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from agent.rows import Row, SpeakRow
from training.corpora import CorpusRow, read_corpus
from training.tasks.common import Source

WRITE_PROMPT = "write: {{ instruction }}{% if input %} | {{ input }}{% endif %}"
SETS = {"e2e_nlg": ("train", "dev"), "dolly_sample": ("train", "dev"), "self_instruct_seed": ("train",)}
"""Sets with the splits they have."""
MAX_WORDS = 40
"""Words of a prompt, and of a text that is learnt."""


class InstructionRow(CorpusRow):
    """One instruction and what it asks for."""

    instruction: str = Field(min_length=1)
    input: str = ""
    output: str = Field(min_length=1)


def speak_write(source: Source) -> Iterator[Row]:
    """Descriptions of places from facts (e2e_nlg), and short answers to instructions."""
    rows: list[Row] = []
    for name, splits in SETS.items():
        if source.split not in splits:
            continue
        for row in read_corpus(source.data, name, source.split, InstructionRow):
            if max(len(row.output.split()), len(f"{row.instruction} {row.input}".split())) > MAX_WORDS:
                source.dropped[f"{name}: more than {MAX_WORDS} words"] += 1
            else:
                rows.append(write_row(row))
    if source.training:
        source.rng.shuffle(rows)
    yield from rows


def write_row(row: InstructionRow) -> SpeakRow:
    """Return one instruction as the model is shown it."""
    fields = {"instruction": " ".join(row.instruction.split()), "input": " ".join(row.input.split())}
    return SpeakRow(task="write", skill="writing", fields=fields, target=" ".join(row.output.split()))
