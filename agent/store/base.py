"""What the agent asks of a session store. ``memory`` and ``redis_store`` implement it; one test suite runs on both.

A turn is: ``open`` (lease and load in one round trip), maybe ``claim``/``complete`` around an action, then
``commit`` (state, turns and receipts in one step, lease released). A turn that never commits leaves its text in
``Snapshot.unfinished`` for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from agent.types import DialogueState, Receipt

DEFAULT_TTL_SECONDS = 30 * 24 * 3600
"""A session that is not used for 30 days is gone, receipts included."""
DEFAULT_LEASE_SECONDS = 60.0
"""A turn that neither commits nor renews within a minute may be overtaken."""
MAX_STORED_TURNS = 50
"""Older turns of a session are dropped; the state does not depend on them."""


class StoredTurn(BaseModel):
    """One committed turn of the transcript."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    # From 1.
    user: str
    # What the user said.
    reply: str
    # What the assistant answered.
    commands: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True)
class Lease:
    """The right to run the session's turn."""

    session_id: str
    token: int
    # Fencing token, grows with every lease of the session.


@dataclass(frozen=True)
class Unfinished:
    """What a turn that never committed left behind."""

    text: str
    # What the user had said.
    claims: tuple[str, ...] = ()
    # Claim ids of that turn that hold no receipt: the action may or may not have happened.


@dataclass(frozen=True)
class Snapshot:
    """A session as it was when its turn began."""

    state: DialogueState
    # A fresh one when the session is new.
    is_new: bool
    # True when nothing was stored.
    unfinished: Unfinished | None = None


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
        self, session_id: str, text: str, *, lease_seconds: float = DEFAULT_LEASE_SECONDS, wait_seconds: float = 30.0
    ) -> tuple[Lease, Snapshot]:
        """Take the session's lease (waiting at most ``wait_seconds``), note the text as unfinished, load the state.

        Raises:
            SessionBusy: the lease was not to be had in time.
        """

    async def renew(self, lease: Lease, *, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> None:
        """Prolong the lease. Raises LeaseLost when a newer turn took it."""

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        """Claim an action before it runs. Raises LeaseLost."""

    async def complete(self, lease: Lease, claim_id: str, receipt: Receipt) -> None:
        """Store the receipt with its claim, at once and before the turn commits.

        A newer lease does not matter here: what happened, happened.
        """

    async def drop_claim(self, lease: Lease, claim_id: str) -> None:
        """Take a claim back whose action is known not to have happened."""

    async def commit(self, lease: Lease, state: DialogueState, turn: StoredTurn) -> None:
        """Write state and turn in one step, forget the unfinished text, release the lease.

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
