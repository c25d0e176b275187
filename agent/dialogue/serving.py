"""Serves the frames of a turn: asks, confirms or acts for the active one, then for those that wait, then those paused.

Of several requests in one message, what can be done is done first and in order; then the questions follow, one at a
time. Knows nothing of commands: `turn` has executed them by now.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent import say
from agent.dialogue import stack
from agent.dialogue.acting import Acting
from agent.dialogue.desk import Desk
from agent.dialogue.filling import Filling, newly_shown
from agent.errors import ProviderError
from agent.types import Frame, Option, Pending


@dataclass
class Floor:
    """Whose turn it is to speak in this turn."""

    question: Pending | None
    # The question that was open when the turn began.
    frames_before: int
    # Frames opened before this turn: those numbered higher are requests of this message.
    own: set[int] = field(default_factory=set)
    # Frames that may speak: the one active at the start, and those opened or resumed now.
    opened: set[int] = field(default_factory=set)
    # Frames that this turn opened.
    confirmed: str | None = None
    # Hash of the arguments and summary that the user said yes to in this turn.
    served_another: bool = False
    # True when a frame was served that this turn opened: what was active before is then returned to by name.


class Serving:
    """Takes the dialogue from the executed commands to the next question, or to its end."""

    def __init__(self, desk: Desk, floor: Floor, filling: Filling, acting: Acting) -> None:
        self._desk, self._floor, self._filling, self._acting = desk, floor, filling, acting

    async def advance(self) -> None:
        """Serve frames until a question is open or nothing is left."""
        desk, floor = self._desk, self._floor
        if desk.state.pending is not None:
            if desk.state.pending is floor.question:
                self.ask_again(desk.state.pending)
            return
        while desk.state.pending is None:
            frame = desk.state.active
            here = [waiting for waiting in desk.state.waiting if waiting.frame_id > floor.frames_before]
            if frame is not None and frame.frame_id in floor.own:
                # Before a question, what this message asked for and needs none; before going back, all it asked for.
                ready = self._ready(here) if self._asks(frame) else None
                if ready is None and self._returns(frame):
                    ready = here[0] if here else None
                if ready is None:
                    await self.serve(frame)
                else:
                    self._begin(ready)
            elif here:
                self._begin(self._ready(here) or here[0])
            elif desk.state.waiting and (frame is None or frame.frame_id > desk.state.waiting[0].frame_id):
                self._begin(desk.state.waiting[0])
            else:
                if frame is not None:
                    self.offer_to_resume(frame)
                return

    async def serve(self, frame: Frame) -> None:
        """Ask, confirm or act for the active frame: afterwards it is gone or a question is open."""
        desk, floor = self._desk, self._floor
        intent = desk.catalogue.intents[frame.intent]
        lead = f"Back to {say.name_of(desk.catalogue, intent.name)}: " if self._returns(frame) else ""
        floor.served_another = floor.served_another or frame.frame_id in floor.opened
        frame = self._filling.take_over(frame, is_new=self._is_new(frame))
        if intent.effect:
            frame = self._filling.drop_overtaken()
        if frame.uncertain:
            self._acting.ask_unknown(frame, lead)
            return
        try:
            found = None
            if intent.confirm and len(open_slots := self._open_slots(frame)) == 1:
                found = await self._filling.take_the_only_choice(frame, open_slots[0])
                frame = desk.active
            if missing := self._missing(frame):
                await self._filling.ask(frame, missing, lead, found=found, already=self._shown(frame, missing))
                return
        except ProviderError as error:
            self._acting.fail(frame, error)
            return
        digest, summary = self.confirmation(frame)
        if intent.confirm and floor.confirmed != digest:
            pending = desk.question("confirm", frame.frame_id, arguments_hash=digest)
            desk.emit("confirmation_asked", intent=intent.name, arguments=stack.arguments(frame))
            desk.ask(pending, lead + summary)
            return
        floor.confirmed = None
        await self._acting.act(frame)

    def confirmation(self, frame: Frame) -> tuple[str, str]:
        """Return what a yes is bound to, and the summary that asks for it."""
        intent = self._desk.catalogue.intents[frame.intent]
        summary = say.summary(self._desk.catalogue, frame) if intent.confirm else ""
        return stack.arguments_hash(intent.name, stack.arguments(frame), summary), summary

    def ask_again(self, pending: Pending) -> None:
        """Ask the open question once more, by name: something else was said in between."""
        desk = self._desk
        frame = desk.state.active
        if pending.kind == "clarify":
            desk.ask(pending, say.which(pending.options))
        elif frame is None:
            desk.state = stack.ask(desk.state, None)
        elif pending.kind == "resume":
            self.offer_to_resume(frame)
        else:
            name = say.name_of(desk.catalogue, frame.intent)
            if pending.kind == "confirm":
                frame = self._filling.take_over(frame, is_new=False)
                digest, question = self.confirmation(frame)
                pending = pending.model_copy(update={"arguments_hash": digest})
                desk.emit("confirmation_asked", intent=frame.intent, arguments=stack.arguments(frame))
            elif pending.slot and frame.unsettled.get(pending.slot):
                question = say.which(pending.options)
            elif pending.slot:
                shown = newly_shown(pending.options, already=pending.options)
                question = say.question(desk.catalogue, frame, pending.slot, shown)
            else:
                question = say.uncertain(desk.catalogue, frame)
            again = pending.model_copy(update={"asked_at": desk.tools.turn.received_at})
            desk.ask(again, f"Back to {name}: {question}")

    def offer_to_resume(self, frame: Frame) -> None:
        """Offer to go on with a frame that was paused; it never goes on by itself."""
        name = say.name_of(self._desk.catalogue, frame.intent)
        self._desk.ask(self._desk.question("resume", frame.frame_id), f"Shall we go on with {name}?")

    def note_opened(self, frame: Frame) -> None:
        """Give a frame that this turn opened the right to speak."""
        self._floor.opened.add(frame.frame_id)
        self._floor.own.add(frame.frame_id)
        self._desk.emit("skill_started", intent=frame.intent, frame_id=frame.frame_id)

    def _begin(self, frame: Frame) -> None:
        """Make a waiting frame the active one."""
        self._desk.state = stack.next_waiting(self._desk.state, frame.frame_id)
        self.note_opened(self._desk.active)

    def _ready(self, frames: list[Frame]) -> Frame | None:
        """Return the first frame that needs no question."""
        return next((frame for frame in frames if not self._asks(frame)), None)

    def _asks(self, frame: Frame) -> bool:
        """Whether serving the frame would ask something."""
        intent = self._desk.catalogue.intents[frame.intent]
        done = self._filling.completed(frame, is_new=self._is_new(frame))
        return (
            done.uncertain
            or self._missing(done) is not None
            or (intent.confirm and self._floor.confirmed != self.confirmation(done)[0])
        )

    def _shown(self, frame: Frame, slot: str) -> tuple[Option, ...]:
        """Return what the question that was open when the turn began offered for this slot."""
        question = self._floor.question
        is_same = question is not None and question.frame_id == frame.frame_id and question.slot == slot
        return question.options if question is not None and is_same and self._returns(frame) else ()

    def _is_new(self, frame: Frame) -> bool:
        """Whether the frame's request is of this message, or begins to speak only now."""
        return frame.frame_id in self._floor.opened or frame.frame_id > self._floor.frames_before

    def _missing(self, frame: Frame) -> str | None:
        """Return the slot to ask for next: one that is not settled, or else one that was not said."""
        return next(iter(self._open_slots(frame)), None)

    def _open_slots(self, frame: Frame) -> list[str]:
        """Return the slots that are to be asked for, in this order."""
        intent = self._desk.catalogue.intents[frame.intent]
        unsettled = [name for name in intent.slots if name in frame.unsettled]
        return unsettled + [name for name in intent.required if name not in frame.slots and name not in unsettled]

    def _returns(self, frame: Frame) -> bool:
        """Whether the frame was active before something else was served in this turn."""
        return frame.frame_id not in self._floor.opened and self._floor.served_another
