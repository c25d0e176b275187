"""What a language must say about days and clock times. Data only; the rules that use it stand beside this package."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

Rewrites = tuple[tuple[re.Pattern[str], str], ...]
"""Phrases that are put into simpler words, in order, before single words are looked up."""


@dataclass(frozen=True)
class CalendarWords:
    """How one language speaks of days and clock times."""

    days: tuple[str, ...]
    # Monday first: for saying a date.
    months: tuple[str, ...]
    dates: Mapping[str, str]
    # Word to the symbols that the rules read: "friday" is W4.
    date_fillers: frozenset[str]
    # Words that change no date.
    date_phrases: Rewrites
    clock: re.Pattern[str]
    # Clock times, taken out before a date is read: the 8 of "friday at 8" is no day.
    times: Mapping[str, str]
    time_fillers: frozenset[str]
    time_phrases: Rewrites
    spans: SpanWords
    adjectives_follow: bool = False
    # "semaine prochaine" and not "next week".
    month_first: bool | None = False
    # How "3/4" is read; None: either way.
    spaced: bool = True
    # False: words are found by the longest match in the tables.
    level: Callable[[str], str] = str
    # How the user's words are levelled before they are looked up: accents, traditional characters.

    @cached_property
    def date_vocabulary(self) -> frozenset[str]:
        """Every word that is known where a day is read."""
        return frozenset(self.dates) | self.date_fillers

    @cached_property
    def time_vocabulary(self) -> frozenset[str]:
        """Every word that is known where a clock time is read."""
        return frozenset(self.times) | self.unspoken

    @cached_property
    def unspoken(self) -> frozenset[str]:
        """Words that change no clock time: the day is read elsewhere."""
        return self.time_fillers | (frozenset(self.dates) - frozenset(self.times))


@dataclass(frozen=True)
class SpanWords:
    """How one language says a beginning and an end. Every pattern matches the whole text."""

    lasting: tuple[re.Pattern[str], ...]
    # Groups "start" and "length": "three nights from friday".
    onward: re.Pattern[str]
    # Group "length", counted from now: "the next two hours".
    frames: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    # What leads in (group "rest", and "part" for words before it), and what stands between the two ends.
    weak_joints: frozenset[str]
    # Joints that also mean other things: "vendredi à Paris" names one day and no span.
    pair: re.Pattern[str]
    # What stands between two days that follow one another: "saturday and sunday".
    until: re.Pattern[str]
    # Group "end": the last day or moment is meant too.
    before: re.Pattern[str]
    since: re.Pattern[str]
    # Group "start": that day or moment is meant too.
    after: re.Pattern[str]


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


def names(words: str) -> tuple[str, ...]:
    """Return the words of a text, in order."""
    return tuple(words.split())


def word_table(lines: str) -> dict[str, str]:
    """Return the words of lines ``symbols: word word ...``, each with its symbols."""
    table: dict[str, str] = {}
    for line in lines.strip().split("\n"):
        symbol, _, words = line.partition(":")
        table.update(dict.fromkeys(words.split(), symbol.strip()))
    return table


def rewrites(*pairs: tuple[str, str]) -> Rewrites:
    """Return the pairs of pattern and replacement, compiled."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


def frames(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Return the pairs of lead and joint, compiled."""
    return tuple((re.compile(lead), re.compile(joint)) for lead, joint in pairs)
