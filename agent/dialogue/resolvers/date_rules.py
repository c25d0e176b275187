"""The rules of days over the symbols that ``dates`` makes of words; one list serves every language.

Symbols: W3 Thursday, M12 December, D1 tomorrow, #3 a number, @3 "3rd", H12.25 and E-2 feasts (days from Easter),
I2026-12-24 and N4/7 dates in digits, ? an unknown word, and a few plain words such as next, in, week.
"next thursday" is the Thursday of the next calendar week, a bare "thursday" the coming one (on a Thursday: a week on).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from agent.dialogue.resolvers.days import (
    NotInCalendarError,
    add,
    advent,
    coming,
    day_of,
    day_of_month,
    easter,
    in_week,
    last_of_month,
    month_ahead,
    upcoming,
)


@dataclass(frozen=True)
class Reading:
    """What symbols are read against."""

    today: date
    anchor: date
    # A bare weekday, day number or month is the first from here on: today, or the first day of a range.
    previous: date | None = None
    # The day that is being corrected.
    month_first: bool | None = False
    # How "3/4" is read; None: either way, day first.


def read_days(symbols: str, at: Reading) -> list[date] | None:
    """Return the days meant; an empty list for words that are about dates but name no one day; None for no date.

    Raises:
        NotInCalendarError: the day does not exist, or lies beyond what dates can hold.
    """
    found = _read(symbols, at)
    return None if found is None else list(found)


@lru_cache(maxsize=512)
def _read(symbols: str, at: Reading) -> tuple[date, ...] | None:
    """Rules read parts of the symbols again: remembered, so that long nonsense costs no more than its length."""
    if "M" in symbols:
        symbols = _YEAR_NAMED.sub(lambda m: f"#{at.today.year + _WEEKS[m[1]]}", symbols)
        symbols = re.sub(r"(#\d{4}) (?:year )?(M\d+(?: [@#]\d+)?)", r"\2 \1", symbols)
    if "@" in symbols or "last" in symbols:
        symbols = re.sub(r"(M\d+|(?:this|next) month) ((?:@\d|last) W\d|last day)", r"\2 \1", symbols)
    try:
        for rule, make in _RULES:
            found = rule.search(symbols)
            if found:
                days = make(found, at)
                if days is not None:
                    return tuple(days)
    except OverflowError:
        raise NotInCalendarError from None
    return None


_WEEKS = {"last": -1, "this": 0, "next": 1, "overnext": 2}
_YEAR_NAMED = re.compile(r"(this|next|overnext) year")


_Maker = Callable[[re.Match[str], Reading], "list[date] | None"]


def _numeric(match: re.Match[str], at: Reading) -> list[date]:
    first, second = int(match[1]), int(match[3])
    year = int(match[4]) + (2000 if len(match[4]) == 2 else 0) if match[4] else None
    days: list[date] = []
    # 3.4. is day.month wherever days come first; 3/4 is read both ways where people write both.
    month_first = False if at.month_first is None and match[2] == "." else at.month_first
    orders = [(first, second)] if month_first is not True else []
    orders += [(second, first)] if month_first is not False else []
    if len(orders) == 1:
        day, month = orders[0]
        return [upcoming(at.anchor, month, day, year)]
    for day, month in orders:
        if 1 <= month <= 12 and 1 <= day <= 31:
            found = upcoming(at.anchor, month, day, year)
            if found not in days:
                days.append(found)
    if not days:
        raise NotInCalendarError
    return days


def _either(match: re.Match[str], at: Reading) -> list[date] | None:
    first, last = completed(match[1], match[2])
    week = _OF_WEEK.search(first)
    if week and _BARE_WEEKDAY.match(last):
        last = f"{week[1]} {last}"
    sides = [read_days(side, at) for side in (first, last)]
    if not sides[0] or not sides[1]:
        return None
    return sorted({*sides[0], *sides[1]})


def _two_weekdays(match: re.Match[str], at: Reading) -> list[date] | None:
    """ "tuesday, no, wednesday": which of the two holds is for the user to say."""
    if re.search(r"[HEMIN@#]-?\d", match.string) or "?" not in match.string:
        return None
    first, last = (read_days(match[group], at) for group in (1, 2))
    return sorted({*first, *last}) if first and last else None


def completed(first: str, last: str) -> tuple[str, str]:
    """Return two days with the month or week that only one of them names: "3rd or 4th of may"."""
    for pattern, bare in ((_MONTH, _BARE_NUMBER), (_WEEK, _BARE_WEEKDAY)):
        if bare.match(first) and (found := pattern.search(last)):
            first += " " + found[0]
        elif bare.match(last) and pattern is _MONTH and (found := pattern.search(first)):
            last += " " + found[0]
    return first, last


def _shifted(match: re.Match[str], at: Reading) -> list[date] | None:
    """ "two weeks from tomorrow", "the day before christmas"."""
    count, sign = int(match["count"] or 1), -1 if match["way"] in ("before", "ago", "eve") else 1
    base = read_days(match["base"], at)
    return [add(day, sign * count, match["unit"] or "day") for day in base] if base else None


def _weekday_beside(match: re.Match[str], at: Reading) -> list[date] | None:
    """ "the monday after christmas"."""
    base = read_days(match["base"], at)
    if not base:
        return None
    start = base[0] if match["way"] == "after" else base[0] - timedelta(days=8)
    return [coming(start, int(match["weekday"]))]


def _shift(match: re.Match[str], at: Reading) -> list[date]:
    """ "three days later": after the day that is being corrected, else after today."""
    count, unit, way = int(match[1]), match[2], match[3]
    base = at.today if way in ("ago", "hence") else at.previous or at.today
    return [add(base, -count if way in ("ago", "earlier", "before") else count, unit)]


def _beside_previous(match: re.Match[str], at: Reading) -> list[date]:
    return [] if at.previous is None else [at.previous + timedelta(days=1 if match[0] == "day after" else -1)]


def _feast(match: re.Match[str], at: Reading) -> list[date]:
    before = 1 if "eve" in match[0] else 0
    eve = date(2001, int(match["m"]), int(match["d"])) - timedelta(days=before)
    return [upcoming(at.anchor, eve.month, eve.day)]


def _easter_feast(match: re.Match[str], at: Reading) -> list[date]:
    for year in (at.anchor.year, at.anchor.year + 1):
        found = easter(year) + timedelta(days=int(match[1]))
        if found >= at.anchor:
            return [found]
    raise NotInCalendarError


def _advent(match: re.Match[str], at: Reading) -> list[date]:
    this_year = advent(at.anchor.year, int(match[1]))
    return [this_year if this_year >= at.anchor else advent(at.anchor.year + 1, int(match[1]))]


def _month_day(match: re.Match[str], at: Reading) -> list[date]:
    found = upcoming(at.anchor, int(match["month"]), int(match["day"]), int(match["year"]) if match["year"] else None)
    return _with_weekday(found, match.string, at)


def _with_weekday(found: date, symbols: str, at: Reading) -> list[date]:
    """Both readings when a weekday is named beside the date and the two disagree."""
    named = re.search(r"\bW(\d)", symbols)
    if named is None or int(named[1]) == found.weekday():
        return [found]
    other = found - timedelta(days=found.weekday() - int(named[1]))
    return [found, other if other >= at.anchor else other + timedelta(days=7)]


def _in_month(match: re.Match[str], at: Reading) -> list[date]:
    """ "first monday in december", "last friday of the month", "the last day of february"."""
    today = at.today
    if match["month"]:
        year = int(match["year"]) if match["year"] else today.year
        starts = [date(year, int(match["month"]), 1)]
        starts += [] if match["year"] else [date(year + 1, int(match["month"]), 1)]
    elif match["long"] == "year":
        starts = [date(today.year + _WEEKS[match["which"] or "this"], 12 if match["rank"] == "last" else 1, 1)]
    else:
        starts = [date(*month_ahead(today, _WEEKS[match["which"] or "this"]), 1)]
    for start in starts:
        last = last_of_month(start.year, start.month)
        if match["weekday"] is None:
            found = last
        elif match["rank"] == "last":
            found = last - timedelta(days=(last.weekday() - int(match["weekday"])) % 7)
        else:
            rank = int(match["rank"].removeprefix("@"))
            found = coming(start, int(match["weekday"]), today_counts=True) + timedelta(days=7 * rank - 7)
        if found.month != start.month:
            raise NotInCalendarError
        if found >= today:
            break
    return [found]


def _whole_week(match: re.Match[str], at: Reading) -> list[date]:
    first = at.today if match[1] == "this" else in_week(at.today, _WEEKS[match[1]], 0)
    return [first + timedelta(days=step) for step in range(7 - first.weekday())]


def _octave(match: re.Match[str], at: Reading) -> list[date]:
    """ "dans huit jours" is a week for some and eight days for others."""
    return [at.today + timedelta(days=7), at.today + timedelta(days=8)]


_BARE_NUMBER = re.compile(r"^(?:W\d )?[@#]\d{1,2}$")
_BARE_WEEKDAY = re.compile(r"^W\d$")
_MONTH = re.compile(r"M\d+(?: #\d{4})?|(?:this|next) month")
_WEEK = re.compile(r"(?:next|this|overnext) week$")
_OF_WEEK = re.compile(r"\b((?:next|overnext)(?: week)?) W\d")
_UNIT = r"(?P<unit>day|night|week|fortnight|month|year)"
_PLAIN_UNIT = _UNIT.replace("?P<unit>", "")
_YEAR = r"(?: (?:in )?#(?P<year>20\d\d))?"
_BASE = r"(?P<base>.*(?:[WMDHEIN]-?|[@#])\d.*)"
_SCOPE = rf"(?:in )?(?:M(?P<month>\d+){_YEAR}|(?:(?P<which>this|next) )?(?P<long>month|year))"
_RULES: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(rule), make)
    for rule, make in (
        (r"I(\d+)-(\d+)-(\d+)", lambda m, at: [day_of(int(m[1]), int(m[2]), int(m[3]))]),
        (r"^(.+) or (.+)$", _either),
        (r"^(.*W\d.*?)((?:(?:next|this|last) )?W\d.*)$", _two_weekdays),
        (r"N(\d+)([./-])(\d+)(?:\2(\d+)?)?", _numeric),
        (rf"(?P<rank>@\d|last) W(?P<weekday>\d) {_SCOPE}", _in_month),
        (rf"(?P<rank>last) (?P<weekday>(?!))?day {_SCOPE}", _in_month),
        (rf"(?:#(?P<count>\d+) )?{_UNIT} (?P<way>from|after|before|ago) {_BASE}$", _shifted),
        (rf"W(?P<weekday>\d) (?P<way>after|before) {_BASE}$", _weekday_beside),
        (r"(?P<count>)(?P<unit>)(?P<way>eve) (?P<base>[@#].*|.*[WDMIN]\d.*)$", _shifted),
        (r"(?P<base>^[HE]\S+) (?P<way>ago|after|hence) #(?P<count>\d+) " + _UNIT, _shifted),
        (r"^(?:day (?:after|before)|eve)$", _beside_previous),
        (r"(?:@\d|last) week (?:in )?(?:M\d|(?:this |next )?month)|end M\d", lambda m, at: []),
        (r"(?:eve )?H(?P<m>\d+)\.(?P<d>\d+)(?: eve)?", _feast),
        (r"E(-?\d+)", _easter_feast),
        (r"@([1-4]) advent", _advent),
        (rf"[@#](?P<day>\d{{1,2}}) M(?P<month>\d+){_YEAR}", _month_day),
        (rf"M(?P<month>\d+) [@#](?P<day>\d{{1,2}})(?!\d){_YEAR}", _month_day),
        (r"@(\d+) @(\d{1,2})(?!\d)", lambda m, at: [upcoming(at.anchor, int(m[2]), int(m[1]))]),
        (r"[@#](\d+) (?:in )?(this|next) month", lambda m, at: [day_of_month(at.today, int(m[1]), _WEEKS[m[2]])]),
        (r"(this|next) month [@#](\d+)", lambda m, at: [day_of_month(at.today, int(m[2]), _WEEKS[m[1]])]),
        (r"in octave|octave (?:hence|later)", _octave),
        (rf"(?P<base>[WD]-?\d) (?:in |from )?#(?P<count>\d+) {_UNIT}(?P<way>)", _shifted),
        (r"(?P<base>[WD]-?\d)(?P<count>) (?P<unit>week|fortnight)$(?P<way>)", _shifted),
        (r"in #(\d+) week W(\d)", lambda m, at: [in_week(at.today, int(m[1]), int(m[2]))]),
        (rf"#(?P<count>\d+) {_UNIT}(?P<way>) (?P<base>[WD]-?\d)", _shifted),
        (rf"ago #(\d+) {_PLAIN_UNIT}", lambda m, at: [add(at.today, -int(m[1]), m[2])]),
        (rf"in (?:\? )?#(\d+) {_PLAIN_UNIT}", lambda m, at: [add(at.today, int(m[1]), m[2])]),
        (rf"#(\d+) {_PLAIN_UNIT} (ago|hence|later|earlier|before|after)", _shift),
        (r"(this|next|last) weekend W(\d)", lambda m, at: [in_week(at.today, _WEEKS[m[1]], int(m[2]))]),
        (r"W(\d) (this|next|last) weekend", lambda m, at: [in_week(at.today, _WEEKS[m[2]], int(m[1]))]),
        (r"(this|next|last|overnext) week W(\d)", lambda m, at: [in_week(at.today, _WEEKS[m[1]], int(m[2]))]),
        (r"W(\d) (?:in )?(this|next|last|overnext) week", lambda m, at: [in_week(at.today, _WEEKS[m[2]], int(m[1]))]),
        (r"(next|overnext) W(\d)", lambda m, at: [in_week(at.today, _WEEKS[m[1]], int(m[2]))]),
        (r"W(\d) (next|overnext)", lambda m, at: [in_week(at.today, _WEEKS[m[2]], int(m[1]))]),
        (r"last W(\d)", lambda m, at: [at.today - timedelta(days=(at.today.weekday() - int(m[1])) % 7 or 7)]),
        (r"W(\d) [@#](\d{1,2})(?!\d)", lambda m, at: _with_weekday(day_of_month(at.anchor, int(m[2])), m.string, at)),
        (r"this W(\d)", lambda m, at: [coming(at.today, int(m[1]), today_counts=True)]),
        (r"W(\d)", lambda m, at: [coming(at.anchor, int(m[1]))]),
        (r"(next|last) weekend", lambda m, at: [in_week(at.today, _WEEKS[m[1]], 5)]),
        (r"weekend", lambda m, at: [at.today if at.today.weekday() >= 5 else coming(at.today, 5)]),
        (r"D(-?\d)", lambda m, at: [at.today + timedelta(days=int(m[1]))]),
        (r"last day", lambda m, at: [at.today - timedelta(days=1)]),
        (r"this day", lambda m, at: [at.today]),
        (r"next day", lambda m, at: [(at.previous or at.today) + timedelta(days=1)]),
        (r"(this|next|overnext) week", _whole_week),
        (r"@(\d+)", lambda m, at: [day_of_month(at.anchor, int(m[1]))]),
        (r"^(?:day )?#(\d{1,2})$", lambda m, at: [day_of_month(at.anchor, int(m[1]))]),
        (r"\b(?:next|this|last|end) (?:week|month|year)|^M\d+$", lambda m, at: []),
    )
)  # fmt: skip
