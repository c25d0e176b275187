"""Read what people say for a count, a number, a temperature or a percentage.

"the two of us", "me and my wife", "zu viert"; "twenty one and a half", "18°"; "half", "max". Knows numbers, not
what they are used for; the slot's minimum and maximum are respected, with a reason.
"""

from __future__ import annotations

import re
from fractions import Fraction

from agent.declaration import Slot
from agent.dialogue.resolvers.base import (
    Ambiguous,
    Resolution,
    ResolveContext,
    Resolved,
    Unresolved,
    languages,
    message,
    normalise,
)
from agent.dialogue.resolvers.lexicon import (
    GERMAN_GROUPS,
    NUMBER_WORDS,
    ONE_PERSON,
    POSSESSIVES,
    SELF,
    TWO_PEOPLE,
)
from agent.dialogue.resolvers.words import correct, plain_number, read_number
from agent.types import Option

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:'[a-z]+)?")
_ALONE = {
    "en": re.compile(
        r"^(?:(?:it's|its|it is) )?(?:just|only) (?:me|myself|one)$|"
        r"^(?:just )?(?:me|myself|alone|solo|on my own|by myself)$"
    ),
    "de": re.compile(
        r"^(?:nur|bloß|bloss) (?:ich|für mich|eine person|einen|eine|mich)$|"
        r"^(?:ich )?(?:allein|alleine)$|^(?:für )?mich(?: allein)?$"
    ),
}
_AND = {"en": re.compile(r",|\+|&|\band\b|\bplus\b|\bwith\b"), "de": re.compile(r",|\+|&|\bund\b|\bplus\b|\bmit\b")}
_OR = {"en": re.compile(r"\bor\b|\bmaybe\b"), "de": re.compile(r"\boder\b|\bvielleicht\b")}
_COUNT_NOISE = re.compile(r"\b(?:including|incl\.?|inklusive|counting)\b.*$")


def resolve_count(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int: how many people or things."""
    text = _COUNT_NOISE.sub("", normalise(raw)).strip()
    if re.match(r"^(?:minus|negative|-)\s*\w", text):
        return Unresolved(message(context.lang, "count", raw=raw))
    for lang in languages(context.lang):
        if _ALONE[lang].search(text):
            return _limited(Fraction(1), slot, context, whole=True, raw=raw)
        range_match = re.match(r"^\D*(\d+) ?- ?(\d+)\b", text)
        either = [range_match[1], range_match[2]] if range_match else _OR[lang].split(text)
        counts = [_people(part, lang) for part in either]
        known = [count for count in counts if count is not None]
        if len(known) > 1 and len(known) == len(counts) and len(set(known)) > 1:
            options = tuple(
                Option(value=plain_number(count), text=str(plain_number(count))) for count in sorted(set(known))
            )
            return Ambiguous(options, message(context.lang, "which_number"))
        if len(known) >= 1:
            return _limited(known[0], slot, context, whole=True, raw=raw)
    return Unresolved(message(context.lang, "count", raw=raw))


def _people(text: str, lang: str) -> Fraction | None:
    """Add up the parts of "two adults and a baby"; None when a part says no number."""
    total = Fraction(0)
    # "hundred and five" and "two and a half" hold an "and" that joins a number.
    whole = _only_number(text, lang)
    if whole is not None:
        return whole
    for part in _AND[lang].split(text):
        tokens = _TOKEN.findall(part)
        if not tokens:
            continue
        count = _part(tokens, lang)
        if count is None:
            return None
        total += count
    return total or None


def _only_number(text: str, lang: str) -> Fraction | None:
    tokens = _TOKEN.findall(text)
    number = read_number(tokens, 0, lang)
    return number[0] if number and number[1] == len(tokens) else None


def _part(tokens: list[str], lang: str) -> Fraction | None:
    words = set(tokens)
    if lang == "de":
        group = next((GERMAN_GROUPS[word] for word in tokens if word in GERMAN_GROUPS), None)
        if group is not None and "zu" in words:
            return Fraction(group)
    if words & TWO_PEOPLE[lang]:
        return Fraction(2)
    possessed = bool(words & POSSESSIVES[lang]) and bool(words & ONE_PERSON[lang])
    for index, token in enumerate(tokens):
        number = read_number(tokens, index, lang)
        if number is None:
            fixed = correct(token, NUMBER_WORDS[lang])
            number = read_number([fixed], 0, lang) if fixed and token not in ONE_PERSON[lang] else None
        # German "eine" is a number and an article: both mean one here.
        if number is not None and number[0] >= 0:
            return number[0]
    if possessed or words & SELF[lang] or (len(tokens) == 1 and words & ONE_PERSON[lang]):
        return Fraction(1)
    return None


_UNITS = re.compile(
    r"°\s*[cf]?\b|°|\b(?:degrees?|degress|deg|celsius|centigrade|fahrenheit|grad|percent|per cent|prozent|c|f|k)\b|%"
)
_DEGREE_SLIP = re.compile(r"(?<=\d)(?=[cf]\b)")
_HALF_MORE = re.compile(r"\b(?:and a half|einhalb)\b|½")
_POINT = re.compile(r"\b(?:point|komma)\b")
_MINUS = re.compile(r"(?<![\w.])-(?=\s*\d)|\bminus\b|\bnegative\b|\bbelow zero\b|\bunter null\b")


def read_plain_number(text: str, lang: str) -> Fraction | None:
    """Return the one number in normalised text, in digits or words, with "and a half", "point five" and "minus"."""
    text = re.sub(r"(?<=[a-zß])einhalb\b", " einhalb", _DEGREE_SLIP.sub(" ", text))
    negative = bool(_MINUS.search(text))
    half = bool(_HALF_MORE.search(text))
    text = re.sub(r"(?<=\w)-(?=\w)", " ", _HALF_MORE.sub(" ", text))
    head, point, tail = text, "", ""
    match = _POINT.search(text)
    if match:
        head, point, tail = text[: match.start()], match[0], text[match.end() :]
    tokens = _TOKEN.findall(head)
    value: Fraction | None = None
    index = 0
    while index < len(tokens):
        number = read_number(tokens, index, lang)
        if number is not None:
            if value is not None:
                return None
            value, index = number
            continue
        index += 1
    if value is None:
        fixed = [word for token in tokens if (word := correct(token, NUMBER_WORDS[lang]))]
        number = read_number(fixed, 0, lang) if fixed else None
        value = number[0] if number and number[1] == len(fixed) else None
    if value is None:
        return None
    if point:
        after = _TOKEN.findall(tail)
        decimals = ""
        index = 0
        while index < len(after) and (number := read_number(after, index, lang)) is not None:
            decimals += str(number[0])
            index = number[1]
        if not decimals.isdigit():
            return None
        value += Fraction(int(decimals), 10 ** len(decimals))
    value += Fraction(1, 2) if half else 0
    return -value if negative else value


def resolve_number(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int or, with decimals, a float."""
    text = _UNITS.sub(" ", normalise(raw))
    for lang in languages(context.lang):
        value = read_plain_number(text, lang)
        if value is not None:
            return _limited(value, slot, context, whole=slot.type == "integer", raw=raw)
    return Unresolved(message(context.lang, "number", raw=raw))


def resolve_temperature(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to degrees Celsius; Fahrenheit is converted, to half a degree."""
    text = normalise(raw)
    if "%" in text or re.search(r"\b(?:percent|prozent)\b", text):
        return Unresolved(message(context.lang, "unit", raw=raw))
    fahrenheit = bool(re.search(r"fahrenheit|(?<=[\d°\s])f\b", text))
    for lang in languages(context.lang):
        value = read_plain_number(_UNITS.sub(" ", _DEGREE_SLIP.sub(" ", text)), lang)
        if value is not None:
            if fahrenheit:
                value = Fraction(round((value - 32) * 5 / 9 * 2), 2)
            return _limited(value, slot, context, whole=False, raw=raw, unit="°C")
    for lang in languages(context.lang):
        values = [read_plain_number(_UNITS.sub(" ", part), lang) for part in _OR[lang].split(text)]
        if len(values) == 2 and not fahrenheit and values[0] is not None and values[1] is not None:
            options = tuple(
                Option(value=plain_number(v), text=_say(v, "°C", context.lang)) for v in values if v is not None
            )
            return Ambiguous(options, message(context.lang, "which_number"))
    return Unresolved(message(context.lang, "number", raw=raw))


_PERCENT_WORDS = {
    "en": (
        (r"\bthree quarters?\b", 75),
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
        (r"\bhalb\w*\b|\bhälfte\b", 50),
        (r"\bviertel\b", 25),
        (r"\bdrittel\b", 33),
        (r"\b(?:max|maximum|maximal|voll|volle|ganz)\b", "high"),
        (r"\b(?:min|minimum|minimal)\b", "low"),
        (r"^aus$", 0),
    ),
}  # type: dict[str, tuple[tuple[str, int | str], ...]]


def resolve_percent(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int, 0 to 100 where the slot sets no narrower limits."""
    text = normalise(raw)
    bare = _UNITS.sub(" ", text)
    low = 0 if slot.minimum is None else slot.minimum
    high = 100 if slot.maximum is None else slot.maximum
    for lang in languages(context.lang):
        if not re.search(r"\d", bare):
            for pattern, meaning in _PERCENT_WORDS[lang]:
                if re.search(pattern, bare):
                    value = (
                        {"high": high, "low": max(low, 1)}.get(meaning, meaning)
                        if isinstance(meaning, str)
                        else meaning
                    )
                    return _limited(Fraction(value), slot, context, whole=True, raw=raw, unit="%", limits=(low, high))
        number = read_plain_number(bare, lang)
        if number is not None:
            whole = Fraction(round(number))
            return _limited(whole, slot, context, whole=True, raw=raw, unit="%", limits=(low, high))
    return Unresolved(message(context.lang, "percent", raw=raw))


def _limited(
    value: Fraction,
    slot: Slot,
    context: ResolveContext,
    *,
    whole: bool,
    raw: str,
    unit: str = "",
    limits: tuple[float, float] | None = None,
) -> Resolution:
    low, high = limits or (slot.minimum, slot.maximum)
    text = _say(value, unit, context.lang)
    if whole and value.denominator != 1:
        return Unresolved(message(context.lang, "whole", raw=raw))
    if low is not None and value < low:
        return Unresolved(message(context.lang, "too_small", text=text, limit=_say(Fraction(low), unit, context.lang)))
    if high is not None and value > high:
        return Unresolved(message(context.lang, "too_large", text=text, limit=_say(Fraction(high), unit, context.lang)))
    return Resolved(plain_number(value), text)


def _say(value: Fraction, unit: str, lang: str) -> str:
    number = plain_number(value)
    text = str(number) if isinstance(number, int) else f"{number:.4g}"
    text = text.replace(".", ",") if lang == "de" else text
    if unit == "%" and lang != "de":
        return f"{text}%"
    return f"{text} {unit}" if unit else text
