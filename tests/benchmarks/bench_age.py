"""What an old session costs: turn 10,000 against turn 10, in both stores; and what a session weighs in Redis.

    python -m tests.benchmarks.bench_age [--old 10000] [--samples 200]

The aged turns are those of a conversation: slots, questions, effects with receipts, undo, small talk; the tenth of
every ten is measured, and it acts. A young session's turn 10 and the old session's next are measured in turn, so that a
machine that is busy for a while is busy for both. What is weighed is a conversation with the built-in skills. The
commands come from a script; no model runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from agent.app import Agent
from agent.backends.base import Request
from agent.backends.scripted import ScriptedBackend, user_text
from agent.manager import DialogueManager
from agent.prompting import TASK
from agent.settings import Settings
from agent.store.base import SessionStore
from agent.store.memory import MemoryStore
from agent.store.redis_store import RedisStore
from agent.store.resolve import open_store
from agent.types import Turn
from tests.agent.talking import CATALOGUE, TableAction

Said = list[tuple[str, str]]
"""What the user says, and the commands that it means."""

TEN: Said = [
    ("hello", "say chat"),
    ("i need a table", "start table.book"),
    ("for two", "set people two"),
    ("is oslo there", "start table.look\nset place oslo"),
    ("on friday", "set day friday"),
    ("no, on saturday", "deny\nset day saturday"),
    ("never mind", "cancel"),
    ("the floor lamp", "start table.lamp\nset lamp floor"),
    ("undo that", "undo"),
    ("the desk lamp", "start table.lamp\nset lamp desk"),
]
TWENTY: Said = [
    ("hello", "say chat"),
    ("a table for two", "start booking.restaurant\nset people two"),
    ("on friday", "set day friday"),
    ("at eight in the evening", "set time eight in the evening"),
    ("trattoria esempio", "set venue trattoria esempio"),
    ("yes", "confirm"),
    ("will it rain in oslo tomorrow", "start weather.forecast\nset place oslo\nset day tomorrow"),
    ("and in rome", "start weather.forecast\nset place rome"),
    ("turn on the kitchen light", "start smart_home.turn_on\nset device kitchen light"),
    ("dim it to 30 percent", "start smart_home.set_brightness\nset device kitchen light\nset level 30 percent"),
    ("undo that", "undo"),
    ("i need a table for six", "start booking.restaurant\nset people six"),
    ("will it rain in berlin", "start weather.forecast\nset place berlin"),
    ("on saturday", "set day saturday"),
    ("seven in the evening", "set time seven in the evening"),
    ("the second one", "choose 2"),
    ("no, at eight in the evening", "deny\nset time eight in the evening"),
    ("yes", "confirm"),
    ("which bookings do i have", "start booking.list"),
    ("i need a table for four on sunday", "start booking.restaurant\nset people four\nset day sunday"),
]
"""It ends with a half-filled form and its question: a session is heaviest in the middle of something."""


class Oracle(ScriptedBackend):
    """Knows what every sentence means."""

    holds_grammar = True
    _commands = dict(TEN) | dict(TWENTY)

    async def complete(self, request: Request) -> str:
        """Return the commands, or a few words for small talk."""
        if request.prompt.text.startswith(TASK):
            return "I am fine, thank you. What can I do for you?"
        return self._commands[user_text(request)] + "\n"


class Cost(NamedTuple):
    """What one turn took."""

    seconds: float
    # By the clock: what a user waits, with the store's server and whatever else the machine does.
    cpu_seconds: float
    # Of this process alone.


class Rounds:
    """Conversations of ten turns each, with a skill whose actions take no time: the rest is the framework's cost."""

    def __init__(self, store: SessionStore, folder: Path) -> None:
        self.store = store
        self._manager = DialogueManager(
            backend=Oracle(), store=store, catalogue=CATALOGUE, actions={"table": TableAction()}, data_dir=folder
        )

    async def ten(self, session: str) -> Cost:
        """Hold ten turns; return what the last one took."""
        for text, _ in TEN[:-1]:
            await self._manager.handle(Turn(session, text))
        began, worked = time.perf_counter(), time.process_time()
        reply = await self._manager.handle(Turn(session, TEN[-1][0]))
        cost = Cost(time.perf_counter() - began, time.process_time() - worked)
        assert reply.receipts, reply.text
        return cost


async def age(store: SessionStore, folder: Path, old: int, samples: int) -> tuple[list[Cost], list[Cost]]:
    """Return the costs of turn 10 of young sessions, and of every tenth turn of one older than ``old`` turns."""
    rounds = Rounds(store, folder)
    young_costs: list[Cost] = []
    old_costs: list[Cost] = []
    for _ in range(old // 10 - 1):
        await rounds.ten("old")
    for number in range(samples):
        # Each goes first as often as the other.
        for is_old in (number % 2, 1 - number % 2):
            cost = await rounds.ten("old" if is_old else f"young-{number}")
            (old_costs if is_old else young_costs).append(cost)
    assert (await store.state("old")).turns == old + 10 * (samples - 1)
    return young_costs, old_costs


async def weigh(store: RedisStore, folder: Path) -> dict[str, int]:
    """Hold a conversation of twenty turns; return the bytes of each of its keys, as Redis counts its memory."""
    settings = Settings(data_dir=folder, lang="en", timezone="UTC")
    async with Agent(settings, backend=Oracle(), store=store) as agent:
        for text, _ in TWENTY:
            reply = await agent.say(text, session="weighed")
            assert reply.error is None, f"{text}: {reply.text}"
    client = store._client
    keys = [key async for key in client.scan_iter("factotum:{weighed}:*")]
    return {key.decode().rpartition(":")[2]: int(await client.memory_usage(key, samples=0) or 0) for key in keys}


async def main(old: int, samples: int) -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as name:
        redis = await open_store(None, Path(name))
        assert isinstance(redis, RedisStore), redis.description
        for store in (MemoryStore(), redis):
            kind = "Redis" if store is redis else "memory"
            young, aged = await age(store, Path(name) / kind, old, samples)
            for index, clock in enumerate(("by the clock", "CPU of this process")):
                first, late = (statistics.median(cost[index] for cost in costs) * 1000 for costs in (young, aged))
                print(
                    f"{kind}, {clock}: turn 10 {first:.2f} ms, turn {old:,} {late:.2f} ms (medians), "
                    f"ratio {late / first:.2f}"
                )
        weight = await weigh(redis, Path(name) / "weight")
        await redis.close()
    parts = ", ".join(f"{key} {size:,}" for key, size in sorted(weight.items(), key=lambda item: -item[1]))
    print(f"a session after 20 turns: {sum(weight.values()):,} bytes in Redis ({parts})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--old", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=200)
    asyncio.run(main(**vars(parser.parse_args())))
