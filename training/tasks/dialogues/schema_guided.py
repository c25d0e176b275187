"""The Schema-Guided Dialogue set (Rastogi et al. 2020, AAAI), with the paraphrased schemas of SGD-X (Lee et al. 2022).

Of a schema, a service's intents and the slots that they take are listed; categorical slots are choices. How a slot is
read (a city, an address, a day, a number of people) is told from its name and description, as a skill's author would.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from training.corpora import CorpusRow, read_rows
from training.tasks.dialogues.pointing import ADDRESS, COUNT, DATE, PLACE
from training.tasks.dialogues.steps import DONT_CARE, Conversation, Goal, Heard, Step
from training.tasks.known import snake

FOLDER = "sgd"
ORIGINAL = "v0"
VARIANTS = ("v1", "v2", "v3", "v4", "v5")
RENAMED = 0.5
"""Share of the training dialogues that are told under paraphrased names."""
_PART_OF_A_TICKET = frozenset({"airlines", "fare_type"})
# Of what an offer names and no intent requires, a yes takes over these alone: which airline, which fare.
_TALK = frozenset({"THANK_YOU", "GOODBYE", "NEGATE"})
_RESOLVERS = (
    (COUNT, re.compile(r"^(?:number_of_(?:seats|riders|travelers|passengers|people|adults|tickets)|travelers|passengers"
                       r"|group_size|party_size|num_passengers|num_tickets) ")),
    (DATE, re.compile(r"^(?:\w+_)?date ")),
    # A cab goes to an address, all else to a city.
    (ADDRESS, re.compile(r"^(?:\w*address\w*|venue|event_location|pickup_location) "
                         r"|^destination .*\b(?:taxi|cab|address)\b")),
    (PLACE, re.compile(r"^(?:\w+_)?(?:city|location|area|destination|origin|to|from)(?:_of_event|_city|_location)? ")),
)  # fmt: skip
# By a slot's own name and description.


class SchemaRow(CorpusRow):
    """One service under one set of names."""

    base_service: str
    variant: str
    service_name: str
    slots: list[dict[str, Any]]
    intents: list[dict[str, Any]]


class DialogueRow(CorpusRow):
    """One dialogue."""

    services: list[str] = Field(min_length=1)
    turns: list[dict[str, Any]]
    lang: str = "en"


@cache
def schemas(data: Path) -> dict[tuple[str, str], SchemaRow]:
    """Return the schemas of all splits that are there, by service and variant."""
    found = {}
    for path in sorted((data / FOLDER).glob("schema_*.jsonl*")):
        for row in read_rows(path, SchemaRow):
            found[row.base_service, row.variant] = row
    return found


@cache
def trained_services(data: Path) -> frozenset[str]:
    """Return the services of the training schemas."""
    paths = sorted((data / FOLDER).glob("schema_train.jsonl*"))
    return frozenset(row.base_service for path in paths for row in read_rows(path, SchemaRow))


def service_skill(schema: SchemaRow, original: SchemaRow) -> Skill:
    """Return a service as a skill; how its slots are read is told from its own names."""
    name = snake(schema.service_name)
    slots: dict[str, Slot] = {}
    for slot, own in zip(schema.slots, original.slots, strict=True):
        choices = tuple(slot["possible_values"]) if slot["is_categorical"] else ()
        short = snake(slot["name"])
        slots[short] = Slot(short, enum=(*choices, DONT_CARE) if choices else (), resolver=_resolver(own))
    intents = {}
    for each in schema.intents:
        full = f"{name}.{snake(each['name'])}"
        required = tuple(snake(slot) for slot in each["required_slots"])
        optional = tuple(snake(slot) for slot in each["optional_slots"])
        # Without its description: every word of a prompt costs, and the names say it.
        intents[full] = Intent(full, name, required=required, optional=optional)
    return Skill(name, schema.service_name, Path(), intents=intents, slots=slots)


def _resolver(slot: dict[str, Any]) -> str:
    told = f"{slot['name']} {slot.get('description', '')}".lower()
    return next((kind for kind, pattern in _RESOLVERS if pattern.search(told)), "text")


@cache
def services_catalogue(names: str, variant: str, data: Path) -> Catalogue:
    """Return the services of a dialogue (names with commas between) under one set of names."""
    held = schemas(data)
    return Catalogue.of([service_skill(held[name, variant], held[name, ORIGINAL]) for name in names.split(",")])


def conversations(data: Path, split: str, rng: random.Random | None) -> Iterator[Conversation]:
    """Yield the dialogues of a split and of its other domains; renamed now and then where random numbers are given."""
    held, seen = schemas(data), trained_services(data)
    for name in (split, f"{split}_other"):
        for ending in (".jsonl.gz", ".jsonl"):
            path = data / FOLDER / f"{name}{ending}"
            if not path.is_file():
                continue
            for row in read_rows(path, DialogueRow):
                services = list(dict.fromkeys(row.services))
                if any((service, ORIGINAL) not in held for service in services):
                    continue
                variants = [each for each in VARIANTS if all((service, each) in held for service in services)]
                renamed = bool(rng and variants and rng.random() < RENAMED)
                variant = rng.choice(variants) if rng and renamed else ORIGINAL
                told = {
                    service: _Names(held[service, ORIGINAL], held[service, variant], service in seen)
                    for service in services
                }
                yield Conversation(
                    row.id,
                    f"{FOLDER} {','.join(services)} {variant}",
                    tuple(told[service].service for service in services),
                    tuple(_steps(row, told)),
                )


class _Names:
    """The names of a service, of its intents and slots, in a variant: schemas list them in one order."""

    def __init__(self, original: SchemaRow, variant: SchemaRow, seen: bool) -> None:
        self.service = snake(variant.service_name)
        self.seen = seen
        pairs = zip(original.intents, variant.intents, strict=True)
        self.intents = {one["name"]: f"{self.service}.{snake(other['name'])}" for one, other in pairs}
        both = zip(original.slots, variant.slots, strict=True)
        self.slots = {one["name"]: snake(other["name"]) for one, other in both}
        self.choices = frozenset(slot["name"] for slot in original.slots if slot["is_categorical"])
        required = {slot for intent in original.intents for slot in intent["required_slots"]}
        optional = {slot for intent in original.intents for slot in intent["optional_slots"]}
        self.taken = required | (optional & _PART_OF_A_TICKET)
        # What a yes to an offer takes over; of the rest (a price, a rating) the user is only told.


def _steps(row: DialogueRow, names: dict[str, _Names]) -> Iterator[Step]:
    heard = Heard()
    for turn in row.turns:
        if turn["speaker"] != "user":
            heard = _heard(turn, names)
            continue
        acts = turn.get("acts", ())
        kinds = {act[1] for act in acts}
        state = turn.get("state", {})
        # In the order spoken of: the last one is what the talk goes on with.
        order = [*dict.fromkeys(act[0] for act in acts if act[0] in state), *state]
        goals = [_goal(turn, service, names[service]) for service in dict.fromkeys(order)]
        yield Step(
            turn["text"],
            tuple(goals),
            heard,
            accepts=bool(kinds & {"AFFIRM", "SELECT", "AFFIRM_INTENT"}),
            rejects=bool(kinds & {"NEGATE", "NEGATE_INTENT", "REQUEST_ALTS"}),
            talks=bool(kinds) and kinds <= _TALK,
        )


def _goal(turn: dict[str, Any], service: str, told: _Names) -> Goal:
    spoken = turn["state"][service]
    return Goal(
        told.service,
        told.intents.get(spoken["intent"], ""),
        {told.slots[slot]: tuple(values) for slot, values in spoken["slots"].items()},
        {told.slots[slot]: (start, end) for of, slot, start, end in turn.get("spans", ()) if of == service},
        frozenset(told.slots[slot] for slot in told.choices),
        told.seen,
    )


def _heard(turn: dict[str, Any], names: dict[str, _Names]) -> Heard:
    offered: dict[str, str] = {}
    named: dict[str, str] = {}
    asked = intent = service = ""
    for of, act, slot, values, *canonical in turn.get("acts", ()):
        told = names[of]
        service = service or of
        if of != service:
            continue
        if act == "OFFER_INTENT" and values:
            intent = told.intents.get(values[0], "")
        elif slot in told.slots and values:
            # A choice is written as the schema has it, a free value as it was said.
            value = canonical[0][0] if canonical and slot in told.choices else values[0]
            # A summary is agreed to as a whole, a proposal ("for two, then?") as well.
            takes = act in ("CONFIRM", "REQUEST") or (act == "OFFER" and slot in told.taken)
            (offered if takes else named)[told.slots[slot]] = value
        if act == "REQUEST" and not values and not asked:
            asked = told.slots.get(slot, "")
    return Heard(turn["text"], names[service].service if service else "", asked, offered, intent, named)
