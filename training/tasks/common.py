"""What every task module needs: marked-up utterances, typing noise, values that can be copied, dialogue states.

A task hands over what the corpus says (text, character spans, commands with holes); this module turns it into a row
whose values are runs of words of the text as the model reads it, or counts why it cannot. It knows no corpus.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.prompting import as_read, chunks, part_as_read
from agent.rows import SpeakRow, UnderstandRow
from agent.types import DialogueState, Frame, Pending, PendingKind, SlotValue


@dataclass
class Source:
    """What a task reads from: the data folder, a split, its own random numbers; and what it left out."""

    data: Path
    # Folder of corpus folders.
    split: str
    # "train" or "dev".
    rng: random.Random
    # Seeded by the caller, so rows are the same again.
    dropped: Counter[str] = field(default_factory=Counter)
    # Reason to rows that were left out.

    @property
    def training(self) -> bool:
        """True when rows are for training rather than for evaluation."""
        return self.split == "train"

    def keep(self, share: float) -> bool:
        """Return True for this share of the rows: the balance between large and small sources."""
        return self.rng.random() < share


@dataclass(frozen=True)
class Said:
    """A user's words with marked places; edits move the marks along."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    # Start and end (exclusive) in characters.

    def replace(self, start: int, end: int, new: str) -> Said:
        """Return the words with ``text[start:end]`` replaced; the place must not cut into a mark."""
        shift = len(new) - (end - start)

        def moved(place: int) -> int:
            return place + shift if place >= end else place

        spans = tuple((moved(first), moved(last)) for first, last in self.spans)
        return Said(self.text[:start] + new + self.text[end:], spans)

    def free(self, start: int, end: int) -> bool:
        """Return True when no mark overlaps the place."""
        return all(end <= first or last <= start for first, last in self.spans)


_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{4,}")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’](?=(?:s|m|re|ll|ve|d|t)\b)")


def typed(said: Said, rng: random.Random, *, typos: float = 0.08) -> Said:
    """Return the words as someone types them in a chat: often lower case, often without the last full stop.

    Marked places keep their letters (but for case): a value with a typo would teach to resolve misspelt values.
    """
    if rng.random() < 0.5:
        lower = said.text.lower()
        # Some letters change their length in lower case; then the marks would slip.
        said = Said(lower, said.spans) if len(lower) == len(said.text) else said
    if rng.random() < 0.6:
        bare = said.text.rstrip(" .?!")
        if bare and said.free(len(bare), len(said.text)):
            said = Said(bare, said.spans)
    if rng.random() < 0.15:
        match = _APOSTROPHE.search(said.text)
        if match and said.free(match.start(), match.end()):
            said = said.replace(match.start(), match.end(), "")
    if rng.random() < typos:
        said = _with_typo(said, rng)
    return said


def _with_typo(said: Said, rng: random.Random) -> Said:
    words = [match for match in _WORD.finditer(said.text) if said.free(match.start() - 1, match.end() + 1)]
    if not words:
        return said
    word = rng.choice(words)
    letters = word.group()
    place = rng.randrange(1, len(letters) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        wrong = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
    elif kind == 1:
        wrong = letters[:place] + letters[place + 1 :]
    else:
        wrong = letters[:place] + letters[place] + letters[place:]
    return said.replace(word.start(), word.end(), wrong)


def copied(text: str, start: int, end: int) -> str | None:
    """Return the value at a place as a run of words of the text as read, or None when it is no such run.

    >>> copied('say "good night" in german', 5, 15)
    'good night'
    """
    value = part_as_read(text[start:end], text)
    wanted, pieces = chunks(value), chunks(as_read(text))
    if not wanted or "".join(wanted) != f" {value}":
        return None
    last = len(pieces) - len(wanted)
    if any(pieces[at : at + len(wanted)] == wanted for at in range(last + 1)):
        return value
    return None


def understand(
    source: Source,
    text: str,
    commands: Sequence[str],
    spans: Sequence[tuple[int, int]] = (),
    *,
    state: DialogueState | None = None,
    kind: str = "request",
    catalogue: str = "own",
    lang: str = "en",
    noise: bool = True,
) -> UnderstandRow | None:
    """Return the row, or None when a value cannot be copied from the text (counted in ``source.dropped``).

    Args:
        source: random numbers for the noise; where a left-out row is counted.
        text: the user's words.
        commands: one a line; ``{0}`` stands for the value at ``spans[0]``.
        spans: start and end (exclusive) of values in characters of ``text``.
        state: the dialogue state before the turn; empty when left out.
        kind: what sort of turn it is.
        catalogue: "own", or the corpus whose intents are the catalogue.
        lang: ISO 639-1 language of the text.
        noise: whether the words may be changed as people type.
    """
    said = Said(text, tuple(spans))
    if noise:
        said = typed(said, source.rng)
    values: list[str] = []
    for start, end in said.spans:
        value = copied(said.text, start, end)
        if value is None:
            source.dropped["a value is not a run of words of the text as read"] += 1
            return None
        values.append(value)
    if not as_read(said.text):
        source.dropped["nothing is left of the text"] += 1
        return None
    lines = tuple(re.sub(r"\{(\d+)\}", lambda match: values[int(match.group(1))], line) for line in commands)
    return UnderstandRow(
        text=said.text, commands=lines, state=state or DialogueState(), kind=kind, catalogue=catalogue, lang=lang
    )


def open_frame(
    intent: str,
    filled: Mapping[str, str] | None = None,
    *,
    ask: str | None = None,
    pending: PendingKind | None = None,
    last_reply: str = "",
) -> DialogueState:
    """Return the state with one open frame and, if asked for, the question that waits.

    Args:
        intent: full name of the intent.
        filled: slot to the user's words for it.
        ask: the slot that was asked for last.
        pending: another kind of question ("confirm", ...), when no slot is asked for.
        last_reply: what the assistant said last.
    """
    slots = {name: SlotValue(raw=raw, value=raw, text=raw) for name, raw in (filled or {}).items()}
    frame = Frame(frame_id=1, intent=intent, slots=slots)
    question: Pending | None = None
    if ask:
        question = Pending(kind="slot", frame_id=1, slot=ask)
    elif pending:
        question = Pending(kind=pending, frame_id=1, arguments_hash="0" if pending == "confirm" else None)
    return DialogueState(
        stack=(frame,),
        pending=question,
        frames_opened=1,
        turns=1,
        last_reply=last_reply or "All right.",
        before=DialogueState(),
    )


def plain(text: str) -> str:
    """Return the text without case, punctuation and accents of spacing: what counts as the same text."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", text))


def key(row: UnderstandRow | SpeakRow) -> str:
    """Return what makes two rows the same item, whatever their case and punctuation."""
    if isinstance(row, UnderstandRow):
        frame = row.state.active
        where = f"{frame.intent}" if frame else ""
        return f"understand {row.catalogue} {where}|{plain(row.text)}"
    said = " | ".join(_words_of(name, str(value)) for name, value in sorted(row.fields.items()))
    return f"{row.task}|{said}"


def _words_of(field: str, value: str) -> str:
    # Options are the same options in any order.
    return " ".join(sorted(plain(value).split())) if field == "options" else plain(value)


def leaks(
    train_rows: Iterable[UnderstandRow | SpeakRow], eval_rows: Iterable[UnderstandRow | SpeakRow]
) -> list[UnderstandRow | SpeakRow]:
    """Return the evaluation rows that are also training rows (same task, same words, case and punctuation aside)."""
    seen = {key(row) for row in train_rows}
    return [row for row in eval_rows if key(row) in seen]
