import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="the extra `langchain` is not installed")

from langchain_core.language_models import BaseChatModel, FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.backends.base import Backend, Message, Prompt, Request
from agent.backends.langchain import LangChainBackend
from agent.errors import BackendUnavailable, DeadlineExceeded

PROMPT = Prompt("<|user|> hi<|commands|>", (Message("system", "be short"), Message("user", "hi")))


class Recording(BaseChatModel):
    """Keeps what it was asked, and with which options."""

    answer: Any = "refuse\n"
    seen: list[Any] = []
    delay_seconds: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "recording"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append((messages, kwargs))
        await asyncio.sleep(self.delay_seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.answer))])


async def test_the_chat_form_of_the_prompt_is_sent() -> None:
    model = Recording(seen=[])
    backend = LangChainBackend(model)
    assert isinstance(backend, Backend)
    assert await backend.complete(Request(PROMPT)) == "refuse\n"
    messages, _ = model.seen[0]
    assert [(message.type, message.content) for message in messages] == [("system", "be short"), ("human", "hi")]


@pytest.mark.parametrize(
    ("answer", "commands"),
    [
        ("```\nrefuse\n```", "refuse\n"),
        ("```text\nstart a.b\nset c d\n```\n", "start a.b\nset c d\n"),
        ("refuse\n", "refuse\n"),
        ("Sure! refuse", "Sure! refuse"),
    ],
)
async def test_commands_lose_their_code_fence_and_nothing_else(answer: str, commands: str) -> None:
    backend = LangChainBackend(FakeListChatModel(responses=[answer]))
    assert await backend.complete(Request(PROMPT, grammar='start: "refuse"')) == commands


async def test_free_text_keeps_its_code_fence() -> None:
    backend = LangChainBackend(FakeListChatModel(responses=["```\nprint(1)\n```"]))
    assert await backend.complete(Request(PROMPT)) == "```\nprint(1)\n```"


async def test_content_blocks_are_joined_to_their_text() -> None:
    backend = LangChainBackend(Recording(answer=[{"type": "text", "text": "re"}, {"type": "text", "text": "fuse"}]))
    assert await backend.complete(Request(PROMPT)) == "refuse"


async def test_free_text_streams_in_pieces() -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage(content="guten morgen und gute nacht")]))
    pieces = [piece async for piece in LangChainBackend(model).stream(Request(PROMPT))]
    assert "".join(pieces) == "guten morgen und gute nacht"
    assert len(pieces) > 3


async def test_streamed_commands_come_whole_and_without_fence() -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage(content="```\nrefuse\n```")]))
    stream = LangChainBackend(model).stream(Request(PROMPT, grammar='start: "refuse"'))
    assert [piece async for piece in stream] == ["refuse\n"]


async def test_a_model_that_raises_is_unavailable_and_the_cause_is_kept() -> None:
    backend = LangChainBackend(Recording(answer=ValueError("no such key")))
    with pytest.raises(BackendUnavailable, match="Recording failed: ValueError: no such key") as caught:
        await backend.complete(Request(PROMPT))
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_stream_that_breaks_is_unavailable_after_the_pieces_before() -> None:
    class Breaking(FakeListChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            async for chunk in super()._astream(*args, **kwargs):
                yield chunk
            raise ConnectionResetError("peer went away")

    stream = LangChainBackend(Breaking(responses=["ja"])).stream(Request(PROMPT))
    assert [await anext(stream), await anext(stream)] == ["j", "a"]
    with pytest.raises(BackendUnavailable, match="peer went away"):
        await anext(stream)


async def test_a_slow_model_meets_the_deadline() -> None:
    backend = LangChainBackend(Recording(delay_seconds=30.0))
    with pytest.raises(DeadlineExceeded, match=r"within 0\.02 s"):
        await backend.complete(Request(PROMPT, deadline_seconds=0.02))
    with pytest.raises(DeadlineExceeded, match=r"within 0\.02 s"):
        await anext(backend.stream(Request(PROMPT, deadline_seconds=0.02)))


async def test_the_callers_own_time_between_pieces_is_not_interrupted() -> None:
    backend = LangChainBackend(FakeListChatModel(responses=["ja"]))
    stream = backend.stream(Request(PROMPT, deadline_seconds=0.05))
    assert await anext(stream) == "j"
    await asyncio.sleep(0.1)  # past the deadline: must not be cancelled here
    await stream.aclose()  # type: ignore[attr-defined]


async def test_the_grammar_is_passed_where_the_caller_says_how() -> None:
    model = Recording(seen=[])
    backend = LangChainBackend(model, grammar_options=lambda lark: {"extra_body": {"grammar": lark}})
    await backend.complete(Request(PROMPT, grammar='start: "refuse"'))
    await backend.complete(Request(PROMPT))
    assert [options.get("extra_body") for _, options in model.seen] == [{"grammar": 'start: "refuse"'}, None]


def test_importing_the_backend_does_not_import_langchain() -> None:
    code = "import sys, agent.backends.langchain; print([name for name in sys.modules if name.startswith('langchain')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
