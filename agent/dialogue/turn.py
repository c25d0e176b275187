"""Executes one turn's commands on the dialogue stack. The only model call made here is for a skill's own text.

Read `TurnRunner.execute` first. It works on a copy of the state and gathers what is to be said; nothing is written
to the store but claims and receipts of actions, which must outlive a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from agent import say
from agent.actions import Action, ActionCall, ActionContext, ActionResult, Offers, Preparation, Prepares, Undoes
from agent.backends.base import Request
from agent.catalogue import Catalogue
from agent.commands import (
    WHOLE_TURN,
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
from agent.dialogue.resolvers import (
    Ambiguous,
    ResolveContext,
    Resolved,
    match_options,
    resolve,
)
from agent.errors import ProviderError, StoreError, Unavailable
from agent.prompting import render_speak
from agent.store.base import Lease, SessionStore
from agent.types import DialogueState, Frame, Option, Pending, PendingKind, Receipt, SlotValue, Turn

logger = logging.getLogger(__name__)

CONFIRMATION_EXPIRES = timedelta(minutes=15)
"""A yes that comes later than this is asked for again."""

_CHANGE_OR_CANCEL = "You can change something, or cancel."

Emit = Callable[..., None]
Write = Callable[[Request, bool], Awaitable[str]]
"""Asks the model for a text; the flag says whether its pieces may be shown as they come."""
T = TypeVar("T")


@dataclass
class TurnTools:
    """What a turn works with; made once per turn by the manager."""

    catalogue: Catalogue
    actions: Mapping[str, Action]
    # By skill name.
    store: SessionStore
    lease: Lease
    turn: Turn
    context: ActionContext
    emit: Emit
    write: Write
    handoff: Callable[[], Awaitable[str]]
    # Hands the transcript to a person and says where it went.
    action_timeout_seconds: float = 20.0
    speak_timeout_seconds: float = 30.0


@dataclass
class Outcome:
    """What a turn came to."""

    state: DialogueState
    text: str
    receipts: list[Receipt] = field(default_factory=list)
    error: str | None = None
    understand_again: tuple[str, str] | None = None
    # (skill, text): the user settled an ambiguity; the earlier text is to be read with that skill alone.


class TurnRunner:
    """Runs the commands of one turn. Use once."""

    def __init__(self, state: DialogueState, tools: TurnTools) -> None:
        self.state = state
        self.tools = tools
        self.catalogue = tools.catalogue
        self.parts: list[str] = []
        self.receipts: list[Receipt] = []
        self.error: str | None = None
        self.understand_again: tuple[str, str] | None = None
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
        self._rejected: dict[int, str] = {}
        # Slot by frame id whose value could not be read in this turn: nothing is done before it is settled.

    async def execute(self, commands: Sequence[Command]) -> Outcome:
        """Run the commands in order and return what came of them."""
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
        if self.understand_again is None:
            await self._advance(repeated=Repeat() in commands)
        text = "\n".join(part for part in self.parts if part)
        return Outcome(self.state, text, self.receipts, self.error, self.understand_again)

    # -- one command -------------------------------------------------------------------------------------------------

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
                await self._undo()
            case Repeat():
                self.parts.append(self.state.last_reply or "I have not said anything yet.")
            case Clarify(first, second):
                self._clarify(first, second)
            case Say(skill):
                await self._say(skill)
            case Refuse():
                self.tools.emit("refused")
                self.parts.append(f"I can't do that. {say.abilities(self.catalogue)}")
            case Handoff():
                target = await self.tools.handoff()
                self.tools.emit("handed_off", target=target)
                self.parts.append(f"I have handed our conversation over to a person ({target}).")
            case Set() | Clear():  # pragma: no cover - gathered by execute
                raise AssertionError("edits are applied together")

    def _start(self, intent: str) -> None:
        active = self.state.active
        if active and active.intent == intent and active.frame_id not in self._opened:
            return  # "book a table for two ... at eight": still the same request
        if active and active.frame_id in self._opened:
            # A second request in the same message: the first one is served before it.
            self.state = stack.new_waiting_frame(self.state, intent)
            return
        if active:
            self.tools.emit("frame_paused", intent=active.intent)
        self.state = stack.open_frame(self.state, intent)
        assert self.state.active is not None
        self._note_opened(self.state.active)

    def _note_opened(self, frame: Frame) -> None:
        self._opened.add(frame.frame_id)
        self._own.add(frame.frame_id)
        self.tools.emit("skill_started", intent=frame.intent, frame_id=frame.frame_id)

    async def _yes(self, before: Pending | None) -> None:
        if before is None:
            return
        frame = self.state.active
        if before.kind == "resume":
            self.state = stack.ask(self.state, None)
            if frame:
                self.tools.emit("frame_resumed", intent=frame.intent)
        elif before.kind in ("confirm", "unknown") and frame and frame.frame_id == before.frame_id:
            asked_at = before.asked_at
            if asked_at and self.tools.turn.received_at - asked_at > CONFIRMATION_EXPIRES:
                self.parts.append("That was a while ago, so let me ask again.")
            else:
                self._confirmed = before.arguments_hash
                self.tools.emit("confirmation_answered", intent=frame.intent, accepted=True)
                if before.kind == "unknown":
                    await self.tools.store.drop_claim(self.tools.lease, self._claim_id(frame))
            self.state = stack.ask(self.state, None)

    def _no(self, before: Pending | None) -> None:
        frame = self.state.active
        if before is None or frame is None:
            return
        if before.kind in ("confirm", "unknown"):
            self.tools.emit("confirmation_answered", intent=frame.intent, accepted=False)
        self._drop(frame)

    def _choose(self, number: int) -> None:
        pending = self.state.pending
        if pending is None or not 1 <= number <= len(pending.options):
            return
        option = pending.options[number - 1]
        if pending.kind == "clarify":
            self.state = stack.ask(self.state, None)
            self.understand_again = (option.value["skill"], option.value["text"])
        elif pending.slot and self.state.active:
            self._store_slot(pending.slot, SlotValue(raw=_plain(option), value=option.value, text=_plain(option)))

    def _cancel(self) -> None:
        frame = self.state.active
        if frame is None:
            self.parts.append("There is nothing to cancel.")
        else:
            self._drop(frame)

    def _drop(self, frame: Frame) -> None:
        self.state = stack.drop_active(self.state)
        self.tools.emit("frame_cancelled", intent=frame.intent)
        self.parts.append(f"All right, I dropped {say.name_of(self.catalogue, frame.intent)}.")

    def _resume(self) -> None:
        if len(self.state.stack) > 1:
            *others, top, below = (*self.state.stack[:-2], self.state.stack[-1], self.state.stack[-2])
            self.state = self.state.model_copy(update={"stack": (*others, top, below), "pending": None})
        if self.state.active:
            self._own.add(self.state.active.frame_id)
            self.tools.emit("frame_resumed", intent=self.state.active.intent)
            self.state = stack.ask(self.state, None)

    def _clarify(self, first: str, second: str) -> None:
        text = self.tools.turn.text
        options = tuple(
            Option(value={"skill": name, "text": text}, text=name.replace("_", " ")) for name in (first, second)
        )
        self._ask(self._pending("clarify", 0, options=options), say.which(options))

    async def _undo(self) -> None:
        receipt_id = self.state.last_receipt_id
        receipt = await self.tools.store.receipt(self.tools.turn.session_id, receipt_id) if receipt_id else None
        if receipt is None:
            self.parts.append("There is nothing I could undo.")
            return
        action: object = self.tools.actions.get(self.catalogue.intents[receipt.intent].skill)
        if receipt.undo is None or not isinstance(action, Undoes):
            self.parts.append("That cannot be undone.")
            return
        frame = Frame(frame_id=0, intent=receipt.intent)
        call = ActionCall("undo", {"receipt_id": receipt.receipt_id})
        result = await self._guarded(frame, call, lambda: action.undo(receipt, self.tools.context), claimed=False)
        if result is None:
            return
        undo_receipt = self._receipt(receipt.intent, {"undo_of": receipt.receipt_id}, result)
        await self._keep(f"undo:{receipt.receipt_id}", undo_receipt)
        self.state = self.state.model_copy(update={"last_receipt_id": None})
        self.parts.append(say.undone(self.catalogue, receipt, undo_receipt))

    async def _say(self, skill_name: str) -> None:
        skill = self.catalogue.skills[skill_name]
        self.tools.emit("skill_started", intent=skill_name, frame_id=0)
        prompt = render_speak(skill, {"utterance": self.tools.turn.text})
        request = Request(prompt, max_tokens=64, deadline_seconds=self.tools.speak_timeout_seconds)
        text = (await self.tools.write(request, True)).strip()
        self.parts.append(text or "I have nothing to say to that.")

    # -- slots -------------------------------------------------------------------------------------------------------

    async def _apply(self, edits: Sequence[Set | Clear]) -> None:
        """Apply edits to the frame they were written for: the newest one this message opened, or the active one."""
        if not edits:
            return
        waiting = self.state.waiting
        target_waits = bool(waiting) and bool(self._opened) and waiting[-1].frame_id == self.state.frames_opened
        held = self.state
        if target_waits:
            # Work on the waiting frame as if it were active, then put it back.
            self.state = self.state.model_copy(update={"stack": (*held.stack, waiting[-1])})
        if self.state.active is None:
            return
        intent = self.catalogue.intents[self.state.active.intent]
        # Slots whose choices depend on other slots come last.
        ordered = sorted(
            (edit for edit in edits if edit.slot in intent.slots),
            key=lambda edit: bool(self.catalogue.slot(intent.name, edit.slot).choices_from),
        )
        offer: Pending | None = None
        for edit in ordered:
            if isinstance(edit, Clear):
                self.state = stack.ask(stack.empty(self.state, edit.slot), None)
                self.tools.emit("slot_cleared", intent=intent.name, slot=edit.slot)
            else:
                try:
                    offer = await self._set(edit.slot, edit.value) or offer
                except ProviderError as error:
                    assert self.state.active is not None
                    self._fail(self.state.active, error)
                    break
        if offer:
            self._ask(offer, say.which(offer.options))
        if target_waits:
            filled = self.state.active
            assert filled is not None
            self.state = self.state.model_copy(
                update={"stack": held.stack, "waiting": (*waiting[:-1], filled), "pending": held.pending}
            )

    async def _set(self, slot_name: str, raw: str) -> Pending | None:
        """Resolve and fill one slot; returns the question to ask when the words have several meanings."""
        frame = self.state.active
        assert frame is not None
        slot = self.catalogue.slot(frame.intent, slot_name)
        if raw == WHOLE_TURN:
            raw = self.tools.turn.text
        if slot.choices_from and not slot.enum:
            return await self._set_from_choices(frame, slot_name, raw)
        now = self.tools.context.now
        context = ResolveContext(now=now, lang=self.tools.context.lang, previous=frame.slots.get(slot_name))
        answer = resolve(slot.resolver, raw, slot, context)
        if isinstance(answer, Resolved) and answer.past and self.catalogue.intents[frame.intent].effect:
            self._reject(frame, slot_name, raw, f"{answer.text} is in the past.")
        elif isinstance(answer, Resolved):
            self._store_slot(slot_name, SlotValue(raw=raw, value=answer.value, text=answer.text))
        elif isinstance(answer, Ambiguous):
            return self._choice(frame, slot_name, answer.options)
        else:
            self._reject(frame, slot_name, raw, answer.reason)
        return None

    async def _set_from_choices(self, frame: Frame, slot_name: str, raw: str) -> Pending | None:
        options = await self._options(frame, slot_name)
        matches = match_options(raw, options, self.tools.context.lang)
        if len(matches) > 1:
            return self._choice(frame, slot_name, tuple(matches))
        if matches:
            self._store_slot(slot_name, SlotValue(raw=raw, value=matches[0].value, text=_plain(matches[0])))
        else:
            self._reject(frame, slot_name, raw, f"I know no {slot_name.replace('_', ' ')} called “{raw}”.")
        return None

    def _store_slot(self, slot_name: str, value: SlotValue) -> None:
        assert self.state.active is not None
        intent = self.state.active.intent
        self.state = stack.ask(stack.fill(self.state, slot_name, value), None)
        self.tools.emit("slot_set", intent=intent, slot=slot_name, value=value.value, text=value.text)

    def _choice(self, frame: Frame, slot_name: str, options: tuple[Option, ...]) -> Pending:
        shown = options[: say.MAX_SHOWN_OPTIONS]
        return self._pending("choice", frame.frame_id, slot=slot_name, options=shown)

    def _reject(self, frame: Frame, slot_name: str, raw: str, reason: str) -> None:
        self.tools.emit("slot_rejected", intent=frame.intent, slot=slot_name, raw=raw, reason=reason)
        self._rejected[frame.frame_id] = slot_name
        self.parts.append(reason)

    async def _options(self, frame: Frame, slot_name: str) -> list[Option]:
        action: object = self.tools.actions.get(self.catalogue.intents[frame.intent].skill)
        if not isinstance(action, Offers):
            return []
        short = frame.intent.partition(".")[2]
        offered = action.options(short, slot_name, stack.arguments(frame), self.tools.context)
        try:
            return await asyncio.wait_for(offered, self.tools.action_timeout_seconds)
        except ProviderError:
            raise
        except TimeoutError:
            raise Unavailable(
                f"looking up what there is took longer than {self.tools.action_timeout_seconds:g} s"
            ) from None
        except Exception as error:
            logger.exception("the options of %s %s failed", frame.intent, slot_name)
            raise Unavailable("Something went wrong on my side, so I could not look that up.") from error

    # -- frames ------------------------------------------------------------------------------------------------------

    async def _advance(self, *, repeated: bool) -> None:
        """Serve the active frame as far as it goes, then the requests that wait, then what was paused below."""
        if self.state.pending is not None:
            if self.state.pending is self._question and not repeated:
                self._ask_again(self.state.pending)
            return
        while self.state.pending is None:
            frame = self.state.active
            if frame is None or frame.frame_id not in self._own:
                if self.state.waiting:
                    self.state = stack.next_waiting(self.state)
                    assert self.state.active is not None
                    self._note_opened(self.state.active)
                    continue
                if frame is not None:
                    # Paused in an earlier turn: offered, never silently resumed.
                    name = say.name_of(self.catalogue, frame.intent)
                    self._ask(self._pending("resume", frame.frame_id), f"Shall we go on with {name}?")
                return
            returning = frame.frame_id not in self._opened and self._served_another
            if returning and self.state.waiting:
                self.state = stack.next_waiting(self.state)
                assert self.state.active is not None
                self._note_opened(self.state.active)
                continue
            await self._serve(frame, returning=returning)
            self._served_another = self._served_another or frame.frame_id in self._opened

    def _ask_again(self, pending: Pending) -> None:
        """After small talk the open question is asked again, by name."""
        frame = self.state.active
        if frame is None:
            return
        name = say.name_of(self.catalogue, frame.intent)
        if pending.kind in ("slot", "choice") and pending.slot:
            question = say.question(self.catalogue, frame, pending.slot, pending.options)
        elif pending.kind == "confirm":
            question = say.summary(self.catalogue, frame)
        elif pending.kind == "resume":
            self._ask(pending, f"Shall we go on with {name}?")
            return
        else:
            question = f"I do not know whether {name} went through. Shall I try it again?"
        self._ask(pending, f"Back to {name}: {question}")

    async def _serve(self, frame: Frame, *, returning: bool) -> None:
        """Ask, confirm or act for the active frame: afterwards it is gone or a question is open."""
        intent = self.catalogue.intents[frame.intent]
        frame = self._take_over(frame)
        lead = f"Back to {say.name_of(self.catalogue, intent.name)}: " if returning else ""
        rejected = self._rejected.get(frame.frame_id)
        missing = rejected or next((name for name in intent.required if name not in frame.slots), None)
        if missing:
            try:
                await self._ask_slot(frame, missing, lead)
            except ProviderError as error:
                self._fail(frame, error)
            return
        values = stack.arguments(frame)
        digest = stack.arguments_hash(intent.name, values)
        if intent.confirm and self._confirmed != digest:
            pending = self._pending("confirm", frame.frame_id, arguments_hash=digest)
            self.tools.emit("confirmation_asked", intent=intent.name, arguments=values)
            self._ask(pending, lead + say.summary(self.catalogue, frame))
            return
        self._confirmed = None
        await self._act(frame)

    def _take_over(self, frame: Frame) -> Frame:
        """Fill what a follow-up leaves unsaid from the last frame of the same intent, and defaults."""
        intent = self.catalogue.intents[frame.intent]
        last = self.state.last_frame
        follows = last is not None and last.intent == frame.intent and frame.frame_id in self._opened
        for name in intent.slots:
            slot = self.catalogue.slot(intent.name, name)
            if name in frame.slots:
                continue
            fresh = name in intent.required or self.state.last_frame_turn >= self.state.turns
            if follows and slot.carry and last and name in last.slots and fresh:
                self._store_slot(name, last.slots[name])
            elif slot.default is not None:
                context = ResolveContext(now=self.tools.context.now, lang=self.tools.context.lang, previous=None)
                answer = resolve(slot.resolver, str(slot.default), slot, context)
                if isinstance(answer, Resolved):
                    value = SlotValue(raw=str(slot.default), value=answer.value, text=answer.text)
                    self.state = stack.fill(self.state, name, value)
        assert self.state.active is not None
        return self.state.active

    async def _ask_slot(self, frame: Frame, slot_name: str, lead: str) -> None:
        slot = self.catalogue.slot(frame.intent, slot_name)
        options: list[Option] = []
        if slot.choices_from:
            options = await self._options(frame, slot_name)
            if not options:
                # The frame stays open: another value ("at nine then") may fit.
                filled = ", ".join(value.text for value in frame.slots.values())
                name = slot_name.replace("_", " ")
                text = f"I found no {name} that fits {filled}." if filled else f"There is no {name} to choose from."
                self._ask(self._pending("slot", frame.frame_id, slot=slot_name), f"{lead}{text} {_CHANGE_OR_CANCEL}")
                return
        elif slot.enum:
            options = [Option(value=value, text=value) for value in slot.enum]
        shown = tuple(options[: say.MAX_SHOWN_OPTIONS])
        pending = self._pending("choice" if shown else "slot", frame.frame_id, slot=slot_name, options=shown)
        self._ask(pending, lead + say.question(self.catalogue, frame, slot_name, shown))

    def _ask(self, pending: Pending, text: str) -> None:
        """Make a question the open one, and say it."""
        self.state = stack.ask(self.state, pending)
        if pending.kind in ("slot", "choice", "clarify"):
            intent = self.state.active.intent if self.state.active and pending.frame_id else ""
            options = [option.text for option in pending.options]
            self.tools.emit("question_asked", intent=intent, slot=pending.slot or "", options=options)
        self.parts.append(text)

    # -- acting ------------------------------------------------------------------------------------------------------

    async def _act(self, frame: Frame) -> None:
        intent = self.catalogue.intents[frame.intent]
        skill = self.catalogue.skills[intent.skill]
        action = self.tools.actions.get(skill.name)
        values = stack.arguments(frame)
        claim_id = self._claim_id(frame)
        call = ActionCall(intent.name.partition(".")[2], values, "", claim_id)
        draft = ""
        if intent.generate:
            draft = await self._draft(frame, call, action)
            call = ActionCall(call.intent, values, draft, claim_id)
        if action is None:
            self.state = stack.finish_active(self.state, None)
            self.parts.append(draft)
            return
        receipt: Receipt | None = None
        found = True
        if intent.effect:
            claim = await self.tools.store.claim(self.tools.lease, claim_id, values)
            if claim.status == "unknown":
                self._ask_unknown(frame, claim_id)
                return
            receipt = claim.receipt
        if receipt is None:
            self.tools.emit("action_started", intent=intent.name, arguments=values, claim_id=claim_id)
            result = await self._guarded(
                frame, call, lambda: action.run(call, self.tools.context), claimed=intent.effect
            )
            if result is None:
                return
            found = result.found
            receipt = self._receipt(intent.name, values, result)
            if intent.effect:
                await self._keep(claim_id, receipt)
        self.receipts.append(receipt)
        self.tools.emit("action_done", receipt=receipt.model_dump(mode="json"))
        self.parts.append(say.report(self.catalogue, frame, receipt, found=found, draft=draft))
        self.state = stack.finish_active(self.state, receipt.receipt_id if receipt.effect else None)

    async def _draft(self, frame: Frame, call: ActionCall, action: object | None) -> str:
        """Ask the model for the skill's own text."""
        skill = self.catalogue.skill_of(frame.intent)
        preparation = Preparation()
        if isinstance(action, Prepares):
            preparation = action.prepare(call, self.tools.context)
        prompt = render_speak(skill, {**call.arguments, **preparation.fields})
        request = Request(
            prompt,
            grammar=preparation.grammar,
            max_tokens=preparation.max_tokens,
            deadline_seconds=self.tools.speak_timeout_seconds,
        )
        return (await self.tools.write(request, action is None)).strip()

    async def _guarded(
        self, frame: Frame, call: ActionCall, run: Callable[[], Awaitable[ActionResult]], *, claimed: bool
    ) -> ActionResult | None:
        """Run an action with a deadline; None when it failed, with the reason said and the session intact."""
        timeout = self.tools.action_timeout_seconds
        try:
            return await _uninterrupted(asyncio.wait_for(run(), timeout))
        except ProviderError as error:
            if claimed:
                await self.tools.store.drop_claim(self.tools.lease, call.idempotency_key)
            self._fail(frame, error)
        except TimeoutError:
            self.error = "DeadlineExceeded"
            self.tools.emit("action_failed", intent=frame.intent, error="DeadlineExceeded", unknown=claimed)
            if claimed:
                # The claim stays: the action may have happened.
                self._ask_unknown(frame, call.idempotency_key)
            else:
                self._drop_failed(frame)
                self.parts.append(
                    say.failed(self.catalogue, frame, f"That took longer than {timeout:g} seconds, so I gave up.")
                )
        except Exception as error:
            logger.exception("the action of %s failed", frame.intent)
            self.error = type(error).__name__
            self.tools.emit("action_failed", intent=frame.intent, error=type(error).__name__, unknown=claimed)
            if claimed:
                self._ask_unknown(frame, call.idempotency_key)
            else:
                self._drop_failed(frame)
                self.parts.append("Something went wrong on my side, so I could not do that.")
        return None

    def _fail(self, frame: Frame, error: ProviderError) -> None:
        """Say honestly why it was not done; ask again for the value that is to blame, if one is."""
        self.error = type(error).__name__
        self.tools.emit("action_failed", intent=frame.intent, error=type(error).__name__, unknown=False)
        self.parts.append(say.failed(self.catalogue, frame, str(error)))
        intent = self.catalogue.intents.get(frame.intent)
        if intent is None or self.state.active is None or self.state.active.frame_id != frame.frame_id:
            return
        slot = getattr(error, "slot", None)
        if slot in intent.slots:
            self.state = stack.empty(self.state, slot)
            assert self.state.active is not None
            question = say.question(self.catalogue, self.state.active, slot, ())
            self._ask(self._pending("slot", frame.frame_id, slot=slot), question)
        else:
            self._drop_failed(frame)

    def _drop_failed(self, frame: Frame) -> None:
        if self.state.active is not None and self.state.active.frame_id == frame.frame_id:
            self.state = stack.drop_active(self.state)

    def _ask_unknown(self, frame: Frame, claim_id: str) -> None:
        name = say.name_of(self.catalogue, frame.intent)
        digest = stack.arguments_hash(frame.intent, stack.arguments(frame))
        pending = self._pending("unknown", frame.frame_id, arguments_hash=digest)
        self._ask(pending, f"I do not know whether {name} went through. Shall I try it again?")

    async def _keep(self, claim_id: str, receipt: Receipt) -> None:
        """Store a receipt with its claim; what happened is reported even if the store is gone by now."""
        try:
            await _uninterrupted(self.tools.store.complete(self.tools.lease, claim_id, receipt))
        except StoreError as error:
            self.error = type(error).__name__
            logger.exception("the receipt of %s could not be stored", receipt.intent)

    def _claim_id(self, frame: Frame) -> str:
        # The frame id makes "do it again" a new claim; the arguments make "no, at eight" one.
        digest = stack.arguments_hash(frame.intent, stack.arguments(frame))
        return f"{frame.frame_id}:{frame.intent}:{digest}"

    def _receipt(self, intent: str, arguments: dict[str, Any], result: ActionResult) -> Receipt:
        return Receipt(
            receipt_id=uuid4().hex[:12],
            intent=intent,
            arguments=arguments,
            facts=result.facts,
            effect=result.effect,
            source=result.source,
            as_of=result.as_of,
            simulated=result.simulated,
            undo=result.undo,
        )

    def _pending(
        self,
        kind: PendingKind,
        frame_id: int,
        *,
        slot: str | None = None,
        options: tuple[Option, ...] = (),
        arguments_hash: str | None = None,
    ) -> Pending:
        asked_at = self.tools.turn.received_at
        return Pending(
            kind=kind, frame_id=frame_id, slot=slot, options=options, arguments_hash=arguments_hash, asked_at=asked_at
        )


async def _uninterrupted(work: Awaitable[T]) -> T:
    """Await work to its end even when the turn is cancelled meanwhile: what began in the world must be recorded.

    The cancellation is dropped: the turn then ends as usual and reports what happened.
    """
    task = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            current = asyncio.current_task()
            if current is not None:
                current.uncancel()


def _plain(option: Option) -> str:
    """Return an option's text without the remark in brackets: "Trattoria Sole (italian)" is said "Trattoria Sole"."""
    return option.text.partition(" (")[0]
