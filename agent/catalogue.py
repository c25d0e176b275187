"""The skills a conversation can use, as one immutable value that grammar, prompt and stack look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from agent.declaration import Intent, Skill, Slot


@dataclass(frozen=True)
class Catalogue:
    """All loaded skills.

    >>> catalogue = Catalogue.of(load_skills([Path("prompts")]).values())
    >>> catalogue.intents["weather.forecast"].slots
    ('place', 'day')
    """

    skills: Mapping[str, Skill] = field(default_factory=dict)
    # By name, in a stable order.
    name: str = ""
    # Of a catalogue that a model knows by name from training, such as a public data set's intents; empty for the
    # skills of an assistant.

    @classmethod
    def of(cls, skills: Iterable[Skill], name: str = "") -> Catalogue:
        """Make a catalogue, ordered by skill name."""
        return cls({skill.name: skill for skill in sorted(skills, key=lambda skill: skill.name)}, name)

    @cached_property
    def intents(self) -> dict[str, Intent]:
        """Every intent by full name."""
        return {name: intent for skill in self.skills.values() for name, intent in skill.intents.items()}

    @cached_property
    def speaking(self) -> tuple[str, ...]:
        """Names of the skills that can `say` without a frame."""
        return tuple(name for name, skill in self.skills.items() if skill.speaks)

    def skill_of(self, intent_name: str) -> Skill:
        """Return the skill an intent belongs to."""
        return self.skills[self.intents[intent_name].skill]

    def slot(self, intent_name: str, slot_name: str) -> Slot:
        """Return a slot's declaration."""
        return self.skill_of(intent_name).slots[slot_name]

    @cached_property
    def signatures(self) -> dict[str, str]:
        """Per intent, and per speaking skill as `say NAME`, a digest of what a model must know of it."""
        digests = {name: self.skill_of(name).signature(name) for name in self.intents}
        return digests | {f"say {name}": "1" for name in self.speaking}
