"""Joint goal accuracy: after how many user turns is the whole state of the service that is spoken of right.

The model's own state is carried from turn to turn. SGD (Rastogi et al. 2020): any of several values counts, free values
by a fuzzy match; MultiWOZ and WOZ 2.0: exact but for case and spacing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.scoring.answered import percent
from training.tasks.dialogues.belief import Conversation, Same, Step


@dataclass(frozen=True)
class Walked:
    """One user turn of a dialogue that was walked."""

    conversation: Conversation
    step: Step
    intent: str
    # What is open after the turn.
    slots: dict[str, str]
    # Of the turn's service.

    def joint(self, same: Same) -> bool:
        """True when the slots are those that are right, no more and no fewer."""
        return set(self.slots) == set(self.step.gold) and all(
            same(value, self.step.gold[slot]) for slot, value in self.slots.items()
        )


def goal_score(walked: Sequence[Walked], same: Same) -> dict[str, Any]:
    """Return joint goal accuracy over the turns that are about a service, intents and slots beside it."""
    turns = [each for each in walked if each.step.service]
    report: dict[str, Any] = {
        "rows": len(turns),
        "dialogues": len({each.conversation.name for each in walked}),
        "joint_goal_accuracy": _share(turns, same),
        "intent_accuracy": percent(
            sum(each.intent == each.step.intent for each in turns if each.step.intent),
            sum(bool(each.step.intent) for each in turns),
        ),
        "slot_f1": _slot_f1(turns, same),
    }
    seen = [each for each in turns if each.conversation.seen]
    if len(seen) not in (0, len(turns)):
        report["joint_goal_accuracy_seen"] = _share(seen, same)
        report["joint_goal_accuracy_unseen"] = _share([each for each in turns if not each.conversation.seen], same)
    return report


def _share(turns: Sequence[Walked], same: Same) -> float:
    return percent(sum(each.joint(same) for each in turns), len(turns))


def _slot_f1(turns: Sequence[Walked], same: Same) -> float:
    right = sum(
        slot in each.step.gold and same(value, each.step.gold[slot])
        for each in turns
        for slot, value in each.slots.items()
    )
    found, wanted = sum(len(each.slots) for each in turns), sum(len(each.step.gold) for each in turns)
    return percent(2 * right, found + wanted)
