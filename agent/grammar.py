"""The one grammar builder: which command lists are legal now, as Lark text in llguidance's dialect.

The same text holds the local backend, the vLLM server and the training loss. What is legal depends on the dialogue
state: only loaded intents can be started, only an intent's own slots follow its start, yes and no only answer a pending
question, and a free-text value is a run of words of what the user just said.

The text grows linearly with the user's words and with the catalogue.
"""

from __future__ import annotations

import json

from agent.catalogue import Catalogue
from agent.commands import WHOLE_TURN
from agent.prompting import as_read, chunks
from agent.types import DialogueState

GRAMMAR_VERSION = 2
MAX_REQUESTS = 3
"""Intents that one message may start."""
MAX_EDITS = 6
"""Slots that one message may set or clear per intent."""


def build_grammar(catalogue: Catalogue, state: DialogueState, text: str) -> str:
    """Return the grammar of the legal command lists for what the user said in this state.

    Args:
        catalogue: the skills that can be used.
        state: the dialogue state before the turn.
        text: the user's words; not empty.
    """
    rules = _Rules()
    active = state.active.intent if state.active else None
    paused = state.stack[-2].intent if len(state.stack) > 1 else None
    block = _requests(rules, catalogue, state)
    edit = _edits(rules, "edit", catalogue, active)
    # What may follow an answer are edits of the frame that is active after it.
    answer = _literals(rules, "answer", _answers(state))
    is_clarified = state.pending is not None and state.pending.kind == "clarify"
    bodies = [
        answer if is_clarified else rules.sequence(answer, _maybe(edit), _maybe(block)),
        rules.sequence(_literal("cancel\n") if active else "", _maybe(block)),
    ]
    if paused:
        bodies.append(
            rules.sequence(_literal("resume\n"), _maybe(_edits(rules, "resumed", catalogue, paused)), _maybe(block))
        )
    bodies += [rules.sequence(edit, _maybe(block)), block]
    alone = _literals(rules, "alone", _alone(catalogue, state))
    clarify = _clarify(rules, list(catalogue.skills))
    rules.first("start", [alone, clarify, *bodies])
    pieces = json.dumps(chunks(as_read(text)), ensure_ascii=False)
    # The intersection forbids the empty run and a run that starts inside a word ("set time30").
    rules.add("SPAN", f'%regex {{"substring_chunks": {pieces}}} & / (.|\\n)+/')
    return rules.text()


class _Rules:
    """The rules of a grammar as they are added; empty parts leave no rule."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, body: str) -> str:
        """Add a rule and return its name."""
        self._lines.append(f"{name}: {body}")
        return name

    def first(self, name: str, choices: list[str]) -> None:
        """Add the rule that everything starts from."""
        self._lines.insert(0, f"{name}: " + " | ".join(choice for choice in choices if choice))

    @staticmethod
    def sequence(first: str, *rest: str) -> str:
        """Return the parts one after the other; nothing where the first is missing."""
        return " ".join(part for part in (first, *rest) if part) if first else ""

    def text(self) -> str:
        """Return the grammar."""
        return "\n".join(self._lines) + "\n"


def _alone(catalogue: Catalogue, state: DialogueState) -> list[str]:
    """Commands that stand alone in a turn."""
    lines = ["refuse", "handoff"]
    if state.last_reply:
        lines.append("repeat")
    if state.last_receipt_id:
        lines.append("undo")
    if state.before:
        lines.append("retract")
    return lines + [f"say {name}" for name in catalogue.speaking]


def _clarify(rules: _Rules, skills: list[str]) -> str:
    """Any two skills in their order; rules share their tails, so that the text grows linearly with the skills."""
    if len(skills) < 2:
        return ""
    for number, name in enumerate(skills):
        last = number == len(skills) - 1
        if number > 0:
            after = "" if last else f" | second_{number + 1}"
            rules.add(f"second_{number}", _literal(f" {name}\n") + after)
        if not last:
            after = "" if number == len(skills) - 2 else f" | first_{number + 1}"
            rules.add(f"first_{number}", f"{_literal(f'clarify {name}')} second_{number + 1}{after}")
    return "first_0"


def _answers(state: DialogueState) -> list[str]:
    """Answers to the open question."""
    pending = state.pending
    if pending is None:
        return []
    lines = ["confirm", "deny"] if pending.kind in ("confirm", "resume", "unknown") else []
    return lines + [f"choose {number}" for number in range(1, len(pending.options) + 1)]


def _requests(rules: _Rules, catalogue: Catalogue, state: DialogueState) -> str:
    """Commands that open frames, each followed by the slots of its intent."""
    openers = [(f"start {intent}", intent) for intent in catalogue.intents]
    if state.last_frame and state.last_frame.intent in catalogue.intents:
        openers.append(("again", state.last_frame.intent))
    if not openers:
        return ""
    for number, (line, intent) in enumerate(openers):
        sets = _sets(catalogue, intent)
        tail = f" ({' | '.join(sets)}){{0,{MAX_EDITS}}}" if sets else ""
        rules.add(f"block_{number}", _literal(line + "\n") + tail)
    rules.add("block", " | ".join(f"block_{number}" for number in range(len(openers))))
    return f"block{{1,{MAX_REQUESTS}}}"


def _edits(rules: _Rules, name: str, catalogue: Catalogue, intent: str | None) -> str:
    """Commands that change an open frame."""
    if intent is None or intent not in catalogue.intents or not catalogue.intents[intent].slots:
        return ""
    clears = [_literal(f"clear {slot}\n") for slot in catalogue.intents[intent].slots]
    rules.add(name, " | ".join([*_sets(catalogue, intent), *clears]))
    return f"{name}{{1,{MAX_EDITS}}}"


def _sets(catalogue: Catalogue, intent: str) -> list[str]:
    rules = []
    for name in catalogue.intents[intent].slots:
        slot = catalogue.slot(intent, name)
        if slot.enum:
            values = "(" + " | ".join(_literal(f" {value}") for value in slot.enum) + ")"
        elif slot.whole:
            values = f"({_literal(f' {WHOLE_TURN}')} | SPAN)"
        else:
            values = "SPAN"
        rules.append(f"{_literal(f'set {name}')} {values} {_literal(chr(10))}")
    return rules


def _literals(rules: _Rules, name: str, lines: list[str]) -> str:
    return rules.add(name, " | ".join(_literal(line + "\n") for line in lines)) if lines else ""


def _maybe(rule: str) -> str:
    return f"({rule})?" if rule else ""


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
