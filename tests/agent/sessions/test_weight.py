"""What a session weighs in Redis, and that it does not grow with its age."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agent.store.memory import MemoryStore
from agent.store.redis_store import RedisStore
from tests.agent.store.servers import Server
from tests.benchmarks.bench_age import Rounds, weigh

pytestmark = pytest.mark.redis

LIMIT_BYTES = 16 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
async def store(server: Server) -> AsyncIterator[RedisStore]:
    store = RedisStore(Redis(port=server.port), owned=True)
    yield store
    await store.close()


async def test_a_session_of_twenty_turns_weighs_less_than_16_kilobytes(store: RedisStore, tmp_path: Path) -> None:
    weight = await weigh(store, tmp_path)
    assert sum(weight.values()) < LIMIT_BYTES, weight
    assert {"session", "turns", "claims"} <= set(weight)


async def test_turns_of_an_old_session_ask_no_more_of_the_server_than_those_of_a_young_one(
    store: RedisStore, tmp_path: Path
) -> None:
    """Bytes in and out and commands, as the server counts them: unlike seconds they do not depend on the machine."""
    rounds = Rounds(store, tmp_path)
    fields = ("total_net_input_bytes", "total_net_output_bytes", "total_commands_processed")

    async def asked() -> list[int]:
        await rounds.ten("ada")
        before = await store._client.info("stats")
        await rounds.ten("ada")
        after = await store._client.info("stats")
        return [int(after[name]) - int(before[name]) for name in fields]

    await rounds.ten("ada")
    young = await asked()
    for _ in range(60):
        await rounds.ten("ada")
    old = await asked()
    assert old[2] == young[2]
    assert max(old[0] / young[0], old[1] / young[1]) < 1.1, (young, old)


async def test_an_old_session_in_memory_is_no_larger_than_one_with_a_full_transcript(tmp_path: Path) -> None:
    store = MemoryStore()
    rounds = Rounds(store, tmp_path)
    for _ in range(100):
        await rounds.ten("ada")
    full = len(str(await store.export("ada")))
    for _ in range(20):
        await rounds.ten("ada")
    assert len(str(await store.export("ada"))) < full * 1.02
