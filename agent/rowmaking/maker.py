"""One training row of each kind: a state, words, and the commands that are right. Read `RowMaker.make` first.

Sentences come from the declarations (what people say to a skill) and from ``phrases`` (what they say to the dialogue).
Nothing here knows the name of a skill or of a slot.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from agent.catalogue import Catalogue
from agent.commands import WHOLE_TURN
from agent.declaration import Intent, Slot
from agent.prompting import as_read
from agent.rowmaking import phrases
from agent.rowmaking.noise import Piece, join, roughen
from agent.rowmaking.states import States
from agent.rowmaking.values import Split, number_words
from agent.rowmaking.wording import Unsayable, Wording, no_holes
from agent.rows import UnderstandRow
from agent.types import DialogueState, PendingKind

_SAID_ALONG = ("date", "time", "count", "place")
"""Resolvers of values that people add to an answer: "for four, at eight"."""
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
            "cancel": self._cancel,
            "digression": self._digression,
            "follow_up": self._follow_up,
            "several": self._several,
            "undo": self._undo,
            "repeat": self._repeat,
            "handoff": self._handoff,
            "resume": self._resume,
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
        commands = [part if isinstance(part, str) else f"set {part.slot} {_written(part, read)}" for part in plan]
        return UnderstandRow(text=text, commands=tuple(commands), state=state, kind=kind)

    def _decorate(self, pieces: list[Piece]) -> None:
        draw = self.rng.random()
        if draw < 0.10:
            pieces.insert(0, Piece(self.rng.choice(phrases.OPENERS)))
        elif draw < 0.2 and not pieces[-1].text.rstrip().endswith(("please", "thanks", "pls")):
            pieces.append(Piece(self.rng.choice(phrases.CLOSERS)))

    def _plan(self, intent: Intent, pieces: list[Piece]) -> Plan:
        return [f"start {intent.name}", *self._sets(intent, pieces)]

    def _sets(self, intent: Intent, pieces: list[Piece]) -> list[Piece]:
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
        pieces = self.wording.sentence(intent)
        self._mark_whole(intent, pieces)
        return self.row(
            "request", self.states.fresh(), pieces, self._plan(intent, pieces), decorate=_ends_plain(pieces, self)
        )

    def _asked(self, *, whole: bool = True) -> tuple[DialogueState, Intent, Slot]:
        """Draw a state in which a slot is asked for."""
        choices = [
            (intent, slot)
            for intent in self.catalogue.intents.values()
            for slot in self._intent_slots(intent)
            if slot.name in intent.required and (whole or not slot.whole)
        ]
        if not choices:
            raise Unsayable
        weights = [len(intent.required) + (3 if intent.confirm else 0) for intent, _ in choices]
        intent, slot = self.rng.choices(choices, weights)[0]
        return self.states.asking(intent, slot), intent, slot

    def _answer(self) -> UnderstandRow:
        state, intent, slot = self._asked()
        active = state.active
        assert active is not None
        rng = self.rng
        if slot.whole:
            pieces = self.wording.value(slot, "")
            for piece in pieces:
                piece.meant = WHOLE_TURN
            return self.row("answer", state, pieces, list(self._sets(intent, pieces)))
        if slot.resolver == "choice" and not slot.enum and rng.random() < 0.06:
            pieces = [Piece(rng.choice(phrases.ANY), slot=slot.name)]
            return self.row("answer", state, pieces, list(pieces))
        if rng.random() < 0.08 and (templates := self.wording.requests.get(intent.name)):
            # The whole request once more: the frame is open, so it is not started again.
            pieces = self.wording.sentence(intent, self.wording.pick(templates))
            sets = self._sets(intent, pieces)
            if len(sets) < 2:
                raise Unsayable
            return self.row("answer", state, pieces, list(sets), decorate=True)
        more = phrases.ANSWERS.get(slot.resolver, ())
        templates = more if more and rng.random() < 0.5 else phrases.ANSWER
        pieces = self.wording.phrase(templates, slot, bare=rng.random() < 0.8)
        others = [
            other
            for other in self._intent_slots(intent)
            if other.name != slot.name and other.name not in active.slots and other.resolver in _SAID_ALONG
        ]
        if others and rng.random() < 0.3:
            other = rng.choice(others)
            joint = rng.choice((" ", " ", ", ", " and "))
            extra = self.wording.phrase(("for {v}",) if other.resolver == "count" else ("{v}",), other)
            pieces = [*pieces, Piece(joint), *extra] if rng.random() < 0.7 else [*extra, Piece(joint), *pieces]
        return self.row("answer", state, pieces, list(self._sets(intent, pieces)))

    def _choice(self) -> UnderstandRow:
        for _ in range(20):
            state, _, _ = self._asked()
            if state.pending and state.pending.options:
                break
        else:
            raise Unsayable
        assert state.pending is not None
        count = len(state.pending.options)
        number = self.rng.randint(1, count)
        nth = ("first", "second", "third", "fourth", "fifth", "sixth")[number - 1]
        if number == count and self.rng.random() < 0.3:
            nth = "last"
        if self.rng.random() < 0.12:
            nth = {"first": "1st", "second": "2nd", "third": "3rd"}.get(nth, nth)
        names = {"nth": nth, "n": str(number), "word": number_words(number)}
        pieces = self.wording.words(self.wording.pick(phrases.CHOOSE), lambda hole, before: [Piece(names[hole.name])])
        return self.row("choice", state, pieces, [f"choose {number}"])

    def _correction(self) -> UnderstandRow:
        rng = self.rng
        state, intent, _ = self._asked()
        if intent.confirm and rng.random() < 0.5:
            state = self.states.yes_or_no(intent, "confirm")
        active = state.active
        assert active is not None
        filled = [slot for slot in self._intent_slots(intent) if slot.name in active.slots and not slot.whole]
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
        return self.row("correction", state, pieces, list(self._sets(intent, pieces)))

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
            slots = [slot for slot in self._intent_slots(intent) if not slot.whole]
            if not slots:
                raise Unsayable
            assert state.pending is not None
            templates = phrases.YES_BUT if state.pending.kind == "confirm" else phrases.YES_AND
            pieces = self.wording.phrase(templates, self.rng.choice(slots))
            return self.row("yes_no", state, pieces, ["confirm", *self._sets(intent, pieces)])
        yes = draw < 0.62
        pieces = self.wording.words(self.wording.pick(phrases.YES if yes else phrases.NO), no_holes)
        return self.row("yes_no", state, pieces, ["confirm" if yes else "deny"])

    def _open_state(self) -> DialogueState:
        """Draw a state with an open frame; never one that waits for a text, which any words could be."""
        if self.rng.random() < 0.3:
            return self._yes_or_no_state()[0]
        return self._asked(whole=False)[0]

    def _name(self, intent: str) -> str:
        skill = self.catalogue.intents[intent].skill
        return self.rng.choice(phrases.NAMES.get(skill, (f"the {skill.replace('_', ' ')}",)))

    def _cancel(self) -> UnderstandRow:
        rng = self.rng
        if rng.random() < 0.12 and self._chat_skill():
            pieces = self.wording.words(self.wording.pick(phrases.CANCEL_NOTHING), no_holes)
            return self.row("cancel", DialogueState(), pieces, [f"say {self._chat_skill()}"])
        # Even where a text is waited for, "never mind" is no text.
        state = self._open_state() if rng.random() < 0.85 else self._asked()[0]
        assert state.active is not None
        name = self._name(state.active.intent)
        pieces = self.wording.words(self.wording.pick(phrases.CANCEL), lambda hole, before: [Piece(name)])
        if rng.random() < 0.12:
            other = self._other_intent(state)
            request = self.wording.sentence(other)
            self._check_whole(other, request)
            joint = Piece(rng.choice((", ", ". ", " and ")))
            plan = ["cancel", *self._plan(other, request)]
            return self.row("cancel", state, [*pieces, joint, *request], plan)
        return self.row("cancel", state, pieces, ["cancel"])

    def _other_intent(self, state: DialogueState) -> Intent:
        """Draw an intent of another skill: within one, "cancel the booking" could mean the open request."""
        intent = self._intent()
        if state.active and intent.skill == self.catalogue.intents[state.active.intent].skill:
            raise Unsayable
        return intent

    def _check_whole(self, intent: Intent, pieces: list[Piece]) -> None:
        """Refuse a text of unknown end among other words."""
        whole = [piece for piece in pieces if piece.slot and self.catalogue.slot(intent.name, piece.slot).whole]
        if any(len(piece.text) > 60 for piece in whole):
            raise Unsayable

    def _digression(self) -> UnderstandRow:
        state = self._open_state()
        draw = self.rng.random()
        if draw < 0.3:
            return self._talk_in(state, "digression")
        other = self._other_intent(state)
        pieces = self.wording.sentence(other)
        self._mark_whole(other, pieces)
        return self.row("digression", state, pieces, self._plan(other, pieces), decorate=_ends_plain(pieces, self))

    def _talk_in(self, state: DialogueState, kind: str) -> UnderstandRow:
        draw = self.rng.random()
        maker = self._chat if draw < 0.6 else self._no_action if draw < 0.8 else self._out_of_scope
        row = maker(state)
        return row.model_copy(update={"kind": kind})

    def _follow_up(self) -> UnderstandRow:
        rng = self.rng
        candidates = [
            (intent, slots)
            for intent in self.catalogue.intents.values()
            if (slots := [slot for slot in self._intent_slots(intent) if _follows(intent, slot)])
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
        return self.row("follow_up", self.states.after(frame), pieces, self._plan(intent, pieces))

    def _intent_slots(self, intent: Intent) -> list[Slot]:
        return [self.catalogue.slot(intent.name, name) for name in intent.slots]

    def _several(self) -> UnderstandRow:
        rng = self.rng
        first, second = self._intent(), self._intent()
        one, two = self.wording.sentence(first), self.wording.sentence(second)
        for intent, pieces in ((first, one), (second, two)):
            self._check_whole(intent, pieces)
        last = next(piece for piece in reversed(one) if piece.text.strip())
        if last.slot and self.catalogue.slot(first.name, last.slot).whole:
            # "translate good morning and turn off the lamp": where the text ends is anybody's guess.
            raise Unsayable
        plan = [*self._plan(first, one), *self._plan(second, two)]
        state = self.states.fresh() if rng.random() < 0.85 else self._open_state()
        if state.active and first.skill == self.catalogue.intents[state.active.intent].skill:
            raise Unsayable
        return self.row(
            "several", state, [*one, Piece(rng.choice(phrases.JOIN)), *two], plan, decorate=rng.random() < 0.5
        )

    def _undo(self) -> UnderstandRow:
        rng = self.rng
        undoable = [intent for intent in self.catalogue.intents.values() if intent.undo]
        if not undoable:
            raise Unsayable
        state = self.states.after(self.states.done_frame(rng.choice(undoable))).model_copy(
            update={"last_receipt_id": "receipt"}
        )
        pieces = self.wording.words(self.wording.pick(phrases.UNDO), no_holes)
        return self.row("undo", state, pieces, ["undo"])

    def _any_state(self) -> DialogueState:
        return self._open_state() if self.rng.random() < 0.5 else self.states.fresh()

    def _repeat(self) -> UnderstandRow:
        state = self._any_state()
        if not state.last_reply:
            state = state.model_copy(update={"last_reply": "What can I do for you?", "turns": 1})
        return self.row("repeat", state, self.wording.words(self.wording.pick(phrases.REPEAT), no_holes), ["repeat"])

    def _handoff(self) -> UnderstandRow:
        return self.row(
            "handoff", self._any_state(), self.wording.words(self.wording.pick(phrases.HANDOFF), no_holes), ["handoff"]
        )

    def _resume(self) -> UnderstandRow:
        state = self._open_state()
        assert state.active is not None
        if len(state.stack) < 2:
            skill = self.catalogue.intents[state.active.intent].skill
            others = [intent for intent in self.states.unfinished() if intent.skill != skill]
            if not others:
                raise Unsayable
            state = self.states.paused_below(state, self.rng.choice(others))
        name = self._name(state.stack[-2].intent)
        pieces = self.wording.words(self.wording.pick(phrases.RESUME), lambda hole, before: [Piece(name)])
        return self.row("resume", state, pieces, ["resume"])

    def _chat_skill(self) -> str:
        return self.catalogue.speaking[0] if self.catalogue.speaking else ""

    def _chat(self, state: DialogueState | None = None) -> UnderstandRow:
        speaking = self._chat_skill()
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
        command = f"say {self._chat_skill()}" if self._chat_skill() else "refuse"
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


def _follows(intent: Intent, slot: Slot) -> bool:
    """Whether "and X?" after the intent is a new value for the slot."""
    return slot.carry or slot.whole or (intent.required == (slot.name,) and not intent.confirm)


def _ends_plain(pieces: Sequence[Piece], maker: RowMaker) -> bool:
    """Whether "please" may follow: not after a text to translate, which it would become part of."""
    return not any(piece.slot and (slot := maker.wording.values.slot(piece.slot)) and slot.whole for piece in pieces)


def _written(piece: Piece, read: str) -> str:
    """Return the value as a command writes it.

    Raises:
        Unsayable: the words are no run of words of the turn (noise joined them with their neighbours).
    """
    if piece.meant is not None:
        return piece.meant
    value = as_read(piece.text)
    line, start = f" {read} ", 0
    while value and (start := line.find(f" {value}", start)) >= 0:
        after = line[start + len(value) + 1]
        if not (after.isalnum() or after == "_"):
            return value
        start += 1
    raise Unsayable
