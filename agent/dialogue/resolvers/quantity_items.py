"""Turn words around a number into items for ``quantity``: numbers, parts, units, "and", "or", words that say nothing.

Knows how languages write and join these words, not how items stand together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from agent.dialogue.resolvers.base import normalise
from agent.dialogue.resolvers.chinese import with_digits
from agent.dialogue.resolvers.number_words import fold, number_words
from agent.dialogue.resolvers.quantity_words import GLUE, Glue
from agent.dialogue.resolvers.words import correct_number, nearest, read_number

Units = Mapping[str, str]
"""Unit words, folded, and what they stand for."""

_VULGAR = str.maketrans({"½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 ", "⅓": " 1/3 ", "⅔": " 2/3 "})
_ABOUT = re.compile(
    r"\b(?:more or less|give or take|mehr oder weniger|à peu près|a peu près|plus ou moins|un peu près|más o menos|"
    r"mas o menos|poco más o menos)\b"
)
_TOKEN = re.compile(r"\d{1,2}/\d{1,2}(?!\d)|\d+(?:[.,]\d+)*|'?[^\W\d_]+(?:'(?:s|m|ll|re)\b)?|[-~&'\"%°、]")
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_GERMAN_PARTS = re.compile(r"^(dreiviertel|viertel|halb|halbe)(?=[a-zäöü]{3})")
_SOME_CHINESE = re.compile(r"一点点?儿?(?![零〇一二两三四五六七八九\d])|一些|一下")
_SPLIT = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")


class Item(NamedTuple):
    """A word, or a number of several words, by what it does."""

    kind: str
    # number, part, unit, a, and, of, or, vague, other.
    value: Fraction = Fraction(0)
    word: str = ""
    scale: int = 1
    # 1000 when the number ends in "thousand": what a half after it is half of.
    is_pair: bool = False
    # "a couple".


def plain(raw: str) -> str:
    """Return normalised words in which "½" is "1/2", without "more or less" and the like."""
    return _ABOUT.sub(" ", normalise(raw.translate(_VULGAR))).strip()


def items_of(text: str, lang: str, units: Units, *, fix_typos: bool) -> list[Item]:
    """Return the items of normalised text.

    Args:
        text: what was said.
        lang: the language it is read in.
        units: the unit words that count as such.
        fix_typos: take words that say nothing for typing errors of numbers and units.
    """
    glue = GLUE[lang]
    tokens = _tokens(glue.between.sub(r"\1 ~ \2", text), lang, units)
    return _items(tokens, lang, units, glue, fix_typos)


def _tokens(text: str, lang: str, units: Units) -> list[str]:
    if lang == "zh":
        text = with_digits(_SOME_CHINESE.sub("几", text.replace(" ", "")))
        return _chinese_tokens(tuple(units)).findall(text)
    if lang in ("fr", "es", "de"):
        text = _GROUPS.sub(lambda match: match[0].replace(" ", ""), text)
    if lang == "fr":
        text = re.sub(r"\b([ldnsjm]|qu)'", r"\1 ", text)
    tokens: list[str] = []
    for token in _TOKEN.findall(_SPLIT.sub(" ", text)):
        if lang == "de":
            tokens += _german_parts(token, units)
        elif token == "-" and tokens and not tokens[-1][0].isdigit():
            # "vingt-deux", "quarter-hour": the line joins words.
            continue
        else:
            tokens.append(token)
    return tokens


@lru_cache(maxsize=32)
def _chinese_tokens(units: tuple[str, ...]) -> re.Pattern[str]:
    glue = GLUE["zh"]
    known = {*units, *glue.fractions, *glue.either, *glue.vague}
    alternatives = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.compile(rf"\d+/\d+|\d+(?:[.,]\d+)*|{alternatives}|[a-z]+|\S")


def _german_parts(token: str, units: Units) -> list[str]:
    """Take German compounds apart: "zweieinhalb", "viertelstunde"."""
    if token.endswith("einhalb") and token not in ("einhalb", "eineinhalb"):
        return [token.removesuffix("einhalb"), "einhalb"]
    match = _GERMAN_PARTS.match(token)
    if match and token[match.end() :] in units:
        return [match[0], token[match.end() :]]
    return [token]


def _items(tokens: Sequence[str], lang: str, units: Units, glue: Glue, fix_typos: bool) -> list[Item]:
    items: list[Item] = []
    index = 0
    while index < len(tokens):
        token = fold(tokens[index])
        number = read_number(tokens, index, lang)
        last = items[-1].kind if items else ""
        if number and (number[1] > index + 1 or token not in glue.articles):
            value, index = number
            if index < len(tokens) and tokens[index] in glue.point:
                value, index = _decimals(value, tokens, index + 1, lang)
            items.append(Item("number", value, token, _scale(tokens[index - 1], lang)))
            continue
        if token in glue.point and not number and read_number(tokens, index + 1, lang):
            value, index = _decimals(Fraction(0), tokens, index + 1, lang)
            items.append(Item("number", value, token))
            continue
        unit = _unit(tokens, index, units)
        if unit:
            items.append(Item("unit", word=unit[0]))
            index = unit[1]
            continue
        following = read_number(tokens, index + 1, lang)
        item = _small_word(token, glue, last, following is not None)
        if item.kind == "other" and fix_typos:
            item = _fixed(token, lang, units)
        items.append(item)
        index += 1
    return items


def _scale(token: str, lang: str) -> int:
    if lang == "de":
        return {"dutzend": 12, "tausend": 1000, "million": 10**6, "millionen": 10**6}.get(token, 1)
    if lang == "zh":
        return 1
    words = number_words(lang)
    return (
        words.scales.get(fold(token)) or words.hundreds.get(fold(token)) or (words.packs or {}).get((fold(token),), 1)
    )


def _unit(tokens: Sequence[str], index: int, units: Units) -> tuple[str, int] | None:
    """Return the unit of the most words that begins here ("fluid ounces"), and the index after it."""
    for length in (3, 2, 1):
        name = " ".join(map(fold, tokens[index : index + length]))
        if index + length <= len(tokens) and name in units:
            return units[name], index + length
    return None


def _small_word(token: str, glue: Glue, last: str, number_follows: bool) -> Item:
    if "/" in token and token[0].isdigit():
        over, under = map(int, token.split("/"))
        return Item("part", Fraction(over, under), "sign") if under else Item("other", word=token)
    if token in glue.fractions:
        return Item("part", glue.fractions[token], "sign" if token == "einhalb" else token)
    if token in ("anderthalb", "anderthalbe", "eineinhalb"):
        return Item("number", Fraction(3, 2), token)
    if token in glue.pairs:
        return Item("number", Fraction(2), token, is_pair=True)
    if token in glue.ranges or token == "~":
        return Item("or") if number_follows and last in ("number", "unit", "part") else Item("of")
    if token in glue.about:
        return Item("of") if number_follows else Item("vague")
    for kind, known in (
        ("and", glue.joins), ("of", glue.of), ("a", glue.articles), ("or", glue.either), ("vague", glue.vague)
    ):  # fmt: skip
        if token in known:
            return Item(kind, word=token)
    return Item("other", word=token)


def _fixed(token: str, lang: str, units: Units) -> Item:
    number = correct_number(token, lang)
    if number is not None:
        return Item("number", number, token)
    meant = {units[unit] for unit in nearest(token, units)}
    return Item("unit", word=meant.pop()) if len(meant) == 1 else Item("other", word=token)


def _decimals(whole: Fraction, tokens: Sequence[str], index: int, lang: str) -> tuple[Fraction, int]:
    figures = ""
    while index < len(tokens) and (number := read_number(tokens, index, lang)) and number[0].denominator == 1:
        figures += tokens[index] if tokens[index].isdigit() else str(number[0])
        index = number[1]
    return (whole + Fraction(int(figures), 10 ** len(figures)) if figures else whole), index
