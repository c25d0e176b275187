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
import json
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from agent.errors import StoreError, StoreUnavailable
from agent.store import records
from agent.store.base import (
    DEFAULT_LEASE_SECONDS,
    DEFAULT_TTL_SECONDS,
    MAX_JOINED_BYTES,
    MAX_STORED_TURNS,
    NO_ANSWERS,
    Claim,
    Joined,
    Lease,
    Merged,
    SecondMessage,
    SessionInfo,
    Snapshot,
    StoredTurn,
)
from agent.store.migrate import load_state
from agent.store.redis_scripts import (
    CLAIMED_KEY,
    CLAIMS_KEY,
    INDEX_KEY,
    RECEIPTS_KEY,
    SESSION_KEY,
    SESSION_KEYS,
    TURNS_KEY,
    Script,
)
from agent.types import DialogueState, Receipt

logger = logging.getLogger(__name__)

_POLL_SECONDS = (0.002, 0.02)
# First and longest pause of who is next between two looks at a busy session; doubles between them.
_FAR_BACK_SECONDS = 0.1
# Who stands further back looks less often, up to this.
_REPLY_SECONDS = 60
# A reply waits this long for the sender of a joined message, who looks every tenth of a second.
_LIST_CHUNK = 200
_NEWEST_RECEIPTS = 5
# Looked at first when a receipt is asked for.
_GIVEN, _ANSWERED, _STOPPED = 1, 2, -1
# What the scripts return for a lease that was given, for a message that was answered by the turn it joined, and for a
# lease that a newer message took away.
_FOREIGN_ERRORS = (RedisError, RedisClusterException, OSError, TimeoutError)

RedisClient = Redis | RedisCluster
"""What a store can be built on."""


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
        self._open_script = Script("open")
        self._leave_script = Script("leave")
        self._begin_script = Script("begin")
        self._renew_script = Script("renew")
        self._claim_script = Script("claim")
        self._complete_script = Script("complete")
        self._drop_script = Script("drop_claim")
        self._commit_script = Script("commit")
        self._release_script = Script("release")
        self._index_script = Script("index", prelude=False)

    async def open(
        self,
        session_id: str,
        text: str,
        *,
        lease_seconds: float = DEFAULT_LEASE_SECONDS,
        wait_seconds: float = 30.0,
        second: SecondMessage = "queue",
        merge_seconds: float = 0.0,
        history: int = 0,
    ) -> tuple[Lease, Snapshot]:
        """Take the session's lease, note the text as unfinished, load the state: one round trip when it is free."""
        records.check_session_id(session_id)
        wait_seconds = 0.0 if second == "reject" else wait_seconds
        ticket = secrets.token_hex(8)
        args = (ticket, _milliseconds(lease_seconds), text.encode("utf-8", "replace"), second)
        try:
            found, *answer = await self._wait(session_id, wait_seconds, *args, _milliseconds(merge_seconds), history)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreUnavailable, asyncio.TimeoutError):
                await asyncio.wait_for(self._run(self._leave_script, session_id, ticket), timeout=1.0)
            raise
        if found == _ANSWERED:
            raise Merged(_text(answer[0]))
        token, state_text, unfinished_text, claimed, turns, last_done = answer
        lease = Lease(session_id=session_id, token=int(token))
        try:
            state = records.snapshot_state(_maybe_text(state_text), session_id)
            texts = [_text(part) for part in claimed]
            of_claims = {claim_id: claim for claim_id, claim in zip(texts[::2], texts[1::2], strict=True) if claim}
            left_behind = records.unfinished(_maybe_text(unfinished_text), of_claims, session_id)
            recent = tuple(records.load_turns([_text(turn) for turn in turns], session_id))
            receipt = records.load_receipt(_claim_json(last_done)["receipt"], session_id) if last_done else None
        except StoreError:
            await self.release(lease)
            raise
        return lease, Snapshot(state, state_text is None, left_behind, recent, receipt)

    async def begin(self, lease: Lease, *, heard: int = 0) -> tuple[Joined, ...]:
        """Return the messages that joined since; when there are none, let nobody join or stop the turn any more."""
        found, *answer = await self._run(self._begin_script, lease.session_id, lease.token, heard)
        _check_held(found, lease)
        texts = [_text(part) for part in answer]
        return tuple(Joined(ticket, text) for ticket, text in zip(texts[::2], texts[1::2], strict=True))

    async def renew(self, lease: Lease, *, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> None:
        """Prolong the lease."""
        args = (lease.token, _milliseconds(lease_seconds))
        _check_held(await self._run(self._renew_script, lease.session_id, *args), lease)

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        """Claim an action before it runs."""
        # "by" makes this call's claim unlike any other's, so that a repeated attempt knows its own. The scripts look
        # at the first characters and at ',"arguments":', so the order of the fields matters.
        text = f'{{"status":"claimed","by":"{secrets.token_hex(8)}","arguments":{records.dump_arguments(arguments)}}}'
        answer = await self._run(self._claim_script, lease.session_id, lease.token, claim_id, text)
        status = _text(answer[0])
        if status == "lost":
            raise records.lease_lost(lease, stopped=answer[1] == _STOPPED)
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

    async def commit(
        self, lease: Lease, state: DialogueState, turn: StoredTurn, *, answers: Mapping[str, str] = NO_ANSWERS
    ) -> None:
        """Write state and turn in one step, forget the unfinished text, release the lease: one Lua call.

        When the connection breaks before the answer comes, whether it was written shows at the next ``open``, or by
        calling again with the same arguments: a commit that was already done succeeds.
        """
        pairs = [part for pair in answers.items() for part in pair]
        args = (lease.token, records.dump(state), records.dump(turn), MAX_STORED_TURNS, lease.session_id)
        # On one server the index is part of the same script.
        done = await self._run(
            self._commit_script, lease.session_id, *args, _REPLY_SECONDS, *pairs, index=not self._is_cluster
        )
        _check_held(done, lease)
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
        claims_key, receipts_key = self._key(CLAIMS_KEY, session_id), self._key(RECEIPTS_KEY, session_id)
        with self._translated():
            newest = await cast(Awaitable[list[Any]], self._client.lrange(receipts_key, -_NEWEST_RECEIPTS, -1))
            claims = await cast(Awaitable[list[Any]], self._client.hmget(claims_key, newest)) if newest else []
        found = _receipt_among(claims, receipt_id, session_id)
        if found is None and len(newest) == _NEWEST_RECEIPTS:
            # What is asked for is to be undone, so it is nearly always among the newest; else all are looked through.
            with self._translated():
                claims = await cast(Awaitable[list[Any]], self._client.hvals(claims_key))
            found = _receipt_among(claims, receipt_id, session_id)
        return found

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
        stored = {_text(claim_id): _text(claim) for claim_id, claim in claims.items()}
        left = {claim_id: stored[claim_id] for claim_id in map(_text, claimed) if claim_id in stored}
        return records.exported(
            session_id,
            state=session.get("state"),
            turns=[_text(turn) for turn in turns],
            claims=stored,
            left=records.unfinished(session.get("text", session.get("unfinished")), left, session_id),
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

    async def _wait(self, session_id: str, wait_seconds: float, *args: str | bytes | int) -> list[Any]:
        """Ask for the lease until it is had, or the turn that the message joined has answered it."""
        give_up_at = time.monotonic() + wait_seconds
        pause, longest = _POLL_SECONDS
        while True:
            is_last = time.monotonic() >= give_up_at
            answer = await self._try_open(session_id, *args, int(is_last))
            if answer[0]:
                return answer
            left, place = max(float(answer[1]), 0.0) / 1000, int(answer[2])
            if is_last and place:
                raise records.session_busy(session_id, wait_seconds, left)
            # Whose message is part of the running turn (place 0) waits as long as that turn lives.
            await asyncio.sleep(min(pause if place < 2 else place * longest, _FAR_BACK_SECONDS, left + 0.001))
            pause = min(pause * 2, longest)

    async def _try_open(self, session_id: str, *args: str | bytes | int) -> list[Any]:
        at_end = (records.now_text(), MAX_JOINED_BYTES, MAX_STORED_TURNS)
        attempt = asyncio.ensure_future(self._run(self._open_script, session_id, *args, *at_end))
        try:
            return cast(list[Any], await asyncio.shield(attempt))
        except asyncio.CancelledError:
            # The server may have given the lease already. Without this, ctrl-C would lock the session for a minute.
            with contextlib.suppress(StoreUnavailable, asyncio.TimeoutError):
                answer = await asyncio.wait_for(attempt, timeout=1.0)
                if answer[0] == _GIVEN:
                    await self.release(Lease(session_id=session_id, token=int(answer[1])))
            raise

    async def _run(self, script: Script, session_id: str, *args: str | bytes | int, index: bool = False) -> Any:
        keys = self._keys(session_id)
        return await self._eval(script, [*keys, self._index] if index else keys, self._ttl, *args)

    async def _eval(self, script: Script, keys: list[str], *args: str | bytes | int) -> Any:
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


def _check_held(found: int, lease: Lease) -> None:
    if found < 1:
        raise records.lease_lost(lease, stopped=found == _STOPPED)


def _receipt_among(claims: Iterable[Any], receipt_id: str, session_id: str) -> Receipt | None:
    for claim in (_claim_json(each) for each in claims if each):
        if claim.get("receipt", {}).get("receipt_id") == receipt_id:
            return records.load_receipt(claim["receipt"], session_id)
    return None


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _moment(milliseconds: Any) -> datetime:
    return records.moment(int(_text(milliseconds)) / 1000)
