"""Dialogue tests as data: YAML conversations, held against what happened rather than how it was worded.

    name: books after a correction
    now: 2026-11-25 10:00                      # also: lang, timezone, tags, settings, files, xfail
    turns:
      - user: book a table for two tomorrow at eight
        commands: [start booking.restaurant, set people two, set day tomorrow, set time eight]
        expect:
          - slot_set: {slot: people, value: 2}
        never: [action_done]
        question: {kind: choice, slot: time, options: [8:00 am, 8:00 pm]}
    end:
      receipts: []
      state:
        booking.restaurant: {people: 2, day: 2026-11-26}

A dialogue (several in a file are parted by ``---``; of YAML's types only numbers, true, false and null are known, so
that yes, off, 19:30 and 2026-11-26 are text):
    name      a sentence; required, like `turns`
    now       when it begins, on the dialogue's own clock (default: Wednesday 25 November 2026, 10:00); a turn comes
              20 seconds after the one before
    lang, timezone   of its sessions (default en, UTC)
    settings  other fields of agent.Settings, such as action_timeout_seconds
    files     text by file name, put into the data folder first (home.yaml: a floor plan)
    tags      words to pick dialogues by
    xfail     why it is known to fail; it is an error when it passes

A turn, what happens:
    user      what is said; quote a bare number ("8") and what holds ": "
    commands  what the model writes: for the scripted backend, which holds them against the grammar
    then      the same for the second reading, after `choose` settled which skill was meant
    writes    texts of the model, in the order they are asked for (translations, equations, small talk)
    session   whose turn it is, when there are several sessions (default: test)
    wait, now a pause before the turn ("2 days", "90 minutes"), or its moment
    restart   true: the agent is closed and another one, on the same store and data, takes the turn
    faults    what fails in this turn, by call: `store.METHOD`, `SKILL.run`, `SKILL.options`, `SKILL.undo`,
              `model.complete` (understanding), `model.stream` (writing). It is an error's name (Unavailable,
              StoreUnavailable, DeadlineExceeded, RuntimeError ...), `slow` (never comes back), or `killed` (the
              process dies there, the next turn meets a new one); `after ` in front: it fails once the call has done its
              work

A turn, what must come of it:
    expect    events in this order, by name or {name: fields}; the fields of action_done are the receipt's, its
              arguments and its facts
    never     events that must not occur, in the same form
    question  what is open afterwards: {kind, intent, slot, options}, or the kind alone, or null for nothing
    says, says_not   parts of the reply, in any case; a list within `says` means any of them
    model_calls  how often the model was asked
    error     the class name of the reply's error; a model or store that fails unannounced is a failure
    raises    the class name of the error that the caller gets instead of a reply

`end`, after the last turn:
    receipts  all of them in order: {INTENT: values}, and {"undo INTENT": values} for what took one back; a value may
              be a field of the receipt (effect, simulated, source), an argument or a fact
    stack     the open intents, the active one last; `waiting` those that wait their turn
    state     the resolved values of open frames by intent: exactly these

Values match when they are equal, text in any case; a list matches any of its values where one value was got; a number
matches the length of a list; a list matches the keys of a mapping; a mapping matches when its fields do.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.app import Agent
from agent.backends.base import Backend
from agent.backends.scripted import ScriptedBackend
from agent.errors import FactotumError
from agent.settings import Settings
from agent.store.memory import MemoryStore
from agent.testing.checking import check_end, check_raised, check_turn
from agent.testing.faults import Killed, faults
from agent.testing.reading import Dialogue, duration, load_dialogues, moment
from agent.testing.stage import Stage, open_stage
from agent.types import DialogueState, Receipt, Reply

__all__ = ["Dialogue", "Played", "Stage", "Step", "load_dialogues", "play", "run_dialogue"]

BETWEEN_TURNS = timedelta(seconds=20)
"""How long after a turn the next one comes."""


@dataclass(frozen=True)
class Step:
    """One turn as it was played."""

    user: str
    before: DialogueState
    # The state the turn began in.
    reply: Reply | None
    # None when the caller got an error instead, or the process was killed.
    ended: str = ""
    # How it ended without a reply.


@dataclass
class Played:
    """A dialogue as far as it went, and what went otherwise than expected."""

    dialogue: Dialogue
    steps: list[Step] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Empty when it passed.

    def __str__(self) -> str:
        lines = [f"{self.dialogue.path}:{self.dialogue.line}: {self.dialogue.name}"]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"  {number:>2} you: {step.user}")
            if step.reply is None:
                lines.append(f"     ({step.ended})")
                continue
            lines.append(f"        > {', '.join(step.reply.commands)}")
            said = step.reply.text.split("\n")
            lines += [f"     bot: {said[0]}", *(f"          {line}" for line in said[1:])]
        return "\n".join([*lines, *(f"  !! {problem}" for problem in self.problems)])


async def run_dialogue(dialogue: Dialogue, backend: Backend | None = None) -> list[str]:
    """Hold a conversation in a fresh agent and return what went otherwise than expected; empty when it passed.

    Args:
        dialogue: the conversation.
        backend: the model, started; None plays the dialogue's own ``commands`` with the scripted backend.
    """
    async with open_stage(backend) as stage:
        return (await play(dialogue, stage)).problems


async def play(dialogue: Dialogue, stage: Stage) -> Played:
    """Hold a conversation in a fresh agent, up to the first turn that goes otherwise than expected."""
    with tempfile.TemporaryDirectory(dir=_fast_folder()) as folder:
        for name, text in dialogue.files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        player = _Player(dialogue, stage, Path(folder))
        try:
            for turn in dialogue.turns:
                await player.turn(turn)
                if player.played.problems:
                    break
            else:
                player.finish()
        finally:
            await player.close()
        return player.played


def _fast_folder() -> str | None:
    """Return a folder in memory where there is one: embedded providers sync every write to disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class _Script(ScriptedBackend):
    """What the model of a dialogue writes, turn by turn."""

    def take_rest(self) -> list[Any]:
        """Return what nobody asked for, and forget it. (Some words, such as "say that again", need no model.)"""
        rest, self._used = self._script[self._used :], len(self._script)
        return rest


class _Player:
    """Plays one dialogue: holds the clock, the store and the agent of the moment."""

    def __init__(self, dialogue: Dialogue, stage: Stage, folder: Path) -> None:
        self.played = Played(dialogue)
        self._dialogue, self._stage = dialogue, stage
        self._now = dialogue.now
        self._script = _Script() if stage.backend is None else None
        self._backend: Backend = self._script or stage.backend  # type: ignore[assignment]
        self._store = MemoryStore(clock=lambda: self._now.timestamp())
        self._settings = Settings(
            **{"data_dir": folder, "lang": dialogue.lang, "timezone": dialogue.timezone, **dialogue.settings}
        )
        self._agents = AsyncExitStack()
        self._agent: Agent | None = None
        self._states: dict[str, DialogueState] = {}
        # By session, as its last reply left it.
        self._receipts: list[Receipt] = []
        self._last = "test"
        # The session of the last turn.

    async def turn(self, turn: Mapping[str, Any]) -> None:
        """Play a turn and note what went otherwise than expected."""
        self._now = self._moment(turn)
        if turn.get("restart"):
            await self.close()
        agent = await self._ready()
        self._last = session = str(turn.get("session", "test"))
        before = self._states.get(session, DialogueState())
        asked = 0
        if self._script is not None:
            self._script.add(*_answers(turn))
            asked = len(self._script.requests)
        reply, ended, raised = None, "", None
        with ExitStack() as failing:
            targets = {"store": self._store, "model": self._backend, **self._stage.actions}
            failing.enter_context(faults(turn.get("faults") or {}, targets))
            try:
                reply = await agent.say(turn["user"], session=session)
            except Killed:
                ended = "the process was killed"
            except FactotumError as error:
                ended, raised = f"{type(error).__name__}: {error}", error
        self.played.steps.append(Step(turn["user"], before, reply, ended))
        if ended and raised is None:
            await self.close()
        problems = list(check_raised(turn, raised))
        if reply is not None:
            self._states[session] = reply.state
            self._receipts += reply.receipts
            problems += check_turn(turn, reply)
        if self._script is not None and reply is not None:
            calls = len(self._script.requests) - asked
            if calls != turn.get("model_calls", calls):
                problems.append(f"expected {turn['model_calls']} calls of the model, there were {calls}")
            if (left := self._script.take_rest()) and (calls or list(reply.commands) != turn.get("commands")):
                problems.append(f"the model was never asked for {left}")
        number = len(self.played.steps)
        self.played.problems += [f"turn {number} ({turn['user'][:80]!r}): {problem}" for problem in problems]

    def finish(self) -> None:
        """Note what is otherwise than expected in the end."""
        state = self._states.get(self._last, DialogueState())
        problems = check_end(self._dialogue.end, self._receipts, state)
        self.played.problems += [f"at the end: {problem}" for problem in problems]

    async def close(self) -> None:
        """Close the agent; the next turn makes another one."""
        self._agent = None
        await self._agents.aclose()

    async def _ready(self) -> Agent:
        if self._agent is None:
            agent = Agent(
                self._settings,
                backend=self._backend,
                store=self._store,
                catalogue=self._stage.catalogue,
                actions=self._stage.actions,
                clock=lambda: self._now,
            )
            self._agent = await self._agents.enter_async_context(agent)
        return self._agent

    def _moment(self, turn: Mapping[str, Any]) -> datetime:
        if "now" in turn:
            return moment(turn["now"], self._dialogue.timezone)
        gap = duration(turn["wait"]) if "wait" in turn else BETWEEN_TURNS
        return self._now + gap if self.played.steps or "wait" in turn else self._now


def _answers(turn: Mapping[str, Any]) -> list[str]:
    """Return what the scripted model answers in a turn, in the order it is asked."""
    readings = [turn[key] for key in ("commands", "then") if turn.get(key)]
    return ["".join(f"{line}\n" for line in commands) for commands in readings] + list(turn.get("writes", ()))
