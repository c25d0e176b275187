"""The vLLM backend against a stub server, one test a way to fail. The real server is tested in tests/vllm."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.backends.base import Backend, Message, Prompt, Request
from agent.backends.vllm import VllmBackend
from agent.errors import BackendUnavailable, DeadlineExceeded, ModelNotUsable
from tests.stub_model_server import Mode, StubModelServer

PROMPT = Prompt("<|understand|><|user|> hi<|commands|>", (Message("user", "hi"),))
ASK = Request(PROMPT, deadline_seconds=5.0)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[StubModelServer]:
    async with StubModelServer() as stub:
        yield stub


@pytest_asyncio.fixture
async def backend(server: StubModelServer) -> AsyncIterator[VllmBackend]:
    made = VllmBackend(server.base_url)
    yield made
    await made.close()


async def streamed(backend: VllmBackend, request: Request = ASK) -> list[str]:
    return [piece async for piece in backend.stream(request)]


async def test_the_request_carries_prompt_grammar_and_greedy_decoding(
    server: StubModelServer, backend: VllmBackend
) -> None:
    assert isinstance(backend, Backend)
    assert await backend.complete(Request(PROMPT, grammar='start: "refuse\\n"', max_tokens=7)) == "refuse\n"
    assert server.requests == [
        {
            "prompt": PROMPT.text,
            "max_tokens": 7,
            "temperature": 0.0,
            "stream": False,
            "add_special_tokens": False,
            "skip_special_tokens": True,
            "structured_outputs": {"grammar": 'start: "refuse\\n"'},
        }
    ]


async def test_free_text_has_no_grammar_and_sampling_has_a_seed(server: StubModelServer, backend: VllmBackend) -> None:
    await backend.complete(Request(PROMPT, temperature=2.0, seed=7))
    assert "structured_outputs" not in server.requests[0]
    assert (server.requests[0]["temperature"], server.requests[0]["seed"]) == (2.0, 7)


async def test_beams_are_searched_by_the_server_and_not_streamed(server: StubModelServer, backend: VllmBackend) -> None:
    server.answer = "guten morgen"
    assert await streamed(backend, Request(PROMPT, beams=4)) == ["guten morgen"]
    asked = server.requests[0]
    assert (asked["use_beam_search"], asked["n"], asked["stream"]) == (True, 4, False)
    await backend.complete(Request(PROMPT))
    assert not {"use_beam_search", "n"} & server.requests[1].keys()


async def test_the_named_model_and_the_key_are_sent(server: StubModelServer) -> None:
    backend = VllmBackend(server.base_url, model="factotum", api_key="secret")
    await backend.start()
    assert server.requests[0]["model"] == "factotum"
    assert {headers.get("authorization") for headers in server.headers} == {"Bearer secret"}
    await backend.close()


async def test_one_connection_serves_call_after_call(server: StubModelServer, backend: VllmBackend) -> None:
    for _ in range(5):
        await backend.complete(ASK)
    assert await streamed(backend) == await streamed(backend) == ["refuse\n"]
    assert server.connections == 1


async def test_the_stream_yields_pieces_as_they_come(server: StubModelServer, backend: VllmBackend) -> None:
    # U+2028 ends a line for str.splitlines, but not in server-sent events.
    server.answer = "guten morgen\u2028und gute nacht ✓"
    assert await streamed(backend) == ["guten", " morgen\u2028und", " gute", " nacht", " ✓"]


@pytest.mark.parametrize("suffix", ["", "/"])
async def test_the_url_may_end_with_or_without_version(server: StubModelServer, suffix: str) -> None:
    for base in (server.base_url, server.base_url.removesuffix("/v1")):
        backend = VllmBackend(base + suffix)
        assert backend.base_url == server.base_url
        assert await backend.complete(ASK) == "refuse\n"
        await backend.close()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "", "http://"])
def test_what_is_no_url_of_a_server_is_refused_at_once(url: str) -> None:
    with pytest.raises(BackendUnavailable, match="expected"):
        VllmBackend(url)


async def test_start_has_a_word_generated_under_a_grammar(server: StubModelServer, backend: VllmBackend) -> None:
    await backend.start()
    assert [request["structured_outputs"] for request in server.requests] == [{"grammar": 'start: "ready"'}]


async def test_a_server_that_ignores_the_grammar_is_refused(server: StubModelServer, backend: VllmBackend) -> None:
    server.mode = "no_grammar"
    with pytest.raises(BackendUnavailable, match=r"'refuse.*does not hold its model to a grammar"):
        await backend.start()


@pytest.mark.parametrize("mode", ["error", "not_json", "no_choices"])
async def test_a_server_that_lists_models_but_generates_nothing_is_not_ready(
    server: StubModelServer, backend: VllmBackend, mode: Mode
) -> None:
    server.mode = mode
    with pytest.raises(BackendUnavailable, match=server.base_url):
        await backend.start()


async def test_start_names_the_served_models_when_the_wanted_one_is_missing(server: StubModelServer) -> None:
    backend = VllmBackend(server.base_url, model="big")
    with pytest.raises(ModelNotUsable, match="does not serve 'big'; it serves 'factotum'"):
        await backend.start()
    await backend.close()


async def test_a_server_without_models_is_not_ready(server: StubModelServer, backend: VllmBackend) -> None:
    server.models = []
    with pytest.raises(BackendUnavailable, match="serves no model"):
        await backend.start()


async def test_start_checks_the_folder_that_the_server_names(server: StubModelServer, tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise ModelNotUsable(f"{folder} was trained for something else")

    server.models[0]["root"] = str(tmp_path)
    backend = VllmBackend(server.base_url, check=refuse)
    with pytest.raises(ModelNotUsable, match=str(tmp_path)):
        await backend.start()
    # A folder on another machine cannot be looked into.
    server.models[0]["root"] = "/no/such/folder"
    await backend.start()
    # What the caller knows goes before what the server says.
    known = VllmBackend(server.base_url, check=refuse, model_dir=tmp_path / "known")
    with pytest.raises(ModelNotUsable, match="known"):
        await known.start()
    await backend.close()
    await known.close()


async def test_a_missing_server_is_unavailable_and_the_message_says_how_to_start_one(server: StubModelServer) -> None:
    await server.stop()
    backend = VllmBackend(server.base_url)
    for call in (backend.start(), backend.complete(ASK), streamed(backend)):
        with pytest.raises(BackendUnavailable, match=rf"{server.base_url}.*factotum serve-model"):
            await call
    await backend.close()


async def test_the_server_may_go_away_and_come_back(server: StubModelServer, backend: VllmBackend) -> None:
    assert await backend.complete(ASK) == "refuse\n"
    await server.stop()
    with pytest.raises(BackendUnavailable):
        await backend.complete(ASK)
    await server.start()
    assert await backend.complete(ASK) == "refuse\n"
    assert await streamed(backend) == ["refuse\n"]


async def test_a_restart_between_two_calls_goes_unnoticed(server: StubModelServer, backend: VllmBackend) -> None:
    await backend.complete(ASK)
    await server.stop()
    await server.start()
    assert await backend.complete(ASK) == "refuse\n"


async def test_a_hanging_server_meets_the_deadline(server: StubModelServer, backend: VllmBackend) -> None:
    server.mode = "hang"
    request = Request(PROMPT, deadline_seconds=0.05)
    for call in (backend.complete(request), streamed(backend, request)):
        with pytest.raises(DeadlineExceeded, match=rf"{server.base_url}.* within 0\.05 s"):
            await call
    server.mode = "answer"
    assert await backend.complete(ASK) == "refuse\n"


async def test_a_stream_that_stalls_meets_the_deadline_after_its_first_piece(
    server: StubModelServer, backend: VllmBackend
) -> None:
    server.mode, server.answer = "stall", "one two"
    stream = backend.stream(Request(PROMPT, deadline_seconds=0.3))
    assert await anext(stream) == "one"
    with pytest.raises(DeadlineExceeded):
        await anext(stream)


async def test_the_callers_own_time_between_pieces_is_not_interrupted(
    server: StubModelServer, backend: VllmBackend
) -> None:
    server.answer = "one two"
    stream = backend.stream(Request(PROMPT, deadline_seconds=0.2))
    assert await anext(stream) == "one"
    await asyncio.sleep(0.3)  # past the deadline: must not be cancelled here
    await stream.aclose()  # type: ignore[attr-defined]


async def test_an_error_of_the_server_carries_its_reason(server: StubModelServer, backend: VllmBackend) -> None:
    server.mode = "error"
    for call in (backend.complete(ASK), streamed(backend)):
        with pytest.raises(BackendUnavailable, match="HTTP 500: the engine is dead"):
            await call


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "set its api_key"), (400, "serve-model"), (429, "try again"), (503, "server's log")],
)
async def test_a_refusal_names_the_next_step(
    server: StubModelServer, backend: VllmBackend, status: int, message: str
) -> None:
    server.mode, server.status = "error", status
    with pytest.raises(BackendUnavailable, match=rf"HTTP {status}.*{message}"):
        await backend.complete(ASK)


async def test_a_model_that_is_gone_is_not_usable(server: StubModelServer) -> None:
    server.mode, server.status, server.reason = "error", 404, "The model does not exist."
    backend = VllmBackend(server.base_url, model="factotum")
    with pytest.raises(ModelNotUsable, match=f"{server.base_url}/models"):
        await backend.complete(ASK)
    await backend.close()


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("drop", "broke off"),
        ("no_done", "half way"),
        ("stream_error", "the engine is dead"),
        ("not_json", "closed its answer half way"),
        ("no_choices", "something.else.*no completion"),
    ],
)
async def test_a_broken_stream_is_unavailable(
    server: StubModelServer, backend: VllmBackend, mode: Mode, message: str
) -> None:
    server.mode, server.answer = mode, "one two"
    with pytest.raises(BackendUnavailable, match=message):
        await streamed(backend)
    server.mode = "answer"
    assert await streamed(backend) == ["one", " two"]


@pytest.mark.parametrize(
    ("mode", "message"),
    [("drop", "broke off"), ("not_json", "It works!.*no completion"), ("no_choices", "something.else.*no completion")],
)
async def test_a_broken_answer_is_unavailable(
    server: StubModelServer, backend: VllmBackend, mode: Mode, message: str
) -> None:
    server.mode = mode
    with pytest.raises(BackendUnavailable, match=message):
        await backend.complete(ASK)


async def test_cancelling_a_call_leaves_the_backend_usable(server: StubModelServer, backend: VllmBackend) -> None:
    server.mode = "hang"
    call = asyncio.create_task(backend.complete(ASK))
    await asyncio.wait_for(server.asked.wait(), 5.0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    server.mode = "answer"
    assert await backend.complete(ASK) == "refuse\n"


async def test_many_calls_at_once_all_answer(server: StubModelServer, backend: VllmBackend) -> None:
    assert await asyncio.gather(*(backend.complete(ASK) for _ in range(50))) == ["refuse\n"] * 50


def test_a_backend_outlives_the_event_loop_it_first_ran_in() -> None:
    async def once(backend: VllmBackend, server: StubModelServer) -> str:
        async with server:
            return await backend.complete(ASK)

    async def find_port(server: StubModelServer) -> None:
        async with server:
            pass

    server = StubModelServer()
    asyncio.run(find_port(server))
    backend = VllmBackend(server.base_url)
    assert [asyncio.run(once(backend, server)) for _ in range(2)] == ["refuse\n", "refuse\n"]


async def test_close_may_be_called_twice_and_the_backend_used_again(backend: VllmBackend) -> None:
    await backend.close()
    await backend.close()
    assert await backend.complete(ASK) == "refuse\n"
