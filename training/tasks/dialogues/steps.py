"""A conversation as steps: what the assistant said, what the user says, and what is right after it. Data alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

Values = Mapping[str, tuple[str, ...]]
"""Slot to the values that count as right."""
DONT_CARE = "dontcare"
_NOUGHT = re.compile(r"^0(\d:\d\d)$")


@dataclass(frozen=True)
class Heard:
    """What the assistant said before a user's turn."""

    text: str = ""
    service: str = ""
    # That it spoke of.
    asked: str = ""
    # The slot it asked for.
    offered: Mapping[str, str] = field(default_factory=dict)
    # Slot to value: what a yes takes over.
    intent: str = ""
    # Full name of what it proposed to do: a yes opens it.
    told: Mapping[str, str] = field(default_factory=dict)
    # Slot to value: what it named otherwise ("there" can point at it).

    @property
    def wants_yes(self) -> bool:
        """True when yes and no are answers."""
        return bool(self.offered or self.intent)


@dataclass(frozen=True)
class Goal:
    """What is right of one service after a turn that speaks of it."""

    service: str
    intent: str
    # Full name of what is wanted; "" for nothing.
    slots: Values
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    # Slot to where its value stands in the turn's text.
    choices: frozenset[str] = frozenset()
    # Slots whose values are fixed.
    seen: bool = True
    # The service is one of the training split.


@dataclass(frozen=True)
class Step:
    """One user turn."""

    text: str
    goals: tuple[Goal, ...] = ()
    # Of the services that it speaks of; the last is what the talk goes on with.
    heard: Heard = Heard()
    accepts: bool = False
    # Says yes to what was heard.
    rejects: bool = False
    talks: bool = False
    # Thanks, greets or takes leave, and nothing else.
    is_annotated: bool = True
    # The set says what it says; else that nothing is known of it does not mean that it changes nothing.


@dataclass(frozen=True)
class Conversation:
    """One dialogue."""

    name: str
    catalogue: str
    # What ``dialogue_catalogue`` finds the services by: the set, their names with commas between, and further words.
    services: tuple[str, ...]
    # The names of their skills, in the same order.
    steps: tuple[Step, ...]

    def catalogue_of(self, services: Container[str]) -> str:
        """Return the catalogue with some of the services alone."""
        kind, names, *further = self.catalogue.split(" ")
        pairs = zip(names.split(","), self.services, strict=True)
        return " ".join([kind, ",".join(name for name, service in pairs if service in services), *further])


def plain_value(value: str) -> str:
    """Return a value without case, spacing, accents of width, and the nought of a time.

    >>> plain_value(" San  JOSE"), plain_value("09:45")
    ('san jose', '9:45')
    """
    return _NOUGHT.sub(r"\1", " ".join(unicodedata.normalize("NFKC", value).casefold().split()))


def is_right(found: str, right: Sequence[str]) -> bool:
    """Return True when the value is one of the right ones, written as ``plain_value`` does."""
    return plain_value(found) in {plain_value(value) for value in right}


_TALK = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|great|good|perfect|wonderful|awesome|no|that is all|that's all|thanks?|thank you|very much"
    r"|so much|a lot|for (?:your|the) help|all|goodbye|good bye|bye|have a (?:nice|good|great) day|hello|hi|hey|there"
    r"|you too|for|your|time|again|and|then)\b\W*)+$",
    re.IGNORECASE,
)


def is_talk(text: str) -> bool:
    """Return True for thanks, a greeting or a farewell, for sets that do not mark them.

    >>> is_talk("Great, thanks. Bye!"), is_talk("Great, book it.")
    (True, False)
    """
    return bool(_TALK.match(text))
