from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from agent.errors import LeaseLost, SessionBusy, StoreError, StoreUnavailable
from agent.store.base import Joined, Merged, SessionStore, Unfinished
from agent.store.redis_store import RedisStore
from agent.types import DialogueState
from tests.agent.store.conformance import StoreConformance, a_receipt, a_state, a_turn, one_turn
from tests.agent.store.conformance_second import SecondMessageConformance
from tests.agent.store.servers import Server

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture
async def client(shared_server: Server) -> AsyncIterator[Redis]:
    shared_server.ask("FLUSHALL")
    client = Redis(port=shared_server.port)
    yield client
    await client.aclose()


@pytest.fixture
def store(client: Redis) -> SessionStore:
    return RedisStore(client)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One of this test's own, to be killed."""
    server = Server(tmp_path).start()
    yield server
    server.kill()


class TestSingleServer(StoreConformance, SecondMessageConformance):
    pass


class TestDecodingClient(StoreConformance, SecondMessageConformance):
    @pytest.fixture
    async def store(self, client: Redis, shared_server: Server) -> AsyncIterator[SessionStore]:
        async with Redis(port=shared_server.port, decode_responses=True) as decoding:
            yield RedisStore(decoding)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cluster"), "--cluster-enabled", "yes").start()
    server.become_cluster()
    yield server
    server.kill()


class TestCluster(StoreConformance, SecondMessageConformance):
    """A cluster of one node refuses what would cross slots, like a large one."""

    @pytest.fixture
    async def store(self, cluster: Server) -> AsyncIterator[SessionStore]:
        cluster.ask("FLUSHALL")
        store = RedisStore(RedisCluster(host="127.0.0.1", port=cluster.port), owned=True)
        yield store
        await store.close()


async def everything(store: RedisStore) -> None:
    """Leave a session of every kind of key behind."""
    await one_turn(store, "ada")
    lease, _ = await store.open("ada", "book it")
    await store.claim(lease, "c-1", {})
    await store.complete(lease, "c-1", a_receipt())
    await store.claim(lease, "c-2", {})
    await store.open("bob", "hello")


async def test_every_key_has_a_time_to_live_after_every_call(client: Redis) -> None:
    store = RedisStore(client, prefix="mine", ttl_seconds=1000)

    async def check(call: str) -> None:
        keys = [key.decode() async for key in client.scan_iter("*")]
        assert keys or call == "forget"
        for key in keys:
            assert key.startswith("mine:")
            ttl = await client.ttl(key)
            longest = 60 if key.endswith((":lease", ":replies")) else 2000 if key == "mine:sessions" else 1000
            assert longest - 5 < ttl <= longest, f"{key} after {call}"

    lease, _ = await store.open("ada", "hello")
    await check("open")
    await store.renew(lease)
    await check("renew")
    await store.claim(lease, "c-1", {})
    await check("claim")
    await store.complete(lease, "c-1", a_receipt())
    await check("complete")
    await store.claim(lease, "c-2", {})
    await store.drop_claim(lease, "c-2")
    await check("drop_claim")
    await store.claim(lease, "c-3", {})
    await store.commit(lease, a_state(), a_turn(1))
    await check("commit")
    lease, _ = await store.open("ada", "again")
    await store.release(lease)
    await check("release")
    lease, _ = await store.open("ada", "once more", second="merge", merge_seconds=30)
    joining = asyncio.create_task(store.open("ada", "and this", second="merge", merge_seconds=30))
    await asyncio.sleep(0.03)
    await check("open of a second message")
    (joined,) = await store.begin(lease)
    await check("begin")
    waiting = asyncio.create_task(store.open("ada", "wait"))
    await asyncio.sleep(0.03)
    waiting.cancel()
    await asyncio.wait([waiting])
    await check("leave")
    await store.commit(lease, a_state(2), a_turn(2), answers={joined.ticket: "both"})
    await check("commit of two messages")
    await asyncio.wait([joining])
    await store.forget("ada")
    await check("forget")


async def test_one_turn_prolongs_every_key_of_its_session(client: Redis) -> None:
    store = RedisStore(client, ttl_seconds=1000)
    await everything(store)
    lease, _ = await store.open("carl", "x")
    await store.release(lease)
    keys = [key async for key in client.scan_iter("factotum:{ada}:*") if not key.endswith(b":lease")]
    assert len(keys) == 5
    for key in keys:
        await client.expire(key, 10)
    await client.delete("factotum:{ada}:lease")
    await store.open("ada", "hello?")
    assert all([await client.ttl(key) > 990 for key in keys])


async def test_forget_leaves_no_key_behind(client: Redis) -> None:
    store = RedisStore(client)
    await everything(store)
    await store.forget("ada")
    await store.forget("bob")
    assert [key async for key in client.scan_iter("*")] == []


async def test_all_keys_of_a_session_share_its_hash_tag(client: Redis) -> None:
    await everything(RedisStore(client))
    keys = {key.decode() async for key in client.scan_iter("*")} - {"factotum:sessions"}
    assert {re.sub(r"^factotum:\{(ada|bob)\}:[a-z]+$", r"\1", key) for key in keys} == {"ada", "bob"}


async def test_two_prefixes_share_a_database_and_nothing_else(client: Redis) -> None:
    await one_turn(RedisStore(client, prefix="one"))
    two = RedisStore(client, prefix="two")
    assert await two.sessions() == []
    _, snapshot = await two.open("ada", "hello")
    assert snapshot.is_new


async def test_listing_drops_members_whose_session_is_gone(client: Redis) -> None:
    store = RedisStore(client)
    await one_turn(store, "ada")
    await one_turn(store, "bob")
    await client.delete("factotum:{ada}:session")
    assert [info.session_id for info in await store.sessions()] == ["bob"]
    assert await client.zrange("factotum:sessions", 0, -1) == [b"bob"]


async def test_commit_drops_index_members_older_than_any_session_can_be(client: Redis) -> None:
    await client.zadd("factotum:sessions", {"ancient": 1_000_000})
    await one_turn(RedisStore(client, ttl_seconds=100))
    assert await client.zrange("factotum:sessions", 0, -1) == [b"ada"]


async def test_open_is_one_command_and_so_is_every_other_step_of_a_turn(client: Redis, shared_server: Server) -> None:
    store = RedisStore(client)
    await everything(store)  # the scripts are known now
    await store.forget("ada")
    async with Redis(port=shared_server.port) as watching, watching.monitor() as monitor:
        lease, _ = await store.open("ada", "hello")
        await store.claim(lease, "c-1", {})
        await store.complete(lease, "c-1", a_receipt())
        await store.commit(lease, a_state(), a_turn(1))
        await client.echo("the end")
        sent = []
        async for command in monitor.listen():
            if command["client_type"] != "lua":
                sent.append(command["command"].split()[0])
            if sent and sent[-1] == "ECHO":
                break
    assert sent == ["EVALSHA"] * 4 + ["ECHO"]


async def test_scripts_are_sent_again_to_a_server_that_lost_them(client: Redis) -> None:
    store = RedisStore(client)
    lease, _ = await store.open("ada", "hello")
    await client.script_flush()
    await store.commit(lease, a_state(), a_turn(1))
    assert (await store.state("ada")).turns == 1


class LosesAnswers:
    """A client whose answers get lost: each script runs, the caller hears of a broken connection, and asks again."""

    def __init__(self, client: Redis) -> None:
        self.client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    async def evalsha(self, *args: Any) -> Any:
        await self.client.evalsha(*args)
        return await self.client.evalsha(*args)


async def test_no_step_of_a_turn_minds_being_sent_twice(client: Redis) -> None:
    plain = RedisStore(client)
    await everything(plain)
    await plain.forget("ada")
    await one_turn(plain)
    await plain.open("ada", "cut off", lease_seconds=0.01)
    await asyncio.sleep(0.02)
    store = RedisStore(LosesAnswers(client))  # type: ignore[arg-type]
    lease, snapshot = await store.open("ada", "hello", wait_seconds=0)
    assert snapshot.state.turns == 1
    assert snapshot.unfinished is not None
    assert snapshot.unfinished.text == "cut off"
    assert (await store.claim(lease, "c-1", {})).status == "new"
    await store.complete(lease, "c-1", a_receipt())
    await store.commit(lease, a_state(2), a_turn(2))
    assert [turn.number for turn in await store.transcript("ada")] == [1, 2]
    lease, _ = await store.open("ada", "hello")
    await store.release(lease)
    lease, snapshot = await store.open("ada", "hello", second="merge", merge_seconds=30)
    assert snapshot.unfinished is None
    joining = asyncio.create_task(store.open("ada", "and this", second="merge"))
    await asyncio.sleep(0.03)
    (joined,) = await store.begin(lease)
    assert await store.begin(lease, heard=1) == ()
    await store.commit(lease, a_state(3), a_turn(3), answers={joined.ticket: "both"})
    with pytest.raises(Merged):
        await joining
    await store.open("ada", "long story", second="interrupt")
    lease, _ = await store.open("ada", "stop", second="interrupt", wait_seconds=0)
    await store.commit(lease, a_state(4), a_turn(4))
    assert [turn.number for turn in await store.transcript("ada")] == [1, 2, 3, 0, 4]


async def test_state_of_a_newer_version_is_refused_and_the_session_stays_free(client: Redis) -> None:
    store = RedisStore(client)
    await one_turn(store)
    await client.hset("factotum:{ada}:session", "state", '{"version": 99, "turns": 5}')
    for _ in range(2):
        with pytest.raises(StoreError, match="version 99, this program knows versions 1 to 2"):
            await store.open("ada", "hello", wait_seconds=0)
    assert [info.turns for info in await store.sessions()] == [5]
    assert (await store.export("ada"))["state"]["version"] == 99


async def test_session_that_an_older_version_stored_goes_on(client: Redis) -> None:
    old = json.loads((Path(__file__).parent / "session_of_version_1.json").read_text(encoding="utf-8"))
    for kind in ("session", "claims"):
        await client.hset(f"factotum:{{ada}}:{kind}", mapping=old[kind])
    for kind in ("turns", "receipts"):
        await client.rpush(f"factotum:{{ada}}:{kind}", *old[kind])
    store = RedisStore(client)
    lease, snapshot = await store.open("ada", "at eight", history=5)
    assert (snapshot.state.version, snapshot.state.turns, len(snapshot.history)) == (2, 5, 5)
    assert snapshot.last_receipt == await store.receipt("ada", "605bbb84a22b")
    await store.commit(lease, snapshot.state.model_copy(update={"turns": 6}), a_turn(6))
    assert (await store.state("ada")).turns == 6
    assert all([await client.ttl(key) > 0 async for key in client.scan_iter("*")])


async def test_a_waiting_process_that_died_is_passed_over_and_its_words_are_told(client: Redis) -> None:
    store = RedisStore(client)
    lease, _ = await store.open("ada", "first")
    # One look, and then its process is killed: it neither looks again nor leaves.
    await store._try_open("ada", "its ticket", 50, b"second", "queue", 0, 0, 0)
    with pytest.raises(SessionBusy):
        await store.open("ada", "third", wait_seconds=0.01)
    await asyncio.sleep(0.06)
    await store.commit(lease, a_state(1), a_turn(1))
    _, snapshot = await store.open("ada", "third", wait_seconds=0)
    assert snapshot.unfinished == Unfinished("second")
    assert await client.exists("factotum:{ada}:queue", "factotum:{ada}:waiting") == 0


async def test_one_who_joined_and_died_is_heard_all_the_same(client: Redis) -> None:
    store = RedisStore(client)
    lease, _ = await store.open("ada", "first", second="merge", merge_seconds=30)
    await store._try_open("ada", "its ticket", 20, b"second", "merge", 30_000, 0, 0)
    await asyncio.sleep(0.03)
    (joined,) = await store.begin(lease)
    assert joined == Joined("its ticket", "second")
    await store.commit(lease, a_state(1), a_turn(1), answers={joined.ticket: "unread"})
    _, snapshot = await store.open("ada", "third", wait_seconds=0)
    assert snapshot.unfinished is None
    assert 0 < await client.ttl("factotum:{ada}:replies") <= 60


async def test_close_leaves_a_client_alone_that_it_does_not_own(client: Redis) -> None:
    store = RedisStore(client)
    await store.close()
    assert await client.ping()
    assert store.description == f"Redis at localhost:{client.connection_pool.connection_kwargs['port']}/0"


async def test_server_that_refuses_writes_is_unavailable_and_keeps_what_it_had(client: Redis) -> None:
    # What a full disk or full memory looks like: the server answers, with an error.
    store = RedisStore(client)
    state = await one_turn(store)
    lease, _ = await store.open("ada", "hello")
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="may write"):
            await store.commit(lease, a_state(2), a_turn(2))
        assert await store.state("ada") == state
    finally:
        await client.config_set("maxmemory", "0")
    await store.commit(lease, a_state(2), a_turn(2))
    assert (await store.state("ada")).turns == 2


def brisk(server: Server) -> Redis:
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return Redis(port=server.port, socket_timeout=0.2, retry=retry)


async def test_server_gone_before_open(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    state = await one_turn(store)
    server.kill()
    with pytest.raises(StoreUnavailable, match=f"localhost:{server.port}") as caught:
        await store.open("ada", "hello")
    assert caught.value.__cause__ is not None
    server.start()
    _, snapshot = await store.open("ada", "hello")
    assert snapshot.state == state
    assert snapshot.unfinished is None
    await store.close()


async def test_server_gone_between_open_and_commit(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    state = await one_turn(store)
    lease, _ = await store.open("ada", "book it", lease_seconds=0.5)
    await store.claim(lease, "c-1", {})
    server.kill()
    with pytest.raises(StoreUnavailable):
        await store.commit(lease, a_state(2), a_turn(2))
    server.start()
    assert await store.state("ada") == state
    _, snapshot = await store.open("ada", "hello?", wait_seconds=5)
    assert snapshot.state == state
    assert snapshot.unfinished is not None
    assert (snapshot.unfinished.text, snapshot.unfinished.claims) == ("book it", ("c-1",))
    with pytest.raises(LeaseLost):
        await store.commit(lease, a_state(2), a_turn(2))
    await store.close()


async def test_server_gone_during_commit(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    state = await one_turn(store)
    lease, _ = await store.open("ada", "hello")
    server.freeze()
    committing = asyncio.create_task(store.commit(lease, a_state(2), a_turn(2)))
    await asyncio.sleep(0.05)  # the command lies in the server's socket
    server.kill()
    with pytest.raises(StoreUnavailable):
        await committing
    server.start()
    assert await store.state("ada") == state
    await store.commit(lease, a_state(2), a_turn(2))  # the lease outlived the crash
    assert [turn.number for turn in await store.transcript("ada")] == [1, 2]
    await store.close()


async def test_server_that_hangs_is_unavailable(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    await one_turn(store)
    server.freeze()
    with pytest.raises(StoreUnavailable):
        await store.open("ada", "hello")
    with pytest.raises(StoreUnavailable):
        await store.sessions()
    await store.close()


async def test_every_read_says_that_the_server_is_gone(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    await one_turn(store)
    server.kill()
    for ask in (store.state, store.transcript, store.export, store.forget):
        with pytest.raises(StoreUnavailable):
            await ask("ada")
    with pytest.raises(StoreUnavailable):
        await store.receipt("ada", "r-1")
    with pytest.raises(StoreUnavailable):
        await store.sessions()
    await store.close()
    server.start()


async def test_state_survives_a_crash_of_the_server_after_many_turns(server: Server) -> None:
    store = RedisStore(brisk(server), owned=True)
    for _ in range(5):
        state = await one_turn(store)
    server.kill()
    server.start()
    assert await store.state("ada") == state == a_state(5)
    assert state != DialogueState()
    await store.close()
