"""The dialogue stack: pure functions from one dialogue state to the next. No model, no store, no action, no wording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from agent.types import MAX_MENTIONS, DialogueState, Frame, Mention, Option, Pending, SlotValue


def open_frame(state: DialogueState, intent: str, slots: Mapping[str, SlotValue] | None = None) -> DialogueState:
    """Push a new frame; an unfinished one below is paused."""
    number = state.frames_opened + 1
    frame = Frame(frame_id=number, intent=intent, slots=dict(slots or {}))
    return state.model_copy(update={"stack": (*state.stack, frame), "frames_opened": number, "pending": None})


def new_waiting_frame(state: DialogueState, intent: str, slots: Mapping[str, SlotValue] | None = None) -> DialogueState:
    """Queue a frame for when the active one is done."""
    number = state.frames_opened + 1
    frame = Frame(frame_id=number, intent=intent, slots=dict(slots or {}))
    return state.model_copy(update={"waiting": (*state.waiting, frame), "frames_opened": number})


def next_waiting(state: DialogueState, frame_id: int) -> DialogueState:
    """Push the waiting frame of that id."""
    chosen = next(frame for frame in state.waiting if frame.frame_id == frame_id)
    rest = tuple(frame for frame in state.waiting if frame is not chosen)
    return state.model_copy(update={"stack": (*state.stack, chosen), "waiting": rest, "pending": None})


def swap_paused(state: DialogueState) -> DialogueState:
    """Make the frame below the active one the active one."""
    *others, below, top = state.stack
    return state.model_copy(update={"stack": (*others, top, below), "pending": None})


def fill(state: DialogueState, slot: str, value: SlotValue) -> DialogueState:
    """Set one slot of the active frame; no other value is touched."""
    frame = _active(state)
    return _with_active(state, {**frame.slots, slot: value}, _without(frame.unsettled, slot))


def unsettle(state: DialogueState, slot: str, options: tuple[Option, ...]) -> DialogueState:
    """Note that a slot of the active frame was said with several meanings; an earlier value gives way."""
    frame = _active(state)
    return _with_active(state, _without(frame.slots, slot), {**frame.unsettled, slot: options})


def doubt(state: DialogueState, slot: str) -> DialogueState:
    """Note that words for a slot of the active frame could not be read; its value stays until another is said."""
    frame = _active(state)
    return _with_active(state, frame.slots, {**frame.unsettled, slot: frame.unsettled.get(slot, ())})


def empty(state: DialogueState, slot: str) -> DialogueState:
    """Empty one slot of the active frame."""
    frame = _active(state)
    return _with_active(state, _without(frame.slots, slot), _without(frame.unsettled, slot))


def ask(state: DialogueState, pending: Pending | None) -> DialogueState:
    """Replace the open question."""
    return state.model_copy(update={"pending": pending})


def mark_uncertain(state: DialogueState, uncertain: bool) -> DialogueState:
    """Note of the active frame whether its action may have happened."""
    frame = _active(state).model_copy(update={"uncertain": uncertain})
    return state.model_copy(update={"stack": (*state.stack[:-1], frame)})


def drop_active(state: DialogueState) -> DialogueState:
    """Remove the active frame and its question."""
    return state.model_copy(update={"stack": state.stack[:-1], "pending": None})


def finish_active(state: DialogueState, receipt_id: str | None, mentions: tuple[Mention, ...] = ()) -> DialogueState:
    """Remove the active frame as done; keep it for follow-ups, its values for references, its receipt for undo."""
    update: dict[str, Any] = {
        "stack": state.stack[:-1],
        "pending": None,
        "last_frame": _active(state),
        "last_frame_turn": state.turns + 1,
        "mentioned": _newest(mentions, state.mentioned),
    }
    if receipt_id is not None:
        update["last_receipt_id"] = receipt_id
    return state.model_copy(update=update)


def retract(state: DialogueState) -> DialogueState:
    """Go back to the state before the last turn, except for what must never go back: numbers and receipts."""
    before = state.before or state
    kept = {"frames_opened": state.frames_opened, "turns": state.turns, "last_receipt_id": state.last_receipt_id}
    return before.model_copy(update={**kept, "before": None})


def retractable(state: DialogueState, acted: Collection[int]) -> DialogueState:
    """Return what a later `retract` goes back to: this state, without the frames that have acted since."""
    frames = {name: tuple(f for f in getattr(state, name) if f.frame_id not in acted) for name in ("stack", "waiting")}
    pending = state.pending if state.pending is None or state.pending.frame_id not in acted else None
    return state.model_copy(update={**frames, "pending": pending, "before": None})


def arguments(frame: Frame) -> dict[str, Any]:
    """Return the resolved values of a frame."""
    return {name: value.value for name, value in frame.slots.items()}


def arguments_hash(intent: str, values: Mapping[str, Any], summary: str = "") -> str:
    """Return the digest that a claim (without) or a confirmation (with the summary that was shown) is bound to."""
    bound = [intent, values, summary] if summary else [intent, values]
    canonical = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:20]


def _newest(new: tuple[Mention, ...], old: tuple[Mention, ...]) -> tuple[Mention, ...]:
    said = {(mention.slot, mention.value.text) for mention in new}
    return (*new, *(each for each in old if (each.slot, each.value.text) not in said))[:MAX_MENTIONS]


def _active(state: DialogueState) -> Frame:
    assert state.active is not None, "no frame is active"
    return state.active


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def _with_active(state: DialogueState, slots: dict[str, Any], unsettled: dict[str, Any]) -> DialogueState:
    # With other values it is another action, of which nothing is uncertain.
    frame = _active(state).model_copy(update={"slots": slots, "unsettled": unsettled, "uncertain": False})
    return state.model_copy(update={"stack": (*state.stack[:-1], frame)})
