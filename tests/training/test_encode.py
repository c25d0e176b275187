"""Encoding: what is learnt is what is served, and only decisions count."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agent.rows import SpeakRow, UnderstandRow
from tests.training.factory import renderer, speak_rows, understand_rows
from training.encode import BadRow, Chunk, Encoder, chunk_name, encode_chunk
from training.tokenizer import train_tokenizer

FORECAST = UnderstandRow(
    text="will it rain in san jose tomorrow?",
    commands=("start weather.forecast", "set place san jose", "set day tomorrow"),
)


def make_tokenizer():
    rendered = [renderer().render(row) for row in [*understand_rows(300), *speak_rows(50)]]
    return train_tokenizer((text for item in rendered for text in (item.prompt, item.target)), vocab_size=600)


@pytest.fixture(scope="module")
def tokenizer():
    return make_tokenizer()


@pytest.fixture(scope="module")
def encoder(tokenizer):
    return Encoder(tokenizer, renderer(), context=256)


def learnt(tokenizer, example) -> list[str]:
    return [tokenizer.decode([int(example.ids[place])], skip_special_tokens=False) for place in example.at]


def test_prompt_and_target_decode_to_what_is_served(tokenizer, encoder):
    example = encoder.encode(FORECAST)
    ids = example.ids.tolist()
    prompt = tokenizer.decode(ids[: example.prompt_length], skip_special_tokens=False)
    target = tokenizer.decode(ids[example.prompt_length :], skip_special_tokens=False)
    assert prompt == "<|understand|><|user|> will it rain in san jose tomorrow?<|commands|>"
    assert target == "start weather.forecast\nset place san jose\nset day tomorrow\n<|end|>"


def test_every_learnt_token_is_legal_and_had_an_alternative(encoder):
    for row in understand_rows(40, seed=3):
        example = encoder.encode(row)
        assert len(example.at) == len(example.legal) > 0
        for place, legal in zip(example.at, example.legal, strict=True):
            assert example.ids[place] in legal
            assert len(legal) > 1


def test_steps_without_a_choice_are_not_learnt(tokenizer, encoder):
    tokens = learnt(tokenizer, encoder.encode(FORECAST))
    # Which intent, which slot, where the value starts and ends; "forecast" after "weather." needs no learning.
    assert "start" in tokens[0]
    assert len(tokens) < len(tokenizer.encode("start weather.forecast\nset place san jose\nset day tomorrow\n").ids) + 1


def test_the_end_of_a_value_is_learnt(tokenizer, encoder):
    assert "\n" in learnt(tokenizer, encoder.encode(FORECAST))


def test_a_value_that_was_not_said_is_never_legal(tokenizer, encoder):
    example = encoder.encode(FORECAST)
    place = int(
        np.flatnonzero([token == " san" or " san".startswith(token) for token in learnt(tokenizer, example)])[0]
    )
    legal = {tokenizer.decode([int(token)]) for token in example.legal[place]}
    said = " will it rain in san jose tomorrow?"
    assert legal
    assert all(token in said or token == "\n" for token in legal)


def test_free_text_is_learnt_whole_with_every_token_legal(tokenizer, encoder):
    row = SpeakRow(task="translate", skill="translation", fields={"text": "yes", "target": "german"}, target="ja")
    example = encoder.encode(row)
    assert "".join(learnt(tokenizer, example)) == " ja<|end|>"
    assert all(len(legal) == 0 for legal in example.legal)


def test_a_speak_task_with_a_grammar_is_held_to_it(tokenizer):
    held = Encoder(tokenizer, renderer(translate=lambda row: 'start: " ja" | " nein"'), context=256)
    row = SpeakRow(task="translate", skill="translation", fields={"text": "yes", "target": "german"}, target="ja")
    example = held.encode(row)
    assert all(1 < len(legal) < 8 for legal in example.legal)
    with pytest.raises(BadRow, match="leaves its grammar"):
        held.encode(row.model_copy(update={"target": "danke"}))


def test_the_users_words_are_marked(tokenizer, encoder):
    example = encoder.encode(FORECAST)
    first, last = example.text_at
    assert tokenizer.decode(example.ids[first:last].tolist()) == " will it rain in san jose tomorrow?"


def test_a_target_outside_its_grammar_names_the_row_and_the_place(encoder):
    row = UnderstandRow(text="rain in oslo?", commands=("start weather.forecast", "set place paris"))
    with pytest.raises(BadRow, match=r"after 'start weather.forecast\\nset place.*rain in oslo"):
        encoder.encode(row)


def test_a_row_of_an_unknown_skill_is_an_error(encoder):
    with pytest.raises(BadRow, match="'cooking' is not in the catalogue"):
        encoder.encode(SpeakRow(task="cook", skill="cooking", fields={}, target="x"))


def test_a_row_longer_than_the_context_is_an_error(encoder):
    with pytest.raises(BadRow, match=re.escape("the model reads 256")):
        encoder.encode(UnderstandRow(text="go on " * 300, commands=("refuse",)))


def test_a_chunk_comes_back_from_its_file_as_it_was(encoder, tmp_path):
    rows = [*understand_rows(10), *speak_rows(5)]
    encode_chunk(encoder, rows, skip_bad=False).save(tmp_path / "a" / "chunk.npz")
    chunk = Chunk.load(tmp_path / "a" / "chunk.npz")
    assert len(chunk) == len(rows)
    for index, row in enumerate(rows):
        expected, found = encoder.encode(row), chunk[index]
        assert found.ids.tolist() == expected.ids.tolist()
        assert found.at.tolist() == expected.at.tolist()
        assert [legal.tolist() for legal in found.legal] == [legal.tolist() for legal in expected.legal]
        assert (found.prompt_length, found.text_at) == (expected.prompt_length, expected.text_at)


def test_bad_rows_stop_or_are_listed_and_keep_their_place(encoder):
    rows = [*understand_rows(2), UnderstandRow(text="hello", commands=("start nothing.here",)), *understand_rows(1)]
    with pytest.raises(BadRow):
        encode_chunk(encoder, rows, skip_bad=False)
    chunk = encode_chunk(encoder, rows, skip_bad=True)
    assert [len(chunk[index].ids) > 0 for index in range(4)] == [True, True, False, True]
    assert len(chunk.bad) == 1
    assert "nothing.here" in chunk.bad[0]


def test_a_chunk_has_another_name_for_other_rows_or_another_tokenizer():
    rows = understand_rows(3)
    assert chunk_name(rows, "a") == chunk_name(understand_rows(3), "a")
    assert len({chunk_name(rows, "a"), chunk_name(rows, "b"), chunk_name(rows[:2], "a")}) == 3
