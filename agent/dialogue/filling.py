"""Fills the slots of a frame: words become values, and what cannot be read or chosen becomes a question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from agent import say
from agent.actions import Offers
from agent.commands import WHOLE_TURN, Clear, Set
from agent.dialogue import stack
from agent.dialogue.desk import Desk, plain
from agent.dialogue.resolvers import Ambiguous, ResolveContext, Resolved, Unresolved, match_options, refer, resolve
from agent.dialogue.returning import overtaken
from agent.errors import ProviderError, Unavailable
from agent.prompting import as_said
from agent.types import Frame, Option, SlotValue

logger = logging.getLogger(__name__)

_ECHOED = frozenset({"date", "time", "date_range", "time_range", "duration", "amount", "money", "choice"})
# Resolvers whose reading is told before the next question, so that a misunderstanding shows at once.
FEW_OPTIONS = 3
"""A list of so many is short enough to be read again after every digression."""
_CHANGE_OR_CANCEL = "You can change something, or cancel."


class Filling:
    """Works on the slots of the frame that is active on the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._heard: dict[int, dict[str, str]] = {}
        # By frame id and slot: what words of this turn came to mean, where that may surprise.
        self._cleared: set[tuple[int, str]] = set()
        # Slots whose value was taken away in this turn: the same one is not to come back by itself.

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
        for edit in ordered:
            if isinstance(edit, Clear):
                self._cleared.add((desk.active.frame_id, edit.slot))
                desk.state = stack.ask(stack.empty(desk.state, edit.slot), None)
                desk.emit("slot_cleared", intent=intent.name, slot=edit.slot)
            else:
                await self._set(edit.slot, edit.value)

    async def choose(self, slot_name: str, option: Option, *, is_fresh: bool) -> None:
        """Fill a slot with what was picked.

        Args:
            slot_name: the slot that was asked for.
            option: the one of those offered.
            is_fresh: False when it was offered so long ago that it may be gone: then it is looked up again.

        Raises:
            ProviderError: what can be chosen could not be looked up.
        """
        frame = self._desk.active
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        if not is_fresh and slot.choices_from:
            offered = await self.options(frame, slot_name)
            if option.value not in [each.value for each in offered]:
                self._desk.state = stack.empty(self._desk.state, slot_name)  # none of the old offer is
                self._reject(frame, slot_name, plain(option), f"{plain(option)} is no longer offered.")
                return
        self._store(slot_name, SlotValue(raw=plain(option), value=option.value, text=plain(option)))

    async def _set(self, slot_name: str, raw: str) -> None:
        """Resolve and fill one slot; words with several meanings are noted, to be asked for."""
        frame = self._desk.active
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        said = self._desk.tools.turn.text
        raw = said if raw == WHOLE_TURN else as_said(raw, said)
        context = self._context(frame, slot_name)
        if slot.choices_from and not slot.enum:
            await self._set_from_choices(frame, slot_name, raw, context)
            return
        answer = resolve(slot.resolver, raw, slot, context)
        if isinstance(answer, Resolved) and answer.past and self._desk.catalogue.intents[frame.intent].effect:
            self._reject(frame, slot_name, raw, f"{answer.text} is in the past.")
        elif isinstance(answer, Resolved):
            self._store(slot_name, SlotValue(raw=raw, value=answer.value, text=answer.text))
        elif isinstance(answer, Ambiguous):
            self._desk.state = stack.unsettle(stack.ask(self._desk.state, None), slot_name, answer.options)
        else:
            self._reject(frame, slot_name, raw, answer.reason)

    async def _set_from_choices(self, frame: Frame, slot_name: str, raw: str, context: ResolveContext) -> None:
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        options = await self.options(frame, slot_name)
        meant = refer(raw, slot.resolver, slot, context)
        matches = [option for option in options if isinstance(meant, Resolved) and option.value == meant.value]
        if not matches and context.offered:
            offered = match_options(raw, context.offered, context.lang)
            matches = offered if len(offered) == 1 else []
        matches = matches or match_options(raw, options, context.lang)
        if len(matches) > 1:
            self._desk.state = stack.unsettle(stack.ask(self._desk.state, None), slot_name, tuple(matches))
        elif matches:
            self._store(slot_name, SlotValue(raw=raw, value=matches[0].value, text=plain(matches[0])))
        elif isinstance(meant, Resolved):
            self._reject(frame, slot_name, raw, f"{meant.text} is not to be had here.")
        elif isinstance(meant, Unresolved):
            self._reject(frame, slot_name, raw, meant.reason)
        else:
            self._reject(frame, slot_name, raw, f"I know no {slot_name.replace('_', ' ')} called “{raw}”.")

    def _context(self, frame: Frame, slot_name: str) -> ResolveContext:
        """Return what words for a slot are read against: the clock, what is offered for it, what came up before."""
        desk = self._desk
        pending = desk.state.pending
        offered = frame.unsettled.get(slot_name, ())
        if pending and pending.frame_id == frame.frame_id and pending.slot == slot_name and pending.options:
            offered = pending.options
        here = desk.tools.context
        others = [other for other in (*desk.state.waiting, *desk.state.stack) if other.frame_id != frame.frame_id]
        mentioned = tuple(mention for other in reversed(others) for mention in desk.mentions(other))
        return ResolveContext(
            now=here.now,
            lang=here.lang,
            previous=frame.slots.get(slot_name),
            offered=offered,
            mentioned=(*mentioned, *desk.state.mentioned),
        )

    def _store(self, slot_name: str, value: SlotValue) -> None:
        frame = self._desk.active
        intent = frame.intent
        resolver = self._desk.catalogue.slot(intent, slot_name).resolver
        if resolver in _ECHOED and value.text.lower() != value.raw.lower():
            self._heard.setdefault(frame.frame_id, {})[slot_name] = value.text
        self._desk.state = stack.ask(stack.fill(self._desk.state, slot_name, value), None)
        self._desk.emit("slot_set", intent=intent, slot=slot_name, value=value.value, text=value.text)

    def _reject(self, frame: Frame, slot_name: str, raw: str, reason: str) -> None:
        self._desk.emit("slot_rejected", intent=frame.intent, slot=slot_name, raw=raw, reason=reason)
        # This is the question now, whatever was asked before.
        self._desk.state = stack.ask(stack.doubt(self._desk.state, slot_name), None)
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

    def completed(self, frame: Frame, *, is_new: bool) -> Frame:
        """Return the frame with defaults, and with what a follow-up leaves unsaid taken from the last frame."""
        state, slots = self._desk.state, dict(frame.slots)
        intent = self._desk.catalogue.intents[frame.intent]
        last = state.last_frame if state.last_frame and state.last_frame.intent == frame.intent and is_new else None
        # "and tomorrow?" straight after keeps the day too; later only what is needed is taken over.
        is_follow_up = state.last_frame_turn >= state.turns
        says_something = any(name in intent.slots for name in frame.slots)
        now = self._desk.tools.context.now
        past = overtaken(last, self._desk.catalogue, now, since=state.talked_at) if last else {}
        for name in intent.slots:
            slot = self._desk.catalogue.slot(intent.name, name)
            # A text is taken over straight after alone, and for something new to be done with it ("and in french?").
            taken = is_follow_up and says_something if slot.whole else is_follow_up or name in intent.required
            is_said = name in frame.slots and frame.slots[name].raw != str(slot.default)
            if is_said or name in frame.unsettled:
                continue
            if last and slot.carry and name in last.slots and name not in past and taken:
                slots[name] = last.slots[name]
            elif slot.default is not None:
                here = self._desk.tools.context
                answer = resolve(slot.resolver, str(slot.default), slot, ResolveContext(now=here.now, lang=here.lang))
                if isinstance(answer, Resolved):
                    slots[name] = SlotValue(raw=str(slot.default), value=answer.value, text=answer.text)
        return frame.model_copy(update={"slots": slots})

    def take_over(self, frame: Frame, *, is_new: bool) -> Frame:
        """Make the active frame complete with what it takes over, and tell which values those are."""
        for name, value in self.completed(frame, is_new=is_new).slots.items():
            if value != frame.slots.get(name):
                self._desk.state = stack.fill(self._desk.state, name, value)
                self._desk.emit("slot_set", intent=frame.intent, slot=name, value=value.value, text=value.text)
        return self._desk.active

    def drop_overtaken(self, since: datetime | None = None) -> Frame:
        """Empty what time has overtaken in the active frame, and say so; ``since`` as `overtaken` takes it."""
        desk = self._desk
        for slot, reason in overtaken(desk.active, desk.catalogue, desk.tools.context.now, since=since).items():
            intent, raw = desk.active.intent, desk.active.slots[slot].raw
            desk.emit("slot_rejected", intent=intent, slot=slot, raw=raw, reason=reason)
            desk.state = stack.empty(desk.state, slot)
            told = f"{reason}, so I left that out."
            if told not in desk.parts:
                desk.parts.append(told)
        return desk.active

    async def take_the_only_choice(self, frame: Frame, slot_name: str) -> list[Option] | None:
        """Fill a slot that can be one thing alone; for what is confirmed before it is done, so that it is shown.

        Only where nothing else was said: what is left over when a cuisine and an hour narrow the choice is an offer,
        and grows again when they change. Nor where the user took the value away.

        Returns:
            What can be picked, where that was looked up.

        Raises:
            ProviderError: the action could not look it up.
        """
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        if not slot.choices_from or frame.slots or frame.unsettled or (frame.frame_id, slot_name) in self._cleared:
            return None
        options = await self.options(frame, slot_name)
        if len(options) == 1:
            await self.choose(slot_name, options[0], is_fresh=True)
        return options

    async def ask(
        self,
        frame: Frame,
        slot_name: str,
        lead: str,
        *,
        found: list[Option] | None = None,
        already: tuple[Option, ...] = (),
    ) -> None:
        """Ask for a slot, with what can be picked.

        Args:
            frame: the active frame.
            slot_name: what is asked for.
            lead: said before it.
            found: what can be picked, where that was looked up before.
            already: what was offered when this was asked the last time, just before.

        Raises:
            ProviderError: the action could not look it up.
        """
        slot = self._desk.catalogue.slot(frame.intent, slot_name)
        heard = self._heard.pop(frame.frame_id, {})
        if heard:
            lead += f"{', '.join(heard.values())}. "
        if frame.unsettled.get(slot_name):
            shown = frame.unsettled[slot_name][: say.MAX_SHOWN_OPTIONS]
            pending = self._desk.question("choice", frame.frame_id, slot=slot_name, options=shown)
            self._desk.ask(pending, lead + say.which(shown))
            return
        options: list[Option] = []
        if slot.choices_from:
            options = await self.options(frame, slot_name) if found is None else found
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
        listed = newly_shown(shown, already)
        self._desk.ask(pending, lead + say.question(self._desk.catalogue, frame, slot_name, listed))


def newly_shown(options: tuple[Option, ...], already: tuple[Option, ...]) -> tuple[Option, ...]:
    """Return the options to list: none of a long list that stands there already."""
    return () if options == already and len(options) > FEW_OPTIONS else options
