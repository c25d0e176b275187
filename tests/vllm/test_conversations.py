"""The skill conversations over a real vLLM server with the bundled model."""

from pathlib import Path

import pytest

from agent.backends.vllm import VllmBackend
from agent.serving import ModelServer
from agent.settings import BUNDLED_MODEL
from agent.testing import load_dialogues, run_dialogue

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not (BUNDLED_MODEL / "config.json").is_file(), reason="no bundled model in this tree"),
]
CONVERSATIONS = load_dialogues(Path(__file__).parents[1] / "dialogues" / "first_contact")
MUST_PASS = 10


async def test_at_least_ten_of_twelve_conversations_end_as_the_user_wanted(vllm_server: ModelServer) -> None:
    backend = VllmBackend(vllm_server.url, model=vllm_server.served_name, model_dir=BUNDLED_MODEL)
    await backend.start()
    failures = {dialogue.name: await run_dialogue(dialogue, backend) for dialogue in CONVERSATIONS}
    await backend.close()
    failed = {name: problems for name, problems in failures.items() if problems}
    assert len(CONVERSATIONS) - len(failed) >= MUST_PASS, failed
