"""Read a sum of money: "twelve fifty", "20 bucks", "$1.2k", "fünf Euro zwanzig", "5,20 €", "五块五".

A value is ``{"amount": "12.50", "currency": "EUR"}``. A currency that was not said follows from the sum that is
corrected, from the time zone, from the language, and is asked for where none of them tells. Knows no exchange rates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from agent.declaration import Slot
from agent.dialogue.resolvers import currency_words as known
from agent.dialogue.resolvers.base import Resolution, ResolveContext, Resolved, Unresolved, languages
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.quantities import outside, within_limits
from agent.dialogue.resolvers.quantity import Term, is_of_something_else, readings_by_language
from agent.dialogue.resolvers.quantity_items import plain
from agent.dialogue.resolvers.quantity_words import GLUE
from agent.dialogue.resolvers.words import digits

_FIGURES = r"\d+(?:[.,]\d+)*"
_THOUSANDS = re.compile(rf"({_FIGURES})\s?(k|m|mio|mn|mille|grand)\b\.?")
_GRAND = re.compile(r"\bgrand\b")
_WITH_SCALE = rf"{_FIGURES}(?:\s?(?:k|m|mio|mn|万|thousand|million|billion)\b)?"
_CODE_FIRST = re.compile(
    rf"(?<!\d)(?<!\d )\b([a-z]{{3,7}}) ({_WITH_SCALE}(?: ?(?:-|~|or|to) ?{_WITH_SCALE})?)(?! ?[a-z]{{3,7}} \d)"
)
_OTHER_GROUPS = re.compile(r"(?<![\d.,])(\d{1,3})([.,])(\d{2})(\d)(?![\d.,])")
_JOINED_CENTS = re.compile(r"\b(?:con|et|und|and)\b")


class _Sum(NamedTuple):
    amount: Fraction
    currency: str
    # An ISO 4217 code, a family of currencies ("DOLLAR"), "CENT", or nothing.


def resolve_money(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to ``{"amount": "12.50", "currency": "EUR"}``."""
    text = plain(raw)
    country = next((code for code, pattern in known.COUNTRIES.items() if pattern.search(text)), "")
    text = _with_codes(known.COUNTRIES[country].sub(" ", text) if country else text)
    langs = languages(context.lang)
    sums = [] if any(GLUE[lang].minus.search(text) for lang in langs) else _sums(text, langs)
    if sums:
        priced = [_Sum(each.amount, currency) for each in sums for currency in _currencies(each, country, context)]
        return _which_sum(list(dict.fromkeys(priced)), slot, context)
    return Unresolved(message(context.lang, "money", raw=raw))


def _with_codes(text: str) -> str:
    """Write signs of currencies as words, after their number."""
    text = known.LIMIT_WORDS.sub(" ", text)
    for pattern, code in known.SYMBOLS:
        text = pattern.sub(code, text)
    codes = known.CURRENCIES["en"]
    return _CODE_FIRST.sub(
        lambda match: f"{match[2]} {match[1]} " if match[1] in codes else match[0], re.sub(r"\s+", " ", text).strip()
    )


def _spellings(text: str, lang: str) -> list[str]:
    """Return the text with "1.2k" written out, and both ways to read a sign that another country groups by."""
    if lang == "en":
        text = re.sub(rf"({_FIGURES}) grand\b", r"\1k", text)
        text = _GRAND.sub("thousand", text)
    text = _THOUSANDS.sub(lambda match: _written_out(match, lang), text)
    group = _OTHER_GROUPS.search(text)
    if group is None or digits(group[0], lang) == int(group[1] + group[3] + group[4]):
        return [text]
    grouped = text[: group.start()] + group[1] + group[3] + group[4] + text[group.end() :]
    if group[4] != "0":
        # No money has three decimals.
        return [grouped]
    return [text, grouped]


def _written_out(match: re.Match[str], lang: str) -> str:
    value = digits(match[1], lang)
    factor = 10**6 if match[2] in ("m", "mio", "mn") else 1000
    return match[0] if value is None else str(int(value * factor)) + " "


def _sums(text: str, langs: Sequence[str]) -> list[_Sum]:
    return [
        each
        for spelling in _spellings(text, langs[0])
        for lang, readings in readings_by_language(spelling, langs, known.CURRENCIES)
        for terms in readings
        if not is_of_something_else(terms, lang)
        for each in _sum(terms, spelling, lang)
    ]


def _sum(terms: Sequence[Term], text: str, lang: str) -> list[_Sum]:
    """Return the sums that the terms of one reading may mean."""
    if len(terms) == 1:
        return [_one(terms[0])]
    first, second = terms[0], terms[1]
    if first.unit is None:
        if len(terms) > 2 or second.unit in known.PARTS:
            return []
        return _said_together(first.value, second, bool(_JOINED_CENTS.search(text)))
    total, last = _one(first).amount, first.unit
    for term in terms[1:]:
        if term.unit is None:
            figures = len(str(int(term.value)))
            # "五块五" is 5.50, and "三块两毛五" 3.25; elsewhere what follows is cents.
            per_unit = 10**figures if lang == "zh" else 100
            if term.value.denominator != 1 or figures > 2:
                return []
            total += term.value / (per_unit * (known.PARTS.get(last, 1) if lang == "zh" else 1))
        elif term.unit in known.PARTS:
            total += term.value / known.PARTS[term.unit]
            last = term.unit
        else:
            return []
    return [_Sum(total, _one(first).currency)]


def _one(term: Term) -> _Sum:
    unit = term.unit or ""
    if unit in known.NOTES:
        return _Sum(term.value * known.NOTES[unit], "GBP")
    if unit in known.PARTS:
        return _Sum(term.value / known.PARTS[unit], known.PART_OF.get(unit, ""))
    return _Sum(term.value, unit)


def _said_together(whole: Fraction, cents: Term, joined: bool) -> list[_Sum]:
    """Read "twelve fifty"; "two fifty" may be 2.50 or 250."""
    currency = _one(cents).currency
    if whole.denominator != 1 or cents.value.denominator != 1 or not 0 < cents.value < 100 or whole >= 1000:
        return []
    sums = [_Sum(whole + cents.value / 100, currency)]
    if whole < 10 <= cents.value and not joined:
        sums.append(_Sum(whole * 100 + cents.value, currency))
    return sums


def _currencies(each: _Sum, country: str, context: ResolveContext) -> tuple[str, ...]:
    """Return the currencies that may be meant."""
    here = known.COUNTRY_OF_ZONE.get(str(getattr(context.now.tzinfo, "key", "")), "")
    family = known.FAMILIES.get(each.currency)
    if family is None and each.currency:
        return (each.currency,)
    if family is not None:
        if each.currency == "YEN_OR_YUAN" and context.lang == "zh":
            return ("JPY",) if here == "JP" else ("CNY",)
        likely = (family.get(country) if country else None) or family.get(here) or family.get("")
        return (likely,) if likely else tuple(family.values())
    for before in (context.previous, *(mention.value for mention in context.mentioned if mention.resolver == "money")):
        if before and isinstance(before.value, dict) and "currency" in before.value:
            return (str(before.value["currency"]),)
    likely = known.MONEY_OF_COUNTRY.get(here) or known.MONEY_OF_LANGUAGE.get(context.lang)
    return (likely,) if likely else known.ASKED_WITHOUT_A_HINT


def _which_sum(sums: Sequence[_Sum], slot: Slot, context: ResolveContext) -> Resolution:
    answers = [_limited_sum(each, slot, context) for each in sums]
    return within_limits(answers, "which_money", context.lang)


def _limited_sum(each: _Sum, slot: Slot, context: ResolveContext) -> Resolved | Unresolved:
    lang = context.lang
    text = money_text(each.amount, each.currency, lang)
    reason = outside(each.amount, text, slot, lang, lambda limit: money_text(limit, each.currency, lang))
    return reason or Resolved({"amount": _figures(each.amount, each.currency), "currency": each.currency}, text)


def _figures(amount: Fraction, currency: str) -> str:
    decimals = 0 if currency in known.WITHOUT_CENTS else 2
    # Half a cent goes up: 0.125 is 0.13.
    scaled = int(amount * 10**decimals + Fraction(1, 2))
    return f"{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}" if decimals else str(scaled)


def money_text(amount: Fraction, currency: str, lang: str) -> str:
    """Return a sum as the language writes it: "€12.50", "12,50 €", "100 CHF"."""
    whole, _, cents = _figures(amount, currency).partition(".")
    point, group = (",", {"de": ".", "fr": "\u202f", "es": "."}[lang]) if lang in ("de", "fr", "es") else (".", ",")
    text = f"{int(whole):,}".replace(",", group) + (point + cents if cents.strip("0") else "")
    sign = known.SHOWN.get(currency)
    if sign and lang not in ("de", "fr", "es"):
        return sign + text
    return f"{text} {sign or currency}"
