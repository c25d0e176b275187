"""Tables are booked once, stay booked over a restart, and a full disk books nothing."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.actions import Action, ActionCall, ActionContext, ActionResult, Offers, Undoes
from agent.dialogue.resolvers import match_options
from agent.errors import NotFound, Unavailable
from agent.types import Receipt
from skills.booking import Booking, BookingAction, BookingProvider, Request, SqliteBookings, to_ics

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WANTED = {"venue": "Bistro Exemple", "day": "2026-11-26", "time": "19:30", "people": 2}


def context(data_dir: Path, lang: str = "en", now: datetime = NOW) -> ActionContext:
    return ActionContext(session_id="s", now=now, lang=lang, data_dir=data_dir)


async def run(data_dir: Path, intent: str, *, key: str = "", now: datetime = NOW, **arguments: Any) -> ActionResult:
    """A new action every time: whatever is remembered was stored."""
    return await BookingAction().run(ActionCall(intent, arguments, idempotency_key=key), context(data_dir, now=now))


class BookingProviderContract:
    """What everyone who takes bookings must do; subclasses say who."""

    @pytest.fixture
    def provider(self, tmp_path: Path) -> BookingProvider:
        raise NotImplementedError

    async def test_a_booking_is_upcoming_until_it_is_cancelled(self, provider: BookingProvider) -> None:
        venue = (await provider.venues(Request(people=2), NOW))[0]
        booking = await provider.book(venue.venue_id, "2026-11-26", "19:30", 2, NOW, "k")
        assert await provider.upcoming(NOW) == [booking]
        assert (await provider.cancel(booking.reference)).cancelled
        assert await provider.upcoming(NOW) == []
        with pytest.raises(NotFound, match="cancelled already"):
            await provider.cancel(booking.reference)

    async def test_the_same_key_is_the_same_booking(self, provider: BookingProvider) -> None:
        venue = (await provider.venues(Request(people=2), NOW))[0]
        first = await provider.book(venue.venue_id, "2026-11-26", "19:30", 2, NOW, "k")
        assert await provider.book(venue.venue_id, "2026-11-26", "19:30", 2, NOW, "k") == first
        assert len(await provider.upcoming(NOW)) == 1

    async def test_venues_fit_what_is_known(self, provider: BookingProvider) -> None:
        every = await provider.venues(Request(), NOW)
        some = await provider.venues(Request(cuisine=every[0].cuisine, people=2), NOW)
        assert {venue.cuisine for venue in some} == {every[0].cuisine}
        assert await provider.venues(Request(people=10_000), NOW) == []

    async def test_an_unknown_reference_is_named(self, provider: BookingProvider) -> None:
        with pytest.raises(NotFound, match="R-0000"):
            await provider.cancel("R-0000")

    async def test_it_says_what_it_is(self, provider: BookingProvider) -> None:
        assert provider.source
        assert isinstance(provider.simulated, bool)
        assert await provider.health()


class TestSqliteBookings(BookingProviderContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> BookingProvider:
        return SqliteBookings(tmp_path)


def test_the_action_keeps_the_protocols() -> None:
    action = BookingAction()
    assert isinstance(action, Action)
    assert isinstance(action, Offers)
    assert isinstance(action, Undoes)


async def test_a_booking_has_a_reference_and_survives_a_restart(tmp_path: Path) -> None:
    done = await run(tmp_path, "restaurant", **WANTED)
    assert done.effect
    assert done.simulated
    assert done.source == "sample booking database"
    assert re.fullmatch(r"R-[2-9A-Z]{4}", done.facts["reference"])
    assert done.undo == {"reference": done.facts["reference"]}
    listed = await run(tmp_path, "list")
    assert listed.facts["bookings"] == [done.facts]
    assert {key: done.facts[key] for key in ("venue", "cuisine", "day", "time", "people")} == WANTED | {
        "cuisine": "french"
    }
    assert (done.facts["day_text"], done.facts["time_text"]) == ("Thursday 26 November", "7:30 pm")


async def test_nothing_booked_is_nothing_found(tmp_path: Path) -> None:
    assert not (await run(tmp_path, "list")).found


async def test_only_upcoming_bookings_are_listed(tmp_path: Path) -> None:
    await run(tmp_path, "restaurant", **WANTED)
    later = datetime(2026, 11, 27, tzinfo=UTC)
    assert not (await run(tmp_path, "list", now=later)).found


async def test_a_retry_does_not_book_twice(tmp_path: Path) -> None:
    first = await run(tmp_path, "restaurant", key="turn-7", **WANTED)
    again = await run(tmp_path, "restaurant", key="turn-7", **WANTED)
    assert first.facts == again.facts
    assert len((await run(tmp_path, "list")).facts["bookings"]) == 1


async def test_a_full_house_names_the_nearest_free_times(tmp_path: Path) -> None:
    wanted = WANTED | {"people": 4}
    for _ in range(2):
        await run(tmp_path, "restaurant", **wanted)
    with pytest.raises(NotFound, match=r"no table for 4 at 19:30\. Free that day: 17:00, 17:30, 21:30"):
        await run(tmp_path, "restaurant", **wanted)
    offered = await BookingAction().options("restaurant", "venue", wanted, context(tmp_path))
    assert "Bistro Exemple" not in [option.value for option in offered]


async def test_a_cancelled_table_is_free_again(tmp_path: Path) -> None:
    wanted = WANTED | {"people": 4}
    references = [(await run(tmp_path, "restaurant", **wanted)).facts["reference"] for _ in range(2)]
    cancelled = await run(tmp_path, "cancel", reference=references[0])
    assert cancelled.effect
    assert cancelled.undo is None
    assert (await run(tmp_path, "restaurant", **wanted)).effect


async def test_undo_cancels_the_booking(tmp_path: Path) -> None:
    done = await run(tmp_path, "restaurant", **WANTED)
    receipt = Receipt(
        receipt_id="r",
        intent="booking.restaurant",
        arguments=WANTED,
        facts=done.facts,
        effect=True,
        source=done.source,
        as_of=done.as_of,
        simulated=True,
        undo=done.undo,
    )
    assert (await BookingAction().undo(receipt, context(tmp_path))).facts["reference"] == done.facts["reference"]
    assert not (await run(tmp_path, "list")).found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": "09:00"}, r"seats guests from 11:30 to 21:30, so not at 09:00\. Free that day: 11:30"),
        ({"time": "22:30"}, "seats guests from 11:30 to 21:30"),
        ({"day": "2026-11-23"}, "has already passed"),
        ({"day": "2026-11-24", "time": "09:59"}, "has already passed"),
        ({"people": 7}, r"largest table at Bistro Exemple seats 4, not 7\. .*Gasthaus Muster"),
        ({"people": 0}, "at least one person"),
        ({"people": 500}, r"seats 4, not 500\.$"),
        ({"day": "soon"}, "'soon' is not a day"),
        ({"venue": "Chez Nobody"}, "I know no restaurant 'Chez Nobody'. I know Bistro Exemple"),
    ],
)
async def test_what_cannot_be_booked_is_explained(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(NotFound, match=words):
        await run(tmp_path, "restaurant", **(WANTED | change))
    assert not (await run(tmp_path, "list")).found


async def test_the_last_table_of_the_day_can_be_booked(tmp_path: Path) -> None:
    assert (await run(tmp_path, "restaurant", **(WANTED | {"time": "21:30"}))).facts["time"] == "21:30"


async def test_stays_that_touch_do_not_collide(tmp_path: Path) -> None:
    wanted = WANTED | {"people": 4}
    for time in ("17:30", "17:30", "19:30", "19:30"):
        await run(tmp_path, "restaurant", **(wanted | {"time": time}))
    with pytest.raises(NotFound, match="no table"):
        await run(tmp_path, "restaurant", **(wanted | {"time": "18:45"}))


@pytest.mark.parametrize(
    ("words", "arguments", "values"),
    [
        ("the bistro", {}, ["Bistro Exemple"]),
        ("tratoria esempio", {}, ["Trattoria Esempio"]),
        ("something italian", {}, ["Trattoria Esempio", "Pizzeria Demo"]),
        ("the second one", {"cuisine": "italian"}, ["Pizzeria Demo"]),
        ("any", {"cuisine": "thai", "people": 2, "day": "2026-11-26", "time": "20:00"}, ["Tuayang Thai"]),
    ],
)
async def test_people_find_their_restaurant(
    tmp_path: Path, words: str, arguments: dict[str, Any], values: list[str]
) -> None:
    offered = await BookingAction().options("restaurant", "venue", arguments, context(tmp_path))
    assert [option.value for option in match_options(words, offered)] == values


async def test_venues_are_offered_best_first(tmp_path: Path) -> None:
    offered = await BookingAction().options("restaurant", "venue", {"people": 2}, context(tmp_path))
    assert offered[0].text == "Bistro Exemple (french)"
    assert len(offered) == 13


async def test_a_booking_to_cancel_is_found_by_name_or_sloppy_reference(tmp_path: Path) -> None:
    reference = (await run(tmp_path, "restaurant", **WANTED)).facts["reference"]
    other = await run(tmp_path, "restaurant", **(WANTED | {"venue": "Sushi Mihon"}))
    offered = await BookingAction().options("cancel", "reference", {}, context(tmp_path))
    assert [option.value for option in match_options("the sushi one", offered)] == [other.facts["reference"]]
    done = await run(tmp_path, "cancel", reference=reference.lower().replace("-", " "))
    assert done.facts["venue"] == "Bistro Exemple"


async def test_an_unknown_booking_names_those_there_are(tmp_path: Path) -> None:
    reference = (await run(tmp_path, "restaurant", **WANTED)).facts["reference"]
    with pytest.raises(NotFound, match=f"'the moon' is not the reference of a booking; there are {reference}"):
        await run(tmp_path, "cancel", reference="the moon")


def race(attempts: list[Callable[[], Any]]) -> list[BaseException | Any]:
    results: list[Any] = []
    barrier = threading.Barrier(len(attempts))

    def attempt(work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=attempt, args=(work,)) for work in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_threads_cannot_take_the_same_table(tmp_path: Path) -> None:
    def book() -> Booking:
        # Namuna Palace has two tables for six: of four at once, two get one.
        return asyncio.run(SqliteBookings(tmp_path).book("namuna-palace", "2026-11-26", "19:30", 6, NOW, ""))

    results = race([book] * 4)
    assert sum(isinstance(result, Booking) for result in results) == 2
    assert sum(isinstance(result, NotFound) for result in results) == 2


def test_two_threads_with_one_key_make_one_booking(tmp_path: Path) -> None:
    def book() -> str:
        return asyncio.run(
            SqliteBookings(tmp_path).book("namuna-palace", "2026-11-26", "19:30", 2, NOW, "same")
        ).reference

    assert len(set(race([book] * 4))) == 1


async def test_a_booking_waits_for_whoever_is_writing(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "booking.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    booking = asyncio.create_task(SqliteBookings(tmp_path).book("namuna-palace", "2026-11-26", "19:30", 2, NOW, "same"))
    done, _ = await asyncio.wait({booking}, timeout=0.3)
    assert not done
    other.execute("COMMIT")
    other.close()
    assert (await booking).reference


async def test_the_database_itself_refuses_a_table_twice(tmp_path: Path) -> None:
    await run(tmp_path, "restaurant", **WANTED)
    database = sqlite3.connect(tmp_path / "booking.sqlite3")
    taken = database.execute("SELECT table_id, day, quarter, reference FROM taken LIMIT 1").fetchone()
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO taken VALUES (?, ?, ?, ?)", taken)
    database.close()


class FullDisk(SqliteBookings):
    """The same database on a disk that has no page left."""

    def _connect(self) -> sqlite3.Connection:
        database = super()._connect()
        # A new file has no page yet, and 0 would mean no limit.
        pages = max(1, database.execute("PRAGMA page_count").fetchone()[0])
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database


async def test_a_full_disk_books_nothing_and_says_so(tmp_path: Path) -> None:
    await run(tmp_path, "list")
    action = BookingAction(make_provider=FullDisk)
    booked = 0

    async def book_until_full() -> None:
        nonlocal booked
        for day in range(1, 29):
            for time in ("12:00", "14:00", "16:00", "18:00", "20:00"):
                wanted = WANTED | {"day": f"2026-12-{day:02d}", "time": time}
                await action.run(ActionCall("restaurant", wanted), context(tmp_path))
                booked += 1

    with pytest.raises(Unavailable, match=r"disk is full.*nothing was booked"):
        await book_until_full()
    bookings = (await run(tmp_path, "list")).facts["bookings"]
    assert len(bookings) == booked
    database = sqlite3.connect(tmp_path / "booking.sqlite3")
    orphans = database.execute("SELECT count(*) FROM taken WHERE reference NOT IN (SELECT reference FROM bookings)")
    assert orphans.fetchone() == (0,)
    assert database.execute("SELECT count(DISTINCT reference) FROM taken").fetchone() == (booked,)
    database.close()


async def test_a_full_disk_at_first_use_leaves_no_half_made_database(tmp_path: Path) -> None:
    action = BookingAction(make_provider=FullDisk)
    with pytest.raises(Unavailable):
        await action.run(ActionCall("list", {}), context(tmp_path))
    assert (await run(tmp_path, "restaurant", **WANTED)).effect


async def test_a_damaged_database_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "booking.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await run(tmp_path, "restaurant", **WANTED)
    assert (tmp_path / "booking.sqlite3").read_bytes() == b"not a database" * 100


async def test_a_data_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be used"):
        await run(tmp_path / "file" / "deeper", "restaurant", **WANTED)


async def test_a_database_of_a_newer_factotum_is_left_alone(tmp_path: Path) -> None:
    await run(tmp_path, "list")
    database = sqlite3.connect(tmp_path / "booking.sqlite3")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(Unavailable, match="newer factotum"):
        await run(tmp_path, "list")


def test_a_booking_becomes_a_calendar_entry() -> None:
    booking = Booking(
        reference="R-7K3P", venue="Bistro Exemple", cuisine="french", day="2026-11-26", time="19:30", people=2
    )
    from icalendar import Calendar

    calendar = Calendar.from_ical(to_ics(booking, ZoneInfo("Europe/Berlin"), NOW))
    event = calendar.walk("VEVENT")[0]
    assert event["summary"] == "Bistro Exemple, 2 people"
    assert event["dtstart"].dt.astimezone(UTC) == datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
    assert (event["dtend"].dt - event["dtstart"].dt).total_seconds() == 7200
