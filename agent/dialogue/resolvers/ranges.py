"""Read a first and a last day ("from monday to thursday", "du 3 au 7 mai") or a beginning and an end ("from 9 to 5").

    resolve_date_range("until friday", slot, context)   # Resolved({"start": None, "end": "2026-11-27"}, ...)

An open end is None. A number of nights ends on the morning after the last one, a number of days on the last day. A time
range stays within one day and may end at "24:00". An end before the start is told, never turned round.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from agent.declaration import Slot
from agent.dialogue.resolvers.base import (
    Ambiguous,
    Resolution,
    ResolveContext,
    Resolved,
    Unresolved,
    languages,
    message,
    normalise,
)
from agent.dialogue.resolvers.calendar_words import CALENDARS
from agent.dialogue.resolvers.dates import reading_of
from agent.dialogue.resolvers.day_spans import DayReader
from agent.dialogue.resolvers.saying import dates_text, times_text
from agent.dialogue.resolvers.spans import Backwards, Half, Span, split_span
from agent.dialogue.resolvers.time_spans import TimeReader
from agent.dialogue.resolvers.times import is_within, limits_message
from agent.types import Option

_T = TypeVar("_T")
_Read = Callable[[Span], "list[_T] | Backwards | Half | None"]


def resolve_date_range(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to {"start": "YYYY-MM-DD" or None, "end": "YYYY-MM-DD" or None}."""
    at = reading_of(context)
    found = _first_reading(raw, context, lambda lang, fix: DayReader(lang, at, fix, context.lang).read)
    if found is None:
        return Unresolved(message(context.lang, "date_range", raw=raw))
    if isinstance(found, Backwards):
        return Unresolved(message(context.lang, "days_backwards", start=found.start, end=found.end))
    if isinstance(found, Half):
        return Unresolved(message(context.lang, "half_of_days", raw=raw, text=found.text))
    options = tuple(
        Option(value={"start": _iso(start), "end": _iso(end)}, text=dates_text(start, end, at.today, context.lang))
        for start, end in found
    )
    if len(options) > 1:
        return Ambiguous(options, message(context.lang, "which_days"))
    last = found[0][1]
    return Resolved(options[0].value, options[0].text, past=last is not None and last < at.today)


def resolve_time_range(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to {"start": "HH:MM" or None, "end": "HH:MM" or None}, both within the slot's limits."""
    found = _first_reading(raw, context, lambda lang, fix: TimeReader(lang, context.now, fix, context.lang).read)
    if found is None:
        return Unresolved(message(context.lang, "time_range", raw=raw))
    if isinstance(found, Backwards):
        return Unresolved(message(context.lang, "times_backwards", start=found.start, end=found.end))
    if isinstance(found, Half):
        return Unresolved(message(context.lang, "half_of_times", raw=raw, text=found.text))
    fitting = [span for span in found if all(each is None or is_within(each, slot) for each in span)]
    if not fitting:
        return Unresolved(limits_message(times_text(*found[-1], context.lang), slot, context.lang))
    options = tuple(
        Option(value={"start": _clock(start), "end": _clock(end)}, text=times_text(start, end, context.lang))
        for start, end in fitting
    )
    if len(options) > 1:
        return Ambiguous(options, message(context.lang, "which_times"))
    return Resolved(options[0].value, options[0].text)


def _first_reading(
    raw: str, context: ResolveContext, reader: Callable[[str, bool], _Read[_T]]
) -> list[_T] | Backwards | Half | None:
    """Return what the first language that knows the words makes of them; slips of typing are mended last."""
    text = normalise(raw)
    for fix_typos in (False, True):
        for lang in languages(context.lang):
            words, read = CALENDARS[lang], reader(lang, fix_typos)
            for span in split_span(words.level(text), words.spans):
                found = read(span)
                if found is not None:
                    return found or None
    return None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"
