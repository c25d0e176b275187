"""The session store in Redis (single, Sentinel or Cluster): the one module that speaks to a Redis server.

``open`` is one round trip, ``commit`` one Lua call that checks the fencing token. Commands of Redis 6.2 only, no
modules. It does not know where the server came from (see ``resolve``) nor what a dialogue is.

    client = redis.asyncio.Redis.from_url("redis://localhost:6379/0")
    store = RedisStore(client)              # whoever made the client closes it, unless owned=True
    lease, snapshot = await store.open("ada", "book a table")
    await store.commit(lease, state, turn)
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from importlib import resources
from typing import Any, cast

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from agent.errors import StoreError, StoreUnavailable
from agent.store import records
from agent.store.base import (
    DEFAULT_LEASE_SECONDS,
    DEFAULT_TTL_SECONDS,
    MAX_STORED_TURNS,
    Claim,
    Lease,
    SessionInfo,
    Snapshot,
    StoredTurn,
)
from agent.store.migrate import load_state
from agent.types import DialogueState, Receipt

logger = logging.getLogger(__name__)

# Every key there is. The braces make a session's id its hash tag: all its keys live in one cluster slot, so one Lua
# script may touch them all. What each holds stands in lua/prelude.lua. All live `ttl_seconds` after the session was
# last used, but the lease, which has its own expiry. A session that is not used that long is gone, receipts included.
SESSION_KEY = "{prefix}:{{{session_id}}}:session"
LEASE_KEY = "{prefix}:{{{session_id}}}:lease"
TURNS_KEY = "{prefix}:{{{session_id}}}:turns"
CLAIMS_KEY = "{prefix}:{{{session_id}}}:claims"
RECEIPTS_KEY = "{prefix}:{{{session_id}}}:receipts"
CLAIMED_KEY = "{prefix}:{{{session_id}}}:claimed"
SESSION_KEYS = (SESSION_KEY, LEASE_KEY, TURNS_KEY, CLAIMS_KEY, RECEIPTS_KEY, CLAIMED_KEY)
# Sorted set: session id by the milliseconds of its last commit. Only a help for listing: a member whose session is
# gone is dropped when seen. Lives twice the TTL, since a turn that opens without committing prolongs its session.
INDEX_KEY = "{prefix}:sessions"

_POLL_SECONDS = (0.002, 0.02)
# First and longest pause between two looks at a busy session; doubles between them.
_LIST_CHUNK = 200
_FOREIGN_ERRORS = (RedisError, RedisClusterException, OSError, TimeoutError)

RedisClient = Redis | RedisCluster
"""What a store can be built on."""


class _Script:
    """One Lua script, with the digest Redis knows it by."""

    def __init__(self, name: str, *, prelude: bool = True) -> None:
        folder = resources.files("agent.store") / "lua"
        names = ("prelude", name) if prelude else (name,)
        self.text = "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in names)
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class RedisStore:
    """Keeps sessions in Redis. See ``SessionStore`` for what the methods do.

    Args:
        client: A ``redis.asyncio`` client, of a single server, a Sentinel master or a cluster.
        prefix: Goes before every key, so that several applications share a database.
        ttl_seconds: A session that is not used that long is gone. Whole seconds, at least 1.
        owned: Whether ``close`` closes the client.
        address: How the server is called in messages; never with a password. Found out from the client when empty.
        description: For people; made from the address when empty.
        on_close: Awaited last of all by ``close``; stops a server that came with the store.
    """

    def __init__(
        self,
        client: RedisClient,
        *,
        prefix: str = "factotum",
        ttl_seconds: float = DEFAULT_TTL_SECONDS,
        owned: bool = False,
        address: str = "",
        description: str = "",
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._ttl = max(1, math.ceil(ttl_seconds))
        self._owned = owned
        self._on_close = on_close
        self._is_cluster = isinstance(client, RedisCluster)
        self._address = address or address_of(client)
        self.description = description or f"Redis at {self._address}"
        self._index = INDEX_KEY.format(prefix=prefix)
        self._open_script = _Script("open")
        self._renew_script = _Script("renew")
        self._claim_script = _Script("claim")
        self._complete_script = _Script("complete")
        self._drop_script = _Script("drop_claim")
        self._commit_script = _Script("commit")
        self._release_script = _Script("release")
        self._index_script = _Script("index", prelude=False)

    async def open(
        self, session_id: str, text: str, *, lease_seconds: float = DEFAULT_LEASE_SECONDS, wait_seconds: float = 30.0
    ) -> tuple[Lease, Snapshot]:
        """Take the session's lease, note the text as unfinished, load the state: one round trip when it is free."""
        records.check_session_id(session_id)
        give_up_at = time.monotonic() + wait_seconds
        pause, longest = _POLL_SECONDS
        nonce = secrets.token_hex(8)
        while True:
            answer = await self._try_open(session_id, nonce, text, lease_seconds)
            if answer[0]:
                break
            left = max(float(answer[1]), 0.0) / 1000
            if time.monotonic() >= give_up_at:
                raise records.session_busy(session_id, wait_seconds, left)
            await asyncio.sleep(min(pause, left + 0.001))
            pause = min(pause * 2, longest)
        token, state_text, unfinished_text, claimed = answer[1:]
        lease = Lease(session_id=session_id, token=int(token))
        try:
            state = records.snapshot_state(_maybe_text(state_text), session_id)
        except StoreError:
            await self.release(lease)
            raise
        left_behind = records.unfinished(_maybe_text(unfinished_text), [_text(claim_id) for claim_id in claimed])
        return lease, Snapshot(state=state, is_new=state_text is None, unfinished=left_behind)

    async def renew(self, lease: Lease, *, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> None:
        """Prolong the lease."""
        if not await self._run(self._renew_script, lease.session_id, lease.token, _milliseconds(lease_seconds)):
            raise records.lease_lost(lease)

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        """Claim an action before it runs."""
        # "by" makes this call's claim unlike any other's, so that a repeated attempt knows its own. The scripts look
        # at the first characters and at ',"arguments":', so the order of the fields matters.
        text = f'{{"status":"claimed","by":"{secrets.token_hex(8)}","arguments":{records.dump_arguments(arguments)}}}'
        answer = await self._run(self._claim_script, lease.session_id, lease.token, claim_id, text)
        status = _text(answer[0])
        if status == "lost":
            raise records.lease_lost(lease)
        if status == "done":
            return Claim("done", records.load_receipt(_claim_json(answer[1])["receipt"], lease.session_id))
        return Claim("new") if status == "new" else Claim("unknown")

    async def complete(self, lease: Lease, claim_id: str, receipt: Receipt) -> None:
        """Store the receipt with its claim, at once, whoever holds the lease now."""
        arguments = records.dump_arguments(receipt.arguments)
        args = (claim_id, records.dump(receipt), arguments, records.MAX_RECEIPTS)
        if not await self._run(self._complete_script, lease.session_id, *args):
            logger.warning(
                "receipt %s is not kept: session %r was forgotten while its action ran",
                receipt.receipt_id,
                lease.session_id,
            )

    async def drop_claim(self, lease: Lease, claim_id: str) -> None:
        """Take a claim back whose action is known not to have happened."""
        await self._run(self._drop_script, lease.session_id, claim_id)

    async def commit(self, lease: Lease, state: DialogueState, turn: StoredTurn) -> None:
        """Write state and turn in one step, forget the unfinished text, release the lease: one Lua call.

        When the connection breaks before the answer comes, whether it was written shows at the next ``open``, or by
        calling again with the same arguments: a commit that was already done succeeds.
        """
        args: tuple[str | int, ...] = (lease.token, records.dump(state), records.dump(turn), MAX_STORED_TURNS)
        if not self._is_cluster:
            # On one server the index is part of the same script.
            done = await self._run(self._commit_script, lease.session_id, *args, lease.session_id, index=True)
        else:
            done = await self._run(self._commit_script, lease.session_id, *args)
        if not done:
            raise records.lease_lost(lease)
        if self._is_cluster:
            # Another slot, so another command. The turn is written: failing now must not say otherwise.
            try:
                await self._eval(self._index_script, [self._index], self._ttl, lease.session_id)
            except StoreUnavailable as error:
                logger.warning("session %r is committed but not in the listing: %s", lease.session_id, error)

    async def release(self, lease: Lease) -> None:
        """Give the lease back as if the turn had never opened."""
        await self._run(self._release_script, lease.session_id, lease.token)

    async def state(self, session_id: str) -> DialogueState:
        """Return the state without a lease."""
        with self._translated():
            text = await cast(Awaitable[Any], self._client.hget(self._key(SESSION_KEY, session_id), "state"))
        if text is None:
            raise records.unknown_session(session_id)
        return load_state(_text(text), session_id)

    async def receipt(self, session_id: str, receipt_id: str) -> Receipt | None:
        """Return a stored receipt, or None."""
        with self._translated():
            claims = await cast(Awaitable[list[Any]], self._client.hvals(self._key(CLAIMS_KEY, session_id)))
        # At most a few hundred, and asked only for an undo: no index of its own.
        for claim in map(_claim_json, claims):
            if claim.get("receipt", {}).get("receipt_id") == receipt_id:
                return records.load_receipt(claim["receipt"], session_id)
        return None

    async def transcript(self, session_id: str, *, last: int = MAX_STORED_TURNS) -> list[StoredTurn]:
        """Return the last turns, oldest first."""
        session_key, turns_key = self._key(SESSION_KEY, session_id), self._key(TURNS_KEY, session_id)
        with self._translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.hexists(session_key, "state")
            pipeline.lrange(turns_key, -last if last > 0 else 1, -1 if last > 0 else 0)
            is_known, turns = await pipeline.execute()
        if not is_known:
            raise records.unknown_session(session_id)
        return records.load_turns([_text(turn) for turn in turns], session_id)

    async def sessions(self) -> list[SessionInfo]:
        """List the stored sessions, the one used last first."""
        with self._translated():
            ids = [_text(member) for member in await self._client.zrevrange(self._index, 0, -1)]
        infos: list[SessionInfo] = []
        gone: list[str] = []
        for start in range(0, len(ids), _LIST_CHUNK):
            chunk = ids[start : start + _LIST_CHUNK]
            with self._translated():
                pipeline = self._client.pipeline(transaction=False)
                for session_id in chunk:
                    pipeline.hmget(self._key(SESSION_KEY, session_id), ["state", "updated_at"])
                rows = await pipeline.execute()
            for session_id, (state, updated_at) in zip(chunk, rows, strict=True):
                if state is None:
                    gone.append(session_id)
                else:
                    infos.append(records.session_info(session_id, _text(state), _moment(updated_at)))
        if gone:
            # A session that commits between the look and the removal is listed again from its next commit on.
            with self._translated():
                await self._client.zrem(self._index, *gone)
        return sorted(infos, key=lambda info: info.updated_at, reverse=True)

    async def export(self, session_id: str) -> dict[str, Any]:
        """Return everything stored of a session as plain JSON values."""
        with self._translated():
            pipeline = self._client.pipeline(transaction=not self._is_cluster)
            pipeline.hgetall(self._key(SESSION_KEY, session_id))
            pipeline.lrange(self._key(TURNS_KEY, session_id), 0, -1)
            pipeline.hgetall(self._key(CLAIMS_KEY, session_id))
            pipeline.lrange(self._key(CLAIMED_KEY, session_id), 0, -1)
            raw_session, turns, claims, claimed = await pipeline.execute()
        if not raw_session:
            raise records.unknown_session(session_id)
        session = {_text(key): _text(value) for key, value in raw_session.items()}
        return records.exported(
            session_id,
            state=session.get("state"),
            turns=[_text(turn) for turn in turns],
            claims={_text(claim_id): _text(claim) for claim_id, claim in claims.items()},
            left=records.unfinished(
                session.get("text", session.get("unfinished")), [_text(claim_id) for claim_id in claimed]
            ),
            updated_at=_moment(session["updated_at"]) if "updated_at" in session else None,
        )

    async def forget(self, session_id: str) -> None:
        """Delete everything stored of a session."""
        with self._translated():
            # Two commands, the index last: it is only a help, and on a cluster it lives in another slot.
            deleted = await self._client.delete(*self._keys(session_id))
            await self._client.zrem(self._index, session_id)
        if not deleted:
            raise records.unknown_session(session_id)

    async def close(self) -> None:
        """Close the client if it is owned, and stop a server that came with the store. Safe to call twice."""
        if self._owned:
            with contextlib.suppress(*_FOREIGN_ERRORS):  # closing what is broken is still closing
                await self._client.aclose()
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            await on_close()

    async def _try_open(self, session_id: str, nonce: str, text: str, lease_seconds: float) -> list[Any]:
        args = (nonce, _milliseconds(lease_seconds), text.encode("utf-8", "replace"))
        attempt = asyncio.ensure_future(self._run(self._open_script, session_id, *args))
        try:
            return cast(list[Any], await asyncio.shield(attempt))
        except asyncio.CancelledError:
            # The server may have given the lease already. Without this, ctrl-C would lock the session for a minute.
            with contextlib.suppress(StoreUnavailable, asyncio.TimeoutError):
                answer = await asyncio.wait_for(attempt, timeout=1.0)
                if answer[0]:
                    await self.release(Lease(session_id=session_id, token=int(answer[1])))
            raise

    async def _run(self, script: _Script, session_id: str, *args: str | bytes | int, index: bool = False) -> Any:
        keys = self._keys(session_id)
        return await self._eval(script, [*keys, self._index] if index else keys, self._ttl, *args)

    async def _eval(self, script: _Script, keys: list[str], *args: str | bytes | int) -> Any:
        values = cast(list[str], [*keys, *args])
        with self._translated():
            try:
                return await self._client.evalsha(script.sha, len(keys), *values)
            except NoScriptError:  # a server that restarted, or a new node; from now on it knows the script
                return await self._client.eval(script.text, len(keys), *values)

    def _key(self, pattern: str, session_id: str) -> str:
        return pattern.format(prefix=self._prefix, session_id=records.check_session_id(session_id))

    def _keys(self, session_id: str) -> list[str]:
        return [self._key(pattern, session_id) for pattern in SESSION_KEYS]

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _FOREIGN_ERRORS as error:
            raise StoreUnavailable(
                f"Redis at {self._address} did not do what was asked: {error or type(error).__name__}. "
                "Check that the server runs, is reachable and may write, then try again."
            ) from error


def address_of(client: RedisClient) -> str:
    """Return where a client connects to, without user name and password."""
    if isinstance(client, RedisCluster):
        return "cluster " + ", ".join(
            f"{node.host}:{node.port}" for node in client.nodes_manager.startup_nodes.values()
        )
    pool = client.connection_pool
    kwargs = pool.connection_kwargs
    if service := getattr(pool, "service_name", None):
        return f"Sentinel service {service!r}"
    if path := kwargs.get("path"):
        return f"unix://{path}"
    return f"{kwargs.get('host', 'localhost')}:{kwargs.get('port', 6379)}/{kwargs.get('db') or 0}"


def _text(value: Any) -> str:
    # An injected client may decode its answers or not.
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _maybe_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _claim_json(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(_text(value)))


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _moment(milliseconds: Any) -> datetime:
    return records.moment(int(_text(milliseconds)) / 1000)
