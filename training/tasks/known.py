"""Known catalogues: public sets whose intents a model learns by heart, so that its prompt names the set and no intent.

    <|understand|><|skills|> clinc<|user|> what is my balance<|commands|>start clinc.balance\\n<|end|>

``KNOWN`` says which sets there are, ``known_catalogue`` makes a set's intents and slots from its training split,
``known_rows`` its rows. A trained model carries the catalogues it knows (``save_known``), since whoever evaluates it
may have a test file and no training split.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.rows import Row, UnderstandRow
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, understand
from training.tasks.home_templates import HomeTemplates, has_templates
from training.tasks.home_values import HOME_CHOICES, home_slots, writable
from training.tasks.outside import outside_texts

KNOWN_FILE = "catalogues.json"
"""In a model's folder: the catalogues it knows by name."""
OUT_OF_SCOPE = frozenset({"oos"})
WITH_OUTSIDE = "clinc"
"""The set whose scope is denied by texts of other sets too."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
MAX_SETS = 6
"""Slots that the grammar lets one request set."""


@dataclass(frozen=True)
class KnownSet:
    """One public set as a catalogue."""

    name: str
    # Of the catalogue and of its one skill: short, since it stands in every prompt and every command.
    folder: str
    licence: str
    lang: str = "en"
    # Only rows of this language.


KNOWN: dict[str, KnownSet] = {
    known.name: known
    for known in (
        KnownSet("clinc", "clinc150", "CC BY 3.0"),
        KnownSet("snips", "snips2017", "CC0 1.0"),
        KnownSet("hwu", "hwu64", "CC BY 4.0"),
        KnownSet("banking", "banking77", "CC BY 4.0"),
        KnownSet("ha", "home_assistant_intents", "CC BY 4.0"),
        KnownSet("support", "bitext_customer_service", "CDLA-Sharing-1.0"),
    )
}


def present(data: Path) -> tuple[str, ...]:
    """Return the names of the known sets that are in a data folder: a model can only know those."""
    return tuple(name for name, known in KNOWN.items() if (data / known.folder).is_dir())


def snake(label: str) -> str:
    """Return a label as commands spell names: "timeRange" becomes "time_range"."""
    return re.sub(r"[^a-z0-9_]", "_", _CAMEL.sub("_", label).lower())


def intent_name(name: str, label: str) -> str:
    """Return the full name of a set's intent: "clinc.balance"."""
    short = snake(label)
    return f"{name}.{short.removeprefix('hass_') if name == 'ha' else short}"


@cache
def known_catalogue(name: str, data: Path) -> Catalogue:
    """Return all intents of a set, each with the slots it has in the training split.

    Raises:
        CorpusError: the corpus is not there.
    """
    slots: dict[str, Counter[str]] = {}
    for row in _read(name, data, "train"):
        if row.intent not in OUT_OF_SCOPE:
            slots.setdefault(row.intent, Counter()).update(slot for slot, _ in slot_values(name, row))
    shapes = {
        intent_name(name, label): tuple(slot for slot, _ in counts.most_common())
        for label, counts in sorted(slots.items())
    }
    return catalogue_of_shapes(name, shapes, HOME_CHOICES if name == "ha" else {})


def catalogue_of_shapes(
    name: str, shapes: Mapping[str, Iterable[str]], choices: Mapping[str, Iterable[str]]
) -> Catalogue:
    """Return a known catalogue from its intents' slots and the fixed values of some slots."""
    intents = {
        full: Intent(full, name, description=full.partition(".")[2].replace("_", " "), optional=tuple(slots))
        for full, slots in shapes.items()
    }
    names = sorted({slot for intent in intents.values() for slot in intent.slots})
    declared = {slot: Slot(slot, enum=tuple(choices.get(slot, ()))) for slot in names}
    return Catalogue.of([Skill(name, f"the {name} set", Path(), intents=intents, slots=declared)], name=name)


def save_known(catalogues: Iterable[Catalogue], folder: Path) -> None:
    """Write the catalogues a model knows beside its weights."""
    stored: dict[str, Any] = {}
    for catalogue in catalogues:
        skill = catalogue.skills[catalogue.name]
        stored[catalogue.name] = {
            "intents": {name: list(intent.slots) for name, intent in catalogue.intents.items()},
            "choices": {name: list(slot.enum) for name, slot in skill.slots.items() if slot.enum},
        }
    text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
    (folder / KNOWN_FILE).write_text(text, encoding="utf-8")


def carried(catalogues: Iterable[Catalogue], sources: Iterable[str], before: Path | None = None) -> list[Catalogue]:
    """Return the catalogues that a model may claim to know: those whose own rows it has been trained on.

    Args:
        catalogues: those of the data folder, learnt or not.
        sources: of the mixture that it was trained on.
        before: the model folder that it began with, whose catalogues it knows too.
    """
    names = {*sources, *(load_known(before) if before else ())}
    return [catalogue for catalogue in catalogues if catalogue.name in names]


def load_known(folder: Path) -> dict[str, Catalogue]:
    """Return the catalogues that the model in a folder knows, by name; none when it carries none."""
    path = folder / KNOWN_FILE
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: catalogue_of_shapes(name, each["intents"], each["choices"]) for name, each in stored.items()}


def slot_values(name: str, row: NluRow) -> list[tuple[str, tuple[int, int] | str]]:
    """Return slots in the order their values are to be set, each with a place in the text or a fixed choice."""
    if name == "ha":
        return home_slots(row)
    return [(snake(slot), (start, end)) for slot, start, end in sorted(row.spans, key=lambda span: span[1])]


def known_row(source: Source, name: str, row: NluRow, *, noise: bool) -> UnderstandRow | None:
    """Return a row in terms of its set's catalogue; None when a value cannot be written."""
    if row.intent in OUT_OF_SCOPE:
        return understand(source, row.text, ["refuse"], kind="out_of_scope", catalogue=name, noise=noise)
    if name == "ha" and not writable(row):
        source.dropped["ha: a value that is neither said nor a choice"] += 1
        return None
    commands = [f"start {intent_name(name, row.intent)}"]
    places: list[tuple[int, int]] = []
    for slot, value in slot_values(name, row)[:MAX_SETS]:
        if isinstance(value, str):
            commands.append(f"set {slot} {value}")
        else:
            commands.append(f"set {slot} {{{len(places)}}}")
            places.append(value)
    return understand(source, row.text, commands, places, catalogue=name, noise=noise)


OOS_TIMES = 3
"""Times that an out-of-scope row of the set itself is gone through in a round: 250 among 15,000 are too few."""
OUTSIDE_ROWS = 700
"""Rows of other sets that none of CLINC150's intents fits, refused as well."""


def known_rows(name: str, source: Source) -> Iterator[Row]:
    """Yield the rows of a set in terms of its own catalogue: as they stand and, in training, once more as typed."""
    rows: list[UnderstandRow | None] = []
    for row in _read(name, source.data, source.split):
        outside = row.intent in OUT_OF_SCOPE
        rows.append(known_row(source, name, row, noise=False))
        if source.training:
            rows += [known_row(source, name, row, noise=True) for _ in range(OOS_TIMES if outside else 1)]
    if name == "ha" and source.training and has_templates(source.data):
        rows += [known_row(source, name, row, noise=source.keep(0.3)) for row in _home_said(source)]
    if name == WITH_OUTSIDE and source.training:
        texts = outside_texts(source.data, source.rng)[:OUTSIDE_ROWS]
        rows += [
            understand(source, text, ["refuse"], kind="out_of_scope", catalogue=name)
            for text in (lowered(text, source.rng) for text in texts)
        ]
    if source.training:
        source.rng.shuffle(rows)
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for made in rows:
        # The typed row is often the row itself once more.
        if made is None or (source.training and made.kind == "request" and (made.text, made.commands) in seen):
            continue
        seen.add((made.text, made.commands))
        yield made


def _home_said(source: Source) -> Iterator[NluRow]:
    """Yield Home Assistant's templates said at random: most of them are not among its few hundred sentences.

    Slots that the training sentences never give an intent are in no catalogue: such rows are left out.
    """
    intents = known_catalogue("ha", source.data).intents
    templates = HomeTemplates(source.data, list(_read("ha", source.data, source.split)), source.rng)
    for row in templates.rows():
        intent = intents.get(intent_name("ha", row.intent))
        if intent and all(slot in intent.slots for slot, _ in slot_values("ha", row)):
            yield row
        else:
            source.dropped["ha: a template's intent or slot that no training sentence has"] += 1


def lowered(text: str, rng: random.Random) -> str:
    """Return a text as CLINC150 writes: lower case, without the last mark."""
    return text.lower().rstrip(" .?!") if rng.random() < 0.9 else text


def _read(name: str, data: Path, split: str) -> Iterator[NluRow]:
    known = KNOWN[name]
    return (row for row in read_corpus(data, known.folder, split, NluRow) if row.lang == known.lang)
