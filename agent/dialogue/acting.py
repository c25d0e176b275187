"""Runs actions and makes receipts: claimed before they run, reported only from what came back.

What began in the world is carried to its end even when the turn is cancelled; what failed is said honestly and leaves
the session intact.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from agent import say
from agent.actions import ActionCall, ActionResult, Undoes
from agent.dialogue import stack
from agent.dialogue.desk import Desk, uninterrupted
from agent.dialogue.speaking import Speaking
from agent.errors import ModelError, ProviderError, StoreError
from agent.types import Frame, Receipt

logger = logging.getLogger(__name__)


class Acting:
    """Acts for the frame that is active on the desk."""

    def __init__(self, desk: Desk, speaking: Speaking) -> None:
        self._desk, self._speaking = desk, speaking

    async def act(self, frame: Frame) -> None:
        """Do what a complete frame asks for: afterwards it is gone, or a question is open."""
        desk = self._desk
        intent = desk.catalogue.intents[frame.intent]
        action = desk.tools.actions.get(intent.skill)
        values = stack.arguments(frame)
        claim = claim_id(frame)
        # A provider serves many sessions: what is unique in one is not unique to it.
        key = f"{desk.tools.turn.session_id}:{claim}"
        call = ActionCall(intent.name.partition(".")[2], values, "", key)
        if intent.generate:
            try:
                draft = await self._speaking.draft(frame, call, action)
            except ModelError as error:
                self._give_up(frame, error, f"I could not write that just now. ({error})")
                return
            call = ActionCall(call.intent, values, draft, call.idempotency_key)
        if action is None:
            desk.state = stack.finish_active(desk.state, None, desk.mentions(frame))
            desk.parts.append(call.draft or "I have nothing to say to that.")
            return
        try:
            receipt = await self._claim(frame, claim, values) if intent.effect else None
        except StoreError as error:
            self._give_up(frame, error, f"I cannot reach my memory, so I did not do it. ({error})")
            return
        if desk.state.pending is not None:
            return  # claimed before and never heard of again: the user was asked
        found = True
        if receipt is None:
            desk.emit("action_started", intent=intent.name, arguments=values, claim_id=claim)
            result = await self._guarded(
                frame, lambda: action.run(call, desk.tools.context), claim if intent.effect else None
            )
            if result is None:
                return
            found, receipt = result.found, self._receipt(intent.name, values, result)
            if intent.effect:
                await self._keep(claim, receipt)
        self._report(receipt)
        desk.parts.append(say.report(desk.catalogue, frame, receipt, found=found, draft=call.draft))
        if receipt.effect:
            desk.acted.add(frame.frame_id)
        desk.state = stack.finish_active(
            desk.state, receipt.receipt_id if receipt.effect else None, desk.mentions(frame)
        )

    async def undo(self) -> None:
        """Compensate the last action, if it can be."""
        desk = self._desk
        receipt_id = desk.state.last_receipt_id
        receipt = await desk.tools.store.receipt(desk.tools.turn.session_id, receipt_id) if receipt_id else None
        if receipt is None:
            desk.parts.append("There is nothing I could undo.")
            return
        action: object = desk.tools.actions.get(desk.catalogue.intents[receipt.intent].skill)
        if receipt.undo is None or not isinstance(action, Undoes):
            desk.parts.append("That cannot be undone.")
            return
        undo_id, arguments = f"undo:{receipt.receipt_id}", {"undo_of": receipt.receipt_id}
        claim = await desk.tools.store.claim(desk.tools.lease, undo_id, arguments)
        if claim.status == "unknown":
            desk.parts.append("I tried to undo that before and do not know whether it worked; please check.")
            return
        if claim.receipt is None:
            desk.emit("action_started", intent=receipt.intent, arguments=arguments, claim_id=undo_id)
            frame = Frame(frame_id=0, intent=receipt.intent)
            result = await self._guarded(frame, lambda: action.undo(receipt, desk.tools.context), undo_id)
            if result is None:
                return
            undo_receipt = self._receipt(receipt.intent, arguments, result)
            await self._keep(undo_id, undo_receipt)
        else:
            undo_receipt = claim.receipt
        self._report(undo_receipt)
        desk.state = desk.state.model_copy(update={"last_receipt_id": None})
        desk.parts.append(say.undone(desk.catalogue, receipt, undo_receipt))

    def fail(self, frame: Frame, error: ProviderError) -> None:
        """Say honestly why it was not done; ask again for the value that is to blame, if one is."""
        desk = self._desk
        self._note_failure(frame, type(error).__name__, unknown=False)
        desk.parts.append(say.failed(desk.catalogue, frame, str(error)))
        if desk.state.active is None or desk.state.active.frame_id != frame.frame_id:
            return
        slot = getattr(error, "slot", None)
        if slot in desk.catalogue.intents[frame.intent].slots:
            desk.state = stack.empty(desk.state, slot)
            question = say.question(desk.catalogue, desk.active, slot, ())
            desk.ask(desk.question("slot", frame.frame_id, slot=slot), question)
        else:
            desk.state = stack.drop_active(desk.state)

    async def _claim(self, frame: Frame, claim_id: str, values: dict[str, Any]) -> Receipt | None:
        """Claim an action before it runs; a receipt means that it ran already."""
        desk = self._desk
        claim = await desk.tools.store.claim(desk.tools.lease, claim_id, values)
        if claim.status == "unknown":
            self.ask_unknown(frame)
        return claim.receipt

    async def _guarded(
        self, frame: Frame, run: Callable[[], Awaitable[ActionResult]], claim: str | None
    ) -> ActionResult | None:
        """Run an action with a deadline; None when it failed, with the reason said.

        Args:
            frame: what it serves.
            run: starts it.
            claim: what an effect was claimed under; None for an action without one.
        """
        desk = self._desk
        timeout = desk.tools.action_timeout_seconds
        work = asyncio.wait_for(run(), timeout)
        try:
            # An effect that began is carried to its receipt; a mere question may be cancelled.
            return await (uninterrupted(work) if claim else work)
        except ProviderError as error:
            if claim:
                await desk.tools.store.drop_claim(desk.tools.lease, claim)
            self.fail(frame, error)
            return None
        except TimeoutError:
            reason, said = "DeadlineExceeded", f"That took longer than {timeout:g} seconds, so I gave up."
        except Exception as error:
            logger.exception("the action of %s failed", frame.intent)
            reason, said = type(error).__name__, "Something went wrong on my side, so I could not do that."
        self._note_failure(frame, reason, unknown=claim is not None)
        is_active = desk.state.active is not None and desk.state.active.frame_id == frame.frame_id
        if claim and is_active:
            self.ask_unknown(frame)  # the claim stays: it may have happened
        elif claim:
            desk.parts.append("I do not know whether that worked; please check.")
        else:
            desk.parts.append(say.failed(desk.catalogue, frame, said))
            if is_active:
                desk.state = stack.drop_active(desk.state)
        return None

    def _give_up(self, frame: Frame, error: Exception, said: str) -> None:
        """Drop a frame that could not be served; what was done before in this turn stands."""
        logger.warning("%s was not done: %s", frame.intent, error)
        self._note_failure(frame, type(error).__name__, unknown=False)
        self._desk.parts.append(said)
        self._desk.state = stack.drop_active(self._desk.state)

    def _note_failure(self, frame: Frame, error: str, *, unknown: bool) -> None:
        self._desk.error = error
        self._desk.emit("action_failed", intent=frame.intent, error=error, unknown=unknown)

    def ask_unknown(self, frame: Frame, lead: str = "") -> None:
        """Ask whether to try again what may have happened."""
        desk = self._desk
        desk.state = stack.mark_uncertain(desk.state, True)
        digest = stack.arguments_hash(frame.intent, stack.arguments(frame))
        pending = desk.question("unknown", frame.frame_id, arguments_hash=digest)
        desk.ask(pending, lead + say.uncertain(desk.catalogue, frame))

    async def _keep(self, claim: str, receipt: Receipt) -> None:
        """Store a receipt with its claim; what happened is reported even if the store is gone by now."""
        try:
            await uninterrupted(self._desk.tools.store.complete(self._desk.tools.lease, claim, receipt))
        except StoreError as error:
            self._desk.error = type(error).__name__
            logger.exception("the receipt of %s could not be stored", receipt.intent)

    def _report(self, receipt: Receipt) -> None:
        self._desk.receipts.append(receipt)
        self._desk.emit("action_done", receipt=receipt.model_dump(mode="json"))

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


def claim_id(frame: Frame) -> str:
    """Return what an action is claimed under.

    The frame's number makes "do it again" a new claim; the arguments make "no, at eight" one.
    """
    return f"{frame.frame_id}:{frame.intent}:{stack.arguments_hash(frame.intent, stack.arguments(frame))}"
