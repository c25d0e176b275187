"""The small words around numbers, by language: halves, "and", "of", "or", "a few". Data for ``quantity``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from agent.dialogue.resolvers.number_words import fold


def words(text: str) -> frozenset[str]:
    """Return the words of a text, without accents."""
    return frozenset(fold(word) for word in text.split())


_HALF, _THIRD, _QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)


@dataclass(frozen=True)
class Glue:
    """What one language puts around its numbers."""

    fractions: dict[str, Fraction]
    # "half", "quarter": what part of the unit.
    joins: frozenset[str]
    # "and": goes on with the same quantity.
    of: frozenset[str]
    # Between a part and its unit: "a quarter of an hour".
    articles: frozenset[str]
    # Mean one before a unit.
    either: frozenset[str]
    # Between two readings: "two or three hours".
    ranges: frozenset[str]
    # The same, but only between two numbers: "two to three hours".
    vague: frozenset[str]
    # Say a quantity without saying which: "a few hours".
    about: frozenset[str]
    # The same, except before a number: "some twenty minutes".
    pairs: frozenset[str]
    # Mean two: "a couple of hours".
    point: frozenset[str]
    # Before the decimals: "three point five".
    fillers: frozenset[str]
    # May follow a number that stands alone; another word says what is counted.
    minus: re.Pattern[str]
    # Below zero.
    between: re.Pattern[str]
    # "between two and three".


def _fractions(half: str, third: str, quarter: str, three_quarters: str = "") -> dict[str, Fraction]:
    parts = ((half, _HALF), (third, _THIRD), (quarter, _QUARTER), (three_quarters, 3 * _QUARTER))
    return {word: value for text, value in parts for word in words(text)}


GLUE = {
    "en": Glue(
        _fractions("half halve", "third thirds", "quarter quarters qtr"),
        joins=words("and & plus"),
        of=words("of"),
        articles=words("a an"),
        either=words("or maybe"),
        ranges=words("to - till"),
        vague=words("few several many much lots lot bunch loads dozens hundreds bit little pinch dash splash handful"),
        about=words("some"),
        pairs=words("couple"),
        point=words("point dot"),
        fillers=words("please max maximum tops only total altogether then thanks now instead each per at for so"),
        minus=re.compile(r"(?<![\w.])-(?=\s*\d)|\bminus\b|\bnegative\b|\bbelow (?:zero|freezing)\b|\bsub[- ]?zero\b"),
        between=re.compile(r"\b(?:between|from) (.+?) (?:and|to) (.+)"),
    ),
    "de": Glue(
        _fractions("halb halbe halben halber halbes hälfte einhalb", "drittel", "viertel", "dreiviertel"),
        joins=words("und plus"),
        of=words("von"),
        articles=words("ein eine einen einem einer eines ne nen ner 'ne 'nen"),
        either=words("oder vielleicht"),
        ranges=words("bis -"),
        vague=words("paar einige mehrere viele viel wenige wenig etwas prise schuss spritzer handvoll"),
        about=frozenset(),
        pairs=frozenset(),
        point=words("komma"),
        fillers=words("bitte maximal maximum höchstens insgesamt zusammen ungefähr etwa dann danke jetzt rund pro für"),
        minus=re.compile(r"(?<![\w.])-(?=\s*\d)|\bminus\b|\bunter null\b"),
        between=re.compile(r"\bzwischen (.+?) und (.+)"),
    ),
    "fr": Glue(
        _fractions("demi demie demis demies moitié", "tiers", "quart quarts"),
        joins=words("et plus"),
        of=words("de d du des"),
        articles=words("un une"),
        either=words("ou peut-être"),
        ranges=words("à -"),
        vague=words("quelques plusieurs beaucoup peu pincée poignée"),
        about=frozenset(),
        pairs=words("paire couple"),
        point=words("virgule"),
        fillers=words("merci maximum max environ seulement alors plutôt svp stp au total en tout maintenant par pour"),
        minus=re.compile(r"(?<![\w.])-(?=\s*\d)|\bmoins\b(?! de)|\b(?:en dessous|au-dessous) de zéro\b"),
        between=re.compile(r"\bentre (.+?) et (.+)"),
    ),
    "es": Glue(
        _fractions("medio media medios medias mitad", "tercio tercios", "cuarto cuartos"),
        joins=words("y con"),
        of=words("de del"),
        articles=words("un una"),
        either=words("o quizás ó u"),
        ranges=words("a - hasta"),
        vague=words("cuantos cuantas varios varias algunos algunas muchos muchas mucho pocos pocas poco pizca puñado"),
        about=words("unos unas"),
        pairs=words("par"),
        point=words("coma punto"),
        fillers=words("por favor gracias máximo como solo entonces más en total aproximadamente ahora mejor para"),
        minus=re.compile(r"(?<![\w.])-(?=\s*\d)|\bmenos\b(?! de)|\bbajo cero\b"),
        between=re.compile(r"\bentre (.+?) y (.+)"),
    ),
    "zh": Glue(
        {"半": _HALF, "一半": _HALF},
        joins=words("又 零 加 和 、"),
        of=words("个 個 的"),
        articles=frozenset(),
        either=words("或 或者 还是 或是"),
        ranges=words("到 至 - ~"),
        vague=words("几 好几 若干 很多 许多 不少 多 少许 一撮"),
        about=frozenset(),
        pairs=frozenset(),
        point=words("点"),
        fillers=words("左 右 以 之 内 吧 上 下 最 大 概 来 就 行 好 了 请 谢 钱 整 约"),
        minus=re.compile(r"(?<![\w.])-(?=\s*\d)|负|零下|負"),
        between=re.compile(r"(?!)()()"),
    ),
}
