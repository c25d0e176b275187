"""What every session store does. A test module per store derives from these classes and offers `store`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.errors import InputError, LeaseLost, SessionBusy, UnknownSession
from agent.store.base import MAX_STORED_TURNS, SessionStore, StoredTurn, Unfinished
from agent.store.records import MAX_RECEIPTS
from agent.types import STATE_VERSION, DialogueState, Frame, Pending, Receipt, SlotValue


def a_turn(number: int, user: str = "book a table", reply: str = "For how many?") -> StoredTurn:
    at = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    return StoredTurn(number=number, user=user, reply=reply, commands=("start booking.restaurant",), at=at)


def a_state(turns: int = 1) -> DialogueState:
    frame = Frame(
        frame_id=1,
        intent="booking.restaurant",
        slots={"city": SlotValue(raw="Köln", value={"id": [], "lat": 50.9375310000001}, text="Köln „am Dom“")},
    )
    pending = Pending(kind="slot", frame_id=1, slot="party_size", asked_at=datetime(2026, 11, 24, tzinfo=UTC))
    return DialogueState(stack=(frame,), pending=pending, frames_opened=1, turns=turns)


def a_receipt(receipt_id: str = "r-1", **arguments: Any) -> Receipt:
    return Receipt(
        receipt_id=receipt_id,
        intent="booking.restaurant",
        arguments=arguments or {"party_size": 2},
        facts={"reference": "AB12", "notes": [], "price": 12345678901234567},
        effect=True,
        source="bookings",
        as_of=datetime(2026, 11, 24, tzinfo=UTC),
        simulated=True,
    )


async def one_turn(store: SessionStore, session_id: str = "ada", user: str = "book a table") -> DialogueState:
    lease, snapshot = await store.open(session_id, user)
    state = a_state(snapshot.state.turns + 1)
    await store.commit(lease, state, a_turn(state.turns, user))
    return state


class StoreConformance:
    """The contract of ``SessionStore``."""

    async def test_store_has_every_method_and_says_what_it_is(self, store: SessionStore) -> None:
        assert isinstance(store, SessionStore)
        assert store.description

    async def test_new_session_opens_with_a_fresh_state(self, store: SessionStore) -> None:
        lease, snapshot = await store.open("ada", "hello")
        assert lease.session_id == "ada"
        assert snapshot.is_new
        assert snapshot.state == DialogueState()
        assert snapshot.unfinished is None

    async def test_committed_state_is_loaded_again_unchanged(self, store: SessionStore) -> None:
        state = await one_turn(store)
        _, snapshot = await store.open("ada", "two of us")
        assert snapshot.state == state
        assert not snapshot.is_new
        assert snapshot.unfinished is None
        assert await store.state("ada") == state

    async def test_transcript_keeps_the_turns_in_order(self, store: SessionStore) -> None:
        for user in ("book a table", "for two", "„um acht“ 🕗"):
            await one_turn(store, user=user)
        turns = await store.transcript("ada")
        assert [turn.number for turn in turns] == [1, 2, 3]
        assert turns[2] == a_turn(3, "„um acht“ 🕗")
        assert [turn.number for turn in await store.transcript("ada", last=2)] == [2, 3]
        assert await store.transcript("ada", last=0) == []

    async def test_transcript_is_bounded(self, store: SessionStore) -> None:
        for _ in range(MAX_STORED_TURNS + 3):
            await one_turn(store)
        turns = await store.transcript("ada", last=10 * MAX_STORED_TURNS)
        assert len(turns) == MAX_STORED_TURNS
        assert turns[-1].number == MAX_STORED_TURNS + 3

    async def test_open_session_is_busy_for_a_second_turn(self, store: SessionStore) -> None:
        await store.open("ada", "first")
        with pytest.raises(SessionBusy, match="'ada' is busy"):
            await store.open("ada", "second", wait_seconds=0.03)

    async def test_busy_turn_leaves_no_trace(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        with pytest.raises(SessionBusy):
            await store.open("ada", "second", wait_seconds=0)
        await store.commit(lease, a_state(), a_turn(1, "first"))
        _, snapshot = await store.open("ada", "third")
        assert snapshot.unfinished is None

    async def test_second_turn_waits_until_the_first_has_committed(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        second = asyncio.create_task(store.open("ada", "second", wait_seconds=10))
        await asyncio.sleep(0.03)
        assert not second.done()
        await store.commit(lease, a_state(7), a_turn(7))
        _, snapshot = await second
        assert snapshot.state.turns == 7

    async def test_other_sessions_are_not_held_up(self, store: SessionStore) -> None:
        await store.open("ada", "first")
        _, snapshot = await store.open("bob", "first", wait_seconds=0)
        assert snapshot.is_new

    async def test_cancelled_wait_leaves_the_session_usable(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "first")
        waiting = asyncio.create_task(store.open("ada", "second", wait_seconds=10))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await store.commit(lease, a_state(), a_turn(1))
        _, snapshot = await store.open("ada", "third", wait_seconds=0)
        assert snapshot.unfinished is None

    async def test_open_cancelled_at_any_moment_gives_the_lease_back(self, store: SessionStore) -> None:
        for pauses in range(12):
            opening = asyncio.create_task(store.open("ada", "hello"))
            for _ in range(pauses):
                await asyncio.sleep(0)
            opening.cancel()
            try:
                lease, _ = await opening
            except asyncio.CancelledError:
                pass
            else:
                await store.release(lease)
            lease, _ = await store.open("ada", "again", wait_seconds=0)
            await store.release(lease)

    async def test_twenty_tasks_on_one_session_interleave_nothing(self, store: SessionStore) -> None:
        inside = 0

        async def turn(name: str) -> None:
            nonlocal inside
            lease, snapshot = await store.open("ada", name)
            inside += 1
            assert inside == 1
            assert snapshot.unfinished is None
            await asyncio.sleep(0.001)
            inside -= 1
            number = snapshot.state.turns + 1
            await store.commit(lease, a_state(number), a_turn(number, name))

        await asyncio.gather(*(turn(f"task {index}") for index in range(20)))
        turns = await store.transcript("ada")
        assert [turn.number for turn in turns] == list(range(1, 21))
        assert {turn.user for turn in turns} == {f"task {index}" for index in range(20)}
        assert (await store.state("ada")).turns == 20

    async def test_overtaken_turn_cannot_commit_and_writes_nothing(self, store: SessionStore) -> None:
        await one_turn(store)
        old, _ = await store.open("ada", "slow", lease_seconds=0.02)
        await asyncio.sleep(0.03)
        new, snapshot = await store.open("ada", "quick", wait_seconds=1)
        assert new.token > old.token
        assert snapshot.unfinished == Unfinished(text="slow")
        before = await store.export("ada")
        with pytest.raises(LeaseLost, match="'ada'"):
            await store.commit(old, a_state(99), a_turn(99))
        with pytest.raises(LeaseLost):
            await store.renew(old)
        with pytest.raises(LeaseLost):
            await store.claim(old, "c-1", {})
        await store.release(old)
        assert await store.export("ada") == before
        with pytest.raises(SessionBusy):
            await store.open("ada", "third", wait_seconds=0)
        await store.commit(new, a_state(2), a_turn(2))

    async def test_expired_lease_that_nobody_followed_still_commits(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "slow", lease_seconds=0.01)
        await asyncio.sleep(0.02)
        await store.commit(lease, a_state(1), a_turn(1))
        assert (await store.state("ada")).turns == 1

    async def test_renewed_lease_outlives_its_first_term(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "slow", lease_seconds=0.05)
        await store.renew(lease, lease_seconds=30)
        await asyncio.sleep(0.06)
        with pytest.raises(SessionBusy):
            await store.open("ada", "second", wait_seconds=0)

    async def test_lease_is_good_for_one_commit(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "hello")
        await store.commit(lease, a_state(1), a_turn(1))
        with pytest.raises(LeaseLost):
            await store.commit(lease, a_state(2), a_turn(2))
        assert len(await store.transcript("ada")) == 1

    async def test_token_grows_even_when_the_session_was_forgotten(self, store: SessionStore) -> None:
        old, _ = await store.open("ada", "hello")
        await store.forget("ada")
        new, _ = await store.open("ada", "hello again")
        assert new.token > old.token
        with pytest.raises(LeaseLost):
            await store.commit(old, a_state(), a_turn(1))

    async def test_commit_of_a_forgotten_session_brings_nothing_back(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "hello")
        await store.claim(lease, "c-1", {})
        await store.forget("ada")
        with pytest.raises(LeaseLost):
            await store.commit(lease, a_state(), a_turn(1))
        await store.complete(lease, "c-1", a_receipt())
        await store.release(lease)
        with pytest.raises(UnknownSession):
            await store.export("ada")

    async def test_released_turn_leaves_the_session_as_it_was(self, store: SessionStore) -> None:
        state = await one_turn(store)
        before = await store.export("ada")
        lease, _ = await store.open("ada", "never mind")
        await store.release(lease)
        assert await store.export("ada") == before
        _, snapshot = await store.open("ada", "go on", wait_seconds=0)
        assert snapshot.state == state
        assert snapshot.unfinished is None

    async def test_released_first_turn_leaves_no_session(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "never mind")
        await store.release(lease)
        await store.release(lease)
        with pytest.raises(UnknownSession):
            await store.export("ada")

    async def test_text_and_claims_of_a_turn_that_never_committed_are_handed_on(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it „now“", lease_seconds=0.01)
        await store.claim(lease, "c-2", {"at": "19:30"})
        await store.claim(lease, "c-1", {"at": "20:30"})
        await store.claim(lease, "c-done", {"at": "21:30"})
        await store.complete(lease, "c-done", a_receipt())
        await asyncio.sleep(0.02)
        lease, snapshot = await store.open("ada", "hello?")
        assert snapshot.unfinished == Unfinished("book it „now“", ("c-2", "c-1"), {"c-done": a_receipt()})
        await store.commit(lease, a_state(), a_turn(1))
        _, snapshot = await store.open("ada", "and now?")
        assert snapshot.unfinished is None

    async def test_claims_of_a_crashed_turn_outlast_a_second_crash(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it", lease_seconds=0.01)
        await store.claim(lease, "c-1", {})
        await asyncio.sleep(0.02)
        await store.open("ada", "hello?", lease_seconds=0.01)
        await asyncio.sleep(0.02)
        _, snapshot = await store.open("ada", "hello??")
        assert snapshot.unfinished == Unfinished(text="hello?", claims=("c-1",))

    async def test_release_does_not_hide_a_claim_without_receipt(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-1", {})
        await store.release(lease)
        lease, snapshot = await store.open("ada", "never mind")
        assert snapshot.unfinished == Unfinished(text="book it", claims=("c-1",))
        await store.release(lease)
        _, snapshot = await store.open("ada", "hello?")
        assert snapshot.unfinished == Unfinished(text="book it", claims=("c-1",))

    async def test_claim_is_new_once_then_unknown_then_done(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        assert (await store.claim(lease, "c-1", {"party": []})).status == "new"
        again = await store.claim(lease, "c-1", {"party": []})
        assert (again.status, again.receipt) == ("unknown", None)
        receipt = a_receipt(arguments={"nested": [1, {"arguments": []}]})
        await store.complete(lease, "c-1", receipt)
        done = await store.claim(lease, "c-1", {"party": []})
        assert (done.status, done.receipt) == ("done", receipt)

    async def test_receipt_is_found_before_and_after_the_commit(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-1", {})
        assert await store.receipt("ada", "r-1") is None
        await store.complete(lease, "c-1", a_receipt("r-1"))
        assert await store.receipt("ada", "r-1") == a_receipt("r-1")
        await store.commit(lease, a_state(), a_turn(1))
        assert await store.receipt("ada", "r-1") == a_receipt("r-1")
        assert await store.receipt("ada", "c-1") is None
        assert await store.receipt("bob", "r-1") is None

    async def test_receipt_is_kept_although_the_lease_was_lost(self, store: SessionStore) -> None:
        old, _ = await store.open("ada", "book it", lease_seconds=0.01)
        await store.claim(old, "c-1", {})
        await asyncio.sleep(0.02)
        new, snapshot = await store.open("ada", "hello?")
        assert snapshot.unfinished == Unfinished(text="book it", claims=("c-1",))
        await store.complete(old, "c-1", a_receipt())
        assert await store.claim(new, "c-1", {}) == await store.claim(new, "c-1", {})
        assert (await store.claim(new, "c-1", {})).receipt == a_receipt()

    async def test_first_receipt_of_a_claim_stays(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-1", {})
        await store.complete(lease, "c-1", a_receipt("r-1"))
        await store.complete(lease, "c-1", a_receipt("r-2"))
        assert (await store.claim(lease, "c-1", {})).receipt == a_receipt("r-1")

    async def test_dropped_claim_can_be_made_again(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-1", {})
        await store.drop_claim(lease, "c-1")
        await store.drop_claim(lease, "c-never")
        assert (await store.claim(lease, "c-1", {})).status == "new"
        await store.complete(lease, "c-1", a_receipt())
        await store.drop_claim(lease, "c-1")
        assert (await store.claim(lease, "c-1", {})).status == "done"

    async def test_claim_stays_known_after_the_commit(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-1", {})
        await store.commit(lease, a_state(), a_turn(1))
        lease, snapshot = await store.open("ada", "did it work?")
        assert snapshot.unfinished is None
        assert (await store.claim(lease, "c-1", {})).status == "unknown"

    async def test_oldest_receipts_are_dropped_and_open_claims_are_not(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        await store.claim(lease, "c-open", {})
        for number in range(MAX_RECEIPTS + 2):
            await store.claim(lease, f"c-{number}", {})
            await store.complete(lease, f"c-{number}", a_receipt(f"r-{number}"))
        assert await store.receipt("ada", "r-1") is None
        assert await store.receipt("ada", "r-2") is not None
        assert await store.receipt("ada", f"r-{MAX_RECEIPTS + 1}") is not None
        assert (await store.claim(lease, "c-open", {})).status == "unknown"
        assert len((await store.export("ada"))["claims"]) == MAX_RECEIPTS + 1

    async def test_listing_shows_the_session_used_last_first(self, store: SessionStore) -> None:
        assert await store.sessions() == []
        await one_turn(store, "ada")
        await asyncio.sleep(0.005)
        await one_turn(store, "bob")
        lease, _ = await store.open("ada", "weather please")
        await asyncio.sleep(0.005)
        await store.commit(lease, DialogueState(turns=2), a_turn(2))
        await store.open("never-committed", "hello")
        infos = await store.sessions()
        assert [(info.session_id, info.turns, info.pending) for info in infos] == [
            ("ada", 2, ""),
            ("bob", 1, "booking.restaurant"),
        ]
        assert infos[0].updated_at > infos[1].updated_at
        assert abs((datetime.now(UTC) - infos[0].updated_at).total_seconds()) < 60

    async def test_export_is_everything_as_plain_json(self, store: SessionStore) -> None:
        state = await one_turn(store)
        lease, _ = await store.open("ada", "and one more")
        await store.claim(lease, "c-1", {"empty": []})
        await store.complete(lease, "c-1", a_receipt())
        await store.claim(lease, "c-2", {"at": "19:30"})
        data = await store.export("ada")
        assert json.loads(json.dumps(data)) == data
        assert datetime.fromisoformat(data.pop("updated_at")).tzinfo is not None
        assert DialogueState.model_validate(data["state"]) == state
        receipt = a_receipt().model_dump(mode="json", exclude_defaults=True)
        assert data == {
            "session_id": "ada",
            "state": {"version": STATE_VERSION, **state.model_dump(mode="json", exclude_defaults=True)},
            "turns": [a_turn(1).model_dump(mode="json", exclude_defaults=True)],
            "claims": {
                "c-1": {"status": "done", "receipt": receipt, "arguments": {"empty": []}},
                "c-2": {"status": "claimed", "arguments": {"at": "19:30"}},
            },
            "unfinished": {"text": "and one more", "claims": ["c-2"], "done": ["r-1"]},
        }

    async def test_forgotten_session_is_gone(self, store: SessionStore) -> None:
        await one_turn(store, "ada")
        await one_turn(store, "bob")
        await store.forget("ada")
        assert [info.session_id for info in await store.sessions()] == ["bob"]
        for ask in (store.state, store.transcript, store.export, store.forget):
            with pytest.raises(UnknownSession, match="'ada'"):
                await ask("ada")
        _, snapshot = await store.open("ada", "hello")
        assert snapshot.is_new

    async def test_state_of_a_session_that_never_committed_is_unknown(self, store: SessionStore) -> None:
        await store.open("ada", "hello")
        with pytest.raises(UnknownSession):
            await store.state("ada")
        with pytest.raises(UnknownSession):
            await store.transcript("ada")
        assert (await store.export("ada"))["unfinished"] == {"text": "hello", "claims": [], "done": []}

    @pytest.mark.parametrize("session_id", ["", "a b", "a\n", "{x}", "a/b", "ä", "x" * 129, "*"])
    async def test_bad_session_id_is_refused_everywhere(self, store: SessionStore, session_id: str) -> None:
        with pytest.raises(InputError, match="is not a session id"):
            await store.open(session_id, "hello")
        for ask in (store.state, store.transcript, store.export, store.forget):
            with pytest.raises(InputError, match="expected 1 to 128 characters"):
                await ask(session_id)
        with pytest.raises(InputError):
            await store.receipt(session_id, "r-1")

    @pytest.mark.parametrize("session_id", ["x" * 128, "user:7@home-2_b.c"])
    async def test_every_legal_session_id_works(self, store: SessionStore, session_id: str) -> None:
        await one_turn(store, session_id)
        assert (await store.sessions())[0].session_id == session_id

    async def test_arguments_that_are_not_json_are_refused(self, store: SessionStore) -> None:
        lease, _ = await store.open("ada", "book it")
        with pytest.raises(InputError, match="plain JSON"):
            await store.claim(lease, "c-1", {"at": object()})
        with pytest.raises(InputError, match="JSON"):
            await store.commit(lease, DialogueState(last_reply="\ud800"), a_turn(1))
        await store.commit(lease, a_state(), a_turn(1))

    async def test_text_that_is_not_unicode_is_noted_all_the_same(self, store: SessionStore) -> None:
        await store.open("ada", "caf\udce9", lease_seconds=0.01)
        await asyncio.sleep(0.02)
        _, snapshot = await store.open("ada", "hello?")
        assert snapshot.unfinished is not None
        assert snapshot.unfinished.text == "caf?"

    async def test_long_and_odd_text_survives(self, store: SessionStore) -> None:
        text = "\x00\r\n<|im_end|>\u2028" + "ü" * 100_000
        await store.open("ada", text, lease_seconds=0.01)
        await asyncio.sleep(0.02)
        lease, snapshot = await store.open("ada", text)
        assert snapshot.unfinished == Unfinished(text=text)
        await store.commit(lease, a_state(), a_turn(1, text))
        assert (await store.transcript("ada"))[0].user == text
