"""Split text without spaces into words by the longest match. Knows Chinese numerals and the words that it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

_NUMERAL = re.compile(r"[〇零一二三四五六七八九十百两廿]+")
_OTHER = re.compile(r"\d+|[a-z]+")


def segment(text: str, known: frozenset[str]) -> list[str]:
    """Return the words of a text, single characters where no word is known: 下周三点 is 下周, 三, 点."""
    table = _longest_first(known)
    words: list[str] = []
    place = 0
    while place < len(text):
        ends = [match.end() for match in (table.match(text, place), _NUMERAL.match(text, place)) if match]
        other = _OTHER.match(text, place)
        end = max(ends, default=other.end() if other else place + 1)
        word = text[place:end].strip()
        if word:
            words.append(word)
        place = end
    return words


def walk(length: int, read: Callable[[int], tuple[str, int]]) -> Iterator[str]:
    """Yield the symbols of so many tokens; ``read`` returns the one at a place ("" for none) and the place after it."""
    index = 0
    while index < length:
        symbol, index = read(index)
        if symbol:
            yield symbol


@lru_cache(maxsize=16)
def _longest_first(known: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
