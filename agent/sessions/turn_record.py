"""What happens in one turn, gathered for its reply: events, commands, timings, and the messages that joined it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from agent.dialogue.desk import Outcome
from agent.errors import Interrupted, LeaseLost, StoreError
from agent.sessions.second_message import with_joined
from agent.store.base import Joined
from agent.types import EVENT_KINDS, DialogueState, Event, Reply, Turn

logger = logging.getLogger(__name__)

_NOTHING_KEPT: dict[type[Exception], str] = {
    Interrupted: "A newer message came, so I stopped working on this one; nothing was changed.",
    LeaseLost: "Another message of this conversation overtook this one, so nothing of it was kept. ({reason})",
    StoreError: "I cannot reach my memory just now, so I did nothing and kept nothing of this turn. ({reason})",
}
"""What is said, by the error that ended the turn; the first that fits."""


class TurnRecord:
    """Gathers what happens in one turn: events, commands, timings."""

    def __init__(self, turn: Turn, listen: Callable[[Event], None]) -> None:
        self.turn = turn
        # With what joined it.
        self.joined: tuple[Joined, ...] = ()
        self.events: list[Event] = []
        self.commands: list[str] = []
        self.timings: dict[str, float] = {}
        self._listen = listen
        self._began = self._last = time.perf_counter()

    def emit(self, kind: str, **data: Any) -> None:
        """Note what happened, and tell whoever listens."""
        assert kind in EVENT_KINDS, kind
        event = Event(kind, data)
        self.events.append(event)
        self._listen(event)

    def join(self, messages: tuple[Joined, ...]) -> None:
        """Read what joined as a part of the turn."""
        self.turn = with_joined(self.turn, messages)
        self.joined += messages
        for message in messages:
            self.emit("joined", text=message.text)

    def understood(self, commands: list[str], seconds: float, *, more: bool) -> None:
        """Note what the model wrote: for the turn anew, or in addition."""
        self.commands = [*self.commands, *commands] if more else commands
        self.emit("understood", commands=list(self.commands), seconds=seconds)

    def mark(self, step: str) -> None:
        """Add the time since the last mark to a step."""
        now = time.perf_counter()
        self.timings[step] = self.timings.get(step, 0.0) + now - self._last
        self._last = now

    def reply(self, outcome: Outcome, state: DialogueState) -> Reply:
        """Return the reply of a turn that came to its end."""
        self.timings["total"] = time.perf_counter() - self._began
        return Reply(
            session_id=self.turn.session_id,
            text=outcome.text,
            commands=tuple(self.commands),
            events=tuple(self.events),
            receipts=tuple(outcome.receipts),
            state=state,
            timings={step: round(seconds, 5) for step, seconds in self.timings.items()},
            error=outcome.error,
        )

    def merged(self, reply: Reply) -> Reply:
        """Return the reply of the turn that this message joined; whoever listens hears what happened there."""
        for event in reply.events[1:]:
            self._listen(event)
        return reply

    def failure(self, error: Exception, state: DialogueState) -> Reply:
        """Return the reply of a turn of which nothing was written."""
        logger.warning("turn of session %s: %s", self.turn.session_id, error)
        if isinstance(error, Interrupted):
            self.emit("interrupted")
        self.emit("error", error=type(error).__name__, message=str(error))
        template = next(text for kind, text in _NOTHING_KEPT.items() if isinstance(error, kind))
        text = template.format(reason=first_line(error))
        self.emit("reply", text=text)
        return self.reply(Outcome(state, text, error=type(error).__name__), state)


def first_line(error: Exception) -> str:
    """Return what an error says, short enough to be told."""
    return str(error).split("\n")[0][:300]
