"""What a resolver is given and what it answers. Knows no model, no store and no skill."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.dialogue.resolvers.messages import message
from agent.types import Mention, Option, SlotValue

__all__ = [
    "Ambiguous",
    "Resolution",
    "ResolveContext",
    "Resolved",
    "Unresolved",
    "languages",
    "message",
    "normalise",
]


@dataclass(frozen=True)
class ResolveContext:
    """What the user's words are read against."""

    now: datetime
    # Aware, on the session's own clock.
    lang: str = "en"
    # ISO 639-1. Words are known for "en", "de", "fr", "es" and "zh"; other languages are read with the English ones.
    previous: SlotValue | None = None
    # The value that is being corrected, so that "an hour later" and "make it eight" have something to go on.
    offered: tuple[Option, ...] = ()
    # What the open question offers for this slot, in the order shown: "the second one", "evening", "Trattoria".
    mentioned: tuple[Mention, ...] = ()
    # Values that came up earlier, newest first: "the same time", "that hotel", "there".


@dataclass(frozen=True)
class Resolved:
    """One meaning."""

    value: Any
    # Plain JSON.
    text: str
    # How it is said back.
    past: bool = False
    # A date before today: actions that look ahead reject it.


@dataclass(frozen=True)
class Ambiguous:
    """Several meanings: ask which."""

    options: tuple[Option, ...]
    question: str
    # What to ask, without the options.


@dataclass(frozen=True)
class Unresolved:
    """No meaning."""

    reason: str
    # Said to the user.


Resolution = Resolved | Ambiguous | Unresolved

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"})
_SPACE = re.compile(r"\s+")


def normalise(raw: str) -> str:
    """Return the words in lower case with plain quotes, single spaces and no punctuation around them."""
    text = unicodedata.normalize("NFKC", raw).translate(_QUOTES).lower()
    return _SPACE.sub(" ", text).strip(" \t,;:!?\"'()[]¿¡«»。、~")


_TABLES = {"en": ("en", "de"), "de": ("de", "en"), "fr": ("fr", "en"), "es": ("es", "en"), "zh": ("zh", "en")}


def languages(lang: str) -> tuple[str, ...]:
    """Return the word tables to try, in order: people mix, but their own language comes first."""
    return _TABLES.get(lang, _TABLES["en"])
