"""Take an answer to a question with options: by position, by name, by a word that tells them apart, or by value.

    pick("the second one", "time", slot, context)     # the second of context.offered
    pick("evening", "time", slot, context)            # 8:00 pm of 8:00 am and 8:00 pm
    pick("nine", "time", slot, context)               # None: nothing offered is meant; the words are a new value

Knows the options, and through ``read`` what the words would mean without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from agent.declaration import Slot
from agent.dialogue.resolvers import lexicon
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved, normalise
from agent.dialogue.resolvers.calendar_words import CALENDARS, CalendarWords
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.options import bare_position, by_position, by_words, match_options
from agent.types import Option

_REMARK = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_VALUE_WORD = re.compile(r"\d+|[^\W\d_]+(?:'[a-z]+)?")
_MOMENT = re.compile(r"\d{2}:\d{2}|\d{4}-\d{2}-\d{2}")
_PLAIN_NUMBERS = frozenset({"count", "number", "percent", "temperature", "duration", "amount", "money"})
_DAYS = frozenset({"date", "date_range"})
_HALVES: dict[str, tuple[int, int]] = {
    "am": (0, 12), "morning": (4, 12), "lunch": (11, 15), "noon": (12, 13), "afternoon": (12, 18), "pm": (12, 24),
    "evening": (17, 24), "night": (18, 24),
}  # fmt: skip
"""From which hour to which a part of the day lasts, to tell offered times apart."""


def pick(
    raw: str, resolver: str, slot: Slot, context: ResolveContext, read: Callable[[str], Resolution]
) -> Resolution | None:
    """Return the option that is meant, a question where several are, or None when none is.

    Args:
        raw: the user's words.
        resolver: how the slot is read.
        slot: the slot.
        context: holds what was offered.
        read: reads words as a value of the slot, whatever was offered.
    """
    options, lang, text = context.offered, context.lang, normalise(raw)
    if not text:
        return None
    if lexicon.NEITHER.match(text):
        return Unresolved(message(lang, "neither"))
    if lexicon.ANY.match(text):
        return picked(options[0])
    names_a_day = resolver in _DAYS and bool(re.search(r"\d", text))
    by_place = [] if names_a_day else by_position(text, options, lang)
    found = by_place or _by_comparing(text, options, lang)
    if not found and resolver not in ("text", "place"):
        found = _by_value(read(raw), options)
    named = by_words(text, options, lang)
    if len(found) == 1 and len(named) > 1 and not by_place and not re.search(r"\d", text) and found[0] in named:
        # "friday" where two Fridays are offered.
        found = named
    found = found or _by_part_of_day(text, options, lang) or named or _exact(text, options)
    if names_a_day and not found:
        found = by_position(text, options, lang)
    if not found and (position := bare_position(text, options, lang)):
        return _number_or_position(raw, resolver, position[0], read, lang)
    if len(found) == 1:
        return picked(found[0])
    return Ambiguous(tuple(found), message(lang, "which")) if found else None


def picked(option: Option) -> Resolved:
    """Return an option as the value, said back without its remark: "Lotus (Chinese)" is "Lotus"."""
    return Resolved(option.value, _REMARK.sub("", option.text) or option.text)


def _exact(text: str, options: Sequence[Option]) -> list[Option]:
    return match_options(text, options) if text in {normalise(str(option.value)) for option in options} else []


def _by_value(reading: Resolution, options: Sequence[Option]) -> list[Option]:
    """Return the options whose values the words mean by themselves."""
    if isinstance(reading, Resolved):
        return [option for option in options if option.value == reading.value][:1]
    if isinstance(reading, Ambiguous):
        values = [option.value for option in reading.options]
        return [option for option in options if option.value in values]
    return []


def _by_comparing(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    """Read "the earlier one", "das günstigste"; of more than two only the extreme is clear."""
    ranked = _ranked(options)
    if ranked is None:
        return []
    clock = isinstance(options[0].value, str)
    lowest, highest = (lexicon.EARLIER, lexicon.LATER) if clock else (lexicon.SMALLER, lexicon.LARGER)
    for word_lang in ("zh",) if lang == "zh" else lexicon.tables(lang):
        if word_lang == "zh":
            bare = lexicon.OPTION_NOISE_ZH.sub("", text)
            bare = re.sub(r"一点|点|时间|[最更较比了]", "", bare)
            words = {bare} if bare else set()
            compared = words
        else:
            words = set(_VALUE_WORD.findall(text))
            noise = lexicon.option_noise(word_lang) | lexicon.POSITION_NOUNS[word_lang]
            compared = words - noise - lexicon.COMPARING.get(word_lang, frozenset())
        if len(compared) != 1 and not (word_lang == "es" and words & {"más", "menos"}):
            continue
        if compared and compared <= lowest.get(word_lang, frozenset()):
            return ranked[:1]
        if compared and compared <= highest.get(word_lang, frozenset()):
            return ranked[-1:]
    return []


def _ranked(options: Sequence[Option]) -> list[Option] | None:
    """Return options of comparable values from the least to the most; None for names."""
    ranks = [_rank(option.value) for option in options]
    if len(options) < 2 or any(rank is None for rank in ranks) or len({type(rank) for rank in ranks}) > 1:
        return None
    return [options[index] for index in sorted(range(len(options)), key=lambda index: ranks[index] or 0)]


def _rank(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("amount", value.get("value"))
        return float(value) if value is not None else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) and _MOMENT.fullmatch(value) else None


def _by_part_of_day(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    hours = [_hour(option.value) for option in options]
    if any(hour is None for hour in hours):
        return []
    for word_lang in dict.fromkeys((lang, "en")):
        first, end = _HALVES.get(_part_of_day(text, word_lang, CALENDARS.get(word_lang, CALENDARS["en"])), (0, 0))
        found = [
            option for hour, option in zip(hours, options, strict=True) if hour is not None and first <= hour < end
        ]
        if found:
            return found
    return []


def _part_of_day(text: str, lang: str, words: CalendarWords) -> str:
    """Return the part of the day that is said and nothing else, "" for none."""
    if not words.spaced:
        bare = lexicon.OPTION_NOISE_ZH.sub("", words.level(text))
        return words.times.get(bare, "")
    noise = lexicon.option_noise(lang) | words.time_fillers | lexicon.POSITION_NOUNS.get(lang, frozenset())
    text = words.level(text)
    for pattern, plainer in words.time_phrases:
        text = pattern.sub(plainer, text)
    tokens = _VALUE_WORD.findall(text)
    said = [word for word in tokens if words.times.get(word) in _HALVES or word not in noise]
    return words.times.get(said[0], "") if len(said) == 1 else ""


def _hour(value: Any) -> float | None:
    match = re.fullmatch(r"(\d{2}):(\d{2})", value) if isinstance(value, str) else None
    return int(match[1]) + int(match[2]) / 60 if match else None


def _number_or_position(
    raw: str, resolver: str, option: Option, read: Callable[[str], Resolution], lang: str
) -> Resolution:
    """A number alone picks by position; where the value is a number itself, it may be either."""
    own = read(raw) if resolver in _PLAIN_NUMBERS else None
    if not isinstance(own, Resolved | Ambiguous):
        return picked(option)
    values = own.options if isinstance(own, Ambiguous) else (Option(value=own.value, text=own.text),)
    return Ambiguous((option, *values), message(lang, "which"))
