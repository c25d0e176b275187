"""Workers that can be killed: real processes with real managers over a real Redis, forked from one warmed-up parent.

    nursery = Nursery(port)
    worker = nursery.fork({"session": "ada", "data_dir": ..., "turns": [["hello", "say chat\\n"]], "kill_at": 3})
    assert worker.wait() == -signal.SIGKILL

A worker writes what happens to its log, line by line and at once, so that what it had written before it was killed is
known. Every call that its last turn makes (store, model, action, provider, writing SQL statements) is a step, before
and after; `kill_at` is the step at which it kills itself, `stop_at` the one at which it stops itself (SIGSTOP), `gate`
makes it wait at a step until a file is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SKIPPED = frozenset({"renew", "close", "state", "transcript", "sessions", "forget"})
"""Store calls that are no step of a turn: the heartbeat comes at any time, the others are for whoever looks on."""
STORE_STEPS = frozenset({"open", "begin", "claim", "complete", "drop_claim", "commit", "release", "receipt", "export"})
BOOK = [
    "a table for two at trattoria esempio on friday at eight in the evening",
    "start booking.restaurant\nset people two\nset venue trattoria esempio\nset day friday\n"
    "set time eight in the evening\n",
]
YES = ["yes", "confirm\n"]
SEVERAL = [
    "yes and turn on the kitchen light and will it rain in oslo",
    "confirm\nstart smart_home.turn_on\nset device kitchen light\nstart weather.forecast\nset place oslo\n",
]
UNDO = ["undo that", "undo\n"]
TALK = ["tell me something", "say chat\n"]
HAND_OFF = ["a human please", "handoff\n"]
EVERYTHING = [BOOK, SEVERAL, UNDO, TALK, HAND_OFF]
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


class Worker:
    """A forked process, seen from the test."""

    def __init__(self, nursery: Nursery, pid: int, log: Path) -> None:
        self._nursery = nursery
        self.pid = pid
        self._log = log

    def wait(self) -> int:
        """Wait for its end; negative: the signal that ended it."""
        return self._nursery.ask({"wait": self.pid})

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def steps(self) -> list[str]:
        """The steps of its last turn, as far as it came."""
        return [line["step"] for line in self.lines() if "step" in line]

    def replies(self) -> list[dict[str, Any]]:
        """What was acknowledged: the replies that its caller got."""
        return [line for line in self.lines() if "reply" in line]

    def until(self, step: str, seconds: float = 20) -> None:
        """Return when it has come to a step."""
        give_up_at = time.monotonic() + seconds
        while step not in self.steps():
            assert time.monotonic() < give_up_at, f"{step} was not reached, only {self.steps()}"
            time.sleep(0.005)


class Nursery:
    """The parent of all workers, in a process of its own: forking is cheap and safe there."""

    def __init__(self, port: int, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def fork(self, job: dict[str, Any]) -> Worker:
        """Start a worker; its log and its data are its own unless the job names the folder."""
        self._count += 1
        log = self._folder / f"worker-{self._count}.log"
        log.touch()
        return Worker(self, self.ask({**job, "log": str(log)}), log)

    def close(self) -> None:
        self._process.communicate()


class Steps:
    """Counts the steps of the armed turn, writes each one down, and dies, stops or waits where it is told to."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._log = os.open(job["log"], os.O_WRONLY | os.O_APPEND)
        self._kill_at, self._stop_at, self._gate = job.get("kill_at"), job.get("stop_at"), job.get("gate", {})
        self._seen: Counter[str] = Counter()
        self._count = 0
        self.armed = False

    def write(self, **line: Any) -> None:
        os.write(self._log, (json.dumps(line) + "\n").encode())

    def at(self, what: str) -> str:
        """Come to a step."""
        if not self.armed:
            return ""
        self._seen[what] += 1
        name = f"{what} {self._seen[what]}"
        self.write(step=name)
        if self._count == self._kill_at or name == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == self._stop_at:
            os.kill(os.getpid(), signal.SIGSTOP)
        self._count += 1
        return name

    def wrap(self, thing: Any, kind: str, names: frozenset[str] | set[str]) -> None:
        """Make every call of the named coroutine methods two steps."""
        for name in names:
            if hasattr(thing, name):
                setattr(thing, name, self._wrapped(getattr(thing, name), f"{kind}.{name}"))

    def _wrapped(self, call: Callable[..., Awaitable[Any]], what: str) -> Callable[..., Awaitable[Any]]:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            gate = self._gate.get(self.at(f"before {what}"))
            while gate and not os.path.exists(gate):  # noqa: ASYNC110, ASYNC240 - another process makes it
                await asyncio.sleep(0.005)
            result = await call(*args, **kwargs)
            self.at(f"after {what}")
            return result

        return wrapped


def watched_parts(job: dict[str, Any], steps: Steps, store: Any, catalogue: Any) -> Any:
    """Make a manager of real parts, each call of which is a step."""
    from agent.backends.base import Request
    from agent.backends.scripted import ScriptedBackend, user_text
    from agent.errors import Unavailable
    from agent.manager import DialogueManager
    from agent.prompting import TASK
    from agent.sessions.handoff import Folder
    from agent.sessions.second_message import Admission
    from skills.booking import BookingAction
    from skills.booking import sqlite as bookings
    from skills.smart_home import SmartHomeAction
    from skills.smart_home.virtual import VirtualHome
    from skills.weather import WeatherAction

    script = dict([*job["script"], *job.get("also", []), YES])

    class Oracle(ScriptedBackend):
        holds_grammar = True

        async def complete(self, request: Request) -> str:
            return "One two three." if request.prompt.text.startswith(TASK) else script[user_text(request)]

        async def stream(self, request: Request) -> AsyncIterator[str]:
            async for piece in super().stream(request):
                steps.at("before backend.piece")
                yield piece
                steps.at("after backend.piece")

    def watched(provider: Any) -> Any:
        steps.wrap(provider, "provider", {"book", "cancel", "call_service", "forecast"})
        if job.get("refuses"):

            async def refuse(*args: Any) -> Any:
                raise Unavailable("The book is closed.")

            provider.book = refuse
        return provider

    connect = bookings.SqliteBookings._connect

    def traced(self: Any) -> Any:
        database = connect(self)
        writes = ("INSERT", "UPDATE", "DELETE", "COMMIT")
        database.set_trace_callback(lambda sql: steps.at(f"sql {sql.split()[0]}") if sql.startswith(writes) else None)
        return database

    bookings.SqliteBookings._connect = traced  # type: ignore[method-assign]
    steps.wrap(store, "store", STORE_STEPS | {"_try_open"})
    backend = Oracle()
    steps.wrap(backend, "backend", {"complete"})
    actions: dict[str, Any] = {
        "booking": BookingAction(make_provider=lambda path: watched(bookings.SqliteBookings(path))),
        "smart_home": SmartHomeAction(make_home=lambda path: watched(VirtualHome(path))),
        "weather": WeatherAction(),
    }
    for action in actions.values():
        steps.wrap(action, "action", {"run", "undo"})
    handoff = Folder(Path(job["data_dir"]) / "handoffs")
    steps.wrap(handoff, "handoff", {"take"})
    return DialogueManager(
        backend=backend,
        store=store,
        catalogue=catalogue,
        actions=actions,
        data_dir=Path(job["data_dir"]),
        handoff=handoff,
        admission=Admission(
            job.get("policy", "queue"), 30.0, job.get("wait_seconds", 20.0), job.get("lease_seconds", 1.0)
        ),
    )


async def work(job: dict[str, Any], store: Any, catalogue: Any) -> None:
    """Say the turns of a job one after the other; the last one is watched."""
    from agent.types import Event, Reply, Turn

    steps = Steps(job)
    manager = watched_parts(job, steps, store, catalogue)
    session, now = job["session"], NOW

    async def say(text: str) -> None:
        nonlocal now
        now += timedelta(seconds=20)
        items = manager.stream(Turn(session, text, received_at=now))
        async for item in items:
            if isinstance(item, Reply):
                steps.armed = False
                kinds = [event.kind for event in item.events]
                steps.write(reply=item.text, said=text, turns=item.state.turns, error=item.error, kinds=kinds)
            elif isinstance(item, Event) and item.kind == job.get("leaves_at") and steps.armed:
                await items.aclose()
                steps.armed = False
                return

    for left, (text, _) in reversed(list(enumerate(reversed(job["script"])))):
        steps.armed = left == 0
        await say(text)
    for _ in range(4 if job.get("settles") else 0):
        pending = (await store.state(session)).pending
        if pending is None or pending.kind not in ("confirm", "unknown"):
            break
        await say("yes")


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main(port: int) -> None:
    """Fork a worker for every job that comes in."""
    from redis.asyncio import Redis

    from agent.discovery import load_catalogue
    from agent.store.memory import MemoryStore
    from agent.store.redis_store import RedisStore

    catalogue = load_catalogue()
    with tempfile.TemporaryDirectory() as folder:
        # Say everything once: whatever is loaded or compiled at first use is there before a worker is forked. The
        # event loop of this has ended by then, and so have its threads.
        log = Path(folder) / "log"
        log.touch()
        job = {"session": "warm", "data_dir": folder, "log": str(log), "script": EVERYTHING}
        asyncio.run(work(job, MemoryStore(), catalogue))
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1]))
            continue
        pid = os.fork()
        if pid:
            answer(pid)
            continue
        try:
            asyncio.run(work(order, RedisStore(Redis(port=port)), catalogue))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
