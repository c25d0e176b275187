"""A session store in this process's memory: same contract as the Redis one, lost at exit.

For tests, for embedders, and as the announced last resort. No method awaits between reading and writing, so tasks of
one event loop cannot interleave; it is not meant to be shared between threads or processes.

    store = MemoryStore()
    lease, snapshot = await store.open("ada", "book a table")
    await store.commit(lease, snapshot.state.model_copy(update={"turns": 1}), turn)
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from agent.store import records
from agent.store.base import (
    DEFAULT_LEASE_SECONDS,
    DEFAULT_TTL_SECONDS,
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
from agent.store.memory_session import Session, StoredClaim, Waiter
from agent.store.migrate import load_state
from agent.types import DialogueState, Receipt

_POLL_SECONDS = 0.005


class MemoryStore:
    """Keeps sessions in memory. See ``SessionStore`` for what the methods do.

    Args:
        ttl_seconds: A session that is not used that long is gone.
        clock: Returns POSIX seconds; leases and the TTL go by it.
        reason: Why sessions are not kept anywhere better, for the description.
    """

    def __init__(
        self,
        *,
        ttl_seconds: float = DEFAULT_TTL_SECONDS,
        clock: Callable[[], float] = time.time,
        reason: str = "",
    ) -> None:
        self.description = f"in memory (lost at exit{': ' + reason if reason else ''})"
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._tokens = itertools.count(1)
        # One count for all sessions: a forgotten session's old lease can never fit its successor.

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
        """Take the session's lease, note the text as unfinished, load the state."""
        records.check_session_id(session_id)
        said = text.encode("utf-8", "replace").decode()  # what UTF-8 cannot hold becomes "?"
        waiter = Waiter(str(next(self._tokens)), said, second, merge_seconds)
        try:
            await self._wait(session_id, waiter, 0.0 if second == "reject" else wait_seconds)
        finally:
            if session := self._find(session_id):
                session.leave(waiter)
                self._drop_empty(session_id, session)
        session = self._sessions.setdefault(session_id, session or Session())
        state = records.snapshot_state(session.state, session_id)
        recent = tuple(records.load_turns(session.turns[-history:] if history > 0 else [], session_id))
        session.take(waiter, next(self._tokens), self._clock(), lease_seconds)
        self._touch(session)
        receipt = session.claims[session.done[-1]].receipt if history > 0 and session.done else None
        return Lease(session_id=session_id, token=session.token), Snapshot(
            state=state,
            is_new=session.state is None,
            unfinished=records.unfinished(session.unfinished, session.left_claims(), session_id),
            history=recent,
            last_receipt=records.load_receipt(receipt, session_id) if receipt else None,
        )

    async def _wait(self, session_id: str, waiter: Waiter, wait_seconds: float) -> None:
        """Return when the message may have its turn. Raises Merged when the turn it joined has answered it."""
        give_up_at = time.monotonic() + wait_seconds
        while waiter.reply is None:
            session, now = self._find(session_id), self._clock()
            if session is None or session.is_free_for(waiter, now):
                return
            if time.monotonic() >= give_up_at and not session.has_heard(waiter):
                raise records.session_busy(session_id, wait_seconds, (session.lease_until or now) - now)
            session.line_up(waiter, now)
            await asyncio.sleep(_POLL_SECONDS)
        raise Merged(waiter.reply)

    async def begin(self, lease: Lease, *, heard: int = 0) -> tuple[Joined, ...]:
        """Return the messages that joined since; when there are none, let nobody join or stop the turn any more."""
        session = self._held(lease)
        joined = session.joined[heard:]
        if joined:
            session.heard = len(session.joined)
        else:
            session.acting = True
        self._touch(session)
        return tuple(Joined(waiter.ticket, waiter.text) for waiter in joined)

    async def renew(self, lease: Lease, *, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> None:
        """Prolong the lease."""
        session = self._held(lease)
        session.lease_until = self._clock() + lease_seconds
        self._touch(session)

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        """Claim an action before it runs."""
        text = records.dump_arguments(arguments)
        session = self._held(lease)
        session.acting = True
        stored = session.claims.get(claim_id)
        if stored is not None and stored.receipt is not None:
            return Claim("done", records.load_receipt(stored.receipt, lease.session_id))
        if stored is not None:
            return Claim("unknown")
        session.claims[claim_id] = StoredClaim(arguments=text)
        session.claimed.append(claim_id)
        self._touch(session)
        return Claim("new")

    async def complete(self, lease: Lease, claim_id: str, receipt: Receipt) -> None:
        """Store the receipt with its claim, at once."""
        text = records.dump(receipt)
        session = self._find(lease.session_id)
        if session is None:
            return  # forgotten meanwhile: nothing of it may come back
        stored = session.claims.setdefault(claim_id, StoredClaim(arguments=records.dump_arguments(receipt.arguments)))
        if stored.receipt is not None:
            return
        stored.receipt = text
        session.done.append(claim_id)
        while len(session.done) > records.MAX_RECEIPTS:
            del session.claims[session.done.pop(0)]
        self._touch(session)

    async def drop_claim(self, lease: Lease, claim_id: str) -> None:
        """Take a claim back whose action is known not to have happened."""
        session = self._find(lease.session_id)
        stored = session.claims.get(claim_id) if session else None
        if session is None or stored is None or stored.receipt is not None:
            return
        del session.claims[claim_id]
        session.claimed = [open_id for open_id in session.claimed if open_id != claim_id]
        self._touch(session)

    async def commit(
        self, lease: Lease, state: DialogueState, turn: StoredTurn, *, answers: Mapping[str, str] = NO_ANSWERS
    ) -> None:
        """Write state and turn in one step, forget the unfinished text, release the lease."""
        state_text, turn_text = records.dump(state), records.dump(turn)
        session = self._held(lease)
        session.state, session.updated_at = state_text, self._clock()
        session.turns = [*session.turns, turn_text][-MAX_STORED_TURNS:]
        session.unfinished = None
        session.claimed = []
        for waiter in [each for each in session.joined if each.ticket in answers]:
            waiter.reply = answers[waiter.ticket]
            session.queue = [each for each in session.queue if each is not waiter]
        session.end_turn(next(self._tokens))
        self._touch(session)

    async def release(self, lease: Lease) -> None:
        """Give the lease back as if the turn had never opened."""
        session = self._find(lease.session_id)
        if session is None or session.token != lease.token:
            return
        if session.claimed and session.unfinished is None:
            session.unfinished = session.text
        session.end_turn(next(self._tokens))
        self._touch(session)
        self._drop_empty(lease.session_id, session)

    async def state(self, session_id: str) -> DialogueState:
        """Return the state without a lease."""
        state = self._known(session_id).state
        if state is None:
            raise records.unknown_session(session_id)
        return load_state(state, session_id)

    async def receipt(self, session_id: str, receipt_id: str) -> Receipt | None:
        """Return a stored receipt, or None."""
        session = self._find(records.check_session_id(session_id))
        for claim_id in reversed(session.done) if session else ():
            stored = session.claims[claim_id].receipt if session else None
            if stored is not None and json.loads(stored)["receipt_id"] == receipt_id:
                return records.load_receipt(stored, session_id)
        return None

    async def transcript(self, session_id: str, *, last: int = MAX_STORED_TURNS) -> list[StoredTurn]:
        """Return the last turns, oldest first."""
        session = self._known(session_id)
        if session.state is None:
            raise records.unknown_session(session_id)
        return records.load_turns(session.turns[-last:] if last > 0 else [], session_id)

    async def sessions(self) -> list[SessionInfo]:
        """List the stored sessions, the one used last first."""
        found = [(session_id, self._find(session_id)) for session_id in list(self._sessions)]
        infos = [
            records.session_info(session_id, session.state, records.moment(session.updated_at))
            for session_id, session in found
            if session is not None and session.state is not None and session.updated_at is not None
        ]
        return sorted(infos, key=lambda info: info.updated_at, reverse=True)

    async def export(self, session_id: str) -> dict[str, Any]:
        """Return everything stored of a session as plain JSON values."""
        session = self._known(session_id)
        text = session.text if session.text is not None else session.unfinished
        return records.exported(
            session_id,
            state=session.state,
            turns=session.turns,
            claims={claim_id: claim.as_json() for claim_id, claim in session.claims.items()},
            left=records.unfinished(text, session.left_claims(), session_id),
            updated_at=None if session.updated_at is None else records.moment(session.updated_at),
        )

    async def forget(self, session_id: str) -> None:
        """Delete everything stored of a session."""
        self._known(session_id)
        del self._sessions[session_id]

    async def close(self) -> None:
        """Nothing to let go of."""

    def _find(self, session_id: str) -> Session | None:
        session = self._sessions.get(session_id)
        if session is not None and session.expires_at <= self._clock():
            del self._sessions[session_id]
            return None
        return session

    def _known(self, session_id: str) -> Session:
        session = self._find(records.check_session_id(session_id))
        if session is None:
            raise records.unknown_session(session_id)
        return session

    def _held(self, lease: Lease) -> Session:
        # A lease is good until a newer one was given: an expired lease that nobody followed may still commit.
        session = self._find(lease.session_id)
        if session is None or session.token != lease.token:
            raise records.lease_lost(lease, stopped=session is not None and lease.token in session.stopped)
        return session

    def _drop_empty(self, session_id: str, session: Session) -> None:
        """Forget a session in which nothing was ever said, and for which nobody waits."""
        said = (session.state, session.unfinished, session.text)
        if said == (None, None, None) and not (session.claims or session.turns or session.queue):
            self._sessions.pop(session_id, None)

    def _touch(self, session: Session) -> None:
        session.expires_at = self._clock() + self._ttl_seconds
