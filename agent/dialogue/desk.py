"""The desk a turn is worked on: its tools, the state as it changes, and what is to be said so far.

Shared by the three who work on it: ``turn`` (which frame speaks), ``filling`` (slots), ``acting`` (actions, receipts).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agent.actions import Action, ActionContext
from agent.backends.base import Request
from agent.catalogue import Catalogue
from agent.dialogue import stack
from agent.sessions.handoff import HandedOff
from agent.store.base import Lease, SessionStore
from agent.types import DialogueState, Frame, Mention, Option, Pending, PendingKind, Receipt, Turn

Emit = Callable[..., None]
Stream = Callable[[Request], AsyncIterator[str]]
"""Asks the model for a text and yields its pieces as they come."""
T = TypeVar("T")


@dataclass
class TurnTools:
    """What a turn works with; made once per turn by the manager."""

    catalogue: Catalogue
    actions: Mapping[str, Action]
    # By skill name.
    store: SessionStore
    lease: Lease
    turn: Turn
    context: ActionContext
    emit: Emit
    stream: Stream
    handoff: Callable[[], Awaitable[HandedOff]]
    # Hands the transcript to a person and says what came of it.
    action_timeout_seconds: float = 20.0
    speak_timeout_seconds: float = 30.0


@dataclass
class Outcome:
    """What a turn came to."""

    state: DialogueState
    text: str
    receipts: list[Receipt] = field(default_factory=list)
    error: str | None = None
    understand_again: tuple[str, str] | None = None
    # (skill, text): the user settled an ambiguity; the earlier text is to be read with that skill alone.


class Desk:
    """One turn's working copy. Nothing here is stored before the turn commits."""

    def __init__(self, state: DialogueState, tools: TurnTools) -> None:
        self.state = state
        self.tools = tools
        self.catalogue = tools.catalogue
        self.parts: list[str] = []
        # What is to be said, in order.
        self.receipts: list[Receipt] = []
        self.acted: set[int] = set()
        # Frames whose action had an effect in this turn: a later `retract` does not open them again.
        self.error: str | None = None

    @property
    def active(self) -> Frame:
        """The active frame, where there must be one."""
        assert self.state.active is not None, "no frame is active"
        return self.state.active

    def mentions(self, frame: Frame) -> tuple[Mention, ...]:
        """Return a frame's values as something later words can refer to; long texts are not."""
        slots = {name: self.catalogue.slot(frame.intent, name) for name in frame.slots}
        return tuple(
            Mention(slot=name, resolver=slots[name].resolver, value=value)
            for name, value in frame.slots.items()
            if not slots[name].whole
        )

    def emit(self, kind: str, **data: Any) -> None:
        """Tell whoever listens what happened."""
        self.tools.emit(kind, **data)

    def ask(self, pending: Pending, text: str) -> None:
        """Make a question the open one, and say it."""
        self.state = stack.ask(self.state, pending)
        if pending.kind in ("slot", "choice", "clarify"):
            intent = self.active.intent if self.state.active and pending.frame_id else ""
            options = [option.text for option in pending.options]
            self.emit("question_asked", intent=intent, slot=pending.slot or "", options=options)
        self.parts.append(text)

    def question(
        self,
        kind: PendingKind,
        frame_id: int,
        *,
        slot: str | None = None,
        options: tuple[Option, ...] = (),
        arguments_hash: str | None = None,
    ) -> Pending:
        """Return a question that is asked now."""
        asked_at = self.tools.turn.received_at
        return Pending(
            kind=kind, frame_id=frame_id, slot=slot, options=options, arguments_hash=arguments_hash, asked_at=asked_at
        )


async def uninterrupted(work: Awaitable[T]) -> T:
    """Await work to its end even when the turn is cancelled meanwhile: what began in the world must be recorded.

    The cancellation is dropped: the turn then ends as usual and reports what happened.
    """
    task = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            current = asyncio.current_task()
            if current is not None:
                current.uncancel()


def plain(option: Option) -> str:
    """Return an option's text without the remark in brackets: "Trattoria Sole (italian)" is said "Trattoria Sole"."""
    return option.text.partition(" (")[0]
