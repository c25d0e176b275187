"""What a simulated user wants, and what is known so far of what the words for it mean.

What a value means is found as the assistant finds it, by the resolvers: these have tables of their own to be held
against. What is judged here is what becomes of the values afterwards.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from agent.catalogue import Catalogue
from agent.declaration import Intent
from agent.types import Receipt


@dataclass
class Goal:
    """One thing to be done."""

    intent: Intent
    wanted: dict[str, Any] = field(default_factory=dict)
    # Resolved values by slot, as far as the user has said them; what time overtook is taken out again.
    frame_id: int | None = None
    # The frame that serves it.
    receipts: list[Receipt] = field(default_factory=list)
    # Of what was done for it and stands.
    is_over: bool = False
    # Done, or given up.
    given_up: bool = False
    # The user cancelled it, or there is nothing to be had.
    is_again: bool = False
    # The same once more: asked for by "again" as long as that is what was done last.
    undone: bool = False
    # It was done and taken back.
    is_wrong: bool = False
    # It was summed up or done with other values than were meant.

    @property
    def is_met(self) -> bool:
        """Whether it came out as the user wanted in the end."""
        if not self.is_over or self.is_wrong:
            return False
        if self.given_up or self.undone:
            return not any(receipt.effect for receipt in self.receipts)
        # A text leaves no receipt; what was so already has one without an effect ("already off").
        return len(self.receipts) == 1 or not self.intent.effect


def draw_goals(catalogue: Catalogue, rng: random.Random, *, drafts: bool) -> list[Goal]:
    """Draw what one user wants: one thing, or two or three of different intents.

    Args:
        catalogue: the skills.
        rng: all chance.
        drafts: whether intents whose action computes from a model's draft can be served.
    """
    possible = [
        intent
        for intent in catalogue.intents.values()
        if catalogue.skill_of(intent.name).utterances.get(intent.name.partition(".")[2])
        and (drafts or not (intent.generate and catalogue.skill_of(intent.name).action))
    ]
    # Whoever has more to fill in can go wrong in more ways.
    weights = [1 + len(intent.required) + 3 * intent.confirm for intent in possible]
    count = rng.choices((1, 2, 3), (6, 3, 1))[0]
    drawn = dict.fromkeys(rng.choices(range(len(possible)), weights, k=count))
    return [Goal(possible[number]) for number in drawn]
