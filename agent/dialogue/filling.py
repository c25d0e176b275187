"""Fills the slots of a frame: words become values, and what cannot be read or chosen becomes a question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from agent import say
from agent.actions import Offers
from agent.commands import WHOLE_TURN, Clear, Set
from agent.dialogue import stack
from agent.dialogue.desk import Desk, plain
from agent.dialogue.resolvers import Ambiguous, ResolveContext, Resolved, match_options, resolve
from agent.errors import ProviderError, Unavailable
from agent.types import Frame, Option, Pending, SlotValue

logger = logging.getLogger(__name__)

_CHANGE_OR_CANCEL = "You can change something, or cancel."


class Filling:
    """Works on the slots of the frame that is active on the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.rejected: dict[int, str] = {}
        # Slot by frame id whose value could not be read in this turn: nothing is done before it is settled.

    async def apply(self, edits: Sequence[Set | Clear]) -> None:
        """Apply edits to the active frame.

        Raises:
            ProviderError: what can be chosen could not be looked up.
        """
        desk = self._desk
        intent = desk.catalogue.intents[desk.active.intent]
        # Slots whose choices depend on other slots come last.
        ordered = sorted(
            (edit for edit in edits if edit.slot in intent.slots),
            key=lambda edit: bool(desk.catalogue.slot(intent.name, edit.slot).choices_from),
        )
        offer: Pending | None = None
        for edit in ordered:
            if isinstance(edit, Clear):
                desk.state = stack.ask(stack.empty(desk.state, edit.slot), None)
                desk.emit("slot_cleared", intent=intent.name, slot=edit.slot)
            else:
                offer = await self._set(edit.slot, edit.value) or offer
        if offer:
            desk.ask(offer, say.which(offer.options))

    def choose(self, slot_name: str, option: Option) -> None:
        """Fill a slot with what was picked."""
        self._store(slot_name, SlotValue(raw=plain(option), value=option.value, text=plain(option)))

    async def _set(self, slot_name: str, raw: str) -> Pending | None:
        """Resolve and fill one slot; returns the question to ask when the words have several meanings."""
        frame = self._desk.active
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        if raw == WHOLE_TURN:
            raw = self._desk.tools.turn.text
        if slot.choices_from and not slot.enum:
            return await self._set_from_choices(frame, slot_name, raw)
        now = self._desk.tools.context.now
        context = ResolveContext(now=now, lang=self._desk.tools.context.lang, previous=frame.slots.get(slot_name))
        answer = resolve(slot.resolver, raw, slot, context)
        if isinstance(answer, Resolved) and answer.past and self._desk.catalogue.intents[frame.intent].effect:
            self._reject(frame, slot_name, raw, f"{answer.text} is in the past.")
        elif isinstance(answer, Resolved):
            self._store(slot_name, SlotValue(raw=raw, value=answer.value, text=answer.text))
        elif isinstance(answer, Ambiguous):
            return self._choice(frame, slot_name, answer.options)
        else:
            self._reject(frame, slot_name, raw, answer.reason)
        return None

    async def _set_from_choices(self, frame: Frame, slot_name: str, raw: str) -> Pending | None:
        options = await self.options(frame, slot_name)
        matches = match_options(raw, options, self._desk.tools.context.lang)
        if len(matches) > 1:
            return self._choice(frame, slot_name, tuple(matches))
        if matches:
            self._store(slot_name, SlotValue(raw=raw, value=matches[0].value, text=plain(matches[0])))
        else:
            self._reject(frame, slot_name, raw, f"I know no {slot_name.replace('_', ' ')} called “{raw}”.")
        return None

    def _store(self, slot_name: str, value: SlotValue) -> None:
        intent = self._desk.active.intent
        self._desk.state = stack.ask(stack.fill(self._desk.state, slot_name, value), None)
        self._desk.emit("slot_set", intent=intent, slot=slot_name, value=value.value, text=value.text)

    def _choice(self, frame: Frame, slot_name: str, options: tuple[Option, ...]) -> Pending:
        shown = options[: say.MAX_SHOWN_OPTIONS]
        return self._desk.question("choice", frame.frame_id, slot=slot_name, options=shown)

    def _reject(self, frame: Frame, slot_name: str, raw: str, reason: str) -> None:
        self._desk.emit("slot_rejected", intent=frame.intent, slot=slot_name, raw=raw, reason=reason)
        self.rejected[frame.frame_id] = slot_name
        self._desk.parts.append(reason)

    async def options(self, frame: Frame, slot_name: str) -> list[Option]:
        """Return what can be picked for a slot now.

        Raises:
            ProviderError: the action could not look it up.
        """
        action: object = self._desk.tools.actions.get(self._desk.catalogue.intents[frame.intent].skill)
        if not isinstance(action, Offers):
            return []
        short = frame.intent.partition(".")[2]
        offered = action.options(short, slot_name, stack.arguments(frame), self._desk.tools.context)
        try:
            return await asyncio.wait_for(offered, self._desk.tools.action_timeout_seconds)
        except ProviderError:
            raise
        except TimeoutError:
            raise Unavailable(
                f"looking up what there is took longer than {self._desk.tools.action_timeout_seconds:g} s"
            ) from None
        except Exception as error:
            logger.exception("the options of %s %s failed", frame.intent, slot_name)
            raise Unavailable("Something went wrong on my side, so I could not look that up.") from error

    def take_over(self, frame: Frame, *, is_new: bool) -> Frame:
        """Fill what a follow-up leaves unsaid from the last frame of the same intent, and defaults."""
        intent = self._desk.catalogue.intents[frame.intent]
        last = self._desk.state.last_frame
        follows = last is not None and last.intent == frame.intent and is_new
        for name in intent.slots:
            slot = self._desk.catalogue.slot(intent.name, name)
            if name in frame.slots:
                continue
            fresh = name in intent.required or self._desk.state.last_frame_turn >= self._desk.state.turns
            if follows and slot.carry and last and name in last.slots and fresh:
                self._store(name, last.slots[name])
            elif slot.default is not None:
                context = ResolveContext(
                    now=self._desk.tools.context.now, lang=self._desk.tools.context.lang, previous=None
                )
                answer = resolve(slot.resolver, str(slot.default), slot, context)
                if isinstance(answer, Resolved):
                    value = SlotValue(raw=str(slot.default), value=answer.value, text=answer.text)
                    self._desk.state = stack.fill(self._desk.state, name, value)
        return self._desk.active

    async def ask(self, frame: Frame, slot_name: str, lead: str) -> None:
        """Ask for a slot, with what can be picked.

        Raises:
            ProviderError: the action could not look it up.
        """
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        options: list[Option] = []
        if slot.choices_from:
            options = await self.options(frame, slot_name)
            if not options:
                # The frame stays open: another value ("at nine then") may fit.
                filled = ", ".join(value.text for value in frame.slots.values())
                name = slot_name.replace("_", " ")
                text = f"I found no {name} that fits {filled}." if filled else f"There is no {name} to choose from."
                self._desk.ask(
                    self._desk.question("slot", frame.frame_id, slot=slot_name), f"{lead}{text} {_CHANGE_OR_CANCEL}"
                )
                return
        elif slot.enum:
            options = [Option(value=value, text=value) for value in slot.enum]
        shown = tuple(options[: say.MAX_SHOWN_OPTIONS])
        pending = self._desk.question("choice" if shown else "slot", frame.frame_id, slot=slot_name, options=shown)
        self._desk.ask(pending, lead + say.question(self._desk.catalogue, frame, slot_name, shown))
