"""What people say for a slot's value: days, clock times, counts, and the lexicons, split for train and eval.

Knows resolvers by name and nothing of sentences or dialogues. A value here is what the user *says*; what it means is
the resolvers' affair.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.catalogue import Catalogue
from agent.declaration import Slot
from agent.sentences import enumerate_all

Split = Literal["train", "eval"]
EVAL_SHARE = 20
"""Percent of each lexicon that only evaluation sees."""
MADE_UP: Mapping[str, float] = {"choice": 0.5, "place": 0.3}
"""Share of the values put together of parts of others, in training: who knows a lexicon by heart copies nothing."""
MADE_UP_TEXTS = 0.25
"""Share of the texts whose words may vary that are put together so."""
CHOICE_IN_NAME = 0.25
"""Share of the made-up names of several words that begin with the name of a fixed choice: "German Falls"."""
LINE_LIMIT = 4_000
"""Values one lexicon line may expand to."""


@dataclass(frozen=True)
class Said:
    """A value as it is said."""

    words: str
    # The value itself: what a command copies.
    lead: str = ""
    # The preposition that goes before it when the sentence has none: "on ", "at ".
    meant: str | None = None
    # The command's value where it is not the words (a fixed choice).


def in_eval(text: str, share: int = EVAL_SHARE) -> bool:
    """Return whether a stable hash puts the text into the evaluation part."""
    return stable_hash(text) % 100 < share


def stable_hash(text: str) -> int:
    """Return a number that is the same on every machine and in every run, whatever the case of the text."""
    return int.from_bytes(hashlib.sha256(text.lower().encode()).digest()[:4], "big")


_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_SHORT_DAYS = ["mon", "tue", "tues", "wed", "thu", "thurs", "fri", "sat", "sun"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_SHORT_MONTHS = ["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"]
_SOON = [
    "today",
    "tonight",
    "tomorrow",
    "tomorrow",
    "tomorrow",
    "tonight",
    "today",
    "tmrw",
    "tmr",
    "tomorow",
    "tomorrow|night",
    "tomorrow|evening",
    "this|evening",
    "tomorrow|morning",
    "this|afternoon",
    "tomorrow|afternoon",
    "day|after|tomorrow",
]
_FEASTS = ("christmas eve", "new year's eve", "valentine's day", "christmas day", "boxing day", "halloween")


def number_words(number: int) -> str:
    """Return a number below 100 in words."""
    if number < 20:
        return _WORDS[number]
    tens, ones = number - number % 10, number % 10
    return _TENS[tens] + (f" {_WORDS[ones]}" if ones else "")


def ordinal_digits(number: int) -> str:
    """Return "1st", "22nd", "13th"."""
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _date(slot: Slot, group: str, rng: random.Random) -> Said:
    draw = rng.random()
    if draw < 0.42:
        return Said(rng.choice(_SOON).replace("|", " "))
    if draw < 0.62:
        return Said(rng.choice(_WEEKDAYS), lead="on ")
    if draw < 0.68:
        return Said(rng.choice(_SHORT_DAYS), lead="on ")
    if draw < 0.74:
        return Said(f"{rng.choice(_WEEKDAYS)} {rng.choice(('night', 'evening', 'afternoon', 'morning'))}", lead="on ")
    if draw < 0.84:
        before = rng.choice(("next", "next", "this", "this", "this coming", "coming"))
        return Said(f"{before} {rng.choice(_WEEKDAYS if rng.random() < 0.85 else _SHORT_DAYS)}")
    if draw < 0.87:
        return Said(rng.choice(("this weekend", "next weekend", "the weekend", "at the weekend")).removeprefix("at "))
    if draw < 0.89:
        return Said(f"{rng.choice(_WEEKDAYS)} next week", lead="on ")
    if draw < 0.91:
        count = rng.randint(2, 9)
        return Said(f"in {rng.choice((str(count), number_words(count)))} days")
    if draw < 0.915:
        return Said(rng.choice(("in a week", "in two weeks", "a week from today", "in a couple of days")))
    if draw < 0.925:
        return Said(rng.choice(_FEASTS), lead="on ")
    day, month = rng.randint(1, 28), rng.choice(_MONTHS if rng.random() < 0.7 else _SHORT_MONTHS)
    form = rng.randrange(8)
    words = (
        f"the {ordinal_digits(day)}",
        f"the {ordinal_digits(day)} of {month}",
        f"{ordinal_digits(day)} {month}",
        f"{day} {month}",
        f"{month} {day}",
        f"{month} {ordinal_digits(day)}",
        f"{rng.choice(_WEEKDAYS)} the {ordinal_digits(day)}",
        f"{day}/{rng.randint(1, 12)}",
    )[form]
    return Said(words, lead="on ")


def _time(slot: Slot, group: str, rng: random.Random) -> Said:
    low = int(slot.minimum if slot.minimum is not None else 0)
    high = int(slot.maximum if slot.maximum is not None else 23)
    # Most tables are wanted for lunch or dinner, whatever the opening hours.
    hour = rng.choice([each for each in (12, 13, 18, 19, 19, 20, 20, 21) if low <= each <= high] or [low])
    if rng.random() < 0.4:
        hour = rng.randint(low, max(low, high - 1))
    twelve = (hour - 1) % 12 + 1
    half = "am" if hour < 12 else "pm"
    minute = rng.choice((0, 15, 30, 30, 45))
    named = rng.choice((str(twelve), number_words(twelve), number_words(twelve)))
    if hour == 12 and rng.random() < 0.5:
        return Said(rng.choice(("noon", "midday", "noon")), lead="at ")
    lead = rng.choice(("at ", "at ", "at ", "at ", "around ", "at around ", "at about ", "for ", "", "", ""))
    form = rng.randrange(20)
    if form < 4:
        spaced = rng.choice((f"{twelve}{half}", f"{twelve} {half}", f"{twelve} {half[0]}.m."))
        return Said(spaced, lead=lead)
    if form < 7:
        # A bare number says nothing by itself: "at eight".
        return Said(named, lead=lead.strip() + " " if lead.strip() and lead != "for " else "at ")
    if form < 8:
        return Said(f"{named} o'clock", lead=lead)
    if form < 11:
        return Said(f"{twelve}:{minute:02d}" + rng.choice(("", "", half, " " + half)), lead=lead)
    if form < 12:
        return Said(f"{twelve}.{minute or 30:02d}" + rng.choice(("", " ")) + half, lead=lead)
    if form < 14:
        return Said(f"{hour:02d}:{minute:02d}" if hour > 9 else f"{hour}:{minute:02d} {half}", lead=lead)
    if form < 15:
        return Said(f"half past {named}", lead=lead)
    if form < 16:
        return Said(f"{rng.choice(('quarter', 'a quarter'))} {rng.choice(('past', 'to'))} {named}", lead=lead)
    if form < 17:
        return Said(f"{number_words(twelve)} {rng.choice(('thirty', 'fifteen', 'forty five'))}", lead=lead)
    if form < 18:
        return Said(f"{twelve}ish", lead=lead)
    if form < 19 and hour >= 17:
        return Said(f"{named} in the evening", lead=lead)
    return Said(f"{named} {half}", lead=lead)


_KIN = [
    "wife",
    "husband",
    "girlfriend",
    "boyfriend",
    "partner",
    "friend",
    "mum",
    "mom",
    "dad",
    "sister",
    "brother",
    "boss",
    "colleague",
    "daughter",
    "son",
]
_NOUNS = ["people", "people", "people", "people", "persons", "ppl", "guests", "adults", "of|us", "friends"]


def _count(slot: Slot, group: str, rng: random.Random) -> Said:
    low = int(slot.minimum if slot.minimum is not None else 1)
    high = int(slot.maximum if slot.maximum is not None else 12)
    count = rng.choice([each for each in (2, 2, 2, 3, 4, 4, 5, 6, 8) if low <= each <= high] or [low])
    if rng.random() < 0.25:
        count = rng.randint(low, high)
    number = str(count) if rng.random() < 0.5 or count > 99 else number_words(count)
    if group == "number":
        return Said(number, lead="for ")
    draw = rng.random()
    if draw < 0.4 and group != "noun":
        return Said(number, lead="for ")
    if draw < 0.78 or group == "noun":
        if count == 1:
            return Said(
                rng.choice(("one person", "1 person", "just me", "one")) if group != "noun" else "one person", "for "
            )
        return Said(f"{number} {rng.choice(_NOUNS).replace('|', ' ')}", lead="for ")
    if draw < 0.8 and count > 1:
        return Said(f"{count}ppl", lead="for ")
    kin, few, kids = rng.choice(_KIN), rng.choice(("two", "2", "three", "3")), rng.choice(("kids", "children"))
    words = number_words(max(count, 2))
    others = rng.choice(
        (
            "just me", "myself", f"me and my {kin}", f"my {kin} and me", f"my {kin} and i", f"me and {few} friends",
            "the two of us", f"the {words} of us", f"{words} of us", "my parents and me",
            f"two adults and {rng.choice(('a', 'one'))} {rng.choice(('kid', 'child'))}",
            f"{rng.choice(('2', 'two', '3', 'four'))} adults and {few} {kids}",
        )
    )  # fmt: skip
    return Said(others, lead="for ")


def _temperature(slot: Slot, group: str, rng: random.Random) -> Said:
    low = int(slot.minimum if slot.minimum is not None else 5)
    high = int(slot.maximum if slot.maximum is not None else 30)
    degrees = (
        rng.randint(max(low, 16), min(high, 25))
        if rng.random() < 0.8 and low <= 16 and high >= 25
        else rng.randint(low, high)
    )
    number = str(degrees) if rng.random() < 0.75 else number_words(degrees)
    if number.isdigit() and rng.random() < 0.12:
        number += ".5"
    if number[0].isdigit():
        unit = rng.choice(("", "", "", " degrees", " degrees", "°", " °C", "°C", " c", "c", " deg", " degrees celsius"))
    else:
        unit = rng.choice(("", " degrees", " degrees", " and a half degrees"))
    return Said(number + unit, lead="to ")


def _percent(slot: Slot, group: str, rng: random.Random) -> Said:
    if rng.random() < 0.15:
        return Said(rng.choice(("half", "full", "max", "maximum", "minimum", "full", "half")), lead="to ")
    level = rng.choice((10, 20, 25, 30, 40, 50, 50, 60, 70, 75, 80, 90, 100))
    if rng.random() < 0.3:
        level = rng.randint(1, 100)
    if level < 100 and rng.random() < 0.25:
        return Said(number_words(level) + rng.choice((" percent", " percent", "")), lead="to ")
    return Said(f"{level}" + rng.choice(("%", "%", "%", " percent", " %", "")), lead="to ")


def _number(slot: Slot, group: str, rng: random.Random) -> Said:
    low = int(slot.minimum if slot.minimum is not None else 0)
    high = int(slot.maximum if slot.maximum is not None else 100)
    number = rng.randint(low, high)
    return Said(number_words(number) if 0 <= number < 100 and rng.random() < 0.3 else str(number))


_GENERATORS: Mapping[str, Callable[[Slot, str, random.Random], Said]] = {
    "date": _date,
    "time": _time,
    "count": _count,
    "temperature": _temperature,
    "percent": _percent,
    "number": _number,
}


_FIRST_WORDS = (
    "the", "the", "il", "la", "le", "el", "bei", "zum", "zur", "im", "am", "chez", "da", "casa", "café", "cafe", "bar",
    "haus", "new", "old", "little", "big", "san", "saint", "mama", "papa", "uncle", "house", "golden", "red", "green",
)  # fmt: skip
"""What made-up names begin with, now and then."""
_EVERYDAY_WORDS = (
    "amber", "anchor", "angel", "apple", "apron", "arch", "arrow", "autumn", "baker", "balcony", "barn", "barrel",
    "basil", "basket", "bay", "beach", "bear", "bee", "bell", "berry", "big", "bird", "bottle", "bowl", "bread",
    "brick", "bridge", "bright", "butter", "candle", "canyon", "captain", "carrot", "castle", "cellar", "cherry",
    "chestnut", "chili", "circle", "clay", "cloud", "coast", "coffee", "corn", "cottage", "cow", "crab", "crown",
    "crystal", "daily", "dancing", "deer", "desert", "dock", "dove", "duck", "dusty", "eagle", "early", "east",
    "elephant", "empty", "factory", "falcon", "farmer", "feather", "field", "fire", "flour", "flower",
    "flying", "forest", "fountain", "fox", "free", "fresh", "frog", "front", "gate", "ginger", "glass",
    "goat", "goose", "grand", "grape", "hammer", "happy", "hat", "hidden", "hill", "honest", "hook", "horn",
    "hot", "hungry", "iron", "island", "ivy", "jar", "juniper", "kettle", "key", "king", "kite", "ladder", "lake",
    "lazy", "lemon", "light", "lily", "lobster", "long", "loud", "lunch", "maple", "market", "meadow", "melon",
    "mint", "mirror", "monkey", "moon", "moose", "mountain", "mustard", "nest", "north", "nutmeg", "oak", "ocean",
    "onion", "open", "orange", "orchard", "owl", "oyster", "paper", "parrot", "pasta", "peach", "pearl", "penguin",
    "piano", "pier", "pig", "pine", "pink", "plum", "pond", "poppy", "potato", "prince", "pumpkin", "purple", "queen",
    "quiet", "rabbit", "radio", "railway", "rain", "raven", "rice", "river", "robin", "rocket", "roof", "rooster",
    "sailor", "salmon", "sand", "secret", "shady", "shell", "ship", "slow", "smoke", "snow", "soup", "south",
    "square", "stable", "station", "stone", "storm", "street", "sugar", "summer", "sunny", "sweet", "tailor", "tea",
    "thirsty", "tiger", "tomato", "tower", "tree", "turtle", "umbrella", "uncle", "valley", "velvet", "village", "vine",
    "walnut", "water", "west", "whale", "wheel", "wide", "wild", "willow", "wind", "window", "winter", "wolf",
    "wood", "yellow", "young",
)  # fmt: skip
"""What names are made of too: words of every sentence, which a name must be copied with all the same."""
_ONSETS = (
    "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pr", "qu", "r",
    "s", "sch", "sh", "st", "t", "tr", "v", "w", "y", "z", "",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ei", "ou", "ö", "é", "ie", "oo")
_CODAS = ("", "", "", "", "n", "r", "l", "s", "m", "t", "ng", "ck", "sk", "x")


def coined_word(rng: random.Random) -> str:
    """Return a word of two or three syllables that no language need have."""
    return "".join(rng.choice(part) for _ in range(rng.choice((2, 2, 3))) for part in (_ONSETS, _VOWELS, _CODAS))


class Values:
    """Says values for the slots of a catalogue, from one side of the split."""

    def __init__(self, catalogue: Catalogue, split: Split) -> None:
        self._split = split
        self._lists: dict[tuple[int, str], tuple[str, ...]] = {}
        self._parts: tuple[str, ...] = ()
        self._slots = {
            slot.name: slot for skill in reversed(list(catalogue.skills.values())) for slot in skill.slots.values()
        }
        names = (
            name for slot in self._slots.values() for meant in slot.enum for name in (meant, *slot.names.get(meant, ()))
        )
        self._choice_words = tuple(dict.fromkeys(name.lower() for name in names if name.isalpha()))

    def slot(self, name: str) -> Slot | None:
        """Return the first slot of that name in the catalogue, for templates that borrow it."""
        return self._slots.get(name)

    def pool(self, slot: Slot, group: str = "") -> tuple[str, ...]:
        """Return the lexicon values of a slot on this side of the split."""
        key = (id(slot), group)
        if key not in self._lists:
            # A slot with a group "any" is drawn from it unless a template says otherwise.
            lines = slot.example_groups.get(group or "any", slot.examples)
            values = [value for line in lines for value in enumerate_all(line, self._list, LINE_LIMIT)]
            wanted = self._split == "eval"
            chosen = [value for value in dict.fromkeys(values) if in_eval(value) == wanted]
            self._lists[key] = tuple(chosen or values)
        return self._lists[key]

    def _made_up(self, rng: random.Random) -> str:
        """Return a name of one to three words of other names of this side: nobody can know it, only copy it."""
        if not self._parts:
            named = [slot for slot in self._slots.values() if slot.resolver in MADE_UP and not slot.enum]
            words = (word for slot in named for value in self.pool(slot) for word in value.split())
            self._parts = tuple(dict.fromkeys(word for word in words if word.isalpha() and len(word) > 2))
        if len(self._parts) < 3:
            return "nameless"
        kinds = rng.choices(("part", "everyday", "coined"), (5, 3, 2), k=rng.choice((1, 2, 2, 2, 3)))
        lists = {"part": self._parts, "everyday": _EVERYDAY_WORDS}
        chosen = [coined_word(rng) if kind == "coined" else rng.choice(lists[kind]) for kind in kinds]
        if len(chosen) > 1 and self._choice_words and rng.random() < CHOICE_IN_NAME:
            # "The Veggie Patch" is a name and no kind of food; "veggie" alone is no name.
            chosen[0] = rng.choice(self._choice_words)
        name = " ".join(chosen)
        # Where a name begins is the hard part: its first word is often one of every sentence.
        return f"{rng.choice(_FIRST_WORDS)} {name}" if rng.random() < 0.25 else name

    def _made_up_text(self, pool: Sequence[str], rng: random.Random) -> str:
        """Return words of other texts in any order: what is copied must be found by what stands around it."""
        count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6))
        return " ".join(rng.choice(rng.choice(pool).split()).strip("?!.,") for _ in range(count))

    def _list(self, name: str) -> tuple[str, ...]:
        slot = self._slots.get(name)
        if slot is None:
            raise ValueError(f"<{name}> names no slot with x-examples; it has {', '.join(self._slots)}")
        return tuple(value for line in slot.examples for value in enumerate_all(line, self._list, LINE_LIMIT))

    def name(self, slot: Slot, meant: str, rng: random.Random) -> Said:
        """Return a fixed choice by one of its names; where a slot has none, the words themselves ("all_lights")."""
        if not slot.enum:
            return Said(meant.replace("_", " "))
        return Said(rng.choice((meant.replace("_", " "), *slot.names.get(meant, ()))), meant=meant)

    def say(self, slot: Slot, rng: random.Random, group: str = "") -> Said:
        """Return a value for the slot as someone would say it."""
        if slot.enum:
            return self.name(slot, rng.choice(slot.enum), rng)
        generate = _GENERATORS.get(slot.resolver)
        if generate:
            return generate(slot, group, rng)
        pool = self.pool(slot, group)
        if not pool:
            return Said(f"some {slot.name.replace('_', ' ')}")
        words = rng.choice(pool)
        if self._split == "train":
            made_up = ""
            if slot.vary_words and rng.random() < MADE_UP_TEXTS:
                made_up = self._made_up_text(pool, rng)
            elif group in ("", "any") and rng.random() < MADE_UP.get(slot.resolver, 0.0):
                made_up = self._made_up(rng)
            if made_up and not in_eval(made_up):
                words = made_up
        if slot.whole or slot.vary_numbers:
            words = re.sub(r"\d+", lambda match: _another(match[0], rng), words)
        return Said(words)


def _another(digits: str, rng: random.Random) -> str:
    """Return another number of the same length: "24" says as much about its sentence as "37"."""
    low = 10 ** (len(digits) - 1) if len(digits) > 1 else 2
    return str(rng.randint(low, 10 ** len(digits) - 1))
