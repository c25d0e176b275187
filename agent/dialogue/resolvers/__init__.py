"""Turn the user's words into values, by code and with the session's clock and language.

    resolve("date", "next thursday", slot, ResolveContext(now))   # Resolved("2026-12-03", "Thursday 3 December")
    resolve("time", "at eight", slot, ResolveContext(now))        # Ambiguous: 8:00 am or 8:00 pm
    resolve("date", "blorp", slot, ResolveContext(now))           # Unresolved("I cannot read 'blorp' as a date ...")
    match_options("kichen lihgt", options)                        # the options that the words mean

A resolver never raises for what a user may say, never guesses between two readings, and knows no skill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved
from agent.dialogue.resolvers.choices import match_options, resolve_choice, resolve_place, resolve_text
from agent.dialogue.resolvers.dates import date_text, resolve_date
from agent.dialogue.resolvers.quantities import resolve_count, resolve_number, resolve_percent, resolve_temperature
from agent.dialogue.resolvers.times import resolve_time, time_text
from agent.errors import InputError

__all__ = [
    "MAX_RAW_CHARACTERS",
    "RESOLVERS",
    "Ambiguous",
    "Resolution",
    "ResolveContext",
    "Resolved",
    "Unresolved",
    "date_text",
    "match_options",
    "resolve",
    "time_text",
]

MAX_RAW_CHARACTERS = 200
"""Longer words are no date, time or number; only free text may be longer."""

Resolver = Callable[[str, Slot, ResolveContext], Resolution]

RESOLVERS: Mapping[str, Resolver] = {
    "text": resolve_text,
    "choice": resolve_choice,
    "language": resolve_choice,
    "place": resolve_place,
    "date": lambda raw, slot, context: resolve_date(raw, context),
    "time": resolve_time,
    "count": resolve_count,
    "number": resolve_number,
    "temperature": resolve_temperature,
    "percent": resolve_percent,
}


def resolve(resolver: str, raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Return what the user's words mean for a slot.

    Raises:
        InputError: there is no resolver of that name (the skill file is wrong).
    """
    if resolver not in RESOLVERS:
        raise InputError(f"slot {slot.name!r} names resolver {resolver!r}; expected one of {', '.join(RESOLVERS)}")
    if resolver != "text":
        raw = raw[:MAX_RAW_CHARACTERS]
    return RESOLVERS[resolver](raw, slot, context)
