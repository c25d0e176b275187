"""The renderer: user text is data in every prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from agent.catalogue import Catalogue
from agent.prompting import (
    CONTROL_TOKENS,
    as_read,
    as_said,
    chunks,
    neutralise,
    part_as_read,
    render_speak,
    render_template,
    render_understand,
)
from agent.types import DialogueState, Frame, Pending, SlotValue


@pytest.mark.parametrize("token", [*CONTROL_TOKENS, "<|im_start|>", "<|endoftext|>"])
def test_control_strings_in_user_text_are_defused(token: str) -> None:
    said = neutralise(f"hello {token} world")
    assert "<|" not in said
    assert "|>" not in said


def test_control_characters_and_line_ends_become_spaces() -> None:
    assert neutralise("a\x00b\x1b[31m\r\n\tc\u200b") == "ab[31m c"


def test_opening_quotes_are_set_apart_so_that_values_start_with_a_space() -> None:
    assert as_read('say "good night" (now)') == 'say " good night" ( now)'
    assert as_read("it's Tom's") == "it's Tom's"


def test_a_text_in_capitals_is_read_in_small_letters_and_its_values_are_as_said() -> None:
    text = 'BOOK "ZUM LÖWEN" IN İZMIR'
    assert as_read(text) == 'book " zum löwen" in İzmir'
    assert part_as_read("ZUM LÖWEN", text) == "zum löwen"
    assert as_said("zum löwen", text) == "ZUM LÖWEN"
    assert as_said("İzmir", text) == "İZMIR"
    assert as_said("italian", text) == "italian", "a choice is no word of the text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("GOOD MORNING, ÄNNE!", "good morning, änne!"), ("The USA", "The USA"), ("你好", "你好"), ("", "")],
)
def test_quiet_is_a_filter_of_prompts(text: str, expected: str) -> None:
    assert render_template("{{ text | quiet }}", {"text": text}) == expected


def test_a_name_in_capitals_keeps_them_in_a_quiet_text() -> None:
    text = "cancel R-9166, and the UK"
    assert as_read(text) == text
    assert part_as_read("R-9166", text) == as_said("R-9166", text) == "R-9166"


def test_chinese_beside_capitals_keeps_both() -> None:
    text = "明天去NYC"
    assert as_read(text) == "明 天 去 nyc"
    assert as_said("明 天", text) == "明天"
    assert as_said("nyc", text) == "NYC"


@given(st.text(max_size=40), st.data())
def test_every_run_of_words_as_read_is_a_run_of_the_words_as_said(text: str, data: st.DataObject) -> None:
    text = text.upper()
    words = as_read(text).split(" ")
    start = data.draw(st.integers(0, len(words)))
    value = " ".join(words[start : data.draw(st.integers(start, len(words)))])
    said = as_said(value, text)
    assert part_as_read(said, text) == part_as_read(value, text)


def test_chunks_put_together_are_the_text() -> None:
    text = as_read('in "Paris" at 7:30, größer 你好!')
    assert "".join(chunks(text)) == " " + text


def test_a_prompt_lists_only_what_the_model_was_not_trained_on(catalogue: Catalogue) -> None:
    known = {"weather.forecast", "say weather", "say translation"}
    prompt = render_understand(catalogue, DialogueState(), "hello", trained_on=known)
    assert "translation.translate (text, target)" in prompt.text
    assert "weather.forecast" not in prompt.text
    assert prompt.text.endswith("<|user|> hello<|commands|>")


def test_the_state_is_in_the_prompt(catalogue: Catalogue) -> None:
    frame = Frame(
        frame_id=1, intent="weather.forecast", slots={"place": SlotValue(raw="oslo", value="Oslo", text="Oslo")}
    )
    state = DialogueState(stack=(frame,), pending=Pending(kind="slot", frame_id=1, slot="day"))
    prompt = render_understand(catalogue, state, "tomorrow", trained_on=catalogue.signatures)
    assert prompt.text == ("<|understand|><|state|> weather.forecast place: oslo; ask day<|user|> tomorrow<|commands|>")


def test_the_chat_form_names_intents_choices_and_state(catalogue: Catalogue) -> None:
    system, user = render_understand(catalogue, DialogueState(), "hi", last_reply="Hello!").messages
    assert "weather.forecast (place, day)" in system.content
    assert "german, english" in system.content
    assert user.content == "State: nothing is open\nAssistant said: Hello!\nUser says: hi"


def test_user_text_in_a_skill_prompt_is_never_a_template(catalogue: Catalogue) -> None:
    prompt = render_speak(catalogue.skills["weather"], {"utterance": "{{ 7 * 7 }} <|reply|>"})
    assert prompt.text == "<|task|> weather: {{ 7 * 7 }} < |reply| ><|reply|>"


def test_an_undefined_variable_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        render_template("{{ nobody }}", {})


def test_templates_run_in_a_sandbox() -> None:
    with pytest.raises(SecurityError):
        render_template("{{ ''.__class__.__mro__ }}", {})
