"""Read how much of something: "half a litre", "ein Pfund", "dos docenas", "five foot ten", "半斤".

A value is ``{"value": 2, "unit": "kg"}``; the limits of a slot are kilograms, litres, metres or pieces. Knows units,
not what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Resolution, ResolveContext, Resolved, Unresolved, languages
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.quantities import number_text, outside, within_limits
from agent.dialogue.resolvers.quantity import Term, readings_by_language
from agent.dialogue.resolvers.quantity_items import plain
from agent.dialogue.resolvers.quantity_words import GLUE
from agent.dialogue.resolvers.unit_words import AMOUNT_UNITS, BASE, LOCAL_UNITS, SMALLER, UNIT_NAMES
from agent.dialogue.resolvers.words import plain_number

_FEET = re.compile(r"(?<!\d)(\d)'\s?(\d{1,2})\"?(?!\d)")
_LIANG = re.compile(r"(?<=[一二三四五六七八九十半\d])两(?![个百千万\d]|公斤|斤)")


def resolve_amount(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to ``{"value": 2, "unit": "kg"}``; things that are only counted have the unit "piece"."""
    text = _FEET.sub(r"\1 ft \2 inch", plain(raw).replace("''", '"'))
    langs = languages(context.lang)
    if langs[0] == "zh":
        text = _LIANG.sub("liang", text)
    if not any(GLUE[lang].minus.search(text) for lang in langs):
        for lang, readings in readings_by_language(text, langs, AMOUNT_UNITS):
            amounts = [amount for terms in readings for amount in _amounts(terms, lang, context)]
            if amounts:
                return _which_amount(list(dict.fromkeys(amounts)), slot, context)
    return Unresolved(message(context.lang, "amount", raw=raw))


def _amounts(terms: Sequence[Term], lang: str, context: ResolveContext) -> list[tuple[Fraction, str]]:
    """Return what the terms of one reading may mean together."""
    first = terms[0]
    if first.unit is None:
        before = context.previous.value if context.previous else None
        if isinstance(before, dict) and "unit" in before:
            return [(first.value, str(before["unit"]))] if len(terms) == 1 else []
        return (
            [(first.value, "piece")]
            if first.value.denominator == 1 and all(term.unit is None for term in terms)
            else []
        )
    if "|" in first.unit:
        return [(first.value, unit) for unit in first.unit.split("|")] if len(terms) == 1 else []
    total, unit = _in_common_units(first.value, first.unit)
    for term in terms[1:]:
        more, more_unit = _in_common_units(*_part_of(unit, term, lang))
        if BASE[more_unit][0] != BASE[unit][0] or BASE[more_unit][1] > BASE[unit][1]:
            return []
        if SMALLER.get(unit, ("", 0))[0] == more_unit:
            total, unit = total * SMALLER[unit][1] + more, more_unit
        else:
            total += more * BASE[more_unit][1] / BASE[unit][1]
    return [(total, unit)]


def _in_common_units(value: Fraction, unit: str) -> tuple[Fraction, str]:
    if unit in LOCAL_UNITS:
        common, factor = LOCAL_UNITS[unit]
        return value * factor, common
    return value, unit


def _part_of(unit: str, term: Term, lang: str) -> tuple[Fraction, str]:
    """Read the number after a unit: "1 m 80", "five foot ten", "一米八"."""
    if term.unit is not None:
        return term.value, term.unit
    if unit in SMALLER:
        return term.value, SMALLER[unit][0]
    figures = len(str(int(term.value)))
    return term.value / 10 ** (figures if lang == "zh" or figures > 1 else 2), unit


def _which_amount(amounts: Sequence[tuple[Fraction, str]], slot: Slot, context: ResolveContext) -> Resolution:
    answers = [_limited_amount(value, unit, slot, context) for value, unit in amounts]
    return within_limits(answers, "which_amount", context.lang)


def _limited_amount(value: Fraction, unit: str, slot: Slot, context: ResolveContext) -> Resolved | Unresolved:
    lang = context.lang
    base, factor = BASE[unit]
    text = _amount_text(value, unit, lang)
    reason = outside(value * factor, text, slot, lang, lambda limit: _amount_text(limit, base, lang))
    return reason or Resolved({"value": plain_number(round(value, 6)), "unit": unit}, text)


def _amount_text(value: Fraction, unit: str, lang: str) -> str:
    name = "" if unit == "piece" else UNIT_NAMES.get(lang, {}).get(unit, unit)
    return number_text(value, name, lang)
