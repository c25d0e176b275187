"""Explaining, choosing, summarising, writing, tagging, translating: what is trained on is what is served."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from agent.discovery import load_catalogue
from agent.prompting import as_read, chunks
from agent.rows import Row, SpeakRow
from training.corpora import NluRow, ProblemRow
from training.encode import Encoder, Renderer
from training.evaluate import passed_over, request_of
from training.leaks import evaluation_texts, without_leaks
from training.rendering import make_renderer
from training.scoring.answered import Answered
from training.scoring.floors import load_withheld, save_withheld, task_of, withheld_tasks
from training.scoring.sets import SETS, Place, cases_of
from training.scoring.written import (
    choice_score,
    explanation_score,
    rouge_l,
    summary_score,
    tag_score,
    writing_score,
)
from training.sharing.folders import SharingRecord, sources_of
from training.tasks import CORPUS_TASKS, corpus_rows
from training.tasks.common import Source, key
from training.tasks.known import carried, save_known
from training.tasks.texts.choosing import ChoiceRow, choose_grammar, choose_row, speak_choose
from training.tasks.texts.explaining import explain_row, last_number
from training.tasks.texts.summarising import MAX_WORDS, SummaryRow, summary_row
from training.tasks.texts.tagging import PARTS, entity_row, parts_rows, tag_grammar, tag_row, tags_of
from training.tasks.texts.writing import InstructionRow, write_row
from training.tokenizer import train_tokenizer

ROWS: dict[str, list[dict[str, Any]]] = {
    "gsm8k/train": [
        {
            "question": "Ann has 3 pens and buys 4 more. How many has she?",
            "answer": "7",
            "rationale": "She has 3 + 4 = <<3+4=7>>7 pens.\nSo 7.",
        }
    ],
    "commonsenseqa/train": [
        {"question": "Where is milk kept?", "options": {"A": "oven", "B": "fridge", "C": "attic"}, "answer": "B"}
    ],
    "opentriviaqa/train": [
        {"question": "Is water wet?", "options": {"A": "yes", "B": "no"}, "answer": "A"},
        {"question": "Which?", "options": {"A": "this", "B": "that"}, "answer": "D"},
    ],
    "tal_scq5k_en/train": [{"question": "$1+1$", "options": {"A": "$2$", "B": "$3$"}, "answer": "A"}],
    "scitldr/train": [{"text": "We train a model. It works well.", "summary": "A model that works."}],
    "qmsum_short/train": [
        {"text": "A: The lamp broke.\nB: Buy a new one.", "query": "What of the lamp?", "summary": "It is replaced."}
    ],
    "e2e_nlg/train": [{"instruction": "Describe it.", "input": "name[Bo], food[fish]", "output": "Bo serves fish."}],
    "dolly_sample/train": [{"instruction": "Name a colour.", "input": "", "output": "Blue."}],
    "self_instruct_seed/train": [{"instruction": "Say hello.", "input": "", "output": "Hello!"}],
    "snips2017/train": [
        {
            "text": "rain in new york tomorrow",
            "intent": "GetWeather",
            "spans": [["city", 8, 16], ["timeRange", 17, 25]],
        },
        {"text": "rain in oslos", "intent": "GetWeather", "spans": [["city", 8, 12]]},
    ],
    "restaurant8k/train": [
        {"text": "a table for 6 please", "intent": "book_restaurant", "spans": [["people", 12, 13]]}
    ],
    "bitext_customer_service/train": [
        {"text": "cancel order 77", "intent": "cancel_order", "spans": [["order_id", 13, 15]]},
        {"text": "where is my money", "intent": "track_refund"},
    ],
    **{
        f"{folder}/en-{code}.train": [
            {"src_lang": "en", "tgt_lang": code, "src": src, "tgt": tgt} for src, tgt in pairs
        ]
        for folder, code, pairs in (
            ("tatoeba", "fr", [("You are late.", "Vous êtes en retard."), ("You are late.", "Tu es en retard, toi.")]),
            ("phrasebooks", "fr", [("Good evening", "Bonsoir")]),
            (
                "tatoeba",
                "es",
                [("You are late.", "Usted llega tarde."), ("You are late.", "Llegas tarde, ¿tú?")],
            ),
            ("phrasebooks", "es", [("Thanks", "Gracias")]),
            ("tatoeba", "zh", [("I love you.", "我爱你。"), ("I love you.", "我爱您。")]),
            ("hsk_cedict", "zh", [("to eat", "吃")]),
        )
    },
}
NAMES = ("translate_fr", "translate_es", "translate_zh", "explain", "choose", "summarise", "write", "tag", "support")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A row or two of every set, in the uniform format."""
    folder = tmp_path_factory.mktemp("data")
    for name, rows in ROWS.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        text = "".join(json.dumps({"id": str(number), **row}) + "\n" for number, row in enumerate(rows))
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def renderer(data: Path) -> Renderer:
    return make_renderer(load_catalogue(), data=data, seed=1)


def test_what_is_learnt_decodes_to_what_is_served_in_every_text_task(data: Path, renderer: Renderer) -> None:
    rows: dict[str, list[Row]] = {name: list(corpus_rows(name, "train", data, 1)) for name in NAMES}
    shown = [renderer.render(row) for made in rows.values() for row in made]
    tokenizer = train_tokenizer((text for item in shown for text in (item.prompt, item.target)), vocab_size=600)
    encoder = Encoder(tokenizer, renderer, context=512)
    for name, made in rows.items():
        assert made, name
        for row in made:
            rendered, example = renderer.render(row), encoder.encode(row)
            ids = example.ids.tolist()
            target = tokenizer.decode(ids[example.prompt_length :], skip_special_tokens=False)
            assert target == f"{rendered.target}<|end|>"
            learnt = tokenizer.decode([ids[place] for place in example.at], skip_special_tokens=False)
            if rendered.grammar is None:
                assert learnt == target
            else:
                # Only what is decided: a label, a tag, an intent and its value.
                assert 0 < len(example.at) < len(ids) - example.prompt_length


def test_every_source_says_its_sets_and_licences_and_what_task_it_teaches() -> None:
    for name in NAMES:
        task = CORPUS_TASKS[name]
        assert task.licences.count(";") == len(task.sets) - 1
        assert task_of(name) == ("understand" if name == "support" else name)


def test_an_explanation_has_no_marks_and_ends_in_the_answer() -> None:
    row = explain_row(ProblemRow.model_validate(ROWS["gsm8k/train"][0]))
    assert row.target == "She has 3 + 4 = 7 pens. So 7."
    found = explanation_score(
        [Answered(row, " It is 3 + 4 = 7", {"answer": "7"}), Answered(row, " 8", {"answer": "7"})]
    )
    assert found["answer_accuracy"] == 50.0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3 + 4 = $1,072.50 in all.", Fraction(2145, 2)),
        ("That is 7.00", 7),
        ("It fell to -3.", -3),
        # A minus between numbers is no sign.
        ("so 10-3", 3),
        ("no number here", None),
    ],
)
def test_the_last_number_of_an_explanation_is_read_as_a_number(text: str, number: int | Fraction | None) -> None:
    assert last_number(text) == number


def test_an_explanation_without_a_number_is_never_right() -> None:
    row = explain_row(ProblemRow.model_validate(ROWS["gsm8k/train"][0]))
    assert explanation_score([Answered(row, " well", {"answer": "none"})])["answer_accuracy"] == 0.0


def test_a_choice_is_one_of_the_labels_and_the_order_tells_nothing(data: Path) -> None:
    row = choose_row(ChoiceRow.model_validate(ROWS["commonsenseqa/train"][0]))
    assert row.fields["options"] == "A) oven; B) fridge; C) attic"
    assert choose_grammar(str(row.fields["options"])) == 'start: " A" | " B" | " C"\n'
    places = set()
    for seed in range(20):
        for made in speak_choose(Source(data, "train", random.Random(seed))):
            assert isinstance(made, SpeakRow)
            if made.fields["question"] == "Where is milk kept?":
                assert f"{made.target}) fridge" in made.fields["options"]
                places.add(made.target)
    assert places == {"A", "B", "C"}
    other = row.model_copy(update={"target": "C"})
    found = choice_score([Answered(row, " B"), Answered(row, " A"), Answered(row, " A"), Answered(other, " B")])
    assert found == {"rows": 4, "accuracy": 25.0, "chance": 33.3, "majority": 75.0}


def test_options_in_another_order_are_the_same_question() -> None:
    asked = ChoiceRow.model_validate(ROWS["commonsenseqa/train"][0])
    turned = asked.model_copy(update={"options": {"A": "fridge", "B": "attic", "C": "oven"}, "answer": "A"})
    other = asked.model_copy(update={"options": {"A": "fridge", "B": "attic", "C": "well"}, "answer": "A"})
    assert key(choose_row(asked)) == key(choose_row(turned)) != key(choose_row(other))


@pytest.mark.parametrize(
    ("name", "folder", "shown"),
    [
        ("explain", "gsm8k", {"question": "Ann has 30 pens and buys 2 more. How many has she?"}),
        ("choose", "commonsenseqa", {"options": {"A": "fridge", "B": "attic", "C": "oven"}}),
        ("write", "e2e_nlg", {"output": "Fish is served at Bo."}),
        ("summarise", "scitldr", {"text": "Something else altogether."}),
        ("tag", "restaurant8k", {"text": "A table for 6, please!"}),
    ],
)
def test_what_an_evaluation_row_says_is_never_learnt(
    data: Path, tmp_path: Path, name: str, folder: str, shown: dict[str, Any]
) -> None:
    held = tmp_path / folder / "dev.jsonl"
    held.parent.mkdir()
    held.write_text(json.dumps({"id": "1", **ROWS[f"{folder}/train"][0], **shown}) + "\n", encoding="utf-8")
    rows = list(corpus_rows(name, "train", data, 1))
    kept, dropped = without_leaks(name, rows, evaluation_texts(tmp_path, [folder]), drop=True)
    assert dropped == 1
    assert len(kept) == len(rows) - 1


def test_texts_for_the_same_facts_are_references_of_one_question(data: Path, tmp_path: Path) -> None:
    first = ROWS["e2e_nlg/train"][0]
    held = tmp_path / "e2e_nlg" / "dev.jsonl"
    held.parent.mkdir()
    lines = ({"id": str(number), **first, "output": text} for number, text in enumerate(("Bo has fish.", "Eat at Bo.")))
    held.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (case,) = cases_of(SETS["e2e_nlg"], Place(tmp_path, data, "dev", load_catalogue()), None)
    found = writing_score([Answered(case.row, " Eat at Bo.", case.gold)])
    assert (found["rows"], found["rouge_l"]) == (1, 100.0)
    assert found["bleu"] == 100.0
    assert "nrefs:2" in found["signature"]


def test_texts_with_fewer_references_than_others_are_scored_too() -> None:
    row = SpeakRow(task="write", skill="writing", fields={}, target="one two three four five")
    items = [Answered(row, "one two three four five", {"more": []}), Answered(row, "six", {"more": ["six"]})]
    assert writing_score(items)["rouge_l"] == 100.0


def test_an_answer_may_be_as_long_as_those_of_the_sets(renderer: Renderer) -> None:
    words = "word " * 40
    long = tag_row("parts", words.strip(), ["NOUN"] * 40)
    for row, least in ((long, 200), (write_row(InstructionRow(instruction="Tell.", output=words)), 100)):
        assert request_of(renderer, row)[1].max_tokens >= least
    talk = SpeakRow(task="chat", skill="chat", fields={"utterance": "hi"}, target="hello")
    assert request_of(renderer, talk)[1].max_tokens == 64


@pytest.mark.parametrize(
    ("name", "group"), [("tatoeba_fr", "c"), ("gsm8k", "b"), ("mawps", "a"), ("snips2017_entities", "b")]
)
def test_a_set_is_asked_of_the_group_of_its_task_whatever_its_folder_teaches_besides(name: str, group: str) -> None:
    groups = {"a": ("solve", "snips"), "b": ("explain", "tag"), "c": ("translate_fr",)}
    record = SharingRecord(kind="soft", groups=groups, models=dict.fromkeys(groups, ""))
    assert record.group_of(name, SETS[name].task, *sources_of(name)) == group


def test_a_question_whose_answer_is_no_option_is_counted(data: Path) -> None:
    source = Source(data, "train", random.Random(0))
    assert len(list(speak_choose(source))) == 3
    assert source.dropped == {"opentriviaqa: the answer is none of the options": 1}


def test_a_long_text_is_cut_before_it_is_summed_up_and_its_first_words_stand_beside() -> None:
    row = summary_row(SummaryRow(text="word " * 500, summary="word word"))
    assert len(str(row.fields["text"]).split()) == MAX_WORDS
    found = summary_score([Answered(row, " word word", {"more": []})])
    assert found["rouge_l"] == 100.0
    assert 0 < found["lead_rouge_l"] < 50


@pytest.mark.parametrize(
    ("found", "right", "expected"),
    [
        ("the cat sat", "the cat sat", 1.0),
        # Three of three and four words in order: 2 * 3 / 7.
        ("the cat sat", "the black cat sat", 6 / 7),
        # Only one word is in order.
        ("sat cat", "cat sat", 0.5),
        ("", "cat", 0.0),
        ("dog", "cat", 0.0),
    ],
)
def test_rouge_l_counts_the_longest_common_subsequence(found: str, right: str, expected: float) -> None:
    assert rouge_l(found, right) == pytest.approx(expected)


def test_entities_are_whole_words_of_the_spans() -> None:
    first, second = (NluRow.model_validate(row) for row in ROWS["snips2017/train"])
    row = entity_row("snips2017", first)
    assert row is not None
    assert tags_of(row.target) == ["O", "O", "B-place", "I-place", "B-time"]
    assert entity_row("snips2017", second) is None
    answer = " rain O\nin O\nnew B-place\nyork B-place\ntomorrow B-time"
    found = tag_score([Answered(row, answer)])
    # Two of the five words are no entity: what always saying "O" would score.
    assert (found["tag_accuracy"], found["entity_f1"], found["majority"]) == (80.0, 40.0, 40.0)


def test_the_sample_of_parts_of_speech_is_whole_and_split() -> None:
    training, held = parts_rows("train"), parts_rows("dev")
    assert len(training) + len(held) == 150
    assert len(held) > 20
    assert not {row.fields["text"] for row in training} & {row.fields["text"] for row in held}
    for row in (*training, *held):
        tags = tags_of(row.target)
        assert set(tags) <= set(PARTS)
        assert len(tags) == len(chunks(as_read(str(row.fields["text"]))))


def test_a_tag_grammar_takes_every_word_once_and_nothing_else() -> None:
    llguidance = pytest.importorskip("llguidance")
    grammar = tag_grammar("go home", "parts")
    tokenizer = train_tokenizer(iter(["go home VERB NOUN house B-place"]), vocab_size=400)
    engine = llguidance.LLTokenizer(tokenizer.to_str())

    def legal(text: str) -> bool:
        matcher = llguidance.LLMatcher(engine, grammar, log_level=0)
        return bool(matcher.consume_tokens(engine.tokenize_str(text)) and matcher.is_accepting())

    assert legal(" go VERB\nhome NOUN")
    assert not legal(" go VERB")
    assert not legal(" go VERB\nhouse NOUN")
    assert not legal(" go VERB\nhome B-place")


def _targets(rows: Iterator[Row]) -> set[str]:
    return {row.target for row in rows if isinstance(row, SpeakRow)}


def test_a_friend_is_spoken_to_in_every_language(data: Path) -> None:
    assert "Tu es en retard, toi." in _targets(corpus_rows("translate_fr", "train", data, 1))
    assert "Vous êtes en retard." not in _targets(corpus_rows("translate_fr", "train", data, 1))
    assert "Usted llega tarde." not in _targets(corpus_rows("translate_es", "train", data, 1))
    assert "我爱你。" in _targets(corpus_rows("translate_zh", "train", data, 1))
    assert "我爱您。" not in _targets(corpus_rows("translate_zh", "train", data, 1))


def test_a_model_is_not_asked_what_it_never_learnt(tmp_path: Path) -> None:
    withheld = withheld_tasks(["own", "clinc", "translate", "chat", "solve", "grade"])
    assert withheld["translate_fr"] == withheld["answer"] == "not trained"
    assert "translate" not in withheld
    assert "understand" not in withheld
    save_withheld(withheld, tmp_path)
    assert load_withheld(tmp_path) == withheld
    passed = passed_over(
        ["mawps", "scitldr", "fairytaleqa", "clinc150", "bitext_customer_service"], withheld, {"clinc"}
    )
    # A passage is answered by quoting when the model does not answer, so that set is scored all the same.
    assert set(passed) == {"scitldr", "bitext_customer_service"}
    assert "not known" in passed["bitext_customer_service"]


def test_a_model_knows_the_catalogues_it_was_taught_and_no_other(renderer: Renderer, tmp_path: Path) -> None:
    assert {catalogue.name for catalogue in renderer.known} >= {"support", "snips"}
    assert carried(renderer.known, ["own", "cat_snips", "tag"]) == []
    assert [catalogue.name for catalogue in carried(renderer.known, ["own", "support"])] == ["support"]
    # What it began with stays known.
    save_known([catalogue for catalogue in renderer.known if catalogue.name == "snips"], tmp_path)
    assert {catalogue.name for catalogue in carried(renderer.known, ["support"], tmp_path)} == {"support", "snips"}
    assert set(passed_over(["snips2017", "mawps"], {}, ())) == {"snips2017"}


def test_a_task_below_its_floor_is_withheld_with_its_figure() -> None:
    report = {"scores": {"saf": {"task": "grade", "label_accuracy": 61.0, "majority": 60.0}}}
    assert withheld_tasks(CORPUS_TASKS, report) == {"grade": "saf label_accuracy 61 (floor 63)"}


def test_a_passage_is_quoted_where_the_model_does_not_answer() -> None:
    instead = SETS["fairytaleqa"].instead
    assert instead is not None
    story = "The king slept all day. A fox stole the golden apple from the tree. Nobody saw it."
    row = SpeakRow(task="answer", skill="reading", fields={}, target="")
    case = type("", (), {"gold": {"question": "Who stole the golden apple?", "context": story}, "row": row})()
    assert "A fox stole the golden apple" in instead(case)
