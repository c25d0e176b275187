"""A small catalogue made in code, so that the core is tested without any skill file."""

from pathlib import Path

import pytest

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from tests.agent.talking import Talk


def make_skill(name: str, intents: dict[str, list[str]], slots: list[Slot]) -> Skill:
    return Skill(
        name,
        f"The {name} skill.",
        Path(name) / "SKILL.md",
        intents={f"{name}.{i}": Intent(f"{name}.{i}", name, required=tuple(s)) for i, s in intents.items()},
        slots={slot.name: slot for slot in slots},
        prompt=f"{name}: {{{{ utterance }}}}",
        utterances={"say": ("hello",)},
    )


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue.of(
        [
            make_skill("weather", {"forecast": ["place", "day"]}, [Slot("place"), Slot("day")]),
            make_skill(
                "translation",
                {"translate": ["text", "target"]},
                [Slot("text", whole=True), Slot("target", enum=("german", "english"))],
            ),
        ]
    )


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)
