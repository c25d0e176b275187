"""Dialogue tests as data: YAML conversations, held against what happened rather than how it was worded.

    name: books after a correction
    turns:
      - user: book a table for two tomorrow at eight
        commands: [start booking.restaurant, set people two, ...]   # only for the scripted backend
        expect:
          - question_asked: {slot: venue}                           # events that must occur, in this order
        never: [action_done]                                        # events that must not occur
        says: [which]                                               # parts of the reply, any case
    end:
      receipts:
        - booking.restaurant: {people: 2, time: "20:00"}            # exactly these effects or findings, in order
      stack: []                                                     # intents still open

A value in `expect` or `receipts` matches when it is equal; a list of values matches any of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from agent.app import Agent
from agent.backends.base import Backend
from agent.backends.scripted import ScriptedBackend
from agent.errors import DeclarationError, Problem
from agent.settings import Settings
from agent.store.memory import MemoryStore
from agent.types import Event, Receipt, Reply

DEFAULT_NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
"""A Wednesday morning: the clock of a dialogue that names none."""


@dataclass(frozen=True)
class Dialogue:
    """One conversation with what must come of it."""

    name: str
    path: Path
    turns: tuple[Mapping[str, Any], ...]
    end: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = DEFAULT_NOW
    tags: tuple[str, ...] = ()


def load_dialogues(path: Path) -> list[Dialogue]:
    """Read a YAML file (one or more documents), or every ``*.yaml`` below a folder.

    Raises:
        DeclarationError: a file that is not such a list of conversations.
    """
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    dialogues: list[Dialogue] = []
    problems: list[Problem] = []
    for file in files:
        try:
            documents = [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document]
        except yaml.YAMLError as error:
            problems.append(Problem(file, 0, f"is not YAML: {error}"))
            continue
        for document in documents:
            if not isinstance(document, dict) or not {"name", "turns"} <= set(document):
                problems.append(Problem(file, 0, f"{str(document)[:60]!r} has no 'name' and 'turns'"))
                continue
            unknown = set(document) - {"name", "turns", "end", "now", "tags"}
            if unknown:
                problems.append(Problem(file, 0, f"{document['name']!r} has unknown fields {sorted(unknown)}"))
            for turn in document["turns"]:
                if not isinstance(turn, dict) or not isinstance(turn.get("user"), str):
                    message = (
                        f"{document['name']!r}: a turn's 'user' must be text, got {turn!r}; quote words like \"yes\""
                    )
                    problems.append(Problem(file, 0, message))
            now = document.get("now", DEFAULT_NOW)
            now = now if now.tzinfo else now.replace(tzinfo=UTC)
            turns = tuple(document["turns"])
            end, tags = document.get("end") or {}, tuple(document.get("tags", ()))
            dialogues.append(Dialogue(document["name"], file, turns, end, now, tags))
    if problems:
        raise DeclarationError(problems)
    return dialogues


async def run_dialogue(dialogue: Dialogue, backend: Backend | None = None) -> list[str]:
    """Hold a conversation in a fresh agent and return what went otherwise than expected; empty when it passed.

    Args:
        dialogue: the conversation.
        backend: the model, started; None plays the dialogue's own ``commands`` with the scripted backend.
    """
    if backend is None:
        script: list[str | Exception] = []
        for turn in dialogue.turns:
            if turn.get("commands"):
                script.append("".join(f"{line}\n" for line in turn["commands"]))
            script.extend(turn.get("writes", ()))
        backend = ScriptedBackend(script)
    moments = _clock(dialogue.now)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), lang="en", timezone="UTC")
        agent = Agent(settings, backend=backend, store=MemoryStore(), clock=lambda: next(moments))
        failures: list[str] = []
        receipts: list[Receipt] = []
        reply: Reply | None = None
        async with agent:
            for number, turn in enumerate(dialogue.turns, 1):
                reply = await agent.say(turn["user"], session="test")
                receipts += reply.receipts
                failures += [f"turn {number} ({turn['user']!r}): {problem}" for problem in _check_turn(turn, reply)]
        if reply is not None:
            failures += [f"at the end: {problem}" for problem in _check_end(dialogue.end, receipts, reply)]
    return failures


def _clock(start: datetime) -> Iterator[datetime]:
    while True:
        yield start
        start += timedelta(seconds=20)


def _check_turn(turn: Mapping[str, Any], reply: Reply) -> Iterator[str]:
    said = f"after commands {list(reply.commands)} it said {reply.text!r}"
    position = 0
    for expected in turn.get("expect", ()):
        kind, fields = next(iter(expected.items())) if isinstance(expected, dict) else (expected, {})
        found = next((n for n in range(position, len(reply.events)) if _fits(reply.events[n], kind, fields)), None)
        if found is None:
            happened = [event.kind for event in reply.events[position:] if event.kind != "token"]
            yield f"expected event {kind} {fields}, then had {happened}; {said}"
        else:
            position = found + 1
    for kind in turn.get("never", ()):
        if any(event.kind == kind for event in reply.events):
            yield f"event {kind} must not occur; {said}"
    for part in turn.get("says", ()):
        parts = part if isinstance(part, list) else [part]
        if not any(str(one).lower() in reply.text.lower() for one in parts):
            yield f"expected the reply to hold {part!r}; {said}"


def _fits(event: Event, kind: str, fields: Mapping[str, Any] | None) -> bool:
    if event.kind != kind:
        return False
    data = dict(event.data)
    if isinstance(data.get("receipt"), dict):
        data = {**data["receipt"].get("facts", {}), **data["receipt"], **data["receipt"].get("arguments", {})}
    return all(_equal(data.get(name), value) for name, value in (fields or {}).items())


def _check_end(end: Mapping[str, Any], receipts: list[Receipt], reply: Reply) -> Iterator[str]:
    if "receipts" in end:
        expected = [next(iter(item.items())) for item in end["receipts"]]
        got = [(receipt.intent, {**receipt.facts, **receipt.arguments}) for receipt in receipts]
        short = [(intent, dict(list(values.items())[:8])) for intent, values in got]
        if len(expected) != len(got):
            yield f"expected {len(expected)} receipts, got {short}; it last said {reply.text!r}"
        for (intent, values), (got_intent, got_values) in zip(expected, got, strict=False):
            wrong = {
                name: got_values.get(name) for name, value in values.items() if not _equal(got_values.get(name), value)
            }
            if intent != got_intent or wrong:
                yield f"expected the receipt {intent} {values}, got {got_intent} {wrong or got_values}"
    if "stack" in end:
        stack = [frame.intent for frame in reply.state.stack]
        if stack != list(end["stack"]):
            yield f"expected the open intents {list(end['stack'])}, got {stack}"


def _equal(got: Any, expected: Any) -> bool:
    if isinstance(expected, list) and not isinstance(got, list):
        return any(_equal(got, one) for one in expected)
    if isinstance(expected, str) and isinstance(got, str):
        return got.lower() == expected.lower()
    return bool(got == expected)
