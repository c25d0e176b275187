import asyncio

import pytest

from agent.backends.base import Backend, Message, Prompt, Request
from agent.backends.scripted import ScriptedBackend, ScriptExhausted
from agent.errors import BackendUnavailable, DeadlineExceeded


def asked(text: str, deadline_seconds: float = 5.0) -> Request:
    prompt = Prompt(f"<|understand|><|state|> ask day<|user|> {text}<|commands|>", (Message("user", text),))
    return Request(prompt, deadline_seconds=deadline_seconds)


async def test_answers_are_used_in_order_and_requests_are_kept() -> None:
    backend = ScriptedBackend(["say chat\n", "refuse\n"])
    assert isinstance(backend, Backend)
    assert [await backend.complete(asked("hi")), await backend.complete(asked("ho"))] == ["say chat\n", "refuse\n"]
    assert [request.prompt.messages[0].content for request in backend.requests] == ["hi", "ho"]
    assert backend.remaining == 0


async def test_answers_can_be_added_later() -> None:
    backend = ScriptedBackend()
    backend.add("say chat\n", "refuse\n")
    assert [await backend.complete(asked("hi")), await backend.complete(asked("ho"))] == ["say chat\n", "refuse\n"]


async def test_an_answer_by_text_goes_before_the_ordered_ones_and_can_be_used_again() -> None:
    backend = ScriptedBackend(["refuse\n"], by_text={"hi": "say chat\n"})
    answers = [await backend.complete(asked(text)) for text in ("hi", "what", "hi")]
    assert answers == ["say chat\n", "refuse\n", "say chat\n"]


async def test_text_is_looked_up_as_the_model_reads_it() -> None:
    backend = ScriptedBackend(by_text={'say "good  night"': "say chat\n"})
    assert await backend.complete(asked('say " good night"')) == "say chat\n"


async def test_a_prompt_for_free_text_is_looked_up_by_its_body() -> None:
    backend = ScriptedBackend(by_text={"translate to german: good morning": "guten morgen"})
    prompt = Prompt("<|task|> translate to german: good morning<|reply|>", ())
    assert await backend.complete(Request(prompt)) == "guten morgen"


async def test_an_exception_in_the_script_is_raised() -> None:
    backend = ScriptedBackend([BackendUnavailable("the server is gone"), "refuse\n"])
    with pytest.raises(BackendUnavailable, match="the server is gone"):
        await backend.complete(asked("hi"))
    assert await backend.complete(asked("hi")) == "refuse\n"


async def test_a_function_answers_from_the_request() -> None:
    backend = ScriptedBackend([lambda request: request.prompt.messages[0].content.upper()])
    assert await backend.complete(asked("hi")) == "HI"


async def test_an_exhausted_script_names_the_prompt_and_what_it_has() -> None:
    backend = ScriptedBackend(["refuse\n"], by_text={"hello": "say chat\n"})
    await backend.complete(asked("one"))
    with pytest.raises(ScriptExhausted) as caught:
        await backend.complete(asked("two"))
    assert "<|user|> two<|commands|>" in str(caught.value)
    assert "1 answers in order, all used, and answers for ['hello']" in str(caught.value)
    assert "under 'two'" in str(caught.value)


async def test_a_slow_answer_meets_the_deadline() -> None:
    async def slow(request: Request) -> str:
        await asyncio.sleep(30)
        return "refuse\n"

    backend = ScriptedBackend([slow])
    with pytest.raises(DeadlineExceeded, match=r"0\.01 s"):
        await backend.complete(asked("hi", deadline_seconds=0.01))


@pytest.mark.parametrize("answer", ["one two  three\n", "  lead", "a", "start weather.forecast\nset place new york\n"])
async def test_the_stream_yields_words_that_join_to_the_answer(answer: str) -> None:
    pieces = [piece async for piece in ScriptedBackend([answer]).stream(asked("hi"))]
    assert "".join(pieces) == answer
    assert all(len(piece.split()) <= 1 for piece in pieces)


def test_a_script_that_is_one_string_is_refused() -> None:
    with pytest.raises(TypeError, match="a list of answers"):
        ScriptedBackend("refuse\n")
