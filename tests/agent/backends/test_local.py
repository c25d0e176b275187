"""The embedded backend: the network against transformers, decoding under grammars, and everything that can break."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from agent.backends.base import Backend, Prompt, Request
from agent.backends.decoder import Decoder
from agent.backends.local import LocalBackend
from agent.backends.qwen3 import BLOCK, Qwen3
from agent.catalogue import Catalogue
from agent.commands import parse_commands
from agent.errors import BackendUnavailable, DeadlineExceeded, ModelNotUsable
from agent.grammar import build_grammar
from agent.prompting import CONTROL_TOKENS, render_understand
from agent.types import DialogueState, Frame, Pending
from tests.agent.backends.tiny_model import make_model

PROMPTS = [
    "<|understand|><|user|> what will the weather be like in oslo tomorrow<|commands|>",
    "<|task|> translate to german: good morning<|reply|>",
    "<|understand|><|skills|> " + "weather.forecast (place, day); " * 20 + "<|user|> hällo 42 😀<|commands|>",
]
LONG = 'start: /[a-z ]{400}/ "\\n"'


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", seed=3)


@pytest.fixture
def broken(model_dir: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may break."""
    return Path(shutil.copytree(model_dir, tmp_path / "broken"))


@pytest.fixture
async def backend(model_dir: Path) -> AsyncIterator[LocalBackend]:
    backend = LocalBackend(model_dir)
    yield backend
    await backend.close()


def ask(text: str = PROMPTS[0], **options: object) -> Request:
    return replace(Request(Prompt(text, ())), **options)  # type: ignore[arg-type]


class Gate:
    """Stands before the network: counts its steps, and lets them through when open."""

    def __init__(self, backend: LocalBackend) -> None:
        assert backend._decoder is not None
        network = backend._decoder._network
        self.steps: list[int] = []
        self.reached, self.open = threading.Event(), threading.Event()
        forward = network.forward

        def gated(ids: list[int], cache: object) -> object:
            self.steps.append(len(ids))
            self.reached.set()
            assert self.open.wait(20)
            return forward(ids, cache)  # type: ignore[arg-type]

        network.forward = gated  # type: ignore[assignment,method-assign]


# The network


def torch_model(folder: Path):  # type: ignore[no-untyped-def]
    pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed: nothing to compare with")
    return transformers.Qwen3ForCausalLM.from_pretrained(folder, local_files_only=True).eval()


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_logits_equal_those_of_transformers(tmp_path: Path, tied: bool) -> None:
    folder = make_model(tmp_path / "model", seed=5, tied=tied)
    reference = torch_model(folder)
    import torch

    network = Qwen3.load(folder)
    ids = np.random.default_rng(1).integers(0, 400, 300).tolist()
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0].numpy()
    cache = network.new_cache()
    done = 0
    for size in (1, 5, 150, 1, 1, 142):  # Single tokens and blocks, each after what is there already.
        logits = network.forward(ids[done : done + size], cache)
        done += size
        np.testing.assert_allclose(logits, expected[done - 1], rtol=1e-4, atol=1e-4)
    assert done == len(ids)


@pytest.mark.parametrize("text", PROMPTS, ids=["commands", "free text", "long"])
async def test_greedy_text_equals_that_of_transformers(model_dir: Path, backend: LocalBackend, text: str) -> None:
    reference = torch_model(model_dir)
    import torch

    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    ids = tokenizer.encode(text).ids
    # Control tokens are out of reach for the backend; for transformers they have to be told so.
    hidden = [[token] for token in range(len(CONTROL_TOKENS)) if token != 1]
    with torch.no_grad():
        made = reference.generate(
            torch.tensor([ids]), max_new_tokens=40, do_sample=False, bad_words_ids=hidden, eos_token_id=1
        )[0, len(ids) :].tolist()
    expected = b"".join(LLTokenizer(tokenizer.to_str()).decode_bytes([t]) for t in made if t != 1)
    assert await backend.complete(ask(text, max_tokens=40)) == expected.decode("utf-8", "ignore")


PIECES = [
    *CONTROL_TOKENS,
    "<|nothing|>",
    " Grüße",
    "\n",
    " ",
    "  ",
    "7",
    "你好",
    "😀",
    "<m>",
    '",',
    "<",
    ">",
    "book.hotel",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_prompts_are_tokenized_as_in_training(text: str, model_dir: Path) -> None:
    decoder, tokenizer = _loaded(model_dir)
    assert decoder.encode(text) == tokenizer.encode(text).ids


@cache
def _loaded(model_dir: Path) -> tuple[Decoder, Tokenizer]:
    return Decoder(model_dir), Tokenizer.from_file(str(model_dir / "tokenizer.json"))


def test_control_tokens_of_a_prompt_are_one_token_each(model_dir: Path) -> None:
    decoder = Decoder(model_dir)
    assert decoder.encode("".join(CONTROL_TOKENS)) == list(range(len(CONTROL_TOKENS)))


# Grammar

FIELDS = ["will it rain in oslo tomorrow", "translate “good night” to german", "Zürich, 3 Grad 😀", "北京 的 天气"]
STATES = [
    DialogueState(),
    DialogueState(
        stack=(Frame(frame_id=1, intent="weather.forecast"),), pending=Pending(kind="slot", frame_id=1, slot="place")
    ),
    DialogueState(
        stack=(Frame(frame_id=1, intent="translation.translate"),), pending=Pending(kind="confirm", frame_id=1)
    ),
]


async def test_every_sample_at_temperature_two_is_legal(
    model_dir: Path, backend: LocalBackend, catalogue: Catalogue
) -> None:
    engine = LLTokenizer((model_dir / "tokenizer.json").read_text())
    answers = set()
    for number in range(200):
        text, state = FIELDS[number % len(FIELDS)], STATES[number % len(STATES)]
        grammar = build_grammar(catalogue, state, text)
        request = Request(render_understand(catalogue, state, text), grammar, 400, temperature=2.0, seed=number)
        answer = await backend.complete(request)
        assert parse_commands(answer), answer
        # Judged from the text again, token boundaries aside.
        matcher = LLMatcher(engine, grammar, log_level=0)
        assert matcher.consume_tokens(engine.tokenize_str(answer)), answer
        assert matcher.is_accepting(), answer
        answers.add(answer)
    # How many differ depends on the machine's arithmetic; that they differ shows that it samples.
    assert len(answers) > 50


async def test_same_seed_same_sample_and_another_seed_another(backend: LocalBackend) -> None:
    request = ask(temperature=2.0, seed=7)
    assert await backend.complete(request) == await backend.complete(request)
    assert await backend.complete(request) != await backend.complete(replace(request, seed=8))


async def test_a_forced_answer_does_not_ask_the_network(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)  # Never opened.
    assert await backend.complete(ask(grammar='start: "handoff\\n"')) == "handoff\n"
    assert gate.steps == []


async def test_max_tokens_cuts_an_answer_under_a_grammar(backend: LocalBackend) -> None:
    whole = await backend.complete(ask(grammar=LONG, max_tokens=450))
    cut = await backend.complete(ask(grammar=LONG, max_tokens=10))
    assert len(whole) == 401
    assert 0 < len(cut) < 401
    assert whole.startswith(cut)


async def test_a_grammar_that_cannot_be_read_names_the_reason(backend: LocalBackend) -> None:
    with pytest.raises(BackendUnavailable, match=r"grammar cannot be used.*nowhere"):
        await backend.complete(ask(grammar="start: nowhere"))
    assert await backend.complete(ask(grammar='start: "ok"')) == "ok"


async def test_free_text_holds_no_control_tokens(backend: LocalBackend) -> None:
    for seed in range(40):
        answer = await backend.complete(ask(temperature=8.0, seed=seed, max_tokens=60))
        assert not [token for token in CONTROL_TOKENS if token in answer], answer
        assert "\ufffd" not in answer


async def test_generation_stops_at_the_end_token(broken: Path) -> None:
    weights = load_file(broken / "model.safetensors")
    config = json.loads((broken / "config.json").read_text()) | {"tie_word_embeddings": False}
    (broken / "config.json").write_text(json.dumps(config))
    head = np.zeros_like(weights["model.embed_tokens.weight"])
    save_file(weights | {"lm_head.weight": head}, broken / "model.safetensors")
    backend = LocalBackend(broken)
    # All logits are equal: greedy takes the first legal id, which is <|end|>.
    assert await backend.complete(ask(max_tokens=50)) == ""
    await backend.close()


# Streams


@pytest.mark.parametrize("grammar", [None, 'start: /[äöüß😀漢字é]{8,30}/ "\\n"', LONG], ids=["free", "wide", "long"])
async def test_a_stream_joins_to_the_whole_answer(backend: LocalBackend, grammar: str | None) -> None:
    for seed in range(10):
        request = ask(grammar=grammar, temperature=2.0, seed=seed, max_tokens=80)
        pieces = [piece async for piece in backend.stream(request)]
        assert "".join(pieces) == await backend.complete(request)
        assert "\ufffd" not in "".join(pieces)
        assert grammar is None or len(pieces) > 3


async def test_a_character_spread_over_tokens_comes_in_one_piece(backend: LocalBackend) -> None:
    grammar = 'start: /[äöüß😀😁漢字é]{12}/ "\\n"'
    pieces = [piece async for piece in backend.stream(ask(grammar=grammar, temperature=2.0, seed=1))]
    assert all(set(piece) <= set("äöüß😀😁漢字é\n") for piece in pieces)
    assert len("".join(pieces)) == 13


async def test_a_stream_gives_the_first_piece_before_the_answer_is_done(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)
    stream = backend.stream(ask("<|user|> x", grammar='start: "begin\\n" /[a-z]{100}/', max_tokens=200))
    assert await anext(stream) == "begin\n"
    gate.open.set()
    rest = [piece async for piece in stream]
    assert len("".join(rest)) == 100


async def test_leaving_a_stream_early_stops_decoding(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)
    stream = backend.stream(ask("<|user|> x", grammar='start: "begin\\n" /[a-z]{100}/', max_tokens=200))
    await anext(stream)
    await asyncio.to_thread(gate.reached.wait, 20)
    await stream.aclose()  # type: ignore[attr-defined]
    gate.open.set()
    await backend.close()
    assert len(gate.steps) == 1


# Deadlines, cancelling, order


async def test_cancelling_stops_decoding_within_one_token(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)
    task = asyncio.create_task(backend.complete(ask("<|user|> x", grammar=LONG, max_tokens=400)))
    await asyncio.to_thread(gate.reached.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.set()
    await backend.close()
    assert len(gate.steps) == 1


async def test_deadline_ends_the_call_and_the_next_one_works(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)
    with pytest.raises(DeadlineExceeded, match=r"within 0\.05 s"):
        await backend.complete(ask(deadline_seconds=0.05))
    with pytest.raises(DeadlineExceeded, match=r"within 0\.05 s"):
        # This one never got its turn: the network is still held by the first.
        async for _ in backend.stream(ask(deadline_seconds=0.05)):
            pass
    gate.open.set()
    assert await backend.complete(ask(grammar='start: "yes" | "no"')) in ("yes", "no")


async def test_calls_at_the_same_time_get_their_own_answers(backend: LocalBackend) -> None:
    requests = [ask(text, max_tokens=20) for text in PROMPTS * 3]
    together = await asyncio.gather(*map(backend.complete, requests))
    assert together == [await backend.complete(request) for request in requests]


async def test_closing_ends_running_and_waiting_calls_with_an_error(backend: LocalBackend) -> None:
    await backend.start()
    gate = Gate(backend)
    tasks = [asyncio.create_task(backend.complete(ask(grammar=LONG))) for _ in range(2)]
    await asyncio.to_thread(gate.reached.wait, 20)
    closing = asyncio.create_task(backend.close())
    await asyncio.sleep(0)
    gate.open.set()
    await closing
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, BackendUnavailable)
        assert "closed" in str(result)


async def test_a_closed_backend_can_be_used_again(backend: LocalBackend) -> None:
    first = await backend.complete(ask())
    await backend.close()
    await backend.close()
    assert await backend.complete(ask()) == first


# What is kept between two prompts


async def test_a_common_beginning_is_read_once_and_changes_nothing(model_dir: Path) -> None:
    used, fresh = Decoder(model_dir), Decoder(model_dir)
    listing = "<|understand|><|skills|> " + "weather.forecast (place, day); " * 20
    first, second = (ask(f"{listing}<|user|> {word}<|commands|>", max_tokens=30) for word in ("oslo", "tomorrow"))
    list(used.pieces(first, lambda: None))
    steps: list[int] = []
    forward = used._network.forward

    def counted(ids: list[int], cache: object) -> object:
        steps.append(len(ids))
        return forward(ids, cache)  # type: ignore[arg-type]

    used._network.forward = counted  # type: ignore[assignment,method-assign]
    answer = list(used.pieces(second, lambda: None))
    assert answer == list(fresh.pieces(second, lambda: None))
    length = len(used.encode(second.prompt.text))
    assert length > 2 * BLOCK
    assert steps[0] <= length % BLOCK or steps[0] == BLOCK
    assert sum(steps) < length
    np.testing.assert_array_equal(used._cache.keys[..., :length], fresh._cache.keys[..., :length])


async def test_a_prompt_longer_than_the_context_is_refused_with_its_length(backend: LocalBackend) -> None:
    with pytest.raises(BackendUnavailable, match=r"prompt has 600 tokens.*at most 511"):
        await backend.complete(ask("<|user|>" * 600))
    with pytest.raises(BackendUnavailable, match="prompt has 0 tokens"):
        await backend.complete(ask(""))


async def test_an_answer_ends_with_the_context(backend: LocalBackend) -> None:
    answer = await backend.complete(ask("<|user|>" * 505, grammar=LONG, max_tokens=400))
    assert 0 < len(answer) < 401


async def test_a_lone_surrogate_in_a_prompt_is_no_crash(backend: LocalBackend) -> None:
    assert await backend.complete(ask("<|user|> \ud83d<|commands|>", grammar='start: "ok"')) == "ok"


# Directories that cannot be used


async def message(folder: Path) -> str:
    backend = LocalBackend(folder)
    with pytest.raises(ModelNotUsable) as caught:
        await backend.start()
    await backend.close()
    return str(caught.value)


async def test_missing_directory(tmp_path: Path) -> None:
    said = await message(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in said
    assert "expected" in said


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
async def test_missing_file(broken: Path, name: str) -> None:
    (broken / name).unlink()
    assert str(broken / name) in await message(broken)


@pytest.mark.parametrize("keep", [0, 5, 500, -1], ids=["empty", "within the size", "within the header", "last byte"])
async def test_truncated_weights(broken: Path, keep: int) -> None:
    path = broken / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    said = await message(broken)
    assert str(path) in said
    assert "truncated or damaged" in said
    assert f"{path.stat().st_size} bytes" in said


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{}"], ids=["empty", "half", "bytes", "other"])
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
async def test_unreadable_json(broken: Path, name: str, content: bytes) -> None:
    (broken / name).write_bytes(content)
    assert str(broken / name) in await message(broken)


async def test_weights_of_another_size(broken: Path) -> None:
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps(config | {"intermediate_size": 64}))
    said = await message(broken)
    assert "[48, 32]" in said
    assert "[64, 32]" in said


async def test_a_tensor_that_is_not_there(broken: Path) -> None:
    weights = load_file(broken / "model.safetensors")
    del weights["model.layers.1.self_attn.k_norm.weight"]
    save_file(weights, broken / "model.safetensors")
    assert "model.layers.1.self_attn.k_norm.weight" in await message(broken)


async def test_weights_that_are_no_numbers(broken: Path) -> None:
    weights = load_file(broken / "model.safetensors")
    weights["model.norm.weight"][3] = np.nan
    save_file(weights, broken / "model.safetensors")
    assert "NaN" in await message(broken)


async def test_a_tokenizer_of_a_larger_model(broken: Path, tmp_path: Path) -> None:
    other = make_model(tmp_path / "other", vocab_size=420)
    shutil.copy(other / "tokenizer.json", broken / "tokenizer.json")
    said = await message(broken)
    assert "420" in said
    assert "400" in said


@pytest.mark.parametrize(
    ("key", "value"),
    [("model_type", "llama"), ("attention_bias", True), ("rope_parameters", {"rope_type": "yarn", "rope_theta": 1.0})],
)
async def test_another_network_is_sent_to_the_vllm_backend(broken: Path, key: str, value: object) -> None:
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps(config | {key: value}))
    said = await message(broken)
    assert "expected" in said
    assert "vllm" in said


async def test_half_precision_weights_are_read(broken: Path, backend: LocalBackend) -> None:
    weights = load_file(broken / "model.safetensors")
    save_file({name: value.astype(np.float16) for name, value in weights.items()}, broken / "model.safetensors")
    half = LocalBackend(broken)
    assert await half.complete(ask(grammar='start: "a" | "b"')) in ("a", "b")
    await half.close()


async def test_check_is_asked_first_and_once(model_dir: Path) -> None:
    seen: list[Path] = []
    backend = LocalBackend(model_dir, check=seen.append)
    await asyncio.gather(backend.start(), backend.start())
    await backend.start()
    assert seen == [model_dir]
    await backend.close()


async def test_what_check_refuses_is_not_loaded(tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise ModelNotUsable(f"{folder} is of another fingerprint")

    backend = LocalBackend(tmp_path / "nowhere", check=refuse)
    with pytest.raises(ModelNotUsable, match="another fingerprint"):
        await backend.start()
    with pytest.raises(ModelNotUsable, match="another fingerprint"):
        await backend.complete(ask())
    await backend.close()


def test_threads_must_be_a_positive_number(model_dir: Path) -> None:
    with pytest.raises(ValueError, match="threads is 0"):
        LocalBackend(model_dir, threads=0)


async def test_more_threads_give_the_same_text(model_dir: Path, backend: LocalBackend) -> None:
    other = LocalBackend(model_dir, threads=2)
    assert await other.complete(ask(PROMPTS[2])) == await backend.complete(ask(PROMPTS[2]))
    await other.close()


def test_it_is_a_backend(backend: LocalBackend) -> None:
    assert isinstance(backend, Backend)


def test_importing_the_backend_loads_nothing_heavy() -> None:
    code = "import sys, agent.backends.local; print(sorted({'numpy', 'torch', 'llguidance'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_answering_loads_neither_torch_nor_transformers(model_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from agent.backends.decoder import Decoder; Decoder(Path(sys.argv[1]));"
        "print(sorted({'torch', 'transformers', 'tokenizers', 'onnxruntime'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(model_dir)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Export: nothing is written, something is proven


def export(folder: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    from training.export import export_local

    export_local(folder)


def test_export_accepts_a_sound_model_and_writes_nothing(broken: Path) -> None:
    before = {path.name: path.read_bytes() for path in broken.iterdir()}
    export(broken)
    assert {path.name: path.read_bytes() for path in broken.iterdir()} == before


def test_export_refuses_a_network_that_computes_something_else(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Qwen3.load

    def with_other_positions(folder: Path) -> Qwen3:
        network = load(folder)
        network._cos, network._sin = network._cos[1:], network._sin[1:] * 1.01
        return network

    monkeypatch.setattr(Qwen3, "load", with_other_positions)
    with pytest.raises(ModelNotUsable, match="logits differ"):
        export(broken)


def test_export_refuses_a_tokenizer_that_is_read_differently(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decoder, "encode", lambda self, text: self._tokenizer.tokenize_str(text, parse_special=True))
    with pytest.raises(ModelNotUsable, match="splits"):
        export(broken)
