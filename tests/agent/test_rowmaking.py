"""Training rows: legal under the grammar that serves, split without leaks, the same for the same seed."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from llguidance import LLMatcher, LLTokenizer

from agent.catalogue import Catalogue
from agent.commands import WHOLE_TURN, Again, Set, parse_command
from agent.dialogue.resolvers import ResolveContext, Unresolved, resolve
from agent.grammar import build_grammar
from agent.prompting import CONTROL_TOKENS, as_read
from agent.rowmaking import PROPORTIONS, examples_of, held_back, make_rows, phrases
from agent.rowmaking.values import Split, Values, coined_word, in_eval
from agent.rowmaking.wording import Unsayable, Wording, no_holes
from agent.rows import UnderstandRow
from agent.skill_file import load_skills

ROOT = Path(__file__).parents[2]


@cache
def catalogue() -> Catalogue:
    return Catalogue.of(load_skills([ROOT / "prompts"]).values())


@cache
def rows(split: Split) -> tuple[UnderstandRow, ...]:
    return tuple(make_rows(catalogue(), seed=7, count=2_000, split=split))


def byte_tokenizer() -> tuple[LLTokenizer, dict[str, int]]:
    """A tokenizer with one token a byte (as GPT-2 spells bytes) and the control tokens."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spelled = {byte: chr(byte) for byte in printable}
    spelled |= {byte: chr(256 + n) for n, byte in enumerate(byte for byte in range(256) if byte not in spelled)}
    vocabulary = {token: number for number, token in enumerate(CONTROL_TOKENS)}
    vocabulary |= {spelled[byte]: len(CONTROL_TOKENS) + byte for byte in range(256)}
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
            | {"id": number, "content": token, "special": True}
            for number, token in enumerate(CONTROL_TOKENS)
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }  # fmt: skip
    return LLTokenizer(json.dumps(document), eos_token=1), vocabulary


def illegal(made: Iterable[UnderstandRow]) -> list[str]:
    tokenizer, _ = byte_tokenizer()
    wrong = []
    for row in made:
        grammar = build_grammar(catalogue(), row.state, row.text)
        matcher = LLMatcher(tokenizer, grammar)
        ids = [len(CONTROL_TOKENS) + byte for line in row.commands for byte in f"{line}\n".encode()]
        if matcher.try_consume_tokens(ids) != len(ids) or not matcher.is_accepting():
            wrong.append(f"{row.text!r} -> {row.commands} {matcher.get_error()}")
    return wrong


@pytest.mark.parametrize("split", ["train", "eval"])
def test_every_row_is_legal_under_the_grammar_of_its_state(split: Split) -> None:
    assert illegal(rows(split)) == []


def test_the_grammar_check_can_fail() -> None:
    row = UnderstandRow(text="weather in oslo", commands=("start weather.forecast", "set place paris"))
    assert len(illegal([row])) == 1


@pytest.mark.parametrize("split", ["train", "eval"])
def test_every_kind_is_present_in_about_its_share(split: Split) -> None:
    found = Counter(row.kind for row in rows(split))
    assert set(found) == set(PROPORTIONS)
    total = sum(PROPORTIONS.values())
    assert all(found[kind] > 0.4 * share / total * 2_000 for kind, share in PROPORTIONS.items())


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first = list(make_rows(catalogue(), seed=3, count=200, split="train"))
    assert first == list(make_rows(catalogue(), seed=3, count=200, split="train"))
    assert first != list(make_rows(catalogue(), seed=4, count=200, split="train"))


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    long = list(make_rows(catalogue(), seed=3, count=100, split="eval"))
    assert long[:40] == list(make_rows(catalogue(), seed=3, count=40, split="eval"))


def test_an_unknown_split_is_named() -> None:
    with pytest.raises(ValueError, match="'dev'"):
        next(make_rows(catalogue(), seed=1, count=1, split="dev"))  # type: ignore[arg-type]


def test_train_and_eval_share_no_lexicon_value() -> None:
    train, held = Values(catalogue(), "train"), Values(catalogue(), "eval")
    compared = 0
    for skill in catalogue().skills.values():
        for slot in skill.slots.values():
            for group in slot.example_groups:
                ours, theirs = set(train.pool(slot, group)), set(held.pool(slot, group))
                if not ours and not theirs:
                    continue
                assert not {value.lower() for value in ours} & {value.lower() for value in theirs}, (
                    f"{slot.name}:{group}"
                )
                compared += 1
    assert compared > 8


def test_no_city_of_the_evaluation_is_seen_in_training() -> None:
    slot = catalogue().skills["weather"].slots["place"]
    held = {value.lower() for value in slot.examples if in_eval(value)}
    seen = {
        parsed.value.lower()
        for row in rows("train")
        for parsed in map(parse_command, row.commands)
        if isinstance(parsed, Set) and parsed.slot == "place"
    }
    assert len(held) > 40
    assert not seen & held


def test_made_up_values_are_of_training_alone_and_never_one_that_is_held_back() -> None:
    slot = catalogue().skills["translation"].slots["text"]
    assert slot.vary_words
    rng = random.Random(5)
    train, held = Values(catalogue(), "train"), Values(catalogue(), "eval")
    pool = set(train.pool(slot, "en"))
    said = [train.say(slot, rng, "en").words for _ in range(400)]
    made_up = [words for words in said if words not in pool]
    assert 40 < len(made_up) < 160
    words_of_pool = {word.strip("?!.,") for text in pool for word in text.split()}
    assert all(set(words.split()) <= words_of_pool for words in made_up)
    assert not any(in_eval(words) for words in made_up)
    assert {held.say(slot, rng, "en").words for _ in range(400)} <= set(held.pool(slot, "en"))


def test_coined_words_are_many_and_of_letters_alone() -> None:
    rng = random.Random(5)
    coined = {coined_word(rng) for _ in range(300)}
    assert len(coined) > 250
    assert all(word.isalpha() for word in coined)


def test_about_a_tenth_of_each_list_of_templates_is_held_back_from_training() -> None:
    for skill in catalogue().skills.values():
        for name, templates in skill.utterances.items():
            back = held_back(templates)
            assert 0 < len(back) < 0.3 * len(templates), f"{skill.name}.{name}"
    train = Wording(catalogue(), "train", random.Random(1))
    evaluation = Wording(catalogue(), "eval", random.Random(1))
    templates = catalogue().skills["booking"].utterances["restaurant"]
    assert not {train.pick(templates) for _ in range(2_000)} & {evaluation.pick(templates) for _ in range(2_000)}
    assert {evaluation.pick(phrases.YES) for _ in range(500)} <= held_back(phrases.YES)


def test_training_says_nothing_that_a_held_back_template_says_whatever_template_it_comes_from() -> None:
    back = next(template for template in sorted(held_back(phrases.NO)) if re.fullmatch(r"\w+ \w+ \w+", template))
    by_another_way = f"({back}|{back})"
    with pytest.raises(Unsayable):
        Wording(catalogue(), "train", random.Random(1)).words(by_another_way, no_holes)
    assert Wording(catalogue(), "eval", random.Random(1)).words(by_another_way, no_holes)[0].text == back


def test_orders_are_put_politely_and_still_ask_for_the_same() -> None:
    only_so = (
        "maybe you could",
        "perhaps you can",
        "you could",
        "you should",
        "it would be",
        "do me a fav",
        "be so kind",
    )
    requests = make_rows(catalogue(), seed=7, count=3_000, split="train", kinds=["request"])
    polite = [row for row in requests if row.text.lower().startswith(only_so)]
    assert polite
    assert all(row.commands[0].startswith("start ") for row in polite)


def test_what_answers_a_question_is_no_small_talk_while_it_is_open() -> None:
    digressions = make_rows(catalogue(), seed=7, count=3_000, split="train", kinds=["digression"])
    talk = [row for row in digressions if row.commands == ("say chat",)]
    assert talk
    assert not {row.text.lower().strip(".!?") for row in talk} & {"yes", "no", "yeah", "nope", "sure"}


def test_free_text_values_are_words_of_the_turn() -> None:
    checked = 0
    for row in rows("train"):
        intent = row.state.active.intent if row.state.active else ""
        for line in row.commands:
            command = parse_command(line)
            intent = getattr(command, "intent", intent)
            if isinstance(command, Again):
                assert row.state.last_frame is not None
                intent = row.state.last_frame.intent
            if not isinstance(command, Set) or command.value == WHOLE_TURN:
                continue
            if not catalogue().slot(intent, command.slot).enum:
                assert f" {command.value}" in f" {as_read(row.text)}"
                checked += 1
    assert checked > 1_000


def test_what_people_say_for_days_times_and_numbers_is_understood_by_the_resolvers() -> None:
    values, rng = Values(catalogue(), "train"), random.Random(11)
    context = ResolveContext(now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    for skill, name in (
        ("booking", "people"), ("booking", "day"), ("booking", "time"), ("smart_home", "temperature"),
        ("smart_home", "level"),
    ):  # fmt: skip
        slot = catalogue().skills[skill].slots[name]
        said = [values.say(slot, rng).words for _ in range(400)]
        unread = {words for words in said if isinstance(resolve(slot.resolver, words, slot, context), Unresolved)}
        assert len([words for words in said if words in unread]) <= 8, f"{skill}.{name}: {sorted(unread)}"


def test_digressions_never_start_the_frame_that_is_open() -> None:
    for row in rows("train"):
        if row.kind == "digression" and row.state.active:
            assert f"start {row.state.active.intent}" not in row.commands


def test_examples_of_the_declarations_are_legal_rows() -> None:
    made = list(examples_of(catalogue()))
    assert len(made) > 60
    assert illegal(made) == []


def test_example_dialogues_carry_their_state_along() -> None:
    made = {row.text: row for row in examples_of(catalogue())}
    asked = made["the second one"].state
    assert asked.pending is not None
    assert (asked.pending.kind, asked.pending.slot, len(asked.pending.options)) == ("choice", "venue", 3)
    assert made["yes please"].state.active is not None
    assert made["yes please"].state.active.slots["time"].raw == "eight"
    assert made["what about tomorrow"].state.last_frame is not None
    assert made["what about tomorrow"].state.last_frame.slots["place"].raw == "Madrid"


def test_a_catalogue_without_skills_makes_only_rows_of_the_dialogue_itself() -> None:
    made = list(make_rows(Catalogue.of([]), seed=1, count=50, split="train"))
    assert {row.commands for row in made} == {("repeat",), ("handoff",), ("retract",)}
