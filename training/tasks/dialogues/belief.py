"""A conversation as steps, and the state that commands make of it. Pure data and functions; no corpus, no model."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.catalogue import Catalogue
from agent.grammar import MAX_EDITS
from agent.types import DialogueState
from training.tasks.common import open_frame

Values = Mapping[str, tuple[str, ...]]
"""Slot to the values that count as right."""


@dataclass(frozen=True)
class Heard:
    """What the assistant said before a user's turn."""

    text: str = ""
    asked: str = ""
    # The slot it asked for.
    offered: Mapping[str, str] = field(default_factory=dict)
    # Slot to value: what it offered, or summed up to be confirmed.
    wants_yes: bool = False
    # It offered, summed up, or proposed to do something: yes and no are answers.


@dataclass(frozen=True)
class Step:
    """One user turn."""

    text: str
    service: str
    # That the turn is about; "" for one that is about none.
    intent: str
    # Full name of what is wanted after the turn; "" for nothing.
    gold: Values
    # The slots of that service after the turn.
    heard: Heard = Heard()
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    # Slot to where its value stands in the text.
    accepts: bool = False
    # Says yes to what was heard.
    rejects: bool = False


@dataclass(frozen=True)
class Conversation:
    """One dialogue."""

    name: str
    catalogue: str
    # What ``dialogue_catalogue`` finds the services by.
    steps: tuple[Step, ...]
    lang: str = "en"
    seen: bool = True
    # Its services are among those of the training split.


Same = Callable[[str, Sequence[str]], bool]
"""Whether a value is one of the right ones."""


def plain_value(value: str) -> str:
    """Return a value without case, spacing and accents of width.

    >>> plain_value(" San  JOSE")
    'san jose'
    """
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def same_exactly(found: str, right: Sequence[str]) -> bool:
    """Return True when the value is one of the right ones but for case and spacing."""
    return plain_value(found) in {plain_value(value) for value in right}


CLOSE = 90
"""Least similarity of a free value (rapidfuzz ratio, 0 to 100): SGD counts values by a fuzzy match."""


def same_nearly(found: str, right: Sequence[str]) -> bool:
    """Return True when the value is one of the right ones but for a letter or two."""
    from rapidfuzz import fuzz

    return any(fuzz.ratio(plain_value(found), plain_value(value)) >= CLOSE for value in right)


class Belief:
    """What is known after each turn: the slots of every service, and the intent that is open."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Begin a conversation."""
        self._catalogue = catalogue
        self.intent = ""
        self.slots: dict[str, dict[str, str]] = {}
        self._heard = Heard()
        self._offered: dict[str, str] = {}
        # What a yes would take over: all that was offered or summed up since the service was opened.

    @property
    def service(self) -> str:
        """The service of the open intent."""
        return self.intent.partition(".")[0]

    def hear(self, heard: Heard) -> None:
        """Take in what the assistant said."""
        self._heard = heard
        self._offered |= heard.offered

    def state(self) -> DialogueState:
        """Return the state as the model is shown it: the open intent with its own slots, and what was asked."""
        if not self.intent:
            return DialogueState(last_reply=self._heard.text)
        known = self._catalogue.intents[self.intent].slots
        filled = {slot: value for slot, value in self.slots.get(self.service, {}).items() if slot in known}
        asked = self._heard.asked if self._heard.asked in known else None
        pending = "confirm" if self._heard.wants_yes else None
        return open_frame(
            self.intent,
            filled,
            ask=None if pending else asked,
            pending=pending,  # type: ignore[arg-type]
            last_reply=self._heard.text,
        )

    def apply(self, commands: Sequence[str]) -> None:
        """Change the state as a turn's commands say; what makes no sense changes nothing."""
        for command in commands:
            word, _, rest = command.partition(" ")
            name, _, value = rest.partition(" ")
            if word == "start" and name in self._catalogue.intents:
                if name.partition(".")[0] != self.service:
                    self._offered = {}
                self.intent = name
                # What was offered goes with a request that needs it ("I'd like to book it").
                wanted = self._catalogue.intents[name].required
                here = self.slots.setdefault(self.service, {})
                here.update({slot: said for slot, said in self._offered.items() if slot in wanted and slot not in here})
            elif word == "confirm" and self.intent:
                taken = self._taken()
                accepted = {slot: said for slot, said in self._offered.items() if slot in taken}
                self.slots.setdefault(self.service, {}).update(accepted)
            elif word == "set" and self.intent and value:
                self.slots.setdefault(self.service, {})[name] = value
                # A correction: a yes to what was summed up before does not undo it.
                self._offered.pop(name, None)
            elif word == "clear":
                self.slots.get(self.service, {}).pop(name, None)
            elif word == "cancel":
                self.intent = ""
        # A question stands for one turn.
        self._heard = Heard(self._heard.text)

    def _taken(self) -> set[str]:
        """The slots that the service's intents take; others (a price, an address) are only told."""
        intents = (intent for intent in self._catalogue.intents.values() if intent.skill == self.service)
        return {slot for intent in intents for slot in intent.slots}

    def copy(self) -> Belief:
        """Return a belief that can be changed by itself."""
        other = Belief(self._catalogue)
        other.intent, other._heard, other._offered = self.intent, self._heard, dict(self._offered)
        other.slots = {service: dict(slots) for service, slots in self.slots.items()}
        return other


@dataclass(frozen=True)
class Needed:
    """The commands of a step."""

    commands: tuple[str, ...]
    # With "{0}" where a value is copied.
    places: tuple[tuple[int, int], ...]
    missing: tuple[str, ...]
    # Slots that cannot be written, each with a reason.


def needed(step: Step, belief: Belief, catalogue: Catalogue, same: Same) -> Needed:
    """Return the commands that bring the state before a turn to the one after it."""
    lines: list[str] = []
    trial = belief.copy()
    if not step.intent and not belief.intent:
        return Needed(("refuse",), (), ())
    pending = belief.state().pending
    if pending is not None and pending.kind == "confirm" and step.accepts:
        lines.append("confirm")
    intent = step.intent or belief.intent
    opened = [f"start {intent}"] if intent != belief.intent else []
    trial.apply([*lines, *opened])
    known = catalogue.intents[intent].slots
    have = trial.slots.get(intent.partition(".")[0], {})
    sets: list[str] = []
    places: list[tuple[int, int]] = []
    missing: list[str] = []
    for slot, right in sorted(step.gold.items(), key=lambda item: step.places.get(item[0], (0, 0))):
        if slot in have and same(have[slot], right):
            continue
        if slot not in known:
            missing.append(f"{slot}: no slot of the intent")
        elif choices := catalogue.slot(intent, slot).enum:
            chosen = next((value for value in choices if same_exactly(value, right)), None)
            if chosen is None:
                missing.append(f"{slot}: a value that is no choice")
            else:
                sets.append(f"set {slot} {chosen}")
        elif slot in step.places:
            sets.append(f"set {slot} {{{len(places)}}}")
            places.append(step.places[slot])
        else:
            missing.append(f"{slot}: a value that the user did not say")
    if len(sets) > MAX_EDITS:
        missing += [f"{line.split()[1]}: more values than a turn may set" for line in sets[MAX_EDITS:]]
        sets = sets[:MAX_EDITS]
        places = places[: sum("{" in line for line in sets)]
    found = [*lines, *opened, *sets]
    if not found:
        found = ["deny"] if pending is not None and pending.kind == "confirm" and step.rejects else ["refuse"]
    return Needed(tuple(found), tuple(places), tuple(missing))
