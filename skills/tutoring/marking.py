"""Replace the numbers of a problem by N0, N1, ... so that the model reads what is done with them, not what they are.

    mark_numbers("Tom has 5 apples and buys twenty-one more.")
    # ("Tom has N0 apples and buys N1 more.", (5, 21))

Digits, decimals, thousands separators, proper fractions, money, percentages and number words are numbers; "one", "a",
ordinals, clock times and words such as "half" and "twice" stay words. Knows no expressions and no arithmetic.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from agent.dialogue.resolvers.words import read_number

MAX_NUMBERS = 16
"""Further numbers of a problem stay as they are written."""
MAX_DIGITS = 15
"""Longer numbers stay as they are written: no problem is about them."""

_FIGURE = re.compile(
    r"(?<![\w.,:/])"
    r"(?P<mixed>\d{1,4} \d{1,2}/\d{1,2}(?![\d/]))"
    r"|(?<![\d.,:/])(?P<fraction>\d{1,2}/\d{1,3}(?![\d/.,]*\d))"
    r"|(?<![\w.:])(?P<clock>\d{1,2}:\d\d)(?!\d)"
    r"|(?<!\w)(?P<ordinal>\d+(?:st|nd|rd|th)\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NOT_NUMBERS = frozenset("one a an tow ein eine einen einem einer eines eins acht half".split())  # noqa: SIM905
_NEGATIVE = re.compile(r"(?:^|[\s(=])-$")


class Marked(NamedTuple):
    """A problem with its numbers taken out."""

    text: str
    # "Tom has N0 apples and buys N1 more."
    numbers: tuple[Fraction, ...]
    # N0, N1, ... in order.


class _Found(NamedTuple):
    start: int
    end: int
    value: Fraction


def mark_numbers(problem: str, lang: str = "en") -> Marked:
    """Return the problem with placeholders, and the numbers behind them.

    Args:
        problem: the user's words.
        lang: decides what "1.500" and "1,5" mean, and which number words there are.
    """
    # A placeholder that the user typed would be taken for ours.
    problem = re.sub(r"\bN(?=\d)", "N ", problem)
    words = _words(problem, lang)
    figures = [each for each in _figures(problem, lang) if not any(w.start <= each.start < w.end for w in words)]
    found = sorted([*figures, *words])
    pieces: list[str] = []
    position = 0
    for index, number in enumerate(found[:MAX_NUMBERS]):
        pieces += [problem[position : number.start], f"N{index}"]
        position = number.end
    pieces.append(problem[position:])
    return Marked(_spaced("".join(pieces)), tuple(number.value for number in found[:MAX_NUMBERS]))


def _spaced(text: str) -> str:
    """Set placeholders apart: "N0x N1" and "N0+N1" are read more easily as "N0 x N1" and "N0 + N1"."""
    text = re.sub(r"(N\d+)(?=[^\W\d_])", r"\1 ", text)
    text = re.sub(r"(?<=[^\W\d_])(?<!N)(?=N\d)", " ", text)
    text = re.sub(r"(?<=\d)\s*([-+*/×·÷=])\s*(?=N\d|\()", r" \1 ", text)
    return re.sub(r"\s+", " ", text).strip()


def _figures(problem: str, lang: str) -> list[_Found]:
    found: list[_Found] = []
    for match in _FIGURE.finditer(problem):
        start, end = match.span()
        text = match[0]
        if match["clock"] or match["ordinal"]:
            continue
        if match["mixed"]:
            whole, _, part = text.partition(" ")
            value = _fraction(part)
            if value is not None:
                found.append(_Found(start, end, int(whole) + value))
                continue
            found += _plain(problem, start, end, lang)
        elif match["fraction"]:
            value = _fraction(text)
            found += [_Found(start, end, value)] if value is not None else _plain(problem, start, end, lang)
        else:
            found += _plain(problem, start, end, lang)
    return found


def _fraction(text: str) -> Fraction | None:
    """A proper fraction; "96/8" is a division of two numbers and None."""
    upper, _, lower = text.partition("/")
    return Fraction(int(upper), int(lower)) if 0 < int(upper) < int(lower) else None


def _plain(problem: str, start: int, end: int, lang: str) -> list[_Found]:
    """The numbers of a run of digits, dots, commas, slashes and spaces."""
    found: list[_Found] = []
    for match in re.finditer(r"\d+(?:[.,]\d+)*", problem[start:end]):
        for offset, text in _split(match[0], lang):
            first = start + match.start() + offset
            if len(text) > MAX_DIGITS:
                continue
            value = Fraction(text)
            if _NEGATIVE.search(problem[:first]) and not re.search(r"\d\s*-$", problem[:first]):
                found.append(_Found(first - 1, first + len(match[0]), -value))
            else:
                found.append(_Found(first, first + _length(match[0], offset, text), value))
    return found


def _length(run: str, offset: int, text: str) -> int:
    """How much of the run a value takes: all of it unless the run held several numbers."""
    digits = 0
    for length, letter in enumerate(run[offset:], 1):
        digits += letter.isdigit()
        if digits == sum(each.isdigit() for each in text):
            return length
    return len(run) - offset


def _split(run: str, lang: str) -> list[tuple[int, str]]:
    """Values of a run such as "25,000", "2.5" or "4,8" with their offsets; points are decimal points afterwards."""
    thousands, decimal = (".", ",") if lang == "de" else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", run):
        return [(0, run.replace(thousands, "").replace(decimal, "."))]
    if re.fullmatch(rf"\d+\{decimal}\d+", run):
        return [(0, run.replace(decimal, "."))]
    if re.fullmatch(rf"\d+\{thousands}\d+", run) and (lang == "de" or thousands == "."):
        # "2.5" in a German text: an English decimal point, since no group of three follows.
        return [(0, run.replace(thousands, "."))]
    return [(match.start(), match[0]) for match in re.finditer(r"\d+", run)]


def _words(problem: str, lang: str) -> list[_Found]:
    """Number words, several in a row as one number: "two hundred and five", "three dozen"."""
    spans: list[tuple[int, int]] = []
    tokens: list[str] = []
    for match in _WORD.finditer(problem):
        offset = match.start()
        for part in match[0].split("-"):
            spans.append((offset, offset + len(part)))
            tokens.append(part.lower())
            offset += len(part) + 1
    found: list[_Found] = []
    index = 0
    while index < len(tokens):
        number = read_number(tokens, index, lang)
        if number is None or (number[1] == index + 1 and tokens[index] in _NOT_NUMBERS):
            index += 1
            continue
        value, after = number
        start, end = spans[index][0], spans[after - 1][1]
        if re.search(r"\d", problem[start:end]) or not _together(problem, spans[index:after]):
            index += 1
            continue
        before = re.search(r"(?<!\d)(\d{1,9}(?:\.\d{1,6})?) $", problem[:start])
        if tokens[index] in ("dozen", "hundred", "thousand", "million", "billion", "dutzend") and before:
            # "3 dozen", "2.5 million": the digits before belong to it; the figure is dropped by its overlap.
            found.append(_Found(start - len(before[0]), end, Fraction(before[1]) * value))
        else:
            found.append(_Found(start, end, value))
        index = after
    return found


def _together(problem: str, spans: list[tuple[int, int]]) -> bool:
    """Number words are one number only with nothing but a space or a hyphen between them."""
    return all(problem[first[1] : second[0]] in (" ", "-") for first, second in pairwise(spans))
