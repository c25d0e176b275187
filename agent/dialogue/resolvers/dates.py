"""Read what people say for a day: "tomorrow", "next thursday", "on the 3rd", "12/12", "in zwei Wochen".

Words are first turned into a few symbols (W3 = Thursday, M12 = December, #3 = a number, @3 = "3rd"), one word table a
language; one list of rules over the symbols then serves all languages. "next thursday" is the Thursday of the
next calendar week, a bare "thursday" the coming one (on a Thursday: a week later). Knows days, not clock times.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

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
from agent.dialogue.resolvers.calendar_words import DATE_FILLERS, DATE_WORDS
from agent.dialogue.resolvers.words import correct, ordinal, read_number
from agent.types import Option

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember"),
}  # fmt: skip


_PHRASES: dict[str, tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = {
    "en": (
        (re.compile(r"\bnew year'?s?(?= eve)"), "newyear"),
        (re.compile(r"\bnew year'?s? day\b"), "1 january"),
        (re.compile(r"\bday after (?:tomorrow|tmrw)\b"), "overmorrow"),
        (re.compile(r"\bday before yesterday\b"), "2 days ago"),
        (re.compile(r"\b(?:this|in the|tomorrow) (?=morning|afternoon|evening)"), lambda m: _half_day(m.group(0))),
        (re.compile(r"\bright now\b|\basap\b|\bas soon as possible\b|\bimmediately\b|\bstraight away\b"), "today"),
        (re.compile(r"\bfrom now\b"), "later"),
        (re.compile(r"\bcouple of\b"), "couple"),
    ),
    "de": (
        (re.compile(r"\bheute (?:morgen|früh|frueh|abend|nacht|mittag|nachmittag|vormittag)\b"), "heute"),
        (re.compile(r"\bmorgen (?:früh|frueh|abend|nacht|mittag|nachmittag|vormittag)\b"), "morgen"),
        (re.compile(r"\b(?:am|jeden) morgen\b"), " "),
        (re.compile(r"\b(?:1\.|ersten?r?) weihnachtst?ag\b"), "weihnachtstag"),
    ),
}
_CLOCK = re.compile(
    r"\b(?:at|around|by|before|after|from|um|gegen|ab|vor|nach)\s+"
    r"(?:about\s+|half past\s+|quarter (?:past|to)\s+|halb\s+)?"
    r"(?:\d{1,2}(?:[:.]\d\d)?(?![\d./]|\s*(?:days?|weeks?|months?|tage?n?|wochen?|monate?n?)\b|st|nd|rd|th)"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midnight)"
    r"(?!\s*(?:days?|weeks?|months?|january|february|march|april|may|june|july|august|september|october|november|december)\b)"
    r"(?:\s*(?:am|pm|a\.m\.|p\.m\.|uhr|o'clock))?"
    r"|\b\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|a\.m\.?|p\.m\.?|uhr|o'clock)(?:\s*\d\d\b)?|\b\d{1,2}:\d\d\b"
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2})?)?(?![\d/-])")
_TOKEN = re.compile(r"\d+(?:st|nd|rd|th|moro|morrow|day|nite)\b|\d+(?:\.(?=\s|$))?|[^\W\d_]+(?:'s)?")


def _half_day(words: str) -> str:
    return {"this ": "today ", "in the ": " "}.get(words, words)


def date_text(day: date, now: date, lang: str) -> str:
    """Return a day as people say it: "Thursday 26 November", with the year where it is another one."""
    if lang == "de":
        text = f"{_DAYS['de'][day.weekday()]}, {day.day}. {_MONTHS['de'][day.month - 1]}"
    elif lang == "en":
        text = f"{_DAYS['en'][day.weekday()]} {day.day} {_MONTHS['en'][day.month - 1]}"
    else:
        from babel.core import UnknownLocaleError
        from babel.dates import format_date

        try:
            return str(format_date(day, "full", locale=lang))
        except (UnknownLocaleError, ValueError):
            return date_text(day, now, "en")
    return text if day.year == now.year else f"{text} {day.year}"


def resolve_date(raw: str, context: ResolveContext) -> Resolution:
    """Resolve to "YYYY-MM-DD"."""
    text = normalise(raw)
    today = context.now.date()
    # Words that one language knows as they stand come before words that are typing errors of the other.
    for fix_typos in (False, True):
        for lang in languages(context.lang):
            try:
                found = _by_rules(text, lang, today, context, fix_typos)
            except (_NotInCalendar, OverflowError):
                return Unresolved(message(context.lang, "no_such_day", raw=raw))
            if found is not None:
                return _answer(raw, found, context)
    day = _by_dateparser(text, context)
    return Unresolved(message(context.lang, "date", raw=raw)) if day is None else _answer(raw, [day], context)


def _answer(raw: str, found: list[date], context: ResolveContext) -> Resolution:
    today = context.now.date()
    if not found:
        return Unresolved(message(context.lang, "not_a_day", raw=raw))
    if len(found) == 1:
        return Resolved(found[0].isoformat(), date_text(found[0], today, context.lang), past=found[0] < today)
    options = tuple(Option(value=day.isoformat(), text=date_text(day, today, context.lang)) for day in found)
    return Ambiguous(options, message(context.lang, "which_day"))


class _NotInCalendar(Exception):
    """The words name a day that no calendar has."""


def _by_rules(text: str, lang: str, today: date, context: ResolveContext, fix_typos: bool) -> list[date] | None:
    """Return the days meant; an empty list for words that are about dates but name no one day; None for no date."""
    match = _ISO.search(text)
    if match:
        return [_day(int(match[1]), int(match[2]), int(match[3]))]
    words = _CLOCK.sub(" ", text)
    match = _NUMERIC.search(words) or _NUMERIC.search(text)
    if match and (match[2] != "." or match[4] or int(match[3]) <= 12):
        return _numeric(match, context.lang, today)
    for pattern, replacement in _PHRASES[lang]:
        words = pattern.sub(replacement, words)
    symbols = _symbols(words, lang, fix_typos)
    if not fix_typos and "?" in symbols:
        return None
    for rule, make in _RULES:
        found = re.search(rule, symbols)
        if found:
            result = make(found, today, context)
            if result is not None:
                return result
    return None


def _symbols(words: str, lang: str, fix_typos: bool) -> str:
    tokens = _TOKEN.findall(words)
    table, fillers = DATE_WORDS[lang], DATE_FILLERS[lang]
    symbols: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        rank = ordinal(token, lang)
        number = None if token in table else read_number(tokens, index, lang)
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if token in table:
            symbols.append(table[token])
        elif rank is not None:
            symbols.append(f"@{rank}")
        elif number is not None and number[0].denominator == 1:
            index = number[1] - 1
            tail = ordinal(tokens[number[1]], lang) if number[1] < len(tokens) else None
            if tail is not None and tail < 10 and number[0] in (20, 30):
                symbols.append(f"@{number[0] + tail}")
                index += 1
            else:
                symbols.append(f"#{number[0]}")
        elif token in ("a", "an") and table.get(following) in ("day", "week", "month", "year", "couple", "fortnight"):
            symbols.append("#1" if table[following] != "couple" else "#2")
            index += table[following] == "couple"
        elif token not in fillers:
            fixed = correct(token, table) if fix_typos else None
            # "?" keeps a bare number from being a day: "two of us" is no date.
            symbols.append("?" if fixed is None else table[fixed])
        index += 1
    return " ".join(symbols)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _NotInCalendar from None


def _numeric(match: re.Match[str], lang: str, today: date) -> list[date]:
    first, second = int(match[1]), int(match[3])
    year = int(match[4]) + (2000 if len(match[4]) == 2 else 0) if match[4] else None
    days: list[date] = []
    # 3.4. is always day.month; 3/4 is read both ways in English.
    orders = [(first, second)] if match[2] == "." or lang == "de" else [(first, second), (second, first)]
    for day, month in orders:
        if 1 <= month <= 12 and 1 <= day <= 31:
            found = _upcoming(today, month, day, year)
            if found not in days:
                days.append(found)
    if not days:
        raise _NotInCalendar
    return days


def _upcoming(today: date, month: int, day: int, year: int | None) -> date:
    if year is not None:
        return _day(year, month, day)
    for candidate in range(today.year, today.year + 9):
        if day <= calendar.monthrange(candidate, month)[1] and date(candidate, month, day) >= today:
            return date(candidate, month, day)
    raise _NotInCalendar


def _day_of_month(today: date, day: int, months_ahead: int | None = None) -> date:
    """The next day of that number, or the one of the month so many months ahead."""
    ahead = range(0, 13) if months_ahead is None else (months_ahead,)
    for step in ahead:
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        if 1 <= day <= calendar.monthrange(year, month + 1)[1]:
            found = date(year, month + 1, day)
            if months_ahead is not None or found >= today:
                return found
    raise _NotInCalendar


def _add(day: date, count: int, unit: str) -> date:
    if count > 4000:
        raise _NotInCalendar
    if unit in ("day", "week", "fortnight"):
        return day + timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit])
    months = count * (12 if unit == "year" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _coming(today: date, weekday: int, *, today_counts: bool = False) -> date:
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead or (0 if today_counts else 7))


def _in_week(today: date, weeks: int, weekday: int) -> date:
    return today + timedelta(days=7 * weeks - today.weekday() + weekday)


def _previous(context: ResolveContext) -> date | None:
    try:
        return date.fromisoformat(context.previous.value) if context.previous else None
    except (TypeError, ValueError):
        return None


_Maker = Callable[[re.Match[str], date, ResolveContext], "list[date] | None"]


def _shift(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    count, unit, direction = int(match[1]), match[2], match[3]
    base = today if direction == "ago" else _previous(context) or today
    return [_add(base, -count if direction in ("ago", "earlier", "before") else count, unit)]


def _beside_previous(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    previous = _previous(context)
    return [] if previous is None else [previous + timedelta(days=1 if match[1] == "after" else -1)]


def _month_day(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    day, month = int(match["day"]), int(match["month"])
    year = int(match["year"]) if match["year"] and 2000 <= int(match["year"]) < 2100 else None
    found = _upcoming(today, month, day, year)
    return _with_weekday(found, match.string, today)


def _with_weekday(found: date, symbols: str, today: date) -> list[date]:
    """Both readings when a weekday is named beside the date and the two disagree."""
    named = re.search(r"\bW(\d)", symbols)
    if named is None or int(named[1]) == found.weekday():
        return [found]
    monday = found - timedelta(days=found.weekday())
    other = monday + timedelta(days=int(named[1]))
    return [found, other if other >= today else other + timedelta(days=7)]


def _whole_week(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    first = today if match[1] == "this" else _in_week(today, 1, 0)
    days = [first + timedelta(days=step) for step in range(7 - first.weekday())]
    return days if len(days) > 1 else [first]


def _next_weekend(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    return [_in_week(today, -1 if match[1] == "last" else 1, 5)]


def _either(match: re.Match[str], today: date, context: ResolveContext) -> list[date] | None:
    return sorted({_coming(today, int(match[1])), _coming(today, int(match[2]))})


_UNIT = r"(day|week|fortnight|month|year)"
_YEAR = r"(?: #(?P<year>\d{4}))?"
_RULES: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(rule), make)
    for rule, make in (
        (r"newyear eve|newyeareve", lambda m, t, c: [_upcoming(t, 12, 31, None)]),
        (r"newyearday", lambda m, t, c: [_upcoming(t, 1, 1, None)]),
        (r"christmas eve|xmaseve", lambda m, t, c: [_upcoming(t, 12, 24, None)]),
        (r"christmas", lambda m, t, c: [_upcoming(t, 12, 25, None)]),
        (r"valentine", lambda m, t, c: [_upcoming(t, 2, 14, None)]),
        (r"halloween", lambda m, t, c: [_upcoming(t, 10, 31, None)]),
        (r"W(\d) or W(\d)", _either),
        (rf"[@#](?P<day>\d+) M(?P<month>\d+){_YEAR}", _month_day),
        (rf"M(?P<month>\d+) [@#](?P<day>\d+)(?!\d){_YEAR}", _month_day),
        (r"[@#](\d+) (?:in )?next month", lambda m, t, c: [_day_of_month(t, int(m[1]), 1)]),
        (r"[@#](\d+) (?:in )?this month", lambda m, t, c: [_day_of_month(t, int(m[1]), 0)]),
        (r"in #(\d+) week W(\d)|W(\d) in #(\d+) week",
         lambda m, t, c: [_in_week(t, int(m[1] or m[4]), int(m[2] or m[3]))]),
        (r"ago #(\d+) " + _UNIT, lambda m, t, c: [_add(t, -int(m[1]), m[2])]),
        (r"in #(\d+) " + _UNIT, lambda m, t, c: [_add(t, int(m[1]), m[2])]),
        (rf"#(\d+) {_UNIT} (?:from|after) (today|tomorrow)",
         lambda m, t, c: [_add(t + timedelta(days=m[3] == "tomorrow"), int(m[1]), m[2])]),
        (rf"#(\d+) {_UNIT} (?:from|after) (?:this )?W(\d)",
         lambda m, t, c: [_add(_coming(t, int(m[3])), int(m[1]), m[2])]),
        (rf"#(\d+) {_UNIT} (ago|later|earlier|before|after)", _shift),
        (r"^day (after|before)$", _beside_previous),
        (r"(?:today|tomorrow) (?:in|from) #(\d+) week", lambda m, t, c: [_add(t, int(m[1]), "week")]),
        (r"beforeyesterday", lambda m, t, c: [t - timedelta(days=2)]),
        (r"yesterday|last day", lambda m, t, c: [t - timedelta(days=1)]),
        (r"overmorrow", lambda m, t, c: [t + timedelta(days=2)]),
        (r"W(\d) after next", lambda m, t, c: [_in_week(t, 2, int(m[1]))]),
        (r"W(\d) (?:in |this )?next week|next week W(\d)", lambda m, t, c: [_in_week(t, 1, int(m[1] or m[2]))]),
        (r"next W(\d)|W(\d) next", lambda m, t, c: [_in_week(t, 1, int(m[1] or m[2]))]),
        (r"last W(\d)", lambda m, t, c: [t - timedelta(days=(t.weekday() - int(m[1])) % 7 or 7)]),
        (r"W(\d) [@#](\d{1,2})(?!\d)", lambda m, t, c: _with_weekday(_day_of_month(t, int(m[2])), m.string, t)),
        (r"this W(\d)", lambda m, t, c: [_coming(t, int(m[1]), today_counts=True)]),
        (r"W(\d)", lambda m, t, c: [_coming(t, int(m[1]))]),
        (r"(next|last) weekend", _next_weekend),
        (r"weekend", lambda m, t, c: [t if t.weekday() >= 5 else _coming(t, 5)]),
        (r"tomorrow", lambda m, t, c: [t + timedelta(days=1)]),
        (r"today|this day", lambda m, t, c: [t]),
        (r"next day", lambda m, t, c: [(_previous(c) or t) + timedelta(days=1)]),
        (r"(this|next) week", _whole_week),
        (r"@(\d+)", lambda m, t, c: [_day_of_month(t, int(m[1]))]),
        (r"^#(\d{1,2})$", lambda m, t, c: [_day_of_month(t, int(m[1]))]),
        (r"\b(?:next|this|last|end) (?:week|month|year)|^M\d+$", lambda m, t, c: []),
    )
)  # fmt: skip


def _by_dateparser(text: str, context: ResolveContext) -> date | None:
    """What none of the rules reads, mostly other languages. Slow to import, so only here and only when needed."""
    import dateparser

    settings = {
        "RELATIVE_BASE": context.now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    wanted = [context.lang] + [lang for lang in ("en",) if lang != context.lang]
    try:
        parsed = dateparser.parse(text[:100], languages=wanted, settings=settings)
    except ValueError:
        # A language that dateparser has no data for.
        parsed = dateparser.parse(text[:100], languages=["en"], settings=settings)
    return parsed.date() if parsed else None
