"""Split what people say for a beginning and an end into its parts. Knows how a span is framed, not what stands in it.

list(split_span("from monday to thursday", ENGLISH.spans))[0]   # Span("both", start="monday", end="thursday", ...)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agent.dialogue.resolvers.calendar_words import SpanWords

_SPACE = re.compile(r" ")


@dataclass(frozen=True)
class Span:
    """One way to take the words apart."""

    kind: Literal["lasting", "onward", "both", "pair", "until", "before", "since", "after", "whole"]
    start: str = ""
    end: str = ""
    length: str = ""
    beside: str = ""
    # Words before the frame that hold for both ends: the "abends" of "abends zwischen acht und zehn".
    starts_after: bool = False
    # "after lunch until four".
    is_sure: bool = False
    # The frame cannot be anything else: an end that cannot be read is told, not passed over.


def split_span(text: str, words: SpanWords) -> Iterator[Span]:
    """Yield the ways to take the words apart, the likeliest first; the last is the whole text as it is."""
    for pattern in words.lasting:
        found = pattern.fullmatch(text)
        if found:
            yield Span("lasting", start=found["start"], length=found["length"])
    found = words.onward.fullmatch(text)
    if found:
        yield Span("onward", length=found["length"])
    yield from _framed(text, words)
    # "I need it before friday": the frame may begin at any word.
    for place in (0, *(space.end() for space in _SPACE.finditer(text))):
        yield from _open_ended(text, place, words)
    for joint in words.pair.finditer(text):
        yield Span("pair", start=text[: joint.start()], end=text[joint.end() :])
    yield Span("whole", start=text)


def _open_ended(text: str, place: int, words: SpanWords) -> Iterator[Span]:
    beside = text[:place].strip()
    for kind, pattern in _open_patterns(words):
        found = pattern.fullmatch(text, place)
        if found:
            groups = {name[:5].rstrip("2"): value for name, value in found.groupdict().items() if value}
            yield Span(kind, start=groups.get("start", ""), end=groups.get("end", ""), beside=beside)


def _open_patterns(
    words: SpanWords,
) -> tuple[tuple[Literal["until", "before", "after", "since"], re.Pattern[str]], ...]:
    return ("until", words.until), ("before", words.before), ("after", words.after), ("since", words.since)


def _framed(text: str, words: SpanWords) -> Iterator[Span]:
    for lead, joint in words.frames:
        found = lead.fullmatch(text)
        if found is None:
            continue
        rest, beside = found["rest"], found.groupdict().get("part") or ""
        before = text[: found.start("rest")]
        for place in joint.finditer(rest):
            start, end = rest[: place.start()].strip(), rest[place.end() :].strip()
            if start and end:
                yield Span(
                    "both",
                    start,
                    end,
                    beside=beside,
                    starts_after=words.after.fullmatch(before + start) is not None,
                    is_sure=place[0].strip() != "-" and (bool(before) or place[0].split()[0] not in words.weak_joints),
                )


@dataclass(frozen=True)
class Backwards:
    """The end lies before the start."""

    start: str
    # As it is said back.
    end: str


@dataclass(frozen=True)
class Half:
    """One of the two ends could be read."""

    text: str
    # As it is said back.
