"""Other catalogues than our own: a corpus' intents as skills made in code, so that a model learns to read a listing.

``corpus_catalogue`` lists everything a corpus knows; ``candidates`` gives a row a short shuffled list with the right
intents among it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.rows import Row, UnderstandRow
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, understand

_FOLDERS = {"cat_snips": "snips2017", "cat_hwu": "hwu64", "cat_clinc": "clinc150"}
_SKILLS = {"cat_snips": "snips", "cat_hwu": "hwu", "cat_clinc": "clinc"}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
MAX_SLOTS = 6
"""Slots a listed intent has at most: the rarer ones are left out, and so are rows that need them."""
_ENOUGH = 3
# A slot seen less often with an intent is an annotation error more often than not.
REFUSED_INTENTS = ("oos",)


def _snake(label: str) -> str:
    """Return a label as commands spell names: "timeRange" becomes "time_range"."""
    return re.sub(r"[^a-z0-9_]", "_", _CAMEL.sub("_", label).lower())


@cache
def corpus_catalogue(name: str, data: Path) -> Catalogue:
    """Return the intents of a corpus as a catalogue of one skill.

    Args:
        name: "cat_snips", "cat_hwu" or "cat_clinc".
        data: folder of corpus folders.

    Raises:
        CorpusError: the corpus is not there.
    """
    counts: dict[str, Counter[str]] = {}
    for row in read_corpus(data, _FOLDERS[name], "train", NluRow):
        if row.intent not in REFUSED_INTENTS:
            counts.setdefault(row.intent, Counter()).update({_snake(slot) for slot, _, _ in row.spans})
    skill = _SKILLS[name]
    intents: dict[str, Intent] = {}
    for label in sorted(counts):
        slots = [slot for slot, count in counts[label].most_common(MAX_SLOTS) if count >= _ENOUGH]
        full_name = f"{skill}.{_snake(label)}"
        intents[full_name] = Intent(full_name, skill, description=_describe(label), optional=tuple(slots))
    return _catalogue(skill, intents)


def _describe(label: str) -> str:
    return _snake(label).replace("_", " ")


def _catalogue(skill: str, intents: dict[str, Intent]) -> Catalogue:
    slots = {name: Slot(name) for intent in intents.values() for name in intent.slots}
    return Catalogue.of([Skill(skill, f"the {skill} corpus", Path(), intents=intents, slots=slots)])


def candidates(row: UnderstandRow, catalogue: Catalogue, rng: random.Random, k: int = 8) -> Catalogue:
    """Return a catalogue of ``k`` intents in random order: those the row starts, and others drawn at random."""
    gold = [line.partition(" ")[2] for line in row.commands if line.startswith("start ")]
    gold += [frame.intent for frame in row.state.stack]
    others = [name for name in catalogue.intents if name not in gold]
    names = list(dict.fromkeys(gold)) + rng.sample(others, min(len(others), max(0, k - len(set(gold)))))
    rng.shuffle(names)
    skill = next(iter(catalogue.skills))
    return _catalogue(skill, {name: catalogue.intents[name] for name in names})


def catalogue_rows(name: str, source: Source) -> Iterator[Row]:
    """Yield the rows of a corpus in terms of its own catalogue; its out-of-scope rows are refused."""
    catalogue = corpus_catalogue(name, source.data)
    skill = _SKILLS[name]
    for row in read_corpus(source.data, _FOLDERS[name], source.split, NluRow):
        made: Row | None
        if row.intent in REFUSED_INTENTS:
            made = understand(source, row.text, ["refuse"], kind="out_of_scope", catalogue=name)
        else:
            made = _row(source, row, catalogue, f"{skill}.{_snake(row.intent)}", name)
        if made is not None:
            yield made


def _row(source: Source, row: NluRow, catalogue: Catalogue, intent: str, name: str) -> Row | None:
    known = catalogue.intents[intent].slots if intent in catalogue.intents else ()
    spans = sorted(row.spans, key=lambda span: span[1])
    slots = [_snake(slot) for slot, _, _ in spans]
    if len(set(slots)) < len(slots) or not set(slots) <= set(known):
        source.dropped[f"{name}: a slot twice or a slot too rare to list"] += 1
        return None
    commands = [f"start {intent}", *(f"set {slot} {{{number}}}" for number, slot in enumerate(slots))]
    return understand(source, row.text, commands, [(start, end) for _, start, end in spans], catalogue=name)
