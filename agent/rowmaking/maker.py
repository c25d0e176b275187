"""One training row of each kind: a state, words, and the commands that are right. Read `RowMaker.make` first.

Sentences come from the declarations (what people say to a skill) and from ``phrases`` (what they say to the dialogue).
Nothing here knows the name of a skill or of a slot.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial

from agent.catalogue import Catalogue
from agent.commands import WHOLE_TURN
from agent.declaration import Intent, Slot
from agent.prompting import as_read, part_as_read
from agent.rowmaking import control, phrases
from agent.rowmaking.noise import Piece, join, roughen
from agent.rowmaking.states import States
from agent.rowmaking.values import Split, number_words
from agent.rowmaking.wording import Unsayable, Wording, bare, no_holes, sentences
from agent.rows import UnderstandRow
from agent.sentences import Hole
from agent.types import DialogueState, PendingKind

_SAID_ALONG = ("date", "time", "count", "place")
"""Resolvers of values that people add to an answer: "for four, at eight"."""
THREE_REQUESTS = 0.12
"""Share of the messages with several requests that hold three."""
POLITE = 0.2
"""Chance that an order is put as a question, a wish or with a courtesy."""
ASIDE = 0.05
"""Chance that something else is said before a request."""
Plan = list[str | Piece]
"""Command lines; a piece stands for `set SLOT VALUE`, written when the words are final."""


class RowMaker:
    """Makes rows of any kind for a catalogue, from one side of the split."""

    def __init__(self, catalogue: Catalogue, split: Split, rng: random.Random) -> None:
        self.catalogue = catalogue
        self.rng = rng
        self.wording = Wording(catalogue, split, rng)
        self.states = States(catalogue, self.wording.values, rng)
        self._weights = _weights(self.wording.requests, catalogue)
        self._kinds: dict[str, Callable[[], UnderstandRow]] = {
            "request": self._request,
            "answer": self._answer,
            "choice": self._choice,
            "correction": self._correction,
            "yes_no": self._yes_no,
            "cancel": partial(control.cancel, self),
            "digression": self._digression,
            "follow_up": self._follow_up,
            "several": self._several,
            "undo": partial(control.undo, self),
            "repeat": partial(control.repeat, self),
            "handoff": partial(control.handoff, self),
            "resume": partial(control.resume, self),
            "again": partial(control.again, self),
            "retract": partial(control.retract, self),
            "clarify": partial(control.clarify, self),
            "clarified": partial(control.clarified, self),
            "no_action": self._no_action,
            "chat": self._chat,
            "out_of_scope": self._out_of_scope,
        }

    def kinds(self) -> tuple[str, ...]:
        """Return every kind of row."""
        return tuple(self._kinds)

    def make(self, kind: str) -> UnderstandRow | None:
        """Return a row of the kind, or None when this catalogue has none of it."""
        for _ in range(8):
            try:
                return self._kinds[kind]()
            except Unsayable:
                continue
        return None

    # -- rows --------------------------------------------------------------------------------------------------------

    def row(
        self, kind: str, state: DialogueState, pieces: list[Piece], plan: Plan, *, decorate: bool = False
    ) -> UnderstandRow:
        """Finish a row: politeness, noise, then the commands from the words as they came out."""
        if decorate:
            self._decorate(pieces)
        roughen(pieces, self.rng)
        text = join(pieces)
        read = as_read(text)
        if not read:
            raise Unsayable
        commands = [part if isinstance(part, str) else f"set {part.slot} {_written(part, text, read)}" for part in plan]
        return UnderstandRow(text=text, commands=tuple(commands), state=state, kind=kind)

    def _decorate(self, pieces: list[Piece]) -> None:
        draw = self.rng.random()
        if draw < 0.10:
            pieces.insert(0, Piece(self.rng.choice(phrases.OPENERS)))
        elif draw < 0.2 and not pieces[-1].text.rstrip().endswith(("please", "thanks", "pls")):
            pieces.append(Piece(self.rng.choice(phrases.CLOSERS)))

    def plan(self, intent: Intent, pieces: list[Piece]) -> Plan:
        """Return the commands of a request, in holes of the pieces."""
        return [f"start {intent.name}", *self.sets(intent, pieces)]

    def sets(self, intent: Intent, pieces: list[Piece]) -> list[Piece]:
        """The values among the pieces, each slot once; a whole-turn value is marked so where it is the turn."""
        found: dict[str, Piece] = {}
        for piece in pieces:
            if piece.slot:
                if piece.slot in found:
                    raise Unsayable
                found[piece.slot] = piece
        return list(found.values())

    def _intent(self) -> Intent:
        """Draw an intent: one with more to say (sentences, slots) comes more often."""
        if not self._weights:
            raise Unsayable
        return self.catalogue.intents[self.rng.choices(list(self._weights), list(self._weights.values()))[0]]

    def _mark_whole(self, intent: Intent, pieces: list[Piece]) -> None:
        """A whole-turn slot of an intent with no other slot takes the turn as it is: nothing is lost by it."""
        for piece in pieces:
            if piece.slot and self.catalogue.slot(intent.name, piece.slot).whole and len(intent.slots) == 1:
                piece.meant = WHOLE_TURN

    def _request(self) -> UnderstandRow:
        intent = self._intent()
        pieces = self.said(intent)
        self._mark_whole(intent, pieces)
        return self.row(
            "request", self.states.fresh(), pieces, self.plan(intent, pieces), decorate=_ends_plain(pieces, self)
        )

    def said(self, intent: Intent) -> list[Piece]:
        """Return a request in words: as its skill has it, or put politely, or after something else."""
        pieces = self.wording.sentence(intent)
        first = pieces[0]
        if not first.slot and first.text.split(" ")[0] in phrases.ORDERS and self.rng.random() < POLITE:
            before, _, after = self.wording.pick(phrases.ASKED).partition("{x}")
            if not after or _ends_plain(pieces, self):
                pieces = [piece for piece in (Piece(before), *pieces, Piece(after)) if piece.text or piece.slot]
                self.wording.check_is_free(pieces)
        # A text that takes the whole turn would take the aside too.
        if self.rng.random() < ASIDE and not any(self._takes_all(intent, piece) for piece in pieces):
            joint = self.rng.choice((", ", ", ", ". ", " - ", " and "))
            pieces = [Piece(self.wording.pick(phrases.ASIDES)), Piece(joint), *pieces]
        return pieces

    def _takes_all(self, intent: Intent, piece: Piece) -> bool:
        return bool(piece.slot) and self.catalogue.slot(intent.name, piece.slot).whole and len(intent.slots) == 1

    def asked(self, *, whole: bool = True) -> tuple[DialogueState, Intent, Slot]:
        """Draw a state in which a slot is asked for."""
        choices = [
            (intent, slot)
            for intent in self.catalogue.intents.values()
            for slot in self.intent_slots(intent)
            if slot.name in intent.required and (whole or not slot.whole)
        ]
        if not choices:
            raise Unsayable
        weights = [len(intent.required) + (3 if intent.confirm else 0) for intent, _ in choices]
        intent, slot = self.rng.choices(choices, weights)[0]
        return self.states.asking(intent, slot), intent, slot

    def _answer(self) -> UnderstandRow:
        state, intent, slot = self.asked()
        active = state.active
        assert active is not None
        rng = self.rng
        if slot.whole:
            pieces = self.wording.value(slot, "")
            for piece in pieces:
                piece.meant = WHOLE_TURN
            return self.row("answer", state, pieces, list(self.sets(intent, pieces)))
        if slot.resolver == "choice" and not slot.enum and rng.random() < 0.06:
            pieces = [Piece(rng.choice(phrases.ANY), slot=slot.name)]
            return self.row("answer", state, pieces, list(pieces))
        if rng.random() < 0.08 and (templates := self.wording.requests.get(intent.name)):
            # The whole request once more: the frame is open, so it is not started again.
            pieces = self.wording.sentence(intent, self.wording.pick(templates))
            sets = self.sets(intent, pieces)
            if len(sets) < 2:
                raise Unsayable
            return self.row("answer", state, pieces, list(sets), decorate=True)
        more = phrases.ANSWERS.get(slot.resolver, ())
        templates = more if more and rng.random() < 0.5 else phrases.ANSWER
        pieces = self.wording.phrase(templates, slot, bare=rng.random() < 0.8)
        others = [
            other
            for other in self.intent_slots(intent)
            if other.name != slot.name and other.name not in active.slots and other.resolver in _SAID_ALONG
        ]
        if others and rng.random() < 0.3:
            other = rng.choice(others)
            joint = rng.choice((" ", " ", ", ", " and "))
            extra = self.wording.phrase(("for {v}",) if other.resolver == "count" else ("{v}",), other)
            pieces = [*pieces, Piece(joint), *extra] if rng.random() < 0.7 else [*extra, Piece(joint), *pieces]
        return self.row("answer", state, pieces, list(self.sets(intent, pieces)))

    def _choice(self) -> UnderstandRow:
        for _ in range(20):
            state, _, _ = self.asked()
            if state.pending and state.pending.options:
                break
        else:
            raise Unsayable
        assert state.pending is not None
        count = len(state.pending.options)
        number = self.rng.randint(1, count)
        pieces = self.wording.words(self.wording.pick(phrases.CHOOSE), self.number_holes(number, count))
        return self.row("choice", state, pieces, [f"choose {number}"])

    def number_holes(self, number: int, count: int) -> Callable[[Hole, str], Iterable[Piece]]:
        """Return what fills the holes of "the {nth} one" and "number {n}" for one of ``count`` options."""
        nth = ("first", "second", "third", "fourth", "fifth", "sixth")[number - 1]
        if number == count and self.rng.random() < 0.3:
            nth = "last"
        if self.rng.random() < 0.12:
            nth = {"first": "1st", "second": "2nd", "third": "3rd"}.get(nth, nth)
        names = {"nth": nth, "n": str(number), "word": number_words(number)}
        return lambda hole, before: [Piece(names[hole.name])]

    def _correction(self) -> UnderstandRow:
        rng = self.rng
        state, intent, _ = self.asked()
        if intent.confirm and rng.random() < 0.5:
            state = self.states.yes_or_no(intent, "confirm")
        active = state.active
        assert active is not None
        filled = [slot for slot in self.intent_slots(intent) if slot.name in active.slots and not slot.whole]
        if not filled or (
            state.pending and state.pending.slot and self.catalogue.slot(intent.name, state.pending.slot).whole
        ):
            raise Unsayable
        slot = rng.choice(filled)
        if rng.random() < 0.15:
            pieces = self.wording.phrase(phrases.CLEAR, slot)
            return self.row("correction", state, pieces, [f"clear {slot.name}"])
        templates = phrases.NAMED_CORRECTION if rng.random() < 0.3 else phrases.CORRECTION
        bare = templates is phrases.NAMED_CORRECTION
        pieces = self.wording.phrase(templates, slot, bare=bare, old=active.slots[slot.name].raw)
        return self.row("correction", state, pieces, list(self.sets(intent, pieces)))

    def _yes_or_no_state(self) -> tuple[DialogueState, Intent]:
        rng = self.rng
        confirming = [intent for intent in self.catalogue.intents.values() if intent.confirm]
        effective = [intent for intent in self.catalogue.intents.values() if intent.effect]
        kind: PendingKind = rng.choices(("confirm", "resume", "unknown"), (8, 2, 0.6))[0]
        intents = {"confirm": confirming, "unknown": effective}.get(kind) or self.states.unfinished()
        if kind == "confirm" and not confirming:
            kind = "resume"
        if not intents:
            raise Unsayable
        weights = [1 + 2 * len(intent.required) for intent in intents]
        intent = rng.choices(intents, weights)[0]
        return self.states.yes_or_no(intent, kind), intent

    def _yes_no(self) -> UnderstandRow:
        state, intent = self._yes_or_no_state()
        draw = self.rng.random()
        if draw < 0.12:
            slots = [slot for slot in self.intent_slots(intent) if not slot.whole]
            if not slots:
                raise Unsayable
            assert state.pending is not None
            templates = phrases.YES_BUT if state.pending.kind == "confirm" else phrases.YES_AND
            pieces = self.wording.phrase(templates, self.rng.choice(slots))
            return self.row("yes_no", state, pieces, ["confirm", *self.sets(intent, pieces)])
        yes = draw < 0.62
        pieces = self.wording.words(self.wording.pick(phrases.YES if yes else phrases.NO), no_holes)
        return self.row("yes_no", state, pieces, ["confirm" if yes else "deny"])

    def open_state(self) -> DialogueState:
        """Draw a state with an open frame; never one that waits for a text, which any words could be."""
        if self.rng.random() < 0.3:
            return self._yes_or_no_state()[0]
        return self.asked(whole=False)[0]

    def frame_name(self, intent: str) -> str:
        """Return how somebody calls an open request."""
        return self.skill_name(self.catalogue.intents[intent].skill)

    def skill_name(self, skill: str) -> str:
        """Return how somebody calls a skill's affairs."""
        return self.rng.choice(phrases.NAMES.get(skill, (f"the {skill.replace('_', ' ')}",)))

    def other_intent(self, state: DialogueState) -> Intent:
        """Draw an intent of another skill: within one, "cancel the booking" could mean the open request."""
        intent = self._intent()
        if state.active and intent.skill == self.catalogue.intents[state.active.intent].skill:
            raise Unsayable
        return intent

    def check_whole(self, intent: Intent, pieces: list[Piece]) -> None:
        """Refuse a text of unknown end among other words."""
        whole = [piece for piece in pieces if piece.slot and self.catalogue.slot(intent.name, piece.slot).whole]
        if any(len(piece.text) > 60 for piece in whole):
            raise Unsayable

    def _digression(self) -> UnderstandRow:
        state = self.open_state()
        draw = self.rng.random()
        if draw < 0.3:
            return self._talk_in(state, "digression")
        other = self.other_intent(state)
        pieces = self.said(other)
        self._mark_whole(other, pieces)
        return self.row("digression", state, pieces, self.plan(other, pieces), decorate=_ends_plain(pieces, self))

    def _talk_in(self, state: DialogueState, kind: str) -> UnderstandRow:
        draw = self.rng.random()
        maker = self._chat if draw < 0.6 else self._no_action if draw < 0.8 else self._out_of_scope
        row = maker(state)
        if bare(row.text) in _control_sentences():
            # "yes" is small talk in a fresh session alone.
            raise Unsayable
        return row.model_copy(update={"kind": kind})

    def _follow_up(self) -> UnderstandRow:
        rng = self.rng
        candidates = [
            (intent, slots)
            for intent in self.catalogue.intents.values()
            if (slots := [slot for slot in self.intent_slots(intent) if _follows(intent, slot)])
        ]
        if not candidates:
            raise Unsayable
        intent, slots = rng.choices(candidates, [len(slots) for _, slots in candidates])[0]
        slot = rng.choice(slots)
        frame = self.states.done_frame(intent)
        templates = phrases.FOLLOW_UPS.get(slot.resolver) or phrases.FOLLOW_UP
        if slot.whole and len(intent.slots) == 1:
            templates = phrases.NEXT
        elif slot.enum:
            templates = phrases.FOLLOW_UPS["language"]
        elif slot.choices_from:
            templates = phrases.FOLLOW_UPS["choice"]
        pieces = self.wording.phrase(templates, slot, bare=slot.whole)
        if slot.whole:
            self._mark_whole(intent, pieces)
        carried = [other for other in slots if other.name != slot.name and other.resolver == "date" and not slot.whole]
        if carried and rng.random() < 0.25:
            pieces += [Piece(" "), *self.wording.phrase(("{v}",), carried[0])]
        return self.row("follow_up", self.states.after(frame), pieces, self.plan(intent, pieces))

    def intent_slots(self, intent: Intent) -> list[Slot]:
        """Return the declarations of an intent's slots."""
        return [self.catalogue.slot(intent.name, name) for name in intent.slots]

    def _several(self) -> UnderstandRow:
        rng = self.rng
        count = 3 if rng.random() < THREE_REQUESTS else 2
        pieces: list[Piece] = []
        plan: Plan = []
        skills: set[str] = set()
        for number in range(count):
            intent = self._intent()
            said = self.said(intent)
            self.check_whole(intent, said)
            last = next(piece for piece in reversed(said) if piece.text.strip())
            if number < count - 1 and last.slot and self.catalogue.slot(intent.name, last.slot).whole:
                # "translate good morning and turn off the lamp": where the text ends is anybody's guess.
                raise Unsayable
            plan += self.plan(intent, said)
            skills.add(intent.skill)
            pieces += [*([Piece(rng.choice(phrases.JOIN))] if number else []), *said]
        state = self.states.fresh() if rng.random() < 0.85 else self.open_state()
        if state.active and self.catalogue.intents[state.active.intent].skill in skills:
            raise Unsayable
        return self.row("several", state, pieces, plan, decorate=rng.random() < 0.5)

    def any_state(self) -> DialogueState:
        """Draw a state with or without an open frame."""
        return self.open_state() if self.rng.random() < 0.5 else self.states.fresh()

    def chat_skill(self) -> str:
        """Return the skill that talks; empty when there is none."""
        return self.catalogue.speaking[0] if self.catalogue.speaking else ""

    def _chat(self, state: DialogueState | None = None) -> UnderstandRow:
        speaking = self.chat_skill()
        if not speaking:
            raise Unsayable
        skill = self.catalogue.skills[self.rng.choice(self.catalogue.speaking)]
        pieces = self.wording.talk(skill.utterances["say"], dict(skill.slots))
        return self.row("chat", state or self.states.fresh(), pieces, [f"say {skill.name}"])

    def _no_action(self, state: DialogueState | None = None) -> UnderstandRow:
        skills = [skill for skill in self.catalogue.skills.values() if skill.fallback and not skill.speaks]
        if not skills:
            raise Unsayable
        skill = self.rng.choice(skills)
        pieces = self.wording.talk(skill.fallback, dict(skill.slots))
        command = f"say {self.chat_skill()}" if self.chat_skill() else "refuse"
        return self.row("no_action", state or self.states.fresh(), pieces, [command])

    def _out_of_scope(self, state: DialogueState | None = None) -> UnderstandRow:
        skills = [skill for skill in self.catalogue.skills.values() if skill.fallback and skill.speaks]
        if not skills:
            raise Unsayable
        skill = self.rng.choice(skills)
        pieces = self.wording.talk(skill.fallback, dict(skill.slots))
        return self.row("out_of_scope", state or self.states.fresh(), pieces, ["refuse"], decorate=True)


def _weights(requests: Mapping[str, tuple[str, ...]], catalogue: Catalogue) -> dict[str, float]:
    """How often each intent is asked for: a skill of many intents gets more, but not as many times more."""
    plain = {
        name: (1 + len(catalogue.intents[name].slots)) * min(len(templates), 60) for name, templates in requests.items()
    }
    totals = Counter[str]()
    for name, weight in plain.items():
        totals[catalogue.intents[name].skill] += weight
    return {name: weight / totals[catalogue.intents[name].skill] ** 0.5 for name, weight in plain.items()}


@cache
def _control_sentences() -> frozenset[str]:
    """Return what answers or steers the dialogue whatever the catalogue."""
    lists = (phrases.YES, phrases.NO, phrases.CANCEL_NOTHING, phrases.UNDO, phrases.REPEAT, phrases.HANDOFF)
    return frozenset().union(*map(sentences, lists))


def _follows(intent: Intent, slot: Slot) -> bool:
    """Whether "and X?" after the intent is a new value for the slot."""
    return slot.carry or slot.whole or (intent.required == (slot.name,) and not intent.confirm)


def _ends_plain(pieces: Sequence[Piece], maker: RowMaker) -> bool:
    """Whether "please" may follow: not after a text to translate, which it would become part of."""
    return not any(piece.slot and (slot := maker.wording.values.slot(piece.slot)) and slot.whole for piece in pieces)


def _written(piece: Piece, text: str, read: str) -> str:
    """Return the value as a command writes it.

    Raises:
        Unsayable: the words are no run of words of the turn (noise joined them with their neighbours).
    """
    if piece.meant is not None:
        return piece.meant
    value = part_as_read(piece.text, text)
    line, start = f" {read} ", 0
    while value and (start := line.find(f" {value}", start)) >= 0:
        after = line[start + len(value) + 1]
        if not (after.isalnum() or after == "_"):
            return value
        start += 1
    raise Unsayable
