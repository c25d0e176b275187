"""Free text claims nothing. The sentences are in honesty/: the first ones were written with the rules, every later set
after the rules of its day; the figures of the first runs are in honesty/README.md."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dialogue.honesty import HONEST_SENTENCES, HonestStream, find_claims, honest
from agent.dialogue.honesty.grammar import Grammar

DATA = Path(__file__).parent / "honesty"
LANGUAGES = ("en", "de", "fr", "es", "zh")
SETS = ("", "second.", "third.", "fourth.", "fifth.", "sixth.", "seventh.", "eighth.", "ninth.", "tenth.", "eleventh.")
INSTEAD = HONEST_SENTENCES["en"]
WORDS = {"me": "i", "did": "booked", "not": "not", "but": "but", "and": "and"}


def sentences(prefix: str, kind: str, lang: str) -> list[str]:
    return (DATA / f"{prefix}{kind}.{lang}.txt").read_text(encoding="utf-8").splitlines()


def languages_of(prefix: str) -> list[str]:
    """The tenth set is English alone."""
    return [lang for lang in LANGUAGES if (DATA / f"{prefix}lies.{lang}.txt").is_file()]


def of_set(prefix: str, kind: str) -> list[str]:
    return [sentence for lang in languages_of(prefix) for sentence in sentences(prefix, kind, lang)]


def streamed(text: str, size: int, lang: str = "en") -> tuple[str, HonestStream]:
    stream = HonestStream(lang)
    shown = "".join(stream.feed(text[place : place + size]) for place in range(0, len(text), size))
    return shown + stream.close(), stream


@pytest.mark.parametrize(("prefix", "lang"), [(prefix, lang) for prefix in SETS for lang in languages_of(prefix)])
def test_no_lie_gets_through(prefix: str, lang: str) -> None:
    through = []
    for lie in sentences(prefix, "lies", lang):
        shown, stream = streamed(lie, 3, lang)
        if not stream.claims or HONEST_SENTENCES[lang] not in shown:
            through.append(lie)
    assert through == []


@pytest.mark.parametrize("prefix", SETS)
def test_at_most_four_of_two_hundred_honest_sentences_are_replaced(prefix: str) -> None:
    told = of_set(prefix, "honest")
    replaced = [sentence for sentence in told if streamed(sentence, 3)[0] != sentence]
    assert len(replaced) <= 0.02 * len(told), replaced


@pytest.mark.parametrize(
    ("prefix", "kind", "least"),
    [("", "lies", 150), ("", "honest", 150), ("second.", "lies", 150), ("second.", "honest", 150)],
)
def test_the_english_half_of_the_figures_stands_on_enough_different_sentences(
    prefix: str, kind: str, least: int
) -> None:
    assert len({sentence.casefold() for sentence in sentences(prefix, kind, "en")}) >= least


@pytest.mark.parametrize("prefix", SETS[1:])
@pytest.mark.parametrize("kind", ["lies", "honest"])
def test_no_held_back_sentence_was_written_with_the_rules(prefix: str, kind: str) -> None:
    assert not set(of_set(prefix, kind)) & set(of_set("", kind))


def test_the_honest_sentences_claim_nothing() -> None:
    assert [sentence for sentence in HONEST_SENTENCES.values() if find_claims(sentence)] == []


def test_a_text_in_a_language_without_an_honest_sentence_gets_the_english_one() -> None:
    assert honest("I booked it.", "it")[0] == INSTEAD


def test_a_regional_language_gets_the_sentence_of_its_language() -> None:
    assert honest("Ich habe den Tisch gebucht.", "de-AT")[0] == HONEST_SENTENCES["de"]


def test_a_lie_in_another_language_than_the_session_is_found() -> None:
    assert honest("Erledigt! Der Tisch ist reserviert.", "en")[0] == INSTEAD


def test_the_honest_sentence_stands_once_in_place_of_the_first_claim() -> None:
    text = "Good evening! I booked the table. It is a fine place. Your taxi is on its way. Enjoy your evening."
    shown, claims = honest(text)
    assert shown == f"Good evening! {INSTEAD} It is a fine place. Enjoy your evening."
    assert [claim.sentence for claim in claims] == ["I booked the table.", "Your taxi is on its way."]


def test_a_claim_says_where_it_stands_and_which_rule_it_tripped() -> None:
    text = "Hello.\n  I have sent it!  Bye."
    (claim,) = find_claims(text)
    assert text[slice(*claim.span)] == claim.sentence == "I have sent it!"
    assert claim.rule == "en.i_did"


def test_honest_text_is_shown_as_it_was_written() -> None:
    text = "  Hi!  \n\n- one thing\n- **another** thing … 8.5 of 10, e.g. Dr. Who.\n"
    assert streamed(text, 1)[0] == text


def test_a_sentence_is_held_back_until_it_is_complete() -> None:
    stream = HonestStream()
    assert stream.feed("Sure! I have bo") == "Sure!"
    assert stream.feed("oked") == ""
    assert stream.feed(" it. Bye") == f" {INSTEAD}"
    assert stream.close() == " Bye"
    assert [claim.sentence for claim in stream.claims] == ["I have booked it."]


@given(st.lists(st.sampled_from([*of_set("", "lies")[:80], *of_set("", "honest")]), max_size=6), st.data())
def test_text_in_pieces_is_judged_as_the_whole(chosen: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([" ", "\n", "  \n\n", ""])).join(chosen)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    stream = HonestStream()
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    shown = "".join(map(stream.feed, pieces)) + stream.close()
    assert (shown, stream.claims) == honest(text)


@given(st.text(max_size=200), st.integers(1, 9))
def test_any_text_at_all_comes_out_whole_or_without_its_claims(text: str, size: int) -> None:
    shown, stream = streamed(text, size)
    assert (shown, stream.claims) == honest(text)
    if not stream.claims:
        assert shown == text


@pytest.mark.parametrize(
    "text",
    [
        "Sure thing, I booked it, anything else?",
        "sure i booked the table have a nice evening",
        "I BOOKED THE TABLE",
        "**Done**",
        "_Done!_ 🎉",
        "✅ Table booked",
        "1. Table booked",
        "I've booked the table for 8.30 p.m. at Dr. Weber's.",
        "I've... booked it.",
        "Nice idea — I've booked it.",
        "Nice idea (I've booked it).",
        "i’ve booked it",
        "I have bo\u200boked it",
        "No problem, I booked it.",
        "Not only did I find a table, I also booked it.",
        "If you need anything else, I've booked the table.",
        "Would you like dessert? I've booked the table.",
        "I've booked it, would you like dessert too?",
        "It's no trouble, your table is booked.",
        "Your \"table\" is booked.",
        "没问题，桌子订好了，还需要什么吗？",
    ],
)  # fmt: skip
def test_a_claim_is_found_however_it_is_wrapped(text: str) -> None:
    assert find_claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "I have not booked it.",
        "Have I booked it?",
        "When I have booked it, you will see a receipt.",
        "You said, “I booked it.”",
        "“I booked it. The lights are off!” said the fox.",
        "Say 'lights off' and I will ask you which.",
        "I haven't called anyone, booked anything or sent a message.",
        "You can have a table booked, a taxi ordered or a message sent.",
        "I wish I had booked it.",
        "In the film the robot says it booked the table.",
    ],
)
def test_words_of_others_and_what_did_not_happen_are_no_claims(text: str) -> None:
    assert find_claims(text) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("See Dr. Weber at 8.30 p.m. tomorrow. Booked!", ["Booked!"]),
        ("It costs 12.50 euros. Paid.", ["Paid."]),
        (
            "Am 5. Mai ist Feiertag. Ich habe den Tisch am 6. Mai gebucht. Gut?",
            ["Ich habe den Tisch am 6. Mai gebucht."],
        ),
        ("Wow!!! Sent... Or not?", ["Sent..."]),
        ("你好！灯关好了。还有别的吗？", ["灯关好了。"]),
        ("First line\nBooked\nlast line", ["Booked"]),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text: str, parts: list[str]) -> None:
    assert [claim.sentence for claim in find_claims(text)] == parts


def test_a_quotation_that_never_ends_is_a_stray_mark() -> None:
    assert [claim.sentence for claim in find_claims('Well, 5" it is. I booked it. ' + "Nice day. " * 40)] == [
        "I booked it."
    ]


def test_a_sentence_takes_well_under_a_millisecond() -> None:
    told = [*of_set("", "lies"), *of_set("", "honest")]
    find_claims("Hello. 你好。")
    spent = []
    for _ in range(3):
        start = time.process_time()
        for sentence in told:
            find_claims(sentence)
        spent.append(time.process_time() - start)
    assert min(spent) / len(told) < 0.001


def test_a_long_text_without_a_full_stop_is_read_in_linear_time() -> None:
    find_claims("Hello.")
    start = time.process_time()
    find_claims("i have the table for the " * 400)
    assert time.process_time() - start < 1


def grammar(rules: str, excuses: str = "") -> Grammar:
    return Grammar("xx", words=WORDS, rules=rules, excuses=excuses)


def test_a_negation_excuses_its_clause_alone() -> None:
    rules = grammar("doer did: me not? did", "doer near: not\ndoer next: did")
    assert rules.first_claim("not this i booked") is None
    assert rules.first_claim("not this, i booked") == "xx.did"
    assert rules.first_claim("not this and i booked") == "xx.did"


def test_a_shape_with_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['mee'\] are no classes of the xx tables"):
        grammar("doer did: mee did")


def test_a_rule_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'deed' is no kind of rule"):
        grammar("deed did: me did")


def test_an_excuse_that_looks_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="'behind' is no place"):
        grammar("doer did: me did", "doer behind: not")
