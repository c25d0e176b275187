"""The grammar: what it lets through in a state is exactly what the stack can execute there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer

from agent.catalogue import Catalogue
from agent.commands import parse_commands
from agent.grammar import build_grammar
from agent.prompting import as_read, chunks
from agent.types import DialogueState, Frame, Option, Pending

TEXT = 'in "Paris" tomorrow at 7:30, please'
_bytes = LLTokenizer("byte")

FILLING = DialogueState(
    stack=(Frame(frame_id=1, intent="weather.forecast"),), pending=Pending(kind="slot", frame_id=1, slot="day")
)
CONFIRMING = FILLING.model_copy(update={"pending": Pending(kind="confirm", frame_id=1)})
CHOOSING = FILLING.model_copy(
    update={
        "pending": Pending(kind="choice", frame_id=1, slot="day", options=tuple(Option(value=n, text=n) for n in "ab"))
    }
)
PAUSED = DialogueState(
    stack=(Frame(frame_id=1, intent="weather.forecast"), Frame(frame_id=2, intent="translation.translate"))
)
AFTER = DialogueState(last_reply="Done.", last_receipt_id="r1", turns=1)


def accepts(catalogue: Catalogue, state: DialogueState, answer: str, text: str = TEXT) -> bool:
    matcher = LLMatcher(_bytes, build_grammar(catalogue, state, text))
    assert not matcher.is_error(), matcher.get_error()
    tokens = _bytes.tokenize_str(answer)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (DialogueState(), "start weather.forecast\n"),
        (DialogueState(), "start weather.forecast\nset place Paris\nset day tomorrow\n"),
        (DialogueState(), "start translation.translate\nset text @all\nset target german\n"),
        (DialogueState(), "start weather.forecast\nset place Paris\nstart translation.translate\nset text Paris\n"),
        (DialogueState(), "refuse\n"),
        (DialogueState(), "handoff\n"),
        (DialogueState(), "say weather\n"),
        (DialogueState(), "clarify translation weather\n"),
        (FILLING, "set day tomorrow at 7:30\n"),
        (FILLING, "clear place\nset day tomorrow\n"),
        (FILLING, "cancel\nstart translation.translate\n"),
        (CONFIRMING, "confirm\n"),
        (CONFIRMING, "confirm\nset day tomorrow\n"),
        (CONFIRMING, "deny\n"),
        (CHOOSING, "choose 2\n"),
        (PAUSED, "resume\n"),
        (AFTER, "undo\n"),
        (AFTER, "repeat\n"),
    ],
)
def test_a_legal_answer_is_accepted(catalogue: Catalogue, state: DialogueState, answer: str) -> None:
    assert accepts(catalogue, state, answer)
    parse_commands(answer)


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (DialogueState(), ""),
        (DialogueState(), "start booking.restaurant\n"),
        (DialogueState(), "set day tomorrow\n"),
        (DialogueState(), "confirm\n"),
        (DialogueState(), "cancel\n"),
        (DialogueState(), "undo\n"),
        (DialogueState(), "repeat\n"),
        (DialogueState(), "start weather.forecast\nset target german\n"),
        (DialogueState(), "start weather.forecast\nset place London\n"),
        (DialogueState(), "start weather.forecast\nset place\n"),
        (DialogueState(), "start weather.forecast\nset place \n"),
        (DialogueState(), "start weather.forecast\nset place Par\n"),
        (DialogueState(), "start weather.forecast\nset place @all\n"),
        (DialogueState(), "start translation.translate\nset target french\n"),
        (DialogueState(), "refuse\nrefuse\n"),
        (FILLING, "confirm\n"),
        (FILLING, "choose 1\n"),
        (CHOOSING, "choose 3\n"),
        (FILLING, "resume\n"),
    ],
)
def test_an_illegal_answer_is_not_accepted(catalogue: Catalogue, state: DialogueState, answer: str) -> None:
    assert not accepts(catalogue, state, answer)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60).filter(lambda text: as_read(text) != ""), st.data())
def test_every_run_of_words_of_any_text_can_be_a_value(text: str, data: st.DataObject) -> None:
    from agent.declaration import Slot
    from tests.agent.conftest import make_skill

    catalogue = Catalogue.of([make_skill("weather", {"forecast": ["place"]}, [Slot("place")])])
    pieces = chunks(as_read(text))
    starts = [number for number, piece in enumerate(pieces) if piece.startswith(" ")]
    start = data.draw(st.sampled_from(starts))
    end = data.draw(st.integers(start + 1, len(pieces)))
    value = "".join(pieces[start:end])
    assert accepts(catalogue, DialogueState(), f"start weather.forecast\nset place{value}\n", text)


def test_the_grammar_grows_linearly_with_the_text(catalogue: Catalogue) -> None:
    short = len(build_grammar(catalogue, DialogueState(), "word " * 100))
    long = len(build_grammar(catalogue, DialogueState(), "word " * 800))
    assert long < 9 * short
