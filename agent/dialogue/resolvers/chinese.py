"""Read Chinese numbers: "两百五十", "一万二", "三点五", "1.2万", "二零二六", "十五六".

Knows numbers, not what they count. Chinese has no spaces, so numbers are rewritten where they stand:
``with_digits("一小时二十分")`` is "1小时20分", and the rules for all languages read on from there.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_DIGITS = {
    char: value
    for value, chars in enumerate(
        ("零〇", "一壹", "二两兩贰俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_SCALES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ANY_DIGIT = "".join(_DIGITS)
_NUMERAL = _ANY_DIGIT + "".join(_SCALES) + "".join(_BIG) + "廿卅"
_WITH_FIGURES = rf"\d+(?:[.,]\d+)*[{''.join(_SCALES)}{''.join(_BIG)}][{_NUMERAL}\d]*"
_IN_WORDS = rf"[{_NUMERAL}]+(?:点[{_ANY_DIGIT}]+(?=$|[^分刻半钟整]))?"
_RUN = re.compile(rf"(?!一[共起定样直些切般旦边])(?:{_WITH_FIGURES}|{_IN_WORDS})")
"""A number; the 一 of 一共 ("altogether") and the like is none."""
_ABOUT = re.compile(rf"^(十|[{_ANY_DIGIT}]十)?([{_ANY_DIGIT}])([{_ANY_DIGIT}])([十百千万]?)$")
_DECIMAL_PART = re.compile(r"^(\d+(?:\.\d+)?)(.*)$")


@lru_cache(maxsize=1024)
def chinese_number(text: str) -> Fraction | None:
    """Return the value of a text that is one Chinese number and nothing else, or None."""
    text = text.replace(",", "").replace("廿", "二十").replace("卅", "三十")
    whole, point, decimals = text.partition("点")
    if point:
        value = chinese_number(whole)
        figures = [_DIGITS.get(char) for char in decimals]
        if value is None or not figures or None in figures:
            return None
        return value + Fraction(int("".join(map(str, figures))), 10 ** len(figures))
    if text and all(char in _DIGITS for char in text):
        return Fraction(int("".join(str(_DIGITS[char]) for char in text)))
    return _scaled(text)


def _scaled(text: str) -> Fraction | None:
    """Read a number with 十, 百, 千, 万 or 亿 in it; the figure at its end may leave out its scale (两百五 is 250)."""
    for char, size in sorted(_BIG.items(), key=lambda item: -item[1]):
        if char in text:
            before, _, after = text.partition(char)
            head = _below_ten_thousand(before) if char in "万萬" else chinese_number(before)
            if head is None or head == 0:
                return None
            if len(after) == 1 and (after.isdigit() or after in _DIGITS):
                figure = int(after) if after.isdigit() else _DIGITS[after]
                return head * size + figure * Fraction(size, 10)
            tail = chinese_number(after.lstrip("零〇")) if after else Fraction(0)
            return None if tail is None or tail >= size else head * size + tail
    return _below_ten_thousand(text)


def _below_ten_thousand(text: str) -> Fraction | None:
    match = _DECIMAL_PART.match(text)
    if match:
        value, rest = Fraction(match[1]), match[2]
        if not rest:
            return value
        if rest in _SCALES:
            return value * _SCALES[rest]
        text = rest
        if text[0] not in _SCALES or value.denominator != 1:
            return None
        total, figure, last_scale = Fraction(0), int(value), 10**4
    else:
        total, figure, last_scale = Fraction(0), None, 10**4
    skipped = False
    for char in text:
        if char in _SCALES:
            scale = _SCALES[char]
            if scale >= last_scale:
                return None
            total += (1 if figure is None else figure) * scale
            figure, last_scale, skipped = None, scale, False
        elif char in "零〇":
            skipped = True
        elif char in _DIGITS and figure is None:
            figure = _DIGITS[char]
        else:
            return None
    if figure is None:
        return total if text else None
    # 两百五 is 250, 二百零五 is 205.
    short = 100 <= last_scale < 10**4 and not skipped
    return total + figure * (last_scale // 10 if short else 1)


@lru_cache(maxsize=1024)
def with_digits(text: str) -> str:
    """Return the text with its Chinese numbers in digits; "四五个" becomes "4或5个"."""
    return _RUN.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    run = match[0]
    about = _ABOUT.match(run)
    if about and _DIGITS[about[3]] == _DIGITS[about[2]] + 1 and _DIGITS[about[2]] > 0:
        lead, low, high, scale = (about[group] or "" for group in (1, 2, 3, 4))
        values = [chinese_number(lead + figure + scale) for figure in (low, high)]
        if None not in values:
            return "或".join(_figures(value) for value in values if value is not None)
    value = chinese_number(run)
    return run if value is None else _figures(value)


def _figures(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value)
    return f"{float(value):.6f}".rstrip("0")
