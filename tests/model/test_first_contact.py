"""Twelve conversations as a new user types them: at least ten must end as the user wanted, with the bundled model."""

from pathlib import Path

import pytest

from agent import Agent, Request, Settings
from agent.backends.local import LocalBackend
from agent.store.memory import MemoryStore
from agent.testing import load_dialogues, run_dialogue

CONVERSATIONS = load_dialogues(Path(__file__).parents[1] / "dialogues" / "first_contact")
MUST_PASS = 10


def test_there_are_twelve_of_them_two_a_skill() -> None:
    tags = [tag for dialogue in CONVERSATIONS for tag in dialogue.tags]
    assert len(CONVERSATIONS) == 12
    assert {tag: tags.count(tag) for tag in tags} == dict.fromkeys(
        ["booking", "weather", "smart_home", "tutoring", "translation", "out_of_scope"], 2
    )


async def test_at_least_ten_of_twelve_conversations_end_as_the_user_wanted(local: LocalBackend) -> None:
    failures = {dialogue.name: await run_dialogue(dialogue, local) for dialogue in CONVERSATIONS}
    failed = {name: problems for name, problems in failures.items() if problems}
    assert len(CONVERSATIONS) - len(failed) >= MUST_PASS, failed


async def test_a_skill_of_ones_own_is_listed_for_a_model_that_was_passed_in(
    local: LocalBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".factotum/skills/tides/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(
        "---\nname: tides\ndescription: Tells the tides.\n---\nTell the tides.\n\n"
        "```yaml intents\ntell:\n  description: the tide table\n  generate: true\n```\n\n```jinja prompt\ntides\n```\n"
    )
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []
    complete = local.complete

    async def noting(request: Request) -> str:
        asked.append(request.prompt.text)
        return await complete(request)

    monkeypatch.setattr(local, "complete", noting)
    async with Agent(Settings(data_dir=tmp_path), backend=local, store=MemoryStore()) as agent:
        await agent.say("hello")
    assert "tides.tell: the tide table" in asked[0]
    assert "weather.forecast" not in asked[0]
