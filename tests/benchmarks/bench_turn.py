"""The framework's own cost per turn: scripted backend, Redis over a Unix socket, no model.

    python -m tests.benchmarks.bench_turn

Prints median and 99th percentile in milliseconds on turn 3 and turn 200 of a session, their ratio, and what the time
goes into; then whole turns with the vllm backend and a stub server in another process that answers at once. The turns
are a booking's: a slot is filled, the next question asked. Redis is the private server the assistant itself would
start; the skills and their templates are the built-in ones.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from agent.app import Agent
from agent.backends.scripted import ScriptedBackend
from agent.backends.vllm import VllmBackend
from agent.settings import Settings
from agent.store.base import SessionStore
from agent.store.resolve import open_store
from tests.benchmarks.bench_vllm_client import stub_process

SESSIONS = 150
LATE_TURN = 200
LATE_SESSIONS = 30
HTTP_TURNS = 320


class Oracle(ScriptedBackend):
    """Answers every turn with legal commands, so they need not be checked against the grammar again."""

    holds_grammar = True


SCRIPT = {
    "i need a table": "start booking.restaurant\n",
    "for two": "set people two\n",
    "for four": "set people four\n",
}


def show(name: str, samples: list[float]) -> float:
    """Print one row; returns the median in seconds."""
    samples = sorted(samples)
    median = statistics.median(samples)
    worst = samples[int(len(samples) * 0.99) - 1]
    print(f"{name:28} n={len(samples):5}  median {median * 1e3:6.2f} ms   p99 {worst * 1e3:6.2f} ms")
    return median


async def over_http(settings: Settings, store: SessionStore, port: int) -> list[float]:
    """Return the seconds of whole turns whose model call goes to a stub server that answers at once."""
    backend = VllmBackend(f"http://127.0.0.1:{port}/v1")
    await backend.start()
    # The session is opened by the script; from then on every answer is the stub's.
    async with Agent(settings, backend=Oracle(by_text=SCRIPT), store=store) as agent:
        await agent.say("i need a table", session="http")
    seconds = []
    async with Agent(settings, backend=backend, store=store) as agent:
        for _ in range(HTTP_TURNS):
            began = time.perf_counter()
            await agent.say("for two", session="http")
            seconds.append(time.perf_counter() - began)
    await backend.close()
    return seconds[20:]


async def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(None, Path(folder))
        print(f"store: {store.description}")
        settings = Settings(data_dir=Path(folder), lang="en", timezone="UTC")
        steps: dict[str, list[float]] = defaultdict(list)
        third: list[float] = []
        late: list[float] = []
        async with Agent(settings, backend=Oracle(by_text=SCRIPT), store=store) as agent:

            async def turn(session: str, text: str) -> float:
                began = time.perf_counter()
                reply = await agent.say(text, session=session)
                seconds = time.perf_counter() - began
                for step, spent in reply.timings.items():
                    steps[step].append(spent)
                return seconds

            for number in range(SESSIONS):
                await turn(f"s{number}", "i need a table")
                await turn(f"s{number}", "for two")
                third.append(await turn(f"s{number}", "for four"))
            for number in range(LATE_SESSIONS):
                for count in range(4, LATE_TURN + 1):
                    seconds = await turn(f"s{number}", "for two" if count % 2 else "for four")
                    if count > LATE_TURN - 5:
                        late.append(seconds)
        with stub_process(SCRIPT["for two"]) as port:
            served = await over_http(settings, store, port)
        await store.close()
    early = show("turn 3", third)
    old = show(f"turns {LATE_TURN - 4} to {LATE_TURN}", late)
    print(f"late / early medians: {old / early:.2f}")
    for step, samples in steps.items():
        show(f"  {step}", samples)
    show("vllm backend, stub server", served)


if __name__ == "__main__":
    asyncio.run(main())
