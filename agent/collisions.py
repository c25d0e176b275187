"""Finds skills that claim the same words: a template of one recognises an example or an utterance of another.

Templates are compared as a recogniser would read them: a fixed choice stands for its names, a date or a number for what
its resolver can read, free text for anything. Two skills that collide can still be told apart by a model; the report
says where its training rows would contradict each other.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from agent.catalogue import Catalogue
from agent.commands import Start, parse_commands
from agent.declaration import Skill, Slot
from agent.dialogue.resolvers import ResolveContext, Unresolved, resolve
from agent.errors import Problem
from agent.sentences import Alternatives, Hole, Part, expand, parse

SAMPLES = 6
"""Sentences that are made of each template to see who else recognises them."""
_MEASURED = (
    "date", "date_range", "time", "time_range", "count", "number", "temperature", "percent",
    "duration", "amount", "money",
)  # fmt: skip
_SAID = {"date": "tomorrow", "time": "8 pm", "temperature": "21 degrees", "percent": "30 percent"} | dict.fromkeys(
    ("count", "number", "amount"), "two"
)
_MAX_VALUE_WORDS = 6
"""A value without examples is taken to be no longer, unless it may be the whole turn."""
_SPACE = r"(?: |(?<= )|(?<!.)|(?!.))"
# A space of a template: one of the sentence, or none where an optional part was left out.
_SMALL_WORDS = frozenset(
    ["a", "an", "the", "is", "it", "to", "in", "on", "for", "of", "and", "or", "me", "my", "i", "you", "can", "could",
     "please", "what"]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Template:
    """A sentence template, compiled to recognise."""

    owner: str
    # Full intent name, or "say SKILL".
    text: str
    path: Path
    line: int
    pattern: re.Pattern[str]
    slots: tuple[Slot, ...] = ()
    # What the groups of the pattern must be values of.
    key: str = ""
    # A word that every sentence of the template holds; "" when it has only words to choose from.


@dataclass
class _Clash:
    template: _Template
    other: str
    # Intent of the other skill.
    where: str
    sentences: list[str] = field(default_factory=list)


def collisions(catalogue: Catalogue, skills: Collection[str] | None = None) -> list[Problem]:
    """Return a warning for every template that recognises what another skill's file says is its own.

    Args:
        catalogue: all skills.
        skills: those that must be on one side of a collision; None for all.
    """
    templates = [template for skill in catalogue.skills.values() for template in _templates(skill)]
    by_key: dict[str, list[_Template]] = defaultdict(list)
    for template in templates:
        by_key[template.key].append(template)
    clashes: dict[tuple[_Template, str], _Clash] = {}
    for skill in catalogue.skills.values():
        for sentence, owner, where in [*_examples(skill), *_utterances(skill)]:
            for template in (each for word in {"", *sentence.split()} for each in by_key.get(word, ())):
                name = template.owner.removeprefix("say ").partition(".")[0]
                if name == skill.name or (skills is not None and not {name, skill.name} & set(skills)):
                    continue
                if (template, owner) not in clashes and _recognises(template, sentence):
                    clashes[template, owner] = _Clash(template, owner, where)
                if (template, owner) in clashes:
                    clashes[template, owner].sentences.append(sentence)
    return [
        Problem(
            clash.template.path,
            clash.template.line,
            f"{clash.template.text!r} of {clash.template.owner} also recognises {clash.sentences[0]!r}, {clash.where}",
        )
        for clash in clashes.values()
    ]


def _examples(skill: Skill) -> Iterator[tuple[str, str, str]]:
    """Yield sentence, intent and place of the examples that are for an intent of this very skill."""
    for example in skill.examples:
        for turn in example.get("dialogue") or [example]:
            starts = [c.intent for c in parse_commands("\n".join(turn["commands"])) if isinstance(c, Start)]
            if len(starts) == 1 and starts[0] in skill.intents:
                yield _normal(str(turn["user"])), starts[0], f"an example of {starts[0]} ({skill.path})"


def _utterances(skill: Skill) -> Iterator[tuple[str, str, str]]:
    """Yield sentences made of the skill's templates, with sample values."""
    rng = random.Random(skill.name)
    for name, texts in skill.utterances.items():
        owner = f"say {skill.name}" if name == "say" else f"{skill.name}.{name}"
        for text in texts:
            for _ in range(SAMPLES):
                pieces = expand(parse(text), rng)
                said = [piece if isinstance(piece, str) else _sample(skill, piece, rng) for piece in pieces]
                yield _normal("".join(said)), owner, f"which {text!r} of {owner} says ({skill.path})"


def _sample(skill: Skill, hole: Hole, rng: random.Random) -> str:
    slot = skill.slots[hole.name]
    if hole.silent:
        return ""
    if hole.fixed or slot.enum:
        return rng.choice(slot.names.get(hole.fixed or rng.choice(slot.enum), (hole.fixed,)))
    values = slot.example_groups.get(hole.group) or slot.examples
    plain = [value for value in values if not set(value) & set("[](){}<>|")]
    return rng.choice(plain) if plain else _SAID.get(slot.resolver, "7" if slot.resolver in _MEASURED else hole.name)


def _templates(skill: Skill) -> Iterator[_Template]:
    lines = skill.path.read_text(encoding="utf-8").split("\n") if skill.path.is_file() else []
    for name, texts in skill.utterances.items():
        owner = f"say {skill.name}" if name == "say" else f"{skill.name}.{name}"
        for text in texts:
            slots: list[Slot] = []
            parts = parse(text)
            pattern = _pattern(parts, skill, slots)
            words, maybe = _words(parts)
            if not words | maybe:
                continue  # "{problem}": what has no word of its own claims none
            line = next((number for number, line in enumerate(lines, 1) if text in line), 0)
            key = max(sorted(words), key=len, default="")
            yield _Template(owner, text, skill.path, line, re.compile(pattern), tuple(slots), key)


def _pattern(parts: tuple[Part, ...], skill: Skill, slots: list[Slot]) -> str:
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(_literal(part))
        elif isinstance(part, Alternatives):
            pieces.append("(?:" + "|".join(_pattern(option, skill, slots) for option in part.options) + ")")
        elif isinstance(part, Hole) and not part.silent:
            slot = skill.slots[part.name]
            names = [*slot.names.get(part.fixed, ()), part.fixed] if part.fixed else []
            names = names or [name for value in slot.enum for name in (value, *slot.names.get(value, ()))]
            if names:
                pieces.append("(?:" + "|".join(re.escape(_normal(name)) for name in names) + ")")
            else:
                slots.append(slot)
                pieces.append(r"(\S(?:.*?\S)??)")
    return "".join(pieces)


def _literal(text: str) -> str:
    kept = "".join(char if char.isalnum() or char in "'%" else " " for char in text.lower())
    return re.sub(r"(?:\\? )+", lambda _: _SPACE, re.escape(kept))


def _words(parts: tuple[Part, ...]) -> tuple[set[str], set[str]]:
    """Return the words that say something: those in every sentence of a template, and those in some."""
    certain: set[str] = set()
    maybe: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            certain |= set(_normal(part).split()) - _SMALL_WORDS
        elif isinstance(part, Alternatives):
            maybe |= {word for option in part.options for words in _words(option) for word in words}
    return certain, maybe


def _normal(text: str) -> str:
    return " ".join("".join(char if char.isalnum() or char in "'%" else " " for char in text.lower()).split())


def _recognises(template: _Template, sentence: str) -> bool:
    match = template.pattern.fullmatch(sentence)
    if match is None:
        return False
    return all(
        value is None or _could_be(slot, value) for slot, value in zip(template.slots, match.groups(), strict=True)
    )


_CONTEXT = ResolveContext(now=datetime(2026, 11, 25, 10, 0, tzinfo=UTC))


@lru_cache(maxsize=20_000)
def _readable(resolver: str, value: str) -> bool:
    return not isinstance(resolve(resolver, value, Slot("any"), _CONTEXT), Unresolved)


def _could_be(slot: Slot, value: str) -> bool:
    """Whether a template's hole would take the words: by its resolver, or as something like its examples."""
    if slot.resolver in _MEASURED:
        return _readable(slot.resolver, value)
    numeric = sum(any(char.isdigit() for char in each) for each in slot.examples)
    if slot.examples and numeric > 0.6 * len(slot.examples) and not any(char.isdigit() for char in value):
        return False  # sums and reference codes hold a number
    longest = max((len(each.split()) for each in slot.examples), default=_MAX_VALUE_WORDS)
    return slot.whole or len(value.split()) <= longest + 1
