"""Home Assistant's sentence templates said at random: they are the grammar of its sentences, which are few.

The templates (hassil's syntax) come with the set, `templates` and `template_common`, and names of rooms and devices
with its sample home, `fixtures`. What is drawn is a row like those of the set: text, intent, canonical slots, and the
room the speaker is in where the template needs one.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hassil.expression import Alternative, Expression, Group, ListReference, Permutation, RuleReference, TextChunk
from hassil.parse_expression import parse_sentence

from training.corpora import CorpusError, CorpusRow, NluRow, corpus_file, read_corpus

SET = "home_assistant_intents"
ROWS_A_TEMPLATE, ROWS_A_SENTENCE = 12, 5
"""Rows drawn of every template, and more for each of its sentences."""
NEW_NAMES = 0.5
"""Share of the devices' names that are put together of a room and another device's name."""
POLITE = 0.25
_ROOMS = (
    "Attic", "Bathroom", "Cellar", "Conservatory", "Dining Room", "Garden", "Gym", "Hallway", "Laundry Room", "Library",
    "Nursery", "Pantry", "Patio", "Playroom", "Porch", "Stairs", "Studio", "Study", "Terrace", "Workshop",
)  # fmt: skip
_ITEMS = (
    "apples", "bananas", "bread", "butter", "cat food", "cheese", "coffee", "dish soap", "eggs", "flour", "light bulbs",
    "milk", "olive oil", "onions", "orange juice", "paper towels", "pasta", "potatoes", "rice", "salt", "tea",
    "toilet paper", "tomatoes", "washing powder", "yoghurt",
)  # fmt: skip
_QUESTION = re.compile(r"(?:is|are|what|whats|what's|which|how|where|where's|wheres|did|do)\b", re.IGNORECASE)


class _CannotSay(Exception):
    """The drawn template names a list or a rule that there is not."""


@dataclass
class _Said:
    """A sentence so far."""

    text: str = ""
    slots: dict[str, list[Any]] = field(default_factory=dict)


class HomeTemplates:
    """Says the templates of one language."""

    def __init__(self, data: Path, rows: Sequence[NluRow], rng: random.Random, lang: str = "en") -> None:
        """Read templates, lists, rules and the sample home.

        Args:
            data: folder of sets.
            rows: the set's training rows; what they say for a free text is said here too.
            rng: random numbers.
            lang: the language, as the set writes it.

        Raises:
            CorpusError: the set is not there.
        """
        self._rng = rng
        self._lists: dict[str, Mapping[str, Any]] = {}
        self._rules: dict[str, str] = {}
        self._parsed: dict[str, Expression] = {}
        for common in _extras(data, "template_common"):
            if common["lang"] in (lang, "all"):
                self._lists |= common["content"].get("lists", {})
                self._rules |= common["content"].get("expansion_rules", {})
        self._templates = [row for row in _extras(data, "templates") if row["lang"] == lang]
        home = next(row for row in _extras(data, "fixtures") if row["lang"] == lang)
        self._areas = [*(_plain(area["name"]) for area in home["areas"]), *_ROOMS]
        self._floors = [_plain(floor["name"]) for floor in home["floors"]]
        self._names: dict[tuple[str, str], list[str]] = defaultdict(list)
        # Of devices by domain and class, ("light", "") for every light.
        for entity in home["entities"]:
            domain = entity["id"].partition(".")[0]
            kind = entity.get("attributes", {}).get("device_class", "")
            for key in {(domain, kind), (domain, ""), ("", "")}:
                self._names[key].append(_plain(entity["name"]))
        self._free: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            for slot, values in row.slots.items():
                self._free[slot] += [value for value in values if isinstance(value, str)]
        self._free["item"] += _ITEMS

    def rows(self) -> Iterator[NluRow]:
        """Yield rows of every template in turn; a template that cannot be said yields none."""
        for template in self._templates:
            for _ in range(ROWS_A_TEMPLATE + ROWS_A_SENTENCE * len(template["sentences"])):
                try:
                    yield self._row(template)
                except _CannotSay:
                    break

    def _row(self, template: Mapping[str, Any]) -> NluRow:
        needed = template.get("requires_context", {})
        rules = self._rules | template.get("expansion_rules", {})
        said = _Said()
        self._say(self._expression(self._rng.choice(template["sentences"])), said, template, rules)
        text = re.sub(r"\s+", " ", said.text).strip()
        if not text:
            raise _CannotSay
        slots = {**said.slots, **{name: [value] for name, value in template.get("slots", {}).items()}}
        if domain := template.get("inferred_domain"):
            slots["domain"] = [domain]
        context = {}
        if isinstance(needed.get("area"), Mapping) and "area" not in slots:
            context["area"] = self._rng.choice(self._areas)
            slots["area"] = [context["area"]]
        if self._rng.random() < POLITE:
            text = self._rng.choice(("please {}", "{} please", "can you {}", "could you {}")).format(text)
        elif _QUESTION.match(text) and self._rng.random() < 0.5:
            text += "?"
        return NluRow.model_validate(
            {"text": text, "intent": template["intent"], "slots": slots, "lang": template["lang"], "context": context}
        )

    def _expression(self, text: str) -> Expression:
        if text not in self._parsed:
            self._parsed[text] = parse_sentence(text).expression
        return self._parsed[text]

    def _say(self, part: Expression, said: _Said, template: Mapping[str, Any], rules: Mapping[str, str]) -> None:
        if isinstance(part, TextChunk):
            said.text += part.original_text
        elif isinstance(part, RuleReference):
            if part.rule_name not in rules:
                raise _CannotSay
            self._say(self._expression(rules[part.rule_name]), said, template, rules)
        elif isinstance(part, ListReference):
            words, value = self._value(part, template, rules)
            said.text += words
            said.slots[part.slot_name] = [value]
        elif isinstance(part, Alternative):
            self._say(self._rng.choice(part.items), said, template, rules)
        elif isinstance(part, Permutation):
            for number, item in enumerate(self._rng.sample(part.items, len(part.items))):
                said.text += " " if number else ""
                self._say(item, said, template, rules)
        elif isinstance(part, Group):
            for item in part.items:
                self._say(item, said, template, rules)

    def _value(self, part: ListReference, template: Mapping[str, Any], rules: Mapping[str, str]) -> tuple[str, Any]:
        """Return the words of a list's value and the value itself."""
        name, rng = part.list_name, self._rng
        if name in ("area", "floor"):
            value = rng.choice(self._areas if name == "area" else self._floors)
            return value.lower() if rng.random() < 0.8 else value, value
        if name == "name":
            value = self._name(template)
            return value.lower() if rng.random() < 0.6 else value, value
        values = self._lists.get(name, {})
        if reach := values.get("range"):
            number = rng.randint(int(reach["from"]), int(reach["to"]))
            return str(number), number
        if choices := values.get("values"):
            chosen = rng.choice(choices)
            entry = chosen if isinstance(chosen, Mapping) else {"in": chosen, "out": chosen}
            words = _Said()
            self._say(self._expression(entry["in"]), words, template, rules)
            return words.text.strip(), entry["out"]
        pool = self._free.get(part.slot_name)
        if not pool:
            raise _CannotSay
        free = rng.choice(pool)
        return free, free

    def _name(self, template: Mapping[str, Any]) -> str:
        needed = template.get("requires_context", {})
        domain = str(needed.get("domain", "") or self._rng.choice(template.get("name_domains", [""])))
        kind = str(needed.get("device_class", "") or template.get("slots", {}).get("device_class", ""))
        pool = self._names.get((domain, kind)) or self._names.get((domain, "")) or self._names["", ""]
        name = self._rng.choice(pool)
        if self._rng.random() < NEW_NAMES:
            name = f"{self._rng.choice(self._areas)} {name.split()[-1]}"
        return name


def has_templates(data: Path) -> bool:
    """Return True when the set has its templates, rules and sample home beside its rows."""
    try:
        for file in ("templates", "template_common", "fixtures"):
            corpus_file(data / SET, file)
    except CorpusError:
        return False
    return True


def _extras(data: Path, file: str) -> Iterator[dict[str, Any]]:
    return (row.model_extra or {} for row in read_corpus(data, SET, file, CorpusRow))


def _plain(name: Any) -> str:
    """Return the first way that a template writes a name: "(Living Room|Lounge)" is "Living Room"."""
    text = name.get("in", "") if isinstance(name, Mapping) else str(name)
    return re.sub(r"[\[\]()]", "", text.split("|")[0]).strip()
