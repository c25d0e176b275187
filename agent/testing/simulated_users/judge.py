"""Holds what happened in a turn against what the user wanted: goals that are done, and what must never be."""

from __future__ import annotations

from typing import Any

from agent.dialogue.honesty import find_claims
from agent.errors import NotFound
from agent.testing.simulated_users.goals import Goal
from agent.testing.simulated_users.speaker import Move
from agent.testing.simulated_users.user import SimulatedUser
from agent.types import Event, Receipt, Reply


def judge(user: SimulatedUser, move: Move, reply: Reply) -> bool:
    """Bring the user's book up to date with a turn; returns whether the reply claimed an effect without a receipt."""
    for event in reply.events:
        _follow(user, event)
    for receipt in reply.receipts:
        goal = _credit(user, move, receipt)
        if goal is not None and receipt is reply.receipts[-1]:
            user.consider_more(goal, receipt)
    for goal in user.goals:
        gone = goal.frame_id is not None and all(
            frame.frame_id != goal.frame_id for frame in (*reply.state.stack, *reply.state.waiting)
        )
        # An intent that only writes leaves no receipt: it is done when its frame is gone and a text is there.
        if gone and not goal.is_over and not goal.receipts and goal.intent.generate and not reply.error:
            goal.is_over = True
        elif gone and not goal.is_over and not goal.receipts:
            goal.frame_id = None
    written = "".join(str(event.data["text"]) for event in reply.events if event.kind == "token")
    return not reply.receipts and bool(find_claims(written))


def _follow(user: SimulatedUser, event: Event) -> None:
    data = event.data
    goal = _open_goal(user, str(data.get("intent", "")))
    if event.kind == "skill_started":
        if goal is not None:
            goal.frame_id = int(data["frame_id"])
    elif goal is None:
        return
    elif event.kind == "action_failed" and not data["unknown"] and data["error"] != NotFound.__name__:
        goal.given_up = goal.is_over = True  # the world does not have it: a device that is offline
    elif event.kind == "slot_rejected":
        goal.wanted.pop(str(data["slot"]), None)
    elif event.kind == "slot_set":
        # A default, or a value taken over from before, is what was meant unless the user says otherwise.
        goal.wanted.setdefault(str(data["slot"]), data["value"])
    elif event.kind == "confirmation_asked" and goal.wanted != data["arguments"]:
        user.problems.append(f"the summary says {_differences(data['arguments'], goal.wanted)}")
        goal.wanted, goal.is_wrong = dict(data["arguments"]), True


def _credit(user: SimulatedUser, move: Move, receipt: Receipt) -> Goal | None:
    if "undo_of" in receipt.arguments:
        if move.act != "undo":
            user.false_actions += 1
        return None
    goal = _open_goal(user, receipt.intent)
    if goal is None:
        if receipt.effect:
            user.false_actions += 1
            user.problems.append(f"{receipt.intent} was done and not wanted")
        return None
    if receipt.effect and receipt.arguments != goal.wanted:
        user.false_actions += 1
        goal.is_wrong = True
        user.problems.append(f"{receipt.intent} was done with {_differences(receipt.arguments, goal.wanted)}")
    goal.receipts.append(receipt)
    goal.is_over = True
    return goal


def _open_goal(user: SimulatedUser, intent: str) -> Goal | None:
    return next((goal for goal in user.goals if goal.intent.name == intent and not goal.is_over), None)


def _differences(got: dict[str, Any], wanted: dict[str, Any]) -> str:
    slots = sorted({slot for slot in (*got, *wanted) if got.get(slot) != wanted.get(slot)})
    return ", ".join(f"{slot} {got.get(slot)!r} instead of {wanted.get(slot)!r}" for slot in slots)
