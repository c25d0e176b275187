"""The short form of `tests.benchmarks.bench_hammer`, in a process of its own; and its judge is judged."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from agent.store.redis_store import RedisStore
from tests.agent.store.conformance import a_state, a_turn
from tests.agent.store.servers import Server
from tests.benchmarks.bench_hammer import judge

pytestmark = pytest.mark.redis


def test_many_processes_on_few_sessions_lose_double_and_interleave_nothing() -> None:
    options = ["--processes", "8", "--sessions", "2", "--seconds", "3"]
    command = [sys.executable, "-m", "tests.benchmarks.bench_hammer", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "lost 0, doubled 0, interleaved 0" in done.stdout, done.stdout + done.stderr
    assert int(done.stdout.split("turns ")[1].split()[0].replace(",", "")) > 20
    assert done.returncode == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path).start()
    yield server
    server.kill()


def ran(text: str, began: int, ended: int) -> dict[str, Any]:
    return {"ran": text, "session": "s", "began": began, "ended": ended}


def said(text: str, turn: int, **more: Any) -> dict[str, Any]:
    return {"said": text, "session": "s", "turn": turn, "told": [text], "error": None, "seconds": 0.1, **more}


GOOD = [ran("a", 1, 2), said("a", 1), ran("b", 3, 4), said("b", 2)]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (GOOD, None),
        (GOOD[:3], "lost"),
        ([*GOOD[:3], said("b", 1)], "lost"),
        ([*GOOD[:3], said("b", 2, error="LeaseLost")], "lost"),
        ([*GOOD[:2], ran("c", 3, 4), said("c", 2)], "lost"),
        ([*GOOD, ran("a", 5, 6)], "doubled"),
        ([GOOD[1], *GOOD[2:]], "doubled"),
        ([*GOOD[:3], said("b", 2, told=[])], "doubled"),
        ([ran("a", 1, 4), said("a", 1), ran("b", 3, 5), said("b", 2)], "interleaved"),
        ([ran("a", 3, 4), said("a", 1), ran("b", 1, 2), said("b", 2)], "interleaved"),
    ],
)
async def test_the_judge_sees_each_fault(server: Server, lines: list[dict[str, Any]], fault: str | None) -> None:
    store = RedisStore(Redis(port=server.port), owned=True)
    for number, text in enumerate("ab", 1):
        lease, _ = await store.open("s", text)
        await store.commit(lease, a_state(number), a_turn(number, text))
    await store.close()
    verdict = await judge(server.port, lines)
    assert verdict.is_clean == (fault is None)
    if fault:
        assert getattr(verdict, fault)
