"""Coverage of dialogues: which commands of which skills were played in which states of the dialogue, and which not.

A state is what the user came back to: a `fresh` session, nothing open after a reply (`idle`), one of the open questions
(slot, confirm, choice, clarify, resume, unknown), and beside these a `paused` frame below or a request that is
`waiting`. A hole is a command that could be said in a state, for a skill that can be in it, and never was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from agent.catalogue import Catalogue
from agent.commands import Clarify, Say, Start, parse_command, render_command
from agent.declaration import Slot
from agent.testing.dialogues import Played, Step
from agent.types import EVENT_KINDS, DialogueState, PendingKind

QUESTIONS = get_args(PendingKind)
STATES = ("fresh", "idle", *QUESTIONS, "paused", "waiting")
NOBODY = "(none)"
"""The skill of a command that is said when no skill was or is at work."""

_OPEN = ("slot", "confirm", "choice", "resume", "unknown", "paused", "waiting")
_LATER = tuple(state for state in STATES if state != "fresh")
POSSIBLE: dict[str, tuple[str, ...]] = {
    "start": STATES,
    "set": STATES,
    "clear": _OPEN,
    "confirm": ("confirm", "resume", "unknown", "paused", "waiting"),
    "deny": ("confirm", "resume", "unknown", "paused", "waiting"),
    "choose": ("choice", "clarify", "paused", "waiting"),
    "cancel": _OPEN,
    "resume": ("paused",),
    "again": ("idle", "slot", "confirm", "choice", "paused"),
    "undo": ("idle", "slot", "confirm", "choice", "paused"),
    "retract": _LATER,
    "repeat": _LATER,
    "clarify": STATES,
    "say": STATES,
    "refuse": STATES,
    "handoff": STATES,
}
"""Where a command can be legal."""
_READ_TWO_WAYS = ("date", "time", "date_range", "time_range", "money")
_OF_NOBODY = ("refuse", "handoff", "repeat", "retract", "clarify")
"""What can be said in a session in which no skill has been at work."""


class Coverage:
    """Gathers what dialogues reach. `print(coverage.report())` when they are through."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.cells: Counter[tuple[str, str, str]] = Counter()
        # Turns by skill, command and state.
        self.intents: Counter[str] = Counter(dict.fromkeys(catalogue.intents, 0))
        # Turns that opened each intent.
        self.events: Counter[str] = Counter(dict.fromkeys(EVENT_KINDS, 0))
        self.dialogues = 0
        self.turns = 0

    def add(self, played: Played) -> None:
        """Count a dialogue as far as it was played."""
        self.dialogues += 1
        for step in played.steps:
            self.turns += 1
            if step.reply is None:
                continue
            self.events.update(event.kind for event in step.reply.events)
            for skill, command in _said(step):
                self.cells.update((skill, command, state) for state in states_of(step.before))
            self.intents.update(
                command.intent for command in map(parse_command, step.reply.commands) if isinstance(command, Start)
            )

    @property
    def unused_intents(self) -> list[str]:
        """Intents that no dialogue opened."""
        return [name for name in self._catalogue.intents if not self.intents[name]]

    def holes(self) -> dict[tuple[str, str], list[str]]:
        """Return the states that were not reached, by skill and command."""
        found: dict[tuple[str, str], list[str]] = {}
        for skill in (*self._catalogue.skills, NOBODY):
            for command in POSSIBLE:
                missing = [s for s in self._possible(skill, command) if not self.cells[skill, command, s]]
                if missing:
                    found[skill, command] = missing
        return found

    def report(self) -> str:
        """Return one table per skill, and what is missing."""
        width = max(map(len, STATES))
        lines = [f"{self.dialogues} dialogues, {self.turns} turns; turns by skill, command and state before the turn"]
        lines.append("('.': a hole, blank: cannot be)")
        for skill in (*self._catalogue.skills, NOBODY):
            rows = [(command, self._possible(skill, command)) for command in POSSIBLE]
            cells = [(command, state) for command, states in rows for state in states]
            reached = sum(bool(self.cells[skill, command, state]) for command, state in cells)
            lines += ["", f"{skill}: {reached} of {len(cells)}"]
            lines.append(" " * 10 + "".join(f"{state:>{width + 1}}" for state in STATES))
            for command, states in rows:
                if states:
                    row = (str(self.cells[skill, command, state] or ".") if state in states else "" for state in STATES)
                    lines.append((f"  {command:<8}" + "".join(f"{cell:>{width + 1}}" for cell in row)).rstrip())
        holes = self.holes()
        lines += ["", f"holes ({sum(map(len, holes.values()))}):"]
        lines += [f"  {skill} {command}: {', '.join(missing)}" for (skill, command), missing in holes.items()]
        lines.append("intents without a dialogue: " + (", ".join(self.unused_intents) or "none"))
        lines.append("events that never occurred: " + (", ".join(k for k, n in self.events.items() if not n) or "none"))
        return "\n".join(lines)

    def _possible(self, skill: str, command: str) -> tuple[str, ...]:
        """Where a command of a skill can be said at all; approximately: a state is taken to be any skill's."""
        states = POSSIBLE[command]
        if skill == NOBODY:
            states = tuple(s for s in states if s in ("fresh", "idle", "clarify"))
            return states if command in _OF_NOBODY else ()
        declared = self._catalogue.skills[skill]
        intents = list(declared.intents.values())
        if command == "say":
            return states if declared.speaks else ()
        if not intents:
            return ()
        if command == "undo" and not any(intent.undo for intent in intents):
            return ()
        if command in ("set", "clear", "choose") and not any(intent.slots for intent in intents):
            return ()
        if command == "start":
            return states
        # The rest is said to the frame that is open: it must be able to be in that state.
        able = {
            "slot": any(intent.required for intent in intents),
            "choice": any(_may_offer(declared.slots[slot]) for intent in intents for slot in intent.slots),
            "confirm": any(intent.confirm for intent in intents),
            "unknown": any(intent.effect for intent in intents),
        }
        return tuple(state for state in states if able.get(state, True) and (state != "fresh" or command == "set"))


def _may_offer(slot: Slot) -> bool:
    """Whether a slot can come to a choice: from a list, or of two readings of what was said."""
    return bool(
        slot.enum or slot.choices_from or slot.resolver in ("date", "time", "date_range", "time_range", "money")
    )


def states_of(state: DialogueState) -> Iterator[str]:
    """Yield what a turn found: the open question, or none, and whether something is paused or waiting."""
    if state.pending is not None:
        yield state.pending.kind
    elif not state.stack:
        yield "idle" if state.turns else "fresh"
    if len(state.stack) > 1:
        yield "paused"
    if state.waiting:
        yield "waiting"


def _said(step: Step) -> Iterator[tuple[str, str]]:
    """Yield skill and command of everything a turn said."""
    state = step.before
    at_work = state.active or state.last_frame
    skill = at_work.intent.partition(".")[0] if at_work else NOBODY
    assert step.reply is not None
    for command in map(parse_command, step.reply.commands):
        word = render_command(command).partition(" ")[0]
        match command:
            case Start(intent):
                skill = intent.partition(".")[0]
                yield skill, word
            case Say(name):
                yield name, word
            case Clarify(first, second):
                yield first, word
                yield second, word
            case _:
                yield skill, word
