"""Read how long something takes: "an hour and a half", "a fortnight", "drei Nächte", "hora y media", "两个半小时".

A value is an ISO 8601 duration ("PT1H30M"); the limits of a slot are seconds. Knows units of time, not what lasts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Resolution, ResolveContext, Resolved, Unresolved, languages
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.number_words import fold
from agent.dialogue.resolvers.quantities import outside, within_limits
from agent.dialogue.resolvers.quantity import Term, is_of_something_else, readings_by_language
from agent.dialogue.resolvers.quantity_items import plain
from agent.dialogue.resolvers.quantity_words import GLUE
from agent.dialogue.resolvers.unit_words import (
    DAYS,
    DURATION_NAMES,
    DURATION_UNITS,
    LOOSE_DAYS,
    MONTHS,
    SECONDS,
    UNTIL,
)

_UP_TO = re.compile(r"^(?:up to|bis zu|at most|no more than|höchstens) ")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)")
_ISO = re.compile(r"^p(?=\d|t\d)(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?$")
_SINGLE_PART = re.compile(r"^P(T?)\d+([A-Z])$")


def resolve_duration(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an ISO 8601 duration: "PT1H30M", "P14D"."""
    text = plain(raw)
    iso = _ISO.match(text)
    if iso:
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        length = Length.of(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
        return _which_length([length], slot, context, raw)
    lengths = _lengths(text, context)
    if lengths:
        return _which_length(lengths, slot, context, raw)
    return Unresolved(message(context.lang, "duration", raw=raw))


@dataclass(frozen=True)
class Length:
    """A duration in calendar months, days and seconds, which are not one in terms of another."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @classmethod
    def of(cls, months: Fraction | int = 0, days: Fraction | int = 0, seconds: Fraction | int = 0) -> Length:
        """Return the length of parts that need not be whole: half a month counts 15 days, half a day 12 hours."""
        all_days = days + (Fraction(months) % 1) * 30
        return cls(int(months), int(all_days), round(seconds + (all_days % 1) * 86_400))

    @property
    def parts(self) -> tuple[int, ...]:
        """Years, months, days, hours, minutes, seconds."""
        minutes, seconds = divmod(self.seconds, 60)
        return (*divmod(self.months, 12), self.days, *divmod(minutes, 60), seconds)

    @property
    def total_seconds(self) -> int:
        """About how long it is: a month counts 30 days, a year 365."""
        years, months = divmod(self.months, 12)
        return (years * 365 + months * 30 + self.days) * 86_400 + self.seconds

    @property
    def iso(self) -> str:
        """The ISO 8601 duration."""
        day = "".join(f"{part}{letter}" for part, letter in zip(self.parts[:3], "YMD", strict=True) if part)
        time = "".join(f"{part}{letter}" for part, letter in zip(self.parts[3:], "HMS", strict=True) if part)
        return "P" + day + ("T" + time if time else "") if day or time else "PT0S"

    def text(self, lang: str) -> str:
        """The duration in words."""
        names = DURATION_NAMES.get(lang, DURATION_NAMES["en"])
        said = []
        for part, name in zip(self.parts, names, strict=True):
            one, more = name.split(" ")
            if part:
                said.append(f"{part}{one}" if lang == "zh" else f"{part} {one if part == 1 else more}")
        return ("" if lang == "zh" else " ").join(said) or f"0 {names[-1].split(' ')[1]}"


def _lengths(text: str, context: ResolveContext) -> list[Length]:
    text = _UP_TO.sub("", text)
    langs, words = languages(context.lang), fold(text).split(" ")
    if any(GLUE[lang].minus.search(text) or words[0] in UNTIL[lang] for lang in langs):
        return []
    clock = _CLOCK.search(text)
    if clock:
        first, second = int(clock[1]), int(clock[2])
        as_hours, as_minutes = Length.of(0, 0, first * 3600 + second * 60), Length.of(0, 0, first * 60 + second)
        said = {DURATION_UNITS[lang].get(word) for lang in langs for word in words}
        return [as_hours] if "h" in said else [as_minutes] if "min" in said else [as_hours, as_minutes]
    for lang, readings in readings_by_language(text, langs, DURATION_UNITS):
        lengths = [
            length for terms in readings if not is_of_something_else(terms, lang) for length in _length(terms, context)
        ]
        for word, days in LOOSE_DAYS.get(lang, {}).items():
            if word in words and lengths == [Length(0, days + 1)]:
                return [Length(0, days), *lengths]
        return list(dict.fromkeys(lengths))
    return []


def _length(terms: Sequence[Term], context: ResolveContext) -> list[Length]:
    """Return what the terms of one reading may mean; nothing when they do not go together."""
    if len(terms) == 1 and terms[0].unit is None:
        return _without_unit(terms[0].value, context)
    months = days = seconds = Fraction(0)
    nights = Fraction(0)
    last = ""
    for value, unit, _ in terms:
        if unit is None:
            # "an hour twenty".
            unit = {"h": "min", "min": "s", "year": "month"}.get(last, "")
            if not unit or value >= 60 or value.denominator != 1:
                return []
        if unit == "night":
            nights += value
        elif unit in SECONDS:
            seconds += value * SECONDS[unit]
        elif unit in DAYS:
            days += value * DAYS[unit]
        else:
            months += value * MONTHS[unit]
        last = unit
    if nights and days:
        # "three days and two nights" of a stay: either may be what is asked for.
        return [Length.of(months, days, seconds), Length.of(months, nights, seconds)]
    return [Length.of(months, days + nights, seconds)]


def _without_unit(value: Fraction, context: ResolveContext) -> list[Length]:
    """A bare number takes the unit of the value it corrects; without one it may be minutes, hours or days."""
    before = _SINGLE_PART.match(str(context.previous.value)) if context.previous else None
    if before:
        timed, letter = before[1] == "T", before[2]
        if timed:
            return [Length.of(0, 0, value * {"H": 3600, "M": 60, "S": 1}[letter])]
        return [Length.of(value * {"Y": 12, "M": 1}[letter]) if letter in "YM" else Length.of(0, value)]
    return [Length.of(0, 0, value * 60), Length.of(0, 0, value * 3600), Length.of(0, value)] if value > 0 else []


def _which_length(lengths: Sequence[Length], slot: Slot, context: ResolveContext, raw: str) -> Resolution:
    answers = [_limited_length(length, slot, context) for length in lengths]
    return within_limits(answers, "which_duration", context.lang)


def _limited_length(length: Length, slot: Slot, context: ResolveContext) -> Resolved | Unresolved:
    text = length.text(context.lang)
    total = Fraction(length.total_seconds)
    reason = outside(total, text, slot, context.lang, lambda limit: _from_seconds(limit).text(context.lang))
    return reason or Resolved(length.iso, text)


def _from_seconds(seconds: Fraction) -> Length:
    days, rest = divmod(seconds, 86_400)
    return Length.of(0, int(days), rest)
