"""Plays the scripted dialogues: the right commands are given, everything else is real (skills, providers, stack)."""

from pathlib import Path

import pytest

from agent.testing import Dialogue, load_dialogues, run_dialogue

DIALOGUES = load_dialogues(Path(__file__).parent / "scripted")


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
async def test_scripted_dialogue(dialogue: Dialogue) -> None:
    assert await run_dialogue(dialogue) == []
