"""Read how many people or things: "the two of us", "me and my wife", "zu viert", "somos cuatro", "我们三个人".

Adds up what is named, and says nothing where a number is missing ("my family").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from agent.declaration import Slot
from agent.dialogue.resolvers import people_words as known
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved, languages
from agent.dialogue.resolvers.chinese import with_digits
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.quantities import limited
from agent.dialogue.resolvers.quantity_items import plain
from agent.dialogue.resolvers.quantity_words import GLUE
from agent.dialogue.resolvers.words import correct_number, read_number
from agent.types import Option

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[a-z]+)?")
_FIGURES_RANGE = re.compile(r"^\D*?(\d+) ?[-~到至] ?(\d+)\b")
_MAX_RANGE = 5
"""Wider ranges are asked about by their ends."""


def resolve_count(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to an int: how many people or things."""
    text = known.COUNTED_IN.sub("", plain(raw)).strip(" ,")
    if known.NEGATIVE.match(text):
        return Unresolved(message(context.lang, "count", raw=raw))
    for lang in languages(context.lang):
        counts = _readings(text, lang)
        answers = [limited(count, slot, context, whole=True, raw=raw) for count in counts]
        fitting = [answer for answer in answers if isinstance(answer, Resolved)]
        if len(fitting) > 1:
            options = tuple(Option(value=answer.value, text=answer.text) for answer in fitting)
            return Ambiguous(options, message(context.lang, "which_number"))
        if answers:
            return fitting[0] if fitting else answers[0]
    return Unresolved(message(context.lang, "count", raw=raw))


def _readings(text: str, lang: str) -> list[Fraction]:
    """Return the counts that the words may mean, the least first; none when they say no count."""
    if lang == "zh":
        text = with_digits(known.GROUPED_ZH.sub(lambda match: {"俩": "两个", "仨": "三个"}[match[0]], text))
    elif known.ALONE[lang].search(text):
        return [Fraction(1)]
    ends = _FIGURES_RANGE.match(text) or GLUE[lang].between.search(text)
    if ends:
        low, high = (_count(end, lang) for end in ends.groups())
        if low is not None and high is not None and low < high:
            steps = int(high - low)
            return [low + step for step in range(steps + 1)] if steps < _MAX_RANGE else [low, high]
    counts = [_count(part, lang) for part in known.OR[lang].split(text) if part.strip(" ,") or lang == "zh"]
    said = [count for count in counts if count is not None]
    if lang != "zh" and len(said) == 1 and _leaves_oneself_out(text, lang):
        # "With my wife" is two, "for my wife" is one: better asked than one too few.
        return [said[0], said[0] + 1]
    # Of "five or so" the first part says it; "five or maybe six" are two.
    return sorted(set(said))


def _leaves_oneself_out(text: str, lang: str) -> bool:
    """Whether nobody but people of one's own is named, and no number: "my wife and my son"."""
    tokens = _TOKEN.findall(text)
    words = set(tokens)
    return bool(words & known.OF_ONES_OWN[lang]) and not words & known.SELF[lang] and not _numbers(tokens, lang)


def _count(text: str, lang: str) -> Fraction | None:
    """Add up the parts of "two adults and a baby"; None when a part says no number."""
    if lang == "zh":
        return _count_chinese(text)
    tokens = _TOKEN.findall(text)
    number = read_number(tokens, 0, lang)
    if number and number[1] == len(tokens):
        # "a hundred and five" holds an "and" that joins a number.
        return number[0]
    total: Fraction | None = None
    for part in known.AND[lang].split(text):
        words = _TOKEN.findall(part)
        if not words:
            continue
        count = Fraction(0) if known.NONE[lang].match(part.strip()) else _part(words, lang)
        if count is None or (known.VAGUE[lang].search(part) and not _first_number(words, lang)):
            return None
        total = (total or Fraction(0)) + count
    return total


def _part(tokens: Sequence[str], lang: str) -> Fraction | None:
    words = set(tokens)
    if lang == "de" and "zu" in words:
        group = next((known.GERMAN_GROUPS[word] for word in tokens if word in known.GERMAN_GROUPS), None)
        if group is not None:
            return Fraction(group)
    if lang == "de" and "ein" in words and "paar" in words:
        return None
    if words & known.TWO_PEOPLE[lang]:
        return Fraction(2)
    numbers = _numbers(tokens, lang)
    people = known.ONE_PERSON[lang] | known.MORE_PEOPLE[lang]
    of_people = [number for number in numbers if number.noun in people]
    if of_people:
        # "2 adults 1 child", "one table for four people".
        return sum((number.value for number in of_people), Fraction(0))
    if numbers:
        return next((number.value for number in numbers if number.before in known.FOR[lang]), numbers[0].value)
    fixed = _fixed_number(tokens, lang)
    if fixed is not None:
        return fixed
    possessed = bool(words & known.POSSESSIVES[lang]) and bool(words & known.ONE_PERSON[lang])
    if possessed or words & known.SELF[lang] or (len(tokens) == 1 and words & known.ONE_PERSON[lang]):
        return Fraction(1)
    return None


class _Number(NamedTuple):
    value: Fraction
    before: str
    # The word before it.
    noun: str
    # The word after it.


def _numbers(tokens: Sequence[str], lang: str) -> list[_Number]:
    """Return the numbers in the words. German "eine" is a number and an article: both mean one here."""
    numbers: list[_Number] = []
    index = 0
    while index < len(tokens):
        number = read_number(tokens, index, lang)
        if number is None:
            index += 1
            continue
        before = tokens[index - 1] if index else ""
        index = number[1]
        after = tokens[index] if index < len(tokens) else ""
        if after not in known.CLOCK:
            numbers.append(_Number(number[0], before, after))
    return numbers


def _first_number(tokens: Sequence[str], lang: str) -> bool:
    return bool(_numbers(tokens, lang))


def _fixed_number(tokens: Sequence[str], lang: str) -> Fraction | None:
    names = known.ONE_PERSON[lang] | known.MORE_PEOPLE[lang] | known.SELF[lang] | known.POSSESSIVES[lang]
    for token in tokens:
        number = None if token in names else correct_number(token, lang)
        if number is not None:
            return number
    return None


def _count_chinese(text: str) -> Fraction | None:
    text = text.replace(" ", "")
    if not text or known.VAGUE_ZH.search(text):
        return None
    if re.search(r"半打|打", text) and (pack := re.match(r"^(半|\d+)?打", text)):
        return Fraction(6) if pack[1] == "半" else Fraction(12 * int(pack[1] or 1))
    if re.fullmatch(r"没有人?|无|不带", text):
        return Fraction(0)
    if known.ALONE_ZH.fullmatch(text):
        return Fraction(1)
    total: Fraction | None = None
    for part in known.AND_ZH.split(text):
        count = _chinese_part(part) if part else Fraction(0)
        if count is None:
            return None
        total = (total or Fraction(0)) + count
    return total or None


def _chinese_part(part: str) -> Fraction | None:
    numbers = [int(match[1]) for match in known.PEOPLE_ZH.finditer(part)]
    if re.search(r"\d\.\d", part):
        return None
    if re.search(r"1家|全家", part) and numbers:
        return Fraction(numbers[-1])
    if numbers:
        couples = 2 if re.search(r"\d对", part) else 1
        return Fraction(sum(numbers) * couples)
    if known.TWO_PEOPLE_ZH.search(part):
        return Fraction(2)
    return Fraction(1) if known.ONE_PERSON_ZH.search(part) or known.SELF_ZH.search(part) else None
