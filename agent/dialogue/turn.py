"""Executes one turn's commands on the dialogue stack: opens, fills, drops, answers; then lets the frames speak.

Read `TurnRunner.execute` first. It works on the turn's desk; ``filling`` reads values, ``serving`` decides who speaks,
``acting`` runs actions. The model is called for nothing here but a skill's own text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from agent import say
from agent.commands import (
    Again,
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
    Retract,
    Say,
    Set,
    Start,
    Undo,
)
from agent.dialogue import stack
from agent.dialogue.acting import Acting, claim_id
from agent.dialogue.assent import picks_plainly, praises_plainly, refuses_plainly
from agent.dialogue.desk import Desk, Outcome, TurnTools
from agent.dialogue.filling import Filling
from agent.dialogue.resolvers import match_options
from agent.dialogue.returning import overtaken, return_card
from agent.dialogue.serving import Floor, Serving
from agent.dialogue.speaking import Speaking
from agent.errors import ModelError, ProviderError, StoreError
from agent.types import DialogueState, Frame, Option, Pending, SlotValue

CONFIRMATION_EXPIRES = timedelta(minutes=15)
"""A yes that comes later than this is asked for again."""
OFFER_EXPIRES = timedelta(minutes=15)
"""What is picked later than this is looked up again: it may be gone."""


class TurnRunner:
    """Runs the commands of one turn. Use once."""

    def __init__(self, state: DialogueState, tools: TurnTools) -> None:
        self._began_with = state
        self._desk = Desk(state, tools)
        self._filling = Filling(self._desk)
        self._speaking = Speaking(self._desk)
        self._acting = Acting(self._desk, self._speaking)
        own = {state.active.frame_id} if state.active else set()
        self._floor = Floor(question=state.pending, frames_before=state.frames_opened, own=own)
        self._serving = Serving(self._desk, self._floor, self._filling, self._acting)
        self._understand_again: tuple[str, str] | None = None
        self._is_continued = False
        # True when a `start` of this message meant the request that was open: another one is a request of its own.

    async def execute(self, commands: Sequence[Command]) -> Outcome:
        """Run the commands in order and return what came of them.

        Raises:
            ModelError: the model failed before anything was done.
            StoreError: the store failed before anything was done.
        """
        desk = self._desk
        try:
            self._welcome_back()
            await self._run(commands)
        except (ModelError, StoreError) as error:
            if not desk.receipts:
                raise
            # What was done stands and is told, whatever failed after it.
            desk.error = type(error).__name__
            desk.parts.append(f"I could not go on from there. ({error})")
        if Retract() not in commands:
            before = stack.retractable(self._began_with, desk.acted)
            desk.state = desk.state.model_copy(update={"before": before})
        text = "\n".join(part for part in desk.parts if part)
        return Outcome(desk.state, text, desk.receipts, desk.error, self._understand_again)

    def _welcome_back(self) -> None:
        """After a gap, say first what was open and empty what time has overtaken."""
        desk = self._desk
        card = return_card(desk.state, desk.catalogue, desk.tools.context.now)
        if card is None:
            return
        desk.emit("returned", seconds=card.seconds, intents=list(card.intents), stale=dict(card.stale))
        desk.parts.append(card.text)
        if card.stale:
            self._filling.drop_overtaken(since=desk.state.talked_at)
            # The open question may have been about them: what is missing is asked for in the end.
            desk.state = stack.ask(desk.state, None)

    async def _run(self, commands: Sequence[Command]) -> None:
        edits: list[Set | Clear] = []
        for number, command in enumerate(commands):
            if isinstance(command, Set | Clear):
                edits.append(command)
                continue
            await self._apply(edits)
            edits = []
            follows = commands[number + 1] if number + 1 < len(commands) else None
            if isinstance(command, Deny) and isinstance(follows, Set | Clear):
                continue  # "no, at eight" corrects; it does not drop
            await self._one(command)
            if isinstance(command, Confirm) and isinstance(follows, Start | Again) and self._yes_counts():
                await self._serving.advance()  # "yes, and turn on the lamp": what was confirmed comes first
        await self._apply(edits)
        # What was repeated, or gone back to, has asked the open question already.
        is_asked = bool({Repeat(), Retract()} & set(commands)) and self._desk.state.pending is not None
        if self._understand_again is None and not is_asked:
            await self._serving.advance()

    async def _one(self, command: Command) -> None:
        match command:
            case Start(intent):
                self._start(intent)
            case Again():
                self._again()
            case Confirm():
                await self._yes(self._floor.question)
            case Deny():
                self._no(self._floor.question)
            case Choose(number):
                await self._choose(number)
            case Cancel():
                self._cancel()
            case Resume():
                self._resume()
            case Undo():
                await self._undo()
            case Retract():
                self._retract()
            case Repeat():
                self._repeat()
            case Clarify(first, second):
                self._clarify(first, second)
            case Say(skill):
                await self._speaking.talk(skill)
            case Refuse():
                self._desk.emit("refused")
                self._desk.parts.append(f"I can't do that. {say.abilities(self._desk.catalogue)}")
            case Handoff():
                handed = await self._desk.tools.handoff()
                self._desk.emit("handed_off", target=handed.target)
                self._desk.parts.append(handed.text)
            case Set() | Clear():  # pragma: no cover - gathered by _run
                raise AssertionError("edits are applied together")

    def _start(self, intent: str, slots: Mapping[str, SlotValue] | None = None) -> None:
        desk = self._desk
        active = desk.state.active
        is_own = active is not None and active.frame_id in self._floor.own - self._floor.opened
        if active and active.intent == intent and is_own and slots is None and not self._is_continued:
            self._is_continued = True
            return  # "book a table for two ... at eight": still the same request
        if active and (active.frame_id in self._floor.opened or self._is_continued):
            # A second request in the same message.
            desk.state = stack.new_waiting_frame(desk.state, intent, slots)
            return
        if active:
            desk.emit("frame_paused", intent=active.intent)
        desk.state = stack.open_frame(desk.state, intent, slots)
        self._serving.note_opened(desk.active)

    def _again(self) -> None:
        """Ask for what was done last once more, with its values as long as they are not past: a request of its own."""
        desk = self._desk
        last = self._began_with.last_frame  # not what this very message has done
        if last is None:
            desk.parts.append("I have not done anything yet that I could do again.")
            return
        past = overtaken(last, desk.catalogue, desk.tools.context.now)
        desk.parts += [f"{reason}." for reason in past.values()]
        self._start(last.intent, {slot: value for slot, value in last.slots.items() if slot not in past})

    async def _yes(self, before: Pending | None) -> None:
        desk = self._desk
        if before is None:
            return
        frame = desk.state.active
        if before.kind == "resume":
            desk.state = stack.ask(desk.state, None)
            if frame:
                desk.emit("frame_resumed", intent=frame.intent)
        elif before.kind in ("confirm", "unknown") and frame and frame.frame_id == before.frame_id:
            if self._is_old(before, CONFIRMATION_EXPIRES):
                desk.parts.append("That was a while ago, so let me ask again.")
            elif refuses_plainly(desk.tools.turn.text) or picks_plainly(desk.tools.turn.text):
                desk.emit("yes_doubted", intent=frame.intent)
                desk.parts.append("I am not sure whether that was a yes, so let me ask again.")
            else:
                desk.emit("confirmation_answered", intent=frame.intent, accepted=True)
                self._floor.confirmed = before.arguments_hash
                if before.kind == "unknown":
                    self._floor.confirmed = self._serving.confirmation(frame)[0]
                    desk.state = stack.mark_uncertain(desk.state, False)
                    await desk.tools.store.drop_claim(desk.tools.lease, claim_id(frame))
            desk.state = stack.ask(desk.state, None)

    async def _undo(self) -> None:
        if praises_plainly(self._desk.tools.turn.text):
            self._desk.emit("undo_doubted")
            self._desk.parts.append("Glad to hear it. Nothing was taken back; say 'undo that' if it should be.")
        else:
            await self._acting.undo()

    def _yes_counts(self) -> bool:
        """Whether the yes of this message lets the active frame act: in time, and for what would be done now."""
        desk, frame = self._desk, self._desk.state.active
        if frame is None or self._floor.confirmed is None or desk.state.pending is not None:
            return False
        if desk.catalogue.intents[frame.intent].effect and overtaken(frame, desk.catalogue, desk.tools.context.now):
            return False
        done = self._filling.completed(frame, is_new=False)
        return self._floor.confirmed == self._serving.confirmation(done)[0]

    def _is_old(self, pending: Pending, limit: timedelta) -> bool:
        return pending.asked_at is not None and self._desk.tools.turn.received_at - pending.asked_at > limit

    def _no(self, before: Pending | None) -> None:
        frame = self._desk.state.active
        if before is None or frame is None:
            return
        if before.kind in ("confirm", "unknown"):
            self._desk.emit("confirmation_answered", intent=frame.intent, accepted=False)
        self._drop(frame)

    async def _choose(self, number: int) -> None:
        pending = self._floor.question
        if pending is None or not 1 <= number <= len(pending.options):
            return
        option = pending.options[number - 1]
        if pending.kind == "clarify":
            self._desk.state = stack.ask(self._desk.state, None)
            self._understand_again = (option.value["skill"], option.value["text"])
        elif pending.slot and self._desk.state.active:
            # The model is told how many there are and not their names: words that fit one of them outweigh its number.
            said = match_options(self._desk.tools.turn.text, pending.options, self._desk.tools.context.lang)
            option = said[0] if len(said) == 1 else option
            try:
                await self._filling.choose(pending.slot, option, is_fresh=not self._is_old(pending, OFFER_EXPIRES))
            except ProviderError as error:
                self._acting.fail(self._desk.active, error)

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
        desk = self._desk
        if len(desk.state.stack) > 1:
            desk.state = stack.swap_paused(desk.state)
        if desk.state.active:
            self._floor.own.add(desk.state.active.frame_id)
            desk.emit("frame_resumed", intent=desk.state.active.intent)
            desk.state = stack.ask(desk.state, None)

    def _retract(self) -> None:
        """Let the last turn be unsaid. What it did in the world stays done, and is said to."""
        desk = self._desk
        if desk.state.before is None:
            desk.parts.append("There is nothing before that I could go back to.")
            return
        acted = desk.state.last_receipt_id != desk.state.before.last_receipt_id
        desk.state = stack.retract(desk.state)
        desk.emit("retracted", intents=[frame.intent for frame in desk.state.stack])
        stands = "What I did stays done; say “undo” to take it back." if acted else ""
        desk.parts.append(f"All right, we are back where we were before that. {stands}".strip())
        active, since = desk.state.active, self._began_with.talked_at
        if active is not None and overtaken(active, desk.catalogue, desk.tools.context.now, since=since):
            # Time went on although the talk went back: what is missing now is asked for in the end.
            self._filling.drop_overtaken(since=since)
            desk.state = stack.ask(desk.state, None)
        elif desk.state.pending is not None:
            self._serving.ask_again(desk.state.pending)
        elif active is not None:
            self._serving.offer_to_resume(active)

    def _repeat(self) -> None:
        """Say the last reply again, unless its question fell away (its values have passed): then what is open asks."""
        state = self._desk.state
        if state.pending is not None or not (state.stack or state.waiting):
            self._desk.parts.append(self._desk.state.last_reply or "I have not said anything yet.")

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
        target_waits = bool(waiting) and self._floor.frames_before < waiting[-1].frame_id == held.frames_opened
        if desk.state.active is None and not target_waits:
            return  # a look-up that failed has dropped the frame these words were for
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
