"""STAR (Mosig et al. 2020): tasks with an API each, and what the assistant called it with.

The set annotates no user turn. A turn is about the API that is called next. What that was called with is looked for
in its turns before the call; the first one that says a value tells it. Values that nobody said (the wizard's guesses,
expressions other than "is equal to") are left out. The state is thus derived, and its joint goal accuracy is not
comparable with published figures. Turns without a value are asked, but only taught where they open a task, agree,
decline or thank.
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
from training.tasks.dialogues.schema_guided import DialogueRow
from training.tasks.dialogues.steps import Conversation, Goal, Heard, Step, is_talk
from training.tasks.known import snake

FOLDER = "star"
_EQUAL = re.compile(r'^api\.is_equal_to\(["\'](.+)["\']\)$')
_PROPOSES = re.compile(
    r"\b(?:(?:shall|should|may|can) i|(?:would|do) you (?:like|want) (?:me )?to) "
    r"(?:go ahead|book|reserve|make|schedule|confirm|order|call|place|proceed)",
    re.IGNORECASE,
)
_YES = re.compile(r"^\W*(?:yes|yeah|yep|yup|sure|please do|ok(?:ay)?|perfect|absolutely|definitely|go ahead)\b", re.I)
_NO = re.compile(r"^\W*(?:no|nope|not)\b", re.IGNORECASE)
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
            names = tuple(map(snake, services))
            yield Conversation(row.id, f"{FOLDER} {','.join(services)}", names, tuple(_steps(row, services)))


def _steps(row: DialogueRow, services: list[str]) -> Iterator[Step]:
    about, said = _about(row, services), _first_said(row, services)
    heard = Heard()
    opened: set[str] = set()
    gold: dict[str, dict[str, tuple[str, ...]]] = {}
    for number, turn in enumerate(row.turns):
        service = about[number]
        short = snake(service)
        if turn["speaker"] == "system" and turn.get("text"):
            # "Shall I book it?"
            intent = f"{short}.ask" if _PROPOSES.search(turn["text"]) else ""
            heard = Heard(turn["text"], short, intent=intent)
        if turn["speaker"] != "user":
            continue
        places, talks = said.get(number, {}), is_talk(turn["text"])
        for slot, place in places.items():
            gold.setdefault(service, {})[slot] = (turn["text"][slice(*place)],)
        if not talks:
            # Who asks for something opens its task, with or without a value.
            opened.add(service)
        goals = (Goal(short, f"{short}.ask", dict(gold.get(service, {})), places),) if service in opened else ()
        accepts, rejects = bool(_YES.search(turn["text"])), bool(_NO.search(turn["text"]))
        yield Step(turn["text"], goals, heard, accepts, rejects, talks, is_annotated=False)


def _about(row: DialogueRow, services: list[str]) -> dict[int, str]:
    """Return the API of every turn: that of the next call, or of the last one."""
    found: dict[int, str] = {}
    following = ""
    for number in reversed(range(len(row.turns))):
        apis = [call["api"] for call in row.turns[number].get("calls", ()) if call["api"] in services]
        following = apis[0] if apis else following
        found[number] = following
    last = next((api for api in (found[number] for number in reversed(range(len(row.turns)))) if api), services[0])
    return {number: api or last for number, api in found.items()}


def _first_said(row: DialogueRow, services: list[str]) -> dict[int, dict[str, tuple[int, int]]]:
    """Return, by number of the turn, where a value that its API was called with is said first.

    What was only said while another API was spoken of is not of this one's state.
    """
    about = _about(row, services)
    found: dict[int, dict[str, tuple[int, int]]] = {}
    done: set[tuple[str, str, str]] = set()
    for end, turn in enumerate(row.turns):
        for call in turn.get("calls", ()):
            for name, expression in _constraints(call):
                slot, value = snake(name), _value(expression)
                if call["api"] not in services or slot in _NEVER_SAID or not value:
                    continue
                for number in range(end):
                    place = _place(row.turns[number], value) if about[number] == call["api"] else None
                    if place and (call["api"], slot, value) not in done:
                        found.setdefault(number, {})[slot] = place
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
