"""Public corpora as training rows, on a few inline rows of every set; the whole data folder when it is there."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from agent.commands import parse_commands
from agent.errors import InputError
from agent.prompting import as_read, chunks
from agent.rows import Row, SpeakRow, UnderstandRow
from training.corpora import CorpusError
from training.tasks import CORPUS_TASKS, corpus_rows, leaks
from training.tasks.catalogues import listed
from training.tasks.common import Said, Source, copied, typed, understand
from training.tasks.known import known_catalogue
from training.tasks.patterns import dimmed, switched, time_kind, with_half_of_day, with_noun

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the corpora are not at {DATA}")


def _corpus(data: Path, name: str, *rows: dict[str, Any], split: str = "train") -> None:
    folder = data / name
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(json.dumps({"id": str(number), **row}) for number, row in enumerate(rows))
    (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")


def _nlu(text: str, intent: str, *slots: tuple[str, str], **more: Any) -> dict[str, Any]:
    spans = [[name, text.index(value), text.index(value) + len(value)] for name, value in slots]
    return {"text": text, "intent": intent, "slots": {name: [value] for name, value in slots}, "spans": spans, **more}


def _understood(rows: list[Row]) -> list[tuple[str, ...]]:
    return [row.commands for row in rows if isinstance(row, UnderstandRow)]


# Lower case and a lost full stop do not change what is meant.
def _commands(name: str, data: Path) -> list[tuple[str, ...]]:
    return [tuple(line.lower() for line in lines) for lines in _understood(list(corpus_rows(name, "train", data, 1)))]


def test_snips_weather_has_place_and_day_in_the_order_of_mention(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "snips2017",
        _nlu(
            "Weather tomorrow in Osyka Bhutan",
            "GetWeather",
            ("timeRange", "tomorrow"),
            ("city", "Osyka"),
            ("country", "Bhutan"),
        ),
        _nlu("Weather in Oslo at 3 pm", "GetWeather", ("city", "Oslo"), ("timeRange", "3 pm")),
        _nlu("Weather in Oslo and in Rome", "GetWeather", ("city", "Oslo"), ("city", "Rome")),
    )
    assert _commands("own_snips", tmp_path) == [
        ("start weather.forecast", "set day tomorrow", "set place osyka bhutan"),
        ("start weather.forecast", "set place oslo"),
    ]


def test_snips_bookings_keep_what_the_booking_skill_knows(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "snips2017",
        _nlu(
            "Book a table for 4 people at Ivy on Friday for pizza",
            "BookRestaurant",
            ("party_size_number", "4"),
            ("restaurant_name", "Ivy"),
            ("timeRange", "Friday"),
            ("served_dish", "pizza"),
        ),
        _nlu("a table in 5 minutes", "BookRestaurant", ("timeRange", "in 5 minutes")),
    )
    assert _commands("own_snips", tmp_path) == [
        ("start booking.restaurant", "set people 4 people", "set venue ivy", "set day friday", "set cuisine italian")
    ]


def test_other_trades_of_a_corpus_are_refused(tmp_path: Path) -> None:
    _corpus(tmp_path, "snips2017", *[_nlu(f"play song number {number}", "PlayMusic") for number in range(100)])
    made = _commands("own_snips", tmp_path)
    assert set(made) == {("refuse",)}
    # A share only: there are five such intents against two of ours.
    assert 2 < len(made) < 40


def test_hwu_lights_name_the_device_and_talk_is_talk(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "hwu64",
        _nlu("please turn the kitchen lights off", "iot_hue_lightoff"),
        _nlu("by remote sensor", "iot_hue_lightoff"),
        _nlu("tell me a joke", "general_joke"),
        _nlu("what is two plus two", "qa_maths"),
        _nlu("repeat that", "general_repeat"),
    )
    dropped: Counter[str] = Counter()
    rows = list(corpus_rows("own_hwu", "train", tmp_path, 1, dropped=dropped))
    assert _understood(rows) == [
        ("start smart_home.turn_off", "set device kitchen lights"),
        ("say chat",),
        ("start tutoring.solve", "set problem @all"),
    ]
    assert sum(dropped.values()) == 2


def test_clinc_yes_and_no_answer_a_question_that_waits(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "clinc150",
        _nlu("yes", "yes"),
        _nlu("no way", "no"),
        _nlu("cancel that", "cancel"),
        _nlu("how do you say good night in german", "translate"),
        _nlu("how do you say good night in french", "translate"),
        _nlu("how do you say good night in dutch", "translate"),
        _nlu("reserve a table for 5 at lawry's tomorrow at 8:00pm", "restaurant_reservation"),
        _nlu("what is the tallest building on earth", "oos"),
        _nlu("sell my stamps", "oos"),
    )
    rows = [row for row in corpus_rows("own_clinc", "train", tmp_path, 1) if isinstance(row, UnderstandRow)]
    assert [row.commands for row in rows] == [
        ("confirm",),
        ("deny",),
        ("cancel",),
        ("start translation.translate", "set text good night", "set target german"),
        ("start translation.translate", "set text good night", "set target french"),
        ("refuse",),
        ("start booking.restaurant", "set people 5", "set venue lawry's", "set day tomorrow", "set time 8:00pm"),
        ("refuse",),
    ]
    pending = rows[0].state.pending
    assert pending is not None
    assert pending.kind == "confirm"
    assert rows[2].state.active is not None


def test_restaurant8k_answers_stand_in_an_open_booking(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "restaurant8k",
        _nlu("There will be 14 people", "book_restaurant", ("people", "14"), requested=["people"]),
        _nlu("no, make that 8 pm", "book_restaurant", ("time", "8"), requested=[]),
        _nlu("book a table on Monday", "book_restaurant", ("date", "Monday"), requested=[]),
        _nlu("is there parking", "book_restaurant", requested=[]),
    )
    rows = [row for row in corpus_rows("own_restaurant8k", "train", tmp_path, 1) if isinstance(row, UnderstandRow)]
    assert [row.kind for row in rows] == ["answer", "correction", "request"]
    assert [tuple(line.lower() for line in row.commands) for row in rows] == [
        ("set people 14 people",),
        ("set time 8 pm",),
        ("start booking.restaurant", "set day monday"),
    ]
    asked, corrected = rows[0].state.pending, rows[1].state.pending
    assert asked is not None
    assert corrected is not None
    assert (asked.kind, asked.slot, corrected.kind) == ("slot", "people", "confirm")


def test_home_templates_are_filled_and_two_devices_are_two_requests(tmp_path: Path) -> None:
    _corpus(tmp_path, "home_assistant_intents", _nlu("what's the weather", "HassGetWeather"))
    template = "Turn on the <device_name1> and turn off the <device_name2>"
    _corpus(
        tmp_path,
        "home_llm_piles",
        {"text": template, "intent": "light|fan.turn_on|turn_off", "kind": "templated_action", "lang": "en"},
    )
    _corpus(
        tmp_path,
        "home_llm_piles",
        {"kind": "device_names", "lang": "en", "device_name": "light.hall", "description": "Hall Light"},
        {"kind": "device_names", "lang": "en", "device_name": "fan.attic", "description": "Attic Fan"},
        split="support",
    )
    made = set(_commands("own_ha", tmp_path))
    assert made == {
        ("start weather.forecast",),
        ("start smart_home.turn_on", "set device hall light", "start smart_home.turn_off", "set device attic fan"),
    }


def test_translation_values_are_the_sentence_and_nothing_of_the_wrapper(tmp_path: Path) -> None:
    said = {"de": "Das {word} ist {colour}.", "fr": "Le {word} est {colour}.", "es": "El {word} es {colour}."}
    sentences: dict[str, str] = {}
    for number, (code, told) in enumerate(said.items()):
        words = ("car", "house", "sky", "dog", "book", "tree")[2 * number :][:2]
        pairs = [
            {
                "src_lang": "en",
                "tgt_lang": code,
                "src": f"The {word} is {colour}.",
                "tgt": told.format(word=word, colour=colour),
            }
            for word in words
            for colour in ("red", "green", "blue", "new", "old", "wet", "big", "hot", "dry", "far", "thin", "tall")
        ]
        _corpus(tmp_path, "tatoeba", *pairs, split=f"en-{code}.train")
        for pair in pairs:
            sentences |= {as_read(pair[side]).lower().rstrip("."): pair[f"{side}_lang"] for side in ("src", "tgt")}
    rows = [row for row in corpus_rows("own_translation", "train", tmp_path, 3) if isinstance(row, UnderstandRow)]
    targets = set()
    values = 0
    for row in rows:
        told = dict(line.removeprefix("set ").split(" ", 1) for line in row.commands if line.startswith("set "))
        if "text" not in told or told["text"] == "@all":
            continue
        values += 1
        language = sentences[told["text"].lower().rstrip(".")]
        if "target" in told:
            targets.add(told["target"])
            assert (told["target"] == "english") == (language != "en"), row
    assert values > 40
    assert targets == {"english", "german", "french", "spanish"}


def test_every_source_sentence_has_one_translation(tmp_path: Path) -> None:
    def pair(src: str, tgt: str) -> dict[str, Any]:
        return {"src_lang": "en", "tgt_lang": "de", "src": src, "tgt": tgt}

    _corpus(
        tmp_path,
        "tatoeba",
        pair("How are you?", "Wie geht es Ihnen?"),
        pair("How are you?", "Wie geht es dir?"),
        pair("How are you?", "Wie geht es euch?"),
        split="en-de.train",
    )
    _corpus(tmp_path, "phrasebooks", pair("help!", "Hilfe!"), split="en-de.train")
    rows = [row for row in corpus_rows("translate", "train", tmp_path, 1) if isinstance(row, SpeakRow)]
    german = {row.fields["text"].lower().strip("?!"): row.target for row in rows if row.fields["target"] == "german"}
    assert german == {"how are you": "Wie geht es dir?", "help": "Hilfe!"}
    # Common phrases are said more often.
    assert len([row for row in rows if row.target == "Hilfe!"]) > 2


def test_a_corpus_catalogue_lists_its_intents_and_candidates_hold_the_right_one(tmp_path: Path) -> None:
    rows = [
        _nlu(f"will it rain in {city}", "GetWeather", ("city", city))
        for city in ("Oslo", "Rome", "Bonn", "Kiel", "Lyon")
    ]
    rows += [_nlu(f"do thing {number}", f"DoThing{number}") for number in range(20)]
    _corpus(tmp_path, "snips2017", *rows)
    catalogue = known_catalogue("snips", tmp_path)
    assert catalogue.intents["snips.get_weather"].slots == ("city",)
    assert catalogue.intents["snips.get_weather"].description == "get weather"
    row = next(iter(corpus_rows("cat_snips", "train", tmp_path, 1)))
    assert isinstance(row, UnderstandRow)
    assert row.commands[0] == "start snips.get_weather"
    shown = [listed(row, catalogue, random.Random(seed), k=6) for seed in range(16)]
    wanted = [made.commands[0].removeprefix("start ") for made, _ in shown]
    assert all(
        len(names.intents) == 6 and name in names.intents for name, (_, names) in zip(wanted, shown, strict=True)
    )
    # Shuffled, and every other time under another name.
    assert len({list(names.intents).index(name) for name, (_, names) in zip(wanted, shown, strict=True)}) > 1
    assert 2 < sum(name == "snips.get_weather" for name in wanted) < 14
    assert {made.commands[1] for made, _ in shown} == {row.commands[1]}


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    _corpus(tmp_path, "snips2017", *[_nlu(f"Will it be sunny in {n} Mile Beach?", "GetWeather") for n in range(60)])
    first, again, other = (list(corpus_rows("own_snips", "train", tmp_path, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_evaluation_rows_that_were_trained_on_are_left_out(tmp_path: Path) -> None:
    _corpus(tmp_path, "snips2017", _nlu("Weather in Oslo?", "GetWeather", ("city", "Oslo")))
    dev = [
        _nlu("weather in oslo", "GetWeather", ("city", "oslo")),
        _nlu("weather in Bonn", "GetWeather", ("city", "Bonn")),
    ]
    _corpus(tmp_path, "snips2017", *dev, split="dev")
    dropped: Counter[str] = Counter()
    train = list(corpus_rows("own_snips", "train", tmp_path, 1))
    evaluation = list(corpus_rows("own_snips", "dev", tmp_path, 1, dropped=dropped))
    assert [row.text.lower() for row in evaluation if isinstance(row, UnderstandRow)] == ["weather in bonn"]
    assert dropped["the same words are in training"] == 1
    assert leaks(train, evaluation) == []
    assert leaks(train, train) == train


def test_unknown_names_and_absent_sets_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpus task 'own_snip'; expected one of own_snips, own_hwu"):
        list(corpus_rows("own_snip", "train", tmp_path, 1))
    with pytest.raises(InputError, match="no split 'test'"):
        list(corpus_rows("own_snips", "test", tmp_path, 1))
    with pytest.raises(CorpusError, match="snips2017 has no train"):
        list(corpus_rows("own_snips", "train", tmp_path, 1))


def _problem(question: str, answer: str, **more: str) -> dict[str, Any]:
    return {"question": question, "answer": answer, **more}


def test_problems_become_equations_over_their_marked_numbers(tmp_path: Path) -> None:
    _corpus(
        tmp_path,
        "mawps",
        _problem("Kim sold 88 pears and 6 plums. How many fruits?", "94", equation="( 88 + 6 )"),
        _problem("Kim has 5 bonnets and 5 caps. How many more than 2?", "3", equation="5 - 2"),
        _problem("Kim has 9 bonnets. How many are lost?", "2", equation="( 11 - 9 )"),
    )
    _corpus(
        tmp_path,
        "gsm8k",
        _problem(
            "Flo packs 3 crates of 14 jars and 2 loose jars. Jars?", "44", rationale="<<3*14=42>> then <<42+2=44>>"
        ),
        _problem("Flo cuts 3/4 of a ribbon of 20 m. How much?", "15", rationale="<<3/4*20=15>>"),
        _problem("Flo does three things: 8, 9, 10.", "27", rationale="<<8+9=17>> <<17+10=27>> <<27*1=27>>"),
    )
    dropped: Counter[str] = Counter()
    rows = [row for row in corpus_rows("solve", "train", tmp_path, 1, dropped=dropped) if isinstance(row, SpeakRow)]
    targets = {
        start: {row.target for row in rows if start in str(row.fields["problem"]).lower()}
        for start in ("pears and", "bonnets", "jars?", "ribbon", "three things")
    }
    assert targets == {
        "pears and": {"N0 + N1"},
        "bonnets": {"N0 - N2"},  # of equal numbers either place is right; only training keeps such problems
        "jars?": {"N0 * N1 + N2"},
        "ribbon": set(),
        "three things": set(),
    }
    assert all(number not in str(row.fields["problem"]) for row in rows for number in ("88", "14"))
    assert sorted(dropped.values()) == [1, 1, 5]  # one problem is told five times, itself and four times again


def test_our_own_problems_are_right_and_some_are_kept_for_evaluation(tmp_path: Path) -> None:
    for name in ("mawps", "gsm8k"):
        for split in ("train", "dev"):
            _corpus(tmp_path, name, split=split)
    train, evaluation = (
        [row for row in corpus_rows("solve", split, tmp_path, 1) if isinstance(row, SpeakRow)]
        for split in ("train", "dev")
    )
    assert len(train) > 2000
    assert len(evaluation) > 30
    assert leaks(train, evaluation) == []
    unused = 0
    for row in train + evaluation:
        problem = str(row.fields["problem"])
        used, given = (set(re.findall(r"N\d", text)) for text in (row.target, problem))
        assert used <= given, (problem, row.target)
        unused += used < given
    # A few problems have a number that is of no use; most do not.
    assert 50 < unused < 0.2 * len(train)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please turn the kitchen lights off", (False, "kitchen lights")),
        ("could you switch on my desk lamp please", (True, "desk lamp")),
        ("bedroom light off", (False, "bedroom light")),
        ("lights off in the hallway", (False, "lights off in the hallway")),
        ("Deactivate the porch light.", (False, "porch light")),
        ("turn on all the lights in here", (True, "all the lights")),
        ("turn on the lamp and the fan", None),
        ("turn it off", None),
        ("turn on the volume to 50 percent", None),
        ("what is that", None),
    ],
)
def test_switched_finds_the_way_and_the_device(text: str, expected: tuple[bool, str] | None) -> None:
    found = switched(text)
    assert (found and (found[0], text[slice(*found[1])])) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set the bedroom lamp brightness to 50%", ("bedroom lamp", "50%")),
        ("dim the floor lamp to thirty percent", ("floor lamp", "thirty percent")),
        ("dim the lights a bit", None),
        ("turn the volume to 50 percent", None),
    ],
)
def test_dimmed_finds_device_and_level(text: str, expected: tuple[str, str] | None) -> None:
    found = dimmed(text)
    assert (found and tuple(text[slice(*place)] for place in found)) == expected


def test_numbers_of_people_and_clock_times_are_taken_whole() -> None:
    assert with_noun("for 4 people please", 4, 5) == (4, 12)
    assert with_noun("for 4 please", 4, 5) == (4, 5)
    assert with_half_of_day("at 8:15 PM.", 3, 7) == (3, 10)
    assert [time_kind(text) for text in ("next tuesday", "half past two", "tomorrow at 5 pm", "soon")] == [
        "day",
        "time",
        "both",
        "neither",
    ]


def test_typing_noise_leaves_marked_words_findable() -> None:
    rng = random.Random(1)
    text, value = "What's the Forecast for Sankt-Pölten, Austria?", "Sankt-Pölten, Austria"
    start = text.index(value)
    seen = set()
    for _ in range(300):
        said = typed(Said(text, ((start, start + len(value)),)), rng, typos=0.5)
        assert said.text[slice(*said.spans[0])].lower() == value.lower()
        seen.add(said.text)
    assert len(seen) > 20
    assert text in seen or text.rstrip("?") in seen


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ('say "good night" in german', "good night", "good night"),
        ("it's Tom's dog", "Tom's dog", "Tom's dog"),
        ("costs 3.50 now", "3.50", "3.50"),
        ("costs $5 now", "5", None),
        ("at 12noon", "noon", None),
    ],
)
def test_a_value_is_a_run_of_whole_words_or_nothing(text: str, value: str, expected: str | None) -> None:
    assert copied(text, text.index(value), text.index(value) + len(value)) == expected


def test_a_row_whose_value_cannot_be_copied_is_counted() -> None:
    source = Source(Path(), "train", random.Random(1))
    assert understand(source, "costs $5 now", ["start a.b", "set c {0}"], [(7, 8)], noise=False) is None
    assert source.dropped == {"a value is not a run of words of the text as read": 1}


@needs_data
@pytest.mark.parametrize("name", [name for name in CORPUS_TASKS if name.startswith(("own_", "cat_"))])
def test_rows_of_the_real_corpora_are_legal_and_their_values_are_in_the_text(name: str) -> None:
    rows = list(islice(corpus_rows(name, "train", DATA, 1), 1500))
    assert len(rows) > 500
    for row in rows:
        assert isinstance(row, UnderstandRow)
        parse_commands("\n".join(row.commands))
        pieces = chunks(as_read(row.text))
        for line in row.commands:
            command, _, rest = line.partition(" ")
            slot, _, value = rest.partition(" ")
            if command != "set" or value == "@all" or slot in ("target", "cuisine"):
                continue
            wanted = chunks(value)
            assert any(pieces[at : at + len(wanted)] == wanted for at in range(len(pieces))), (row.text, line)


@needs_data
@pytest.mark.parametrize("name", ["own_restaurant8k", "own_clinc", "cat_hwu", "chat"])
def test_no_evaluation_row_of_the_real_corpora_is_a_training_row(name: str) -> None:
    train, evaluation = (list(corpus_rows(name, split, DATA, 1)) for split in ("train", "dev"))
    assert len(evaluation) > 50
    assert leaks(train, evaluation) == []
