"""Read the parts of a span of clock times. Knows how the two ends lean on one another: "from 5 to 7 pm"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from agent.dialogue.resolvers.saying import time_text
from agent.dialogue.resolvers.spans import Backwards, Half, Span
from agent.dialogue.resolvers.time_rules import HALVES, PARTS, read_clock, read_length
from agent.dialogue.resolvers.times import time_symbols

Minutes = tuple[int | None, int | None]

_DAY = 24 * 60
_HALF = re.compile(rf"\b({HALVES})\b")
_PART = re.compile(rf"\b(?:(early|late) )?({'|'.join(part for part in PARTS if ' ' not in part)})\b")


@dataclass(frozen=True)
class Edge:
    """One end of a span."""

    starts: tuple[int, ...]
    # Minutes after midnight that can be meant where the span begins here, earliest first.
    ends: tuple[int, ...]
    # The same where it ends here: 12 may be midnight then.
    literal: int | None = None
    # By the 24-hour clock.
    is_24_hours: bool = False
    # The 24-hour clock was meant, and not by a word such as noon.


@dataclass(frozen=True)
class TimeReader:
    """Reads spans with the words of one language."""

    lang: str
    now: datetime
    fix_typos: bool
    said_in: str
    # The session's language, for saying a time back.

    def read(self, span: Span) -> list[Minutes] | Backwards | Half | None:
        """Return the spans of time that can be meant, what is wrong with them, or None when it is no such span."""
        match span.kind:
            case "lasting" | "onward":
                return self._lasting(span)
            case "both":
                return self._both(span)
            case "pair":
                return None
            case "until" | "before":
                edge = self._edge(self._beside(span, self._symbols(span.end)))
                return [(None, each or _DAY) for each in edge.starts] if edge else None
            case "since" | "after":
                edge = self._edge(self._beside(span, self._symbols(span.start)), leaves=span.kind == "after")
                return [(each, None) for each in edge.starts] if edge else None
            case "whole":
                return self._whole(self._symbols(span.start))

    def _symbols(self, text: str) -> str | None:
        symbols = time_symbols(text, self.lang, self.fix_typos)
        if "?" in symbols and not self.fix_typos:
            return None
        return symbols.replace("? ", "").replace(" ?", "").replace("?", "")

    def _beside(self, span: Span, symbols: str | None) -> str | None:
        """Return the symbols of one end with the part of the day that stands beside the frame: "abends nach acht"."""
        beside = self._symbols(span.beside) if span.beside else ""
        if beside is None or symbols is None or (beside and not _HALF.fullmatch(beside)):
            return None
        return symbols if not beside or _HALF.search(symbols) else f"{symbols} {beside}"

    def _edge(self, symbols: str | None, *, leaves: bool = False) -> Edge | None:
        """Read one end; ``leaves``: what is meant begins when that part of the day is over ("after lunch")."""
        if not symbols:
            return None
        if symbols == "now":
            now = self.now.hour * 60 + self.now.minute
            return Edge((now,), (now,))
        clock = read_clock(symbols)
        if clock is not None:
            starts = tuple(each % _DAY for each in clock.readings())
            ends = tuple(each or _DAY for each in starts)
            if clock.hour == 12 and not clock.half and not clock.is_fixed and not clock.minute:
                ends = (12 * 60, _DAY)
            by_word = "noon" in symbols or "midnight" in symbols
            literal = None if clock.half or by_word else clock.hour % 24 * 60 + clock.minute
            return Edge(starts, ends, literal, clock.is_fixed and not by_word)
        part = _PART.search(symbols)
        if part is None or read_length(symbols):
            return None
        begins, ends_at = (hour * 60 for hour in PARTS[part[0] if part[0] in PARTS else part[2]])
        return Edge((ends_at if leaves else begins,), (begins,))

    def _both(self, span: Span) -> list[Minutes] | Backwards | Half | None:
        first, last = (self._beside(span, self._symbols(text)) for text in (span.start, span.end))
        start, end = self._edge(first, leaves=span.starts_after), self._edge(last)
        if start and end:
            pairs: list[Minutes] = [*_joined(start, end)]
            return pairs or Backwards(self._text(start.starts[0]), self._text(end.ends[0]))
        edge = start or end
        return Half(self._texts(edge.starts)) if edge and span.is_sure and self.fix_typos else None

    def _lasting(self, span: Span) -> list[Minutes] | None:
        length = read_length(self._symbols(span.length) or "")
        if length is None or not 0 < length[0] <= _DAY:
            return None
        start = self._edge("now" if span.kind == "onward" else self._symbols(span.start))
        fitting = [each for each in start.starts if each + length[0] <= _DAY] if start else []
        return [(each, each + length[0]) for each in fitting] or None

    def _whole(self, symbols: str | None) -> list[Minutes] | Half | None:
        if not symbols:
            return None
        if "allday" in symbols:
            return [(0, _DAY)]
        if read_length(symbols):
            return None
        clock = read_clock(symbols)
        if clock is not None:
            return Half(self._texts(tuple(clock.readings())))
        part = _PART.search(symbols)
        if part is None:
            return None
        begins, ends = PARTS[part[0] if part[0] in PARTS else part[2]]
        return [(begins * 60, ends * 60)]

    def _texts(self, minutes: tuple[int, ...]) -> str:
        return " / ".join(self._text(each) for each in minutes)

    def _text(self, minutes: int) -> str:
        return time_text(minutes // 60, minutes % 60, self.said_in)


def _joined(start: Edge, end: Edge) -> list[tuple[int, int]]:
    """Return the pairs that can be meant: the end is the first one after the start, or the start the last before it."""
    if len(end.ends) == 1:
        last = end.ends[0]
        if end.is_24_hours and start.literal is not None and start.literal < last:
            # "from 8 to 22" is said by the 24-hour clock throughout.
            return [(start.literal, last)]
        before = [each for each in start.starts if each < last]
        return [(before[-1], last)] if before else []
    pairs = []
    for first in start.starts:
        after = [each for each in end.ends if each > first]
        if after:
            pairs.append((first, after[0]))
    return pairs
