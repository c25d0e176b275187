"""Sentence templates: what they expand to, and what is said about a broken one."""

from __future__ import annotations

import random

import pytest

from agent.sentences import Hole, enumerate_all, expand, holes, parse


def expansions(template: str, draws: int = 300) -> set[str]:
    rng = random.Random(1)
    made = ("".join(part if isinstance(part, str) else f"<{part.name}>" for part in expand(parse(template), rng))
            for _ in range(draws))  # fmt: skip
    return {" ".join(text.split()) for text in made}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("good morning", {"good morning"}),
        ("[please] go", {"please go", "go"}),
        ("(a|b c|) x", {"a x", "b c x", "x"}),
        ("a|b", {"a", "b"}),
        ("[no|yes] {place}", {"no <place>", "yes <place>", "<place>"}),
        ("a [b [c]]", {"a", "a b", "a b c"}),
        (r"\(4 \+ 2\) \| \[x\]", {"(4 + 2) | [x]"}),
    ],
)
def test_a_template_expands_to_exactly_its_sentences(template: str, expected: set[str]) -> None:
    assert expansions(template) == expected


def test_a_hole_may_name_a_group_a_fixed_choice_or_be_silent() -> None:
    assert holes("say {text:en} in {target=german}{!mood=kind} [{day}]") == [
        Hole("text", group="en"),
        Hole("target", fixed="german"),
        Hole("mood", fixed="kind", silent=True),
        Hole("day"),
    ]


def test_of_several_groups_or_choices_one_is_taken() -> None:
    template = "say {text:en|de} in {target=german|french|spanish}"
    assert holes(template) == [
        *(Hole("text", group=group) for group in ("en", "de")),
        *(Hole("target", fixed=choice) for choice in ("german", "french", "spanish")),
    ]
    rng = random.Random(3)
    taken = set()
    for _ in range(100):
        text, target = (piece for piece in expand(parse(template), rng) if isinstance(piece, Hole))
        taken.add((text.group, target.fixed))
    assert len(taken) == 6


@pytest.mark.parametrize("template", ["[a", "(a|b", "a]", "a)", "{}", "{a", "{a b}", "{a=b|}", "{a:|b}", "<>"])
def test_a_broken_template_is_quoted_in_the_error(template: str) -> None:
    with pytest.raises(ValueError, match="in "):
        parse(template)


def test_lexicon_lines_enumerate_with_lists_and_a_limit() -> None:
    rooms = {"room": ("hall", "attic")}
    assert enumerate_all("<room> (light|lamp)", rooms.__getitem__, 10) == [
        "hall light", "hall lamp", "attic light", "attic lamp",
    ]  # fmt: skip
    assert len(enumerate_all("<room> (light|lamp)", rooms.__getitem__, 3)) == 3


def test_a_hole_in_a_lexicon_line_is_an_error() -> None:
    with pytest.raises(ValueError, match="lexicon line"):
        enumerate_all("the {room}", lambda name: (), 10)
