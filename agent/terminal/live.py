"""What the panel shows of the dialogue: read from a stored state, and moved on by the events of a running turn.

Pure functions on values; knows no screen and no agent. The state that comes with the reply replaces the guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent import DialogueState, Event
from agent.types import YES_NO_KINDS

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class FrameView:
    """One frame as it is shown."""

    intent: str
    slots: Mapping[str, str] = field(default_factory=dict)
    # Slot name to how its value is said back.


@dataclass(frozen=True)
class QuestionView:
    """The open question as it is shown."""

    kind: str
    # As in the dialogue state: slot, confirm, choice, clarify, resume, unknown.
    slot: str | None = None
    options: tuple[str, ...] = ()
    # What can be picked, counted from 1.

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered at once: the numbers of the options, or yes and no."""
        if self.options:
            return tuple(str(number) for number in range(1, len(self.options) + 1))
        return ("yes", "no") if self.kind in YES_NO_KINDS else ()

    def __str__(self) -> str:
        slot = (self.slot or "a slot").replace("_", " ")
        return {
            "slot": f"asks for {slot}",
            "choice": f"which {slot}?",
            "confirm": "go ahead? yes or no",
            "clarify": "which skill is meant?",
            "resume": "go back to it? yes or no",
            "unknown": "try it again? yes or no",
        }.get(self.kind, self.kind)


@dataclass(frozen=True)
class DialogueView:
    """The dialogue as it is shown."""

    frames: tuple[FrameView, ...] = ()
    # The stack; the last is active.
    waiting: tuple[FrameView, ...] = ()
    # Requests that wait for the active frame to end.
    question: QuestionView | None = None


def view_of(state: DialogueState) -> DialogueView:
    """Return what is shown of a state."""
    pending = state.pending
    question = None
    if pending is not None:
        question = QuestionView(pending.kind, pending.slot, tuple(option.text for option in pending.options))
    frames, waiting = (
        tuple(
            FrameView(frame.intent, {name: value.text for name, value in frame.slots.items()}) for frame in some_frames
        )
        for some_frames in (state.stack, state.waiting)
    )
    return DialogueView(frames, waiting, question)


def view_after(view: DialogueView, event: Event) -> DialogueView:
    """Return the view after one event of the running turn; events that show nothing here leave it as it is."""
    data: Mapping[str, Any] = event.data
    intent = str(data.get("intent", ""))
    frames = view.frames
    active = frames[-1] if frames and frames[-1].intent == intent else None
    match event.kind:
        case "skill_started" if data.get("frame_id"):
            return replace(view, frames=(*frames, FrameView(intent)), question=None)
        case "slot_set" if active:
            slots = {**active.slots, str(data.get("slot")): str(data.get("text"))}
            return replace(view, frames=(*frames[:-1], replace(active, slots=slots)))
        case "slot_cleared" if active:
            slots = {name: text for name, text in active.slots.items() if name != data.get("slot")}
            return replace(view, frames=(*frames[:-1], replace(active, slots=slots)))
        case "frame_cancelled" if active:
            return replace(view, frames=frames[:-1], question=None)
        case "frame_resumed":
            resumed = [frame for frame in frames if frame.intent == intent][-1:]
            others = [frame for frame in frames if frame not in resumed]
            return replace(view, frames=(*others, *resumed), question=None)
        case "question_asked":
            options = tuple(str(option) for option in data.get("options", ()))
            kind = "choice" if options else "slot"
            return replace(view, question=QuestionView(kind, str(data.get("slot")), options))
        case "confirmation_asked":
            return replace(view, question=QuestionView("confirm"))
        case "confirmation_answered":
            return replace(view, question=None)
    return view


def printable(text: str) -> str:
    """Return text that cannot steer the terminal: no control characters but line ends and tabs, no bidi overrides."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char
        for char in text
        if char in "\n\t" or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _BIDI_CONTROLS)
    )
