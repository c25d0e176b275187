"""Sentences in pieces: a template expanded, its holes filled, each value marked with the slot it is for.

Knows declarations and templates; which command a sentence stands for is the row maker's affair.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable

from agent.catalogue import Catalogue
from agent.declaration import Intent, Slot
from agent.rowmaking import phrases
from agent.rowmaking.noise import Piece
from agent.rowmaking.values import Said, Split, Values, in_eval, stable_hash
from agent.sentences import Hole, enumerate_all, expand, parse

HELD_BACK = 10
"""Percent of each list of sentence templates that only evaluation sees."""
_PREPOSITION = re.compile(
    r"(?:^|\s)(?:at|around|about|by|for|to|from|on|in|after|before|until|is|of|not|this|the)\s*$", re.IGNORECASE
)

_DETERMINED = re.compile(r"(?:the|all|everything|my|your)\b", re.IGNORECASE)
"""Values that take no "the" before them."""


_HOLE = re.compile(r"\{(!?)[^}]*\}")
_HOLE_MARK = "~"
SHORT = 2
"""A sentence of fewer words beside its values belongs to nobody: "nope", "at {v}"."""
SPELLINGS = 1_000
"""Sentences that one template may expand to and be looked for."""


class Unsayable(Exception):
    """The drawn parts make no row; draw again."""


def held_back(templates: tuple[str, ...]) -> frozenset[str]:
    """Return the templates of a list that only evaluation sees: about one in ten, at least one of five or more."""
    chosen = {template for template in templates if in_eval(template, HELD_BACK)}
    if not chosen and len(templates) >= 5:
        chosen = {min(templates, key=stable_hash)}
    return frozenset(chosen) if len(chosen) < len(templates) else frozenset()


class Wording:
    """Says requests, answers and talk, from one side of the split."""

    def __init__(self, catalogue: Catalogue, split: Split, rng: random.Random) -> None:
        self.catalogue = catalogue
        self.rng = rng
        self.split = split
        self.values = Values(catalogue, split)
        self.requests: dict[str, tuple[str, ...]] = {
            name: templates
            for name in catalogue.intents
            if (templates := catalogue.skill_of(name).utterances.get(name.partition(".")[2], ()))
        }
        # Sentence templates by intent.
        self._kept_back = self._find_kept_back() if split == "train" else frozenset()
        self._mine: dict[tuple[str, ...], tuple[str, ...]] = {}
        # Per list of templates, those of this side.

    def pick(self, templates: tuple[str, ...]) -> str:
        """Return a template of this side of the split."""
        mine = self._mine.get(templates)
        if mine is None:
            back, wanted = held_back(templates), self.split == "eval"
            mine = tuple(template for template in templates if (template in back) == wanted) or templates
            self._mine[templates] = mine
        return self.rng.choice(mine)

    def _find_kept_back(self) -> frozenset[str]:
        """Return what the held-back templates say, values left blank."""
        lists = [*self.requests.values(), *phrases.TEMPLATES]
        for skill in self.catalogue.skills.values():
            lists += [skill.fallback, skill.utterances.get("say", ())]
        return frozenset().union(*(sentences(held_back(templates)) for templates in lists))

    def check_is_free(self, pieces: list[Piece]) -> None:
        """Refuse, in training, what a held-back template says too: another template may expand to the same words.

        Raises:
            Unsayable: it does.
        """
        if self._kept_back:
            said = bare("".join(_HOLE_MARK if piece.slot and piece.text else piece.text for piece in pieces))
            if said in self._kept_back and len(said.replace(_HOLE_MARK, " ").split()) >= SHORT:
                raise Unsayable

    def words(self, template: str, fill: Callable[[Hole, str], Iterable[Piece]]) -> list[Piece]:
        """Expand a template; ``fill`` makes the pieces of a hole, given the words before it.

        Raises:
            Unsayable: the words are held back for evaluation.
        """
        pieces: list[Piece] = []
        said = ""
        for part in expand(parse(template), self.rng):
            new = [Piece(part)] if isinstance(part, str) else list(fill(part, said))
            pieces += new
            said += "".join(piece.text for piece in new)
            said = said[-40:]
        self.check_is_free(pieces)
        return pieces

    def value(self, slot: Slot, before: str, group: str = "", said: Said | None = None) -> list[Piece]:
        """Return the pieces of a slot's value: a preposition where one is missing, then the words."""
        said = said or self.values.say(slot, self.rng, group)
        pieces: list[Piece] = []
        wants_lead = said.lead if slot.resolver in ("time", "date") else ""
        if wants_lead and not _PREPOSITION.search(before) and (wants_lead != "on " or self.rng.random() < 0.6):
            pieces.append(Piece(said.lead))
        words = said.words
        if re.search(r"\bthe\s*$", before) and _DETERMINED.match(words):
            if not words.startswith("the "):
                raise Unsayable
            words = words.removeprefix("the ")
        if slot.resolver == "date" and words.startswith("in ") and re.search(r"\b(?:in|on|for|by)\s*$", before):
            words = self.rng.choice(("tomorrow", "saturday", "sunday"))
        meant = said.meant
        if slot.whole and '"' in words:
            words = words.replace('"', "'")
        return [*pieces, Piece(words, slot=slot.name, meant=meant)]

    def hole(self, slot: Slot, before: str, hole: Hole) -> list[Piece]:
        """Return the pieces of a template's hole."""
        if hole.silent:
            return [Piece("", slot=slot.name, meant=hole.fixed)]
        said = self.values.name(slot, hole.fixed, self.rng) if hole.fixed else None
        return self.value(slot, before, hole.group, said)

    def sentence(self, intent: Intent, template: str = "") -> list[Piece]:
        """Return a request for an intent in words."""
        template = template or self.pick(self.requests[intent.name])
        return self.words(
            template, lambda hole, before: self.hole(self.catalogue.slot(intent.name, hole.name), before, hole)
        )

    def talk(self, templates: tuple[str, ...], slots: dict[str, Slot]) -> list[Piece]:
        """Return words that carry no value for any command; holes are filled from any skill's slots."""

        def fill(hole: Hole, before: str) -> list[Piece]:
            slot = slots.get(hole.name) or self.values.slot(hole.name)
            if slot is None:
                raise Unsayable
            return [Piece(piece.text) for piece in self.hole(slot, before, hole)]

        return self.words(self.pick(templates), fill)

    def phrase(self, templates: tuple[str, ...], slot: Slot, *, bare: bool = False, old: str = "") -> list[Piece]:
        """Return a dialogue phrase around a value of a slot. Unless ``bare``, a number says what it counts."""
        said = self.values.say(slot, self.rng)
        if not bare and slot.resolver == "count" and said.words.isalnum():
            said = self.values.say(slot, self.rng, "noun")

        def fill(hole: Hole, before: str) -> list[Piece]:
            if hole.name == "v":
                pieces = self.value(slot, before, said=said) if not bare else [Piece(said.words, slot.name, said.meant)]
                if (
                    slot.resolver == "choice"
                    and slot.choices_from
                    and not re.search(r"\bthe\s*$", before)
                    and not _DETERMINED.match(said.words)
                    and self.rng.random() < 0.2
                ):
                    pieces.insert(0, Piece("the "))
                return pieces
            if hole.name == "lead":
                return [Piece(said.lead if not _PREPOSITION.search(before) else "")]
            if hole.name == "old":
                return [Piece(old)]
            names = phrases.SLOT_NAMES.get(slot.resolver, (slot.name.replace("_", " "),))
            return [Piece(self.rng.choice(names))]

        template = self.pick(templates)
        if "{old}" in template and not old:
            raise Unsayable
        if slot.choices_from and re.search(r"^at |go to", template) and said.words.islower():
            # "at Blue Lantern", but not "at today" or "let's go to the lamp".
            raise Unsayable
        return self.words(template, fill)


def sentences(templates: Iterable[str]) -> frozenset[str]:
    """Return all that templates say, bare and with values blank."""
    return frozenset(
        bare(sentence)
        for template in templates
        for sentence in enumerate_all(
            _HOLE.sub(lambda hole: "" if hole[1] else _HOLE_MARK, template), lambda name: (), SPELLINGS
        )
    )


def bare(text: str) -> str:
    """Return a sentence without case, punctuation and apostrophes."""
    return " ".join(re.findall(rf"[\w{_HOLE_MARK}]+", re.sub(r"['’]", "", text.lower())))


def no_holes(hole: Hole, before: str) -> list[Piece]:
    """Fill a template that has no holes."""
    raise ValueError(f"a phrase without values has a hole {{{hole.name}}}")
