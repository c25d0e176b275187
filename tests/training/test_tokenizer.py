"""The tokenizer: values have the same tokens in the user's words and in a command."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from agent.prompting import CONTROL_TOKENS, render_understand
from agent.types import DialogueState
from tests.training.factory import CATALOGUE, renderer, speak_rows, understand_rows
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    rendered = [renderer().render(row) for row in [*understand_rows(300), *speak_rows(50)]]
    return train_tokenizer((text for item in rendered for text in (item.prompt, item.target)), vocab_size=500)


def test_control_tokens_have_the_first_ids_in_their_order(tokenizer):
    assert [tokenizer.token_to_id(token) for token in CONTROL_TOKENS] == list(range(len(CONTROL_TOKENS)))


def test_a_control_token_in_a_prompt_is_one_token(tokenizer):
    ids = tokenizer.encode("<|understand|><|user|> hi<|commands|>").ids
    assert ids[0] == CONTROL_TOKENS.index("<|understand|>")
    assert ids[-1] == CONTROL_TOKENS.index("<|commands|>")


@pytest.mark.parametrize("text", ["", "héllo wörld", "日本 🎉 \t x", "a  b", "7:30pm, ok?", "\n\n"])
def test_any_text_comes_back_as_it_was(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_copied_value_has_the_tokens_it_has_in_the_users_words(tokenizer):
    prompt = render_understand(CATALOGUE, DialogueState(), "is it sunny in san jose tomorrow?", trained_on=()).text
    said = tokenizer.encode(prompt).tokens
    value = tokenizer.encode("set place san jose\n").tokens[2:-1]
    start = said.index(value[0])
    assert said[start : start + len(value)] == value


def test_digits_are_single_tokens(tokenizer):
    assert [token.strip("Ġ") for token in tokenizer.encode(" 1984").tokens if token != "Ġ"] == list("1984")


def test_transformers_loads_the_same_tokenizer_with_its_end_and_padding(tokenizer, tmp_path: Path):
    save_tokenizer(tokenizer, tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = "<|understand|><|user|> will it rain in oslo?<|commands|>refuse\n<|end|>"
    assert loaded(text)["input_ids"] == tokenizer.encode(text).ids
    assert (loaded.pad_token_id, loaded.eos_token_id) == (0, 1)


def test_the_chat_template_gives_the_compact_form_of_a_task(tokenizer, tmp_path: Path):
    save_tokenizer(tokenizer, tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "chat: hello"}]
    shown = loaded.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert shown == "<|task|> chat: hello<|reply|>"


def test_a_folder_without_tokenizer_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json not found"):
        load_tokenizer(tmp_path)
