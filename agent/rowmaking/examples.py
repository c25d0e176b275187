"""Rows from the `yaml examples` of the declarations: single turns as they are, dialogues with the state played along.

Neither resolves a value nor runs an action: what the declarations and the commands say is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.catalogue import Catalogue
from agent.commands import Cancel, Choose, Clear, Command, Confirm, Deny, Set, Start, parse_command
from agent.rows import UnderstandRow
from agent.types import DialogueState, Frame, Option, Pending, SlotValue


def examples_of(catalogue: Catalogue) -> Iterator[UnderstandRow]:
    """Yield one row for every user turn of the examples, in order, with the state it is said in."""
    for skill in catalogue.skills.values():
        for example in skill.examples:
            turns = example.get("dialogue") or [example]
            state = DialogueState()
            for turn in turns:
                commands = tuple(str(line) for line in turn["commands"])
                yield UnderstandRow(
                    text=str(turn["user"]), commands=commands, state=state, kind=f"example.{skill.name}"
                )
                state = play(catalogue, state, commands, turn)


def play(
    catalogue: Catalogue, state: DialogueState, commands: tuple[str, ...], turn: Mapping[str, Any] | None = None
) -> DialogueState:
    """Return the state after the commands as far as declarations tell it: no resolver, no action.

    ``turn`` may hold `offers`, the options that the skill's action would offer for the next slot.
    """
    turn = turn or {}
    confirmed = False
    for command in map(parse_command, commands):
        state = _apply(state, command)
        # A change after the yes voids it: "yes, but at eight" is asked once more.
        confirmed = isinstance(command, Confirm) or (confirmed and not isinstance(command, Set | Clear))
    offers = tuple(Option(value=str(text), text=str(text)) for text in turn.get("offers", ()))
    state = _advance(catalogue, state, confirmed, offers)
    return state.model_copy(update={"turns": state.turns + 1, "last_reply": str(turn.get("reply", "..."))})


def _apply(state: DialogueState, command: Command) -> DialogueState:
    active = state.active
    match command:
        case Start(intent):
            frame = Frame(frame_id=state.frames_opened + 1, intent=intent)
            return state.model_copy(
                update={"stack": (*state.stack, frame), "frames_opened": frame.frame_id, "pending": None}
            )
        case Set(slot, value) if active:
            return _filled(state, {**active.slots, slot: SlotValue(raw=value, value=value, text=value)})
        case Choose(number) if active and state.pending and state.pending.slot:
            text = state.pending.options[number - 1].text
            return _filled(state, {**active.slots, state.pending.slot: SlotValue(raw=text, value=text, text=text)})
        case Clear(slot) if active:
            return _filled(state, {name: value for name, value in active.slots.items() if name != slot})
        case Cancel() | Deny():
            return state.model_copy(update={"stack": state.stack[:-1], "pending": None})
        case _:
            return state


def _filled(state: DialogueState, slots: dict[str, SlotValue]) -> DialogueState:
    assert state.active is not None
    frame = state.active.model_copy(update={"slots": slots})
    return state.model_copy(update={"stack": (*state.stack[:-1], frame), "pending": None})


def _advance(catalogue: Catalogue, state: DialogueState, confirmed: bool, offers: tuple[Option, ...]) -> DialogueState:
    frame = state.active
    if frame is None:
        return state
    intent = catalogue.intents[frame.intent]
    last = state.last_frame
    if last and last.intent == frame.intent:
        carried = {name: value for name, value in last.slots.items() if catalogue.slot(intent.name, name).carry}
        state = _filled(state, {**carried, **frame.slots})
        frame = state.active or frame
    missing = next((name for name in intent.required if name not in frame.slots), None)
    if missing:
        slot = catalogue.slot(intent.name, missing)
        options = offers or tuple(Option(value=value, text=value) for value in slot.enum)
        pending = Pending(kind="choice" if options else "slot", frame_id=frame.frame_id, slot=missing, options=options)
        return state.model_copy(update={"pending": pending})
    if intent.confirm and not confirmed:
        return state.model_copy(update={"pending": Pending(kind="confirm", frame_id=frame.frame_id)})
    done: dict[str, Any] = {"stack": state.stack[:-1], "pending": None, "last_frame": frame}
    done["last_frame_turn"] = state.turns + 1
    if intent.effect:
        done["last_receipt_id"] = "receipt"
    if len(state.stack) > 1:
        done["pending"] = Pending(kind="resume", frame_id=state.stack[-2].frame_id)
    return state.model_copy(update=done)
