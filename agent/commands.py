r"""The command language: what the model writes and the dialogue stack executes.

One command a line, each line ended by ``\n``. This module holds the one parser and the one renderer;
``agent.grammar`` holds the one grammar builder. The reference page is docs/commands.md.

    start booking.restaurant
    set people two
    set time half past seven
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.errors import IllegalCommands

COMMAND_LANGUAGE_VERSION = 2

WHOLE_TURN = "@all"
"""The value that stands for everything the user said, so that long text is never typed again."""


@dataclass(frozen=True)
class Start:
    """Open a frame for an intent."""

    intent: str


@dataclass(frozen=True)
class Set:
    """Fill or correct a slot of the active frame."""

    slot: str
    value: str


@dataclass(frozen=True)
class Clear:
    """Empty a slot of the active frame."""

    slot: str


@dataclass(frozen=True)
class Confirm:
    """Yes to the pending question."""


@dataclass(frozen=True)
class Deny:
    """No to the pending question."""


@dataclass(frozen=True)
class Choose:
    """Pick the Nth offered option, counted from 1."""

    number: int


@dataclass(frozen=True)
class Cancel:
    """Drop the active frame."""


@dataclass(frozen=True)
class Resume:
    """Return to the paused frame."""


@dataclass(frozen=True)
class Again:
    """Do what was done last again, with the same values: a new request."""


@dataclass(frozen=True)
class Undo:
    """Compensate the last action."""


@dataclass(frozen=True)
class Retract:
    """Drop the last turn: the dialogue stands where it stood before it. What was done stays done."""


@dataclass(frozen=True)
class Repeat:
    """Say the last reply again."""


@dataclass(frozen=True)
class Clarify:
    """It could be either skill: ask which."""

    first: str
    second: str


@dataclass(frozen=True)
class Say:
    """Free text from a skill, without opening a frame."""

    skill: str


@dataclass(frozen=True)
class Refuse:
    """Out of scope."""


@dataclass(frozen=True)
class Handoff:
    """Hand the conversation to a person."""


Command = (
    Start
    | Set
    | Clear
    | Confirm
    | Deny
    | Choose
    | Cancel
    | Resume
    | Again
    | Undo
    | Retract
    | Repeat
    | Clarify
    | Say
    | Refuse
    | Handoff
)

_BARE: dict[str, Command] = {
    "confirm": Confirm(),
    "deny": Deny(),
    "cancel": Cancel(),
    "resume": Resume(),
    "again": Again(),
    "undo": Undo(),
    "retract": Retract(),
    "repeat": Repeat(),
    "refuse": Refuse(),
    "handoff": Handoff(),
}


def render_command(command: Command) -> str:
    """Return the command's one line, without the line end."""
    match command:
        case Start(intent):
            return f"start {intent}"
        case Set(slot, value):
            return f"set {slot} {value}"
        case Clear(slot):
            return f"clear {slot}"
        case Choose(number):
            return f"choose {number}"
        case Clarify(first, second):
            return f"clarify {first} {second}"
        case Say(skill):
            return f"say {skill}"
        case _:
            return type(command).__name__.lower()


def render_commands(commands: list[Command] | tuple[Command, ...]) -> str:
    r"""Return the commands as the model writes them, each line ended by ``\n``."""
    return "".join(render_command(command) + "\n" for command in commands)


def parse_command(line: str) -> Command:
    """Return the command a line stands for.

    Raises:
        IllegalCommands: the line is not a command of this version.
    """
    word, _, rest = line.partition(" ")
    if line in _BARE:
        return _BARE[line]
    if word == "start" and rest and " " not in rest:
        return Start(rest)
    if word == "set":
        slot, _, value = rest.partition(" ")
        if slot and value.strip():
            return Set(slot, value)
    if word == "clear" and rest and " " not in rest:
        return Clear(rest)
    if word == "choose" and rest.isascii() and rest.isdigit() and int(rest) > 0:
        return Choose(int(rest))
    if word == "clarify":
        parts = rest.split(" ")
        if len(parts) == 2 and all(parts):
            return Clarify(parts[0], parts[1])
    if word == "say" and rest and " " not in rest:
        return Say(rest)
    raise IllegalCommands(f"{line!r} is not a command; expected one of the lines in docs/commands.md")


def parse_commands(text: str) -> tuple[Command, ...]:
    """Return the commands of a model's answer.

    Raises:
        IllegalCommands: the answer is empty or a line is not a command.
    """
    lines = [line for line in text.split("\n") if line]
    if not lines:
        raise IllegalCommands(f"the model's answer {text!r} holds no command; expected at least one line")
    return tuple(parse_command(line) for line in lines)
