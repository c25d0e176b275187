"""SNIPS 2017: its weather and restaurant requests as ours; its music, books and films are out of scope."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, understand
from training.tasks.own_common import BOOKING, CUISINES, Filled, merged, repeats, request, some
from training.tasks.patterns import time_kind, with_half_of_day, with_noun, without_preposition

_PLACE_SLOTS = ("city", "state", "country", "geographic_poi")
_BOOK_PLACE_SLOTS = ("city", "state", "country", "poi")


def own_snips(source: Source) -> Iterator[Row]:
    """Weather and restaurant requests of SNIPS; its music, books and films are out of scope."""
    for row in read_corpus(source.data, "snips2017", source.split, NluRow):
        if row.intent == "GetWeather":
            yield from some(_snips_weather(source, row))
        elif row.intent == "BookRestaurant":
            yield from some(_snips_booking(source, row))
        elif source.keep(0.12):
            yield from some(understand(source, row.text, ["refuse"], kind="out_of_scope"))


def _snips_weather(source: Source, row: NluRow) -> Row | None:
    places = merged(row, _PLACE_SLOTS)
    times = [(start, end) for name, start, end in row.spans if name == "timeRange"]
    if len(places) > 1 or len(times) > 1:
        source.dropped["snips: two places or two times"] += 1
        return None
    sets: list[Filled] = [Filled("place", place) for place in places]
    for start, end in times:
        kind = time_kind(row.text[start:end])
        if kind == "both":
            source.dropped["snips: a clock time and a date in one"] += 1
            return None
        if kind == "day":
            sets.append(Filled("day", without_preposition(row.text, start, end)))
    return request(source, row.text, "weather.forecast", sets)


def _snips_booking(source: Source, row: NluRow) -> Row | None:
    sets: list[Filled] = []
    for name, start, end in row.spans:
        value = row.text[start:end]
        if name == "party_size_number":
            sets.append(Filled("people", with_noun(row.text, start, end)))
        elif name == "restaurant_name":
            sets.append(Filled("venue", (start, end)))
        elif name in ("cuisine", "served_dish", "restaurant_type") and value.lower() in CUISINES:
            sets.append(Filled("cuisine", (start, end), CUISINES[value.lower()]))
        elif name == "timeRange":
            kind = time_kind(value)
            if kind in ("both", "neither") or re.search(r"\b(?:second|sec|minute|min|hour|hr)s?\b", value):
                source.dropped["snips: a time that is neither a day nor a clock time"] += 1
                return None
            sets.append(Filled(kind, with_half_of_day(row.text, *without_preposition(row.text, start, end))))
    if repeats(sets):
        source.dropped["snips: a slot twice"] += 1
        return None
    return request(source, row.text, BOOKING, sets)
