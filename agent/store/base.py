"""What the agent asks of a session store. ``memory`` and ``redis_store`` implement it; one test suite runs on both.

A turn is: ``open`` (lease and load in one round trip), maybe ``claim``/``complete`` around an action, then
``commit`` (state, turns and receipts in one step, lease released). A turn that never commits leaves its text in
``Snapshot.unfinished`` for the next one.

Messages that come while a turn runs wait in the order in which they came. Two other ways exist: a message may join the
running turn (``second="merge"``) or stop it (``second="interrupt"``), until that turn has begun to act: ``claim`` and
``begin`` shut both doors, in the same step in which they look whether anyone came through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from agent.types import DialogueState, Receipt

DEFAULT_TTL_SECONDS = 30 * 24 * 3600
"""A session that is not used for 30 days is gone, receipts included."""
DEFAULT_LEASE_SECONDS = 60.0
"""A turn that neither commits nor renews within a minute may be overtaken."""
MAX_STORED_TURNS = 50
"""Older turns of a session are dropped; the state does not depend on them."""
MAX_JOINED_BYTES = 4000
"""All that joins one turn, in UTF-8; what would be more waits for a turn of its own."""

NO_ANSWERS: Mapping[str, str] = MappingProxyType({})
"""Of a turn that nobody joined."""


SecondMessage = Literal["queue", "merge", "interrupt", "reject"]
"""What a message does that comes while a turn of its session runs: wait, join it, stop it, be refused."""


class StoredTurn(BaseModel):
    """One committed turn of the transcript."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    # From 1; 0 for a turn that a newer message stopped: it changed nothing and does not count.
    user: str
    # What the user said; messages that joined stand one a line.
    reply: str
    # What the assistant answered; "" when it was stopped.
    commands: tuple[str, ...] = ()
    at: datetime
    interrupted: bool = False
    # True when a newer message stopped it.


@dataclass(frozen=True)
class Lease:
    """The right to run the session's turn."""

    session_id: str
    token: int
    # Fencing token, grows with every lease of the session.


@dataclass(frozen=True)
class Joined:
    """A message that joined the running turn; its sender waits for that turn's reply."""

    ticket: str
    # What the reply is addressed to.
    text: str


class Merged(Exception):
    """Raised by ``open``: the message joined the turn that ran, and that turn has answered it."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        # What the answering turn gave to ``commit`` for this ticket.
        super().__init__("the message was answered by the turn it joined")


@dataclass(frozen=True)
class Unfinished:
    """What a turn that never committed left behind."""

    text: str
    # What the user had said.
    claims: tuple[str, ...] = ()
    # Claim ids of that turn that hold no receipt: the action may or may not have happened.
    done: Mapping[str, Receipt] = field(default_factory=dict)
    # By claim id, what that turn did and nobody was told of.


@dataclass(frozen=True)
class Snapshot:
    """A session as it was when its turn began."""

    state: DialogueState
    # A fresh one when the session is new.
    is_new: bool
    # True when nothing was stored.
    unfinished: Unfinished | None = None
    history: tuple[StoredTurn, ...] = ()
    # The last turns, oldest first, as many as were asked for.
    last_receipt: Receipt | None = None
    # The newest receipt, when history was asked for.


@dataclass(frozen=True)
class Claim:
    """The answer to a claim."""

    status: Literal["new", "done", "unknown"]
    # new: run the action; done: it ran, here is the receipt; unknown: it was claimed and never completed.
    receipt: Receipt | None = None


@dataclass(frozen=True)
class SessionInfo:
    """One line of a session listing."""

    session_id: str
    turns: int
    updated_at: datetime
    pending: str
    # The intent that is open, or "".


@runtime_checkable
class SessionStore(Protocol):
    """Keeps sessions. Every method raises ``StoreUnavailable`` when the store cannot be reached.

    Session ids are 1 to 128 characters of letters, digits and ``-_.:@``; others raise ``InputError``.
    """

    description: str
    # For people: "private redis-server 7.0.15 at ...", "in memory (lost at exit)".

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
        """Take the session's lease, note the text as unfinished, load the state.

        While another turn holds the lease, ``second`` says what becomes of the message. Those that wait get the lease
        in the order in which they came; one that has not been heard of for ``lease_seconds`` is passed over.

        Args:
            session_id: whose turn.
            text: what the user said.
            lease_seconds: how long the lease is good unless it is renewed.
            wait_seconds: how long to wait for it at most.
            second: what to do when a turn is running. A turn is joined only if it was opened with "merge" itself.
            merge_seconds: how long other messages may join this turn.
            history: how many of the last turns to load with the state.

        Raises:
            SessionBusy: the lease was not to be had in time.
            Merged: the message joined the running turn, which has committed; carries the reply.
        """

    async def begin(self, lease: Lease, *, heard: int = 0) -> tuple[Joined, ...]:
        """Return the messages that joined since the first ``heard``; when there are none, let nobody join or stop it.

        So a turn that got an empty answer may act: whoever comes from then on waits.

        Raises:
            LeaseLost: as for ``claim``.
        """

    async def renew(self, lease: Lease, *, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> None:
        """Prolong the lease.

        Raises:
            LeaseLost: a newer turn took it; Interrupted (a kind of it) when a newer message stopped this turn.
        """

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        """Claim an action before it runs: from then on the turn cannot be stopped. Raises LeaseLost."""

    async def complete(self, lease: Lease, claim_id: str, receipt: Receipt) -> None:
        """Store the receipt with its claim, at once and before the turn commits.

        A newer lease does not matter here: what happened, happened.
        """

    async def drop_claim(self, lease: Lease, claim_id: str) -> None:
        """Take a claim back whose action is known not to have happened."""

    async def commit(
        self, lease: Lease, state: DialogueState, turn: StoredTurn, *, answers: Mapping[str, str] = NO_ANSWERS
    ) -> None:
        """Write state and turn in one step, forget the unfinished text, release the lease.

        Args:
            lease: the turn's.
            state: what the session is from now on.
            turn: for the transcript.
            answers: by ticket of a joined message, what its ``open`` is told (``Merged``).

        Raises:
            LeaseLost: a newer turn took the lease; nothing was written.
        """

    async def release(self, lease: Lease) -> None:
        """Give the lease back without writing; the unfinished text is forgotten too. Never raises LeaseLost."""

    async def state(self, session_id: str) -> DialogueState:
        """Return the state without a lease. Raises UnknownSession."""

    async def receipt(self, session_id: str, receipt_id: str) -> Receipt | None:
        """Return a stored receipt, or None."""

    async def transcript(self, session_id: str, *, last: int = MAX_STORED_TURNS) -> list[StoredTurn]:
        """Return the last turns, oldest first. Raises UnknownSession."""

    async def sessions(self) -> list[SessionInfo]:
        """List the stored sessions, the one used last first."""

    async def export(self, session_id: str) -> dict[str, Any]:
        """Return everything stored of a session as plain JSON values. Raises UnknownSession."""

    async def forget(self, session_id: str) -> None:
        """Delete everything stored of a session. Raises UnknownSession."""

    async def close(self) -> None:
        """Let go of connections and server processes that this store made."""
