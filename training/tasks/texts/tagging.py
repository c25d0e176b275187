"""Tags of words, the classic small task beside others: named entities, and parts of speech.

An answer has a line a word, "Oslo B-place". The grammar forces the words and leaves the tags to be chosen, so nothing
is learnt or lost on copying. Entities come from the spans of voice-assistant sets under a few common types; parts of
speech (the tags of Nivre et al. 2020, "Universal Dependencies v2", LREC) from a small sample of our own,
``training/data/parts_of_speech.txt``.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from agent.prompting import as_read, chunks
from agent.rows import Row, SpeakRow
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source

TAG_PROMPT = "tag {{ kind }}: {{ text }}"
SAMPLE = Path(__file__).parents[2] / "data" / "parts_of_speech.txt"
PARTS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "VERB",
)  # fmt: skip
TYPES = {
    "snips2017": {
        "city": "place", "state": "place", "country": "place", "geographic_poi": "place",
        "timeRange": "time", "year": "time", "artist": "person", "party_size_number": "number",
        "best_rating": "number", "rating_value": "number", "restaurant_name": "name", "object_name": "name",
        "movie_name": "name", "location_name": "name", "album": "name", "playlist": "name", "track": "name",
        "entity_name": "name", "cuisine": "food", "served_dish": "food",
    },
    "restaurant8k": {
        "date": "time", "time": "time", "people": "number", "first_name": "person", "last_name": "person",
    },
}  # fmt: skip
"""Slots of the sets as types of entities."""
ENTITIES = ("O", *(f"{edge}-{kind}" for kind in ("place", "time", "person", "number", "name", "food") for edge in "BI"))
KINDS = {"entities": ENTITIES, "parts": PARTS}
"""What can be tagged, with its tags."""
_DEV_SHARE = 5
# One in so many sentences of the sample is for evaluation.


def speak_tag(source: Source) -> Iterator[Row]:
    """Entities of two sets' sentences, and the parts of speech of the sample."""
    rows: list[Row] = [*parts_rows(source.split)]
    for name in TYPES:
        for row in read_corpus(source.data, name, source.split, NluRow):
            made = entity_row(name, row)
            if made is None:
                source.dropped[f"{name}: a span that cuts a word"] += 1
            else:
                rows.append(made)
    if source.training:
        source.rng.shuffle(rows)
    yield from rows


def entity_row(name: str, row: NluRow) -> SpeakRow | None:
    """Return a sentence with a tag a word; None when a span begins or ends within a word."""
    text = as_read(row.text)
    if text != row.text:
        # Characters were set apart: the spans no longer fit.
        return None
    tags: list[str] = []
    starts = {start: (end, TYPES[name][slot]) for slot, start, end in row.spans if slot in TYPES[name]}
    place, inside, open_type = 0, 0, ""
    for piece in chunks(text):
        word_at = place + (1 if piece.startswith(" ") else 0) - 1
        place += len(piece)
        if word_at in starts:
            inside, open_type = starts.pop(word_at)
            tags.append(f"B-{open_type}")
        else:
            tags.append(f"I-{open_type}" if word_at < inside else "O")
        if word_at < inside < place - 1:
            return None
    return tag_row("entities", text, tags) if not starts else None


def parts_rows(split: str) -> list[SpeakRow]:
    """Return the sample's sentences of a split."""
    return [tag_row("parts", text, tags) for text, tags in _sample() if (_for_dev(text)) == (split != "train")]


def tag_row(kind: str, text: str, tags: list[str]) -> SpeakRow:
    """Return one sentence as the model is shown it."""
    lines = [f"{piece.strip()} {tag}" for piece, tag in zip(chunks(text), tags, strict=True)]
    return SpeakRow(task="tag", skill="tagging", fields={"kind": kind, "text": text}, target="\n".join(lines))


def tag_grammar(text: str, kind: str) -> str:
    """Return the grammar of answers: every word of the text (as read) with one tag."""
    words = [piece.strip() for piece in chunks(text)]
    parts = [
        f"{json.dumps((' ' if not place else chr(10)) + word + ' ', ensure_ascii=False)} TAG"
        for place, word in enumerate(words)
    ]
    tags = " | ".join(json.dumps(tag) for tag in KINDS[kind])
    return f"start: {' '.join(parts)}\nTAG: {tags}\n"


def tags_of(answer: str) -> list[str]:
    """Return the tags of an answer, a word each."""
    return [line.rpartition(" ")[2] for line in answer.strip().split("\n")]


@cache
def _sample() -> tuple[tuple[str, list[str]], ...]:
    sentences = []
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pairs = [word.rpartition("/") for word in line.split()]
        text = "".join(("" if tag == "PUNCT" and place else " ") + word for place, (word, _, tag) in enumerate(pairs))
        sentences.append((text.strip(), [tag for _, _, tag in pairs]))
    return tuple(sentences)


def _for_dev(text: str) -> bool:
    # Of the text itself, so that a new sentence moves no other one.
    return zlib.crc32(text.encode()) % _DEV_SHARE == 0
