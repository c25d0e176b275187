"""Dialogue states as they stand in the middle of a conversation, made up from the declarations alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.catalogue import Catalogue
from agent.declaration import Intent, Slot
from agent.rowmaking.values import Values
from agent.types import DialogueState, Frame, Option, Pending, PendingKind, SlotValue

LATER_FILLED = 0.3
"""Chance that a slot that is asked later, or is optional, was said already."""
PAUSED = 0.08
"""Chance of an unfinished frame below the active one."""
PICKED = 0.3
"""Chance that an offered value was picked by number, so that it stands as it was shown: "Blue Lantern (italian)"."""
AMBIGUOUS = 0.06
"""Chance that a slot's question is "which of these two?" (8 am or 8 pm)."""


@dataclass
class States:
    """Makes states; all chance comes from ``rng``."""

    catalogue: Catalogue
    values: Values
    rng: random.Random

    def fresh(self) -> DialogueState:
        """Return a state with nothing open: a new session, or one in which something ended before."""
        rng = self.rng
        if rng.random() < 0.5 or not self.catalogue.intents:
            return DialogueState()
        turns = rng.randint(1, 30)
        last = self.done_frame(rng.choice(list(self.catalogue.intents.values()))) if rng.random() < 0.7 else None
        return self._lived(DialogueState(last_frame=last, last_frame_turn=turns if last else 0, turns=turns))

    def after(self, frame: Frame) -> DialogueState:
        """Return the state right after a frame ended."""
        turns = self.rng.randint(1, 30)
        return self._lived(DialogueState(last_frame=frame, last_frame_turn=turns, turns=turns))

    def asking(self, intent: Intent, slot: Slot) -> DialogueState:
        """Return a state in which the intent's frame is open and the slot is asked for."""
        rng = self.rng
        before = intent.required[: intent.required.index(slot.name)]
        others = [name for name in intent.slots if name != slot.name and name not in before]
        filled = [*before, *(name for name in others if rng.random() < LATER_FILLED)]
        if not filled and intent.optional:
            filled = [name for name in intent.optional if self.catalogue.slot(intent.name, name).default is not None]
        options: tuple[Option, ...] = ()
        if slot.enum:
            options = tuple(Option(value=value, text=value) for value in slot.enum[:6])
        elif slot.choices_from:
            options = self._options(slot, rng.randint(2, 6))
        elif rng.random() < AMBIGUOUS and not slot.whole:
            options = self._options(slot, 2)
        frame = self._frame(intent, filled)
        kind: PendingKind = "choice" if options else "slot"
        return self._open(frame, Pending(kind=kind, frame_id=frame.frame_id, slot=slot.name, options=options))

    def yes_or_no(self, intent: Intent, kind: PendingKind) -> DialogueState:
        """Return a state in which yes or no is asked: the intent's frame is complete, or half done to be resumed."""
        filled = [
            *(name for name in intent.required if kind != "resume" or self.rng.random() < 0.6),
            *(name for name in intent.optional if self.rng.random() < LATER_FILLED),
        ]
        frame = self._frame(intent, filled)
        digest = "0" * 20 if kind != "resume" else None
        return self._open(frame, Pending(kind=kind, frame_id=frame.frame_id, arguments_hash=digest))

    def which_skill(self, skills: Sequence[str]) -> DialogueState:
        """Return the state in which it is asked which skill was meant."""
        options = tuple(Option(value=name, text=name.replace("_", " ")) for name in skills)
        turns = self.rng.randint(1, 30)
        return self._lived(DialogueState(pending=Pending(kind="clarify", frame_id=0, options=options), turns=turns))

    def unfinished(self) -> list[Intent]:
        """Return the intents that can be open for more than a turn: those that may have to ask."""
        return [intent for intent in self.catalogue.intents.values() if intent.required]

    def paused_below(self, state: DialogueState, intent: Intent) -> DialogueState:
        """Return the state with an unfinished frame of the intent under its active one."""
        filled = [name for name in intent.slots if self.rng.random() < 0.5]
        return state.model_copy(update={"stack": (self._frame(intent, filled, 1), *state.stack)})

    def done_frame(self, intent: Intent) -> Frame:
        """Return a frame of the intent as it stood when it ended."""
        filled = [
            name
            for name in intent.slots
            if name in intent.required
            or self.catalogue.slot(intent.name, name).default is not None
            or self.rng.random() < LATER_FILLED
        ]
        return self._frame(intent, filled)

    def slot_value(self, slot: Slot, said: str = "") -> SlotValue:
        """Return a filled slot. The resolved value is the words: no renderer shows it to the model."""
        if not said:
            made = self.values.say(slot, self.rng)
            said = made.meant or made.words
            if self.rng.random() < 0.6:
                said = said.lower()
        return SlotValue(raw=said, value=said, text=said)

    def _frame(self, intent: Intent, filled: Sequence[str], frame_id: int = 2) -> Frame:
        # In the order of filling, which is mostly but not always the order of asking.
        names = [name for name in intent.slots if name in filled]
        if self.rng.random() < 0.3:
            self.rng.shuffle(names)
        slots = {}
        remarks = [value for name in intent.slots for value in self.catalogue.slot(intent.name, name).enum]
        for name in names:
            slot = self.catalogue.slot(intent.name, name)
            default = slot.default is not None and self.rng.random() < 0.3
            slots[name] = self.slot_value(slot, str(slot.default) if default else "")
            if slot.choices_from and remarks and self.rng.random() < PICKED:
                picked = f"{slots[name].raw} ({self.rng.choice(remarks)})"
                slots[name] = SlotValue(raw=picked, value=picked, text=slots[name].text)
        return Frame(frame_id=frame_id, intent=intent.name, slots=slots)

    def _options(self, slot: Slot, count: int) -> tuple[Option, ...]:
        texts = dict.fromkeys(self.values.say(slot, self.rng).words for _ in range(count * 2))
        while len(texts) < count:
            texts[f"{slot.name} {len(texts) + 1}"] = None
        return tuple(Option(value=text, text=text) for text in list(texts)[:count])

    def _open(self, frame: Frame, pending: Pending) -> DialogueState:
        state = DialogueState(stack=(frame,), pending=pending, frames_opened=2, turns=self.rng.randint(1, 30))
        if self.rng.random() < PAUSED:
            others = [intent for intent in self.unfinished() if intent.name != frame.intent]
            if others:
                state = self.paused_below(state, self.rng.choice(others))
        return self._lived(state)

    def _lived(self, state: DialogueState) -> DialogueState:
        # There was a turn before, so it can be taken back.
        update: dict[str, Any] = {"last_reply": "What can I do for you?", "before": DialogueState()}
        if self.rng.random() < 0.4:
            update["last_receipt_id"] = "receipt"
        return state.model_copy(update=update)
