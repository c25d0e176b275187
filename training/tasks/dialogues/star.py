"""STAR (Mosig et al. 2020): tasks with an API each, and what the assistant called it with.

The set annotates no user turn. What an API was called with is looked for in the turns before the call; the first turn
that says a value tells it. Values that nobody said (the wizard's guesses, expressions other than "is equal to") are
left out. The state is thus derived, and its joint goal accuracy is not comparable with published figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from training.corpora import CorpusRow, corpus_file, read_corpus, read_rows
from training.tasks.dialogues.belief import Conversation, Heard, Step
from training.tasks.dialogues.schema_guided import DialogueRow
from training.tasks.known import snake

FOLDER = "star"
_EQUAL = re.compile(r'^api\.is_equal_to\(["\'](.+)["\']\)$')
_NEVER_SAID = frozenset({"request_type"})
# The wizard's own: whether an API checks or books.


class TaskRow(CorpusRow):
    """One task with its API."""

    task: str
    api: dict[str, Any] = Field(default_factory=dict)


@cache
def tasks(data: Path) -> dict[str, TaskRow]:
    """Return the tasks by name."""
    return {row.task: row for row in read_rows(corpus_file(data / FOLDER, "tasks"), TaskRow)}


@cache
def tasks_catalogue(names: str, data: Path) -> Catalogue:
    """Return the tasks of a dialogue (names with commas between), each with its one intent."""
    held = tasks(data)
    skills = []
    for task in names.split(","):
        name = snake(task)
        inputs = [each for each in held[task].api.get("input", ()) if snake(each["Name"]) not in _NEVER_SAID]
        slots = {snake(each["Name"]): Slot(snake(each["Name"])) for each in inputs}
        intent = Intent(f"{name}.ask", name, optional=tuple(slots))
        skills.append(Skill(name, task, Path(), intents={intent.name: intent}, slots=slots))
    return Catalogue.of(skills)


def conversations(data: Path, split: str) -> Iterator[Conversation]:
    """Yield the dialogues of a split whose tasks have an API."""
    held = tasks(data)
    for row in read_corpus(data, FOLDER, split, DialogueRow):
        services = [service for service in dict.fromkeys(row.services) if held.get(service, TaskRow(task="")).api]
        if services:
            yield Conversation(row.id, f"{FOLDER} {','.join(services)}", tuple(_steps(row, services)))


def _steps(row: DialogueRow, services: list[str]) -> Iterator[Step]:
    said = _first_said(row, services)
    heard = Heard()
    gold: dict[str, dict[str, tuple[str, ...]]] = {}
    service = services[0]
    for number, turn in enumerate(row.turns):
        if turn["speaker"] == "system" and turn.get("text"):
            heard = Heard(turn["text"])
        if turn["speaker"] != "user":
            continue
        told = said.get(number, {})
        service = next((name for name, _ in told), service)
        for (name, slot), place in told.items():
            gold.setdefault(name, {})[slot] = (turn["text"][slice(*place)],)
        places = {slot: place for (name, slot), place in told.items() if name == service}
        short = snake(service)
        yield Step(turn["text"], short, f"{short}.ask", dict(gold.get(service, {})), heard, places)


def _first_said(row: DialogueRow, services: list[str]) -> dict[int, dict[tuple[str, str], tuple[int, int]]]:
    """Return, by number of the turn, where a value that an API was called with is said first."""
    found: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
    done: set[tuple[str, str, str]] = set()
    for end, turn in enumerate(row.turns):
        for call in turn.get("calls", ()):
            for name, expression in _constraints(call):
                slot, value = snake(name), _value(expression)
                if call["api"] not in services or slot in _NEVER_SAID or not value:
                    continue
                for number in range(end):
                    place = _place(row.turns[number], value)
                    if place and (call["api"], slot, value) not in done:
                        found.setdefault(number, {})[call["api"], slot] = place
                        done.add((call["api"], slot, value))
    return found


def _constraints(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for constraint in call.get("constraints", ()):
        if isinstance(constraint, list) and len(constraint) == 2 and all(isinstance(part, str) for part in constraint):
            yield constraint[0], constraint[1]


def _value(expression: str) -> str:
    match = _EQUAL.match(expression)
    if match:
        return match.group(1)
    return "" if "api." in expression else expression


def _place(turn: dict[str, Any], value: str) -> tuple[int, int] | None:
    if turn["speaker"] != "user":
        return None
    match = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", turn["text"], re.IGNORECASE)
    return match.span() if match else None
