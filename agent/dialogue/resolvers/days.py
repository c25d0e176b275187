"""Count days, weeks and months. Knows the calendar, not what people say."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


class NotInCalendarError(Exception):
    """The words name a day that no calendar has."""


_UNIT_DAYS = {"day": 1, "night": 1, "week": 7, "fortnight": 14}


def day_of(year: int, month: int, day: int) -> date:
    """Return that day, which has to exist."""
    try:
        return date(year, month, day)
    except ValueError:
        raise NotInCalendarError from None


def last_of_month(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def month_ahead(day: date, months: int) -> tuple[int, int]:
    """Return year and month of the month so many months after that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return year, month + 1


def add(day: date, count: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years later; the last of the month where there is none."""
    if abs(count) > 4000:
        raise NotInCalendarError
    if unit in _UNIT_DAYS:
        return day + timedelta(days=count * _UNIT_DAYS[unit])
    year, month = month_ahead(day, count * (12 if unit == "year" else 1))
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def in_week(today: date, weeks: int, weekday: int) -> date:
    """Return the weekday of the calendar week so many weeks from now."""
    return today + timedelta(days=7 * weeks - today.weekday() + weekday)


def coming(anchor: date, weekday: int, *, today_counts: bool = False) -> date:
    """Return the first such weekday after a day."""
    ahead = (weekday - anchor.weekday()) % 7
    return anchor + timedelta(days=ahead or (0 if today_counts else 7))


def advent(year: int, rank: int) -> date:
    """Return the first to fourth Sunday of Advent."""
    eve = date(year, 12, 24)
    return eve - timedelta(days=(eve.weekday() + 1) % 7 + 7 * (4 - rank))


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, after Gauss (with the exceptions for a late Easter)."""
    century = year // 100
    moon = (15 + century - century // 4 - (8 * century + 13) // 25) % 30
    days = (19 * (year % 19) + moon) % 30
    days -= days == 29 or (days == 28 and year % 19 > 10)
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * days + (4 + century - century // 4) % 7) % 7
    return date(year, 3, 22) + timedelta(days=days + sunday)


def upcoming(from_day: date, month: int, day: int, year: int | None = None) -> date:
    """Return the first such day from a day on, or the one of that year."""
    if year is not None:
        return day_of(year, month, day)
    for candidate in range(from_day.year, from_day.year + 9):
        if not 1 <= month <= 12:
            break
        if 1 <= day <= calendar.monthrange(candidate, month)[1] and date(candidate, month, day) >= from_day:
            return date(candidate, month, day)
    raise NotInCalendarError


def day_of_month(from_day: date, day: int, months_ahead: int | None = None) -> date:
    """Return the next day of that number, or the one of the month so many months ahead."""
    for step in range(0, 13) if months_ahead is None else (months_ahead,):
        year, month = month_ahead(from_day, step)
        if 1 <= day <= calendar.monthrange(year, month)[1]:
            found = date(year, month, day)
            if months_ahead is not None or found >= from_day:
                return found
    raise NotInCalendarError
