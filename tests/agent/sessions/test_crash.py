"""kill -9 at every step of a turn: real processes, a real Redis, a real booking database.

The steps are not written down here: a turn is recorded first, every call of it before and after, and then one process
after the other is killed at each of them. `test_the_walk_misses_no_call_of_a_turn` holds the record against the store's
own contract.
"""

from __future__ import annotations

import inspect
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from agent.store.base import SessionStore, StoredTurn
from agent.store.redis_store import RedisStore
from tests.agent.sessions import nursery as n
from tests.agent.sessions.nursery import Nursery, Worker
from tests.agent.store.servers import Server

pytestmark = [pytest.mark.redis, pytest.mark.slow]

HELLO = ["hello?", "say chat\n"]


@dataclass(frozen=True)
class Scene:
    """A conversation whose last turn is killed."""

    script: list[list[str]]
    bookings: int = 0
    # In the database when everything is settled; never more.
    bookings_if_told: int | None = None
    # The same when the killed turn had committed, where that makes a difference.
    after: list[list[str]] = field(default_factory=lambda: [HELLO])
    # What is said after the crash; then yes to whatever is asked.
    options: dict[str, Any] = field(default_factory=dict)


SCENES = {
    "booking": Scene([n.BOOK, n.YES], 1),
    "booking-merge": Scene([n.BOOK, n.YES], 1, options={"policy": "merge"}),
    "booking-interrupt": Scene([n.BOOK, n.YES], 1, options={"policy": "interrupt"}),
    "several-requests": Scene([n.BOOK, n.SEVERAL], 1),
    "undo": Scene([n.BOOK, n.YES, n.UNDO], 0, after=[HELLO, n.UNDO]),
    "free-text": Scene([n.TALK]),
    "handoff": Scene([n.BOOK, n.HAND_OFF], 1, after=[HELLO, n.HAND_OFF]),
    "refused": Scene([n.BOOK, n.YES], 1, 0, options={"refuses": True}),
    "caller-leaves": Scene([n.BOOK, n.TALK], 1, options={"leaves_at": "understood"}),
}
RECORDED: dict[str, list[str]] = {}
"""The steps of the last turn of each scene, as the walk found them."""


class World:
    """One Redis and one nursery for all workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder).start()
        self.nursery = Nursery(self.server.port, folder)
        self.store = RedisStore(Redis(port=self.server.port), owned=True)

    def fork(self, session: str, script: list[list[str]], **options: Any) -> Worker:
        job = {"session": session, "data_dir": str(self.folder / session), "script": script}
        return self.nursery.fork({**job, **options})

    def bookings(self, session: str) -> list[bool]:
        """For each booking ever made, whether it still stands."""
        path = self.folder / session / "booking.sqlite3"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as database:
            try:
                return [not cancelled for (cancelled,) in database.execute("SELECT cancelled FROM bookings")]
            except sqlite3.OperationalError:  # killed before the tables were there
                return []

    async def keys(self) -> dict[str, int]:
        """Every key with the milliseconds it has left; -1 for ever."""
        client = self.store._client
        found = {key.decode(): await client.pttl(key) async for key in client.scan_iter("*", count=1000)}
        return {key: left for key, left in found.items() if left != -2}  # expired since the scan


@pytest.fixture
async def world(shared: World) -> World:
    shared.store = RedisStore(Redis(port=shared.server.port), owned=True)  # a client belongs to its event loop
    return shared


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("crash"))
    yield world
    world.nursery.close()
    world.server.kill()


def note_of(left: dict[str, Any] | None, text: str) -> list[str]:
    """What the turn after a crash must say of what was left behind."""
    if left is None:
        return []
    said = [f"cut off while working on “{text}”"]
    if left["claims"]:
        said.append("do not know" if not left["done"] else "the rest was done I do not know")
    if left["done"]:
        said.append("was done")
    return said if len(said) > 1 else [*said, "Nothing was done"]


@pytest.mark.parametrize("name", SCENES)
async def test_a_session_goes_on_wherever_its_process_was_killed(world: World, name: str) -> None:
    scene = SCENES[name]
    last = scene.script[-1][0]
    recorded = world.fork(f"{name}-recorded", scene.script, **scene.options)
    assert recorded.wait() == 0
    steps = RECORDED[name] = recorded.steps()
    sessions = [f"{name}-{number}" for number in range(len(steps))]
    killed = [world.fork(each, scene.script, kill_at=k, **scene.options) for k, each in enumerate(sessions)]
    for number, worker in enumerate(killed):
        assert worker.wait() == -signal.SIGKILL
        assert worker.steps() == steps[: number + 1]
    for key, left in (await world.keys()).items():
        assert left > 0, f"{key} would stay for ever"
        assert left <= 1000 or not key.endswith(":lease"), f"{key} is held for {left} ms"
    lefts = [(await exported(world.store, each)).get("unfinished") for each in sessions]
    after = [world.fork(each, scene.after, settles=True) for each in sessions]
    assert [worker.wait() for worker in after] == [0] * len(steps)
    for number, session in enumerate(sessions):
        where = f"{session}, killed at {steps[number]}"
        turns = await world.store.transcript(session)
        replies = [reply["reply"] for reply in after[number].replies()]
        for expected in note_of(lefts[number], last):
            assert expected in replies[0], where
        if lefts[number] is None:
            assert "cut off" not in replies[0], where
        elif any("restaurant" in claim for claim in lefts[number]["claims"]):
            assert any("Shall I try it again?" in reply for reply in replies), where
        check_transcript(turns, killed[number], after[number], last, where)
        standing = world.bookings(session)
        assert len(standing) <= 1, f"{where}: booked twice"
        unknown = any("do not know whether it worked" in reply for reply in replies)
        told = steps[number] == "after store.commit 1" and scene.bookings_if_told is not None
        assert sum(standing) == (scene.bookings_if_told if told else scene.bookings) or unknown, where
        assert (await world.store.state(session)).pending is None, where
    assert not [key for key in await world.keys() if key.split(":")[-1] in ("lease", "queue", "waiting", "joined")]
    if name == "handoff":
        assert all(list((world.folder / each / "handoffs").glob("*.json")) for each in sessions)


def check_transcript(turns: list[StoredTurn], killed: Worker, after: Worker, last: str, where: str) -> None:
    """What was acknowledged is there once, in order; of the killed turn nothing, unless its commit was done."""
    acknowledged = [reply["said"] for reply in killed.replies()]
    committed = [last] if killed.steps()[-1] == "after store.commit 1" else []
    assert [turn.user for turn in turns] == acknowledged + committed + [r["said"] for r in after.replies()], where
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1)), where
    for reply in (*killed.replies(), *after.replies()):
        assert turns[reply["turns"] - 1].reply == reply["reply"], where


async def exported(store: RedisStore, session: str) -> dict[str, Any]:
    return await store.export(session) if await store._client.exists(f"factotum:{{{session}}}:session") else {}


def test_the_walk_misses_no_call_of_a_turn() -> None:
    """Runs after the walk: every call of the store's contract, the model, the actions was killed before and after."""
    assert set(RECORDED) == set(SCENES), "the walk did not run; run the whole file"
    calls = {name for name, _ in inspect.getmembers(SessionStore, inspect.iscoroutinefunction)}
    assert calls == n.STORE_STEPS | n.SKIPPED
    walked = {step.rpartition(" ")[0] for steps in RECORDED.values() for step in steps}
    wanted = {f"store.{name}" for name in n.STORE_STEPS}
    wanted |= {"backend.complete", "backend.piece", "action.run", "action.undo", "handoff.take"}
    wanted |= {"provider.book", "provider.cancel", "provider.call_service"}
    assert {f"{when} {call}" for when in ("before", "after") for call in wanted} <= walked
    assert {"sql INSERT", "sql UPDATE", "sql DELETE", "sql COMMIT"} <= walked


@pytest.mark.parametrize("policy", ["queue", "merge", "interrupt"])
async def test_a_message_whose_process_dies_while_it_waits_holds_nobody_up(world: World, policy: str) -> None:
    waits = ["before store.open 1", *(f"{when} store._try_open {n}" for n in (1, 2) for when in ("before", "after"))]
    if policy == "interrupt":
        waits = waits[:3]  # it does not wait: it takes over
    for number, step in enumerate(waits):
        session = f"waiting-{policy}-{number}"
        gate = world.folder / f"{session}.open"
        both = ["tell me something and more", "say chat\n"]
        first = world.fork(session, [n.TALK], policy=policy, gate={"before backend.complete 1": str(gate)}, also=[both])
        first.until("before backend.complete 1")
        second = world.fork(session, [["and more", "say chat\n"]], policy=policy, kill_at=step)
        assert second.wait() == -signal.SIGKILL
        gate.touch()
        assert first.wait() == 0
        third = world.fork(session, [HELLO], policy=policy, wait_seconds=5)
        assert third.wait() == 0
        (reply,) = third.replies()
        was_there = number >= 2
        said = [turn.user for turn in await world.store.transcript(session)]
        if policy == "interrupt" and was_there:
            assert said == ["tell me something", "and more", "hello?"]
            assert [turn.interrupted for turn in await world.store.transcript(session)] == [True, True, False]
        elif policy == "merge" and was_there:
            assert said == ["tell me something\nand more", "hello?"], step
            assert "cut off" not in reply["reply"]
        else:
            assert said == ["tell me something", "hello?"], step
            assert ("cut off while working on “and more”" in reply["reply"]) == was_there, step
    assert all(left > 0 for left in (await world.keys()).values())


async def test_whoever_joined_a_turn_is_answered_wherever_that_turn_is_killed(world: World) -> None:
    please = ["please", "say chat\n"]
    also = [["yes please", "confirm\n"]]

    def start(session: str, **options: Any) -> tuple[Worker, Worker]:
        gate = world.folder / f"{session}.open"
        job = {"policy": "merge", "gate": {"before backend.complete 1": str(gate)}, "also": also}
        first = world.fork(session, [n.BOOK, n.YES], **job, **options)
        first.until("before backend.complete 1")
        second = world.fork(session, [please], policy="merge")
        second.until("after store._try_open 1")
        gate.touch()
        return first, second

    first, second = start("joined-recorded")
    assert (first.wait(), second.wait()) == (0, 0)
    assert second.replies()[0]["reply"] == first.replies()[-1]["reply"]
    assert second.replies()[0]["kinds"][-1] == "merged"
    steps = first.steps()
    assert steps.count("before store.begin 1") == steps.count("before store.begin 2") == 1
    begun = steps.index("after backend.complete 1")
    pairs = [start(f"joined-{number}", kill_at=number) for number in range(begun, len(steps))]
    for number, (first, second) in enumerate(pairs, begun):
        session, where = f"joined-{number}", f"killed at {steps[number]}"
        assert first.wait() == -signal.SIGKILL
        assert second.wait() == 0, where
        last = world.fork(session, [HELLO], policy="merge", settles=True)
        assert last.wait() == 0
        said = [turn.user for turn in await world.store.transcript(session)]
        alone = steps[number] != "after store.commit 1"
        assert said[1] == ("please" if alone else "yes\nplease"), where
        assert ("cut off while working on “yes”" in second.replies()[0]["reply"]) == alone, where
        assert sum(world.bookings(session)) == len(world.bookings(session)) == 1, where
    assert all(left > 0 for left in (await world.keys()).values())


@pytest.mark.parametrize(
    ("stopped_at", "booked", "told"),
    [
        ("after backend.complete 1", 0, "Nothing was done"),
        ("before action.run 1", 1, "I do not know whether it was done"),
        ("before store.commit 1", 1, "It was done: Booked: Trattoria Esempio"),
    ],
)
async def test_a_worker_that_was_stopped_beyond_its_lease_overwrites_nothing(
    world: World, stopped_at: str, booked: int, told: str
) -> None:
    session = f"stopped-{stopped_at.replace(' ', '-')}"
    slow = world.fork(session, [n.BOOK, n.YES], stop_at=stopped_at, lease_seconds=0.3)
    slow.until(stopped_at)
    quick = world.fork(session, [HELLO], lease_seconds=0.3)
    assert quick.wait() == 0
    assert told in quick.replies()[0]["reply"]
    state = await world.store.state(session)
    n.os.kill(slow.pid, signal.SIGCONT)
    assert slow.wait() == 0
    answer = slow.replies()[-1]
    assert answer["error"] == "LeaseLost"
    assert ("overtook this one" in answer["reply"]) == (booked == 0)
    assert ("could not save this turn" in answer["reply"]) == (booked == 1)
    assert await world.store.state(session) == state
    assert [turn.user for turn in await world.store.transcript(session)] == [n.BOOK[0], "hello?"]
    assert world.bookings(session) == [True] * booked
