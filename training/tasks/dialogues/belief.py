"""The state that commands make of a conversation, and the commands that a step needs. No corpus, no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from agent.catalogue import Catalogue
from agent.grammar import MAX_EDITS, MAX_REQUESTS
from agent.types import DialogueState, Mention
from training.tasks.common import copied, open_frame
from training.tasks.dialogues.pointing import COUNT, mention, read_value, runs
from training.tasks.dialogues.steps import Goal, Heard, Step, is_right

TALK = "say chat"
"""What answers thanks and farewells, here as among the project's own skills."""
NOTHING = "refuse"
"""For a turn that changes nothing and is no talk: no listed intent takes it."""


class Belief:
    """What is known after each turn: the slots of every service, and the intent that is open."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Begin a conversation."""
        self._catalogue = catalogue
        self.intent = ""
        # The open one.
        self.intents: dict[str, str] = {}
        # The last one of every service.
        self.slots: dict[str, dict[str, str]] = {}
        self._heard = Heard()
        self.offer = Heard()
        # What a yes answers: it stands until it is answered, however many questions are asked about it.
        self._mentioned: list[Mention] = []
        # Newest first.

    @property
    def service(self) -> str:
        """The service of the open intent."""
        return self.intent.partition(".")[0]

    def hear(self, heard: Heard) -> None:
        """Take in what the assistant said."""
        self._heard = heard
        if heard.wants_yes:
            self.offer = heard if heard.service == self.service else Heard()
        for name, value in {**heard.told, **heard.offered}.items():
            self._mention(heard.service, name, value)

    def state(self) -> DialogueState:
        """Return the state as the model is shown it: the open intent with its own slots, and what was asked."""
        if not self.intent:
            return DialogueState(last_reply=self._heard.text)
        known = self._catalogue.intents[self.intent].slots
        filled = {slot: value for slot, value in self.slots.get(self.service, {}).items() if slot in known}
        asked = self._heard.asked if self._heard.asked in known and not self._heard.wants_yes else None
        return open_frame(
            self.intent,
            filled,
            ask=asked,
            pending="confirm" if self.offer.wants_yes and not asked else None,
            last_reply=self._heard.text,
        )

    @property
    def is_asked_to_confirm(self) -> bool:
        """True when `confirm` and `deny` are legal."""
        pending = self.state().pending
        return pending is not None and pending.kind == "confirm"

    def apply(self, commands: Sequence[str]) -> None:
        """Change the state as a turn's commands say; what makes no sense changes nothing."""
        for command in commands:
            word, _, rest = command.partition(" ")
            name, _, value = rest.partition(" ")
            if word == "start" and name in self._catalogue.intents:
                self._open(name)
            elif word == "confirm" and self.intent:
                for slot, offered in self.offer.offered.items():
                    self._put(self.service, slot, offered)
                if self.offer.intent in self._catalogue.intents:
                    self._open(self.offer.intent)
                self.offer = Heard()
            elif word == "deny":
                self.offer = Heard()
            elif word == "set" and self.intent and value:
                self._put(self.service, name, self.read(self.service, name, value))
                # A correction: a yes to what was summed up before does not undo it.
                kept = {slot: said for slot, said in self.offer.offered.items() if slot != name}
                self.offer = replace(self.offer, offered=kept)
            elif word == "clear":
                self.slots.get(self.service, {}).pop(name, None)
            elif word == "cancel":
                self.intent = ""
                self.offer = Heard()

    def settle(self, goals: Sequence[Goal]) -> None:
        """Put right what the commands could not: training goes on from what is right."""
        for goal in goals:
            here = self.slots.setdefault(goal.service, {})
            for slot in set(here) - set(goal.slots):
                del here[slot]
            for slot, right in goal.slots.items():
                if slot not in here or not is_right(here[slot], right):
                    self._put(goal.service, slot, right[0])

    def read(self, service: str, slot: str, said: str) -> str:
        """Return what the user's words come to mean for a slot."""
        declared = self._catalogue.skills[service].slots.get(slot)
        return read_value(said, declared, self._mentioned) if declared else said

    def copy(self) -> Self:
        """Return a belief that can be changed by itself."""
        other = type(self)(self._catalogue)
        other.intent, other._heard, other.offer = self.intent, self._heard, self.offer
        other.intents, other._mentioned = dict(self.intents), list(self._mentioned)
        other.slots = {service: dict(slots) for service, slots in self.slots.items()}
        return other

    def _open(self, intent: str) -> None:
        if intent.partition(".")[0] != self.service:
            self.offer = Heard()
        self.intent = intent
        self.intents[self.service] = intent
        here = self.slots.setdefault(self.service, {})
        for name in self._catalogue.intents[intent].slots:
            slot = self._catalogue.slot(intent, name)
            if slot.resolver != COUNT or name in here:
                continue
            # A party stays as large as it is, unless the user says otherwise.
            known = (each.value.raw for each in self._mentioned if each.resolver == COUNT)
            size = next((value for value in known if not slot.enum or value in slot.enum), None)
            if size is not None:
                here[name] = size

    def _put(self, service: str, slot: str, value: str) -> None:
        self.slots.setdefault(service, {})[slot] = value
        self._mention(service, slot, value)

    def _mention(self, service: str, name: str, value: str) -> None:
        skill = self._catalogue.skills.get(service)
        slot = skill.slots.get(name) if skill else None
        if slot is not None and slot.resolver != "text":
            new = mention(service, slot, value)
            self._mentioned = [new, *(each for each in self._mentioned if each.slot != new.slot)]


@dataclass(frozen=True)
class Needed:
    """The commands of a step."""

    commands: tuple[str, ...]
    # With "{0}" where a value is copied.
    places: tuple[tuple[int, int], ...] = ()
    missing: tuple[str, ...] = ()
    # Slots that cannot be written, each with a reason.

    def filled(self, text: str) -> list[str]:
        """Return the commands with the values of an unchanged text."""
        return [line.format(*(text[slice(*place)] for place in self.places)) for line in self.commands]


def needed(step: Step, belief: Belief, catalogue: Catalogue) -> Needed:
    """Return the commands that bring the state before a turn to the one after it."""
    writer = _Writer(step, belief, catalogue)
    if step.accepts and belief.is_asked_to_confirm:
        writer.write("confirm")
    # What is open is edited before anything is opened.
    for goal in sorted(step.goals, key=lambda goal: goal.service != belief.service):
        writer.reach(goal)
    lines = writer.lines
    if not lines:
        rejected = step.rejects and belief.is_asked_to_confirm
        lines = ["deny" if rejected else TALK if step.talks and not writer.missing else NOTHING]
    return Needed(tuple(lines), tuple(writer.places), tuple(writer.missing))


class _Writer:
    """Writes a turn's commands, each on the state that the ones before make."""

    def __init__(self, step: Step, belief: Belief, catalogue: Catalogue) -> None:
        self.lines: list[str] = []
        self.places: list[tuple[int, int]] = []
        self.missing: list[str] = []
        self._text = step.text
        self._catalogue = catalogue
        self._trial = belief.copy()
        self._takes_values = bool(belief.offer.offered)
        self._editable = belief.intent
        # Whose slots may be set now: after a yes that opens something else still those of what was open before.

    def write(self, line: str) -> None:
        """Add a command without a value of the text."""
        self.lines.append(line)
        self._trial.apply([line])

    def reach(self, goal: Goal) -> None:
        """Add what one service needs."""
        intent = goal.intent or self._trial.intents.get(goal.service, "")
        if not goal.intent and not self._wanting(goal):
            return
        if not intent:
            self.missing += [f"{slot}: nothing is wanted of its service" for slot in goal.slots]
            return
        if intent != self._trial.intent:
            self._start(intent)
        wanting = self._wanting(goal)
        if self._editable != intent and any(slot not in self._slots(self._editable) for slot in wanting):
            # A yes has opened it; the values of the same breath need it to be named, which is yes enough.
            if not self._takes_values:
                self.lines.remove("confirm")
            self._start(intent)
        sets = [made for slot, right in wanting.items() if (made := self._set(goal, intent, slot, right))]
        self.missing += [f"{slot}: more values than a turn may set" for slot, _ in sets[MAX_EDITS:]]
        for slot, value in sets[:MAX_EDITS]:
            if isinstance(value, str):
                self.write(f"set {slot} {value}")
                continue
            self.lines.append(f"set {slot} {{{len(self.places)}}}")
            self.places.append(value)
            self._trial.apply([f"set {slot} {self._text[slice(*value)]}"])

    def _start(self, intent: str) -> None:
        if sum(line.startswith("start ") for line in self.lines) == MAX_REQUESTS:
            self.missing.append(f"{intent}: more requests than a turn may have")
            return
        self.write(f"start {intent}")
        self._editable = intent

    def _wanting(self, goal: Goal) -> Mapping[str, tuple[str, ...]]:
        """The slots that are not right yet, in the order they are said."""
        have = self._trial.slots.get(goal.service, {})
        wrong = {
            slot: right for slot, right in goal.slots.items() if slot not in have or not is_right(have[slot], right)
        }
        return dict(sorted(wrong.items(), key=lambda item: goal.places.get(item[0], (0, 0))))

    def _slots(self, intent: str) -> tuple[str, ...]:
        return self._catalogue.intents[intent].slots if intent else ()

    def _set(
        self, goal: Goal, intent: str, slot: str, right: Sequence[str]
    ) -> tuple[str, str | tuple[int, int]] | None:
        """Return the slot with a choice, or with where its value stands; None when it cannot be written."""
        if slot not in self._slots(self._editable):
            self.missing.append(f"{slot}: no slot of the intent")
        elif choices := self._catalogue.slot(intent, slot).enum:
            chosen = next((value for value in choices if is_right(value, right)), None)
            if chosen is not None:
                return slot, chosen
            self.missing.append(f"{slot}: a value that is no choice")
        elif slot in goal.places:
            if copied(self._text, *goal.places[slot]) is not None:
                return slot, goal.places[slot]
            self.missing.append(f"{slot}: a value that is no run of words")
        else:
            for place in runs(self._text):
                said = self._text[slice(*place)]
                meant = self._trial.read(goal.service, slot, said)
                if meant != said and is_right(meant, right):
                    return slot, place
            self.missing.append(f"{slot}: a value that the user did not say")
        return None
