"""A simulated user: reacts to what the assistant asks, and plays tricks. Read `SimulatedUser.next_move` first."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from agent.catalogue import Catalogue
from agent.dialogue.resolvers import ResolveContext, Resolved, match_options, resolve
from agent.prompting import as_said
from agent.rowmaking import phrases
from agent.rowmaking.wording import Unsayable
from agent.testing.simulated_users.goals import Goal, draw_goals
from agent.testing.simulated_users.speaker import Move, Speaker
from agent.types import Option, Pending, Receipt, Reply
from agent.understanding import waits_for_a_text

PATIENCE = 30
"""Messages after which the user gives up: that is a failure."""
GAPS = (timedelta(minutes=18), timedelta(hours=3), timedelta(days=2))
"""How long a user may be silent."""

There = Mapping[str, list[Option]]
"""By slot name, what the actions offer in this world."""


class SimulatedUser:
    """One user in one conversation."""

    def __init__(
        self, catalogue: Catalogue, rng: random.Random, *, there_is: There, tricks: float, drafts: bool
    ) -> None:
        self._catalogue, self._rng, self._tricks = catalogue, rng, tricks
        self._there_is = there_is
        self.speaker = Speaker(catalogue, rng)
        self.speaker.values.there_is = {
            name: [o.text.partition(" (")[0] for o in each] for name, each in there_is.items()
        }
        self.goals = draw_goals(catalogue, rng, drafts=drafts)
        self.acts: list[str] = []
        self.problems: list[str] = []
        # What must never happen and did.
        self.false_actions = 0
        self._undo_next: Goal | None = None
        self._snapshots: list[dict[int, dict[str, Any]]] = []
        self._rephrased = 0

    @property
    def goal(self) -> Goal | None:
        """What the user is at, or None when everything is over."""
        return next((goal for goal in self.goals if not goal.is_over), None)

    def consider_more(self, goal: Goal, receipt: Receipt) -> None:
        """After something was done: take it back now and then, or want it once more."""
        if not receipt.effect or self._rng.random() >= 0.3 * self._tricks:
            return
        if receipt.undo is not None and self._rng.random() < 0.6:
            self._undo_next = goal
        elif goal.intent.undo:
            self.goals.insert(self.goals.index(goal) + 1, Goal(goal.intent, dict(goal.wanted), is_again=True))

    def silence(self) -> timedelta:
        """Return how long the user waits before the next message."""
        if self._rng.random() < 0.25 * self._tricks:
            self.acts.append("silence")
            return self._rng.choice(GAPS)
        return timedelta(seconds=20)

    def next_move(self, reply: Reply | None, now: datetime) -> Move | None:
        """Return what the user says next; None when there is nothing more to say, or no more patience."""
        if len(self.acts) >= PATIENCE + 10 * len(self.goals):
            return None
        for _ in range(20):
            try:
                move = self._move(reply)
            except Unsayable:
                continue
            if move is None:
                return None
            self._note(move, reply, now)
            return move
        return None

    def _move(self, reply: Reply | None) -> Move | None:
        pending = reply.state.pending if reply else None
        if self._undo_next is not None and reply and reply.state.last_receipt_id:
            goal, self._undo_next = self._undo_next, None
            goal.receipts.clear()
            goal.undone = True
            return self.speaker.fixed("undo", phrases.UNDO, "undo")
        trick = self._trick(reply)
        if trick is not None:
            return trick
        if pending is not None and reply is not None:
            return self._react(pending, reply)
        current = self.goal
        return self._begin(current, reply) if current else None

    def _begin(self, goal: Goal, reply: Reply | None) -> Move | None:
        """Ask for the next thing: alone, with others in one message, or again."""
        if goal.frame_id is not None:
            self._rephrased += 1
            if self._rephrased > 3:
                return None  # it was said three times and is still not done
        fresh = [each for each in self.goals if not each.is_over and each.frame_id is None and not each.is_again]
        if (
            goal in fresh
            and len(fresh) > 1
            and self._rng.random() < 0.3
            and not any(each.intent.generate for each in fresh)
        ):
            return self.speaker.several([each.intent for each in fresh[:3]])
        if goal.is_again:
            last = reply.state.last_frame if reply else None
            if last is None or last.intent != goal.intent.name:
                goal.given_up = goal.is_over = True
                return self._move(reply)
            return self.speaker.fixed("again", phrases.AGAIN, "again")
        return self.speaker.request(goal.intent)

    def _react(self, pending: Pending, reply: Reply) -> Move:
        """Answer the open question."""
        active = reply.state.active
        if pending.kind == "clarify":
            return self.speaker.choose(1 + self._rng.randrange(len(pending.options)), pending.options)
        if pending.kind in ("resume", "unknown"):
            return self.speaker.fixed("resume", phrases.YES, "confirm")
        goal = self._goal_of(pending.frame_id)
        if active is None or goal is None:
            return self.speaker.fixed("cancel", phrases.CANCEL_NOTHING, "cancel")
        if pending.kind == "confirm":
            return self.speaker.fixed("confirm", phrases.YES, "confirm")
        assert pending.slot is not None
        slot = self._catalogue.slot(active.intent, pending.slot)
        if pending.options:
            number = 1 + self._rng.randrange(len(pending.options))
            if self._rng.random() < 0.3 and not slot.enum:
                return self.speaker.name(slot, pending.options[number - 1])
            return self.speaker.choose(number, pending.options)
        if slot.choices_from:
            # Nothing is to be had: the user gives it up.
            goal.given_up = goal.is_over = True
            return self.speaker.fixed("cancel", phrases.CANCEL_NOTHING, "cancel")
        return self.speaker.answer(goal.intent, slot)

    def _trick(self, reply: Reply | None) -> Move | None:
        """Now and then do something else than what is expected."""
        rng = self._rng
        if reply is None or rng.random() >= 0.3 * self._tricks:
            return None
        pending, active = reply.state.pending, reply.state.active
        goal = self._goal_of(active.frame_id) if active else None
        if waits_for_a_text(self._catalogue, reply.state):
            return None  # any words would be the text that is waited for
        possible: list[Callable[[], Move | None]] = [
            self.speaker.small_talk,
            self.speaker.out_of_scope,
            lambda: self.speaker.fixed("repeat", phrases.REPEAT, "repeat"),
        ]
        if goal and active and pending:
            changeable = [
                slot
                for name in active.slots
                if name in goal.wanted and not (slot := self._catalogue.slot(active.intent, name)).whole
            ]
            if changeable:
                slot = rng.choice(changeable)
                lead = rng.choice(("confirm", "deny", "")) if pending.kind == "confirm" else ""
                possible += [lambda: self.speaker.correct(slot, lead=lead)] * 3 + [lambda: self.speaker.clear(slot)]
            possible += [self._digress, lambda: self._cancel(goal)]
            if reply.state.before is not None and not any(receipt.effect for receipt in reply.receipts):
                possible.append(lambda: self.speaker.fixed("retract", phrases.RETRACT, "retract"))
        return rng.choice(possible)()

    def _digress(self) -> Move:
        """Ask something in between that changes nothing and needs no question."""
        asked = [
            intent
            for intent in self._catalogue.intents.values()
            if not intent.effect and not intent.generate and all(intent is not goal.intent for goal in self.goals)
        ]
        if not asked:
            raise Unsayable
        move = self.speaker.request(self._rng.choice(asked), complete=True)
        return Move(move.text, move.commands, "digress")

    def _cancel(self, goal: Goal) -> Move:
        goal.given_up = goal.is_over = True
        return self.speaker.fixed("cancel", phrases.CANCEL_NOTHING, "cancel")

    def _goal_of(self, frame_id: int) -> Goal | None:
        return next((goal for goal in self.goals if goal.frame_id == frame_id and not goal.is_over), None)

    # -- what the words mean ------------------------------------------------------------------------------------------

    def _note(self, move: Move, reply: Reply | None, now: datetime) -> None:
        """Keep book of what was said, so that it can be held against what is done."""
        self.acts.append(move.act)
        active = reply.state.active if reply else None
        goal = self._goal_of(active.frame_id) if active else None
        if move.act == "retract":
            if self._snapshots:
                for number, wanted in self._snapshots.pop().items():
                    self.goals[number].wanted = dict(wanted)
            return
        self._snapshots = [{number: dict(each.wanted) for number, each in enumerate(self.goals)}]
        for line in move.commands:
            word, _, rest = line.partition(" ")
            if word == "start":
                goal = next((each for each in self.goals if each.intent.name == rest and not each.is_over), None)
                if goal is not None and goal.frame_id is None and not goal.is_again:
                    goal.wanted.clear()
            elif word == "set" and goal is not None:
                slot, _, words = rest.partition(" ")
                self._understand(goal, slot, move.text if words == "@all" else as_said(words, move.text), reply, now)
            elif word == "clear" and goal is not None:
                goal.wanted.pop(rest, None)
            elif word == "choose" and goal is not None and reply and reply.state.pending:
                pending = reply.state.pending
                if pending.slot:
                    goal.wanted[pending.slot] = pending.options[int(rest) - 1].value

    def _understand(self, goal: Goal, slot_name: str, words: str, reply: Reply | None, now: datetime) -> None:
        slot = self._catalogue.slot(goal.intent.name, slot_name)
        pending = reply.state.pending if reply else None
        offered = pending.options if pending and pending.slot == slot_name else ()
        goal.wanted.pop(slot_name, None)
        if slot.choices_from and not slot.enum:
            matches = match_options(words, offered) or match_options(words, self._there_is.get(slot_name, []))
            if len(matches) == 1:
                goal.wanted[slot_name] = matches[0].value
            return
        mentioned = reply.state.mentioned if reply else ()
        context = ResolveContext(now=now, offered=offered, mentioned=mentioned)
        answer = resolve(slot.resolver, words, slot, context)
        if isinstance(answer, Resolved):
            goal.wanted[slot_name] = answer.value
