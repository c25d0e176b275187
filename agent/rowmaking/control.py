"""Rows about the dialogue itself: never mind, undo, once more, forget what I said, a person please.

Each function makes one row with a `RowMaker`, as its own methods do. What people say is in ``phrases``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.declaration import Slot
from agent.rowmaking import phrases
from agent.rowmaking.noise import Piece
from agent.rowmaking.wording import Unsayable, no_holes
from agent.rows import UnderstandRow
from agent.types import YES_NO_KINDS, DialogueState

if TYPE_CHECKING:
    from agent.rowmaking.maker import RowMaker


def cancel(maker: RowMaker) -> UnderstandRow:
    """Dropping the open request, at any point of it."""
    rng = maker.rng
    if rng.random() < 0.12 and maker.chat_skill():
        pieces = maker.wording.words(maker.wording.pick(phrases.CANCEL_NOTHING), no_holes)
        return maker.row("cancel", DialogueState(), pieces, [f"say {maker.chat_skill()}"])
    # Even where a text is waited for, "never mind" is no text.
    state = maker.open_state() if rng.random() < 0.85 else maker.asked()[0]
    assert state.active is not None
    name = maker.frame_name(state.active.intent)
    template = maker.wording.pick(phrases.CANCEL)
    if state.pending and state.pending.kind in YES_NO_KINDS and not phrases.DROPS.search(template):
        raise Unsayable
    pieces = maker.wording.words(template, lambda hole, before: [Piece(name)])
    if rng.random() < 0.12:
        other = maker.other_intent(state)
        request = maker.wording.sentence(other)
        maker.check_whole(other, request)
        joint = Piece(rng.choice((", ", ". ", " and ")))
        plan = ["cancel", *maker.plan(other, request)]
        return maker.row("cancel", state, [*pieces, joint, *request], plan)
    return maker.row("cancel", state, pieces, ["cancel"])


def undo(maker: RowMaker) -> UnderstandRow:
    """Taking back what was done last."""
    rng = maker.rng
    undoable = [intent for intent in maker.catalogue.intents.values() if intent.undo]
    if not undoable:
        raise Unsayable
    state = maker.states.after(maker.states.done_frame(rng.choice(undoable))).model_copy(
        update={"last_receipt_id": "receipt"}
    )
    pieces = maker.wording.words(maker.wording.pick(phrases.UNDO), no_holes)
    return maker.row("undo", state, pieces, ["undo"])


def repeat(maker: RowMaker) -> UnderstandRow:
    """Hearing the last reply again."""
    state = maker.any_state()
    if not state.last_reply:
        state = state.model_copy(update={"last_reply": "What can I do for you?", "turns": 1})
    return maker.row("repeat", state, maker.wording.words(maker.wording.pick(phrases.REPEAT), no_holes), ["repeat"])


def handoff(maker: RowMaker) -> UnderstandRow:
    """Wanting a person."""
    return maker.row(
        "handoff", maker.any_state(), maker.wording.words(maker.wording.pick(phrases.HANDOFF), no_holes), ["handoff"]
    )


def resume(maker: RowMaker) -> UnderstandRow:
    """Going back to a paused request."""
    state = maker.open_state()
    assert state.active is not None
    if len(state.stack) < 2:
        skill = maker.catalogue.intents[state.active.intent].skill
        others = [intent for intent in maker.states.unfinished() if intent.skill != skill]
        if not others:
            raise Unsayable
        state = maker.states.paused_below(state, maker.rng.choice(others))
    name = maker.frame_name(state.stack[-2].intent)
    pieces = maker.wording.words(maker.wording.pick(phrases.RESUME), lambda hole, before: [Piece(name)])
    return maker.row("resume", state, pieces, ["resume"])


def again(maker: RowMaker) -> UnderstandRow:
    """Doing the last thing again, as it was or with another value: a new request."""
    done = [
        intent for intent in maker.catalogue.intents.values() if intent.slots and (intent.effect or intent.required)
    ]
    if not done:
        raise Unsayable
    intent = maker.rng.choices(done, [len(intent.slots) + 2 * intent.effect for intent in done])[0]
    state = maker.states.after(maker.states.done_frame(intent))
    slots = [slot for slot in maker.intent_slots(intent) if _changes(slot)]
    if not slots or maker.rng.random() < 0.5:
        pieces = maker.wording.words(maker.wording.pick(phrases.AGAIN), no_holes)
        return maker.row("again", state, pieces, ["again"], decorate=maker.rng.random() < 0.3)
    slot = maker.rng.choice(slots)
    pieces = maker.wording.phrase(phrases.AGAIN_BUT, slot)
    more = [other for other in slots if other.name != slot.name and other.resolver in ("date", "time", "count")]
    if more and maker.rng.random() < 0.2:
        pieces += [
            Piece(maker.rng.choice((" and ", ", ", " "))),
            *maker.wording.phrase(("{v}",), maker.rng.choice(more)),
        ]
    return maker.row("again", state, pieces, ["again", *maker.sets(intent, pieces)])


def _changes(slot: Slot) -> bool:
    """Whether "the same but X" is a value for the slot: X says by itself what it is."""
    return not slot.whole and not slot.enum


def retract(maker: RowMaker) -> UnderstandRow:
    """Taking the last message back: the dialogue stands where it stood before it."""
    state = maker.open_state() if maker.rng.random() < 0.6 else maker.states.fresh()
    if state.before is None:
        state = state.model_copy(update={"before": DialogueState(), "turns": max(1, state.turns)})
    return maker.row("retract", state, maker.wording.words(maker.wording.pick(phrases.RETRACT), no_holes), ["retract"])


def clarify(maker: RowMaker) -> UnderstandRow:
    """A value alone, with nothing open, which two skills could take."""
    takers: dict[str, dict[str, Slot]] = {}
    for intent in maker.catalogue.intents.values():
        for slot in maker.intent_slots(intent):
            if slot.resolver in ("date", "time", "place", "count", "temperature"):
                takers.setdefault(slot.resolver, {}).setdefault(intent.skill, slot)
    pairs = [skills for skills in takers.values() if len(skills) == 2]
    if not pairs:
        raise Unsayable
    skills = maker.rng.choice(pairs)
    first, second = sorted(skills, key=list(maker.catalogue.skills).index)
    pieces = maker.wording.phrase(phrases.UNCLEAR, skills[first])
    return maker.row("clarify", DialogueState(), [Piece(piece.text) for piece in pieces], [f"clarify {first} {second}"])


def clarified(maker: RowMaker) -> UnderstandRow:
    """The answer to "which of the two?": by number, or by the name of one."""
    skills = list(dict.fromkeys(intent.skill for intent in maker.catalogue.intents.values()))
    if len(skills) < 2:
        raise Unsayable
    both = sorted(maker.rng.sample(skills, 2), key=skills.index)
    number = maker.rng.randint(1, 2)
    state = maker.states.which_skill(both)
    if maker.rng.random() < 0.5:
        pieces = maker.wording.words(maker.wording.pick(phrases.CHOOSE), maker.number_holes(number, 2))
    else:
        name = maker.skill_name(both[number - 1])
        pieces = maker.wording.words(maker.wording.pick(phrases.CHOOSE_NAME), lambda hole, before: [Piece(name)])
    return maker.row("clarified", state, pieces, [f"choose {number}"])
