"""What a resolver is given and what it answers. Knows no model, no store and no skill."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.types import Option, SlotValue


@dataclass(frozen=True)
class ResolveContext:
    """What the user's words are read against."""

    now: datetime
    # Aware, on the session's own clock.
    lang: str = "en"
    # ISO 639-1. Words are known for "en" and "de"; other languages are read with the English ones.
    previous: SlotValue | None = None
    # The value that is being corrected, so that "an hour later" and "make it eight" have something to go on.


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

_MESSAGES = {
    "en": {
        "date": "I cannot read {raw!r} as a date. Try something like 'tomorrow', 'friday' or '12 December'.",
        "not_a_day": "{raw!r} is not one day. Which day do you mean?",
        "no_such_day": "There is no such day as {raw!r} in the calendar. Which day do you mean?",
        "which_day": "Which day do you mean?",
        "time": "I cannot read {raw!r} as a time. Try something like '7:30 pm'.",
        "which_time": "Which time do you mean?",
        "time_limits": "{text} is outside the hours {low} to {high}. Which time instead?",
        "relative_time": "I do not know yet which time {raw!r} starts from. Which time do you mean?",
        "count": "I cannot read {raw!r} as a number of people or things. Try a number such as 2.",
        "which_number": "Which number do you mean?",
        "whole": "{raw!r} is not a whole number. Which whole number do you mean?",
        "number": "I cannot read {raw!r} as a number. Try something like 21.",
        "percent": "I cannot read {raw!r} as a percentage. Try something like 50 %.",
        "too_small": "{text} is too little: the least is {limit}.",
        "too_large": "{text} is too much: the most is {limit}.",
        "empty": "I did not catch that. Please say it again.",
        "choice": "I do not know {raw!r} here. You can say {choices}.",
        "which": "Which one do you mean?",
        "unit": "{raw!r} is not a temperature. Try something like 21 degrees.",
    },
    "de": {
        "date": "Ich kann {raw!r} nicht als Datum lesen. Zum Beispiel: 'morgen', 'Freitag' oder '12. Dezember'.",
        "not_a_day": "{raw!r} ist kein einzelner Tag. Welchen Tag meinst du?",
        "no_such_day": "Den Tag {raw!r} gibt es im Kalender nicht. Welchen Tag meinst du?",
        "which_day": "Welchen Tag meinst du?",
        "time": "Ich kann {raw!r} nicht als Uhrzeit lesen. Zum Beispiel: '19:30'.",
        "which_time": "Welche Uhrzeit meinst du?",
        "time_limits": "{text} liegt außerhalb der Zeit von {low} bis {high}. Welche Uhrzeit stattdessen?",
        "relative_time": "Ich weiß noch nicht, von welcher Uhrzeit {raw!r} ausgeht. Welche Uhrzeit meinst du?",
        "count": "Ich kann {raw!r} nicht als Anzahl lesen. Zum Beispiel: 2.",
        "which_number": "Welche Zahl meinst du?",
        "whole": "{raw!r} ist keine ganze Zahl. Welche ganze Zahl meinst du?",
        "number": "Ich kann {raw!r} nicht als Zahl lesen. Zum Beispiel: 21.",
        "percent": "Ich kann {raw!r} nicht als Prozentzahl lesen. Zum Beispiel: 50 %.",
        "too_small": "{text} ist zu wenig: mindestens {limit}.",
        "too_large": "{text} ist zu viel: höchstens {limit}.",
        "empty": "Das habe ich nicht verstanden. Bitte noch einmal.",
        "choice": "{raw!r} kenne ich hier nicht. Möglich sind {choices}.",
        "which": "Was davon meinst du?",
        "unit": "{raw!r} ist keine Temperatur. Zum Beispiel: 21 Grad.",
    },
}


def message(lang: str, key: str, **fields: Any) -> str:
    """Return a sentence for the user in the session's language, English where there is none."""
    return _MESSAGES.get(lang, _MESSAGES["en"])[key].format(**fields)


_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"})
_SPACE = re.compile(r"\s+")


def normalise(raw: str) -> str:
    """Return the words in lower case with plain quotes, single spaces and no punctuation around them."""
    text = unicodedata.normalize("NFKC", raw).translate(_QUOTES).lower()
    return _SPACE.sub(" ", text).strip(" \t,;:!?\"'()[]")


def languages(lang: str) -> tuple[str, str]:
    """Return the word tables to try, in order: people mix, but their own language comes first."""
    return ("de", "en") if lang == "de" else ("en", "de")
