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
from agent.dialogue.resolvers.amounts import resolve_amount
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved
from agent.dialogue.resolvers.choices import resolve_choice, resolve_place, resolve_text
from agent.dialogue.resolvers.corrections import meant
from agent.dialogue.resolvers.dates import resolve_date
from agent.dialogue.resolvers.durations import resolve_duration
from agent.dialogue.resolvers.money import resolve_money
from agent.dialogue.resolvers.offered import pick
from agent.dialogue.resolvers.options import match_options
from agent.dialogue.resolvers.people import resolve_count
from agent.dialogue.resolvers.quantities import resolve_number, resolve_percent, resolve_temperature
from agent.dialogue.resolvers.ranges import resolve_date_range, resolve_time_range
from agent.dialogue.resolvers.references import refer
from agent.dialogue.resolvers.saying import date_text, time_text
from agent.dialogue.resolvers.times import resolve_time
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
    "refer",
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
    "date_range": resolve_date_range,
    "time_range": resolve_time_range,
    "count": resolve_count,
    "number": resolve_number,
    "temperature": resolve_temperature,
    "percent": resolve_percent,
    "duration": resolve_duration,
    "amount": resolve_amount,
    "money": resolve_money,
}


def resolve(resolver: str, raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Return what the user's words mean for a slot.

    Raises:
        InputError: there is no resolver of that name (the skill file is wrong).
    """
    if resolver not in RESOLVERS:
        raise InputError(f"slot {slot.name!r} names resolver {resolver!r}; expected one of {', '.join(RESOLVERS)}")
    if resolver != "text":
        raw = meant(raw[:MAX_RAW_CHARACTERS]) or raw[:MAX_RAW_CHARACTERS]

    def read(words: str) -> Resolution:
        return RESOLVERS[resolver](words, slot, context)

    picked = pick(raw, resolver, slot, context, read) if context.offered else None
    return picked or refer(raw, resolver, slot, context) or read(raw)
