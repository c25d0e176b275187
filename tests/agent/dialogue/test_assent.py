"""What cannot have been a yes, and every yes of the phrase lists, which can."""

import pytest

from agent.dialogue.assent import picks_plainly, praises_plainly, refuses_plainly
from agent.rowmaking import phrases
from agent.sentences import enumerate_all

NO = (
    "Don't book it.", "no", "not ok", "i do not agree", "never", "nein", "bitte nicht", "non, pas ça", "mejor no",
    "不要", "取消", "ok, don't book it", "Right. Do not go ahead.", "gut, buch es lieber nicht",
    "ok, ne le réserve pas", "vale, no lo reserves", "好，别订",
)  # fmt: skip
YES = (
    "yes", "why not", "no problem, do it", "ja gerne", "pourquoi pas", "por qué no", "好的", "没问题", "不错，可以",
    "👍", "yes, don't worry", "sure, don't forget the window seat", "vale, no hay problema",
)  # fmt: skip


@pytest.mark.parametrize("text", NO)
def test_a_plain_no_is_no_yes(text: str) -> None:
    assert refuses_plainly(text)


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_let_through(text: str) -> None:
    assert not refuses_plainly(text)


def test_no_way_to_say_yes_is_stopped() -> None:
    said = [text for template in phrases.YES for text in enumerate_all(template, lambda name: (), 1000)]
    assert len(said) > 200
    assert [text for text in said if refuses_plainly(text) or picks_plainly(text)] == []


@pytest.mark.parametrize("text", ["the first", "The second one, please.", "2", "number 3", "das erste", "la segunda"])
def test_one_of_several_is_no_yes(text: str) -> None:
    assert picks_plainly(text)


@pytest.mark.parametrize("text", ["yes", "yes, the first", "ok 2", "make it the first of May", "first of all, yes"])
def test_more_than_one_of_several_is_let_through(text: str) -> None:
    assert not picks_plainly(text)


@pytest.mark.parametrize(
    "text",
    [
        "brilliant",
        "That helps!",
        "oh that's great, thanks",
        "thank you very much",
        "danke, sehr gut",
        "c'est parfait",
        "谢谢",
    ],
)
def test_praise_takes_nothing_back(text: str) -> None:
    assert praises_plainly(text)


@pytest.mark.parametrize(
    "text", ["", "no thanks", "thanks but undo it", "great, now undo that", "that is not good", "yes"]
)
def test_more_than_praise_is_let_through(text: str) -> None:
    assert not praises_plainly(text)


def test_no_way_to_undo_is_stopped() -> None:
    said = [text for template in phrases.UNDO for text in enumerate_all(template, lambda name: (), 1000)]
    assert len(said) > 100
    assert [text for text in said if praises_plainly(text)] == []
