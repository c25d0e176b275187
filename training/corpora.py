"""Read the uniform corpus format: a folder of JSON Lines files, one file a split, gzipped or plain.

What a row must hold is checked here, and a wrong row is an error that names the file, the line and the reason. This
module knows neither intents of ours nor what a row is used for: that is ``training.tasks``.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.errors import InputError


class CorpusError(InputError):
    """A corpus folder lacks a file, or a row in it is malformed."""


class CorpusRow(BaseModel):
    """What all rows share; a set's further fields are kept and not checked."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str = ""
    # Unique within the set.


class NluRow(CorpusRow):
    """One utterance with its intent and slots."""

    text: str = Field(min_length=1)
    intent: str = ""
    slots: dict[str, list[Any]] = Field(default_factory=dict)
    # Slot name to values, as the source gives them.
    spans: list[tuple[str, int, int]] = Field(default_factory=list)
    # Slot name, start and end (exclusive) in characters of `text`; not every set has them.
    domain: str = ""
    lang: str = "en"
    requested: list[str] = Field(default_factory=list)
    # Slots that the system had just asked for (restaurant8k).
    kind: str = ""
    # Finer type of the row (home_llm_piles).
    group: str = ""
    # Rows of one group mean the same (personality_chat).

    @model_validator(mode="after")
    def _spans_lie_in_the_text(self) -> NluRow:
        for name, start, end in self.spans:
            if not 0 <= start < end <= len(self.text):
                raise ValueError(f"span {name!r} is {start}..{end}; expected within 0..{len(self.text)}")
        return self


class PairRow(CorpusRow):
    """One sentence in two languages."""

    src_lang: str
    tgt_lang: str
    src: str = Field(min_length=1)
    tgt: str = Field(min_length=1)


class ProblemRow(CorpusRow):
    """One word problem."""

    question: str = Field(min_length=1)
    answer: str
    equation: str = ""
    # With the problem's own numbers (mawps).
    rationale: str = ""
    # Prose with calculator marks such as <<3*4=12>> (gsm8k).


class TurnsRow(CorpusRow):
    """One conversation as bare texts, speakers taking turns."""

    turns: list[str] = Field(min_length=1)
    topic: str = ""
    lang: str = "en"


class ResponsesRow(CorpusRow):
    """The answers to one group of questions, one per persona."""

    group: str
    responses: dict[str, str]
    lang: str = "en"


R = TypeVar("R", bound=CorpusRow)


def corpus_file(folder: Path, split: str) -> Path:
    """Return the file of a split, ``<split>.jsonl.gz`` or ``<split>.jsonl``.

    Raises:
        CorpusError: there is no such file.
    """
    for ending in (".jsonl.gz", ".jsonl"):
        path = folder / f"{split}{ending}"
        if path.is_file():
            return path
    found = ", ".join(sorted(entry.name for entry in folder.iterdir())) if folder.is_dir() else "no such folder"
    raise CorpusError(f"{folder} has no {split}.jsonl.gz or {split}.jsonl ({found}); bring the corpus there first")


def read_rows(path: Path, model: type[R], *, skip_bad: Counter[str] | None = None) -> Iterator[R]:
    """Yield the rows of one file, checked against ``model``.

    Args:
        path: a ``.jsonl`` or ``.jsonl.gz`` file, UTF-8.
        model: what a row must hold.
        skip_bad: when given, malformed rows are left out and counted here by reason.

    Raises:
        CorpusError: a row is malformed (file, line and reason), or the file cannot be read as text.
    """
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield _row(line, model)
                except ValueError as error:
                    if skip_bad is None:
                        raise CorpusError(f"{path}:{number}: {error}") from None
                    skip_bad[str(error)] += 1
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read as JSON Lines in UTF-8: {error}") from error


def read_corpus(data: Path, name: str, split: str, model: type[R]) -> Iterator[R]:
    """Yield the rows of a split of the set ``name`` under the folder ``data``; errors as in ``read_rows``."""
    return read_rows(corpus_file(data / name, split), model)


def _row(line: str, model: type[R]) -> R:
    """Return the checked row; a ValueError says in a few words what is wrong."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise ValueError(f"is a JSON {type(value).__name__}; expected an object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        reasons = [f"{'.'.join(str(part) for part in item['loc']) or 'row'}: {item['msg']}" for item in error.errors()]
        raise ValueError("; ".join(reasons)) from None


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
