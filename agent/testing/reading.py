"""Reads dialogue files: YAML in, checked dialogues out, every problem with its file and line, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from agent.commands import parse_command
from agent.errors import DeclarationError, IllegalCommands, Problem
from agent.settings import Settings
from agent.testing.faults import fault_problem
from agent.types import EVENT_KINDS

DEFAULT_NOW = "2026-11-25 10:00"
"""A Wednesday morning: the clock of a dialogue that names none."""

_DIALOGUE_FIELDS = {"name", "turns", "end", "now", "lang", "timezone", "settings", "files", "tags", "xfail"}
_TURN_FIELDS = {
    "user", "commands", "then", "writes", "session", "wait", "now", "restart", "faults",
    "expect", "never", "question", "says", "says_not", "model_calls", "error", "raises",
}  # fmt: skip
_END_FIELDS = {"receipts", "stack", "waiting", "state"}
_QUESTION_FIELDS = {"kind", "intent", "slot", "options"}
_LISTS = ("commands", "then", "writes", "expect", "never", "says", "says_not")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) (second|minute|hour|day|week)s?$")


@dataclass(frozen=True)
class Dialogue:
    """One conversation with what must come of it."""

    name: str
    path: Path
    turns: tuple[Mapping[str, Any], ...]
    # The fields of `agent.testing.dialogues`.
    now: datetime
    # Aware.
    end: Mapping[str, Any] = field(default_factory=dict)
    lang: str = "en"
    timezone: str = "UTC"
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    xfail: str = ""
    # Why it is known to fail.
    line: int = 1
    # Where it begins in its file.

    @property
    def has_commands(self) -> bool:
        """True when it says what the model writes, so that it can be played without one."""
        return any("commands" in turn for turn in self.turns)


class Lined(dict[str, Any]):
    """A mapping that knows the line it began on."""

    line: int = 0


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML, whose mappings know their lines."""


def _mapping(loader: Any, node: Any) -> Iterator[Lined]:
    data = Lined()
    data.line = node.start_mark.line + 1
    yield data
    data.update(loader.construct_mapping(node))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
# As in YAML 1.2, so that what people say stays what they said: yes, no, on and off are words, and 19:30 and 2026-11-26
# are neither a count of seconds nor a date object.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9]\d*)", list("-+0123456789")),
    ("float", r"[-+]?\d+\.\d+", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), _first)


def load_yaml(text: str) -> list[Any]:
    """Return the documents of a YAML text; mappings are `Lined`. Raises yaml.YAMLError."""
    return [document for document in yaml.load_all(text, Loader=_Loader) if document]


def load_dialogues(path: Path) -> list[Dialogue]:
    """Read a YAML file (one or more documents), or every ``*.yaml`` below a folder.

    Raises:
        DeclarationError: files that are not such lists of conversations, with every problem.
    """
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    dialogues: list[Dialogue] = []
    problems: list[Problem] = []
    for file in files:
        try:
            documents = load_yaml(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            problems.append(Problem(file, mark.line + 1 if mark else 0, f"is not YAML: {error}"))
            continue
        names: set[str] = set()
        for document in documents:
            found = [Problem(file, line, message) for line, message in _problems(document)]
            if not found and document["name"] in names:
                found = [Problem(file, document.line, f"a second dialogue is called {document['name']!r}")]
            problems += found
            if not found:
                names.add(document["name"])
                dialogues.append(dialogue_from(document, file))
    if problems:
        raise DeclarationError(problems)
    return dialogues


def moment(given: object, timezone: str) -> datetime:
    """Return a point in time as an aware datetime; without an offset it is on the dialogue's own clock.

    Raises:
        ValueError: not a date and time.
    """
    when = datetime.fromisoformat(str(given))
    return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(timezone))


def duration(given: object) -> timedelta:
    """Return a time such as "2 days" or "90 minutes".

    Raises:
        ValueError: anything else.
    """
    match = _DURATION.match(str(given))
    if match is None:
        raise ValueError(f"{given!r} is no duration; expected a number and a unit, such as '90 minutes' or '2 days'")
    return timedelta(**{match[2] + "s": float(match[1])})


def dialogue_from(document: Lined, file: Path) -> Dialogue:
    """Return the dialogue that a checked document describes."""
    zone = str(document.get("timezone", "UTC"))
    return Dialogue(
        name=document["name"],
        path=file,
        turns=tuple(document["turns"]),
        end=document.get("end") or {},
        now=moment(document.get("now", DEFAULT_NOW), zone),
        lang=str(document.get("lang", "en")),
        timezone=zone,
        settings=document.get("settings") or {},
        files=document.get("files") or {},
        tags=tuple(document.get("tags", ())),
        xfail=str(document.get("xfail", "")),
        line=document.line,
    )


def _problems(document: Any) -> Iterator[tuple[int, str]]:
    """Yield line and message of everything that is wrong with a dialogue."""
    if not isinstance(document, Lined) or not {"name", "turns"} <= set(document):
        line = document.line if isinstance(document, Lined) else 0
        yield line, f"{str(document)[:60]!r} has no 'name' and 'turns'"
        return
    line, name = document.line, document["name"]
    yield from _unknown(document, _DIALOGUE_FIELDS, f"{name!r}")
    if not isinstance(name, str) or not isinstance(document["turns"], list):
        yield line, f"'name' is {name!r} and 'turns' {str(document['turns'])[:40]!r}; expected text and a list"
        return
    try:
        moment(document.get("now", DEFAULT_NOW), str(document.get("timezone", "UTC")))
    except (ValueError, KeyError, OSError) as error:
        yield line, f"{name!r} has a 'now' or 'timezone' that cannot be read: {error}"
    if wrong := sorted(set(document.get("settings") or ()) - set(Settings.model_fields)):
        yield line, f"{name!r} has unknown settings {wrong}; known are {', '.join(Settings.model_fields)}"
    for turn in document["turns"]:
        if not isinstance(turn, Lined) or not isinstance(turn.get("user"), str):
            said = dict(turn) if isinstance(turn, Lined) else turn
            message = f"{name!r}: a turn's 'user' must be text, got {said!r}; quote what YAML takes for a number"
            yield getattr(turn, "line", line), message
        else:
            yield from turn_problems(turn)
    end = document.get("end")
    if isinstance(end, Lined):
        yield from _unknown(end, _END_FIELDS, "'end'")


def turn_problems(turn: Lined) -> Iterator[tuple[int, str]]:
    """Yield line and message of everything that is wrong with a turn."""
    said = repr(turn["user"][:40])
    yield from _unknown(turn, _TURN_FIELDS, f"turn {said}")
    for key in _LISTS:
        if not isinstance(turn.get(key, []), list):
            yield turn.line, f"turn {said}: {key!r} is {turn[key]!r}; expected a list"
            return
    for command in (*turn.get("commands", ()), *turn.get("then", ())):
        try:
            parse_command(str(command))
        except IllegalCommands as error:
            yield turn.line, f"turn {said}: {error}"
    for expected in (*turn.get("expect", ()), *turn.get("never", ())):
        kind = next(iter(expected)) if isinstance(expected, Mapping) and len(expected) == 1 else expected
        if kind not in EVENT_KINDS:
            yield turn.line, f"turn {said}: {expected!r} is no event; expected one of {', '.join(EVENT_KINDS)}"
    if isinstance(question := turn.get("question"), Lined):
        yield from _unknown(question, _QUESTION_FIELDS, f"the question of turn {said}")
    for call, what in (turn.get("faults") or {}).items():
        if problem := fault_problem(str(call), what):
            yield turn.line, f"turn {said}: {problem}"
    try:
        duration(turn.get("wait", "0 seconds"))
        moment(turn.get("now", DEFAULT_NOW), "UTC")
    except ValueError as error:
        yield turn.line, f"turn {said}: {error}"


def _unknown(given: Lined, known: set[str], where: str) -> Iterator[tuple[int, str]]:
    if unknown := [str(key) for key in given if key not in known]:
        yield given.line, f"{where} has unknown fields {unknown}; known are {', '.join(sorted(known))}"
