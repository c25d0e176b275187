"""Twelve conversations as a new user types them: at least ten must end as the user wanted, with the bundled model."""

from pathlib import Path

from agent.backends.local import LocalBackend
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
