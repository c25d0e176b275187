"""RESTAURANTS-8K: answers to a question of the booking form, corrections, and whole requests for a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, open_frame, understand
from training.tasks.own_common import (
    BOOKING,
    Filled,
    booking_slots,
    places_of,
    repeats,
    request,
    sets_of,
    some,
    summary,
)
from training.tasks.patterns import with_half_of_day, with_noun, without_preposition

_R8K_SLOTS = {"date": "day", "time": "time", "people": "people"}
_BOOKS = re.compile(r"\b(?:book|reserve|reservation|booking|table)\b", re.IGNORECASE)
_BOOKED = re.compile(
    r"\b(?:have|had|made|booked|reserved|my (?:booking|reservation|table)|is it possible to change|the (?:booking"
    r"|reservation)|already|menu|facilities|information|located|parking|indoors?|outdoors?|inside|outside|garden|patio"
    r"|change|amend|move|cancel\w*|check|confirm|modify|alter|edit|name of|under)\b",
    re.IGNORECASE,
)
_CANCELS = re.compile(r"\b(?:cancel|delete|drop|get rid of)\b.*\b(?:booking|reservation|table)\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"^(?:no\b|actually|sorry|wait|oh|oops|hang on|hold on|i meant|i made a mistake|i changed|scratch|on second"
    r"|can you change|could you change|change|make (?:it|that)|please change|let['’]?s change|i['’]?d rather|instead)",
    re.IGNORECASE,
)


def own_restaurant8k(source: Source) -> Iterator[Row]:
    """RESTAURANTS-8K: answers to a question of the booking form, corrections, and whole requests."""
    for row in read_corpus(source.data, "restaurant8k", source.split, NluRow):
        sets: list[Filled] = []
        for name, start, end in row.spans:
            if name in _R8K_SLOTS:
                place = start, start + len(row.text[start:end].rstrip(" ,!?")) if name != "time" else end
                if name == "people":
                    place = with_noun(row.text, *place)
                elif name == "time":
                    place = with_half_of_day(row.text, *without_preposition(row.text, start, end))
                sets.append(Filled(_R8K_SLOTS[name], place))
        names = [item.slot for item in sets]
        if repeats(sets):
            source.dropped["restaurant8k: a slot twice"] += 1
            continue
        asked = [_R8K_SLOTS[slot] for slot in row.requested if slot in _R8K_SLOTS]
        if not sets:
            yield from some(_without_slots(source, row))
        elif _BOOKED.search(row.text) and not _CORRECTS.search(row.text):
            source.dropped["restaurant8k: about a booking that exists"] += 1
        elif not row.requested and _BOOKS.search(row.text) and not _CORRECTS.search(row.text):
            yield from some(request(source, row.text, BOOKING, sets))
        else:
            yield from some(_edit(source, row.text, sets, names, asked))


def _without_slots(source: Source, row: NluRow) -> Row | None:
    if _CANCELS.search(row.text) and not row.requested:
        return understand(source, row.text, ["start booking.cancel"])
    books = re.search(r"\b(?:book|reserve|(?:make|have|place) a (?:booking|reservation)|get a table)\b", row.text, re.I)
    if not row.requested and books and not _BOOKED.search(row.text.replace("have a", "")) and "?" not in row.text:
        if re.search(r"\b(?:that|it|go ahead|this)\b", row.text, re.I):
            return understand(source, row.text, ["confirm"], state=summary(source), kind="yes_no")
        return understand(source, row.text, ["start booking.restaurant"])
    source.dropped["restaurant8k: no slot and no clear wish"] += 1
    return None


def _edit(source: Source, text: str, sets: list[Filled], names: list[str], asked: list[str]) -> Row | None:
    """Return the row that fills slots of the open booking: as asked, more than asked, or a correction."""
    slots = booking_slots(source)
    corrects = bool(_CORRECTS.search(text)) and not set(asked) & set(names)
    if corrects:
        state = summary(source)
    else:
        ask = next((slot for slot in asked if slot in names), None) or source.rng.choice(names)
        filled = {slot: value for slot, value in slots.items() if slot not in names and source.keep(0.7)}
        state = open_frame(BOOKING, filled, ask=ask, last_reply=f"What {ask}?")
    kind = "correction" if corrects else "answer"
    return understand(source, text, sets_of(sets), places_of(sets), state=state, kind=kind)
