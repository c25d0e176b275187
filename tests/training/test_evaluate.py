"""Scores: each metric against a case counted by hand."""

from __future__ import annotations

import pytest

from agent.rows import SpeakRow, UnderstandRow
from training.evaluate import (
    Answered,
    acts,
    baseline,
    commands_score,
    intent_label,
    render_table,
    same_equation,
    score,
    translation_score,
)


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


def test_chat_counts_exact_answers():
    rows = [
        Answered(SpeakRow(task="chat", skill="chat", fields={}, target="Hello!"), answer)
        for answer in (" Hello!", " Bye")
    ]
    assert score("chat", rows) == {"rows": 2, "answer_accuracy": 50.0}


def test_the_baseline_learns_intents_from_words():
    training = [UnderstandRow(text=f"rain in {n}", commands=("start weather.forecast",)) for n in range(10)]
    training += [UnderstandRow(text=f"fly to {n}", commands=("refuse",)) for n in range(10)]
    rows = [said("", "start weather.forecast", text="rain in oslo"), said("", "refuse", text="fly to oslo")]
    assert baseline(rows, training) == {"intent_accuracy": 100.0, "training_rows": 20}


def test_the_table_has_a_line_a_figure():
    report = {
        "rows_per_task": 5,
        "backend": "local",
        "calls_per_second": 3.0,
        "scores": {"own": {"rows": 5, "command_accuracy": 80.0, "by_kind": {"chat": {"accuracy": 50.0, "rows": 2}}}},
    }
    table = render_table(report)
    assert "| own | command accuracy | 80.0 |" in table
    assert "| own | by_kind chat accuracy | 50.0 |" in table
