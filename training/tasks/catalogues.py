"""Listed catalogues: a few intents of a public set in the prompt, so that a model learns to read a new skill's listing.

``catalogue_rows`` gives the rows of a set, ``listed`` turns one of them into what is shown and what is right: the right
intents among others, shuffled, and every other time under new names, since a new skill is called as its author likes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.rows import Row, UnderstandRow
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source
from training.tasks.known import KNOWN, OUT_OF_SCOPE, known_catalogue, known_row, slot_values, snake

LISTED = {f"cat_{name}": name for name in ("snips", "hwu", "clinc", "banking")}
"""Sources of listed rows, with the set they come from."""
MAX_SLOTS = 6
"""Slots a listed intent has at most: the rarer ones are left out, and so are rows that need them."""
RENAMED = 0.5
"""Share of the rows whose intents stand under new names."""
_NEW_SKILLS = (
    "tools", "helper", "kit", "office", "shop", "travel", "news", "fitness", "garden", "library", "music", "desk",
    "studio",
    "wallet", "market", "kitchen", "school", "games", "social", "health", "radio", "family",
    "city", "cinema", "post",
)  # fmt: skip


def listed(row: UnderstandRow, catalogue: Catalogue, rng: random.Random, k: int = 8) -> tuple[UnderstandRow, Catalogue]:
    """Return the row and a catalogue of ``k`` intents in random order: those the row starts, and others at random.

    Where the intents are renamed, the row's commands are too.
    """
    gold = [line.partition(" ")[2] for line in row.commands if line.startswith("start ")]
    gold += [frame.intent for frame in row.state.stack]
    others = [name for name in catalogue.intents if name not in gold]
    names = list(dict.fromkeys(gold)) + rng.sample(others, min(len(others), max(0, k - len(set(gold)))))
    rng.shuffle(names)
    shown = {name: replace(catalogue.intents[name], optional=_common(catalogue.intents[name])) for name in names}
    if rng.random() < RENAMED and not row.state.stack:
        fresh = _new_names(names, rng)
        shown = {fresh[name]: _renamed(intent, fresh[name]) for name, intent in shown.items()}
        commands = [_with_new_name(command, fresh) for command in row.commands]
        row = row.model_copy(update={"commands": tuple(commands)})
    return row, _catalogue(shown)


_OURS = re.compile(
    r"\.(?:get_weather|book_restaurant|weather.*|iot_.*|qa_maths|general_.*|restaurant_.*|smart_home|translate|calculator"
    r"|cancel.*|confirm_.*|accept_.*|how_busy|yes|no|maybe|repeat|greeting|goodbye|thank_you|tell_joke|fun_fact|what_.*"
    r"|who_.*|where_.*|how_old.*|are_you.*|do_you.*|meaning_.*|change_.*|definition|user_name|play_game|datetime_convert)$"
)
"""Intents of other sets that the project's own skills or talk would take."""
LISTED_BESIDE = 0.12
"""Share of the rows of the project's skills whose prompt lists a foreign skill as well, as it is when one is added."""


def is_foreign(row: UnderstandRow) -> bool:
    """Return True when nothing of ours would take the row, so that it can stand beside the project's skills."""
    return all(not _OURS.search(line) for line in row.commands) and row.commands[0].startswith("start ")


def with_listed(own: Catalogue, extra: Catalogue) -> Catalogue:
    """Return the project's skills with another one, or as they are when one is called the same."""
    if set(own.skills) & set(extra.skills):
        return own
    return Catalogue.of([*own.skills.values(), *extra.skills.values()])


def beside(row: UnderstandRow, own: Catalogue, others: Mapping[str, Intent], rng: random.Random) -> Catalogue:
    """Return what is shown for a row of the project's skills: now and then with a foreign skill of a few intents."""
    if rng.random() >= LISTED_BESIDE or not row.commands[0].startswith(("start ", "set ", "confirm", "cancel")):
        return own
    names = rng.sample(sorted(others), rng.randint(1, 3))
    fresh = _new_names(names, rng)
    return with_listed(own, _catalogue({fresh[name]: _renamed(others[name], fresh[name]) for name in names}))


def foreign_intents(catalogues: Iterable[Catalogue]) -> dict[str, Intent]:
    """Return the intents of public sets that nothing of ours would take, with the slots they are listed with."""
    return {
        name: replace(intent, optional=_common(intent))
        for catalogue in catalogues
        for name, intent in catalogue.intents.items()
        if not _OURS.search(name)
    }


def _common(intent: Intent) -> tuple[str, ...]:
    return intent.optional[:MAX_SLOTS]


def _new_names(names: list[str], rng: random.Random) -> dict[str, str]:
    """Return another name for each: the skill's drawn anew, the intent's own words kept, turned round or cut."""
    skill = rng.choice(_NEW_SKILLS)
    fresh: dict[str, str] = {}
    for name in names:
        words = name.partition(".")[2].split("_")
        form = rng.randrange(4)
        if form == 1:
            words.reverse()
        elif form == 2 and len(words) > 2:
            words = words[:2]
        elif form == 3:
            words = [rng.choice(("do", "my", "get", "ask")), *words]
        new = f"{skill}.{'_'.join(words)}"
        while new in fresh.values():
            new += "_too"
        fresh[name] = new
    return fresh


def _renamed(intent: Intent, name: str) -> Intent:
    return replace(intent, name=name, skill=name.partition(".")[0])


def _with_new_name(command: str, fresh: Mapping[str, str]) -> str:
    word, _, name = command.partition(" ")
    return f"start {fresh[name]}" if word == "start" else command


def _catalogue(intents: Mapping[str, Intent]) -> Catalogue:
    skill = next(iter(intents.values())).skill
    slots = {name: Slot(name) for intent in intents.values() for name in intent.slots}
    return Catalogue.of([Skill(skill, f"the {skill} skill", Path(), intents=intents, slots=slots)])


def catalogue_rows(name: str, source: Source) -> Iterator[Row]:
    """Yield the rows of a set to be listed; its out-of-scope rows are refused."""
    known = LISTED[name]
    catalogue = known_catalogue(known, source.data)
    for row in read_corpus(source.data, KNOWN[known].folder, source.split, NluRow):
        if row.intent not in OUT_OF_SCOPE:
            intent = catalogue.intents.get(f"{known}.{snake(row.intent)}")
            slots = [slot for slot, _ in slot_values(known, row)]
            if intent is None or len(set(slots)) < len(slots) or not set(slots) <= set(_common(intent)):
                source.dropped[f"{name}: a slot twice or a slot too rare to list"] += 1
                continue
        made = known_row(source, known, row, noise=True)
        if made is not None:
            yield made.model_copy(update={"catalogue": name})
