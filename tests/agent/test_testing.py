"""The dialogue runner: it must be able to fail."""

from pathlib import Path

import pytest

from agent.errors import DeclarationError
from agent.testing import load_dialogues, run_dialogue

DIALOGUE = """
name: weather
turns:
  - user: weather in oslo
    commands: [start weather.forecast, set place oslo]
    expect:
      - action_done: {{intent: weather.forecast, place: {place}}}
    never: [{never}]
    says: [{says}]
end:
  receipts:
    - weather.forecast: {{place: {end}}}
  stack: [{stack}]
"""


async def problems(tmp_path: Path, **changes: str) -> str:
    values = {"place": "Oslo", "never": "refused", "says": "oslo", "end": "Oslo", "stack": ""} | changes
    (tmp_path / "one.yaml").write_text(DIALOGUE.format(**values))
    return "\n".join(await run_dialogue(load_dialogues(tmp_path)[0]))


async def test_a_dialogue_that_goes_as_expected_has_no_problems(tmp_path: Path) -> None:
    assert await problems(tmp_path) == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"place": "Rome"}, "expected event action_done"),
        ({"never": "action_done"}, "must not occur"),
        ({"says": "bananas"}, "expected the reply to hold 'bananas'"),
        ({"end": "Rome"}, "expected the receipt weather.forecast"),
        ({"stack": "weather.forecast"}, "expected the open intents"),
    ],
)
async def test_what_went_otherwise_is_said(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert message in await problems(tmp_path, **changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [("name: [", "is not YAML"), ("turns: []", "no 'name'"), ("name: a\nturns: [{user: yes}]", "quote words")],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(DeclarationError, match=message):
        load_dialogues(tmp_path)
