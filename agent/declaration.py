"""What a skill declares: its intents, their slots, its prompt and replies, as plain data.

``agent.skill_file`` reads it from a SKILL.md; everything else in the library knows these classes alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Slot:
    """A named parameter of the skill's intents."""

    name: str
    description: str = ""
    # Shown in help texts and in the prompts of models that read catalogues.
    type: str = "string"
    # JSON Schema type of the resolved value: string, integer, number, boolean.
    enum: tuple[str, ...] = ()
    # The legal values when they are fixed; the model writes one of them.
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # How people say an enum value: {"german": ("deutsch", "german")}.
    minimum: float | None = None
    # Smallest legal value of a number.
    maximum: float | None = None
    # Largest legal value of a number.
    default: Any = None
    # Used when the slot is optional and was not said.
    ask: str = ""
    # The question for it.
    resolver: str = "text"
    # Which resolver turns the user's words into the value.
    choices_from: str = ""
    # "action": the skill's action offers what can be picked.
    whole: bool = False
    # True when the value may be the whole turn (the mark @all).
    carry: bool = False
    # True when a later frame of the same intent takes the value over ("and tomorrow?").
    examples: tuple[str, ...] = ()
    # Sample values, for training rows; lines may be sentence templates ("<rooms> (light|lamp)").
    example_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Sample values of one sort, for templates that say `{slot:group}`.
    vary_numbers: bool = False
    # True when the digits of a sample value stand for any other digits (reference codes).
    vary_words: bool = False
    # True when its words do: a text that is copied whatever it says (what to translate).


@dataclass(frozen=True)
class Intent:
    """Something the user can want from a skill."""

    name: str
    # Full name, "booking.restaurant".
    skill: str
    description: str = ""
    required: tuple[str, ...] = ()
    # Slots that must be filled, in the order they are asked for.
    optional: tuple[str, ...] = ()
    # Slots that may be filled.
    confirm: bool = False
    # Ask yes or no before acting.
    effect: bool = False
    # The action changes something in the world.
    undo: bool = False
    # The action can be compensated.
    generate: bool = False
    # The model writes a text with the skill's prompt (handed to the action, or said as it is).
    beams: int = 1
    # Unfinished texts that it keeps side by side while it writes (beam search); 1 is greedy.

    @property
    def slots(self) -> tuple[str, ...]:
        """All slot names, required ones first."""
        return self.required + self.optional


@dataclass(frozen=True)
class Skill:
    """One declaration, as read from its file."""

    name: str
    description: str
    path: Path
    prose: str = ""
    # The body without the labelled blocks.
    action: str = ""
    # Name of the entry point (group factotum.actions) that acts; empty when the skill only speaks.
    intents: Mapping[str, Intent] = field(default_factory=dict)
    # By full name.
    slots: Mapping[str, Slot] = field(default_factory=dict)
    prompt: str = ""
    # Jinja source of the prompt for free text.
    replies: Mapping[str, str] = field(default_factory=dict)
    # Jinja sources by label: "forecast", "forecast.confirm", ...
    utterances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Sentence templates by short intent name ("forecast"), or "say" for talk without a frame.
    examples: tuple[Mapping[str, Any], ...] = ()
    fallback: tuple[str, ...] = ()
    # Sentence templates of what the skill is *not* for: asking about a thing is not doing it.

    @property
    def speaks(self) -> bool:
        """True when the skill can answer in free text without a frame (`say SKILL`)."""
        return bool(self.prompt) and "say" in self.utterances

    def signature(self, intent_name: str) -> str:
        """Return a digest of what a model must know of an intent: its name and the shape of its slots."""
        intent = self.intents[intent_name]
        shape = [[name, list(self.slots[name].enum), self.slots[name].whole] for name in sorted(intent.slots)]
        return hashlib.sha256(json.dumps([intent_name, shape]).encode()).hexdigest()[:16]
