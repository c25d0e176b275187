"""The rules of clock times over the symbols that ``times`` makes of words; one list serves every language.

Symbols: #7 a number, =19:30 digits of a clock, and plain words such as past, to, half, oclock, evening, noon.
An hour from 1 to 11 without a part of the day has two readings; which of them can be meant is for the caller to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HALVES = "am|pm|morning|afternoon|evening|night|lunch"

PARTS = {
    "morning": (6, 12),
    "lunch": (12, 14),
    "afternoon": (12, 18),
    "evening": (18, 22),
    "night": (20, 24),
    "early morning": (6, 9),
    "late morning": (10, 12),
    "early afternoon": (12, 15),
    "late afternoon": (16, 18),
    "early evening": (18, 20),
    "late evening": (20, 23),
}
"""Hours in which a part of the day begins and ends, where it stands for itself."""


@dataclass(frozen=True)
class Clock:
    """A clock time as it was said."""

    hour: int
    # 0 to 24.
    minute: int
    half: str = ""
    # The part of the day that was said, "" for none.
    is_fixed: bool = False
    # The 24-hour clock was meant: there is one reading.

    def readings(self) -> list[int]:
        """Return the minutes after midnight that can be meant, earliest first."""
        hours = [self.hour % 24] if self.is_fixed else half_hours(self.hour, self.half)
        return [hour * 60 + self.minute for hour in hours]


_T = r"(#\d+|\bnoon|\bmidnight)(?: oclock| hour)?"
_MINUTES = r"(quarter|#\d+)(?: minute)?"
_FORMS = tuple(
    (re.compile(form), kind)
    for form, kind in (
        (r"#(\d+) (?:minute )?(past|to) halfto #(\d+)", "around_half"),
        (rf"minus {_MINUTES} {_T}", "minus_first"),
        (rf"{_MINUTES} (past|to) {_T}", "minutes_first"),
        (rf"(half)(?: past)? {_T}", "half_first"),
        (r"(threequarterto|halfto|quarter) #(\d+)", "part_of_hour"),
        (rf"{_T} (minus) {_MINUTES}", "minus"),
        (rf"{_T} (?:and |past )?(half|quarter|threequarter)\b", "plus"),
        (r"=(\d+):(\d+)(!?)", "digits"),
        (rf"{_T} (?:and |past |minute )?#(\d+)", "pair"),
        (_T, "hour"),
    )
)
_PARTS_OF_HOUR = {"threequarterto": -15, "halfto": -30, "quarter": -45}
_AFTER_HOUR = {"quarter": 15, "half": 30, "threequarter": 45}


def read_clock(symbols: str) -> Clock | None:
    """Return the clock time in some symbols, or None."""
    found = re.search(rf"\b({HALVES})\b", symbols)
    half = found[1] if found else ""
    for form, kind in _FORMS:
        match = form.search(symbols)
        if match is None:
            continue
        hour, minute, is_fixed = _clock_of(kind, match)
        if 0 <= hour <= 24 and 0 <= minute < 60 and not (hour == 24 and minute):
            return Clock(hour, minute, half, is_fixed or hour > 12 or hour == 0)
        return None
    return None


def _clock_of(kind: str, match: re.Match[str]) -> tuple[int, int, bool]:
    if kind == "digits":
        # "07:30" and "0730" are written by the 24-hour clock, "7:30" by either.
        return int(match[1]), int(match[2]), match[1].startswith("0")
    if kind == "around_half":
        return _offset("#" + match[3], -30 + int(match[1]) * (1 if match[2] == "past" else -1))
    if kind == "part_of_hour":
        return _offset("#" + match[2], _PARTS_OF_HOUR[match[1]])
    if kind == "minutes_first":
        return _offset(match[3], _minutes(match[1]) * (1 if match[2] == "past" else -1))
    if kind == "half_first":
        return _offset(match[2], 30)
    if kind == "minus_first":
        return _offset(match[2], -_minutes(match[1]))
    if kind == "minus":
        return _offset(match[1], -_minutes(match[3]))
    if kind == "plus":
        return _offset(match[1], _AFTER_HOUR[match[2]])
    if kind == "pair" and int(match[2]) >= 60:
        return 99, 0, False
    return _offset(match[1], int(match[2]) if kind == "pair" else 0)


def _minutes(symbol: str) -> int:
    return 15 if symbol == "quarter" else int(symbol.removeprefix("#"))


def _offset(base: str, offset: int) -> tuple[int, int, bool]:
    is_fixed = base in ("noon", "midnight")
    hour = {"noon": 12, "midnight": 24}[base] if is_fixed else int(base.removeprefix("#"))
    total = hour * 60 + offset
    if hour == 1 and offset < 0:
        total += 12 * 60
    return total // 60 % 24 if is_fixed and offset else total // 60, total % 60, is_fixed


def half_hours(hour: int, half: str) -> list[int]:
    """Return the hours of the 24-hour clock that "HOUR in the HALF" can mean."""
    if half in ("am", "morning"):
        return [hour % 12]
    if half == "night":
        return [hour + 12] if 5 <= hour < 12 else [hour % 12]
    if half == "lunch":
        return [hour] if hour >= 11 else [hour + 12]
    if half == "evening" and hour == 12:
        return [0]
    if half:
        return [hour % 12 + 12]
    return [12] if hour == 12 else [hour, hour + 12]


_LENGTH = re.compile(
    r"#(?P<count>\d+) (?P<unit>hour|minute)"
    r"(?: and(?: #1)? (?P<part>half|quarter)| (?:and )?#(?P<minutes>\d+)(?: minute)?)?"
    r"|#(?P<whole>\d+) and(?: #1)? (?P<fraction>half|quarter) hour"
)


def read_length(symbols: str) -> tuple[int, re.Match[str]] | None:
    """Return the minutes of a length of time ("an hour and a half") and where it was found, or None."""
    match = _LENGTH.search(symbols)
    if match is None:
        return None
    if match["whole"]:
        return int(match["whole"]) * 60 + _AFTER_HOUR[match["fraction"]], match
    extra = _AFTER_HOUR[match["part"]] if match["part"] else int(match["minutes"] or 0)
    return int(match["count"]) * (60 if match["unit"] == "hour" else 1) + extra, match
