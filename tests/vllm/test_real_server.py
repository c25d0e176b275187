"""The vLLM backend against a real server. What can only be known there: grammar, control tokens, stopping, refusals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from agent.backends.base import Prompt, Request
from agent.backends.local import LocalBackend
from agent.backends.vllm import VllmBackend
from agent.catalogue import Catalogue
from agent.commands import parse_commands
from agent.declaration import Slot
from agent.discovery import load_catalogue
from agent.errors import BackendUnavailable, DeadlineExceeded, ModelNotUsable
from agent.grammar import build_grammar
from agent.prompting import COMMANDS, CONTROL_TOKENS, UNDERSTAND, USER, render_understand
from agent.serving import ModelServer
from agent.types import DialogueState, Frame, Option, Pending, PendingKind, SlotValue
from agent.understanding import check_legal
from tests.agent.conftest import make_skill

pytestmark = pytest.mark.vllm

SAID = (
    "will it rain in paris tomorrow",
    "book a table for two at half past seven, please",
    'say "good night" in german',
    "turn the lights in the kitchen off and set it to 21.5 degrees",
    "Größe 42, übermorgen um 8:30 Uhr — geht das?",
    "a",
    "no, the second one (the one by the river)",
    "日本語で話せますか",
    "never mind 🙂",
)
FREE = Request(Prompt("<|task|> tell me something<|reply|>", ()), max_tokens=24, temperature=1.0, seed=5)


@pytest_asyncio.fixture
async def backend(vllm_server: ModelServer) -> AsyncIterator[VllmBackend]:
    made = VllmBackend(vllm_server.url, model=vllm_server.served_name)
    await made.start()
    yield made
    await made.close()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The built-in skills and one that no model was trained on."""
    folder = tmp_path_factory.mktemp("nothing")
    built_in = load_catalogue(folder, folder).skills.values()
    slots = [Slot("title"), Slot("mood", enum=("calm", "loud")), Slot("lyrics", whole=True)]
    return Catalogue.of([*built_in, make_skill("jukebox", {"play": ["title", "mood"], "sing": ["lyrics"]}, slots)])


def some_state(catalogue: Catalogue, chance: random.Random) -> DialogueState:
    """Return a state that a conversation could be in."""
    stack = []
    for frame_id, name in enumerate(chance.sample(sorted(catalogue.intents), k=chance.choice([0, 1, 1, 2])), 1):
        slots = catalogue.intents[name].slots
        filled = chance.sample(slots, k=chance.randint(0, len(slots)))
        stack.append(
            Frame(
                frame_id=frame_id,
                intent=name,
                slots={slot: SlotValue(raw="two", value=2, text="2") for slot in filled},
            )
        )
    pending = None
    if stack:
        slots = catalogue.intents[stack[-1].intent].slots
        kinds: list[PendingKind | None] = [None, "slot", "confirm", "choice", "resume", "unknown"]
        kind = chance.choice(kinds)
        options = tuple(Option(value=n, text=f"option {n}") for n in range(chance.randint(2, 5)))
        if kind is not None and slots:
            pending = Pending(
                kind=kind,
                frame_id=len(stack),
                slot=chance.choice(slots) if kind in ("slot", "choice") else None,
                options=options if kind == "choice" else (),
            )
    return DialogueState(
        stack=tuple(stack),
        pending=pending,
        last_reply=chance.choice(["", "Done."]),
        last_receipt_id=chance.choice([None, "r1"]),
    )


async def test_two_hundred_hot_samples_over_varied_states_are_all_legal(
    backend: VllmBackend, catalogue: Catalogue
) -> None:
    chance = random.Random(20261124)
    requests = []
    for number in range(200):
        state, text = some_state(catalogue, chance), chance.choice(SAID)
        # The model knows some of the skills, never the jukebox: prompts with and without a catalogue are sampled.
        known = [name for name in catalogue.intents if not name.startswith("jukebox")] if number % 2 else []
        prompt = render_understand(catalogue, state, text, trained_on=known)
        grammar = build_grammar(catalogue, state, text)
        requests.append(Request(prompt, grammar, max_tokens=400, temperature=2.0, seed=number, deadline_seconds=240.0))
    answers = await asyncio.gather(*(backend.complete(request) for request in requests))
    for request, answer in zip(requests, answers, strict=True):
        assert parse_commands(answer)
        check_legal(answer, request.grammar or "")
    # A sampler that is hot and a grammar that follows the state: hardly two answers are alike.
    assert len(set(answers)) > 50


async def test_the_grammar_is_held_letter_by_letter_while_streaming(backend: VllmBackend) -> None:
    request = Request(FREE.prompt, 'start: "set x " SPAN "\\n"\nSPAN: /[0-9]{3}-[0-9]{3}/', 40, 2.0, 1)
    pieces = [piece async for piece in backend.stream(request)]
    prefix, _, number = "".join(pieces).strip().rpartition(" ")
    assert prefix == "set x"
    assert number.replace("-", "").isdigit()
    assert len(number) == 7


async def test_free_text_streams_in_pieces_that_join_to_the_whole(backend: VllmBackend) -> None:
    pieces = [piece async for piece in backend.stream(FREE)]
    assert len(pieces) > 3
    assert "".join(pieces) == await backend.complete(FREE)


async def test_greedy_answers_are_the_same_every_time(backend: VllmBackend) -> None:
    request = Request(FREE.prompt, max_tokens=16)
    assert len({await backend.complete(request) for _ in range(3)}) == 1


async def test_beam_search_finds_what_the_embedded_backend_finds(backend: VllmBackend, model_dir: Path) -> None:
    local = LocalBackend(model_dir)
    for text in ("good morning", "where is the station?", "I am hungry."):
        request = Request(Prompt(f"<|task|> translate to german: {text}<|reply|>", ()), max_tokens=24, beams=4)
        pieces = [piece async for piece in backend.stream(request)]
        # Half precision rounds otherwise, so the last word may differ where two are as probable.
        assert pieces == [await backend.complete(request)]
        assert pieces[0].split()[:2] == (await local.complete(request)).split()[:2]
    await local.close()


async def test_no_answer_holds_a_control_token(backend: VllmBackend) -> None:
    answers = await asyncio.gather(
        *(backend.complete(Request(FREE.prompt, max_tokens=60, temperature=2.0, seed=seed)) for seed in range(20))
    )
    assert not [answer for answer in answers if any(token in answer for token in CONTROL_TOKENS)]


async def test_control_tokens_in_a_prompt_are_single_tokens_and_nothing_is_put_before_them(
    vllm_server: ModelServer,
) -> None:
    prompt = f"{UNDERSTAND}{USER} hi{COMMANDS}"
    async with httpx.AsyncClient(base_url=vllm_server.url) as client:
        answer = await client.post("/tokenize", json={"prompt": prompt, "add_special_tokens": False})
        used = await client.post(
            "/v1/completions", json={"prompt": prompt, "add_special_tokens": False, "max_tokens": 1, "temperature": 0}
        )
    tokens = answer.json()["tokens"]
    ids = [CONTROL_TOKENS.index(token) for token in (UNDERSTAND, USER, COMMANDS)]
    assert tokens[:2] == ids[:2]
    assert tokens[-1] == ids[2]
    assert not set(tokens[2:-1]) & set(range(len(CONTROL_TOKENS)))
    assert used.json()["usage"]["prompt_tokens"] == len(tokens)


async def test_the_server_names_the_models_folder_and_start_checks_it(
    vllm_server: ModelServer, model_dir: Path
) -> None:
    checked: list[Path] = []
    backend = VllmBackend(vllm_server.url, check=checked.append)
    await backend.start()
    await backend.close()
    assert checked == [model_dir]


async def test_another_name_than_the_served_one_is_refused(vllm_server: ModelServer) -> None:
    backend = VllmBackend(vllm_server.url, model="big")
    with pytest.raises(ModelNotUsable, match=f"it serves '{vllm_server.served_name}'"):
        await backend.start()
    with pytest.raises(ModelNotUsable, match="does not serve 'big'"):
        await backend.complete(FREE)
    await backend.close()


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request(FREE.prompt, grammar="start: nowhere"), "nowhere"),
        (Request(Prompt("word " * 20_000, ())), "context length|max_model_len|maximum"),
    ],
    ids=["a grammar that is none", "a prompt that is too long"],
)
async def test_a_refusal_carries_the_servers_reason(backend: VllmBackend, request_: Request, reason: str) -> None:
    with pytest.raises(BackendUnavailable, match=rf"HTTP 400: .*({reason})"):
        await backend.complete(request_)
    assert await backend.complete(FREE)


async def test_a_deadline_ends_the_call_and_the_server_goes_on(backend: VllmBackend) -> None:
    # No end before the deadline: the grammar asks for more than the server can write by then.
    endless = Request(FREE.prompt, 'start: "a"{400}', max_tokens=400, deadline_seconds=0.05)
    with pytest.raises(DeadlineExceeded):
        await backend.complete(endless)
    with pytest.raises(DeadlineExceeded):
        await anext(backend.stream(Request(endless.prompt, endless.grammar, 400, deadline_seconds=0.0)))
    assert await backend.complete(FREE)


async def test_a_stream_that_is_left_early_frees_the_server(vllm_server: ModelServer, backend: VllmBackend) -> None:
    async with httpx.AsyncClient(base_url=vllm_server.url) as client:
        before = await metric(client, "vllm:generation_tokens_total")
        for _ in range(4):
            stream = backend.stream(Request(FREE.prompt, 'start: "a"{400}', max_tokens=400))
            await anext(stream)
            await stream.aclose()  # type: ignore[attr-defined]
        for _ in range(100):
            if await metric(client, "vllm:num_requests_running") == 0:
                break
            await asyncio.sleep(0.05)
        assert await metric(client, "vllm:num_requests_running") == 0
        # Left alone, the four would have written 1,600 tokens or whole runs of "a".
        assert await metric(client, "vllm:generation_tokens_total") - before < 800


async def metric(client: httpx.AsyncClient, name: str) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + "{"))
