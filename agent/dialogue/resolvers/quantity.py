"""Read a number, or numbers with units, out of what people say: "an hour and a half", "deux heures et quart", "一年半".

    read("two or three hours", "en", {"hour": "h", "hours": "h"})   # [[Term(2, "h")], [Term(3, "h")]]
    read("five euros twenty", "en", {"euros": "EUR"})               # [[Term(5, "EUR"), Term(20, None)]]
    read("a few hours", "en", {"hours": "h"})                       # None

Knows how numbers, parts and units stand together, not what a unit is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from agent.dialogue.resolvers.quantity_items import Item, Units, items_of
from agent.dialogue.resolvers.quantity_words import GLUE

_MEASURE_WORDS = frozenset("个個")
"""Stand between a Chinese number and its half: 两个半."""


class Term(NamedTuple):
    """One number with its unit."""

    value: Fraction
    unit: str | None
    # None when none was said.
    noun: str = ""
    # The word that follows a number without a unit and says nothing to the tables: "hours" where money is read.


def read(text: str, lang: str, units: Units, *, fix_typos: bool = False) -> list[list[Term]] | None:
    """Return the readings of normalised text, each a list of terms in the order said; one reading is the rule.

    None when a quantity is meant but not said ("a few days"); an empty list when there is no number and no unit.
    """
    items = items_of(text, lang, units, fix_typos=fix_typos)
    if any(item.kind == "vague" for item in items):
        return None
    parts: list[list[Item]] = [[]]
    for item in items:
        if item.kind == "or":
            parts.append([])
        else:
            parts[-1].append(item)
    readings = [terms for part in parts if (terms := _terms(part, lang))]
    if len(readings) > 1:
        # "two or three hours": the unit of the last holds for those before it.
        unit = next((term.unit for terms in reversed(readings) for term in terms if term.unit), None)
        readings = [
            [terms[0]._replace(unit=unit)] if len(terms) == 1 and terms[0].unit is None else terms for terms in readings
        ]
    return readings


def _terms(items: list[Item], lang: str) -> list[Term]:
    terms: list[Term] = []
    index, articles = 0, False
    while index < len(items):
        term, after = _term(items, index)
        articles = articles or (items[index].kind == "a" and lang != "en")
        if term:
            terms.append(term)
        index = max(after, index + 1)
    # "une", "eine": an article that is a number where nothing else is.
    return terms or ([Term(Fraction(1), None)] if articles else [])


def _term(items: list[Item], start: int) -> tuple[Term | None, int]:
    """Read one number with its unit; returns it, or None, and the index after it."""
    kinds = [item.kind for item in items]
    has_article = kinds[start] == "a"
    value, index = _value(items, start + has_article)
    after = index
    while kinds[after : after + 1] in (["of"], ["a"]):
        after += 1
    if (value is not None or has_article) and kinds[after : after + 2] == ["other", "unit"]:
        # "five whole days".
        after += 1
    if kinds[after : after + 1] == ["unit"]:
        more, index = _and_a_part(items, after + 1)
        if value is None and not has_article and not more:
            # "hours" says no number; "hora y media" does.
            return None, after + 1
        return Term((Fraction(1) if value is None else value) + more, items[after].word), index
    noun = items[after].word if after < len(items) and items[after].kind == "other" else ""
    return (None, start) if value is None else (Term(value, None, noun), index)


def _value(items: list[Item], start: int) -> tuple[Fraction | None, int]:
    """Read "two", "half", "three quarters", "two and a half", "two and a half million"; None where no number stands."""
    kinds, index = [item.kind for item in items], start
    if kinds[index : index + 1] == ["part"]:
        return items[index].value, index + 1
    if kinds[index : index + 1] != ["number"]:
        return None, start
    first, index = items[index], index + 1
    value = first.value
    if kinds[index : index + 2] == ["of", "part"] and items[index].word in _MEASURE_WORDS:
        index += 1
    if kinds[index : index + 1] == ["part"]:
        part = items[index]
        # "three quarters", but "1 1/2" and "zweieinhalb".
        adds = part.word == "sign" or part.value == Fraction(1, 2)
        value, index = (value + part.value if adds else value * part.value), index + 1
    else:
        more, index = _and_a_part(items, index)
        value += more * first.scale
    scaled = index + (first.is_pair and kinds[index : index + 1] == ["of"])
    if kinds[scaled : scaled + 1] == ["number"] and (value.denominator > 1 or first.is_pair):
        scale = items[scaled].scale
        if 1 < scale == items[scaled].value:
            # "two and a half million", "a couple of hundred".
            return value * scale, scaled + 1
    return value, index


def _and_a_part(items: list[Item], start: int) -> tuple[Fraction, int]:
    """Read "and a half", "et quart", "and three quarters", that no unit follows on its own; else nothing."""
    kinds, index = [item.kind for item in items], start
    joined = kinds[index : index + 1] == ["and"]
    index += joined
    index += kinds[index : index + 1] == ["a"]
    times = Fraction(1)
    if joined and kinds[index : index + 2] == ["number", "part"]:
        times, index = items[index].value, index + 1
    if kinds[index : index + 1] != ["part"]:
        return Fraction(0), start
    part = times * items[index].value
    # "a kilo and half a litre" is two quantities; "two and a half hours" is one.
    own_unit = index + 1
    while kinds[own_unit : own_unit + 1] in (["of"], ["a"]):
        own_unit += 1
    if own_unit > index + 1 and kinds[own_unit : own_unit + 1] == ["unit"]:
        return Fraction(0), start
    return part, index + 1


def read_fixing_typos(text: str, lang: str, units: Units) -> list[list[Term]] | None:
    """Read as ``read`` does; words that say nothing as they stand are taken for typing errors where that helps."""
    readings = read(text, lang, units)
    if readings == [] or (readings and units and not has_unit(readings)):
        fixed = read(text, lang, units, fix_typos=True)
        if fixed and (readings == [] or has_unit(fixed)):
            return fixed
    return readings


def has_unit(readings: Sequence[Sequence[Term]]) -> bool:
    """Say whether any number of the readings has a unit."""
    return any(term.unit for terms in readings for term in terms)


def is_of_something_else(terms: Sequence[Term], lang: str) -> bool:
    """Say whether a number without a unit counts a thing: the "twenty hours" where money is read is no money."""
    return any(term.unit is None and term.noun and term.noun not in GLUE[lang].fillers for term in terms)


def readings_by_language(
    text: str, langs: Sequence[str], units: Mapping[str, Units]
) -> Iterator[tuple[str, list[list[Term]]]]:
    """Yield a language and its readings, the likeliest first; nothing where a quantity is meant but not said.

    The first language that knows the unit is the one that is spoken; bare numbers are left for when none does.
    """
    bare: list[tuple[str, list[list[Term]]]] = []
    for lang in langs:
        readings = read_fixing_typos(text, lang, units[lang])
        if readings is None:
            return
        if has_unit(readings):
            yield lang, readings
            return
        if readings:
            bare.append((lang, readings))
    yield from bare[:1]
