"""The booking skill: find a table, book it, list and cancel. Knows what is asked for; a provider takes the booking.

Intents: restaurant (venue, day, time, people; cuisine), list, cancel (reference).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from agent.actions import ActionCall, ActionContext, ActionResult, result_from
from agent.dialogue.resolvers import date_text, match_options, time_text
from agent.errors import NotFound
from agent.types import Option, Receipt
from skills.booking.provider import Booking, BookingProvider, Request, Venue
from skills.booking.sqlite import SqliteBookings


class BookingAction:
    """Fulfils the intents of the booking skill."""

    def __init__(self, *, make_provider: Callable[[Path], BookingProvider] = SqliteBookings) -> None:
        self._make_provider = make_provider
        self._providers: dict[Path, BookingProvider] = {}

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Do it."""
        provider = self._provider(context)
        if call.intent == "restaurant":
            return await self._book(provider, call, context)
        if call.intent == "list":
            bookings = [_facts(booking, context) for booking in await provider.upcoming(context.now)]
            return result_from(provider, {"bookings": bookings}, context, found=bool(bookings))
        if call.intent == "cancel":
            reference = await self._reference(provider, str(call.arguments["reference"]), context)
            return await self._cancel(provider, reference, context)
        raise NotFound(f"The booking skill has no intent {call.intent!r}.")

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        """Return the venues that fit and are free, the cuisines there are, or the bookings to cancel."""
        provider = self._provider(context)
        if slot == "reference":
            return [_booking_option(booking, context) for booking in await provider.upcoming(context.now)]
        known = {key: arguments[key] for key in ("cuisine", "day", "time", "people") if arguments.get(key) is not None}
        if slot == "cuisine":
            venues = await provider.venues(Request(**(known | {"cuisine": None})), context.now)
            return [Option(value=each, text=each) for each in dict.fromkeys(venue.cuisine for venue in venues)]
        if slot == "venue":
            return [_venue_option(venue) for venue in await provider.venues(Request(**known), context.now)]
        return []

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        """Cancel the booking behind the receipt."""
        if receipt.undo is None:
            raise NotFound("That made no booking, so there is nothing to cancel.")
        return await self._cancel(self._provider(context), str(receipt.undo["reference"]), context)

    async def close(self) -> None:
        """Close the providers that were opened."""
        for provider in self._providers.values():
            await provider.close()
        self._providers.clear()

    def _provider(self, context: ActionContext) -> BookingProvider:
        if context.data_dir not in self._providers:
            self._providers[context.data_dir] = self._make_provider(context.data_dir)
        return self._providers[context.data_dir]

    async def _book(self, provider: BookingProvider, call: ActionCall, context: ActionContext) -> ActionResult:
        venue_id = await self._venue_id(provider, str(call.arguments["venue"]), context)
        booking = await provider.book(
            venue_id,
            str(call.arguments["day"]),
            str(call.arguments["time"]),
            int(call.arguments["people"]),
            context.now,
            call.idempotency_key,
        )
        undo = {"reference": booking.reference}
        return result_from(provider, _facts(booking, context), context, effect=True, undo=undo)

    async def _cancel(self, provider: BookingProvider, reference: str, context: ActionContext) -> ActionResult:
        booking = await provider.cancel(reference)
        return result_from(provider, _facts(booking, context), context, effect=True)

    async def _venue_id(self, provider: BookingProvider, said: str, context: ActionContext) -> str:
        venues = await provider.venues(Request(), context.now)
        for venue in venues:
            if said in (venue.venue_id, venue.name):
                return venue.venue_id
        options = [_venue_option(venue) for venue in venues]
        found = match_options(said, options, context.lang)
        if len(found) == 1:
            return next(venue.venue_id for venue in venues if venue.name == found[0].value)
        if found:
            raise NotFound(f"{said!r} could be {', '.join(option.text for option in found)}. Which one?", slot="venue")
        raise NotFound(
            f"I know no restaurant {said!r}. I know {', '.join(sorted(venue.name for venue in venues))}.", slot="venue"
        )

    async def _reference(self, provider: BookingProvider, said: str, context: ActionContext) -> str:
        letters = "".join(letter for letter in said.upper() if letter.isalnum())
        if len(letters) == 5 and letters.startswith("R"):
            return f"R-{letters[1:]}"
        upcoming = await provider.upcoming(context.now)
        found = match_options(said, [_booking_option(booking, context) for booking in upcoming], context.lang)
        if len(found) == 1:
            return str(found[0].value)
        known = ", ".join(booking.reference for booking in upcoming) or "none"
        raise NotFound(f"{said!r} is not the reference of a booking; there are {known}.", slot="reference")


def _venue_option(venue: Venue) -> Option:
    return Option(value=venue.name, text=f"{venue.name} ({venue.cuisine})", also=(venue.name,))


def _booking_option(booking: Booking, context: ActionContext) -> Option:
    facts = _facts(booking, context)
    for_people = f"für {booking.people}" if context.lang == "de" else f"for {booking.people}"
    text = f"{booking.venue}, {facts['day_text']}, {facts['time_text']}, {for_people} ({booking.reference})"
    return Option(value=booking.reference, text=text, also=(booking.venue, f"{booking.venue} {facts['day_text']}"))


def _facts(booking: Booking, context: ActionContext) -> dict[str, Any]:
    hour, _, minute = booking.time.partition(":")
    return booking.model_dump(mode="json", exclude={"cancelled"}) | {
        "day_text": date_text(date.fromisoformat(booking.day), context.now.date(), context.lang),
        "time_text": time_text(int(hour), int(minute), context.lang),
    }
