"""Read the parts of a span of days. Knows how the two ends lean on one another: "from the 3rd to the 7th of may"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.dialogue.resolvers.date_rules import Reading, completed, read_days
from agent.dialogue.resolvers.dates import date_symbols
from agent.dialogue.resolvers.days import NotInCalendarError, add, in_week, last_of_month, month_ahead
from agent.dialogue.resolvers.saying import date_text
from agent.dialogue.resolvers.spans import Backwards, Half, Span

Days = tuple[date | None, date | None]

_LONGEST = 270
"""Days; "from 7 may to 3 may" is a slip and not a year."""
_NUMBERED = re.compile(r"[@#]\d{1,2}\b")
"""Of "3, 4 and 5 january" no one day is meant."""
_LENGTH = re.compile(r"^#(\d+) (day|night|week|fortnight|month)$")
_NAMED = re.compile(
    r"^(?:in )?(?:(?:(?P<which>this|next|last|overnext) )?(?P<unit>weekend|week|month|year)"
    r"|(?:(?P<rank>@\d|last) week (?:in )?)?"
    r"(?:M(?P<month>\d+)(?: (?:in )?#(?P<year>20\d\d))?|(?P<of>this|next) month))$"
)
_WEEKS = {"last": -1, "this": 0, "next": 1, "overnext": 2}


@dataclass(frozen=True)
class DayReader:
    """Reads spans with the words of one language."""

    lang: str
    at: Reading
    fix_typos: bool
    said_in: str
    # The session's language, for saying a day back.

    def read(self, span: Span) -> list[Days] | Backwards | Half | None:
        """Return the spans of days that can be meant, what is wrong with them, or None when it is no such span.

        An empty list: the words are about days, and name no span of them.
        """
        match span.kind:
            case "lasting" | "onward":
                return self._lasting(span)
            case "both" | "pair":
                return self._both(span)
            case "whole":
                symbols = self._symbols(span.start)
                named = _named(symbols, self.at.today) if self.fix_typos or "?" not in symbols else None
                if named is not None:
                    return [named]
                days = self._read_symbols(symbols, self.at)
                if days is None:
                    return None
                # Of "early next week" the days are known, and not which of them: an empty list.
                is_one = len(days) == 1 and len(_NUMBERED.findall(symbols)) < 2
                return [(day, day) for day in days] if is_one or " or " in symbols else []
            case "until" | "before" | "since" | "after" if not self._says_nothing(span.beside):
                return None
            case "until" | "before":
                days = self._days(span.end)
                return [(None, day - timedelta(days=span.kind == "before")) for day in days] if days else None
            case "since" | "after":
                days = self._days(span.start)
                return [(day + timedelta(days=span.kind == "after"), None) for day in days] if days else None

    def _symbols(self, text: str) -> str:
        return date_symbols(text, self.lang, self.fix_typos)

    def _says_nothing(self, text: str) -> bool:
        """Say whether words beside the frame leave the days alone: "sometime" does, "friday" does not."""
        symbols = set(self._symbols(text).split()) if text else set()
        return not symbols or (self.fix_typos and symbols == {"?"})

    def _days(self, text: str) -> list[date] | None:
        return self._read_symbols(self._symbols(text), self.at)

    def _read_symbols(self, symbols: str, at: Reading) -> list[date] | None:
        if "?" in symbols and not self.fix_typos:
            return None
        try:
            return read_days(symbols, at)
        except NotInCalendarError:
            return None

    def _lasting(self, span: Span) -> list[Days] | None:
        symbols = self._symbols(span.length)
        length = _LENGTH.match(symbols.replace("? ", "") if self.fix_typos else symbols)
        if length is None:
            return None
        count, unit = int(length[1]), length[2]
        if span.kind == "onward":
            # "the next three days" begin today for some, tomorrow for others.
            starts = [self.at.today] if unit == "night" else [self.at.today, self.at.today + timedelta(days=1)]
        else:
            starts = self._days(span.start) or []
        try:
            return [(start, add(start, count, unit) - timedelta(days=unit != "night")) for start in starts] or None
        except (NotInCalendarError, OverflowError):
            return None

    def _both(self, span: Span) -> list[Days] | Backwards | Half | None:
        first, last = completed(self._symbols(span.start), self._symbols(span.end))
        found: list[Days] = []
        orders = [self.at]
        if self.at.month_first is None and "N" in first + last:
            # One order holds for both: 4/7 to 10/7.
            orders = [replace(self.at, month_first=False), replace(self.at, month_first=True)]
        for at in orders:
            for start in self._read_symbols(first, at) or []:
                for end in self._read_symbols(last, replace(at, anchor=start)) or []:
                    fits = self._fits(span, (end - start).days, last)
                    if fits and (start, end) not in found:
                        found.append((start + timedelta(days=span.starts_after), end))
        if found or span.kind == "pair":
            return found or None
        starts, ends = self._read_symbols(first, self.at), self._read_symbols(last, self.at)
        if starts and ends:
            return Backwards(self._text(starts[0]), self._text(ends[0]))
        if span.is_sure and self.fix_typos and (starts or ends):
            return Half(self._text((starts or ends or [self.at.today])[0]))
        return None

    def _fits(self, span: Span, days: int, last: str) -> bool:
        """Say whether a span of so many days can be meant: two days named together follow one another."""
        if span.kind == "pair":
            return days == 1
        names_year = "I" in last or re.search(r"#20\d\d", last) is not None
        return days >= 0 and (names_year or days <= _LONGEST)

    def _text(self, day: date) -> str:
        return date_text(day, self.at.today, self.said_in)


def _named(symbols: str, today: date) -> Days | None:
    """Return the days of "the weekend", "next week", "december"."""
    found = _NAMED.match(" ".join(symbol for symbol in symbols.split() if symbol != "?"))
    if found is None:
        return None
    if found["month"] or found["of"]:
        month = int(found["month"] or month_ahead(today, _WEEKS[found["of"]])[1])
        year = int(found["year"]) if found["year"] else today.year + (month < today.month)
        start, end = date(year, month, 1), last_of_month(year, month)
        if found["rank"] == "last":
            return end - timedelta(days=6), end
        if found["rank"]:
            start += timedelta(days=7 * (int(found["rank"][1:]) - 1))
            return start, min(start + timedelta(days=6), end)
        return (max(start, today), end) if end >= today else (start, end)
    weeks = _WEEKS[found["which"] or "this"]
    if found["unit"] == "weekend":
        return max(in_week(today, weeks, 5), today) if not weeks else in_week(today, weeks, 5), in_week(today, weeks, 6)
    if found["which"] is None:
        return None
    if found["unit"] == "week":
        start, end = in_week(today, weeks, 0), in_week(today, weeks, 6)
    elif found["unit"] == "month":
        year, month = month_ahead(today, weeks)
        start, end = date(year, month, 1), last_of_month(year, month)
    else:
        start, end = date(today.year + weeks, 1, 1), date(today.year + weeks, 12, 31)
    # What is left of it: the past is not meant.
    return (today, end) if not weeks else (start, end)
