"""What every session store does with a message that comes while a turn runs. Used like ``conformance``."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import Interrupted, LeaseLost, SessionBusy, UnknownSession
from agent.store.base import MAX_JOINED_BYTES, Joined, Lease, Merged, SessionStore, Unfinished
from agent.store.memory import MemoryStore
from agent.store.redis_store import RedisStore
from tests.agent.store.conformance import a_receipt, a_state, a_turn, one_turn


async def merging(store: SessionStore, text: str, seconds: float = 30.0) -> Lease:
    lease, _ = await store.open("ada", text, second="merge", merge_seconds=seconds)
    return lease


def sent(store: SessionStore, text: str, second: str = "queue") -> asyncio.Task[object]:
    """A message of another caller, which waits if it must."""
    return asyncio.create_task(
        store.open("ada", text, second=second, merge_seconds=30, wait_seconds=10)  # type: ignore[arg-type]
    )


async def in_line(store: SessionStore, count: int) -> None:
    """Return when so many messages wait: only then is the order in which they came settled."""
    for _ in range(2000):
        if isinstance(store, MemoryStore):
            waiting = len(store._sessions["ada"].queue)
        else:
            assert isinstance(store, RedisStore)
            waiting = await store._client.llen("factotum:{ada}:queue")  # type: ignore[misc]
        if waiting == count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{waiting} messages wait, expected {count}")


async def ended(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class SecondMessageConformance:
    """Queue, merge, interrupt, reject."""

    async def test_messages_get_their_turns_in_the_order_in_which_they_came(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        order: list[str] = []

        async def turn(text: str) -> None:
            lease, snapshot = await store.open("ada", text)
            order.append(text)
            await store.commit(lease, a_state(snapshot.state.turns + 1), a_turn(snapshot.state.turns + 1, text))

        tasks = []
        for number in range(8):
            tasks.append(asyncio.create_task(turn(f"message {number}")))
            await in_line(store, number + 1)
        await store.commit(lease, a_state(), a_turn(1, "first"))
        await asyncio.gather(*tasks)
        assert order == [f"message {number}" for number in range(8)]

    async def test_a_message_does_not_push_in_before_one_that_waits(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        waiting = sent(store, "second")
        await in_line(store, 1)
        await store.commit(lease, a_state(), a_turn(1))
        with pytest.raises(SessionBusy):
            await store.open("ada", "third", wait_seconds=0)
        await waiting

    async def test_one_who_gave_up_waiting_holds_nobody_up(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        with pytest.raises(SessionBusy):
            await store.open("ada", "second", wait_seconds=0.02)
        gone = sent(store, "third")
        await in_line(store, 1)
        await ended(gone)
        await store.commit(lease, a_state(), a_turn(1))
        _, snapshot = await store.open("ada", "fourth", wait_seconds=0)
        assert snapshot.unfinished is None

    async def test_reject_is_busy_at_once(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first", second="reject")
        with pytest.raises(SessionBusy, match="busy with another message, and this one was not to wait"):
            await store.open("ada", "second", second="reject", wait_seconds=30)
        await store.commit(lease, a_state(), a_turn(1))
        await store.open("ada", "third", second="reject")

    async def test_a_message_joins_the_running_turn_and_gets_its_reply(self, store: SessionStore) -> None:
        lease = await merging(store, "a table")
        second = sent(store, "for two", "merge")
        await in_line(store, 1)
        (joined,) = await store.begin(lease)
        assert joined.text == "for two"
        assert await store.begin(lease, heard=1) == ()
        await store.commit(lease, a_state(), a_turn(1, "a table\nfor two"), answers={joined.ticket: "the reply"})
        with pytest.raises(Merged) as merged:
            await second
        assert merged.value.reply == "the reply"
        assert [turn.user for turn in await store.transcript("ada")] == ["a table\nfor two"]
        _, snapshot = await store.open("ada", "next", wait_seconds=0)
        assert snapshot.unfinished is None

    async def test_several_messages_join_in_order(self, store: SessionStore) -> None:
        lease = await merging(store, "a table")
        tasks = []
        for text in ("for two", "at eight"):
            tasks.append(sent(store, text, "merge"))
            await in_line(store, len(tasks))
        heard = await store.begin(lease)
        assert [each.text for each in heard] == ["for two", "at eight"]
        assert await store.begin(lease, heard=2) == ()
        await store.commit(lease, a_state(), a_turn(1), answers={each.ticket: each.text for each in heard})
        replies = await asyncio.gather(*tasks, return_exceptions=True)
        assert [reply.reply for reply in replies if isinstance(reply, Merged)] == ["for two", "at eight"]

    @pytest.mark.parametrize("door", ["begin", "claim", "time", "policy"])
    async def test_a_message_that_comes_too_late_to_join_gets_a_turn_of_its_own(
        self, store: SessionStore, door: str
    ) -> None:
        second = "queue" if door == "policy" else "merge"
        lease, _ = await store.open("ada", "a table", second=second, merge_seconds=0.02 if door == "time" else 30)  # type: ignore[arg-type]
        if door == "begin":
            assert await store.begin(lease) == ()
        elif door == "claim":
            await store.claim(lease, "c-1", {})
        elif door == "time":
            await asyncio.sleep(0.05)
        late = sent(store, "for two", "merge")
        await in_line(store, 1)
        assert await store.begin(lease) == ()
        await store.commit(lease, a_state(1), a_turn(1))
        _, snapshot = await late  # type: ignore[misc]
        assert snapshot.state.turns == 1

    async def test_a_long_message_and_those_behind_it_do_not_join(self, store: SessionStore) -> None:
        lease = await merging(store, "a table")
        long = sent(store, "x" * (MAX_JOINED_BYTES + 1), "merge")
        await in_line(store, 1)
        short = sent(store, "for two", "merge")
        await in_line(store, 2)
        assert await store.begin(lease) == ()
        await store.commit(lease, a_state(1), a_turn(1))
        await long
        assert not short.done()
        await ended(short)

    async def test_one_who_left_before_being_heard_is_not_heard(self, store: SessionStore) -> None:
        lease = await merging(store, "a table")
        gone, stays = sent(store, "for two", "merge"), sent(store, "at eight", "merge")
        await in_line(store, 2)
        await ended(gone)
        assert [each.text for each in await store.begin(lease)] == ["at eight"]
        assert await store.begin(lease, heard=1) == ()
        await ended(stays)

    async def test_one_who_was_heard_waits_beyond_its_time(self, store: SessionStore) -> None:
        lease = await merging(store, "a table")
        task = asyncio.create_task(store.open("ada", "for two", second="merge", wait_seconds=0.15))
        await in_line(store, 1)
        (joined,) = await store.begin(lease)
        await asyncio.sleep(0.2)
        assert not task.done()
        await store.commit(lease, a_state(), a_turn(1), answers={joined.ticket: "late"})
        with pytest.raises(Merged, match="answered by the turn it joined"):
            await task

    @pytest.mark.parametrize("end", ["release", "expire", "unanswered"])
    async def test_who_joined_a_turn_that_came_to_nothing_gets_a_turn_of_its_own(
        self, store: SessionStore, end: str
    ) -> None:
        lease, _ = await store.open("ada", "a table", second="merge", merge_seconds=30)
        second = sent(store, "for two", "merge")
        await in_line(store, 1)
        assert len(await store.begin(lease)) == 1
        if end == "release":
            await store.release(lease)
        elif end == "expire":
            # Only now: a short lease from the start can be over, on a slow machine, before the second message came.
            await store.renew(lease, lease_seconds=0.05)
        elif end == "unanswered":
            await store.commit(lease, a_state(), a_turn(1))
        lease, snapshot = await second  # type: ignore[misc]
        assert snapshot.unfinished == (Unfinished("a table") if end == "expire" else None)
        assert await store.begin(lease) == ()

    async def test_a_newer_message_stops_the_turn_and_keeps_its_words(self, store: SessionStore) -> None:
        state = await one_turn(store)
        old, _ = await store.open("ada", "tell me „all“", second="interrupt")
        new, snapshot = await store.open("ada", "no, stop", second="interrupt", wait_seconds=0)
        assert snapshot.state == state
        assert snapshot.unfinished is None
        for lost in (
            store.renew(old),
            store.begin(old),
            store.claim(old, "c", {}),
            store.commit(old, state, a_turn(9)),
        ):
            with pytest.raises(Interrupted, match="stopped this turn before it did anything"):
                await lost
        await store.release(old)
        await store.commit(new, a_state(2), a_turn(2, "no, stop"))
        turns = await store.transcript("ada")
        assert [(turn.number, turn.user, turn.interrupted) for turn in turns] == [
            (1, "book a table", False),
            (0, "tell me „all“", True),
            (2, "no, stop", False),
        ]

    async def test_every_stopped_turn_is_told_that_it_was(self, store: SessionStore) -> None:
        leases = [(await store.open("ada", text, second="interrupt", wait_seconds=0))[0] for text in ("1", "2", "3")]
        for lease in leases[:2]:
            with pytest.raises(Interrupted):
                await store.renew(lease)
        await store.renew(leases[2])

    async def test_words_of_a_stopped_first_turn_outlast_the_release_of_the_next(self, store: SessionStore) -> None:
        await store.open("ada", "first", second="interrupt")
        new, _ = await store.open("ada", "second", second="interrupt", wait_seconds=0)
        await store.release(new)
        lease, _ = await store.open("ada", "third", second="interrupt", wait_seconds=0)
        await store.commit(lease, a_state(), a_turn(1, "third"))
        assert [turn.user for turn in await store.transcript("ada")] == ["first", "third"]

    @pytest.mark.parametrize("door", ["begin", "claim"])
    async def test_a_turn_that_acts_is_not_stopped(self, store: SessionStore, door: str) -> None:
        lease, _ = await store.open("ada", "book it", second="interrupt")
        if door == "begin":
            await store.begin(lease)
        else:
            await store.claim(lease, "c-1", {})
            await store.complete(lease, "c-1", a_receipt())
        newer = sent(store, "wait", "interrupt")
        await in_line(store, 1)
        assert not newer.done()
        await store.commit(lease, a_state(1), a_turn(1))
        _, snapshot = await newer  # type: ignore[misc]
        assert snapshot.state.turns == 1

    async def test_a_stopped_lease_is_told_apart_from_one_that_ran_out(self, store: SessionStore) -> None:
        old, _ = await store.open("ada", "slow", second="interrupt", lease_seconds=0.02)
        await asyncio.sleep(0.04)
        _, snapshot = await store.open("ada", "quick", second="interrupt", wait_seconds=1)
        assert snapshot.unfinished == Unfinished("slow")
        with pytest.raises(LeaseLost) as lost:
            await store.renew(old)
        assert not isinstance(lost.value, Interrupted)

    async def test_history_and_the_newest_receipt_are_loaded_when_asked_for(self, store: SessionStore) -> None:
        for user in ("one", "two", "three"):
            await one_turn(store, user=user)
        lease, snapshot = await store.open("ada", "four")
        assert (snapshot.history, snapshot.last_receipt) == ((), None)
        for number in (1, 2):
            await store.claim(lease, f"c-{number}", {})
            await store.complete(lease, f"c-{number}", a_receipt(f"r-{number}"))
        await store.release(lease)
        _, snapshot = await store.open("ada", "five", history=2)
        assert [turn.user for turn in snapshot.history] == ["two", "three"]
        assert snapshot.last_receipt == a_receipt("r-2")

    async def test_a_session_that_was_only_waited_for_is_not_there(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        waiting = sent(store, "second")
        await in_line(store, 1)
        await store.release(lease)
        second, _ = await waiting  # type: ignore[misc]
        await store.release(second)
        with pytest.raises(UnknownSession):
            await store.export("ada")

    async def test_a_joined_message_is_what_was_said(self, store: SessionStore) -> None:
        lease = await merging(store, "hi")
        text = "12:30:x „ä“ \n\x00 🕗"
        second = sent(store, text, "merge")
        await in_line(store, 1)
        (joined,) = await store.begin(lease)
        assert joined == Joined(joined.ticket, text)
        await ended(second)
