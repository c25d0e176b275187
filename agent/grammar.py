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
    rules: list[str] = []
    alone = _alone(catalogue, state)
    head = _head(state)
    edits = _edits(catalogue, state)
    openers = _openers(catalogue, state)
    edit = f"edit{{1,{MAX_EDITS}}}" if edits else ""
    block = f"block{{1,{MAX_REQUESTS}}}" if openers else ""

    bodies = []
    if head:
        rules.append("head: " + " | ".join(head))
        bodies.append(" ".join(["head", _maybe(edit), _maybe(block)]))
    if edit:
        rules.append("edit: " + " | ".join(edits))
        bodies.append(" ".join([edit, _maybe(block)]))
    if block:
        rules.append("block: " + " | ".join(f"block_{number}" for number in range(len(openers))))
        for number, (line, intent) in enumerate(openers):
            sets = _sets(catalogue, intent)
            tail = f" ({' | '.join(sets)}){{0,{MAX_EDITS}}}" if sets else ""
            rules.append(f"block_{number}: {_literal(line + chr(10))}{tail}")
        bodies.append(block)
    rules.insert(0, "start: " + " | ".join(["alone", *bodies]))
    rules.insert(1, "alone: " + " | ".join(alone))
    pieces = json.dumps(chunks(as_read(text)), ensure_ascii=False)
    # The intersection forbids the empty run and a run that starts inside a word ("set time30").
    rules.append(f'SPAN: %regex {{"substring_chunks": {pieces}}} & / (.|\\n)+/')
    return "\n".join(rules) + "\n"


def _alone(catalogue: Catalogue, state: DialogueState) -> list[str]:
    """Commands that stand alone in a turn."""
    lines = ["refuse", "handoff"]
    if state.last_reply:
        lines.append("repeat")
    if state.last_receipt_id:
        lines.append("undo")
    if state.before:
        lines.append("retract")
    lines += [f"say {name}" for name in catalogue.speaking]
    skills = list(catalogue.skills)
    for number, first in enumerate(skills):
        lines += [f"clarify {first} {second}" for second in skills[number + 1 :]]
    return [_literal(line + "\n") for line in lines]


def _head(state: DialogueState) -> list[str]:
    """Commands that open a turn: the answer to a pending question, or leaving the frame."""
    lines: list[str] = []
    pending = state.pending
    if pending:
        if pending.kind in ("confirm", "resume", "unknown"):
            lines += ["confirm", "deny"]
        lines += [f"choose {number}" for number in range(1, len(pending.options) + 1)]
    if state.active:
        lines.append("cancel")
    if len(state.stack) > 1:
        lines.append("resume")
    return [_literal(line + "\n") for line in lines]


def _edits(catalogue: Catalogue, state: DialogueState) -> list[str]:
    """Commands that change the active frame."""
    if state.active is None or state.active.intent not in catalogue.intents:
        return []
    intent = state.active.intent
    clears = [_literal(f"clear {slot}\n") for slot in catalogue.intents[intent].slots]
    return [*_sets(catalogue, intent), *clears]


def _openers(catalogue: Catalogue, state: DialogueState) -> list[tuple[str, str]]:
    """Commands that open a frame, each with the intent whose slots may be set after it."""
    openers = [(f"start {intent}", intent) for intent in catalogue.intents]
    if state.last_frame and state.last_frame.intent in catalogue.intents:
        openers.append(("again", state.last_frame.intent))
    return openers


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


def _maybe(rule: str) -> str:
    return f"({rule})?" if rule else ""


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
