"""How people type: lower case, missing punctuation, typing errors, "u" and "pls". Knows text and nothing else.

Noise is put on the pieces of an utterance before any command is written, so a value stays the exact words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

LOWER_PROBABILITY = 0.6
TYPO_PROBABILITY = 0.17
"""Of a row to have one or two typing errors."""
VALUE_TYPO_PROBABILITY = 0.10
"""Of a typing error to fall into a value."""
SHORTHAND_PROBABILITY = 0.12
APOSTROPHE_PROBABILITY = 0.3
"""Of a lower-case row to drop its apostrophes."""


@dataclass
class Piece:
    """A stretch of the user's words."""

    text: str
    slot: str = ""
    # The slot it is a value of; empty for the words between.
    meant: str | None = None
    # The command's value where it is not the words themselves.


_SHORTHANDS = tuple(
    (re.compile(rf"\b{word}\b", re.IGNORECASE), short)
    for word, short in (
        ("you", "u"), ("please", "pls"), ("please", "plz"), ("people", "ppl"), ("are", "r"), ("thanks", "thx"),
        ("your", "ur"), ("because", "cuz"), ("tomorrow", "tmrw"), ("want to", "wanna"), ("going to", "gonna"),
        ("what is", "whats"), ("and", "n"), ("with", "w"), ("okay", "k"), ("temperature", "temp"),
        ("reservation", "resa"), ("could you", "can u"), ("i would like", "id like"), ("tonight", "2nite"),
        ("right now", "rn"),
    )
)  # fmt: skip
_QUESTION = re.compile(
    r"^(?:(?:hey|hi|hello|ok|so|and|please),? )?"
    r"(?:what|how|will|is|are|do(?! not)|does|did|can|could|would|should|who|when|where|why|which|shall|may|any)\b"
)
_LETTERS = re.compile(r"[^\W\d_]{4,}")
_KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioiosdfghjkjxcvbnbn", strict=False))


def join(pieces: Sequence[Piece]) -> str:
    """Put the pieces together with single spaces and tidy punctuation; pieces keep their own words."""
    text = ""
    for piece in pieces:
        words = re.sub(r"\s+", " ", piece.text)
        if words.strip() == "":
            text += " " if text and not text.endswith(" ") else ""
            continue
        if text.endswith(" ") or not text:
            words = words.lstrip()
        if text.endswith(" ") and words[0] in ",.?!;":
            text = text.rstrip()
        text += words
    return text.strip()


def roughen(pieces: Sequence[Piece], rng: random.Random) -> None:
    """Change the pieces in place to how someone would type them."""
    lower = rng.random() < LOWER_PROBABILITY
    plain = "".join(piece.text for piece in pieces)
    if rng.random() < SHORTHAND_PROBABILITY:
        _shorten(pieces, rng)
    if lower:
        for piece in pieces:
            piece.text = piece.text.lower()
        if rng.random() < APOSTROPHE_PROBABILITY:
            for piece in pieces:
                piece.text = re.sub(r"(?<=\w)['’](?=\w)", "", piece.text)
    else:
        _write_properly(pieces, rng)
    if rng.random() < TYPO_PROBABILITY:
        for _ in range(1 if rng.random() < 0.75 else 2):
            _mistype(pieces, rng)
    _punctuate(pieces, plain.lower(), rng, lower)


def _shorten(pieces: Sequence[Piece], rng: random.Random) -> None:
    fitting = [rule for rule in _SHORTHANDS if any(rule[0].search(piece.text) for piece in pieces)]
    for pattern, short in rng.sample(fitting, min(len(fitting), 2)):
        for piece in pieces:
            # "black and white" in a text to translate stays as it is.
            if not piece.slot or short in ("ppl", "tmrw", "2nite"):
                piece.text = pattern.sub(short, piece.text)


def _write_properly(pieces: Sequence[Piece], rng: random.Random) -> None:
    for piece in pieces:
        if not piece.slot:
            piece.text = re.sub(r"\bi\b", "I", piece.text)
        if piece.meant is not None or re.match(r"^(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", piece.text):
            piece.text = piece.text[:1].upper() + piece.text[1:]
    first = next((piece for piece in pieces if piece.text.strip()), None)
    if first is not None and rng.random() < 0.9:
        text = first.text.lstrip()
        first.text = text[:1].upper() + text[1:]
    if rng.random() < 0.03:
        for piece in pieces:
            piece.text = piece.text.upper()


def _mistype(pieces: Sequence[Piece], rng: random.Random) -> None:
    in_value = rng.random() < VALUE_TYPO_PROBABILITY
    places = [
        (piece, match)
        for piece in pieces
        if bool(piece.slot) == in_value
        for match in _LETTERS.finditer(piece.text)
        if not in_value or len(match[0]) >= 5
    ]
    if not places:
        return
    # The longer of two: it is long words that are mistyped, and among them is the one that tells what is wanted.
    piece, match = max(rng.choice(places), rng.choice(places), key=lambda place: len(place[1][0]))
    word, at = match[0], rng.randrange(1, len(match[0]) - 1)
    form = rng.randrange(5)
    if form < 2:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif form == 2:
        word = word[:at] + word[at + 1 :]
    elif form == 3:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + _KEYS.get(word[at], word[at]) + word[at + 1 :]
    piece.text = piece.text[: match.start()] + word + piece.text[match.end() :]


def _punctuate(pieces: Sequence[Piece], plain: str, rng: random.Random, lower: bool) -> None:
    last = next((piece for piece in reversed(pieces) if piece.text.strip()), None)
    if last is None or last.text.rstrip()[-1] in "?!.)\"'":
        return
    draw = rng.random()
    if _QUESTION.match(plain):
        mark = "?" if draw < (0.35 if lower else 0.8) else ""
    else:
        mark = "." if draw < (0.06 if lower else 0.45) else "!" if draw > 0.97 else ""
    if mark:
        # Never part of a value.
        assert isinstance(pieces, list)
        pieces.append(Piece(mark))
