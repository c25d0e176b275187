"""The embedded booking database: sample venues in SQLite, with real bookings that survive a restart.

A booking holds its table for two hours, written as quarter-hour rows whose primary key is (table, quarter): two
bookings of one table at one time are impossible by constraint, whoever writes. Every write is one transaction.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml

from agent.errors import NotFound, Unavailable
from skills.booking.provider import Booking, Request, Venue

STAY_MINUTES = 120
"""How long a booking holds its table."""
QUARTER_MINUTES = 15
"""The unit that tables are held in."""
SCHEMA_VERSION = 1
REFERENCE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""Without those that are taken for one another when read out."""

_SCHEMA = """
CREATE TABLE venues (
    venue_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, cuisine TEXT NOT NULL, rating REAL NOT NULL,
    opens INTEGER NOT NULL, last_seating INTEGER NOT NULL, closes INTEGER NOT NULL  -- minutes after midnight
);
CREATE TABLE tables (
    table_id INTEGER PRIMARY KEY, venue_id TEXT NOT NULL REFERENCES venues, seats INTEGER NOT NULL CHECK (seats > 0)
);
CREATE TABLE bookings (
    reference TEXT PRIMARY KEY, venue_id TEXT NOT NULL REFERENCES venues, table_id INTEGER NOT NULL REFERENCES tables,
    day TEXT NOT NULL, minute INTEGER NOT NULL, people INTEGER NOT NULL CHECK (people > 0),
    cancelled INTEGER NOT NULL DEFAULT 0, idempotency_key TEXT UNIQUE, created_at TEXT NOT NULL
);
CREATE TABLE taken (
    table_id INTEGER NOT NULL REFERENCES tables, day TEXT NOT NULL, quarter INTEGER NOT NULL,
    reference TEXT NOT NULL REFERENCES bookings ON DELETE CASCADE,
    PRIMARY KEY (table_id, day, quarter)
) WITHOUT ROWID;
CREATE INDEX taken_by_reference ON taken (reference);
"""
_FREE_TABLE = """
SELECT t.table_id FROM tables t
WHERE t.venue_id = :venue AND t.seats >= :people AND NOT EXISTS (
    SELECT 1 FROM taken k WHERE k.table_id = t.table_id AND k.day = :day AND k.quarter >= :first AND k.quarter < :after)
ORDER BY t.seats, t.table_id LIMIT 1
"""
_VENUE = """
SELECT v.*, (SELECT max(seats) FROM tables t WHERE t.venue_id = v.venue_id) AS largest_table FROM venues v
"""
_BOOKING = """
SELECT b.reference, v.name AS venue, v.cuisine, b.day, b.minute, b.people, b.cancelled
FROM bookings b JOIN venues v USING (venue_id)
"""
_T = TypeVar("_T")


class SqliteBookings:
    """Bookings in one SQLite file.

    bookings = SqliteBookings(data_dir)
    booking = await bookings.book("bistro-exemple", "2026-11-26", "19:30", 2, now, key="...")
    """

    source = "sample booking database"
    simulated = True

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "booking.sqlite3"

    async def venues(self, request: Request, now: datetime) -> list[Venue]:
        """Return the venues that fit what is known and have a table free, best first."""
        return await self._do(lambda database: _venues(database, request, now))

    async def book(self, venue_id: str, day: str, time: str, people: int, now: datetime, key: str) -> Booking:
        """Take the smallest table that fits."""
        return await self._do(lambda database: _book(database, venue_id, day, time, people, now, key))

    async def upcoming(self, now: datetime) -> list[Booking]:
        """Return the bookings that are still to come, soonest first."""
        return await self._do(lambda database: _upcoming(database, now))

    async def cancel(self, reference: str) -> Booking:
        """Give the table back."""
        return await self._do(lambda database: _cancel(database, reference))

    async def health(self) -> str:
        """Say where the bookings are kept."""
        count = await self._do(lambda database: int(database.execute("SELECT count(*) FROM bookings").fetchone()[0]))
        return f"{self.path}: {count} bookings"

    async def close(self) -> None:
        """Nothing is held open."""

    async def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run one transaction in a thread, so that a slow disk never holds up the other sessions."""

        def run() -> _T:
            with self._transaction() as database:
                return work(database)

        return await asyncio.to_thread(run)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        database: sqlite3.Connection | None = None
        try:
            database = self._connect()
            database.execute("BEGIN IMMEDIATE")
            _set_up(database)
            yield database
            database.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(
                f"The booking database {self.path} cannot be used just now ({error}); nothing was booked or cancelled."
            ) from error
        finally:
            if database is not None:
                # Closing rolls back what was not committed.
                database.close()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
        database.row_factory = sqlite3.Row
        # The usual rollback journal: switching to WAL does not wait for another connection ("database is locked" at
        # once), and with every transaction a write that begins as one, WAL would bring nothing.
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        return database


def _set_up(database: sqlite3.Connection) -> None:
    """Make the tables and put the sample venues in, once."""
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"it was written by a newer factotum, schema {version}; expected {SCHEMA_VERSION}")
    for statement in _SCHEMA.split(";\n"):
        # executescript would commit: the tables and the sample venues come in one transaction.
        database.execute(statement)
    plan = yaml.safe_load(files("skills.booking").joinpath("venues.yaml").read_text(encoding="utf-8"))
    hours = [_minutes(plan[key]) for key in ("opens", "last_seating", "closes")]
    for venue_id, venue in plan["venues"].items():
        row = (venue_id, venue["name"], venue["cuisine"], venue["rating"], *hours)
        database.execute("INSERT INTO venues VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        seats = [(venue_id, size) for size, number in venue["tables"].items() for _ in range(number)]
        database.executemany("INSERT INTO tables (venue_id, seats) VALUES (?, ?)", seats)
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _quarters(minute: int, closes: int) -> tuple[int, int]:
    """First quarter of a stay and the one after its last."""
    last = min(minute + STAY_MINUTES, max(closes, minute + QUARTER_MINUTES))
    return minute // QUARTER_MINUTES, -(-last // QUARTER_MINUTES)


def _venue(row: sqlite3.Row) -> Venue:
    values: dict[str, Any] = {key: row[key] for key in ("venue_id", "name", "cuisine", "rating", "largest_table")}
    values |= {key: _clock(row[key]) for key in ("opens", "last_seating", "closes")}
    return Venue.model_validate(values)


def _booking(row: sqlite3.Row) -> Booking:
    values: dict[str, Any] = {key: row[key] for key in ("reference", "venue", "cuisine", "day", "people")}
    return Booking(**values, time=_clock(row["minute"]), cancelled=bool(row["cancelled"]))


def _free_table(database: sqlite3.Connection, venue: sqlite3.Row, day: str, minute: int, people: int) -> int | None:
    first, after = _quarters(minute, venue["closes"])
    wanted = {"venue": venue["venue_id"], "people": people, "day": day, "first": first, "after": after}
    row = database.execute(_FREE_TABLE, wanted).fetchone()
    return None if row is None else int(row["table_id"])


def _is_open(venue: sqlite3.Row, minute: int) -> bool:
    return bool(venue["opens"] <= minute <= venue["last_seating"])


def _is_past(day: str, minute: int, now: datetime) -> bool:
    return (day, minute) < (now.date().isoformat(), now.hour * 60 + now.minute)


def _free_times(database: sqlite3.Connection, venue: sqlite3.Row, day: str, people: int, now: datetime) -> list[int]:
    """Every half hour of the day at which a table is free."""
    starts = range(venue["opens"], venue["last_seating"] + 1, 30)
    return [
        minute
        for minute in starts
        if not _is_past(day, minute, now) and _free_table(database, venue, day, minute, people) is not None
    ]


def _venues(database: sqlite3.Connection, request: Request, now: datetime) -> list[Venue]:
    found: list[Venue] = []
    people = request.people or 1
    for row in database.execute(_VENUE + "ORDER BY v.rating DESC, v.name").fetchall():
        if request.cuisine and row["cuisine"] != request.cuisine.lower():
            continue
        if row["largest_table"] < people:
            continue
        if request.day and request.time:
            minute = _minutes(request.time)
            free = _is_open(row, minute) and not _is_past(request.day, minute, now)
            if not free or _free_table(database, row, request.day, minute, people) is None:
                continue
        elif request.day and not _free_times(database, row, request.day, people, now):
            continue
        found.append(_venue(row))
    return found


def _book(
    database: sqlite3.Connection, venue_id: str, day: str, time: str, people: int, now: datetime, key: str
) -> Booking:
    if key:
        done = database.execute(_BOOKING + "WHERE b.idempotency_key = ?", (key,)).fetchone()
        if done is not None:
            return _booking(done)
    venue = database.execute(_VENUE + "WHERE v.venue_id = ?", (venue_id,)).fetchone()
    if venue is None:
        names = [row["name"] for row in database.execute("SELECT name FROM venues ORDER BY name")]
        raise NotFound(f"I know no restaurant {venue_id!r}. I know {', '.join(names)}.")
    minute = _minutes(time)
    table_id = _table_or_reason(database, venue, day, minute, people, now)
    row = (venue_id, table_id, day, minute, people, key or None, now.isoformat())
    reference = _insert(database, row)
    first, after = _quarters(minute, venue["closes"])
    taken = [(table_id, day, quarter, reference) for quarter in range(first, after)]
    database.executemany("INSERT INTO taken VALUES (?, ?, ?, ?)", taken)
    return _booking(database.execute(_BOOKING + "WHERE b.reference = ?", (reference,)).fetchone())


def _insert(database: sqlite3.Connection, row: tuple[Any, ...]) -> str:
    for _ in range(50):
        reference = "R-" + "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(4))
        if database.execute("SELECT 1 FROM bookings WHERE reference = ?", (reference,)).fetchone() is None:
            database.execute(
                "INSERT INTO bookings "
                "(reference, venue_id, table_id, day, minute, people, idempotency_key, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (reference, *row),
            )
            return reference
    raise Unavailable("The booking database has no free reference left; nothing was booked.")


def _table_or_reason(
    database: sqlite3.Connection, venue: sqlite3.Row, day: str, minute: int, people: int, now: datetime
) -> int:
    """Return a free table, or raise NotFound with what would be possible instead."""
    name = venue["name"]
    if people < 1:
        raise NotFound(f"A table for {people} cannot be booked; at least one person has to come.", slot="people")
    if people > venue["largest_table"]:
        fitting = [other.name for other in _venues(database, Request(people=people), now)]
        instead = f" {' or '.join(fitting[:3])} could seat you." if fitting else ""
        raise NotFound(
            f"The largest table at {name} seats {venue['largest_table']}, not {people}.{instead}", slot="people"
        )
    try:
        date.fromisoformat(day)
    except ValueError:
        raise NotFound(f"{day!r} is not a day; expected YYYY-MM-DD.", slot="day") from None
    if _is_past(day, minute, now):
        raise NotFound(f"{_clock(minute)} on {day} has already passed.", slot="time")
    free = sorted(_free_times(database, venue, day, people, now), key=lambda other: abs(other - minute))
    nearest = ", ".join(_clock(other) for other in sorted(free[:3]))
    instead = f" Free that day: {nearest}." if nearest else " It has nothing else free that day."
    if not _is_open(venue, minute):
        hours = f"from {_clock(venue['opens'])} to {_clock(venue['last_seating'])}"
        raise NotFound(f"{name} seats guests {hours}, so not at {_clock(minute)}.{instead}", slot="time")
    table_id = _free_table(database, venue, day, minute, people)
    if table_id is None:
        raise NotFound(f"{name} has no table for {people} at {_clock(minute)}.{instead}", slot="time")
    return table_id


def _upcoming(database: sqlite3.Connection, now: datetime) -> list[Booking]:
    rows = database.execute(
        _BOOKING + "WHERE NOT b.cancelled AND (b.day, b.minute) >= (?, ?) ORDER BY b.day, b.minute, b.reference",
        (now.date().isoformat(), now.hour * 60 + now.minute),
    )
    return [_booking(row) for row in rows]


def _cancel(database: sqlite3.Connection, reference: str) -> Booking:
    row = database.execute(_BOOKING + "WHERE b.reference = ?", (reference,)).fetchone()
    if row is None:
        raise NotFound(f"There is no booking {reference!r}; a reference looks like R-7K3P.")
    if row["cancelled"]:
        raise NotFound(f"Booking {reference} at {row['venue']} is cancelled already.")
    database.execute("UPDATE bookings SET cancelled = 1 WHERE reference = ?", (reference,))
    database.execute("DELETE FROM taken WHERE reference = ?", (reference,))
    return _booking(database.execute(_BOOKING + "WHERE b.reference = ?", (reference,)).fetchone())
