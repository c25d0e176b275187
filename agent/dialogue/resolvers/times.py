"""Read what people say for a clock time: "half past seven", "7.30pm", "1930", "halb acht", "at eight".

An hour from 1 to 11 without "am", "pm" or the like has two readings. The slot's minimum and maximum (hours, such as
11 and 23) leave out those that cannot be meant; what is left is offered. Knows clock times, not days.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
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
from agent.dialogue.resolvers.calendar_words import HOUR_WORDS, TIME_FILLERS, TIME_WORDS
from agent.dialogue.resolvers.words import correct, read_number
from agent.types import Option

_HALVES = "am|pm|morning|afternoon|evening|night|lunch"
_LEXED = re.compile(
    r"(?P<clock>\d{1,2}[:.h]\d{2})(?!\d)|(?P<four>\b\d{3,4}\b)|(?P<hours>\b\d{1,2}h\b)|(?P<num>\d+(?:\.\d+)?)|(?P<word>[^\W\d_]+(?:'[a-z]+)?)"
)


def time_text(hour: int, minute: int, lang: str) -> str:
    """Return a clock time as people say it: "7:30 pm", in German "19:30 Uhr"."""
    if lang == "de":
        return f"{hour}:{minute:02d} Uhr"
    if lang == "en":
        return f"{hour % 12 or 12}:{minute:02d} {'am' if hour < 12 else 'pm'}"
    return f"{hour:02d}:{minute:02d}"


def resolve_time(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to "HH:MM" on the 24-hour clock."""
    text = normalise(raw)
    for fix_typos in (False, True):
        for lang in languages(context.lang):
            symbols = _symbols(text, lang, fix_typos)
            if "?" in symbols and not fix_typos:
                # Another language may know the words as they stand: "halb 8" is no typing error of "half 8".
                continue
            answer = _read(raw, symbols, slot, context)
            if answer is not None:
                return answer
    return Unresolved(message(context.lang, "time", raw=raw))


def _symbols(text: str, lang: str, fix_typos: bool) -> str:
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(\d)\s*([ap])m?\b(?!')", r"\1 \2m", text)
    text = re.sub(r"(?<=\w)ish\b", "", text)
    if lang == "en":
        text = re.sub(r"\b(\d{1,2}(?::\d\d)?)\s?-\s?([012]?\d(?::\d\d)?)(?=\s|$)", r"between \1 and \2", text)
        text = re.sub(r"\b(?:a|an)(?= (?:half|hour|quarter))", "1", text)
        text = re.sub(r"\bhalf 1 hour|half an hour|1 half hour\b", "30 minutes", text)
        text = re.sub(r"\b1 quarter of (?:an|1) hour|quarter of (?:an|1) hour\b", "15 minutes", text)
    else:
        text = re.sub(r"\b(\d{1,2}(?::\d\d)?)\s?-\s?([012]?\d(?::\d\d)?)(?=\s|$)", r"zwischen \1 und \2", text)
        text = re.sub(r"\b(?:einer? )?halben? stunde\b", "30 minuten", text)
        text = re.sub(r"\b(?:einer? )?viertelstunde\b", "15 minuten", text)
        text = re.sub(r"\b(?:anderthalb|eineinhalb) stunden\b", "90 minuten", text)
        text = re.sub(r"\bmorgen(?= (?:um|früh|abend|nachmittag|vormittag|mittag|\d))", " ", text)
    table = TIME_WORDS[lang]
    tokens: list[str] = []
    for match in _LEXED.finditer(text):
        token = match[0]
        if match["clock"]:
            hour, minute = re.split(r"[:.h]", token)
            tokens += ["=" + f"{hour}:{minute}"]
        elif match["four"]:
            tokens += ["=" + f"{token[:-2]}:{token[-2:]}!"] if int(token[-2:]) < 60 else [token]
        elif match["hours"]:
            tokens += [token[:-1], "uhr" if lang == "de" else "oclock"]
        else:
            tokens += [token] if "'" in token and token in table else token.split("-")
    symbols: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        number = None if token in table or token.startswith("=") else read_number(tokens, index, lang)
        if token.startswith("="):
            symbols.append(token)
        elif token in table:
            symbols.append(table[token])
        elif number is not None and number[0].denominator == 1:
            symbols.append(f"#{number[0]}")
            index = number[1] - 1
        elif token in TIME_FILLERS[lang]:
            pass
        elif not fix_typos:
            symbols.append("?")
        else:
            fixed = correct(token, table) or correct(token, HOUR_WORDS[lang])
            value = read_number([fixed], 0, lang) if fixed and fixed not in table else None
            if value is not None:
                symbols.append(f"#{value[0]}")
            elif fixed is not None:
                symbols.append(table[fixed])
        index += 1
    return " ".join(symbols)


def _read(raw: str, symbols: str, slot: Slot, context: ResolveContext) -> Resolution | None:
    relative = _relative(raw, symbols, context)
    if relative is not None:
        return (
            relative if not isinstance(relative, datetime) else _single(relative.hour, relative.minute, slot, context)
        )
    span = re.search(rf"between (#\d+|=\S+)(?: (?:{_HALVES}))? and (#\d+|=\S+)(?: ({_HALVES}))?", symbols)
    if span:
        low, high = (_clock_minutes(span[group], span[3], slot, context) for group in (1, 2))
        if low is not None and high is not None and low < high:
            return _offer(range(low, high + 1, 30), slot, context)
    edge = re.search(rf"\b(before|after) (#\d+|=\S+)(?: oclock)?(?: ({_HALVES}))?$", symbols)
    if edge:
        at = _clock_minutes(edge[2], edge[3], slot, context)
        if at is not None:
            steps = (at - 60, at - 30) if edge[1] == "before" else (at + 30, at + 60)
            return _offer(steps, slot, context)
    either = re.search(rf"(#\d+|=\S+)(?: (?:{_HALVES}))? or (#\d+|=\S+)(?: oclock)?(?: ({_HALVES}))?", symbols)
    if either:
        both = [_clock_minutes(either[group], either[3], slot, context) for group in (1, 2)]
        return _offer([minutes for minutes in both if minutes is not None], slot, context)
    clock = _clock(symbols)
    if clock is not None:
        return _choose_half(raw, *clock, slot, context)
    for word, hours in (("noon", (12,)), ("midnight", (0,)), ("lunch", (12, 13)), ("morning", (8, 9, 10)),
                        ("afternoon", (14, 15, 16)), ("evening", (18, 19, 20)), ("night", (20, 21, 22))):  # fmt: skip
        if re.search(rf"\b{word}\b", symbols):
            if len(hours) == 1:
                return _single(hours[0], 0, slot, context)
            return _offer([hour * 60 for hour in hours], slot, context)
    return None


def _relative(raw: str, symbols: str, context: ResolveContext) -> datetime | Unresolved | None:
    if re.search(r"\bnow$", symbols):
        return context.now
    # `hour` and `minute` are counted; "1 and half hour" is 90 minutes.
    match = re.search(
        r"(in )?#(\d+)(?: and (?:#1 )?(half))? (hour|minute)(?: and #(\d+) minute)?(?: (later|earlier|before))?",
        symbols,
    )
    if match is None or not (match[1] or match[6]):
        return None
    minutes = int(match[2]) * (60 if match[4] == "hour" else 1) + (30 if match[3] else 0) + int(match[5] or 0)
    if minutes > 24 * 60:
        return None
    if match[6]:
        try:
            previous = datetime.strptime(str(context.previous.value if context.previous else ""), "%H:%M")
        except ValueError:
            return Unresolved(message(context.lang, "relative_time", raw=raw))
        return previous + timedelta(minutes=minutes if match[6] == "later" else -minutes)
    soon = context.now + timedelta(minutes=minutes)
    return soon


_CLOCK_FORMS = tuple(
    (re.compile(form), kind)
    for form, kind in (
        (r"#(\d+) (?:minute )?(past|to) halfto #(\d+)", "around_half"),
        (r"quarter (past|to) (#\d+|noon|midnight)", "quarter"),
        (r"half(?: past)? (#\d+|noon|midnight)", "half_past"),
        (r"#(\d+)(?: minute)? (past|to) (#\d+|noon|midnight)", "minutes"),
        (r"threequarterto #(\d+)", "threequarterto"),
        (r"halfto #(\d+)", "halfto"),
        (r"quarter #(\d+)", "quarterof"),
        (r"=(\d+):(\d+)(!?)", "digits"),
        (r"#(\d+) oclock #(\d+)", "pair"),
        (r"#(\d+) #(\d+)(?! #)", "pair"),
        (r"#(\d+)", "hour"),
    )
)


def _clock(symbols: str) -> tuple[int, int, str, bool] | None:
    """Return hour, minute, half of the day ("" when not said) and whether the 24-hour clock was meant."""
    half = ""
    found = re.search(rf"\b({_HALVES})\b", symbols)
    if found:
        half = found[1]
    for form, kind in _CLOCK_FORMS:
        match = form.search(symbols)
        if match is None:
            continue
        hour, minute, fixed = _clock_of(kind, match)
        if 0 <= hour <= 24 and 0 <= minute < 60 and not (hour == 24 and minute):
            return hour % 24, minute, half, fixed or hour > 12 or hour == 0
        return None
    return None


def _clock_of(kind: str, match: re.Match[str]) -> tuple[int, int, bool]:
    if kind == "digits":
        # "07:30" and "0730" are written by the 24-hour clock, "7:30" by either.
        return int(match[1]), int(match[2]), match[1].startswith("0")
    if kind == "pair":
        return int(match[1]), int(match[2]), False
    if kind == "hour":
        return int(match[1]), 0, False
    if kind in ("halfto", "quarterof", "threequarterto", "around_half"):
        offset = {"halfto": -30, "quarterof": -45, "threequarterto": -15}.get(kind)
        if offset is None:
            offset = -30 + int(match[1]) * (1 if match[2] == "past" else -1)
        base = match[match.lastindex or 1]
    elif kind == "half_past":
        offset, base = 30, match[1]
    else:
        amount = 15 if kind == "quarter" else int(match[1])
        direction, base = (match[1], match[2]) if kind == "quarter" else (match[2], match[3])
        offset = amount if direction == "past" else -amount
    fixed = base in ("noon", "midnight")
    base_hour = {"noon": 12, "midnight": 24}[base] if fixed else int(base.lstrip("#"))
    total = base_hour * 60 + offset
    if not fixed and base_hour == 1 and offset < 0:
        total += 12 * 60
    return total // 60 % 24 if fixed else total // 60, total % 60, fixed


def _halves(hour: int, half: str) -> list[int]:
    """The hours of the 24-hour clock that "HOUR in the HALF" can mean."""
    if half in ("am", "morning"):
        return [hour % 12]
    if half == "night":
        return [hour + 12] if 5 <= hour < 12 else [hour % 12]
    if half == "lunch":
        return [hour] if hour >= 11 else [hour + 12]
    if half:
        return [hour % 12 + 12]
    return [12] if hour == 12 else [hour, hour + 12]


def _within(hour: int, minute: int, slot: Slot) -> bool:
    at = hour + Fraction(minute, 60)
    return (slot.minimum is None or at >= slot.minimum) and (slot.maximum is None or at <= slot.maximum)


def _choose_half(
    raw: str, hour: int, minute: int, half: str, fixed: bool, slot: Slot, context: ResolveContext
) -> Resolution:
    if fixed:
        return _single(hour, minute, slot, context)
    candidates = _halves(hour, half)
    if len(candidates) == 1:
        return _single(candidates[0], minute, slot, context)
    within = [each for each in candidates if _within(each, minute, slot)]
    if not within:
        return _single(candidates[-1], minute, slot, context)
    if len(within) == 2 and context.previous is not None:
        # "make it eight" keeps to the half of the day that was said before.
        before = re.match(r"(\d\d):\d\d$", str(context.previous.value))
        if before:
            within = [each for each in within if (each >= 12) == (int(before[1]) >= 12)]
    if len(within) == 1:
        return _single(within[0], minute, slot, context)
    return _offer([each * 60 + minute for each in within], slot, context)


def _single(hour: int, minute: int, slot: Slot, context: ResolveContext) -> Resolution:
    text = time_text(hour, minute, context.lang)
    if not _within(hour, minute, slot):
        low, high = (_limit_text(limit, context.lang) for limit in (slot.minimum or 0, slot.maximum or 24))
        return Unresolved(message(context.lang, "time_limits", text=text, low=low, high=high))
    return Resolved(f"{hour:02d}:{minute:02d}", text)


def _limit_text(hours: float, lang: str) -> str:
    minutes = round(hours * 60)
    return time_text(minutes // 60 % 24, minutes % 60, lang)


def _offer(minutes: range | list[int] | tuple[int, ...], slot: Slot, context: ResolveContext) -> Resolution:
    times = [(each // 60, each % 60) for each in minutes if 0 <= each < 24 * 60]
    fitting = [time for time in times if _within(*time, slot)]
    if not fitting and times:
        return _single(*times[0], slot, context)
    if len(fitting) == 1:
        return _single(*fitting[0], slot, context)
    options = tuple(Option(value=f"{h:02d}:{m:02d}", text=time_text(h, m, context.lang)) for h, m in fitting)
    return Ambiguous(options, message(context.lang, "which_time"))


def _clock_minutes(symbol: str, half: str | None, slot: Slot, context: ResolveContext) -> int | None:
    """Minutes after midnight of one edge of a range; None when it has two readings within the limits."""
    clock = _clock(f"{symbol} {half}" if half else symbol)
    if clock is None:
        return None
    hour, minute, said, fixed = clock
    hours = [hour] if fixed else [each for each in _halves(hour, said) if _within(each, minute, slot)]
    if not hours:
        return None
    # Evening is the likelier reading of an edge: nobody books "before five" in the morning.
    return hours[-1] * 60 + minute
