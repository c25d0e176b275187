"""Growing a model: it computes what it did, and what it was cut into before."""

from __future__ import annotations

import random

import pytest
import torch
from safetensors.torch import load_file

from agent.backends.base import Prompt, Request
from agent.backends.local import LocalBackend
from agent.prompting import CONTROL_TOKENS
from tests.training.factory import CATALOGUE, renderer, speak_rows, understand_rows
from tests.training.small import MODEL
from tests.training.small import config as small_config
from training.config import ConfigError, ScheduleConfig
from training.growing import EMBEDDINGS, grow_embeddings, grow_layers, grow_tokenizer
from training.model import build_model
from training.tokenizer import train_tokenizer
from training.trainer import save_model, train

FRENCH = ["où est la bibliothèque ?", "la bibliothèque est fermée", "où est-ce ?", "je suis à la bibliothèque"] * 5


@pytest.fixture(scope="module")
def tokenizer():
    rendered = [renderer().render(row) for row in [*understand_rows(300), *speak_rows(50)]]
    return train_tokenizer((text for item in rendered for text in (item.prompt, item.target)), vocab_size=350)


def test_tokens_keep_their_ids_and_new_ones_make_new_text_shorter(tokenizer):
    before = tokenizer.get_vocab_size()
    grown = grow_tokenizer(tokenizer, FRENCH, vocab_size=before + 30)
    assert grown.get_vocab_size() == before + 30
    assert tokenizer.get_vocab().items() <= grown.get_vocab().items()
    for text in FRENCH[:4]:
        assert len(grown.encode(text).ids) < 0.7 * len(tokenizer.encode(text).ids)
        assert grown.decode(grown.encode(text).ids) == text
    assert grown.encode(CONTROL_TOKENS[3]).ids == [3]


def test_merges_go_on_as_if_they_had_never_ended():
    # The most frequent pairs of the rest are the same, whether it is made at once or in two steps.
    chance = random.Random(4)
    words = ["".join(chance.choices("abcde", k=chance.randint(2, 8))) for _ in range(40)]
    texts = [" ".join(chance.choices(words, range(1, 41), k=30)) for _ in range(60)]
    whole = train_tokenizer(texts, vocab_size=360)
    grown = grow_tokenizer(train_tokenizer(texts, vocab_size=300), texts, vocab_size=360)
    assert len(grown.get_vocab().keys() & whole.get_vocab().keys()) > 350
    lengths = [sum(len(each.encode(text).ids) for text in texts) for each in (whole, grown)]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.01)


def test_texts_that_have_no_more_to_give_end_it(tokenizer):
    grown = grow_tokenizer(tokenizer, ["où", "où"], vocab_size=5000)
    assert 0 < grown.get_vocab_size() - tokenizer.get_vocab_size() < 5


def test_a_new_token_begins_at_the_mean_of_its_pieces(tokenizer):
    before = tokenizer.get_vocab_size()
    grown = grow_tokenizer(tokenizer, FRENCH, vocab_size=before + 30)
    table = torch.randn(before, 8)
    larger = grow_embeddings(table, tokenizer, grown)
    assert torch.equal(larger[:before], table)
    word = next(token for token in range(before, before + 30) if "biblioth" in grown.decode([token]))
    pieces = tokenizer.encode(grown.decode([word])).ids
    assert torch.allclose(larger[word], table[pieces].mean(dim=0))


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_more_layers_compute_what_fewer_did(layers):
    model = build_model(MODEL, vocab_size=60, seed=1)
    larger = build_model(MODEL.model_copy(update={"layers": layers}), vocab_size=60, seed=2)
    larger.load_state_dict(grow_layers(model.state_dict(), layers))
    ids = torch.randint(60, (2, 20), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        assert torch.equal(model(ids).logits, larger(ids).logits)
    # What is new can learn: its outputs are zero, their gradients are not.
    larger(ids).logits.logsumexp(-1).sum().backward()
    assert all(layer.mlp.down_proj.weight.grad.any() for layer in larger.model.layers)


@pytest.mark.parametrize("layers", [1, 5])
def test_layers_neither_shrink_nor_more_than_double(layers):
    with pytest.raises(ValueError, match="2 layers cannot grow"):
        grow_layers(build_model(MODEL, vocab_size=60, seed=1).state_dict(), layers)


async def test_a_run_grows_what_it_begins_with(tmp_path, tokenizer):
    before = tokenizer.get_vocab_size()
    save_model(build_model(MODEL, vocab_size=before, seed=1), tokenizer, CATALOGUE, tmp_path / "small")
    config = small_config(
        init_from=tmp_path / "small",
        vocab_size=before + 20,
        model=MODEL.model_copy(update={"layers": 3}),
        schedule=ScheduleConfig(train_tokens=600, warmup_steps=2),
    )
    rows = {"own": understand_rows(300), "translate": speak_rows(100)}
    outcome = train(config, rows, renderer(), run=tmp_path / "run", show_progress=False)
    weights = load_file(outcome.model_dir / "model.safetensors")
    assert weights[EMBEDDINGS].shape == (before + 20, MODEL.hidden_size)
    assert any(name.startswith("model.layers.2.") for name in weights)
    backend = LocalBackend(outcome.model_dir)
    assert await backend.complete(Request(Prompt("<|task|> hello<|reply|>", ()), grammar='start: "yes" | "no"'))
    await backend.close()


def test_a_larger_model_is_no_start_for_a_smaller(tmp_path, tokenizer):
    save_model(
        build_model(MODEL, vocab_size=tokenizer.get_vocab_size(), seed=1), tokenizer, CATALOGUE, tmp_path / "large"
    )
    config = small_config(init_from=tmp_path / "large", model=MODEL.model_copy(update={"layers": 1}))
    rows = {"own": understand_rows(30), "translate": speak_rows(10)}
    with pytest.raises(ConfigError, match="2 layers cannot grow to 1"):
        train(config, rows, renderer(), run=tmp_path / "run", steps=1, show_progress=False)
