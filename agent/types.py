"""The words of the dialogue: what a turn, a frame, a receipt, an event and a reply are.

Stored things (state, receipts) are pydantic models, since they are read back from Redis; what lives
only within one turn is a frozen dataclass. Nothing here knows a store, a model or a screen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

STATE_VERSION = 2


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlotValue(_Stored):
    """One filled slot: what the user said and what it came to mean."""

    raw: str
    # The user's words (or the choice) as the command gave them.
    value: Any
    # The resolved value, plain JSON: "2026-11-26", "19:30", 2, "light.kitchen".
    text: str
    # How it is said back: "Thursday 26 November", "7:30 pm", "2".


class Option(_Stored):
    """One thing the user can pick."""

    value: Any
    # What the slot is set to when picked.
    text: str
    # How it is shown.
    also: tuple[str, ...] = ()
    # Other ways to say it; matched, never shown.


class Frame(_Stored):
    """One open intent with its slots."""

    frame_id: int
    # Unique in the session, in the order of opening.
    intent: str
    # Full name, "booking.restaurant".
    slots: dict[str, SlotValue] = Field(default_factory=dict)
    unsettled: dict[str, tuple[Option, ...]] = Field(default_factory=dict)
    # Slots to be asked for whatever their value is, kept over a digression: those whose words had several meanings,
    # with those meanings, and those whose words could not be read, with none.
    uncertain: bool = False
    # True while nobody knows whether its action happened: asked before anything else, until the user says.


class Mention(_Stored):
    """A value that came up earlier, so that "the same time" and "that hotel" have something to go on."""

    slot: str
    # The slot it filled, or was offered for.
    resolver: str
    # How it was read ("time", "place", ...): what "the same time" is looked up by.
    value: SlotValue


PendingKind = Literal["slot", "confirm", "choice", "clarify", "resume", "unknown"]
YES_NO_KINDS: frozenset[PendingKind] = frozenset({"confirm", "resume", "unknown"})
"""Kinds of open questions that are answered with yes or no."""


class Pending(_Stored):
    """The one question that waits for an answer."""

    kind: PendingKind
    # slot: a value is asked; confirm: yes or no to a summary; choice: pick one of `options` for `slot`;
    # clarify: which skill; resume: go on with a paused frame?; unknown: an action may or may not have happened.
    frame_id: int
    # The frame it belongs to (for `clarify` 0).
    slot: str | None = None
    # The slot that is asked for.
    options: tuple[Option, ...] = ()
    # What was offered, in the order shown.
    arguments_hash: str | None = None
    # For `confirm` and `unknown`: the arguments the summary was rendered from.
    asked_at: datetime | None = None
    # When it was asked: a confirmation expires.


MAX_MENTIONS = 8
"""Older values are forgotten."""


class DialogueState(_Stored):
    """Everything the dialogue must remember between turns."""

    version: int = STATE_VERSION
    stack: tuple[Frame, ...] = ()
    # Open frames; the last is active, those below are paused.
    pending: Pending | None = None
    # The open question, if any.
    waiting: tuple[Frame, ...] = ()
    # Requests of an earlier message that wait for the active frame to end.
    last_frame: Frame | None = None
    # The frame that ended last, so that "and tomorrow?" has something to go on.
    last_frame_turn: int = 0
    # The turn it ended in.
    last_receipt_id: str | None = None
    # What `undo` would compensate.
    mentioned: tuple[Mention, ...] = ()
    # Values of frames that ended, newest first, at most MAX_MENTIONS.
    before: DialogueState | None = None
    # The state before the last turn (its own `before` left out): what `retract` goes back to.
    talked_at: datetime | None = None
    # When the last turn was: after a gap the next one begins with a return card.
    last_reply: str = ""
    # What `repeat` says again.
    frames_opened: int = 0
    # Source of frame ids.
    turns: int = 0
    # Turns committed so far.

    @property
    def active(self) -> Frame | None:
        """The frame the user is filling, or None."""
        return self.stack[-1] if self.stack else None


class Receipt(_Stored):
    """The proof that an action ran: the only thing a reply may claim an effect from."""

    receipt_id: str
    intent: str
    arguments: dict[str, Any]
    # The resolved values the action ran with.
    facts: dict[str, Any]
    # What the provider answered; what reply templates are rendered from.
    effect: bool
    # True when something in the world changed.
    source: str
    # Who says so: "virtual home", "open-meteo".
    as_of: datetime
    # When the source said so.
    simulated: bool
    # True when the provider is an embedded stand-in for the real thing.
    undo: dict[str, Any] | None = None
    # What the skill needs to compensate it; None when it cannot be undone.


@dataclass(frozen=True)
class Turn:
    """One contribution by the user."""

    session_id: str
    text: str
    lang: str = "en"
    # ISO 639-1 language of the session.
    timezone: str = "UTC"
    # IANA name.
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def now(self) -> datetime:
        """The turn's moment on the session's own clock (aware)."""
        return self.received_at.astimezone(ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Event:
    """Something that happened within a turn, for whoever draws or traces."""

    kind: str
    # One of EVENT_KINDS.
    data: dict[str, Any] = field(default_factory=dict)
    # Plain JSON values; the keys of each kind stand in EVENT_KINDS.


EVENT_KINDS: dict[str, str] = {
    "turn_started": "text",
    "joined": "text (a message that came while this turn ran and is answered with it)",
    "merged": "turns (this message was answered by that turn, which it joined)",
    "interrupted": "(a newer message stopped this turn before it did anything)",
    "context_loaded": "turns, recovered (True after a turn that never committed)",
    "understood": "commands (list of str), seconds",
    "skill_started": "intent, frame_id",
    "slot_set": "intent, slot, value, text",
    "slot_cleared": "intent, slot",
    "slot_rejected": "intent, slot, raw, reason",
    "question_asked": "intent, slot, options (list of str)",
    "confirmation_asked": "intent, arguments",
    "confirmation_answered": "intent, accepted",
    "yes_doubted": "intent (the words said no: the question is asked again)",
    "undo_doubted": "nothing (the words only praised: nothing is taken back)",
    "action_started": "intent, arguments, claim_id",
    "action_done": "receipt (dict)",
    "action_failed": "intent, error, unknown (True when it may have happened)",
    "frame_cancelled": "intent",
    "frame_paused": "intent",
    "frame_resumed": "intent",
    "returned": "seconds, intents (list of str), stale (slot to reason): the user is back after a gap",
    "retracted": "intents (list of str: what is open again)",
    "claim_withheld": "sentences (list of str that claimed an effect without a receipt)",
    "refused": "",
    "handed_off": "target (where it went, '' when it went nowhere)",
    "token": "text (a piece of a streamed reply)",
    "error": "error (class name), message",
    "reply": "text",
    "committed": "turns",
}


@dataclass(frozen=True)
class Reply:
    """What the user gets for a turn."""

    session_id: str
    text: str
    commands: tuple[str, ...] = ()
    # What the model wrote, one line each.
    events: tuple[Event, ...] = ()
    # Everything that happened, in order.
    receipts: tuple[Receipt, ...] = ()
    # Actions that ran in this turn.
    state: DialogueState = field(default_factory=DialogueState)
    # The state after the turn.
    timings: dict[str, float] = field(default_factory=dict)
    # Seconds a step: load, understand, act, say, commit, total.
    error: str | None = None
    # Class name of the error when the turn could not be done as asked; the session is intact.
