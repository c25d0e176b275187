"""Number words, ordinals and typing errors, in English, German, French, Spanish and Chinese.

Knows words only, not what they are said for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import cache, lru_cache

from agent.dialogue.resolvers.chinese import chinese_number
from agent.dialogue.resolvers.number_words import (
    DE_ORDINAL_STEMS,
    DE_TENS,
    DE_UNITS,
    NumberWords,
    first_words,
    fold,
    number_words,
)

_ENDING = re.compile(r"^(\d{1,3})(?:st|nd|rd|th|\.|te|ten|ter)$")
_ENDINGS = {
    "fr": re.compile(r"^(\d{1,3})(?:er|ere|re|e|eme|nd|nde)$"),
    "es": re.compile(r"^(\d{1,3})\.?(?:o|a|er|ro|ra|do|da|to|ta|mo|ma|vo|va|no|na)$"),
    "zh": re.compile(r"^第?(\d{1,3})[个個号號家间位条]$|^第(\d{1,3})$"),
}
_PLAIN = re.compile(r"^\d+$")
_DECIMAL = re.compile(r"^\d+[.,]\d+$")
_GROUPED = re.compile(r"^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$")
_GROUP_SIGN = {"en": ",", "zh": ",", "de": ".", "fr": ".", "es": "."}


@lru_cache(maxsize=1024)
def german_number(word: str) -> int | None:
    """Return the value of one German number word ("zweihundertfünfundzwanzig"), or None."""
    if word in DE_UNITS:
        return DE_UNITS[word]
    if word in DE_TENS:
        return DE_TENS[word]
    for scale_word, scale in (("tausend", 1000), ("hundert", 100)):
        if scale_word in word:
            before, _, after = word.partition(scale_word)
            head = german_number(before) if before else 1
            tail = german_number(after.removeprefix("und")) if after else 0
            limit = scale if scale == 1000 else 20
            if head is None or tail is None or not 0 < head < limit or tail >= scale:
                return None
            return head * scale + tail
    for ten, value in DE_TENS.items():
        if word.endswith("und" + ten):
            unit = DE_UNITS.get(word[: -len(ten) - 3])
            return value + unit if unit is not None and 0 < unit < 10 else None
    return None


@lru_cache(maxsize=1024)
def ordinal(word: str, lang: str) -> int | None:
    """Return the value of an ordinal in one word ("3rd", "third", "3.", "dritten", "2ème", "第三"), or None."""
    match = _ENDING.match(word)
    if match:
        return int(match.group(1))
    if lang == "de":
        return _german_ordinal(word)
    if lang in _ENDINGS and (match := _ENDINGS[lang].match(fold(word))):
        return int(next(group for group in match.groups() if group))
    if lang == "zh":
        value = chinese_number(word[1:]) if word.startswith("第") else None
        return int(value) if value is not None and value.denominator == 1 else None
    return number_words(lang).ordinals.get((fold(word),))


def _german_ordinal(word: str) -> int | None:
    stem = re.sub(r"e[nrsm]?$", "", word)
    if stem == word:
        return None
    if stem in DE_ORDINAL_STEMS:
        return DE_ORDINAL_STEMS[stem]
    if stem.endswith("st"):
        return german_number(stem[:-2])
    return german_number(stem[:-1]) if stem.endswith("zehnt") else None


def read_ordinal(tokens: Sequence[str], start: int, lang: str) -> tuple[int, int] | None:
    """Read an ordinal of one or more words ("twenty first"); returns its value and the index after it, or None."""
    if lang in ("en", "fr", "es"):
        table = number_words(lang).ordinals
        for length in (4, 3, 2):
            value = table.get(tuple(fold(token) for token in tokens[start : start + length]))
            if value is not None and start + length <= len(tokens):
                return value, start + length
    one = ordinal(tokens[start], lang) if start < len(tokens) else None
    return None if one is None else (one, start + 1)


def digits(token: str, lang: str = "en") -> Fraction | None:
    """Return the value of a number in digits, or None.

    The language decides what "1.200" is: twelve hundred in German, French and Spanish, one and a fifth in English.
    """
    if _PLAIN.match(token):
        return Fraction(int(token))
    grouped = _GROUPED.match(token)
    if grouped and (grouped[1] == _GROUP_SIGN.get(lang, ",") or len(re.findall(r"[.,]", token)) > 1):
        sign = grouped[1]
        parts = re.split(r"[.,]", token)
        # The other sign, after the groups, begins the decimals: "1,234.5".
        last = max(token.rfind("."), token.rfind(","))
        if token[last] != sign:
            return Fraction("".join(parts[:-1]) + "." + parts[-1])
        return Fraction("".join(parts))
    return Fraction(token.replace(",", ".")) if _DECIMAL.match(token) else None


def read_number(tokens: Sequence[str], start: int, lang: str) -> tuple[Fraction, int] | None:
    """Read the number, in digits or words, that begins at ``start``.

    Returns its value and the index after it, or None when no number begins there. "seven thirty" is two
    numbers; "two hundred and five" is one.
    """
    if start >= len(tokens):
        return None
    if lang == "de":
        return _read_german(tokens, start)
    if lang == "zh":
        value = digits(tokens[start], lang)
        value = chinese_number(tokens[start]) if value is None else value
        return None if value is None else (value, start + 1)
    return _read_words(tokens, start, lang, number_words(lang))


def _read_words(tokens: Sequence[str], start: int, lang: str, words: NumberWords) -> tuple[Fraction, int] | None:
    total, index, last_scale = Fraction(0), start, 0
    while index < len(tokens):
        group = _below_thousand(tokens, index, lang, words)
        value, after = group or (Fraction(1), index)
        scale = words.scales.get(fold(tokens[after]), 0) if after < len(tokens) else 0
        if scale and (group or index == start) and (not last_scale or scale < last_scale):
            total += value * scale
        elif scale and not group and last_scale:
            # "mil millones".
            total *= scale
        else:
            if group and (not last_scale or value < last_scale):
                total, index = total + value, after
            break
        index, last_scale = after + 1, scale
        if _joins(tokens, index, lang, words):
            index += 1
    read = index > start
    if words.packs:
        begins = start if not read else index
        for length in (3, 2, 1):
            pack = words.packs.get(tuple(map(fold, tokens[begins : begins + length])))
            if pack and begins + length <= len(tokens):
                return (total if read else Fraction(1)) * pack, begins + length
    return (total, index) if read else None


def _below_thousand(tokens: Sequence[str], start: int, lang: str, words: NumberWords) -> tuple[Fraction, int] | None:
    small = _below_hundred(tokens, start, lang, words)
    value, index = small or (Fraction(1), start)
    if small is None and tokens[start] in words.articles:
        following = fold(tokens[start + 1]) if start + 1 < len(tokens) else ""
        if following in words.hundreds or following in words.scales or (following,) in (words.packs or {}):
            index = start + 1
            small = (value, index)
    hundred = words.hundreds.get(fold(tokens[index])) if index < len(tokens) else None
    if hundred is None or (small and hundred > 100) or value >= 100:
        return small
    value, index = value * hundred, index + 1
    if _joins(tokens, index, lang, words):
        index += 1
    rest = _below_hundred(tokens, index, lang, words) if index < len(tokens) else None
    if rest is not None and not tokens[index][0].isdigit():
        return value + rest[0], rest[1]
    return value, index


def _joins(tokens: Sequence[str], index: int, lang: str, words: NumberWords) -> bool:
    """Say whether an "and" stands here that goes on with the number, as in "two hundred and five"."""
    if not words.joiner or index + 1 >= len(tokens) or tokens[index] != words.joiner:
        return False
    return tokens[index + 1] in first_words(lang)


def _below_hundred(tokens: Sequence[str], start: int, lang: str, words: NumberWords) -> tuple[Fraction, int] | None:
    value = digits(tokens[start], lang)
    if value is not None:
        return value, start + 1
    length = first_words(lang).get(fold(tokens[start]), 0)
    while length:
        found = words.small.get(tuple(map(fold, tokens[start : start + length])))
        if found is not None and start + length <= len(tokens):
            return Fraction(found), start + length
        length -= 1
    return None


def _read_german(tokens: Sequence[str], start: int) -> tuple[Fraction, int] | None:
    token = tokens[start]
    value, index = digits(token, "de"), start + 1
    if value is None and token == "halbes" and tokens[start + 1 : start + 2] == ["dutzend"]:
        return Fraction(6), start + 2
    if value is None and token == "dutzend":
        return Fraction(12), index
    if value is None:
        # People part what is one word: "zwei hundert", "sieben und neunzig".
        for length in (4, 3, 2, 1):
            word = german_number("".join(tokens[start : start + length])) if start + length <= len(tokens) else None
            if word is not None:
                value, index = Fraction(word), start + length
                break
    if value is None:
        return None
    following = tokens[index] if index < len(tokens) else ""
    if following == "halbes" and tokens[index + 1 : index + 2] == ["dutzend"]:
        return value * 6, index + 2
    if following == "dutzend":
        return value * 12, index + 1
    for words, scale in ((("tausend",), 1000), (("million", "millionen"), 10**6)):
        if following in words:
            rest = _read_german(tokens, index + 1) if index + 1 < len(tokens) else None
            if rest and rest[0] < scale and tokens[index + 1] not in ("ein", "eine", "einen"):
                return value * scale + rest[0], rest[1]
            return value * scale, index + 1
    return value, index


@cache
def number_vocabulary(lang: str) -> frozenset[str]:
    """Return the single words of numbers that a typing error may be of."""
    if lang == "de":
        return frozenset(word for word in (*DE_UNITS, *DE_TENS, "hundert", "tausend") if word not in ("eines", "einer"))
    if lang == "zh":
        return frozenset()
    words = number_words(lang)
    parts = {part for each in words.small for part in each} | set(words.hundreds) | set(words.scales)
    return frozenset(part for part in parts if len(part) > 2)


def nearest(word: str, known: Collection[str]) -> list[str]:
    """Return the known words that ``word`` may be a typing error of, those of them that are nearest.

    Conservative: words of four letters or more, the same first letter (or two letters swapped at the start),
    one slip, two from seven letters on.
    """
    if len(word) < 4:
        return []
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
    return best


def correct(word: str, known: Collection[str]) -> str | None:
    """Return the one known word that ``word`` is a typing error of, or None where there is none or several."""
    best = nearest(word, known)
    return best[0] if len(best) == 1 else None


def correct_number(word: str, lang: str) -> Fraction | None:
    """Return the number that a mistyped number word means, or None.

    A word of four letters may have lost or swapped one, but not have another in its place: "fiev" is five, while "caro"
    is not "cero".
    """
    fixed = correct(fold(word), number_vocabulary(lang))
    if fixed is None or (len(word) == 4 and len(fixed) == 4 and sorted(fold(word)) != sorted(fixed)):
        return None
    number = read_number([fixed], 0, lang)
    return number[0] if number else None


def correct_ordinal(word: str, lang: str) -> int | None:
    """Return the place that a mistyped ordinal means ("fouurth"), or None: a short one is read as it stands alone."""
    fixed = correct(fold(word), _ordinal_vocabulary(lang)) if len(word) > 4 else None
    return None if fixed is None else ordinal(fixed, lang)


@cache
def _ordinal_vocabulary(lang: str) -> frozenset[str]:
    if lang == "de":
        return frozenset(f"{stem}e{ending}" for stem in DE_ORDINAL_STEMS for ending in ("", "r", "n", "s"))
    if lang == "zh":
        return frozenset()
    return frozenset(words[0] for words in number_words(lang).ordinals if len(words) == 1)


def plain_number(value: Fraction) -> int | float:
    """Return an int where the value is whole, else a float (JSON knows no fractions)."""
    return int(value) if value.denominator == 1 else float(value)
