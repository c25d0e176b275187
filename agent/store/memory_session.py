"""One session of the in-memory store: its records, who holds its turn, and who waits for it.

Times are clock seconds, given by the store. Nothing here awaits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.store import records
from agent.store.base import MAX_JOINED_BYTES, MAX_STORED_TURNS, SecondMessage

_STOPPED_KEPT = 10
# A turn that was stopped asks within a fraction of a second.


@dataclass
class StoredClaim:
    """A claim as it is stored."""

    arguments: str
    # JSON.
    receipt: str | None = None
    # JSON; None until the action is known to have run.

    def as_json(self) -> str:
        """Return it as the export shows it."""
        status = "claimed" if self.receipt is None else "done"
        receipt = "" if self.receipt is None else f'"receipt":{self.receipt},'
        return f'{{"status":"{status}",{receipt}"arguments":{self.arguments}}}'


@dataclass(eq=False)
class Waiter:
    """A message that waits for its turn."""

    ticket: str
    text: str
    second: SecondMessage
    merge_seconds: float
    # How long others may join its turn.
    reply: str | None = None
    # Of the turn it joined, once that has committed.


@dataclass
class Session:
    """Everything of one session."""

    token: int = 0
    # Of the newest lease; moves on when that lease is used up.
    lease_until: float | None = None
    # None when nobody holds the lease.
    expires_at: float = 0.0
    # After that the session is gone.
    state: str | None = None
    updated_at: float | None = None
    text: str | None = None
    # What the user said in the turn that is open.
    unfinished: str | None = None
    # What the user said in an earlier turn that never committed.
    turns: list[str] = field(default_factory=list)
    claims: dict[str, StoredClaim] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    # Claim ids with a receipt, oldest first.
    claimed: list[str] = field(default_factory=list)
    # Claim ids of turns that did not commit, done or not.
    queue: list[Waiter] = field(default_factory=list)
    # Who waits, in the order in which they came.
    joined: list[Waiter] = field(default_factory=list)
    # Who joined the open turn.
    heard: int = 0
    # How many of them the open turn has heard.
    acting: bool = False
    # True when nobody may join or stop the open turn any more.
    merge_until: float | None = None
    # Until when others may join it; None when they may not.
    opened_at: str = ""
    # When the open turn began, ISO 8601.
    stopped: list[int] = field(default_factory=list)
    # Tokens of the turns that newer messages stopped last.

    def left_claims(self) -> dict[str, str]:
        """Return the JSON of the claims of turns that did not commit."""
        return {claim_id: self.claims[claim_id].as_json() for claim_id in self.claimed if claim_id in self.claims}

    def is_free_for(self, waiter: Waiter, now: float) -> bool:
        """Return whether the message may have the turn: it is next, and the turn is free or may be stopped."""
        is_next = not self.queue or self.queue[0] is waiter
        is_held = self.lease_until is not None and self.lease_until > now
        return is_next and (not is_held or (waiter.second == "interrupt" and not self.acting))

    def line_up(self, waiter: Waiter, now: float) -> None:
        """Let the message wait; it joins the open turn if that may be joined."""
        if waiter in self.queue:
            return
        size = sum(len(each.text.encode()) for each in (*self.joined, waiter))
        is_open = not self.acting and self.merge_until is not None and self.merge_until >= now
        if waiter.second == "merge" and is_open and size <= MAX_JOINED_BYTES:
            self.joined.append(waiter)
        else:
            self.merge_until = None  # nobody may overtake this one by joining
        self.queue.append(waiter)

    def has_heard(self, waiter: Waiter) -> bool:
        """Return whether the message is part of the open turn."""
        return waiter in self.joined[: self.heard]

    def leave(self, waiter: Waiter) -> None:
        """Forget a message whose sender has gone; what the open turn has heard stays part of it."""
        if waiter in self.joined and not self.has_heard(waiter):
            self.joined.remove(waiter)
        if waiter in self.queue:
            self.queue.remove(waiter)

    def take(self, waiter: Waiter, token: int, now: float, lease_seconds: float) -> None:
        """Give the message its turn."""
        if self.lease_until is not None and self.lease_until > now:
            # Stopped: its words stay in the transcript; it changed nothing.
            words = {"number": 0, "user": self.text, "reply": "", "at": self.opened_at, "interrupted": True}
            self.turns = [*self.turns, json.dumps(words, ensure_ascii=False)][-MAX_STORED_TURNS:]
            self.stopped = [*self.stopped, self.token][-_STOPPED_KEPT:]
        elif self.text is not None:
            self.unfinished = self.text
        self.leave(waiter)
        self.end_turn(token)
        self.text, self.opened_at = waiter.text, records.now_text()
        self.merge_until = now + waiter.merge_seconds if waiter.second == "merge" else None
        self.lease_until = now + lease_seconds

    def end_turn(self, token: int) -> None:
        """The lease is used up; those who had joined are left waiting."""
        self.token = token
        self.lease_until = self.merge_until = self.text = None
        self.joined, self.heard, self.acting = [], 0, False
