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
from training.tasks.dialogues.pointing import PLACE, TIME
from training.tasks.dialogues.schema_guided import DialogueRow
from training.tasks.dialogues.steps import DONT_CARE, Conversation, Goal, Heard, Step, is_talk, plain_value

WOZ, MULTIWOZ = "woz", "multiwoz"
FOLDERS = {WOZ: "woz2", MULTIWOZ: "multiwoz21"}
_YES = ("yes", "no", DONT_CARE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = tuple(map(str, range(1, 9)))
_AREAS = ("centre", "north", "south", "east", "west", DONT_CARE)
_PRICES = ("cheap", "moderate", "expensive", DONT_CARE)
_SIGHTS = (
    "architecture", "boat", "cinema", "college", "concerthall", "entertainment", "museum", "multiple sports",
    "nightclub", "park", "swimmingpool", "theatre", DONT_CARE,
)  # fmt: skip
_DOMAINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "restaurant": {
        "food": (), "area": _AREAS, "pricerange": _PRICES, "name": (), "book_day": _DAYS, "book_time": (),
        "book_people": _NUMBERS,
    },
    "hotel": {
        "area": _AREAS, "pricerange": _PRICES, "stars": ("0", "1", "2", "3", "4", "5", DONT_CARE), "parking": _YES,
        "internet": _YES, "type": ("hotel", "guesthouse", DONT_CARE), "name": (), "book_day": _DAYS,
        "book_stay": _NUMBERS, "book_people": _NUMBERS,
    },
    "attraction": {"type": _SIGHTS, "area": _AREAS, "name": ()},
    "train": {
        "departure": (), "destination": (), "day": _DAYS, "leaveat": (), "arriveby": (), "book_people": _NUMBERS,
    },
    "taxi": {"departure": (), "destination": (), "leaveat": (), "arriveby": ()},
    "hospital": {"department": ()},
}  # fmt: skip
_RESOLVERS = {
    "name": PLACE, "departure": PLACE, "destination": PLACE, "leaveat": TIME, "arriveby": TIME, "book_time": TIME,
}  # fmt: skip
_WOZ_SLOTS = {"food": (), "area": _AREAS, "price_range": _PRICES}
_ACTS = {"dest": "destination", "depart": "departure", "leave": "leaveat", "arrive": "arriveby", "price": "pricerange"}
# How the assistant's acts call slots.
_SPELT = {
    "guest house": "guesthouse",
    "guesthouses": "guesthouse",
    "center": "centre",
    "do n't care": DONT_CARE,
    "dont care": DONT_CARE,
    "night club": "nightclub",
    "concert hall": "concerthall",
    "swimming pool": "swimmingpool",
    "theater": "theatre",
}
_UNTOLD = frozenset({"", "none", "not mentioned"})
# Values of slots that nothing is known of.
_NO_WORDS = re.compile(r"^\W*(?:no|nope|not)\b", re.I)


@cache
def domains_catalogue(names: str, kind: str) -> Catalogue:
    """Return the domains of a dialogue (names with commas between), each with its one intent."""
    skills = []
    for name in names.split(","):
        shapes = _WOZ_SLOTS if kind == WOZ else _DOMAINS[name]
        intent = Intent(f"{name}.find", name, optional=tuple(shapes))
        slots = {
            slot: Slot(slot, enum=choices, resolver=_RESOLVERS.get(slot, "text")) for slot, choices in shapes.items()
        }
        skills.append(Skill(name, f"The {name} service.", Path(), intents={intent.name: intent}, slots=slots))
    return Catalogue.of(skills)


def conversations(kind: str, data: Path, split: str) -> Iterator[Conversation]:
    """Yield the English dialogues of a split."""
    for row in read_corpus(data, FOLDERS[kind], split, DialogueRow):
        spoken = [turn.get("state", {}) for turn in row.turns]
        names = [name for name in dict.fromkeys(key for state in spoken for key in state) if name in _DOMAINS]
        if row.lang == "en" and names:
            yield Conversation(row.id, f"{kind} {','.join(names)}", tuple(names), tuple(_steps(row, names)))


def _steps(row: DialogueRow, names: list[str]) -> Iterator[Step]:
    heard = Heard()
    open_offer: Mapping[str, str] = {}
    # The name that was told last: it can be taken up some turns later.
    before: dict[str, dict[str, tuple[str, ...]]] = {}
    service = ""
    for turn in row.turns:
        if turn["speaker"] != "user":
            heard = _heard(turn, service)
            open_offer = heard.offered or open_offer
            continue
        state = {name: _values(slots) for name, slots in turn.get("state", {}).items() if name in names}
        changed = [name for name in state if state[name] != before.get(name, {})]
        # What the talk was about stands last only where nothing else has changed.
        spoken = sorted(changed, key=lambda name: name not in before) or [name for name in [service] if name in state]
        goals = []
        for name in spoken:
            places = {slot: place for slot, (value,) in state[name].items() if (place := _place(turn["text"], value))}
            goals.append(Goal(name, f"{name}.find", state[name], places))
        takes = bool(goals) and _takes_up(goals[0], before.get(goals[0].service, {}), open_offer)
        yield Step(
            turn["text"],
            tuple(goals),
            heard,
            accepts=takes,
            rejects=bool(_NO_WORDS.search(turn["text"])),
            talks=is_talk(turn["text"]),
        )
        if takes:
            open_offer = {}
        if goals:
            service = goals[-1].service
        before = state


def _values(slots: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    # WOZ 2.0 writes "price range".
    spelt = {slot.lower().replace(" ", "_"): _spelt(str(value)) for slot, value in slots.items()}
    return {slot: (value,) for slot, value in spelt.items() if value not in _UNTOLD}


def _takes_up(goal: Goal, before: Mapping[str, tuple[str, ...]], offer: Mapping[str, str]) -> bool:
    # The sets have no act for "I'll take it": that the state then holds what was offered tells.
    return any(goal.slots.get(slot) == (value,) != before.get(slot) for slot, value in offer.items())


def _heard(turn: dict[str, Any], service: str) -> Heard:
    offered: dict[str, str] = {}
    asked = ""
    for act in turn.get("acts", ()):
        if len(act) == 4:
            domain, kind, slot, value = (str(part).lower() for part in act)
            slot = _ACTS.get(slot, slot)
            if kind in ("recommend", "inform", "offerbook", "select") and slot == "name":
                offered.setdefault(slot, _spelt(value))
            elif kind == "request" and not asked:
                asked = f"book_{slot}" if domain == "booking" else slot
        elif len(act) == 2 and act[0] == "request" and not asked:
            asked = str(act[1]).replace(" ", "_")
    return Heard(turn["text"], service, asked, offered)


def _spelt(value: str) -> str:
    value = value.lower().strip()
    return _SPELT.get(value, value)


def _place(text: str, value: str) -> tuple[int, int] | None:
    """Return where a value stands in a text as whole words, whatever its case."""
    nought = "0?" if re.match(r"\d:", value := plain_value(value)) else ""
    match = re.search(rf"(?<!\w){nought}{re.escape(value)}(?!\w)", text, re.IGNORECASE)
    return match.span() if match else None
