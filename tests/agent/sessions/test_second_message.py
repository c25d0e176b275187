"""What becomes of a message that comes while a turn runs: two managers over one store, as two processes would be."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.backends.base import Request
from agent.backends.scripted import ScriptedBackend, user_text
from agent.errors import BackendUnavailable, SessionBusy, StoreUnavailable
from agent.manager import DialogueManager
from agent.sessions.second_message import Admission, LeaseKeeper
from agent.store.base import SecondMessage, StoredTurn
from agent.store.memory import MemoryStore
from agent.types import DialogueState, Event, Reply, Turn
from tests.agent.talking import CATALOGUE, TableAction, kinds

A_WHILE = 0.05
LAMP = "start table.lamp\nset lamp desk\n"


class Pair:
    """Two managers of one policy over one store; the model of each answers when it is let."""

    def __init__(self, tmp_path: Path, policy: SecondMessage, **admission: float) -> None:
        self.store = MemoryStore()
        self.action = TableAction()
        self.heard: list[str] = []
        # What a model was asked to read, in order.
        self.thinking = asyncio.Event()
        # A model answers only while this is set.
        self.thinking.set()
        self.answers: dict[str, str | Exception] = {}
        self._managers = [
            DialogueManager(
                backend=self._backend(),
                store=self.store,
                catalogue=CATALOGUE,
                actions={"table": self.action},
                data_dir=tmp_path,
                action_timeout_seconds=5,
                admission=Admission(policy, **admission),
            )
            for _ in range(2)
        ]

    def _backend(self) -> ScriptedBackend:
        async def answer(request: Request) -> str:
            text = user_text(request)
            self.heard.append(text)
            await self.thinking.wait()
            found = self.answers[text]
            if isinstance(found, Exception):
                raise found
            return found

        backend = ScriptedBackend([answer] * 50)
        backend.holds_grammar = True  # type: ignore[misc]
        return backend

    def first(self, text: str) -> asyncio.Task[Reply]:
        return asyncio.create_task(self._managers[0].handle(Turn("s", text)))

    def second(self, text: str) -> asyncio.Task[Reply]:
        return asyncio.create_task(self._managers[1].handle(Turn("s", text)))

    async def both(self, one: str, two: str) -> tuple[asyncio.Task[Reply], asyncio.Task[Reply]]:
        """Send a message, and another while the model thinks about the first; then let it answer."""
        self.thinking.clear()
        first = self.first(one)
        await asyncio.sleep(A_WHILE)
        second = self.second(two)
        await asyncio.sleep(A_WHILE)
        self.thinking.set()
        return first, second

    def streamed(self, text: str) -> asyncio.Task[list[Event | Reply]]:
        async def read() -> list[Event | Reply]:
            return [item async for item in self._managers[1].stream(Turn("s", text))]

        return asyncio.create_task(read())

    async def said(self) -> list[tuple[str, bool]]:
        return [(turn.user, turn.interrupted) for turn in await self.store.transcript("s")]


Make = Callable[..., Pair]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(policy: SecondMessage, **admission: float) -> Pair:
        return Pair(tmp_path, policy, **admission)

    return made


async def test_queued_messages_are_answered_one_after_the_other(make: Make) -> None:
    pair = make("queue")
    pair.answers = {"one": LAMP, "two": LAMP, "three": LAMP}
    pair.thinking.clear()
    tasks = []
    for send, text in ((pair.first, "one"), (pair.second, "two"), (pair.first, "three")):
        tasks.append(send(text))
        await asyncio.sleep(A_WHILE / 2)
    assert pair.heard == ["one"]
    pair.thinking.set()
    replies = await asyncio.gather(*tasks)
    assert [reply.state.turns for reply in replies] == [1, 2, 3]
    assert pair.heard == ["one", "two", "three"]


async def test_a_queued_message_waits_no_longer_than_it_may(make: Make) -> None:
    pair = make("queue", wait_seconds=0.03)
    pair.answers = {"one": LAMP}
    pair.thinking.clear()
    first = pair.first("one")
    await asyncio.sleep(A_WHILE)
    with pytest.raises(SessionBusy, match=r"after 0\.03 s another turn still holds its lease"):
        await pair.second("two")
    pair.thinking.set()
    await first


async def test_a_rejected_message_is_told_at_once_and_leaves_no_trace(make: Make) -> None:
    pair = make("reject", wait_seconds=30)
    pair.answers = {"one": LAMP}
    pair.thinking.clear()
    first = pair.first("one")
    await asyncio.sleep(A_WHILE)
    with pytest.raises(SessionBusy, match="busy with another message"):
        await pair.second("two")
    pair.thinking.set()
    await first
    assert await pair.said() == [("one", False)]


async def test_a_merged_message_is_read_together_with_the_first_and_acted_on_once(make: Make) -> None:
    pair = make("merge")
    pair.answers = {"the lamp": "start table.lamp\n", "the lamp on the desk": LAMP}
    first, second = await pair.both("the lamp", "on the desk")
    answered, merged = await asyncio.gather(first, second)
    assert answered.text == merged.text == "lamp.desk is on."
    assert pair.action.booked == [{"lamp": "lamp.desk"}]
    assert pair.heard == ["the lamp", "the lamp on the desk"]
    assert "joined" in kinds(answered)
    assert merged.events[-1] == Event("merged", {"turns": 1})
    assert (merged.receipts, merged.state) == (answered.receipts, answered.state)
    assert await pair.said() == [("the lamp\non the desk", False)]


async def test_a_merged_message_hears_in_its_stream_what_happened_in_the_turn_it_joined(make: Make) -> None:
    pair = make("merge")
    pair.answers = {"the lamp": LAMP, "the lamp please": LAMP}
    pair.thinking.clear()
    first = pair.first("the lamp")
    await asyncio.sleep(A_WHILE)
    second = pair.streamed("please")
    await asyncio.sleep(A_WHILE)
    pair.thinking.set()
    *events, reply = await second
    assert isinstance(reply, Reply)
    found = [event.kind for event in events if isinstance(event, Event)]
    assert found[0] == "turn_started"
    assert found.count("turn_started") == 1
    assert found[-2:] == ["reply", "merged"]
    assert "action_done" in found
    assert reply.text == (await first).text


async def test_a_message_that_comes_when_the_turn_acts_is_not_merged(make: Make) -> None:
    pair = make("merge")
    pair.answers = {"desk lamp": LAMP, "thanks": "refuse\n"}
    pair.action.hang.clear()
    first = pair.first("desk lamp")
    await asyncio.sleep(A_WHILE)
    second = pair.second("thanks")
    await asyncio.sleep(A_WHILE)
    pair.action.hang.set()
    replies = await asyncio.gather(first, second)
    assert [reply.state.turns for reply in replies] == [1, 2]
    assert len(pair.action.booked) == 1


async def test_a_message_after_the_time_to_join_is_not_merged(make: Make) -> None:
    pair = make("merge", merge_seconds=0.02)
    pair.answers = {"desk lamp": LAMP, "thanks": "refuse\n"}
    first, second = await pair.both("desk lamp", "thanks")
    replies = await asyncio.gather(first, second)
    assert [reply.state.turns for reply in replies] == [1, 2]


async def test_a_model_that_fails_on_the_joined_words_loses_none_of_them(make: Make) -> None:
    pair = make("merge")
    pair.answers = {"the lamp": LAMP, "the lamp on the desk": BackendUnavailable("server gone")}
    first, second = await pair.both("the lamp", "on the desk")
    answered, merged = await asyncio.gather(first, second)
    assert answered.error == merged.error == "BackendUnavailable"
    assert await pair.said() == [("the lamp\non the desk", False)]
    assert pair.action.booked == []


async def test_a_message_that_joined_a_turn_whose_caller_left_is_answered_alone(make: Make) -> None:
    pair = make("merge")
    pair.answers = {"the lamp": LAMP, "the desk lamp": LAMP}
    pair.thinking.clear()
    first = pair.first("the lamp")
    await asyncio.sleep(A_WHILE)
    second = pair.second("the desk lamp")
    await asyncio.sleep(A_WHILE)
    first.cancel()
    await asyncio.wait([first])
    pair.thinking.set()
    reply = await second
    assert reply.text == "lamp.desk is on."
    assert await pair.said() == [("the desk lamp", False)]


async def test_a_newer_message_stops_a_turn_that_has_not_acted(make: Make) -> None:
    pair = make("interrupt")
    pair.answers = {"all the lamps": LAMP, "no wait": "refuse\n"}
    pair.thinking.clear()
    first = pair.first("all the lamps")
    await asyncio.sleep(A_WHILE)
    second = pair.second("no wait")
    stopped = await first
    assert stopped.error == "Interrupted"
    assert stopped.text == "A newer message came, so I stopped working on this one; nothing was changed."
    assert "interrupted" in kinds(stopped)
    pair.thinking.set()
    reply = await second
    assert (reply.state.turns, reply.error) == (1, None)
    assert pair.action.booked == []
    assert await pair.said() == [("all the lamps", True), ("no wait", False)]


async def test_a_stopped_turn_is_not_told_as_cut_off(make: Make) -> None:
    pair = make("interrupt")
    pair.answers = {"all the lamps": LAMP, "no wait": "refuse\n"}
    pair.thinking.clear()
    first = pair.first("all the lamps")
    await asyncio.sleep(A_WHILE)
    second = pair.second("no wait")
    await first
    pair.thinking.set()
    assert "cut off" not in (await second).text


async def test_an_effect_that_has_begun_is_carried_to_its_receipt_before_the_newer_message_runs(make: Make) -> None:
    pair = make("interrupt")
    pair.answers = {"desk lamp": LAMP, "stop": "undo\n"}
    pair.action.hang.clear()
    first = pair.first("desk lamp")
    await asyncio.sleep(A_WHILE)
    second = pair.second("stop")
    await asyncio.sleep(0.3)
    assert not first.done()
    assert not second.done()
    pair.action.hang.set()
    done, undone = await asyncio.gather(first, second)
    assert done.text == "lamp.desk is on."
    assert len(undone.receipts) == 1
    assert pair.action.booked == []
    assert await pair.said() == [("desk lamp", False), ("stop", False)]


async def test_the_newest_of_several_messages_is_the_one_that_is_answered(make: Make) -> None:
    pair = make("interrupt")
    pair.answers = dict.fromkeys(("one", "two", "three"), "refuse\n")
    pair.thinking.clear()
    tasks = []
    for text in ("one", "two", "three"):
        tasks.append(pair.first(text))
        await asyncio.sleep(A_WHILE)
    pair.thinking.set()
    replies = await asyncio.gather(*tasks)
    assert [reply.error for reply in replies] == ["Interrupted", "Interrupted", None]
    assert await pair.said() == [("one", True), ("two", True), ("three", False)]


async def test_cancelling_a_turn_that_may_be_interrupted_is_still_a_cancellation(make: Make) -> None:
    pair = make("interrupt")
    pair.answers = {"one": LAMP, "two": "refuse\n"}
    pair.thinking.clear()
    first = pair.first("one")
    await asyncio.sleep(A_WHILE)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    pair.thinking.set()
    assert (await pair.second("two")).state.turns == 1


async def test_a_turn_that_was_overtaken_stops_and_says_so(make: Make) -> None:
    pair = make("queue", lease_seconds=0.3)
    pair.answers = {"one": LAMP}
    pair.thinking.clear()
    first = pair.first("one")
    await asyncio.sleep(A_WHILE)
    session = pair.store._sessions["s"]
    session.lease_until = 0.0  # as if this process had been stopped for a while
    lease, _ = await pair.store.open("s", "quicker", wait_seconds=0)
    reply = await first
    assert reply.error == "LeaseLost"
    assert "overtook" in reply.text
    await pair.store.release(lease)


async def test_the_lease_is_kept_over_a_hiccup_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    lease, _ = await store.open("s", "hi", lease_seconds=0.3)
    renew, failed = store.renew, 0

    async def hiccup(*args: Any, **kwargs: Any) -> None:
        nonlocal failed
        failed += 1
        if failed == 1:
            raise StoreUnavailable("redis is gone")
        await renew(*args, **kwargs)

    monkeypatch.setattr(store, "renew", hiccup)
    async with LeaseKeeper(store, lease, Admission(lease_seconds=0.3)):
        await asyncio.sleep(0.5)
    with pytest.raises(SessionBusy):
        await store.open("s", "second", wait_seconds=0)


async def test_a_message_is_stored_with_the_time_of_its_turn(make: Make) -> None:
    pair = make("queue")
    pair.answers = {"hi": "refuse\n"}
    reply = await pair.first("hi")
    assert reply.state.talked_at is not None
    assert abs((datetime.now(UTC) - reply.state.talked_at).total_seconds()) < 60


async def test_a_heartbeat_that_cannot_be_cancelled_does_not_stop_a_turn_that_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    lease, _ = await store.open("s", "hi")
    renew, answered = store.renew, asyncio.Event()

    async def late(*args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # as a client does that is just then releasing a connection
            await asyncio.sleep(5)
        answered.set()
        await renew(*args, **kwargs)

    monkeypatch.setattr(store, "renew", late)
    async with LeaseKeeper(store, lease, Admission(lease_seconds=0.03)):
        await asyncio.sleep(0.05)
    await store.commit(lease, DialogueState(turns=1), StoredTurn(number=1, user="hi", reply="hi", at=datetime.now(UTC)))
    await answered.wait()
    await asyncio.sleep(0.01)
    assert (await store.state("s")).turns == 1
