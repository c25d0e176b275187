"""What is true after every turn, whatever is commanded and whatever fails: a state machine over the manager.

Each step draws words, a legal list of commands for them (from ``tests.agent.legality``), a pause and a fault,
runs one turn of the real manager, and then compares the state before, the state after, the reply and what the action
wrote down.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from agent import say
from agent.commands import (
    Again,
    Cancel,
    Choose,
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
    render_commands,
)
from agent.dialogue import stack
from agent.dialogue.turn import CONFIRMATION_EXPIRES
from agent.manager import DialogueManager
from agent.types import MAX_MENTIONS, DialogueState, Frame, Reply, Turn
from tests.agent.dialogue.world import CATALOGUE, DONE, START, FaultyStore, Pen, Run, Shop
from tests.agent.legality import legal_lists

SESSION = "s"
WORDS = [
    "two",
    "three",
    "small",
    "large",
    "tomorrow",
    "friday",
    "yesterday",
    "today",
    "eight",
    "8",
    "pm",
    "noon",
    "desk",
    "floor",
    "lamp",
    "Rome",
    "Oslo",
    "moon",
]
PAUSES = st.sampled_from([10.0, 10.0, 10.0, 10.0, 120.0, 16 * 60.0, 45 * 60.0, 26 * 3600.0, 3 * 86400.0])
FAULTS = st.sampled_from(
    ["", "", "", "", "", "", "action:refused", "action:blames", "action:gone", "action:crashed", "action:late",
     "action:no options", "store:claim", "store:complete", "store:drop_claim", "store:commit", "store:receipt",
     "model:understand", "model:speak"]
)  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
GAP = timedelta(minutes=30)


class Conversation(RuleBasedStateMachine):
    """One session, as long as hypothesis likes."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.store, self.pen, self.now = FaultyStore(), Pen(), START
        self.shops = {"shop": Shop("shop"), "trip": Shop("trip")}
        self.manager = DialogueManager(
            backend=self.pen,
            store=self.store,
            catalogue=CATALOGUE,
            actions=self.shops,
            data_dir=Path(self.folder.name),
            action_timeout_seconds=60.0,
        )
        self.state = DialogueState()
        self.summaries: dict[int, dict[str, object]] = {}
        # By frame: the arguments of the last summary that was shown.
        self.must_recover = False
        self.unsaved: set[str] = set()
        # Claims of turns that acted and could not be saved: their frames are open still, the claims keep them from
        # acting twice.

    def teardown(self) -> None:
        self.loop.close()
        self.folder.cleanup()

    # -- steps ---------------------------------------------------------------------------------------------------

    @rule(text=texts, pause=PAUSES, fault=FAULTS, data=st.data())
    def anything_legal(self, text: str, pause: float, fault: str, data: st.DataObject) -> None:
        self.turn(text, data.draw(legal_lists(CATALOGUE, self.state, text)), pause, fault, data)

    @rule(intent=st.sampled_from(sorted(CATALOGUE.intents)), fault=FAULTS, data=st.data())
    def a_request(self, intent: str, fault: str, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(CATALOGUE.intents[intent].slots), unique=True))
        answers = {name: ANSWERS[name] for name in names}
        edits = [Set(name, ANSWERS[name]) for name in names]
        self.turn(" ".join(answers.values()) or "do it", (Start(intent), *edits), 10.0, fault, data)

    @precondition(lambda self: self.state.pending is not None)
    @rule(pause=PAUSES, fault=FAULTS, data=st.data())
    def a_good_answer(self, pause: float, fault: str, data: st.DataObject) -> None:
        pending, active = self.state.pending, self.state.active
        assert pending is not None
        command: Command = Confirm()
        if pending.options:
            command = Choose(1)
        elif pending.slot and active:
            command = Set(pending.slot, ANSWERS[pending.slot])
        text = command.value if isinstance(command, Set) else "the first, yes"
        self.turn(text, (command,), pause, fault, data)

    @precondition(lambda self: self.state.pending is not None and self.state.pending.kind in ("confirm", "unknown"))
    @rule(pause=PAUSES, fault=FAULTS, data=st.data())
    def a_yes(self, pause: float, fault: str, data: st.DataObject) -> None:
        self.turn("yes", (Confirm(),), pause, fault, data)

    @precondition(lambda self: self.state.last_receipt_id is not None)
    @rule(fault=FAULTS, data=st.data())
    def undo_or_again_or_retract(self, fault: str, data: st.DataObject) -> None:
        commands = [Undo()] + [Retract()] * (self.state.before is not None) + [Again()] * bool(self.state.last_frame)
        self.turn("once more", (data.draw(st.sampled_from(commands)),), 10.0, fault, data)

    # -- one turn --------------------------------------------------------------------------------------------------

    def turn(self, text: str, commands: Sequence[Command], pause: float, fault: str, data: st.DataObject) -> None:
        before, runs = self.state, {name: len(shop.runs) for name, shop in self.shops.items()}
        spoken = self.pen.spoken
        where, _, what = fault.partition(":")
        for shop in self.shops.values():
            shop.fault = what if where == "action" else ""
        self.store.fault = what if where == "store" else ""
        self.pen.fault = what if where == "model" else ""
        self.pen.commands, self.pen.then = render_commands(tuple(commands)), self._on_reading_again(before, commands)
        # After a turn that could not be saved the state is mended first: what was legal before it may not be any more.
        self.pen.holds_grammar = not self.must_recover
        self.now += timedelta(seconds=pause)
        turn = Turn(SESSION, text, received_at=self.now)
        reply = self.loop.run_until_complete(self.manager.handle(turn))
        self.store.fault = ""
        self.state = self.loop.run_until_complete(self._stored())
        note(f"[{fault}] {text!r} {self._lines(commands)} -> {reply.text!r}")
        new = [run for name, shop in self.shops.items() for run in shop.runs[runs[name] :]]
        check = TurnCheck(before, self.state, list(commands), reply, new, self.pen.spoken - spoken, self.now, fault)
        check.everything()
        check.confirmations(self.summaries)
        check.claims(self.store, self.loop)
        if not check.committed:
            self.unsaved |= {run.claim for run in new}
        self.must_recover = not check.committed
        self._check_history()
        asked = self.state.pending
        if check.committed and check.understood and asked is not None and asked.kind == "confirm":
            assert self.state.active is not None
            shown = say.summary(CATALOGUE, self.state.active)
            # What "repeat that" says again may be an excuse; then the summary before it is still the last one.
            assert shown in reply.text or Repeat() in commands, f"asked to confirm {shown!r}, shown {reply.text!r}"
            if shown in reply.text:
                self.summaries[asked.frame_id] = stack.arguments(self.state.active)

    @staticmethod
    def _lines(commands: Sequence[Command]) -> str:
        return "; ".join(render_commands(tuple(commands)).split("\n")[:-1])

    async def _stored(self) -> DialogueState:
        try:
            return await self.store.state(SESSION)
        except Exception:  # nothing was ever committed
            return DialogueState()

    def _on_reading_again(self, before: DialogueState, commands: Sequence[Command]) -> str:
        """What the model writes when a choice between skills makes it read the earlier words with one skill alone."""
        first = commands[0]
        if isinstance(first, Choose) and before.pending and before.pending.kind == "clarify":
            skill = before.pending.options[first.number - 1].value["skill"]
            intents = list(CATALOGUE.skills[skill].intents)
            return f"start {intents[0]}\n" if intents else f"say {skill}\n"
        return "refuse\n"

    def _check_history(self) -> None:
        """Over the whole conversation: nothing twice, and nothing that acted is open."""
        done = Counter(run.claim for shop in self.shops.values() for run in shop.runs if run.outcome == "done")
        assert not [claim for claim, times in done.items() if times > 1], f"a claim was executed twice: {done}"
        runs = [run for shop in self.shops.values() for run in shop.runs if run.claim not in self.unsaved]
        acted = {run.frame_id for run in runs if run.outcome == "done"}
        still_open = {frame.frame_id for frame in (*self.state.stack, *self.state.waiting)}
        assert not acted & still_open, f"frames {acted & still_open} acted and are open"
        for shop in self.shops.values():
            assert max(Counter(shop.undone).values(), default=0) <= 1, "something was undone twice"


ANSWERS = {
    "people": "two", "size": "small", "note": "quick", "place": "Rome", "day": "friday", "lamp": "desk",
    "topic": "moon", "time": "8 pm",
}  # fmt: skip


class TurnCheck:
    """What must hold between the state before a turn and the one after it."""

    def __init__(
        self,
        before: DialogueState,
        after: DialogueState,
        commands: list[Command],
        reply: Reply,
        runs: list[Run],
        spoken: int,
        now: datetime,
        fault: str,
    ) -> None:
        self.before, self.after, self.reply = before, after, reply
        failed = any(event.kind == "error" for event in reply.events) and not reply.receipts
        self.understood = bool(reply.commands) and not failed
        # False when the model failed, at the commands or at small talk: then nothing was executed.
        self.commands = commands if self.understood else [Refuse()]
        self.runs, self.spoken, self.now, self.fault = runs, spoken, now, fault
        self.frames_before = {frame.frame_id: frame for frame in (*before.stack, *before.waiting)}
        self.frames_after = {frame.frame_id: frame for frame in (*after.stack, *after.waiting)}
        self.events = Counter(event.kind for event in reply.events)
        self.committed = after.turns > before.turns
        self.is_back = before.talked_at is not None and now - before.talked_at >= GAP
        self.reads_again = len(self.reply.commands) > len(commands)
        self.recovers = reply.text.startswith("Before this I was cut off")
        # It tells the receipt of the turn that could not be saved, and takes its frame away.

    def everything(self) -> None:
        self.the_reply_says_something()
        self.one_question_of_the_active_frame()
        self.frame_ids_grow_and_are_unique()
        self.the_state_can_be_stored()
        self.what_is_said_was_done()
        if not self.committed:
            assert self.after == self.before, "a turn that was not kept left a trace"
            return
        if self.recovers:
            return
        if not self.understood:
            assert (self.after.stack, self.after.waiting) == (self.before.stack, self.before.waiting)
            assert self.after.pending == self.before.pending
            return
        self.small_talk_leaves_the_task_alone()
        if self.fault == "action:no options" and self.events["action_failed"]:
            return  # a frame was dropped in the middle of the message: what follows is for the one below
        if Retract() not in self.commands:
            self.an_edit_touches_its_own_slot()
            self.nothing_said_is_lost()

    def the_reply_says_something(self) -> None:
        assert self.reply.text.strip(), "an empty reply"

    def one_question_of_the_active_frame(self) -> None:
        pending, active = self.after.pending, self.after.active
        if pending is None:
            executed = self.committed and self.understood
            assert active is None or not executed, "a frame is open and nothing is asked"
        elif pending.kind == "clarify":
            assert pending.frame_id == 0
        else:
            assert active is not None
            assert pending.frame_id == active.frame_id, "the question belongs to another frame"
            if pending.slot is not None:
                assert pending.slot in CATALOGUE.intents[active.intent].slots
        assert self.events["question_asked"] + self.events["confirmation_asked"] <= 1, "two questions at once"

    def frame_ids_grow_and_are_unique(self) -> None:
        ids = [frame.frame_id for frame in (*self.after.stack, *self.after.waiting)]
        assert len(ids) == len(set(ids))
        assert self.after.frames_opened >= self.before.frames_opened
        assert all(number <= self.after.frames_opened for number in ids)
        if Retract() not in self.commands:
            assert all(number > self.before.frames_opened for number in set(ids) - set(self.frames_before))

    def the_state_can_be_stored(self) -> None:
        assert DialogueState.model_validate_json(self.after.model_dump_json()) == self.after
        assert len(self.after.mentioned) <= MAX_MENTIONS
        assert self.after.before is None or self.after.before.before is None, "the states before pile up"

    def what_is_said_was_done(self) -> None:
        effects = [receipt for receipt in self.reply.receipts if receipt.effect]
        if DONE in self.reply.text and Repeat() not in self.commands and not self.recovers:
            assert effects, f"claimed without a receipt: {self.reply.text!r}"
        done = [run for run in self.runs if run.outcome == "done"]
        told = [receipt for receipt in effects if "undo_of" not in receipt.arguments]
        assert len(done) <= len(told), f"done and not told: {done}"

    def small_talk_leaves_the_task_alone(self) -> None:
        if not isinstance(self.commands[0], Say | Refuse | Handoff | Repeat) or self.is_back:
            return
        if self.before.pending is None and self.frames_before:
            return  # the turn before could not get to its question: this one goes on from there
        assert self._without_defaults(self.after) == self._without_defaults(self.before)
        if (asked := self.before.pending) is not None:
            now = self.after.pending
            assert now is not None
            assert (now.kind, now.frame_id, now.slot, now.options) == (
                asked.kind, asked.frame_id, asked.slot, asked.options
            )  # fmt: skip
            if asked.kind != "resume" and self.after.stack == self.before.stack:
                assert now.arguments_hash == asked.arguments_hash

    @staticmethod
    def _without_defaults(state: DialogueState) -> list[tuple[Frame, ...]]:
        """The frames with what was said: a default ("today") is taken anew on another day."""

        def said(frame: Frame) -> Frame:
            declared = {name: CATALOGUE.slot(frame.intent, name) for name in frame.slots}
            slots = {name: value for name, value in frame.slots.items() if value.raw != str(declared[name].default)}
            return frame.model_copy(update={"slots": slots})

        return [tuple(map(said, state.stack)), tuple(map(said, state.waiting))]

    def an_edit_touches_its_own_slot(self) -> None:
        active = self.before.stack[-2] if isinstance(self.commands[0], Resume) else self.before.active
        edited: set[str] = set()
        first_opener = next((n for n, each in enumerate(self.commands) if isinstance(each, Start | Again)), None)
        for number, command in enumerate(self.commands):
            same = first_opener is not None and self.commands[first_opener] == Start(active.intent if active else "")
            # "book a table for two ... at eight": a start of what is open already goes on with it.
            after_opener = first_opener is not None and number > first_opener
            if isinstance(command, Set | Clear) and (not after_opener or same):
                edited.add(command.slot)
        pending = self.before.pending
        if isinstance(self.commands[0], Choose) and pending and pending.slot:
            edited.add(pending.slot)
        overtaken = {
            event.data["slot"]
            for event in self.reply.events
            if event.kind == "slot_rejected" and event.data["reason"].endswith("has passed")
        }
        for frame_id, frame in self.frames_before.items():
            if (now := self.frames_after.get(frame_id)) is None:
                continue
            is_active = active is not None and active.frame_id == frame_id
            allowed = overtaken | (edited if is_active else set())
            if is_active and self.reads_again:
                continue  # another list of commands was executed, which was not drawn here
            for slot in self._changed(frame, now) - allowed:
                defaulted = slot not in frame.unsettled and self._may_be_filled(frame, slot)
                blamed = slot not in now.slots and self.fault == "action:blames" and self.events["action_failed"]
                assert defaulted or blamed, f"{slot} of {frame.intent} changed after {self.commands}"

    @staticmethod
    def _may_be_filled(frame: Frame, slot_name: str) -> bool:
        """Whether code may fill the slot: it is empty, or holds a default, which is taken anew on another day."""
        slot, value = CATALOGUE.slot(frame.intent, slot_name), frame.slots.get(slot_name)
        return (slot.carry and value is None) or (
            slot.default is not None and (value is None or value.raw == str(slot.default))
        )

    @staticmethod
    def _changed(before: Frame, after: Frame) -> set[str]:
        names = {*before.slots, *after.slots, *before.unsettled, *after.unsettled}
        return {
            name
            for name in names
            if (before.slots.get(name), before.unsettled.get(name))
            != (after.slots.get(name), after.unsettled.get(name))
        }

    def nothing_said_is_lost(self) -> None:
        """Every request that was open or came up is open still, or was done, failed or dropped, and said so."""
        if self.reads_again:
            return
        asked = Counter(frame.intent for frame in self.frames_before.values()) + self._opened()
        gone = asked - Counter(frame.intent for frame in self.frames_after.values())
        ended: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for event in self.reply.events:
            if event.kind == "action_done" and "undo_of" not in event.data["receipt"]["arguments"]:
                ended[event.data["receipt"]["intent"]] += 1
            elif event.kind == "frame_cancelled":
                ended[event.data["intent"]] += 1
            elif event.kind == "action_failed":
                failed[event.data["intent"]] += 1
        unexplained = gone - ended
        unexplained -= Counter({"trip.rhyme": self.spoken})  # has no action: its text is all that comes of it
        assert not unexplained - failed, f"lost: {unexplained - failed} of {asked} after {self.commands}"
        assert not ended - gone, f"done or dropped, and still open: {ended - gone}"

    def _opened(self) -> Counter[str]:
        opened: Counter[str] = Counter()
        active = self._active_when_opening()
        is_first = True
        for command in self.commands:
            if isinstance(command, Start):
                if not (is_first and active and active.intent == command.intent):
                    # Only the first of a message goes on with what is open.
                    opened[command.intent] += 1
                is_first = False
            elif isinstance(command, Again) and self.before.last_frame:
                opened[self.before.last_frame.intent] += 1
                is_first = False
        return opened

    def _active_when_opening(self) -> Frame | None:
        """The frame that a `start` of the same intent would go on with: one that this message has not left."""
        first, active = self.commands[0], self.before.active
        corrects = isinstance(first, Deny) and isinstance((*self.commands, None)[1], Set | Clear)
        if isinstance(first, Cancel) or (isinstance(first, Deny) and not corrects):
            return None
        if isinstance(first, Resume):
            return self.before.stack[-2]
        if isinstance(first, Confirm) and self.runs and active and active.frame_id not in self.frames_after:
            return None
        return active

    def confirmations(self, summaries: dict[int, dict[str, object]]) -> None:
        """An effect that must be confirmed was: just now, in time, and for exactly these arguments."""
        for run in self.runs:
            if not CATALOGUE.intents[run.intent].confirm:
                continue
            pending = self.before.pending
            assert isinstance(self.commands[0], Confirm), f"{run} without a yes"
            assert pending is not None
            assert pending.kind in ("confirm", "unknown")
            assert pending.frame_id == run.frame_id, f"{run} after a yes to another question"
            shown = summaries[run.frame_id]
            assert dict(run.arguments) == shown, f"confirmed {shown}, done {run.arguments}"
            if pending.kind == "confirm":
                assert pending.asked_at is not None
                assert self.now - pending.asked_at <= CONFIRMATION_EXPIRES, f"{run} after a yes that came too late"

    def claims(self, store: FaultyStore, loop: asyncio.AbstractEventLoop) -> None:
        """Every receipt of an effect is stored with its claim, unless the store failed at just that."""
        if self.fault == "store:complete":
            return
        for receipt in self.reply.receipts:
            if receipt.effect:
                stored = loop.run_until_complete(store.receipt(SESSION, receipt.receipt_id))
                assert stored == receipt, "a receipt without a claim"


TestConversation = Conversation.TestCase
# The same conversations in every run, and the first failure as it is: each is noted turn by turn, and shrinking one
# takes minutes. To look for new failures, raise max_examples and set derandomize to False.
TestConversation.settings = settings(
    max_examples=150,
    stateful_step_count=25,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
