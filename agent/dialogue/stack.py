"""The dialogue stack: pure functions from one dialogue state to the next. No model, no store, no action, no wording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from agent.types import DialogueState, Frame, Pending, SlotValue


def open_frame(state: DialogueState, intent: str) -> DialogueState:
    """Push a new frame; an unfinished one below is paused."""
    number = state.frames_opened + 1
    frame = Frame(frame_id=number, intent=intent)
    return state.model_copy(update={"stack": (*state.stack, frame), "frames_opened": number, "pending": None})


def new_waiting_frame(state: DialogueState, intent: str) -> DialogueState:
    """Queue a frame for when the active one is done."""
    number = state.frames_opened + 1
    frame = Frame(frame_id=number, intent=intent)
    return state.model_copy(update={"waiting": (*state.waiting, frame), "frames_opened": number})


def next_waiting(state: DialogueState) -> DialogueState:
    """Push the first waiting frame."""
    first, *rest = state.waiting
    return state.model_copy(update={"stack": (*state.stack, first), "waiting": tuple(rest), "pending": None})


def fill(state: DialogueState, slot: str, value: SlotValue) -> DialogueState:
    """Set one slot of the active frame; no other value is touched."""
    return _with_slots(state, {**_active(state).slots, slot: value})


def empty(state: DialogueState, slot: str) -> DialogueState:
    """Empty one slot of the active frame."""
    return _with_slots(state, {name: value for name, value in _active(state).slots.items() if name != slot})


def ask(state: DialogueState, pending: Pending | None) -> DialogueState:
    """Replace the open question."""
    return state.model_copy(update={"pending": pending})


def drop_active(state: DialogueState) -> DialogueState:
    """Remove the active frame and its question."""
    return state.model_copy(update={"stack": state.stack[:-1], "pending": None})


def finish_active(state: DialogueState, receipt_id: str | None) -> DialogueState:
    """Remove the active frame as done; keep it as the last one for follow-ups, and its receipt for undo."""
    update: dict[str, Any] = {
        "stack": state.stack[:-1],
        "pending": None,
        "last_frame": _active(state),
        "last_frame_turn": state.turns + 1,
    }
    if receipt_id is not None:
        update["last_receipt_id"] = receipt_id
    return state.model_copy(update=update)


def arguments(frame: Frame) -> dict[str, Any]:
    """Return the resolved values of a frame."""
    return {name: value.value for name, value in frame.slots.items()}


def arguments_hash(intent: str, values: Mapping[str, Any]) -> str:
    """Return the digest a confirmation and a claim are bound to."""
    canonical = json.dumps([intent, values], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:20]


def _active(state: DialogueState) -> Frame:
    assert state.active is not None, "no frame is active"
    return state.active


def _with_slots(state: DialogueState, slots: dict[str, SlotValue]) -> DialogueState:
    frame = _active(state).model_copy(update={"slots": slots})
    return state.model_copy(update={"stack": (*state.stack[:-1], frame)})
