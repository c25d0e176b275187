"""Executes one turn's commands on the dialogue stack: which frame is open, whose turn it is, what is asked.

Read `TurnRunner.execute` first. It works on the turn's desk; ``filling`` reads values, ``acting`` runs actions. The
model is called for nothing here but a skill's own text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from agent import say
from agent.commands import (
    Cancel,
    Choose,
    Clarify,
    Clear,
    Command,
    Confirm,
    Deny,
    Handoff,
    Refuse,
    Repeat,
    Resume,
    Say,
    Set,
    Start,
    Undo,
)
from agent.dialogue import stack
from agent.dialogue.acting import Acting, claim_id
from agent.dialogue.desk import Desk, Outcome, TurnTools
from agent.dialogue.filling import Filling
from agent.errors import ModelError, ProviderError, StoreError
from agent.types import DialogueState, Frame, Option, Pending

CONFIRMATION_EXPIRES = timedelta(minutes=15)
"""A yes that comes later than this is asked for again."""


class TurnRunner:
    """Runs the commands of one turn. Use once."""

    def __init__(self, state: DialogueState, tools: TurnTools) -> None:
        self._desk = Desk(state, tools)
        self._filling = Filling(self._desk)
        self._acting = Acting(self._desk)
        self._understand_again: tuple[str, str] | None = None
        self._question = state.pending
        # The question that was open when the turn began.
        self._own = {state.active.frame_id} if state.active else set()
        # Frames whose turn it is to speak: the one active at the start, and those opened or resumed now.
        self._opened: set[int] = set()
        # Frames that this turn opened.
        self._served_another = False
        # True when a frame was served that is not the one active at the start: a digression.
        self._confirmed: str | None = None
        # Hash of the arguments that the user said yes to in this turn.

    async def execute(self, commands: Sequence[Command]) -> Outcome:
        """Run the commands in order and return what came of them.

        Raises:
            ModelError: the model failed before anything was done.
            StoreError: the store failed before anything was done.
        """
        desk = self._desk
        try:
            await self._run(commands)
        except (ModelError, StoreError) as error:
            if not desk.receipts:
                raise
            # What was done stands and is told, whatever failed after it.
            desk.error = type(error).__name__
            desk.parts.append(f"I could not go on from there. ({error})")
        text = "\n".join(part for part in desk.parts if part)
        return Outcome(desk.state, text, desk.receipts, desk.error, self._understand_again)

    async def _run(self, commands: Sequence[Command]) -> None:
        edited = any(isinstance(command, Set | Clear) for command in commands)
        edits: list[Set | Clear] = []
        for command in commands:
            if isinstance(command, Set | Clear):
                edits.append(command)
                continue
            await self._apply(edits)
            edits = []
            if isinstance(command, Deny) and edited:
                continue  # "no, at eight" corrects; it does not drop
            await self._one(command)
        await self._apply(edits)
        if self._understand_again is None:
            await self._advance(repeated=Repeat() in commands)

    async def _one(self, command: Command) -> None:
        match command:
            case Start(intent):
                self._start(intent)
            case Confirm():
                await self._yes(self._question)
            case Deny():
                self._no(self._question)
            case Choose(number):
                self._choose(number)
            case Cancel():
                self._cancel()
            case Resume():
                self._resume()
            case Undo():
                await self._acting.undo()
            case Repeat():
                self._desk.parts.append(self._desk.state.last_reply or "I have not said anything yet.")
            case Clarify(first, second):
                self._clarify(first, second)
            case Say(skill):
                await self._acting.talk(skill)
            case Refuse():
                self._desk.emit("refused")
                self._desk.parts.append(f"I can't do that. {say.abilities(self._desk.catalogue)}")
            case Handoff():
                target = await self._desk.tools.handoff()
                self._desk.emit("handed_off", target=target)
                self._desk.parts.append(f"I have handed our conversation over to a person ({target}).")
            case Set() | Clear():  # pragma: no cover - gathered by execute
                raise AssertionError("edits are applied together")

    def _start(self, intent: str) -> None:
        active = self._desk.state.active
        if active and active.intent == intent and active.frame_id not in self._opened:
            return  # "book a table for two ... at eight": still the same request
        if active and active.frame_id in self._opened:
            # A second request in the same message: the first one is served before it.
            self._desk.state = stack.new_waiting_frame(self._desk.state, intent)
            return
        if active:
            self._desk.emit("frame_paused", intent=active.intent)
        self._desk.state = stack.open_frame(self._desk.state, intent)
        self._note_opened(self._desk.active)

    def _note_opened(self, frame: Frame) -> None:
        self._opened.add(frame.frame_id)
        self._own.add(frame.frame_id)
        self._desk.emit("skill_started", intent=frame.intent, frame_id=frame.frame_id)

    async def _yes(self, before: Pending | None) -> None:
        if before is None:
            return
        frame = self._desk.state.active
        if before.kind == "resume":
            self._desk.state = stack.ask(self._desk.state, None)
            if frame:
                self._desk.emit("frame_resumed", intent=frame.intent)
        elif before.kind in ("confirm", "unknown") and frame and frame.frame_id == before.frame_id:
            asked_at = before.asked_at
            if asked_at and self._desk.tools.turn.received_at - asked_at > CONFIRMATION_EXPIRES:
                self._desk.parts.append("That was a while ago, so let me ask again.")
            else:
                self._confirmed = before.arguments_hash
                self._desk.emit("confirmation_answered", intent=frame.intent, accepted=True)
                if before.kind == "unknown":
                    await self._desk.tools.store.drop_claim(self._desk.tools.lease, claim_id(frame))
            self._desk.state = stack.ask(self._desk.state, None)

    def _no(self, before: Pending | None) -> None:
        frame = self._desk.state.active
        if before is None or frame is None:
            return
        if before.kind in ("confirm", "unknown"):
            self._desk.emit("confirmation_answered", intent=frame.intent, accepted=False)
        self._drop(frame)

    def _choose(self, number: int) -> None:
        pending = self._desk.state.pending
        if pending is None or not 1 <= number <= len(pending.options):
            return
        option = pending.options[number - 1]
        if pending.kind == "clarify":
            self._desk.state = stack.ask(self._desk.state, None)
            self._understand_again = (option.value["skill"], option.value["text"])
        elif pending.slot and self._desk.state.active:
            self._filling.choose(pending.slot, option)

    def _cancel(self) -> None:
        frame = self._desk.state.active
        if frame is None:
            self._desk.parts.append("There is nothing to cancel.")
        else:
            self._drop(frame)

    def _drop(self, frame: Frame) -> None:
        self._desk.state = stack.drop_active(self._desk.state)
        self._desk.emit("frame_cancelled", intent=frame.intent)
        self._desk.parts.append(f"All right, I dropped {say.name_of(self._desk.catalogue, frame.intent)}.")

    def _resume(self) -> None:
        if len(self._desk.state.stack) > 1:
            *others, top, below = (*self._desk.state.stack[:-2], self._desk.state.stack[-1], self._desk.state.stack[-2])
            self._desk.state = self._desk.state.model_copy(update={"stack": (*others, top, below), "pending": None})
        if self._desk.state.active:
            self._own.add(self._desk.state.active.frame_id)
            self._desk.emit("frame_resumed", intent=self._desk.state.active.intent)
            self._desk.state = stack.ask(self._desk.state, None)

    def _clarify(self, first: str, second: str) -> None:
        text = self._desk.tools.turn.text
        options = tuple(
            Option(value={"skill": name, "text": text}, text=name.replace("_", " ")) for name in (first, second)
        )
        self._desk.ask(self._desk.question("clarify", 0, options=options), say.which(options))

    async def _apply(self, edits: Sequence[Set | Clear]) -> None:
        """Apply edits to the frame they were written for: the newest one this message opened, or the active one."""
        desk = self._desk
        if not edits or (desk.state.active is None and not desk.state.waiting):
            return
        held, waiting = desk.state, desk.state.waiting
        target_waits = bool(waiting) and bool(self._opened) and waiting[-1].frame_id == held.frames_opened
        if target_waits:
            # Work on the waiting frame as if it were active, then put it back.
            desk.state = held.model_copy(update={"stack": (*held.stack, waiting[-1])})
        try:
            await self._filling.apply(edits)
        except ProviderError as error:
            self._acting.fail(desk.active, error)
        if target_waits and len(desk.state.stack) > len(held.stack):
            filled = (*waiting[:-1], desk.active)
            desk.state = desk.state.model_copy(update={"stack": held.stack, "waiting": filled, "pending": held.pending})
        elif target_waits:
            desk.state = desk.state.model_copy(update={"waiting": waiting[:-1]})

    async def _advance(self, *, repeated: bool) -> None:
        """Serve the active frame as far as it goes, then the requests that wait, then what was paused below."""
        if self._desk.state.pending is not None:
            if self._desk.state.pending is self._question and not repeated:
                self._ask_again(self._desk.state.pending)
            return
        while self._desk.state.pending is None:
            frame = self._desk.state.active
            if frame is None or frame.frame_id not in self._own:
                if self._desk.state.waiting:
                    self._desk.state = stack.next_waiting(self._desk.state)
                    self._note_opened(self._desk.active)
                    continue
                if frame is not None:
                    # Paused in an earlier turn: offered, never silently resumed.
                    name = say.name_of(self._desk.catalogue, frame.intent)
                    self._desk.ask(self._desk.question("resume", frame.frame_id), f"Shall we go on with {name}?")
                return
            returning = frame.frame_id not in self._opened and self._served_another
            if returning and self._desk.state.waiting:
                self._desk.state = stack.next_waiting(self._desk.state)
                self._note_opened(self._desk.active)
                continue
            await self._serve(frame, returning=returning)
            self._served_another = self._served_another or frame.frame_id in self._opened

    def _ask_again(self, pending: Pending) -> None:
        """After small talk the open question is asked again, by name."""
        frame = self._desk.state.active
        if frame is None:
            return
        name = say.name_of(self._desk.catalogue, frame.intent)
        if pending.kind in ("slot", "choice") and pending.slot:
            question = say.question(self._desk.catalogue, frame, pending.slot, pending.options)
        elif pending.kind == "confirm":
            question = say.summary(self._desk.catalogue, frame)
        elif pending.kind == "resume":
            self._desk.ask(pending, f"Shall we go on with {name}?")
            return
        else:
            question = f"I do not know whether {name} went through. Shall I try it again?"
        self._desk.ask(pending, f"Back to {name}: {question}")

    async def _serve(self, frame: Frame, *, returning: bool) -> None:
        """Ask, confirm or act for the active frame: afterwards it is gone or a question is open."""
        intent = self._desk.catalogue.intents[frame.intent]
        frame = self._filling.take_over(frame, is_new=frame.frame_id in self._opened)
        lead = f"Back to {say.name_of(self._desk.catalogue, intent.name)}: " if returning else ""
        rejected = self._filling.rejected.get(frame.frame_id)
        missing = rejected or next((name for name in intent.required if name not in frame.slots), None)
        if missing:
            try:
                await self._filling.ask(frame, missing, lead)
            except ProviderError as error:
                self._acting.fail(frame, error)
            return
        values = stack.arguments(frame)
        digest = stack.arguments_hash(intent.name, values)
        if intent.confirm and self._confirmed != digest:
            pending = self._desk.question("confirm", frame.frame_id, arguments_hash=digest)
            self._desk.emit("confirmation_asked", intent=intent.name, arguments=values)
            self._desk.ask(pending, lead + say.summary(self._desk.catalogue, frame))
            return
        self._confirmed = None
        await self._acting.act(frame)
