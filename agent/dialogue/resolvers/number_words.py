"""The words of numbers in English, German, French and Spanish: data, and how a language builds those below a hundred.

Words stand here without accents, as ``fold`` leaves them ("veintidós" and "veintidos" are one). German builds its
numbers in one word and has a reader in ``words``; Chinese has ``chinese``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return the word without accents: "deuxième" is "deuxieme", "fünf" is "funf"."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))


Words = tuple[str, ...]


@dataclass(frozen=True)
class NumberWords:
    """How one language says numbers."""

    small: Mapping[Words, int]
    # Every number below a hundred, as the words it is said in.
    hundreds: Mapping[str, int]
    # "hundred" multiplies; "doscientos" stands alone (more than 100).
    scales: Mapping[str, int]
    # "thousand", "million".
    ordinals: Mapping[Words, int]
    # "third", "vingt et unieme".
    joiner: str = ""
    # Between hundreds and the rest: "two hundred and five".
    articles: frozenset[str] = frozenset()
    # Mean one before a hundred, a thousand or a dozen.
    packs: Mapping[Words, int] | None = None
    # "dozen": 12.


def _values(words: str, start: int = 0) -> dict[str, int]:
    """Return the values of words that are counted on; words parted by "/" are one number."""
    return {word: value for value, each in enumerate(words.split(), start) for word in each.split("/")}


def _english() -> NumberWords:
    units = _values(
        "zero/nought one two/tow three four five six seven eight/eigth/eigt nine ten eleven twelve thirteen "
        "fourteen/forteen fifteen sixteen seventeen eighteen nineteen"
    )
    tens = {
        word: value * 10
        for word, value in _values("twenty thirty forty/fourty fifty sixty seventy eighty ninety/ninty", 2).items()
    }
    nth = _values(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        1,
    ) | {"thirtieth": 30}
    small: dict[Words, int] = {(word,): value for word, value in (units | tens).items()}
    ordinals: dict[Words, int] = {(word,): value for word, value in nth.items()}
    for ten, value in tens.items():
        for unit, more in units.items():
            if 0 < more < 10:
                small[(ten, unit)] = small[(ten + unit,)] = value + more
        for word, more in nth.items():
            if more < 10:
                ordinals[(ten, word)] = ordinals[(ten + word,)] = value + more
    packs = {("dozen",): 12, ("half", "a", "dozen"): 6, ("half", "dozen"): 6}
    scales = {"thousand": 1000, "million": 10**6, "millions": 10**6, "billion": 10**9}
    return NumberWords(small, {"hundred": 100}, scales, ordinals, "and", frozenset({"a", "an"}), packs)


def _french() -> NumberWords:
    units = _values("zero un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
    below_twenty: dict[Words, int] = {(word,): value for word, value in units.items()}
    for word in ("sept", "huit", "neuf"):
        below_twenty[("dix", word)] = below_twenty[("dix" + word,)] = 10 + units[word]
    tens = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
    tens |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
    small: dict[Words, int] = dict(below_twenty)
    for ten, value in tens.items():
        small[(ten,)] = value
        for words, more in below_twenty.items():
            if 0 < more < (20 if ten == "soixante" else 10):
                small[(ten, *words)] = small[(ten, "et", *words)] = value + more
    for vingt in ("vingt", "vingts"):
        for words, more in below_twenty.items():
            small[("quatre", vingt, *words)] = 80 + more
        small[("quatre", vingt)] = 80
    ordinals: dict[Words, int] = {("premier",): 1, ("premiere",): 1, ("second",): 2, ("seconde",): 2}
    for words, value in small.items():
        last = words[-1]
        stem = {"cinq": "cinqu", "neuf": "neuv"}.get(last, last.removesuffix("e").removesuffix("s") or last)
        stem = "trois" if last == "trois" else stem
        if value:
            ordinals[(*words[:-1], stem + "ieme")] = value
            ordinals[(*words[:-1], stem + "iemes")] = value
    scales = {"mille": 1000, "mil": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9}
    packs: dict[Words, int] = {("douzaine",): 12, ("douzaines",): 12, ("demi", "douzaine"): 6, ("dizaine",): 10}
    packs |= {("vingtaine",): 20}
    return NumberWords(small, {"cent": 100, "cents": 100}, scales, ordinals, "", frozenset(), packs)


def _spanish() -> NumberWords:
    units = _values(
        "cero un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciseis diecisiete dieciocho diecinueve"
    )
    tens = {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90}
    small: dict[Words, int] = {(word,): value for word, value in (units | tens | {"veinte": 20}).items()}
    for unit, more in units.items():
        if 0 < more < 10:
            small[("veinti" + unit,)] = small[("veinte", "y", unit)] = 20 + more
            for ten, value in tens.items():
                small[(ten, "y", unit)] = small[(ten, unit)] = value + more
            if more > 5:
                small[("diez", "y", unit)] = 10 + more
    hundreds = {"cien": 100, "ciento": 100}
    stems = ["dos", "tres", "cuatro", "quin", "seis", "sete", "ocho", "nove"]
    for value, stem in enumerate(stems, 2):
        for ending in ("cientos", "cientas") if stem != "quin" else ("ientos", "ientas"):
            hundreds[stem + ending] = value * 100
    ordinals: dict[Words, int] = {}
    for word, value in _values(
        "primer segund tercer cuart quint sext septim/setim octav noven decim undecim duodecim", 1
    ).items():
        for ending in ("o", "a", "os", "as"):
            ordinals[(word + ending,)] = value
    ordinals |= {("primer",): 1, ("tercer",): 3}
    scales = {"mil": 1000, "millon": 10**6, "millones": 10**6}
    packs: dict[Words, int] = {("docena",): 12, ("docenas",): 12, ("media", "docena"): 6}
    return NumberWords(small, hundreds, scales, ordinals, "", frozenset(), packs)


_BUILDERS = {"en": _english, "fr": _french, "es": _spanish}


@cache
def number_words(lang: str) -> NumberWords:
    """Return how a language says numbers; English for those without a table."""
    return _BUILDERS.get(lang, _english)()


@cache
def first_words(lang: str) -> Mapping[str, int]:
    """Return how many words the longest number below a hundred has that begins with a word."""
    longest: dict[str, int] = {}
    for words in number_words(lang).small:
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


DE_UNITS = {
    "null": 0, "ein": 1, "eins": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "eines": 1, "zwei": 2, "zwo": 2,
    "drei": 3, "vier": 4, "fünf": 5, "fuenf": 5, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
    "elf": 11, "zwölf": 12, "zwoelf": 12, "zwolf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "fuenfzehn": 15,
    "funfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
DE_TENS = {
    "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "fuenfzig": 50, "funfzig": 50,
    "fuffzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
DE_ORDINAL_STEMS = {
    "erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "fünft": 5, "fuenft": 5, "sechst": 6, "siebt": 7, "siebent": 7,
    "acht": 8, "neunt": 9, "zehnt": 10, "elft": 11, "zwölft": 12, "zwoelft": 12,
}  # fmt: skip
