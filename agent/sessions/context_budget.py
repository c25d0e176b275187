"""What a chat model is told of the conversation so far, within a budget of characters.

Priorities, first to last: the open question, what can still be undone, the active frame (these three are always
there), then paused and waiting frames, then recent turns, newest first: the oldest fall out first. factotum's own
models need none of it: what matters to them is in the compact form of the prompt. Knows no store and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.prompting import neutralise
from agent.store.base import StoredTurn
from agent.types import DialogueState, Frame, Pending, Receipt

CONTEXT_CHARS = 4000
"""About a thousand tokens."""
HISTORY_TURNS = 8
"""Turns that are loaded at most for a model that wants them; so a turn costs the same however old its session is."""


def chat_context(
    state: DialogueState,
    history: Sequence[StoredTurn] = (),
    last_receipt: Receipt | None = None,
    *,
    limit: int = CONTEXT_CHARS,
) -> str:
    """Return the conversation so far in lines: earlier turns, then how things stand.

    Args:
        state: the dialogue state before the turn.
        history: recent turns, oldest first.
        last_receipt: the newest receipt of the session.
        limit: characters; what is always there may go beyond it.
    """
    needed = [_frame("Open", state.active) if state.active else "Nothing is open"]
    if state.pending:
        needed.append(_question(state.pending))
    if last_receipt and last_receipt.receipt_id == state.last_receipt_id and last_receipt.undo is not None:
        arguments = "; ".join(f"{name}: {neutralise(str(value))}" for name, value in last_receipt.arguments.items())
        needed.append(f"Done, can be undone: {last_receipt.intent} ({arguments})")
    left = limit - sum(len(line) + 1 for line in needed)
    others = [_frame("Paused", frame) for frame in reversed(state.stack[:-1])]
    others += [_frame("Waits", frame) for frame in state.waiting]
    kept = _fitting(others, left)
    left -= sum(len(line) + 1 for line in kept)
    turns = _fitting((_turn(turn) for turn in reversed(history)), left)
    return "\n".join([*reversed(turns), *needed, *kept])


def _fitting(lines: Iterable[str], left: int) -> list[str]:
    """Return the first lines that fit together."""
    kept: list[str] = []
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return kept


def _frame(lead: str, frame: Frame) -> str:
    slots = "; ".join(f"{name}: {neutralise(value.raw)}" for name, value in frame.slots.items())
    return f"{lead}: {frame.intent} ({slots})"


def _question(pending: Pending) -> str:
    if pending.options:
        offered = ", ".join(f"{number}. {neutralise(each.text)}" for number, each in enumerate(pending.options, 1))
        return f"Asked: {pending.slot or 'which skill'}, one of {offered}"
    if pending.kind == "slot":
        return f"Asked: {pending.slot}"
    what = {"confirm": "yes or no to what is open", "resume": "whether to go on with what is open"}
    return f"Asked: {what.get(pending.kind, 'whether to try again what may not have gone through')}"


def _turn(turn: StoredTurn) -> str:
    said = f"User: {neutralise(turn.user)}"
    return f"{said}\nAssistant: {neutralise(turn.reply)}" if turn.reply else said
