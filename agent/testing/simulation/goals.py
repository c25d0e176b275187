"""What a simulated user wants: intents with values that the providers can really serve, tried out before they count.

A goal is drawn from the declarations and from what the actions offer, done once on a copy of the world without any
dialogue, and kept only if that works. Knows no skill by name.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.actions import Action, ActionCall, ActionContext, ActionResult, Offers, Prepares
from agent.catalogue import Catalogue
from agent.declaration import Intent, Slot
from agent.dialogue.resolvers import Ambiguous, ResolveContext, Resolved, resolve
from agent.errors import ProviderError
from agent.rowmaking.values import Values
from agent.testing.simulation.drafts import draft_for
from agent.types import Option

TASKS = ((1, 0.55), (2, 0.33), (3, 0.12))
"""How many things a user wants, with weights."""
DAYS_AHEAD = (1, 8)
"""Days that are wanted lie ahead by this much: near enough for every forecast, never past by the end of a chat."""
OPTIONAL_WANTED = 0.35
"""Chance that a slot that is not required matters to the user."""
TRICKS = (
    "plain", "corrects", "clears", "yes but", "changes goal", "denies", "cancels and starts", "digression", "small talk",
    "out of scope", "repeat", "person", "silence", "long silence", "undo", "again", "again but", "retract", "follow up",
    "several", "resume", "unclear",
)  # fmt: skip
"""What a user may do besides answering."""


class Infeasible(Exception):
    """The providers cannot serve what was drawn; draw again."""


@dataclass(frozen=True)
class Wanted:
    """A value that the user wants for a slot."""

    value: Any
    # Resolved, plain JSON.
    text: str
    # A way to say it that is always understood.
    option: Option | None = None
    # For slots whose choices the action offers.


@dataclass(frozen=True)
class Task:
    """One thing the user wants."""

    intent: str
    wants: Mapping[str, Wanted]
    # The values that must be there in the end, by slot.
    decoys: Mapping[str, Wanted] = field(default_factory=dict)
    # What the user says first and then takes back.
    tricks: frozenset[str] = frozenset()
    # Of TRICKS.

    def arguments(self) -> dict[str, Any]:
        """Return the wanted values as an action gets them."""
        return {name: wanted.value for name, wanted in self.wants.items()}


@dataclass(frozen=True)
class Goal:
    """All that one user wants in one dialogue."""

    number: int
    tasks: tuple[Task, ...]
    tricks: frozenset[str]
    # Of the dialogue as a whole.
    world: Path
    # The data folder it starts from.
    began: datetime


@dataclass
class GoalMaker:
    """Draws goals; all chance comes from ``rng``."""

    catalogue: Catalogue
    actions: Mapping[str, Action]
    rng: random.Random
    context: ActionContext
    # Where options are looked up and goals are tried out; its folder is a copy that may be changed.

    def __post_init__(self) -> None:
        self._values = Values(self.catalogue, "train")
        self._intents = [name for name in self.catalogue.intents if self._can_be_said(name)]

    def _can_be_said(self, name: str) -> bool:
        utterances = self.catalogue.skill_of(name).utterances
        intent = self.catalogue.intents[name]
        return bool(utterances.get(name.partition(".")[2])) and (bool(intent.skill in self.actions) or intent.generate)

    async def task(self, avoid: Sequence[str] = (), *, explicit: bool = False) -> Task:
        """Draw something that can be done now; doing it changes the copy of the world.

        Args:
            avoid: skills that are not wanted.
            explicit: every value that could be carried over from another task is wanted by name.
        """
        for _ in range(40):
            # By skill first: a skill of many intents is not wanted more often.
            skills = {self.catalogue.intents[name].skill for name in self._intents} - set(avoid)
            if not skills:
                break
            skill = self.rng.choice(sorted(skills))
            name = self.rng.choice([each for each in self._intents if self.catalogue.intents[each].skill == skill])
            try:
                task = Task(name, await self._wants(self.catalogue.intents[name], explicit))
                await perform(self.catalogue, self.actions, task.intent, task.arguments(), self.context, "trial")
            except (Infeasible, ProviderError):
                continue
            return task
        raise Infeasible(f"nothing can be done without {', '.join(avoid) or 'anything'}")

    async def _wants(self, intent: Intent, explicit: bool) -> dict[str, Wanted]:
        slots = [self.catalogue.slot(intent.name, name) for name in intent.slots]
        chosen = [
            slot
            for slot in slots
            if slot.name in intent.required or (explicit and slot.carry) or self.rng.random() < OPTIONAL_WANTED
        ]
        wants: dict[str, Wanted] = {}
        # What the action offers depends on the other values.
        for slot in sorted(chosen, key=lambda each: bool(each.choices_from and not each.enum)):
            known = {name: wanted.value for name, wanted in wants.items()}
            wants[slot.name] = await self.value(intent, slot, known)
        return {slot.name: wants[slot.name] for slot in chosen}

    async def value(
        self, intent: Intent, slot: Slot, known: Mapping[str, Any], unlike: Sequence[Any] = ()
    ) -> Wanted:
        """Draw a value for a slot that goes with the known ones and is none of ``unlike``."""
        if slot.choices_from and not slot.enum:
            options = await offered(self.actions, intent, slot.name, known, self.context)
            left = [option for option in options if option.value not in unlike]
            if not left:
                raise Infeasible
            option = self.rng.choice(left)
            return Wanted(option.value, option.text.partition(" (")[0], option)
        for _ in range(40):
            wanted = self._plain_value(slot)
            if wanted is not None and wanted.value not in unlike and (not slot.whole or _is_plain_text(wanted.text)):
                return wanted
        raise Infeasible

    def _plain_value(self, slot: Slot) -> Wanted | None:
        now = self.context.now
        if slot.resolver == "date":
            day = now.date() + timedelta(days=self.rng.randint(*DAYS_AHEAD))
            return day_wanted(day, now, slot)
        said = self._values.say(slot, self.rng)
        answer = resolve(slot.resolver, said.meant or said.words, slot, ResolveContext(now=now))
        if isinstance(answer, Ambiguous):
            option = self.rng.choice(answer.options)
            return Wanted(option.value, option.text)
        if not isinstance(answer, Resolved):
            return None
        return Wanted(answer.value, said.words if slot.whole else answer.text)


def day_wanted(day: date, now: datetime, slot: Slot) -> Wanted | None:
    """Return a day as something wanted; None when the resolver cannot read it back."""
    answer = resolve(slot.resolver, day.isoformat(), slot, ResolveContext(now=now))
    return Wanted(answer.value, answer.text) if isinstance(answer, Resolved) else None


def _is_plain_text(text: str) -> bool:
    """Whether a text to be copied ends in no sign that belongs as well to the sentence around it."""
    return text == text.strip() and text[-1:].isalnum() and '"' not in text


async def offered(
    actions: Mapping[str, Action], intent: Intent, slot: str, known: Mapping[str, Any], context: ActionContext
) -> list[Option]:
    """Return what an action offers for a slot."""
    action: object = actions.get(intent.skill)
    if not isinstance(action, Offers):
        return []
    return await action.options(intent.name.partition(".")[2], slot, known, context)


def with_defaults(catalogue: Catalogue, intent: Intent, arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the arguments with the defaults of what is not said."""
    full = dict(arguments)
    for name in intent.slots:
        slot = catalogue.slot(intent.name, name)
        if name not in full and slot.default is not None:
            answer = resolve(slot.resolver, str(slot.default), slot, ResolveContext(now=now))
            if isinstance(answer, Resolved):
                full[name] = answer.value
    return full


async def perform(
    catalogue: Catalogue,
    actions: Mapping[str, Action],
    intent_name: str,
    arguments: Mapping[str, Any],
    context: ActionContext,
    key: str,
) -> ActionResult | None:
    """Do it without any dialogue; None when the skill has no action.

    Raises:
        ProviderError: it cannot be done.
    """
    intent = catalogue.intents[intent_name]
    action = actions.get(intent.skill)
    if action is None:
        return None
    call = ActionCall(intent_name.partition(".")[2], with_defaults(catalogue, intent, arguments, context.now), "", key)
    if intent.generate and isinstance(action, Prepares):
        call = replace(call, draft=draft_for(action.prepare(call, context).grammar))
    return await action.run(call, context)
