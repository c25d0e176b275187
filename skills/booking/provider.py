"""What the booking skill asks of whoever takes the bookings. Knows no database and no network."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Venue(_Model):
    """A restaurant."""

    venue_id: str
    name: str
    cuisine: str
    rating: float
    # 0 to 5; what "best first" goes by.
    opens: str
    # "HH:MM".
    last_seating: str
    # "HH:MM", the latest time to book.
    closes: str
    # "HH:MM".
    largest_table: int
    # Seats.


class Request(_Model):
    """What is wanted; what is None does not matter yet."""

    cuisine: str | None = None
    day: str | None = None
    # "YYYY-MM-DD".
    time: str | None = None
    # "HH:MM".
    people: int | None = Field(default=None)


class Booking(_Model):
    """A table that is taken."""

    reference: str
    # "R-7K3P".
    venue: str
    # Name of the venue.
    cuisine: str
    day: str
    # "YYYY-MM-DD".
    time: str
    # "HH:MM".
    people: int
    cancelled: bool = False


class BookingProvider(Protocol):
    """Takes bookings. Every method may raise ``Unavailable``; nothing is ever half-written."""

    source: str
    # "sample booking database".
    simulated: bool

    async def venues(self, request: Request, now: datetime) -> list[Venue]:
        """Return the venues that fit what is known and have a table free, best first."""

    async def book(self, venue_id: str, day: str, time: str, people: int, now: datetime, key: str) -> Booking:
        """Take a table. The same non-empty key always returns the same booking.

        Raises:
            NotFound: unknown venue, closed, in the past, too many people, or full; with the nearest free times.
        """

    async def upcoming(self, now: datetime) -> list[Booking]:
        """Return the bookings that are still to come, soonest first."""

    async def cancel(self, reference: str) -> Booking:
        """Give a table back. Raises NotFound when there is no such booking or it is cancelled already."""

    async def health(self) -> str:
        """Return how bookings are taken, for people."""

    async def close(self) -> None:
        """Let go of connections."""
