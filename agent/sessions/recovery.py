"""What a turn must know, and say first, when the turn before it never committed: its process was killed, or so.

What is certain from a receipt is told as done and taken into the state; what was claimed without a receipt is told as
unknown. Knows no store and no model.
"""

from __future__ import annotations

from agent import say
from agent.catalogue import Catalogue
from agent.dialogue import stack
from agent.dialogue.acting import claim_id
from agent.prompting import neutralise
from agent.store.base import Snapshot
from agent.types import DialogueState, Receipt

_UNDO = "undo:"


def recover(snapshot: Snapshot, catalogue: Catalogue) -> tuple[DialogueState, str]:
    """Return the state to go on with, and what must be said first; "" when nothing was left behind."""
    state, unfinished = snapshot.state, snapshot.unfinished
    if unfinished is None:
        return state, ""
    said = [f"Before this I was cut off while working on “{neutralise(unfinished.text)[:200]}”."]
    for claim, receipt in unfinished.done.items():
        state, report = _as_done(state, claim, receipt, catalogue)
        said.append(report)
    if unfinished.claims:
        but = "Whether the rest was done I do not know" if unfinished.done else "I do not know whether it was done"
        said.append(f"{but}: please check before you ask again.")
    elif not unfinished.done:
        said.append("Nothing was done; please say it again if you still want it.")
    else:
        said.append("If you wanted more than that, please say it again.")
    return state, " ".join(said) + "\n"


def _as_done(state: DialogueState, claim: str, receipt: Receipt, catalogue: Catalogue) -> tuple[DialogueState, str]:
    """Return the state after an action that was done, and the words that tell of it."""
    if claim.startswith(_UNDO):
        is_last = state.last_receipt_id == claim.removeprefix(_UNDO)
        state = state.model_copy(update={"last_receipt_id": None}) if is_last else state
        return state, f"Undoing {_name(catalogue, receipt)} was done."
    frame = next((each for each in (*state.stack, *state.waiting) if claim_id(each) == claim), None)
    if frame is None:  # it was opened and done in the turn that was lost
        name = _name(catalogue, receipt)
        told = f"{name[:1].upper()}{name[1:]} was done."
        return state.model_copy(update={"last_receipt_id": receipt.receipt_id}), told
    is_asked = state.pending is not None and state.pending.frame_id == frame.frame_id
    done = state.model_copy(
        update={
            "before": state.before and stack.retractable(state.before, {frame.frame_id}),
            "stack": tuple(each for each in state.stack if each is not frame),
            "waiting": tuple(each for each in state.waiting if each is not frame),
            "pending": None if is_asked else state.pending,
            "last_frame": frame,
            "last_frame_turn": state.turns,
            "last_receipt_id": receipt.receipt_id,
        }
    )
    return done, f"It was done: {say.report(catalogue, frame, receipt, found=True, draft=_name(catalogue, receipt))}"


def _name(catalogue: Catalogue, receipt: Receipt) -> str:
    if receipt.intent not in catalogue.intents:
        return receipt.intent  # its skill is gone meanwhile
    return say.name_of(catalogue, receipt.intent)
