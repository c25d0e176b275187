"""Joint goal accuracy: after how many user turns is the whole state of the service that is spoken of right.

The model's own state is carried from turn to turn. A value is right when it is one of those that the set gives, but for
case, spacing and the nought of a time (MultiWOZ: Budzianowski et al. 2018; WOZ 2.0: Mrksic et al. 2017). SGD (Rastogi
et al. 2020) counts free values by how similar they are, and a state as the product over its slots: ``nearly``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.catalogue import Catalogue
from training.scoring.answered import percent
from training.tasks.dialogues.belief import Belief, needed
from training.tasks.dialogues.steps import Conversation, Goal, Step, is_right

Match = Callable[[str, Sequence[str]], float]
"""How right a free value is beside the right ones, 0 to 1."""


def exactly(found: str, right: Sequence[str]) -> float:
    """Return 1 for one of the right values, else 0."""
    return float(is_right(found, right))


def nearly(found: str, right: Sequence[str]) -> float:
    """Return how similar the value is to the nearest right one, words in any order: as SGD's own script counts.

    >>> nearly("Vineyard, Yus", ["Yus Vineyard"]), nearly("March 12th", ["March 11th"])
    (1.0, 0.9)
    """
    from rapidfuzz import fuzz, utils

    likeness = (fuzz.token_sort_ratio(found, value, processor=utils.default_process) for value in right)
    return max(map(round, likeness), default=0) / 100


@dataclass(frozen=True)
class Walked:
    """One user turn of a dialogue that was walked, and what is known after it."""

    conversation: Conversation
    step: Step
    intents: Mapping[str, str]
    # By service.
    slots: Mapping[str, Mapping[str, str]]


def after_turn(conversation: Conversation, step: Step, belief: Belief) -> Walked:
    """Return a turn with what is known now."""
    slots = {service: dict(filled) for service, filled in belief.slots.items()}
    return Walked(conversation, step, dict(belief.intents), slots)


def walk_rightly(conversations: Iterable[Conversation], catalogue_of: Callable[[str], Catalogue]) -> list[Walked]:
    """Walk dialogues with the right commands: what a model that never errs would reach, since some values can be
    neither copied nor taken over.

    Args:
        conversations: the dialogues.
        catalogue_of: finds the services of a dialogue.
    """
    turns = []
    for conversation in conversations:
        catalogue = catalogue_of(conversation.catalogue)
        belief = Belief(catalogue)
        for step in conversation.steps:
            belief.hear(step.heard)
            belief.apply(needed(step, belief, catalogue).filled(step.text))
            turns.append(after_turn(conversation, step, belief))
    return turns


def goal_score(turns: Sequence[Walked], match: Match) -> dict[str, Any]:
    """Return joint goal accuracy over the services that turns speak of, intents and slots beside it.

    Args:
        turns: in their order, dialogue after dialogue.
        match: how free values are counted; choices, slots and what is called exact count exactly.
    """
    told = [(goal, each) for each in turns for goal in each.step.goals]
    wanted = [(goal, each) for goal, each in told if goal.intent]
    report: dict[str, Any] = {
        "rows": len(turns),
        "dialogues": len({each.conversation.name for each in turns}),
        "joint_goal_accuracy": _share(told, match),
    }
    if match is not exactly:
        report["joint_goal_accuracy_exact"] = _share(told, exactly)
    seen = [pair for pair in told if pair[0].seen]
    if len(seen) not in (0, len(told)):
        report["joint_goal_accuracy_seen"] = _share(seen, match)
        report["joint_goal_accuracy_unseen"] = _share([pair for pair in told if not pair[0].seen], match)
    report["joint_goal_accuracy_all_services"] = _all_services(turns, match)
    report["intent_accuracy"] = percent(
        sum(each.intents.get(goal.service) == goal.intent for goal, each in wanted), len(wanted)
    )
    report["slot_f1"] = _slot_f1(told)
    return report


def joint(goal: Goal, found: Mapping[str, str], match: Match) -> float:
    """Return how right the slots of a service are as a whole: no more of them, and no fewer."""
    if set(found) != set(goal.slots):
        return 0.0
    return math.prod(
        (exactly if slot in goal.choices else match)(value, goal.slots[slot]) for slot, value in found.items()
    )


def _share(told: Sequence[tuple[Goal, Walked]], match: Match) -> float:
    return percent(sum(joint(goal, each.slots.get(goal.service, {}), match) for goal, each in told), len(told))


def _all_services(turns: Iterable[Walked], match: Match) -> float:
    """Return the share of turns after which everything of the dialogue so far is right."""
    right, asked, name = 0.0, 0, None
    goals: dict[str, Goal] = {}
    for each in turns:
        if each.conversation.name != name:
            goals, name = {}, each.conversation.name
        goals |= {goal.service: goal for goal in each.step.goals}
        asked += 1
        if all(service in goals or not slots for service, slots in each.slots.items()):
            right += math.prod(joint(goal, each.slots.get(goal.service, {}), match) for goal in goals.values())
    return percent(right, asked)


def _slot_f1(told: Sequence[tuple[Goal, Walked]]) -> float:
    """Return F1 over the slots of all states, values counted exactly."""
    right = found = wanted = 0
    for goal, each in told:
        have = each.slots.get(goal.service, {})
        right += sum(slot in goal.slots and is_right(value, goal.slots[slot]) for slot, value in have.items())
        found += len(have)
        wanted += len(goal.slots)
    return percent(2 * right, found + wanted)
