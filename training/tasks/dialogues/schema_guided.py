"""The Schema-Guided Dialogue set (Rastogi et al. 2020, AAAI), with the paraphrased schemas of SGD-X (Lee et al. 2022).

Of a schema, a service's intents and the slots that they take are listed; categorical slots are choices.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from training.corpora import CorpusRow, read_rows
from training.tasks.dialogues.belief import Conversation, Heard, Step
from training.tasks.known import snake

FOLDER = "sgd"
ORIGINAL = "v0"
VARIANTS = ("v1", "v2", "v3", "v4", "v5")
RENAMED = 0.5
"""Share of the training dialogues that are told under paraphrased names."""
DONT_CARE = "dontcare"


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


def service_skill(schema: SchemaRow) -> Skill:
    """Return a service as a skill."""
    name = snake(schema.service_name)
    slots: dict[str, Slot] = {}
    for slot in schema.slots:
        choices = tuple(slot["possible_values"]) if slot["is_categorical"] else ()
        short = snake(slot["name"])
        slots[short] = Slot(short, enum=(*choices, DONT_CARE) if choices else ())
    intents = {}
    for each in schema.intents:
        full = f"{name}.{snake(each['name'])}"
        required = tuple(snake(slot) for slot in each["required_slots"])
        optional = tuple(snake(slot) for slot in each["optional_slots"])
        # Without its description: every word of a prompt costs, and the names say it.
        intents[full] = Intent(full, name, required=required, optional=optional)
    return Skill(name, schema.service_name, Path(), intents=intents, slots=slots)


@cache
def services_catalogue(names: str, variant: str, data: Path) -> Catalogue:
    """Return the services of a dialogue (names with commas between) under one set of names."""
    held = schemas(data)
    return Catalogue.of([service_skill(held[name, variant]) for name in names.split(",")])


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
                yield Conversation(
                    row.id,
                    f"{FOLDER} {','.join(services)} {variant}",
                    tuple(_steps(row, held, variant)),
                    seen=set(services) <= seen,
                )


def _steps(row: DialogueRow, held: dict[tuple[str, str], SchemaRow], variant: str) -> Iterator[Step]:
    names = {service: _Names(held[service, ORIGINAL], held[service, variant]) for service in set(row.services)}
    heard = Heard()
    service = ""
    for turn in row.turns:
        if turn["speaker"] != "user":
            heard = _heard(turn, names)
            continue
        state = turn.get("state", {})
        about = [act[0] for act in turn.get("acts", ()) if act[0] in state]
        # A turn may speak of two services; the last one is what the talk goes on with.
        service = about[-1] if about else next(iter(state), service)
        if service not in state:
            yield Step(turn["text"], "", "", {}, heard)
            continue
        told, spoken = names[service], state[service]
        kinds = {act[1] for act in turn.get("acts", ())}
        yield Step(
            turn["text"],
            told.service,
            told.intents.get(spoken["intent"], ""),
            {told.slots[slot]: tuple(values) for slot, values in spoken["slots"].items()},
            heard,
            {told.slots[slot]: (start, end) for of, slot, start, end in turn.get("spans", ()) if of == service},
            accepts=bool(kinds & {"AFFIRM", "SELECT"}),
            rejects=bool(kinds & {"NEGATE", "NEGATE_INTENT", "REQUEST_ALTS"}),
        )


class _Names:
    """The names of a service, of its intents and slots, in a variant: schemas list them in one order."""

    def __init__(self, original: SchemaRow, variant: SchemaRow) -> None:
        self.service = snake(variant.service_name)
        pairs = zip(original.intents, variant.intents, strict=True)
        self.intents = {one["name"]: f"{self.service}.{snake(other['name'])}" for one, other in pairs}
        both = zip(original.slots, variant.slots, strict=True)
        self.slots = {one["name"]: snake(other["name"]) for one, other in both}
        self.choices = frozenset(slot["name"] for slot in original.slots if slot["is_categorical"])


def _heard(turn: dict[str, Any], names: dict[str, _Names]) -> Heard:
    offered: dict[str, str] = {}
    asked, wants_yes = "", False
    for service, act, slot, values, *canonical in turn.get("acts", ()):
        if act in ("OFFER", "CONFIRM") and slot in names[service].slots and values:
            # A choice is written as the schema has it, a free value as it was said.
            is_choice = bool(canonical) and slot in names[service].choices
            offered[names[service].slots[slot]] = canonical[0][0] if is_choice else values[0]
            wants_yes = True
        elif act == "OFFER_INTENT":
            wants_yes = True
        elif act == "REQUEST" and not asked:
            asked = names[service].slots.get(slot, "")
    return Heard(turn["text"], asked, offered, wants_yes)
