"""Number words, ordinals and typing errors, in English and German. Knows words only, not what they are said for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import lru_cache

_EN_UNIT_WORDS = """zero | one | two tow | three | four | five | six | seven | eight eigth eigt | nine | ten | eleven
    | twelve | thirteen | fourteen forteen | fifteen | sixteen | seventeen | eighteen | nineteen"""
_EN_UNITS = {word: value for value, words in enumerate(_EN_UNIT_WORDS.split("|")) for word in words.split()}
_EN_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "ninty": 90,
}  # fmt: skip
_EN_JOINED = {
    ten + unit: tens + value for ten, tens in _EN_TENS.items() for unit, value in _EN_UNITS.items() if 0 < value < 10
}
_EN_SCALES = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_EN_ORDINAL_WORDS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
_EN_ORDINALS = {word: value for value, word in enumerate(_EN_ORDINAL_WORDS.split(), 1)} | {"thirtieth": 30}
_DE_UNITS = {
    "null": 0, "ein": 1, "eins": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "eines": 1, "zwei": 2, "zwo": 2,
    "drei": 3, "vier": 4, "fünf": 5, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwölf": 12, "zwoelf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "fuenfzehn": 15, "sechzehn": 16,
    "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
_DE_TENS = {
    "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "fuenfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
_DE_ORDINAL_STEMS = {
    "erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "fünft": 5, "fuenft": 5, "sechst": 6, "siebt": 7, "siebent": 7,
    "acht": 8, "neunt": 9, "zehnt": 10, "elft": 11, "zwölft": 12, "zwoelft": 12,
}  # fmt: skip
_DIGITS = re.compile(r"^\d+(?:[.,]\d+)?$")


@lru_cache(maxsize=1024)
def german_number(word: str) -> int | None:
    """Return the value of one German number word ("zweihundertfünfundzwanzig"), or None."""
    if word in _DE_UNITS:
        return _DE_UNITS[word]
    if word in _DE_TENS:
        return _DE_TENS[word]
    for scale_word, scale in (("tausend", 1000), ("hundert", 100)):
        if scale_word in word:
            before, _, after = word.partition(scale_word)
            head = german_number(before) if before else 1
            tail = german_number(after.removeprefix("und")) if after else 0
            if head is None or tail is None or not 0 < head < scale or tail >= scale:
                return None
            return head * scale + tail
    for ten, value in _DE_TENS.items():
        if word.endswith("und" + ten):
            unit = _DE_UNITS.get(word[: -len(ten) - 3])
            return value + unit if unit is not None and 0 < unit < 10 else None
    return None


@lru_cache(maxsize=1024)
def ordinal(word: str, lang: str) -> int | None:
    """Return the value of an ordinal ("3rd", "third", "3.", "dritten"), or None."""
    match = re.match(r"^(\d{1,3})(?:st|nd|rd|th|\.|te|ten|ter)$", word)
    if match:
        return int(match.group(1))
    if lang == "de":
        stem = re.sub(r"e[nrsm]?$", "", word)
        if stem != word and stem in _DE_ORDINAL_STEMS:
            return _DE_ORDINAL_STEMS[stem]
        if stem != word and stem.endswith("st"):
            return german_number(stem[:-2])
        if stem != word and stem.endswith("zehnt"):
            return german_number(stem[:-1])
        return None
    if word in _EN_ORDINALS:
        return _EN_ORDINALS[word]
    return None


def digits(token: str, lang: str = "en") -> Fraction | None:
    """Return the value of plain digits, with a decimal point or comma ("21.5", "21,5"), or None."""
    return Fraction(token.replace(",", ".")) if _DIGITS.match(token) else None


def read_number(tokens: Sequence[str], start: int, lang: str) -> tuple[Fraction, int] | None:
    """Read the number, in digits or words, that begins at ``start``.

    Returns its value and the index after it, or None when no number begins there. "seven thirty" is two
    numbers; "two hundred and five" is one.
    """
    if start >= len(tokens):
        return None
    if lang == "de":
        return _read_german(tokens, start)
    total, current, last, index = Fraction(0), Fraction(0), "", start
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        value = digits(token)
        if value is not None and not last:
            current, last = value, "digits"
        elif token in _EN_UNITS and (
            last in ("", "hundred", "scale") or (last == "tens" and 0 < _EN_UNITS[token] < 10)
        ):
            current, last = current + _EN_UNITS[token], "unit"
        elif token in _EN_TENS and last in ("", "hundred", "scale"):
            current, last = current + _EN_TENS[token], "tens"
        elif token in _EN_JOINED and last in ("", "hundred", "scale"):
            current, last = current + _EN_JOINED[token], "unit"
        elif token in ("a", "an") and not last and following in ("hundred", "dozen", *_EN_SCALES):
            current, last = Fraction(1), "unit"
        elif token == "half" and not last and tokens[index + 1 : index + 3] == ["a", "dozen"]:
            return Fraction(6), index + 3
        elif token == "hundred" and last in ("", "unit", "tens", "digits") and current < 100:
            current, last = (current or Fraction(1)) * 100, "hundred"
        elif token == "dozen" and last in ("", "unit", "tens", "digits"):
            return total + (current or 1) * 12, index + 1
        elif token in _EN_SCALES and last != "scale":
            total, current, last = total + (current or 1) * _EN_SCALES[token], Fraction(0), "scale"
        elif token == "and" and last in ("hundred", "scale") and (following in _EN_UNITS or following in _EN_TENS):
            pass
        else:
            break
        index += 1
    return (total + current, index) if last else None


def _read_german(tokens: Sequence[str], start: int) -> tuple[Fraction, int] | None:
    token = tokens[start]
    value = digits(token)
    if value is None:
        word = german_number(token)
        if word is None and token in ("dutzend",):
            return Fraction(12), start + 1
        if word is None:
            return None
        value = Fraction(word)
    index = start + 1
    if index < len(tokens) and tokens[index] == "dutzend":
        return value * 12, index + 1
    if index < len(tokens) and tokens[index] in ("million", "millionen"):
        return value * 1_000_000, index + 1
    return value, index


def correct(word: str, known: Collection[str]) -> str | None:
    """Return the one known word that ``word`` is a typing error of, or None.

    Conservative: words of four letters or more, the same first letter (or two letters swapped at the start),
    one slip, two from seven letters on, and no second candidate as near.
    """
    if len(word) < 4:
        return None
    from rapidfuzz.distance import OSA  # Not needed for well-typed words.

    limit = 2 if len(word) >= 7 else 1
    best: list[str] = []
    for candidate in known:
        if len(candidate) < 4 or candidate[0] not in word[:2] or word[0] not in candidate[:2]:
            continue
        distance = OSA.distance(word, candidate, score_cutoff=limit)
        if distance < limit:
            limit, best = distance, [candidate]
        elif distance == limit:
            best.append(candidate)
    return best[0] if len(best) == 1 else None


def plain_number(value: Fraction) -> int | float:
    """Return an int where the value is whole, else a float (JSON knows no fractions)."""
    return int(value) if value.denominator == 1 else float(value)
