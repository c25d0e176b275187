"""Known catalogues, listed ones, and what stands beside them: on a few inline rows of every set."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.catalogue import Catalogue
from agent.rows import SpeakRow, UnderstandRow
from skills.reading import answer_grammar, relevant_passage
from skills.tutoring.grading import grading_fields
from tests.training.factory import CATALOGUE
from training.corpora import NluRow
from training.leaks import LeakError, evaluation_texts, without_leaks
from training.rendering import make_renderer
from training.tasks import corpus_rows
from training.tasks.answering import best_quotation
from training.tasks.catalogues import beside, foreign_intents
from training.tasks.home_values import canonical, home_slots, resolve_home, same_home_slots
from training.tasks.known import known_catalogue, load_known, save_known


def _set(data: Path, name: str, rows: list[dict[str, Any]], split: str = "train") -> None:
    (data / name).mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": str(number), "slots": {}, "spans": [], **row}) for number, row in enumerate(rows)]
    (data / name / f"{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    _set(
        tmp_path,
        "banking77",
        [{"text": "where is my card", "intent": "card_arrival"}, {"text": "top up", "intent": "top_up"}],
    )
    snips = [
        {"text": "play jazz by Nina", "intent": "PlayMusic", "spans": [["genre", 5, 9], ["artist", 13, 17]]},
        {"text": "rain in Oslo", "intent": "GetWeather", "spans": [["city", 8, 12]]},
    ]
    _set(tmp_path, "snips2017", snips)
    for name in ("hwu64", "clinc150", "opentriviaqa", "dolly_sample"):
        _set(tmp_path, name, [{"text": "flip a coin", "intent": "flip_coin", "question": "who was first on the moon"}])
    _set(
        tmp_path,
        "home_assistant_intents",
        [{"text": "lights on", "intent": "HassTurnOn", "slots": {"domain": ["light"]}}],
    )
    return tmp_path


def test_a_known_catalogue_is_named_in_the_prompt_and_not_listed(data: Path) -> None:
    row = next(row for row in corpus_rows("banking", "train", data, 1))
    assert isinstance(row, UnderstandRow)
    rendered = make_renderer(CATALOGUE, data=data, seed=1).render(row)
    assert rendered.prompt == f"<|understand|><|skills|> banking<|user|> {row.text}<|commands|>"
    assert rendered.grammar is not None
    assert "banking.card_arrival" in rendered.grammar
    assert "weather.forecast" not in rendered.grammar


def test_labels_and_slots_are_spelt_as_commands_spell_them(data: Path) -> None:
    rows = [row for row in corpus_rows("snips", "train", data, 1) if isinstance(row, UnderstandRow)]
    assert ("start snips.play_music", "set genre jazz", "set artist Nina") in {row.commands for row in rows}
    assert known_catalogue("ha", data).intents.keys() == {"ha.turn_on"}


def test_a_model_carries_the_catalogues_it_knows(data: Path, tmp_path: Path) -> None:
    catalogues = [known_catalogue("snips", data), known_catalogue("ha", data)]
    save_known(catalogues, tmp_path)
    loaded = load_known(tmp_path)
    assert {name: each.signatures for name, each in loaded.items()} == {
        each.name: each.signatures for each in catalogues
    }
    assert load_known(tmp_path / "nowhere") == {}


def test_a_foreign_skill_is_listed_beside_ours_now_and_then_and_never_one_of_our_trades(data: Path) -> None:
    foreign = foreign_intents([known_catalogue("snips", data), known_catalogue("banking", data)])
    assert foreign.keys() == {"snips.play_music", "banking.card_arrival", "banking.top_up"}
    row = UnderstandRow(text="rain in oslo", commands=("start weather.forecast", "set place oslo"))
    shown = [beside(row, CATALOGUE, foreign, random.Random(seed)) for seed in range(200)]
    listed = Counter(len(catalogue.intents) > len(CATALOGUE.intents) for catalogue in shown)
    assert 8 < listed[True] < 50
    refused = UnderstandRow(text="where is my card", commands=("refuse",))
    assert all(beside(refused, CATALOGUE, foreign, random.Random(seed)) is CATALOGUE for seed in range(50))


@pytest.mark.parametrize(
    ("text", "slots", "context"),
    [
        ("turn on the lights in the kitchen", {"domain": ["light"], "area": ["Kitchen"]}, None),
        ("set the brightness to the lowest in here", {"brightness": [1], "area": ["Bedroom"]}, {"area": "Bedroom"}),
        ("turn off all fans", {"name": ["all"], "domain": ["fan"]}, None),
        ("are any batteries low?", {"domain": ["binary_sensor"], "state": ["on"]}, None),
        ("turn it up to 20.5 in this room", {"temperature": [20.5]}, None),
        ("pause the pizza timer", {"name": ["pizza ", "pizza"]}, None),
    ],
)
def test_what_a_home_sentence_says_comes_back_to_its_canonical_slots(text, slots, context) -> None:
    row = NluRow.model_validate({"text": text, "intent": "X", "slots": slots, "context": context})
    commands = [
        f"set {slot} {value if isinstance(value, str) else text[slice(*value)]}" for slot, value in home_slots(row)
    ]
    assert same_home_slots(resolve_home(commands, context or {}), slots)


def test_numbers_in_words_digits_and_percent_are_one_value() -> None:
    hundreds, nineteens = ("One hundred percent", 100, "100%", "maximum"), ("19 degrees", "nineteen")
    assert {canonical(value) for value in hundreds} == {"100"}
    assert {canonical(value) for value in nineteens} == {"19"}
    assert canonical("First Floor") == "first floor"


def test_the_passage_holds_the_sentence_the_question_is_about() -> None:
    story = "A king lived by the sea. The youngest son found a golden ring in the well. It rained."
    cut = relevant_passage("What did the youngest son find in the well?", story, max_words=10)
    assert "golden ring" in cut
    assert "It rained" not in cut


def test_an_answer_is_the_run_of_the_passage_most_like_it() -> None:
    passage = "The youngest son found a golden ring in the well."
    assert best_quotation(passage, ["golden rings", "the golden ring"]) == "golden ring"
    assert best_quotation(passage, ["a silver spoon"]) is None


def test_the_grammar_of_answers_holds_words_of_the_passage_alone() -> None:
    llguidance = pytest.importorskip("llguidance")
    grammar = answer_grammar("he said : go home")
    assert llguidance.LLMatcher.validate_grammar(grammar) == ""


def test_an_answer_that_covers_the_reference_covers_more_than_one_that_does_not() -> None:
    reference = "It translates private addresses into public ones and saves addresses."
    good = grading_fields("What does NAT do?", reference, "it translates private addresses to public addresses")
    bad = grading_fields("What does NAT do?", reference, "nothing at all")
    assert good["covered"] > 5 > bad["covered"]
    assert len(grading_fields("x " * 50, reference, "y " * 90)["answer"].split()) < 40


def test_a_training_row_that_says_what_an_evaluation_row_says_stops_the_run_or_is_dropped(data: Path) -> None:
    _set(data, "banking77", [{"text": "Where is my card?", "intent": "card_arrival"}], split="test")
    rows = list(corpus_rows("banking", "train", data, 1))
    texts = evaluation_texts(data, ["banking77"])
    with pytest.raises(LeakError, match=r"'banking' say what .* 'where is my card'"):
        without_leaks("banking", rows, texts, drop=False)
    kept, dropped = without_leaks("banking", rows, texts, drop=True)
    assert dropped > 0
    assert all(row.text.startswith("top") for row in kept if isinstance(row, UnderstandRow))


def test_a_word_problem_leaks_whatever_its_numbers_are(data: Path) -> None:
    _set(data, "mawps", [{"question": "Tom has 3 cats. How many?", "answer": "3"}], split="dev")
    row = SpeakRow(task="solve", skill="tutoring", fields={"problem": "Tom has N0 cats. How many?"}, target="N0")
    assert without_leaks("solve", [row], evaluation_texts(data, ["mawps"]), drop=True) == ([], 1)


def test_our_catalogue_stays_as_it_is_when_a_foreign_skill_has_the_name_of_one(data: Path) -> None:
    from training.tasks.catalogues import with_listed

    assert with_listed(CATALOGUE, Catalogue.of(CATALOGUE.skills.values())) is CATALOGUE
