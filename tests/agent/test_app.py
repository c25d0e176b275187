"""The Agent façade: what it makes it closes, what it is given it leaves, and any LangChain chat model can drive it."""

import asyncio
from pathlib import Path

import pytest

from agent import Agent, DeclarationError, ModelError, Settings, StoreError
from agent.backends.scripted import ScriptedBackend
from agent.store.memory import MemoryStore

WEATHER = "start weather.forecast\nset place oslo\n"


def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, lang="en", timezone="UTC")


async def test_an_embedded_agent_answers_with_a_receipt(tmp_path: Path) -> None:
    async with Agent(settings(tmp_path), backend=ScriptedBackend([WEATHER]), store=MemoryStore()) as agent:
        reply = await agent.say("weather in oslo", session="anna")
    assert reply.receipts[0].facts["place"] == "Oslo"
    assert reply.receipts[0].simulated
    assert "sample" in reply.text


async def test_a_stream_ends_with_the_reply(tmp_path: Path) -> None:
    async with Agent(settings(tmp_path), backend=ScriptedBackend([WEATHER]), store=MemoryStore()) as agent:
        items = [item async for item in agent.stream("weather in oslo")]
    kinds = [getattr(item, "kind", "the reply") for item in items]
    assert kinds[0] == "turn_started"
    assert kinds[-1] == "the reply"
    assert kinds.index("understood") < kinds.index("action_started") < kinds.index("action_done")


async def test_what_was_passed_in_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, backend = MemoryStore(), ScriptedBackend([])
    closed: list[str] = []

    async def close() -> None:
        closed.append("closed")

    monkeypatch.setattr(store, "close", close)
    monkeypatch.setattr(backend, "close", close)
    async with Agent(settings(tmp_path), backend=backend, store=store):
        pass
    assert closed == []


async def test_an_agent_that_was_not_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="async with Agent"):
        await Agent(settings(tmp_path)).say("hello")


async def test_a_missing_model_fails_the_start_and_leaves_no_server_behind(tmp_path: Path) -> None:
    broken = settings(tmp_path).model_copy(update={"model_dir": tmp_path / "nowhere"})
    agent = Agent(broken, store=MemoryStore())
    with pytest.raises(ModelError, match="nowhere"):
        await agent.start()


async def test_a_broken_skill_file_fails_the_start_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".factotum/skills/tides/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\nname: tides\n---\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeclarationError, match=r"SKILL\.md:\d+: description is missing"):
        await Agent(settings(tmp_path), backend=ScriptedBackend([]), store=MemoryStore()).start()


async def test_a_skill_of_ones_own_is_used_without_any_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".factotum/skills/poems/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(
        "---\nname: poems\ndescription: Writes poems.\n---\nWrite short poems.\n\n"
        "```yaml intents\nwrite:\n  description: the poem\n  required: [topic]\n  generate: true\n  beams: 2\n```\n\n"
        "```yaml slots\ntopic:\n  x-value: whole\n  x-ask: What about?\n```\n\n"
        "```jinja prompt\nwrite a poem about {{ topic }}\n```\n"
    )
    monkeypatch.chdir(tmp_path)
    backend = ScriptedBackend(["start poems.write\n", "set topic the sea\n", "Blue, and wide."])
    async with Agent(settings(tmp_path), backend=backend, store=MemoryStore()) as agent:
        assert (await agent.say("a poem please")).text == "What about?"
        assert (await agent.say("the sea")).text == "Blue, and wide."
    assert backend.requests[-1].prompt.text == "<|task|> write a poem about the sea<|reply|>"
    assert [request.beams for request in backend.requests] == [1, 1, 2]
    assert backend.requests[-1].max_tokens == 12 + len("the sea") // 2


async def test_a_langchain_chat_model_drives_the_same_dialogue(tmp_path: Path) -> None:
    models = pytest.importorskip("langchain_core.language_models.fake_chat_models", reason="needs the extra langchain")
    from agent.backends.langchain import LangChainBackend

    chat = models.FakeListChatModel(responses=[f"```\n{WEATHER}```", "I would rather not say."])
    async with Agent(settings(tmp_path), backend=LangChainBackend(chat), store=MemoryStore()) as agent:
        reply = await agent.say("weather in oslo")
        assert reply.receipts[0].facts["place"] == "Oslo"
        reply = await agent.say("and tomorrow?")
        assert reply.error == "IllegalCommands"
        assert reply.receipts == ()


async def test_two_people_who_ask_for_the_same_table_size_and_time_get_a_booking_each(tmp_path: Path) -> None:
    book = "start booking.restaurant\nset people two\nset venue trattoria esempio\nset day friday\nset time 8 pm\n"
    backend = ScriptedBackend([book, "confirm\n"] * 2)
    async with Agent(settings(tmp_path), backend=backend, store=MemoryStore()) as agent:
        references = []
        for session in ("anna", "bob"):
            await agent.say("trattoria esempio for two on friday at 8 pm", session=session)
            references.append((await agent.say("yes", session=session)).receipts[0].facts["reference"])
    assert references[0] != references[1]


async def test_what_second_messages_do_can_be_said_for_one_agent(tmp_path: Path) -> None:
    async def slow(request: object) -> str:
        await asyncio.sleep(5)
        return WEATHER

    backend = ScriptedBackend([slow])
    async with Agent(settings(tmp_path), second_message="reject", backend=backend, store=MemoryStore()) as agent:
        first = asyncio.create_task(agent.say("weather in oslo"))
        await asyncio.sleep(0.05)
        with pytest.raises(StoreError, match="busy with another message"):
            await agent.say("and in rome")
        first.cancel()
        await asyncio.wait([first])
