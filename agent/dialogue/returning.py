"""Coming back after a gap: what was open, and which of its values time has overtaken.

Pure functions of the state and the clock. What is found stale is emptied, told once, and then asked for like any other
missing value; confirmations and offers have an expiry of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from agent import say
from agent.catalogue import Catalogue
from agent.types import DialogueState, Frame

GAP = timedelta(minutes=30)
"""A pause this long makes the next turn begin with a return card, if anything was open."""


@dataclass(frozen=True)
class ReturnCard:
    """What the user should hear first."""

    text: str
    # "Before the break we were at the restaurant booking (2 people, ...)."
    seconds: float
    # How long the break was.
    intents: tuple[str, ...]
    # What is open, the active one first.
    stale: Mapping[str, str]
    # Slots of the active frame that time has overtaken, with the reason.


def return_card(state: DialogueState, catalogue: Catalogue, now: datetime) -> ReturnCard | None:
    """Return the card for a user who is back; None when nothing was open or the pause was short.

    Args:
        state: as the last turn left it.
        catalogue: the skills.
        now: aware, on the session's own clock.
    """
    open_frames = [frame for frame in (*reversed(state.stack), *state.waiting) if frame.intent in catalogue.intents]
    if state.talked_at is None or not open_frames:
        return None
    gap = now - state.talked_at
    if gap < GAP:
        return None
    active = open_frames[0]
    stale = overtaken(active, catalogue, now, since=state.talked_at)
    name, *others = [say.name_of(catalogue, frame.intent) for frame in open_frames]
    values = ", ".join(value.text for slot, value in active.slots.items() if slot not in stale)
    parts = [f"Before the break we were at {name}" + (f" ({values})." if values else ".")]
    if others:
        parts.append(f"Also open: {', '.join(others)}.")
    intents = tuple(frame.intent for frame in open_frames)
    return ReturnCard(" ".join(parts), gap.total_seconds(), intents, stale)


def overtaken(frame: Frame, catalogue: Catalogue, now: datetime, *, since: datetime | None = None) -> dict[str, str]:
    """Return the slots of a frame whose day, or time on this day, has passed, with the reason.

    Args:
        frame: an open or finished frame.
        catalogue: the skills.
        now: aware, on the session's own clock.
        since: when the user last spoke. What had passed by then was meant so ("the weather yesterday"), unless the
            intent has an effect: nothing can be done in the past.
    """
    intent = catalogue.intents[frame.intent]
    earliest = date.min if intent.effect or since is None else since.astimezone(now.tzinfo).date()
    said = {
        slot: (catalogue.slot(frame.intent, slot), value)
        for slot, value in frame.slots.items()
        # A default is not what the user said: it is taken anew, in silence.
        if value.raw != str(catalogue.slot(frame.intent, slot).default)
    }
    days = {slot: day for slot, (declared, value) in said.items() if (day := _day(declared.resolver, value.value))}
    reasons = {
        slot: _capital(f"{frame.slots[slot].text} has passed")
        for slot, day in days.items()
        if earliest <= day < now.date()
    }
    if days and all(day == now.date() for day in days.values()):
        for slot, (declared, value) in said.items():
            if declared.resolver == "time" and time.fromisoformat(str(value.value)) < now.time():
                reasons[slot] = _capital(f"{value.text} today has passed")
    return reasons


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(resolver: str, value: Any) -> date | None:
    """Return the day that a value begins on."""
    if resolver == "date_range":
        value = value["start"] or value["end"]
    return date.fromisoformat(str(value)) if resolver in ("date", "date_range") and value else None
