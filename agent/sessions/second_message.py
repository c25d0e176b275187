"""What becomes of a message that comes while a turn of its session runs: it waits, joins, stops that turn, is refused.

The store sees to it across processes (``SessionStore.open``); here is what it means for a turn in this one:

    lease, snapshot = await admission.open(store, turn)      # Merged: another turn has answered the message
    async with LeaseKeeper(store, lease, admission):         # a turn that lost its lease is stopped
        ...
        while messages := await hear(...): ...               # nothing is done before everyone who joined was heard
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from agent.errors import LeaseLost, StoreError
from agent.store.base import Joined, Lease, Merged, SecondMessage, SessionStore, Snapshot
from agent.types import Event, Reply, Turn

LEASE_SECONDS = 12.0
"""A session whose process was killed is free again after this long; a running turn renews it."""
_LOOK_SECONDS = 0.2
# How often a turn that may be stopped looks whether it was.


@dataclass(frozen=True)
class Admission:
    """How the messages of a session get their turns."""

    second_message: SecondMessage = "queue"
    # What a message does that comes while a turn runs.
    merge_seconds: float = 3.0
    # How long after a turn began others may join it ("merge").
    wait_seconds: float = 30.0
    # How long a message waits for its turn; then the caller gets SessionBusy.
    lease_seconds: float = LEASE_SECONDS
    # After this long without a sign of life a turn may be overtaken, and a waiting message is passed over.

    async def open(self, store: SessionStore, turn: Turn, *, history: int = 0) -> tuple[Lease, Snapshot]:
        """Open the session for a turn. Raises what ``SessionStore.open`` raises."""
        return await store.open(
            turn.session_id,
            turn.text,
            lease_seconds=self.lease_seconds,
            wait_seconds=self.wait_seconds,
            second=self.second_message,
            merge_seconds=self.merge_seconds,
            history=history,
        )


class LeaseKeeper:
    """Prolongs a lease while the turn runs; stops the turn, with LeaseLost, when a newer one took it.

    An effect that has begun is carried to its end all the same (``desk.uninterrupted``); its commit then fails.
    """

    def __init__(self, store: SessionStore, lease: Lease, admission: Admission) -> None:
        self._store = store
        self._lease = lease
        self._lease_seconds = admission.lease_seconds
        may_be_stopped = admission.second_message == "interrupt"
        self._pause = min(self._lease_seconds / 3, _LOOK_SECONDS if may_be_stopped else self._lease_seconds)
        self._lost: LeaseLost | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        turn = asyncio.current_task()
        assert turn is not None
        self._turn = turn
        self._cancelled_before = turn.cancelling()
        self._heartbeat = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._heartbeat.cancel()
        if self._lost is None:
            return
        # As asyncio.timeout does: the cancellation was ours, unless someone else asked for one too.
        others = self._turn.uncancel() > self._cancelled_before
        if kind is asyncio.CancelledError and not others:
            raise self._lost from None

    async def _keep(self) -> None:
        # Asked each time: a client may swallow the cancellation, and a lease that was used up is no reason to stop.
        while not self._is_over:
            await asyncio.sleep(self._pause)
            try:
                await self._store.renew(self._lease, lease_seconds=self._lease_seconds)
            except LeaseLost as error:
                if not self._is_over:
                    self._lost = error
                    self._turn.cancel()
                return
            except StoreError:
                continue  # the store may come back before the lease has run out

    async def let_go(self) -> None:
        """Give the lease back without writing; a store that is gone lets it run out."""
        with contextlib.suppress(StoreError):
            await self._store.release(self._lease)


async def hear(store: SessionStore, lease: Lease, admission: Admission, heard: Sequence[Joined]) -> tuple[Joined, ...]:
    """Return the messages that joined since; once there are none, nobody can join any more and the turn may act."""
    if admission.second_message != "merge":
        return ()
    return await store.begin(lease, heard=len(heard))


def with_joined(turn: Turn, joined: Sequence[Joined]) -> Turn:
    """Return the turn with what the joined messages say, one a line."""
    return replace(turn, text="\n".join([turn.text, *(message.text for message in joined)]))


def answers(reply: Reply, joined: Sequence[Joined]) -> dict[str, str]:
    """Return what the senders of joined messages are told: the reply of the turn that they joined."""
    if not joined:
        return {}
    told = (Event("reply", {"text": reply.text}), Event("merged", {"turns": reply.state.turns}))
    shared = replace(reply, events=(*reply.events, *told))
    text = _replies().dump_json(shared).decode()
    return {message.ticket: text for message in joined}


def read_answer(merged: Merged) -> Reply:
    """Return the reply of the turn that a message joined."""
    return _replies().validate_json(merged.reply)


@cache
def _replies() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)
