"""Read what people say for a clock time: "half past seven", "7.30pm", "1930", "halb acht", "at eight", "八点一刻".

An hour from 1 to 11 without "am", "pm" or the like has two readings. The slot's minimum and maximum (hours, such as
11 and 23) leave out those that cannot be meant; what is left is offered. Knows clock times, not days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

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
from agent.dialogue.resolvers.calendar_words import CALENDARS, CalendarWords
from agent.dialogue.resolvers.saying import time_text
from agent.dialogue.resolvers.segments import segment, walk
from agent.dialogue.resolvers.time_rules import HALVES, Clock, read_clock, read_length
from agent.dialogue.resolvers.words import correct, number_vocabulary, read_number
from agent.types import Option

_TOKEN = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\2\d{0,4}|\d{1,2}(?:st|nd|rd|th|er)\b)"
    r"|(?P<clock>\d{1,2}[:.h]\d{2})(?!\d)|(?P<four>\b\d{3,4}(?![^\W\d_]|\d))|(?P<hours>\b\d{1,2}h\b)|(?P<number>\d+)"
    r"|(?P<word>[^\W\d_]+(?:'[a-z]+)?)"
)
_PART_OFFERS = {
    "noon": (12,),
    "midnight": (0,),
    "lunch": (12, 13),
    "morning": (8, 9, 10),
    "afternoon": (14, 15, 16),
    "evening": (18, 19, 20),
    "night": (20, 21, 22),
}
"""Hours that are offered when only a part of the day was said."""


def resolve_time(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to "HH:MM" on the 24-hour clock."""
    text = normalise(raw)
    for fix_typos in (False, True):
        for lang in languages(context.lang):
            symbols = time_symbols(text, lang, fix_typos)
            if "?" in symbols and not fix_typos:
                # Another language may know the words as they stand: "halb 8" is no typing error of "half 8".
                continue
            answer = _read(raw, symbols.replace("? ", "").replace(" ?", ""), slot, context)
            if answer is not None:
                return answer
    return Unresolved(message(context.lang, "time", raw=raw))


@lru_cache(maxsize=1024)
def time_symbols(text: str, lang: str, fix_typos: bool) -> str:
    """Return the symbols of normalised words, "?" for each word that the language does not know."""
    words = CALENDARS[lang]
    text = words.level(text)
    for pattern, replacement in words.time_phrases:
        text = pattern.sub(replacement, text)
    tokens = _tokens(text, words)
    return " ".join(walk(len(tokens), lambda index: _symbol(tokens, index, lang, words, fix_typos)))


def _tokens(text: str, words: CalendarWords) -> list[str]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["day"]:
            continue
        if match["clock"]:
            hour, minute = re.split(r"[:.h]", token)
            tokens.append(f"={hour}:{minute}")
        elif match["four"]:
            tokens.append(f"={token[:-2]}:{token[-2:]}!" if int(token[-2:]) < 60 else token)
        elif match["hours"]:
            tokens += [token[:-1], next((word for word in ("uhr", "h", "oclock") if word in words.times), "oclock")]
        elif words.spaced or match["number"]:
            tokens.append(token)
        else:
            tokens += segment(token, words.time_vocabulary)
    return tokens


def _symbol(tokens: list[str], index: int, lang: str, words: CalendarWords, fix_typos: bool) -> tuple[str, int]:
    """Return the symbol ("" for none) of the word that begins at ``index``, and where the next one begins."""
    token = tokens[index]
    if token.startswith("="):
        return token, index + 1
    if token in words.times:
        return words.times[token], index + 1
    if words.dates.get(token, "").startswith("M"):
        # "27 november at 7": the number beside a month is no clock time.
        return "", index + 1 + (index + 1 < len(tokens) and tokens[index + 1].isdigit())
    number = read_number(tokens, index, lang)
    if number is not None and number[0].denominator == 1:
        beside_month = number[1] < len(tokens) and words.dates.get(tokens[number[1]], "").startswith("M")
        return "" if beside_month else f"#{number[0]}", number[1]
    if token in words.unspoken:
        return "", index + 1
    fixed = (correct(token, words.times) or correct(token, number_vocabulary(lang))) if fix_typos else None
    if fixed is None:
        return "?", index + 1
    if fixed in words.times:
        return words.times[fixed], index + 1
    value = read_number([fixed], 0, lang)
    return ("?" if value is None else f"#{value[0]}"), index + 1


_EDGE = r"(#\d+|=\S+|noon|midnight)(?: oclock| hour)?"
_HALF = re.compile(rf"\b(?:{HALVES})\b")


def _read(raw: str, symbols: str, slot: Slot, context: ResolveContext) -> Resolution | None:
    relative = _relative(raw, symbols, context)
    if relative is not None:
        if isinstance(relative, Unresolved):
            return relative
        return single_time(relative.hour * 60 + relative.minute, slot, context)
    span = re.search(r"\bbetween (.+?) and (.+)$", symbols)
    if span:
        half = _HALF.search(span[2]) or _HALF.search(symbols)
        low, high = (_edge_minutes(span[group], half[0] if half else "", slot) for group in (1, 2))
        if low is not None and high is not None and low < high:
            return _offer(list(range(low, high + 1, 30)), slot, context)
    edge = re.search(rf"\b(?P<way>before|after) (?P<edge>{_EDGE}(?: {_HALF.pattern})?)$", symbols) or re.search(
        rf"^(?P<edge>(?:{_HALF.pattern} )?{_EDGE}) (?P<way>before|hence)$", symbols
    )
    if edge:
        at = _edge_minutes(edge["edge"], "", slot)
        if at is not None:
            return _offer([at - 60, at - 30] if edge["way"] == "before" else [at + 30, at + 60], slot, context)
    either = re.search(rf"{_EDGE}(?: (?:{HALVES}))? or {_EDGE}(?: ({HALVES}))?", symbols)
    if either:
        both = [_edge_minutes(either[group], either[3] or "", slot) for group in (1, 2)]
        return _offer([minutes for minutes in both if minutes is not None], slot, context)
    clock = read_clock(symbols)
    if clock is not None:
        return _choose_half(clock, slot, context)
    for word, hours in _PART_OFFERS.items():
        if re.search(rf"\b{word}\b", symbols):
            return _offer([hour * 60 for hour in hours], slot, context)
    return None


def _relative(raw: str, symbols: str, context: ResolveContext) -> datetime | Unresolved | None:
    """Return the moment that is counted from now or from the time before ("an hour later"), or None."""
    if re.search(r"\bnow$", symbols):
        return context.now
    length = read_length(symbols)
    if length is None or length[0] > 24 * 60:
        return None
    minutes, match = length
    before, after = symbols[: match.start()].rstrip(), symbols[match.end() :].lstrip()
    way = re.match(r"(later|earlier|before)\b", after)
    if way:
        try:
            previous = datetime.strptime(str(context.previous.value if context.previous else ""), "%H:%M")
        except ValueError:
            return Unresolved(message(context.lang, "relative_time", raw=raw))
        return previous + timedelta(minutes=minutes if way[1] == "later" else -minutes)
    if before.endswith("in") or after.startswith(("hence", "ago")):
        minutes *= -1 if after.startswith("ago") else 1
        # Counted on the world's clock: the night in which clocks change has an hour more or less.
        return (context.now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(context.now.tzinfo)
    return None


def is_within(minutes: int, slot: Slot) -> bool:
    """Say whether a slot's limits allow that time."""
    at = Fraction(minutes, 60)
    return (slot.minimum is None or at >= slot.minimum) and (slot.maximum is None or at <= slot.maximum)


def _choose_half(clock: Clock, slot: Slot, context: ResolveContext) -> Resolution | None:
    candidates = clock.readings()
    if len(candidates) == 1:
        return single_time(candidates[0], slot, context)
    within = [each for each in candidates if is_within(each, slot)]
    if not within:
        return single_time(candidates[-1], slot, context)
    if len(within) == 2 and context.previous is not None:
        # "make it eight" keeps to the half of the day that was said before.
        before = re.match(r"(\d\d):\d\d$", str(context.previous.value))
        if before:
            within = [each for each in within if (each >= 12 * 60) == (int(before[1]) >= 12)]
    return _offer(within, slot, context)


def single_time(minutes: int, slot: Slot, context: ResolveContext) -> Resolution:
    """Return that time, or what the slot's limits are."""
    text = time_text(minutes // 60, minutes % 60, context.lang)
    if not is_within(minutes, slot):
        return Unresolved(limits_message(text, slot, context.lang))
    return Resolved(f"{minutes // 60:02d}:{minutes % 60:02d}", text)


def limits_message(text: str, slot: Slot, lang: str) -> str:
    """Return the sentence that tells a slot's limits."""
    low, high = (round(limit * 60) for limit in (slot.minimum or 0, slot.maximum or 24))
    said = [time_text(each // 60 % 24, each % 60, lang) for each in (low, high)]
    return message(lang, "time_limits", text=text, low=said[0], high=said[1])


def _offer(minutes: list[int], slot: Slot, context: ResolveContext) -> Resolution | None:
    """Return the question between some times, the answer when one of them is allowed, or None when there are none."""
    times = [each for each in minutes if 0 <= each < 24 * 60]
    fitting = [each for each in times if is_within(each, slot)]
    if not fitting:
        return single_time(times[0], slot, context) if times else None
    if len(fitting) == 1:
        return single_time(fitting[0], slot, context)
    options = tuple(
        Option(value=f"{each // 60:02d}:{each % 60:02d}", text=time_text(each // 60, each % 60, context.lang))
        for each in fitting
    )
    return Ambiguous(options, message(context.lang, "which_time"))


def _edge_minutes(symbols: str, half: str, slot: Slot) -> int | None:
    """Minutes after midnight of one edge of a span; None when there is none within the limits."""
    clock = read_clock(symbols if _HALF.search(symbols) else f"{symbols} {half}")
    readings = [] if clock is None else clock.readings()
    allowed = readings if len(readings) == 1 else [each for each in readings if is_within(each, slot)]
    # Evening is the likelier reading of an edge: nobody books "before five" in the morning.
    return allowed[-1] if allowed else None
