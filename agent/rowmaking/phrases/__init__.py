"""What people say to the dialogue itself rather than to a skill: yes, no, never mind, the second one, make it {v}.

Sentence templates; `{v}` is a value, `{old}` the value before, `{s}` how a slot is called, `{name}` how a frame is
called. They belong to the command language, so they are the same for every catalogue.
"""

from __future__ import annotations

from agent.rowmaking.phrases.control import (
    AGAIN,
    AGAIN_BUT,
    CANCEL,
    CANCEL_NOTHING,
    DROPS,
    HANDOFF,
    NAMES,
    NO,
    REPEAT,
    RESUME,
    RETRACT,
    UNDO,
    YES,
    YES_AND,
    YES_BUT,
)
from agent.rowmaking.phrases.corrections import (
    CLEAR,
    CORRECTION,
    NAMED_CORRECTION,
)
from agent.rowmaking.phrases.requests import (
    ASIDES,
    ASKED,
    CLOSERS,
    JOIN,
    OPENERS,
    ORDERS,
)
from agent.rowmaking.phrases.values import (
    ANSWER,
    ANSWERS,
    ANY,
    CHOOSE,
    CHOOSE_NAME,
    FOLLOW_UP,
    FOLLOW_UPS,
    NEXT,
    SLOT_NAMES,
    UNCLEAR,
)

__all__ = [
    "AGAIN",
    "AGAIN_BUT",
    "ANSWER",
    "ANSWERS",
    "ANY",
    "ASIDES",
    "ASKED",
    "CANCEL",
    "CANCEL_NOTHING",
    "CHOOSE",
    "CHOOSE_NAME",
    "CLEAR",
    "CLOSERS",
    "CORRECTION",
    "DROPS",
    "FOLLOW_UP",
    "FOLLOW_UPS",
    "HANDOFF",
    "JOIN",
    "NAMED_CORRECTION",
    "NAMES",
    "NEXT",
    "NO",
    "OPENERS",
    "ORDERS",
    "REPEAT",
    "RESUME",
    "RETRACT",
    "SLOT_NAMES",
    "TEMPLATES",
    "UNCLEAR",
    "UNDO",
    "YES",
    "YES_AND",
    "YES_BUT",
]

TEMPLATES: tuple[tuple[str, ...], ...] = (
    YES, NO, YES_BUT, YES_AND, CANCEL, UNDO, REPEAT, HANDOFF, RESUME, RETRACT, AGAIN, AGAIN_BUT, ANSWER,
    *ANSWERS.values(), ANY, CHOOSE, CHOOSE_NAME, CORRECTION, NAMED_CORRECTION, CLEAR, FOLLOW_UP, *FOLLOW_UPS.values(),
    NEXT, UNCLEAR,
)  # fmt: skip
"""The lists of sentence templates: about a tenth of each is for evaluation alone."""
