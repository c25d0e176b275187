r"""Sentence templates: `[please] book a table for {people} (tomorrow|tonight)`, read and expanded at random.

The syntax is hassil's as far as it goes: [optional], (a|b|c), {slot}, <list>; a backslash takes a special character
literally. Beyond it, {slot:group} takes a sample value of that group, {slot=value} says a fixed choice by one of its
names, and {!slot=value} means it without a word ("what does Hut mean{!target=english}"). Of several groups or choices,
{text:de|fr} and {target=german|french}, one is taken. hassil itself enumerates and recognises but does not sample, and
enumerating the templates of one skill gives billions of sentences. This module knows no skill: what a hole is filled
with is the caller's affair.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

OPTIONAL_PROBABILITY = 0.5
_SPECIAL = "[](){}<>|\\"
_HOLE = re.compile(r"^(?P<silent>!)?(?P<name>[a-z0-9_]+)(?::(?P<group>\w+(?:\|\w+)*))?(?:=(?P<fixed>\w+(?:\|\w+)*))?$")


@dataclass(frozen=True)
class Hole:
    """A place for a value."""

    name: str
    # The slot.
    group: str = ""
    # Which of the slot's sample groups; empty for any.
    fixed: str = ""
    # The fixed choice that is meant, for `{slot=value}`.
    silent: bool = False
    # True for `{!slot=value}`: meant, but not said.


@dataclass(frozen=True)
class Alternatives:
    """One of several sequences; an empty one makes it optional."""

    options: tuple[tuple[Part, ...], ...]
    weights: tuple[float, ...]
    # Cumulative, the last is 1.


@dataclass(frozen=True)
class Reference:
    """A value of a named list."""

    name: str


Part = str | Hole | Alternatives | Reference


@lru_cache(maxsize=20_000)
def parse(template: str) -> tuple[Part, ...]:
    """Return the template as nested parts.

    Raises:
        ValueError: a bracket is not closed or not opened, or a hole has no name.
    """
    parts, position = _parse_until(template, 0, "")
    assert position == len(template)
    return parts


def holes(template: str) -> list[Hole]:
    """Return every hole of a template, in order."""
    return list(_holes(parse(template)))


def _holes(parts: tuple[Part, ...]) -> Iterator[Hole]:
    for part in parts:
        if isinstance(part, Hole):
            yield part
        elif isinstance(part, Alternatives):
            for option in part.options:
                yield from _holes(option)


def expand(parts: tuple[Part, ...], rng: random.Random) -> list[str | Hole]:
    """Return one expansion, chosen at random: literal pieces and holes in order."""
    pieces: list[str | Hole] = []
    _expand(parts, rng, pieces)
    return pieces


def _expand(parts: tuple[Part, ...], rng: random.Random, pieces: list[str | Hole]) -> None:
    for part in parts:
        if isinstance(part, Alternatives):
            draw = rng.random()
            index = next(number for number, weight in enumerate(part.weights) if draw < weight)
            _expand(part.options[index], rng, pieces)
        elif isinstance(part, Reference):
            raise ValueError(f"<{part.name}> stands in a sentence; a <list> is for lexicon lines only")
        else:
            pieces.append(part)


def enumerate_all(template: str, lists: Callable[[str], tuple[str, ...]], limit: int) -> list[str]:
    """Return the expansions of a lexicon line, at most ``limit``, with single spaces."""
    seen: dict[str, None] = {}
    for text in islice(_enumerate(parse(template), lists), limit):
        seen.setdefault(" ".join(text.split()))
    return [text for text in seen if text]


def _enumerate(parts: tuple[Part, ...], lists: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    if not parts:
        yield ""
        return
    head, rest = parts[0], parts[1:]
    heads: Iterator[str]
    if isinstance(head, str):
        heads = iter((head,))
    elif isinstance(head, Alternatives):
        heads = (text for option in head.options for text in _enumerate(option, lists))
    elif isinstance(head, Reference):
        heads = iter(lists(head.name))
    else:
        raise ValueError(f"{{{head.name}}} stands in a lexicon line; a hole is for sentences only")
    for text in heads:
        for tail in _enumerate(rest, lists):
            yield text + tail


def _parse_until(template: str, position: int, closing: str) -> tuple[tuple[Part, ...], int]:
    """Parse up to the closing bracket; alternatives at this level become one part."""
    options: list[tuple[Part, ...]] = []
    parts: list[Part] = []
    literal = ""
    while position < len(template):
        char = template[position]
        if char == "\\" and position + 1 < len(template):
            literal += template[position + 1]
            position += 2
            continue
        if char not in _SPECIAL:
            literal += char
            position += 1
            continue
        if literal:
            parts.append(literal)
            literal = ""
        if char == closing:
            break
        if char == "|":
            options.append(tuple(parts))
            parts = []
            position += 1
        elif char in "([":
            inner, position = _parse_until(template, position + 1, {"(": ")", "[": "]"}[char])
            if position >= len(template):
                raise ValueError(f"{char!r} is never closed in {template!r}")
            parts.append(_optional(inner) if char == "[" else _group(inner))
            position += 1
        elif char in "{<":
            end = template.find({"{": "}", "<": ">"}[char], position)
            match = _HOLE.match(template[position + 1 : end]) if end > 0 else None
            if match is None:
                raise ValueError(f"{char!r} opens no name in {template!r}; expected something like {{place}}")
            parts.append(_hole(match) if char == "{" else Reference(match["name"]))
            position = end + 1
        else:
            raise ValueError(f"{char!r} at column {position + 1} closes nothing in {template!r}")
    else:
        if literal:
            parts.append(literal)
        if closing:
            return (), len(template)
    if options:
        options.append(tuple(parts))
        return (_one_of(options),), position
    return tuple(parts), position


def _hole(match: re.Match[str]) -> Part:
    """Return the hole that is written, or one of several for each group and fixed choice that it names."""
    chosen = [
        Hole(match["name"], group, fixed, bool(match["silent"]))
        for group in (match["group"] or "").split("|")
        for fixed in (match["fixed"] or "").split("|")
    ]
    return chosen[0] if len(chosen) == 1 else _one_of([(hole,) for hole in chosen])


def _one_of(options: list[tuple[Part, ...]]) -> Alternatives:
    share = 1 / len(options)
    return Alternatives(tuple(options), (*(share * number for number in range(1, len(options))), 1.0))


def _group(inner: tuple[Part, ...]) -> Part:
    return inner[0] if len(inner) == 1 else Alternatives((inner,), (1.0,))


def _optional(inner: tuple[Part, ...]) -> Part:
    return Alternatives((inner, ()), (OPTIONAL_PROBABILITY, 1.0))
