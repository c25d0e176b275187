"""What a simulated user says, with the right commands: the rows' own wording, and values that can be served."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.catalogue import Catalogue
from agent.declaration import Intent, Slot
from agent.rowmaking import phrases
from agent.rowmaking.maker import Plan, RowMaker
from agent.rowmaking.noise import Piece
from agent.rowmaking.values import Said, Values
from agent.rowmaking.wording import Unsayable, no_holes
from agent.types import DialogueState, Option

TRIES = 12
"""Drawings of a sentence before another way is taken."""


@dataclass(frozen=True)
class Move:
    """One message of the user."""

    text: str
    commands: tuple[str, ...]
    # What the oracle writes for it.
    act: str
    # request, answer, choose, confirm, correct, ...: what the report counts by.


class ServableValues(Values):
    """Values as rows say them, except where the action alone knows what there is."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue, "eval")
        self.there_is: Mapping[str, Sequence[str]] = {}
        # By slot name, for slots with x-choices-from: what the action offers in this world.

    def say(self, slot: Slot, rng: random.Random, group: str = "") -> Said:
        """Return a value for the slot as someone would say it."""
        if slot.choices_from and self.there_is.get(slot.name):
            return Said(rng.choice(list(self.there_is[slot.name])))
        return super().say(slot, rng, group)


class Speaker:
    """Says things in one conversation; all chance comes from ``rng``."""

    def __init__(self, catalogue: Catalogue, rng: random.Random) -> None:
        self.catalogue = catalogue
        self.rng = rng
        self.values = ServableValues(catalogue)
        self._maker = RowMaker(catalogue, "eval", rng)
        self._maker.wording.values = self.values

    def request(self, intent: Intent, *, complete: bool = False) -> Move:
        """Ask for an intent, with some of its slots; ``complete`` for all it needs.

        Raises:
            Unsayable: no sentence of the skill says so much.
        """
        for _ in range(TRIES * (4 if complete else 1)):
            pieces = self._pieces(intent)
            said = {piece.slot for piece in pieces if piece.slot}
            if pieces and (not complete or set(intent.required) <= said):
                return self._said("request", pieces, self._maker.plan(intent, pieces))
        raise Unsayable

    def several(self, intents: Sequence[Intent]) -> Move:
        """Ask for several things in one message."""
        pieces: list[Piece] = []
        plan: Plan = []
        for intent in intents:
            more = self._pieces(intent)
            if pieces:
                pieces.append(Piece(self.rng.choice(phrases.JOIN)))
            pieces += more
            plan += self._maker.plan(intent, more)
        return self._said("several", pieces, plan)

    def answer(self, intent: Intent, slot: Slot) -> Move:
        """Give the value that is asked for."""
        if slot.whole:
            pieces = self._maker.wording.value(slot, "")
            for piece in pieces:
                piece.meant = "@all"
        else:
            pieces = self._maker.wording.phrase(phrases.ANSWER, slot, bare=self.rng.random() < 0.8)
        return self._said("answer", pieces, list(self._maker.sets(intent, pieces)))

    def choose(self, number: int, options: Sequence[Option]) -> Move:
        """Pick an offered option by its number or place."""
        holes = self._maker.number_holes(number, len(options))
        pieces = self._maker.wording.words(self._maker.wording.pick(phrases.CHOOSE), holes)
        return self._said("choose", pieces, [f"choose {number}"])

    def name(self, slot: Slot, option: Option) -> Move:
        """Pick an offered option by its name."""
        name = option.text.partition(" (")[0]
        return Move(name, (f"set {slot.name} {name}",), "name")

    def correct(self, slot: Slot, *, lead: str = "") -> Move:
        """Change a value; after ``confirm`` ("yes, but ...") or ``deny`` ("no, ...") as the lead."""
        templates = phrases.YES_BUT if lead == "confirm" else phrases.CORRECTION
        pieces = self._maker.wording.phrase(templates, slot, bare=False, old="")
        sets: Plan = [piece for piece in pieces if piece.slot]
        return self._said("correct", pieces, [*([lead] if lead else []), *sets])

    def clear(self, slot: Slot) -> Move:
        """Take a value back."""
        return self._said("clear", self._maker.wording.phrase(phrases.CLEAR, slot), [f"clear {slot.name}"])

    def fixed(self, act: str, templates: tuple[str, ...], command: str) -> Move:
        """Say something that holds no value: yes, no, never mind, undo that."""
        for _ in range(TRIES):
            try:
                pieces = self._maker.wording.words(self._maker.wording.pick(templates), no_holes)
            except ValueError:
                continue
            return self._said(act, pieces, [command])
        raise Unsayable

    def small_talk(self) -> Move:
        """Say something that wants nothing done."""
        skill = self.catalogue.skills[self.catalogue.speaking[0]]
        pieces = self._maker.wording.talk(skill.utterances["say"], dict(skill.slots))
        return self._said("small_talk", pieces, [f"say {skill.name}"])

    def out_of_scope(self) -> Move:
        """Ask for something that no skill does."""
        skill = self.catalogue.skills[self.catalogue.speaking[0]]
        pieces = self._maker.wording.talk(skill.fallback, dict(skill.slots))
        return self._said("out_of_scope", pieces, ["refuse"])

    def _pieces(self, intent: Intent) -> list[Piece]:
        pieces = self._maker.wording.sentence(intent)
        for piece in pieces:
            if piece.slot and self.catalogue.slot(intent.name, piece.slot).whole and len(intent.slots) == 1:
                piece.meant = "@all"
        return pieces

    def _said(self, act: str, pieces: list[Piece], plan: Plan) -> Move:
        row = self._maker.row("", DialogueState(), pieces, plan)
        return Move(row.text, row.commands, act)
