"""What the mapped corpora share: slots with their places, device and sum requests, states of an open booking.

It knows the names of our intents and of their slots, and no corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.rows import Row
from agent.types import DialogueState
from training.corpora import NluRow
from training.tasks.common import Source, open_frame, understand
from training.tasks.patterns import NUMBER_WORD, Place, dimmed, switched

_KITCHENS = {
    "italian": ("italian", "pizza", "pasta", "pizzeria", "trattoria"), "indian": ("indian", "curry"),
    "chinese": ("chinese", "dim sum"), "japanese": ("japanese", "sushi", "ramen"), "french": ("french", "bistro"),
    "german": ("german", "bavarian"), "mexican": ("mexican", "tacos", "burritos"),
    "vegetarian": ("vegetarian", "veggie", "vegan", "meatless"),
}  # fmt: skip
CUISINES = {word: cuisine for cuisine, words in _KITCHENS.items() for word in words}
"""How people say the kinds of food that the booking skill knows."""
BOOKING = "booking.restaurant"


@dataclass(frozen=True)
class Filled:
    """A slot and where its value stands in the text."""

    slot: str
    place: Place
    # Start and end (exclusive) in characters.
    choice: str = ""
    # What is written instead of the words, for a slot with fixed choices.


def request(source: Source, text: str, intent: str, filled: list[Filled], *, kind: str = "request") -> Row | None:
    """Return the row that starts ``intent`` and fills its slots."""
    return understand(source, text, [f"start {intent}", *sets_of(filled)], places_of(filled), kind=kind)


def _ordered(filled: list[Filled]) -> list[Filled]:
    """Return the slots in the order of their mention: the easiest one to copy in, and that of the skill files."""
    return sorted(filled, key=lambda item: item.place)


def sets_of(filled: list[Filled]) -> list[str]:
    """Return the `set` commands in the order of mention, with holes for the values at ``places_of``."""
    lines, number = [], 0
    for item in _ordered(filled):
        if item.choice:
            lines.append(f"set {item.slot} {item.choice}")
        else:
            lines.append(f"set {item.slot} {{{number}}}")
            number += 1
    return lines


def places_of(filled: list[Filled]) -> list[Place]:
    """Return the places of the values that are copied, in the order of mention."""
    return [item.place for item in _ordered(filled) if not item.choice]


def repeats(filled: list[Filled]) -> bool:
    """Return True when a slot is filled twice."""
    return len({item.slot for item in filled}) < len(filled)


def some(row: Row | None) -> Iterator[Row]:
    """Yield the row if there is one."""
    if row is not None:
        yield row


def merged(row: NluRow, slots: tuple[str, ...]) -> list[Place]:
    """Return the places of these slots, those side by side as one ("Wyandotte Netherlands Antilles")."""
    places: list[Place] = []
    for start, end in sorted((start, end) for name, start, end in row.spans if name in slots):
        if places and row.text[places[-1][1] : start].strip() in ("", ","):
            places[-1] = (places[-1][0], end)
        else:
            places.append((start, end))
    return places


def switch(source: Source, text: str) -> Row | None:
    """Return the row of a request to switch a device, None when it is not clear which and how."""
    found = switched(text)
    if found is None:
        source.dropped["no clear device to switch"] += 1
        return None
    on, place = found
    return request(source, text, f"smart_home.turn_{'on' if on else 'off'}", [Filled("device", place)])


def dim(source: Source, text: str) -> Row | None:
    """Return the row of a request for a brightness, None when device or level is not clear."""
    found = dimmed(text)
    if found is None:
        source.dropped["no clear device and level to dim"] += 1
        return None
    device, level = found
    return request(source, text, "smart_home.set_brightness", [Filled("device", device), Filled("level", level)])


_SUM = re.compile(
    rf"(?:\d|\b(?:{NUMBER_WORD}|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)\b)"
    r".*(?:[-+*/x×^]|\b(?:plus|minus|times|time|divided|multiplied|multiply|and|from|by|into"
    r"|percent of|sum|subtract|add)\b|%).*"
    rf"(?:\d|\b(?:{NUMBER_WORD}|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)\b)",
    re.IGNORECASE,
)
_NOT_A_SUM = re.compile(
    r"\b(?:dollars?|miles?|kilomet\w+|convert|hours?|week|month|tip|bill|interest|area|room|factorial|root|feet|exchange"
    r"|square)\b|\$",
    re.IGNORECASE,
)


def arithmetic(source: Source, text: str) -> Row | None:
    """Return the row of a sum to be done, None when it is more than plain arithmetic."""
    if not _SUM.search(text) or _NOT_A_SUM.search(text):
        source.dropped["not plain arithmetic"] += 1
        return None
    return understand(source, text, ["start tutoring.solve", "set problem @all"])


_DAYS = (
    "tomorrow",
    "today",
    "tonight",
    "friday",
    "next tuesday",
    "saturday",
    "the 5th of may",
    "this sunday",
    "monday",
)
_TIMES = ("7 pm", "8 pm", "half past seven", "19:30", "noon", "six", "8", "7:30", "at nine", "quarter to eight")
_VENUES = ("Blue Lantern", "Trattoria Sole", "luigi's", "the first one", "Gasthaus Adler", "olive garden", "red robin")
_PEOPLE = ("2", "two", "four", "3", "six", "5", "just me", "two of us", "eight", "10")


def booking_slots(source: Source) -> dict[str, str]:
    """Return what somebody may have said before about a booking, in the order of asking."""
    rng = source.rng
    return {"people": rng.choice(_PEOPLE), "day": rng.choice(_DAYS), "time": rng.choice(_TIMES)}


def summary(source: Source) -> DialogueState:
    """Return a state in which a complete booking waits for yes or no."""
    slots = booking_slots(source) | {"venue": source.rng.choice(_VENUES)}
    return open_frame(BOOKING, slots, pending="confirm", last_reply="Shall I book it?")


def half_booking(source: Source) -> DialogueState:
    """Return a state in which the next slot of a booking is asked for."""
    slots = booking_slots(source)
    ask = source.rng.choice(list(slots))
    before = dict(list(slots.items())[: list(slots).index(ask)])
    return open_frame(BOOKING, before, ask=ask, last_reply=f"What {ask}?")
