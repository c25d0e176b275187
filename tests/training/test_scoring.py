"""Scores: each metric against a case counted by hand."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from agent.rows import SpeakRow, UnderstandRow
from training.scoring.answered import Answered
from training.scoring.baselines import rows_baseline
from training.scoring.mistakes import write_mistakes
from training.scoring.report import render_html, render_table
from training.scoring.texts import (
    comes_to,
    grade_score,
    quotation_score,
    same_equation,
    talk_score,
    translation_score,
)
from training.scoring.understanding import acts, commands_score, frames_score, home_score, intent_label, intents_score


def said(answer: str, *commands: str, kind: str = "request", text: str = "x") -> Answered:
    return Answered(UnderstandRow(text=text, commands=commands, kind=kind), answer)


def test_commands_are_scored_as_counted_by_hand():
    found = commands_score(
        [
            said("start a.b\nset c d\n", "start a.b", "set c d"),
            said("start a.b\nset c wrong\n", "start a.b", "set c d"),
            said("refuse\n", "start a.b"),
            said("start a.b\n", "refuse", kind="out_of_scope"),
            said("say chat\n", "say chat", kind="chat"),
            said("deny\n", "confirm", kind="yes_no"),
            said("confirm\n", "deny", kind="yes_no"),
        ]
    )
    assert found["command_accuracy"] == pytest.approx(28.6)
    assert found["intent_accuracy"] == pytest.approx(42.9)
    # Of refuse, say and deny, two acted; of the four that should act, two did not.
    assert found["false_action"] == pytest.approx(66.7)
    assert found["missed_action"] == pytest.approx(50.0)
    assert found["by_kind"]["yes_no"] == {"accuracy": 0.0, "rows": 2}
    assert found["by_kind"]["request"] == {"accuracy": 33.3, "rows": 3}


@pytest.mark.parametrize(
    ("commands", "is_action"),
    [(["confirm"], True), (["set a b", "start c.d"], True), (["set a start"], False), (["deny"], False), ([], False)],
)
def test_only_opening_a_frame_and_saying_yes_act(commands, is_action):
    assert acts(commands) is is_action


def test_the_intent_label_leaves_values_out():
    assert intent_label(["cancel", "start a.b", "set c d", "start e.f"]) == "start a.b start e.f"
    assert intent_label(["set c d"]) == "set"
    assert intent_label(["say chat"]) == "say chat"
    assert intent_label([]) == ""


@pytest.mark.parametrize(
    ("found", "target", "same"),
    [
        (" N0 + N1", "N1 + N0", True),
        (" ( N0 - N1 ) / N2", "N0 / N2 - N1 / N2", True),
        (" N0 - N1", "N1 - N0", False),
        (" N0 * N1", "N0 + N1", False),
        (" N0 / 100", "N0 / 10", False),
        ("", "N0", False),
        (" N0 / ( N1 - N1 )", "N0", False),
        (" N7", "N0", False),
        (" import os", "N0", False),
    ],
)
def test_equations_are_compared_by_value(found, target, same):
    assert same_equation(found, target) is same


def test_translations_are_scored_per_direction_with_the_signature():
    rows = [
        Answered(SpeakRow(task="translate", skill="t", fields={}, target=target, lang=lang), answer)
        for target, lang, answer in [
            ("Ich gehe heute ins Kino.", "de", " Ich gehe heute ins Kino."),
            ("I like the new house very much.", "en", " Something else entirely, sir."),
        ]
    ]
    found = translation_score(rows)
    assert found["into_de"]["bleu"] == 100.0
    assert found["into_en"]["bleu"] < 20
    assert "version:" in found["into_de"]["signature"]


def test_talk_is_right_when_it_is_the_answer_of_the_group():
    rows = [
        Answered(SpeakRow(task="chat", skill="chat", fields={}, target=right), answer, {"right": right})
        for right, answer in (("Hello!", " Hello!"), ("Hello!", " Bye"), ("", " Hello!"))
    ]
    found = talk_score(rows)
    assert (found["group_accuracy"], found["group_accuracy_where_answered"]) == (33.3, 50.0)


def test_scope_is_counted_on_both_sides():
    rows = [
        said("start clinc.balance\n", "start clinc.balance"),
        said("start clinc.transfer\n", "start clinc.balance"),
        said("refuse\n", "start clinc.balance"),
        said("start clinc.balance\n", "start clinc.balance"),
        said("refuse\n", "refuse"),
        said("start clinc.balance\n", "refuse"),
    ]
    found = intents_score(rows)
    assert (found["in_scope_accuracy"], found["oos_recall"], found["false_oos"]) == (50.0, 50.0, 25.0)
    assert ["clinc.balance", "out of scope", 1] in found["confused"]


def test_slots_are_exact_spans_and_a_frame_is_all_of_them():
    text = "rain in oslo on friday or in oslo"
    right = ("start s.weather", "set city oslo", "set day friday")
    rows = [
        said("start s.weather\nset city oslo\nset day friday\n", *right, text=text),
        # One span too long, one missing; the intent is right.
        said("start s.weather\nset city in oslo\n", *right, text=text),
        said("start s.music\nset city oslo\nset day friday\n", *right, text=text),
    ]
    found = frames_score(rows)
    assert found["intent_accuracy"] == 66.7
    # Of 6 spans 4 are found, and 5 are given: precision 4/5, recall 4/6.
    assert found["slot_f1"] == pytest.approx(72.7, abs=0.1)
    assert found["frame_accuracy"] == 33.3


def test_the_order_of_slots_does_not_matter_for_a_frame():
    row = said("start a.b\nset c two\nset d one\n", "start a.b", "set d one", "set c two", text="one two")
    assert frames_score([row])["frame_accuracy"] == 100.0


def test_the_home_is_judged_by_what_values_come_to():
    row = UnderstandRow(text="dim the lamp in here to the maximum", commands=("start ha.light_set",))
    gold = {"context": {"area": "Kitchen"}, "slots": {"area": ["Kitchen"], "name": ["Lamp"], "brightness": [100]}}
    right = "start ha.light_set\nset here here\nset name lamp\nset brightness maximum\n"
    assert home_score([Answered(row, right, gold)])["exact"] == 100.0
    assert home_score([Answered(row, right.replace("maximum", "50"), gold)])["exact"] == 0.0


@pytest.mark.parametrize(
    ("equation", "answer", "right"),
    [
        (" N0 - N1", "3", True),
        (" N1 - N0", "3", False),
        (" N0 / N1", "2.5", True),
        (" N0 +", "7", False),
        ("", "7", False),
    ],
)
def test_an_equation_is_right_when_it_comes_to_the_answer(equation, answer, right):
    assert comes_to(equation, (Fraction(5), Fraction(2)), answer) is right


def test_a_quotation_is_compared_with_its_best_reference_and_with_the_whole_passage():
    row = SpeakRow(task="answer", skill="reading", fields={"passage": "the old king slept"}, target="old king")
    found = quotation_score([Answered(row, " old king", {"answers": ["a cat", "the old king"]})])
    assert (found["exact_match"], found["f1"]) == (0.0, 100.0)
    assert found["whole_passage_f1"] == 80.0


def test_grades_stand_beside_the_commonest_one():
    rights, founds = ("correct", "correct", "incorrect"), ("correct", "incorrect", "incorrect")
    rows = [
        Answered(SpeakRow(task="grade", skill="grading", fields={}, target=right), f" {found}")
        for right, found in zip(rights, founds, strict=True)
    ]
    found = grade_score(rows)
    assert (found["label_accuracy"], found["majority"]) == (66.7, 66.7)
    assert found["confused"] == [["correct", "incorrect", 1]]


def test_the_baseline_learns_intents_from_words():
    training = [UnderstandRow(text=f"rain in {n}", commands=("start weather.forecast",)) for n in range(10)]
    training += [UnderstandRow(text=f"fly to {n}", commands=("refuse",)) for n in range(10)]
    rows = [said("", "start weather.forecast", text="rain in oslo"), said("", "refuse", text="fly to oslo")]
    assert rows_baseline(rows, training) == {"intent_accuracy": 100.0, "training_rows": 20}


def test_the_table_holds_figures_against_floors_and_the_baseline():
    report = {
        "model": "nano",
        "limit": 5,
        "split": "dev",
        "backend": "local",
        "calls_per_second": 3.0,
        "scores": {
            "own": {"rows": 5, "command_accuracy": 80.0, "by_kind": {"chat": {"accuracy": 50.0, "rows": 2}}},
            "banking77": {"rows": 5, "intent_accuracy": 90.0, "baseline": {"accuracy": 88.0}},
        },
        "not_scored": ["qed"],
    }
    table = render_table(report)
    assert "| own | command_accuracy | 80 (below) |  | 90 | 95 |" in table
    assert "| banking77 | intent_accuracy | 90 | 88 | 80 | 87 |" in table
    assert "| own | 5 | by_kind chat accuracy | 50.0 |" in table
    assert "qed" in table


def test_the_page_shows_what_is_taken_for_what():
    report = {
        "model": "<nano>",
        "backend": "local",
        "calls_per_second": 3.0,
        "scores": {"hwu64": {"rows": 5, "intent_accuracy": 90.0, "confused": [["a", "b", 2], ["b", "c", 1]]}},
    }
    page = render_html(report)
    assert "<h1>&lt;nano&gt;</h1>" in page
    assert page.count("data:image/png;base64,") == 1
    assert page.count("<table>") == page.count("</table>") == 2


def test_mistakes_are_written_with_what_was_asked_what_is_right_and_what_was_answered(tmp_path):
    right = SpeakRow(task="translate", skill="t", fields={"text": "Guten Tag"}, target="Good day")
    path = tmp_path / "new" / "mistakes.jsonl"
    write_mistakes(
        path,
        {
            "own": [
                said("start a.b\n", "start a.b", text="right"),
                said("refuse\n", "start a.b", "set c é", text="wrong"),
            ],
            "tatoeba": [Answered(right, " Good day"), Answered(right, " Hello")],
        },
    )
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {"set": "own", "text": "wrong", "kind": "request", "right": ["start a.b", "set c é"], "answer": ["refuse"]},
        {
            "set": "tatoeba",
            "task": "translate",
            "skill": "t",
            "fields": {"text": "Guten Tag"},
            "right": "Good day",
            "answer": " Hello",
        },
    ]
