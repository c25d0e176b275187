"""Rehearses the `yaml examples` of skill files: are the commands legal, and is asked and offered what the file says?

An example is played like any dialogue, on a stage where every action is stood in for: it offers what the example says
is offered, knows every value that is said, always succeeds, and reports no more than "(done)". So a skill can be tested
before its action exists. With a model, each turn is also put to it in the state that the example has reached, and its
commands are compared with the expected ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.backends.base import Backend, Request
from agent.backends.scripted import user_text
from agent.catalogue import Catalogue
from agent.commands import Set, Start, parse_commands, render_commands
from agent.declaration import Intent, Skill
from agent.errors import BackendUnavailable, DeclarationError, ModelError, Problem
from agent.prompting import as_read
from agent.testing.dialogues import play
from agent.testing.reading import Dialogue, Lined, dialogue_from, load_yaml, turn_problems
from agent.testing.stage import Stage
from agent.types import Option, Receipt

_TURN_FIELDS = {"user", "commands", "asks", "offers", "reply"}
_DONE = "(done)"


@dataclass(frozen=True)
class Example:
    """One example of a skill file: a single turn or a dialogue."""

    skill: str
    path: Path
    turns: tuple[Lined, ...]
    # Each with its line.


@dataclass(frozen=True)
class Difference:
    """A turn that a model reads otherwise than the example says."""

    skill: str
    path: Path
    line: int
    user: str
    expected: str
    # Commands, one a line.
    got: str
    # The same, or the error.


@dataclass
class Rehearsal:
    """What came of a skill's examples."""

    examples: int = 0
    turns: int = 0
    problems: list[Problem] = field(default_factory=list)
    compared: int = 0
    # Turns that were put to a model.
    differences: list[Difference] = field(default_factory=list)


def examples_of(skill: Skill) -> list[Example]:
    """Return the examples of a skill's file, with lines.

    Raises:
        DeclarationError: an example that cannot be played, with every problem.
    """
    text, first_line = _block(skill.path)
    try:
        found = [_shifted(each, first_line) for document in load_yaml(text) for each in document]
    except yaml.YAMLError as error:  # pragma: no cover - the declaration has been read by now
        raise DeclarationError([Problem(skill.path, first_line, f"block 'examples' is not YAML: {error}")]) from error
    examples = [Example(skill.name, skill.path, tuple(each.get("dialogue") or (each,))) for each in found]
    problems = [problem for example in examples for turn in example.turns for problem in _turn_problems(example, turn)]
    if problems:
        raise DeclarationError(problems)
    return examples


async def rehearse(catalogue: Catalogue, skills: Sequence[Skill], model: Backend | None = None) -> Rehearsal:
    """Play every example of the skills.

    Args:
        catalogue: all skills: examples may speak of others.
        skills: whose examples.
        model: a started model whose commands are compared with the expected ones.

    Raises:
        DeclarationError: an example that cannot be played.
    """
    rehearsal = Rehearsal()
    plain = Catalogue.of(_spoken_plainly(skill) for skill in catalogue.skills.values())
    for skill in skills:
        for example in examples_of(skill):
            backend = _Expected(example, model)
            actions = {name: _StandIn(each, example) for name, each in plain.skills.items() if each.intents}
            played = await play(_dialogue(example), Stage(plain, actions, backend))
            line = example.turns[max(0, len(played.steps) - 1)].line
            rehearsal.examples += 1
            rehearsal.turns += len(example.turns)
            rehearsal.problems += [Problem(example.path, line, f"example {problem}") for problem in played.problems]
            rehearsal.compared += backend.compared
            rehearsal.differences += backend.differences
    return rehearsal


def _block(path: Path) -> tuple[str, int]:
    """Return the text of the examples block and the number of lines above it."""
    lines = path.read_text(encoding="utf-8").split("\n")
    start = next((n for n, line in enumerate(lines) if line.split() == ["```yaml", "examples"]), None)
    if start is None:
        return "", 0
    end = next(n for n in range(start + 1, len(lines)) if lines[n].strip() == "```")
    return "\n".join(lines[start + 1 : end]), start + 1


def _shifted(example: Lined, lines: int) -> Lined:
    for each in (example, *example.get("dialogue", ())):
        each.line += lines
    return example


def _turn_problems(example: Example, turn: Any) -> list[Problem]:
    if not isinstance(turn, Lined) or not isinstance(turn.get("user"), str) or not turn.get("commands"):
        line = turn.line if isinstance(turn, Lined) else example.turns[0].line
        return [Problem(example.path, line, f"{turn!r} is no turn; expected 'user' (quote numbers) and 'commands'")]
    problems = [Problem(example.path, line, message) for line, message in turn_problems(_as_turn(turn))]
    if unknown := sorted(set(turn) - _TURN_FIELDS):
        known = ", ".join(sorted(_TURN_FIELDS))
        problems.append(Problem(example.path, turn.line, f"unknown fields {unknown}; known are {known}"))
    return problems


def _as_turn(turn: Lined) -> Lined:
    """An example's turn in the words of dialogue tests."""
    made = Lined({"user": turn["user"], "commands": [str(line) for line in turn["commands"]]})
    made.line = turn.line
    if asks := turn.get("asks"):
        question: dict[str, Any] = {"kind": asks} if asks in ("confirm", "clarify", "resume") else {"slot": asks}
        made["question"] = question | ({"options": list(turn["offers"])} if turn.get("offers") else {})
    return made


def _dialogue(example: Example) -> Dialogue:
    document = Lined({"name": example.turns[0]["user"], "turns": [_as_turn(turn) for turn in example.turns]})
    document.line = example.turns[0].line
    return dialogue_from(document, example.path)


def _spoken_plainly(skill: Skill) -> Skill:
    """The skill with results that need no facts: only what is asked and summarised is its own."""
    replies = {key: text if key.endswith(".confirm") else _DONE for key, text in skill.replies.items()}
    return replace(skill, replies=replies)


class _StandIn:
    """Stands in for a skill's action."""

    def __init__(self, skill: Skill, example: Example) -> None:
        self._skill = skill
        self._offers = {turn.get("asks"): turn["offers"] for turn in example.turns if turn.get("offers")}
        self._said: dict[str, list[str]] = defaultdict(list)
        for turn in example.turns:
            for command in parse_commands("\n".join(map(str, turn["commands"]))):
                if isinstance(command, Set):
                    self._said[command.slot].append(command.value)

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Succeed."""
        intent: Intent = self._skill.intents[f"{self._skill.name}.{call.intent}"]
        undo: dict[str, Any] | None = {} if intent.undo else None
        return ActionResult({}, "stand-in", context.now, simulated=True, effect=intent.effect, undo=undo)

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        """Offer what the example says is offered, or what somebody says in it."""
        texts = dict.fromkeys(str(text) for text in self._offers.get(slot) or self._said[slot])
        return [Option(value=text, text=text) for text in texts]

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        """Succeed."""
        return ActionResult({}, "stand-in", context.now, simulated=True, effect=True)

    async def close(self) -> None:
        """Hold nothing."""


class _Expected:
    """A backend that answers as the example says, and asks a model beside it."""

    name = "expected"
    holds_grammar = False

    def __init__(self, example: Example, model: Backend | None) -> None:
        self._example, self._model = example, model
        self._turns: dict[str, list[Lined]] = defaultdict(list)
        for turn in example.turns:
            self._turns[as_read(turn["user"])].append(turn)
        self.compared = 0
        self.differences: list[Difference] = []

    @property
    def model_dir(self) -> Path | None:
        """The folder of the model, so that what it was not trained on is listed for it."""
        return self._model.model_dir if self._model else None

    async def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def complete(self, request: Request) -> str:
        """Return the expected commands."""
        said = user_text(request)
        if not self._turns[said]:
            raise BackendUnavailable(f"no example says {said!r}")
        turn = self._turns[said].pop(0)
        expected = "".join(f"{line}\n" for line in turn["commands"])
        if self._model is not None:
            await self._compare(self._model, request, turn, expected)
        return expected

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Write something."""
        yield "(text)"

    async def _compare(self, model: Backend, request: Request, turn: Lined, expected: str) -> None:
        try:
            got = await model.complete(request)
            same = _in_any_order(got) == _in_any_order(expected)
        except ModelError as error:
            got, same = f"{type(error).__name__}: {error}", False
        self.compared += 1
        if not same:
            example = self._example
            difference = Difference(example.skill, example.path, turn.line, turn["user"], expected.strip(), got.strip())
            self.differences.append(difference)


def _in_any_order(text: str) -> list[tuple[str, ...]]:
    """Return the requests of a list of commands, each with its slots in one order."""
    requests: list[list[Any]] = [[]]
    for command in parse_commands(text):
        if isinstance(command, Start):
            requests.append([])
        requests[-1].append(command)
    return [tuple(sorted(render_commands(request).split("\n"))) for request in requests]
