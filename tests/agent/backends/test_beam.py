"""Beam search, against going through every answer there is; and the local backend's against torch's."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.backends import beam
from agent.backends.base import Prompt, Request
from agent.backends.decoder import Decoder
from agent.backends.local import LocalBackend
from agent.backends.qwen3 import Floats
from tests.agent.backends.tiny_model import make_model

END, VOCAB = 0, 4
LEGAL = np.arange(VOCAB)


class Chain:
    """Answers whose next token depends on the last one alone, and a record of what was asked."""

    def __init__(self, seed: int, sharpness: float) -> None:
        rows = np.random.default_rng(seed).normal(size=(VOCAB, VOCAB)) * sharpness
        self.log = (rows - np.log(np.exp(rows).sum(-1, keepdims=True))).astype(np.float32)
        self.beams = [0]

    def step(self, carried_on: Sequence[int], tokens: Sequence[int]) -> Floats:
        assert all(place < self.beams[-1] or len(self.beams) == 1 for place in carried_on)
        self.beams.append(len(tokens))
        return self.log[list(tokens)]

    def search(self, beams: int, *, max_tokens: int = 4, prompt_tokens: int = 3) -> list[int]:
        return beam.search(
            self.log[END], self.step, beams=beams, max_tokens=max_tokens, ends={END}, legal=LEGAL,
            prompt_tokens=prompt_tokens,
        )  # fmt: skip

    def score(self, tokens: Sequence[int], *, max_tokens: int = 4, prompt_tokens: int = 3) -> float:
        whole = [*tokens, END] if len(tokens) < max_tokens else list(tokens)
        total = sum(self.log[before, token] for before, token in zip([END, *whole], whole, strict=False))
        return float(total) / (prompt_tokens + len(tokens))


@given(seed=st.integers(0, 10_000), sharpness=st.floats(0.3, 3))
def test_with_room_for_all_it_finds_the_best_of_all_answers(seed: int, sharpness: float) -> None:
    chain = Chain(seed, sharpness)
    answers = [tokens for length in range(5) for tokens in itertools.product(range(1, VOCAB), repeat=length)]
    best = max(map(chain.score, answers))
    assert chain.score(chain.search(200)) == pytest.approx(best)


def test_it_goes_back_on_a_first_token_that_led_nowhere() -> None:
    chain = Chain(0, 1.0)
    likely = np.full((VOCAB, VOCAB), 0.25)
    likely[END] = [0.0001, 0.5, 0.4, 0.0999]
    likely[2] = [0.97, 0.01, 0.01, 0.01]
    chain.log = np.log(likely).astype(np.float32)
    assert chain.search(2) == [2]
    assert chain.search(1)[0] == 1


def test_it_keeps_no_more_beams_than_asked_and_stops_at_the_limit() -> None:
    chain = Chain(3, 0.1)
    chain.log[:, END] = -50
    assert len(chain.search(3, max_tokens=6)) == 6
    assert chain.beams == [0, 3, 3, 3, 3, 3]


# The local backend

PROMPTS = ["<|task|> translate to german: good morning<|reply|>", "<|task|> " + "what is it " * 30 + "<|reply|>"]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", seed=3)


def ask(text: str, **options: object) -> Request:
    return replace(Request(Prompt(text, ()), max_tokens=20, beams=4), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", PROMPTS, ids=["short", "blocks"])
async def test_the_answer_is_that_of_torch(model_dir: Path, text: str) -> None:
    pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    from training.decode import TorchBackend

    backend = LocalBackend(model_dir)
    answer = await backend.complete(ask(text))
    assert answer
    assert answer == await TorchBackend(model_dir).complete(ask(text))
    await backend.close()


async def test_it_comes_in_one_piece_and_leaves_other_answers_alone(model_dir: Path) -> None:
    backend = LocalBackend(model_dir)
    before = [await backend.complete(ask(text, beams=1)) for text in PROMPTS]
    pieces = [piece async for piece in backend.stream(ask(PROMPTS[0]))]
    assert pieces == [await backend.complete(ask(PROMPTS[0]))]
    assert [await backend.complete(ask(text, beams=1)) for text in PROMPTS] == before
    await backend.close()


def test_it_can_be_stopped_at_every_token(model_dir: Path) -> None:
    class Enough(Exception):
        pass

    left = 5

    def checkpoint() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Enough

    decoder = Decoder(model_dir)
    with pytest.raises(Enough):
        list(decoder.pieces(ask(PROMPTS[0]), checkpoint))
    assert list(decoder.pieces(ask(PROMPTS[0]), lambda: None))


@pytest.mark.parametrize(
    "options", [{"beams": 0}, {"beams": 2, "grammar": 'start: "a"'}, {"beams": 2, "temperature": 0.5}]
)
def test_beams_are_for_free_text_without_sampling(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="beams is"):
        ask(PROMPTS[0], **options)
