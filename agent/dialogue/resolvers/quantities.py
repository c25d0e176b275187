"""Read what people say for a number, a temperature or a percentage.

"twenty one and a half", "18°"; "half", "max"; "dix-neuf et demi"; "cinco bajo cero"; "百分之五十". Knows numbers, not
what they are used for; the slot's minimum and maximum are respected, with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved, languages
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.number_words import fold
from agent.dialogue.resolvers.quantity import read, read_fixing_typos
from agent.dialogue.resolvers.quantity_items import plain
from agent.dialogue.resolvers.quantity_words import GLUE
from agent.dialogue.resolvers.words import plain_number
from agent.types import Option

_DEGREES = re.compile(
    r"°\s*[cf]?\b|°|\b(?:degrees?|degress|deg|celsius|centigrade|fahrenheit|grad|percent|per cent|prozent|degrés?|"
    r"degres?|pour cent|pourcents?|grados?|centígrados|por ciento|[cfk])\b|%|(?:摄氏|华氏)?度|摄氏|华氏"
)
_DEGREE_SLIP = re.compile(r"(?<=\d)(?=[cf]\b)")
_FAHRENHEIT = re.compile(r"fahrenheit|(?<=[\d°\s])f\b|华氏")
_PERCENT_SIGN = re.compile(r"%|\b(?:percent|per cent|prozent|pour ?cent|por ciento)\b|百分之")


def read_numbers(text: str, lang: str) -> list[Fraction]:
    """Return the numbers that plain text may mean, one each reading; none when a reading holds two numbers.

    "minus five" is below zero, "twenty or twenty-one" has two readings.
    """
    negative = bool(GLUE[lang].minus.search(text))
    readings = read(GLUE[lang].minus.sub(" ", text), lang, {})
    if readings == []:
        readings = read_fixing_typos(text, lang, {})
    if not readings or any(len(terms) != 1 for terms in readings):
        return []
    values = [-terms[0].value if negative else terms[0].value for terms in readings]
    return list(dict.fromkeys(values))


def _answer(
    values: list[Fraction], slot: Slot, context: ResolveContext, *, whole: bool, raw: str, unit: str = ""
) -> Resolution:
    answers = [limited(value, slot, context, whole=whole, raw=raw, unit=unit) for value in values]
    fitting = [answer for answer in answers if isinstance(answer, Resolved)]
    if len(fitting) > 1:
        options = tuple(Option(value=answer.value, text=answer.text) for answer in fitting)
        return Ambiguous(options, message(context.lang, "which_number"))
    return fitting[0] if fitting else answers[0]


def resolve_number(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int or, with decimals, a float."""
    text = _without_degrees(plain(raw))
    for lang in languages(context.lang):
        values = read_numbers(text, lang)
        if values:
            return _answer(values, slot, context, whole=slot.type == "integer", raw=raw)
    return Unresolved(message(context.lang, "number", raw=raw))


def resolve_temperature(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to degrees Celsius; Fahrenheit is converted, to half a degree."""
    text = plain(raw)
    if _PERCENT_SIGN.search(text):
        return Unresolved(message(context.lang, "unit", raw=raw))
    fahrenheit = bool(_FAHRENHEIT.search(text))
    for lang in languages(context.lang):
        values = read_numbers(_without_degrees(text), lang)
        if fahrenheit:
            values = [Fraction(round((value - 32) * 5 / 9 * 2), 2) for value in values]
        if values:
            return _answer(values, slot, context, whole=False, raw=raw, unit="°C")
    return Unresolved(message(context.lang, "number", raw=raw))


def _without_degrees(text: str) -> str:
    return _DEGREES.sub(" ", _DEGREE_SLIP.sub(" ", text))


_LEVELS: dict[str, tuple[tuple[str, int | str], ...]] = {
    "en": (
        (r"\bthree quarters?\b|\bthree fourths\b", 75),
        (r"\btwo thirds\b", 67),
        (r"\bhalf\w*\b", 50),
        (r"\bquarter\b", 25),
        (r"\bthird\b", 33),
        (r"\b(?:max|maximum|maximal|full|fully|all the way|brightest|highest)\b", "high"),
        (r"\b(?:min|minimum|lowest|dimmest)\b", "low"),
        (r"^(?:off|none|zero)$", 0),
    ),
    "de": (
        (r"\bdreiviertel\b|\bdrei viertel\b", 75),
        (r"\bzwei drittel\b", 67),
        (r"\bhalb\w*\b|\bhalfte\b", 50),
        (r"\bviertel\b", 25),
        (r"\bdrittel\b", 33),
        (r"\b(?:max|maximum|maximal|voll|volle|ganz)\b", "high"),
        (r"\b(?:min|minimum|minimal)\b", "low"),
        (r"^aus$", 0),
    ),
    "fr": (
        (r"\btrois[- ]quarts\b", 75),
        (r"\bdeux[- ]tiers\b", 67),
        (r"\bmoitie\b|\bmi-\w+|\bdemie?\b", 50),
        (r"\bquart\b", 25),
        (r"\btiers\b", 33),
        (r"\b(?:max|maximum|maxi|au plus fort|a fond|plein\w*|tout)\b", "high"),
        (r"\b(?:min|minimum|mini|au plus bas)\b", "low"),
        (r"^(?:eteint|zero|rien)$", 0),
    ),
    "es": (
        (r"\btres cuartos\b", 75),
        (r"\bdos tercios\b", 67),
        (r"\bmitad\b|\bmedi[oa]\b", 50),
        (r"\bcuarto\b", 25),
        (r"\btercio\b", 33),
        (r"\b(?:max|maximo|maxima|tope|a tope|todo|lleno|completo)\b", "high"),
        (r"\b(?:min|minimo|minima)\b", "low"),
        (r"^(?:apagad[oa]|cero|nada)$", 0),
    ),
    "zh": (
        (r"四分之三", 75),
        (r"三分之二", 67),
        (r"一半|半", 50),
        (r"四分之一", 25),
        (r"三分之一", 33),
        (r"最大|最亮|最高|全开|全部|满", "high"),
        (r"最小|最暗|最低", "low"),
        (r"^(?:关|关掉|零)$", 0),
    ),
}
_OUT_OF_A_HUNDRED = re.compile(r"百分之(.+)")
_TENTHS = re.compile(r"^(.+?)成(.?)$")


def resolve_percent(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int, 0 to 100 where the slot sets no narrower limits."""
    bare = _without_degrees(plain(raw)).strip()
    low = 0 if slot.minimum is None else slot.minimum
    high = 100 if slot.maximum is None else slot.maximum
    for lang in languages(context.lang):
        values = _percentages(bare, lang, low, high)
        if values:
            whole = [Fraction(round(value)) for value in values]
            return _answer(whole, _between(slot, low, high), context, whole=True, raw=raw, unit="%")
    return Unresolved(message(context.lang, "percent", raw=raw))


def _percentages(bare: str, lang: str, low: float, high: float) -> list[Fraction]:
    if not re.search(r"\d", bare) and "百分之" not in bare:
        for pattern, meaning in _LEVELS[lang]:
            if re.search(pattern, fold(bare)):
                level = {"high": high, "low": max(low, 1)}[meaning] if isinstance(meaning, str) else meaning
                return [Fraction(level)]
    if lang != "zh":
        return read_numbers(bare, lang)
    tenths = _TENTHS.match(bare)
    if tenths:
        # "七成五" is 75 %.
        tens, ones = read_numbers(tenths[1], lang), read_numbers(tenths[2], lang) if tenths[2] else [Fraction(0)]
        return [tens[0] * 10 + ones[0]] if tens and ones else []
    return read_numbers(_OUT_OF_A_HUNDRED.sub(r"\1", bare), lang)


def _between(slot: Slot, low: float, high: float) -> Slot:
    return Slot(slot.name, minimum=low, maximum=high)


def limited(
    value: Fraction, slot: Slot, context: ResolveContext, *, whole: bool, raw: str, unit: str = ""
) -> Resolved | Unresolved:
    """Return the value if the slot allows it, else the reason why not."""
    text = number_text(value, unit, context.lang)
    if whole and value.denominator != 1:
        return Unresolved(message(context.lang, "whole", raw=raw))
    reason = outside(value, text, slot, context.lang, lambda limit: number_text(limit, unit, context.lang))
    return reason or Resolved(plain_number(value), text)


def outside(
    value: Fraction, text: str, slot: Slot, lang: str, limit_text: Callable[[Fraction], str]
) -> Unresolved | None:
    """Return the reason why the slot does not allow a value, or None.

    Args:
        value: compared with the slot's minimum and maximum.
        text: how it is said back.
        slot: sets the limits.
        lang: the session's language.
        limit_text: says a limit.
    """
    if slot.minimum is not None and value < slot.minimum:
        return Unresolved(message(lang, "too_small", text=text, limit=limit_text(Fraction(slot.minimum))))
    if slot.maximum is not None and value > slot.maximum:
        return Unresolved(message(lang, "too_large", text=text, limit=limit_text(Fraction(slot.maximum))))
    return None


def within_limits(answers: Sequence[Resolved | Unresolved], question: str, lang: str) -> Resolution:
    """Return the reading that the slot's limits allow, a question (by its message key) where they allow several.

    Where they allow none, the first one's reason is the answer.
    """
    fitting = [answer for answer in answers if isinstance(answer, Resolved)]
    if len(fitting) > 1:
        options = tuple(Option(value=answer.value, text=answer.text) for answer in fitting)
        return Ambiguous(options, message(lang, question))
    return fitting[0] if fitting else answers[0]


def number_text(value: Fraction, unit: str, lang: str) -> str:
    """Return a number as the language writes it, with its unit: "21,5 °C", "50%"."""
    number = plain_number(value)
    text = str(number) if isinstance(number, int) else f"{number:.4g}"
    text = text.replace(".", ",") if lang in ("de", "fr", "es") else text
    if unit == "%" and lang not in ("de", "fr", "es"):
        return f"{text}%"
    return f"{text} {unit}" if unit else text
