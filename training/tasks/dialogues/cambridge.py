"""MultiWOZ 2.1 (Budzianowski et al. 2018, Eric et al. 2020) and WOZ 2.0 (Mrksic et al. 2017): one intent a domain.

The sets have no schemas; which slots are choices is told here. Values of other slots are found in the user's words, or
taken over from what the assistant named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from training.corpora import read_corpus
from training.tasks.dialogues.belief import Conversation, Heard, Step
from training.tasks.dialogues.schema_guided import DialogueRow

WOZ, MULTIWOZ = "woz", "multiwoz"
FOLDERS = {WOZ: "woz2", MULTIWOZ: "multiwoz21"}
_ANY = "dontcare"
_YES = ("yes", "no", _ANY)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = tuple(map(str, range(1, 9)))
_AREAS = ("centre", "north", "south", "east", "west", _ANY)
_PRICES = ("cheap", "moderate", "expensive", _ANY)
_DOMAINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "restaurant": {
        "food": (), "area": _AREAS, "pricerange": _PRICES, "name": (), "book_day": _DAYS, "book_time": (),
        "book_people": _NUMBERS,
    },
    "hotel": {
        "area": _AREAS, "pricerange": _PRICES, "stars": ("0", "1", "2", "3", "4", "5", _ANY), "parking": _YES,
        "internet": _YES, "type": ("hotel", "guesthouse", _ANY), "name": (), "book_day": _DAYS,
        "book_stay": _NUMBERS, "book_people": _NUMBERS,
    },
    "attraction": {"type": (), "area": _AREAS, "name": ()},
    "train": {
        "departure": (), "destination": (), "day": _DAYS, "leaveat": (), "arriveby": (), "book_people": _NUMBERS,
    },
    "taxi": {"departure": (), "destination": (), "leaveat": (), "arriveby": ()},
    "hospital": {"department": ()},
}  # fmt: skip
_WOZ_SLOTS = {"food": (), "area": _AREAS, "price_range": _PRICES}
_ACTS = {"dest": "destination", "depart": "departure", "leave": "leaveat", "arrive": "arriveby", "price": "pricerange"}
# How the assistant's acts call slots.
_SPELT = {"guest house": "guesthouse", "guesthouses": "guesthouse", "center": "centre", "do n't care": _ANY}
_YES_WORDS = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok(?:ay)?|please do|that (?:works|sounds|would|will)|sounds|perfect|great)\b", re.I
)
_NO_WORDS = re.compile(r"^\W*(?:no|nope|not)\b", re.I)


@cache
def domains_catalogue(names: str, kind: str) -> Catalogue:
    """Return the domains of a dialogue (names with commas between), each with its one intent."""
    skills = []
    for name in names.split(","):
        shapes = _WOZ_SLOTS if kind == WOZ else _DOMAINS[name]
        intent = Intent(f"{name}.find", name, optional=tuple(shapes))
        slots = {slot: Slot(slot, enum=choices) for slot, choices in shapes.items()}
        skills.append(Skill(name, f"The {name} service.", Path(), intents={intent.name: intent}, slots=slots))
    return Catalogue.of(skills)


def conversations(kind: str, data: Path, split: str) -> Iterator[Conversation]:
    """Yield the English dialogues of a split."""
    for row in read_corpus(data, FOLDERS[kind], split, DialogueRow):
        spoken = [turn.get("state", {}) for turn in row.turns]
        names = [name for name in dict.fromkeys(key for state in spoken for key in state) if name in _DOMAINS]
        if row.lang == "en" and names:
            yield Conversation(row.id, f"{kind} {','.join(names)}", tuple(_steps(row, set(names))))


def _steps(row: DialogueRow, names: set[str]) -> Iterator[Step]:
    heard = Heard()
    before: dict[str, Any] = {}
    service = ""
    for turn in row.turns:
        if turn["speaker"] != "user":
            heard = _heard(turn)
            continue
        state = {name: slots for name, slots in turn.get("state", {}).items() if name in names}
        changed = [name for name, slots in state.items() if slots != before.get(name)]
        service = changed[-1] if changed else service
        gold = {slot.lower(): (_spelt(str(value)),) for slot, value in state.get(service, {}).items()}
        # WOZ 2.0 writes "price range".
        gold = {slot.replace(" ", "_"): values for slot, values in gold.items()}
        yield Step(
            turn["text"],
            service,
            f"{service}.find" if service else "",
            gold,
            heard,
            {slot: place for slot, values in gold.items() if (place := _place(turn["text"], values[0]))},
            accepts=bool(_YES_WORDS.search(turn["text"])) or _takes_up(gold, heard),
            rejects=bool(_NO_WORDS.search(turn["text"])),
        )
        before = state


def _takes_up(gold: Mapping[str, tuple[str, ...]], heard: Heard) -> bool:
    # The sets have no act for "I'll take it": that the state then holds what was offered tells.
    return any(gold.get(slot) == (value,) for slot, value in heard.offered.items())


def _heard(turn: dict[str, Any]) -> Heard:
    offered: dict[str, str] = {}
    asked = ""
    for act in turn.get("acts", ()):
        if len(act) == 4:
            _, kind, slot, value = (str(part).lower() for part in act)
            slot = _ACTS.get(slot, slot)
            if kind in ("recommend", "inform", "offerbook", "select") and slot == "name":
                offered.setdefault(slot, _spelt(value))
            elif kind == "request" and not asked:
                asked = slot
        elif len(act) == 2 and act[0] == "request" and not asked:
            asked = str(act[1]).replace(" ", "_")
    return Heard(turn["text"], asked, offered, bool(offered))


def _spelt(value: str) -> str:
    value = value.lower().strip()
    return _SPELT.get(value, value)


def _place(text: str, value: str) -> tuple[int, int] | None:
    """Return where a value stands in a text as whole words, whatever its case."""
    match = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE)
    return match.span() if match else None
