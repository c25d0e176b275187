"""Read a value that is one of several: a fixed choice, an offered option, a place, a plain text.

``match_options`` is the one matcher for options that a skill offers ("kichen lihgt", "the lamp", "the second one").
It would rather find nothing than the wrong thing: every word that says something must be found in the option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from agent.declaration import Slot
from agent.dialogue.resolvers.base import (
    Ambiguous,
    Resolution,
    ResolveContext,
    Resolved,
    Unresolved,
    message,
    normalise,
)
from agent.dialogue.resolvers.lexicon import EVERYTHING, LAST, OPTION_NOISE, OPTION_SYNONYMS, PLACE_SMALL_WORDS
from agent.dialogue.resolvers.words import correct, ordinal, read_number
from agent.types import Option

_WORD = re.compile(r"\d+|[^\W\d_]+(?:'s)?")
_ANY = re.compile(
    r"^(?:any|anything|any of (?:them|those)|any one|anyone|either|either one|whatever|whichever|no preference|"
    r"i don't (?:care|mind)|"
    r"doesn't matter|it doesn't matter|you (?:choose|pick|decide)|surprise me|"
    r"egal|ist (?:mir )?egal|irgendein\w*|such dir (?:eins|was) aus)$"
)


def resolve_text(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to the user's own words."""
    text = raw.strip().strip('"“”„').strip()
    return Resolved(text, text) if text else Unresolved(message(context.lang, "empty"))


_PLACE_PREFIX = re.compile(
    r"^(?:(?:in|at|near|around|for|to|from|of|over|nach|bei|für|aus)\s+)?(?:the (?:city|town) of\s+|der stadt\s+)?",
    re.IGNORECASE,
)  # fmt: skip
_PLACE_SUFFIX = re.compile(
    r"[\s,]+(?:please|right now|now|today|tonight|tomorrow|this weekend|bitte|heute|morgen)$", re.IGNORECASE
)


def resolve_place(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to a place name as it is written; "here" and "home" stay as they are."""
    text = re.sub(r"\s+", " ", raw).strip(" \t\n,;:!?.\"'")
    text = _PLACE_SUFFIX.sub("", text)
    text = _PLACE_PREFIX.sub("", text).strip(" ,")
    if not any(letter.isalpha() for letter in text):
        return Unresolved(message(context.lang, "empty"))
    if text.lower() in ("here", "home", "hier", "zuhause", "at home"):
        word = "here" if text.lower() in ("here", "hier") else "home"
        return Resolved(word, text.lower())
    if text == text.lower() or (text == text.upper() and len(text) > 4):
        words = re.split(r"([\s-])", text.lower())
        text = "".join(
            word if index and word in PLACE_SMALL_WORDS else word[:1].upper() + word[1:]
            for index, word in enumerate(words)
        )
        text = re.sub(r"^L'([a-z])", lambda match: "L'" + match[1].upper(), text)
    return Resolved(text, text)


def resolve_choice(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to one of the slot's enum values, said by value or by one of its names."""
    text = normalise(raw)
    said: dict[str, str] = {}
    for value in slot.enum:
        for name in (value, value.replace("_", " "), *slot.names.get(value, ())):
            said.setdefault(normalise(name), value)
    found = _choices_said(text, said)
    if not found:
        fixed = [correct(word, said) for word in [text, *_WORD.findall(text)]]
        found = list(dict.fromkeys(said[name] for name in fixed if name))
    if len(found) == 1:
        return Resolved(found[0], _choice_text(found[0], slot))
    if found:
        options = tuple(Option(value=value, text=_choice_text(value, slot)) for value in found)
        return Ambiguous(options, message(context.lang, "which"))
    choices = ", ".join(_choice_text(value, slot) for value in slot.enum[:8])
    return Unresolved(
        message(context.lang, "choice", raw=raw, choices=choices + (", ..." if len(slot.enum) > 8 else ""))
    )


def _choices_said(text: str, said: dict[str, str]) -> list[str]:
    """Values whose name is the whole text, or else stands in it as words (of two overlapping names the longer)."""
    if text in said:
        return [said[text]]
    rest, found = f" {text} ", []
    for name in sorted(said, key=len, reverse=True):
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", rest) if name else None
        if match:
            rest = rest[: match.start()] + " / " + rest[match.end() :]
            found.append((match.start(), said[name]))
    return list(dict.fromkeys(value for _, value in sorted(found)))


def _choice_text(value: str, slot: Slot) -> str:
    names = slot.names.get(value, ())
    return names[0] if names else value.replace("_", " ")


def match_options(raw: str, options: Sequence[Option], lang: str = "en") -> list[Option]:
    """Return the options that the words mean: one when they are clear, several when they fit several equally, none.

    Compared are an option's text, its other names (``also``) and, where its value is a string, the words in it
    ("light.kitchen"). "the second one", "the last" and "any" pick by position; write the best option first.
    """
    text = normalise(raw)
    if not options or not text:
        return []
    exact = [option for option in options if text in (normalise(option.text), normalise(str(option.value)))]
    if exact:
        return exact[:1]
    if _ANY.match(text):
        return [options[0]]
    forms = [_forms(option) for option in options]
    vocabulary = frozenset(word for each in forms for form in each for word in form)
    found = _match_words(_words(text), options, forms, vocabulary)
    if not found:
        renamed = [part for word in _words(text) for part in OPTION_SYNONYMS.get(word, word).split(" ")]
        found = _match_words(renamed, options, forms, vocabulary)
    return found or _by_position(text, options, lang)


def _match_words(
    every_word: list[str], options: Sequence[Option], forms: list[list[tuple[str, ...]]], vocabulary: frozenset[str]
) -> list[Option]:
    words = [word for word in every_word if word not in OPTION_NOISE or (word in vocabulary and len(every_word) == 1)]
    wanted: list[str] = []
    for word in words:
        known = word in vocabulary or word in EVERYTHING or _stem(word) in {_stem(each) for each in vocabulary}
        fixed = word if known else correct(word, vocabulary)
        if fixed is None:
            return []
        wanted.append(fixed)
    # "all the lights in the kitchen" may be called "Kitchen lights": "all" counts where a name has it.
    without = [word for word in wanted if word not in EVERYTHING]
    for attempt in (wanted, without):
        found = _best(attempt, options, forms, everything=len(without) < len(wanted)) if attempt else []
        if found:
            return found
    return []


def _best(
    wanted: list[str], options: Sequence[Option], forms: list[list[tuple[str, ...]]], *, everything: bool
) -> list[Option]:
    scores = [max((_score(wanted, form) for form in each), default=0.0) for each in forms]
    if max(scores) <= 0:
        # No single name holds all the words; together the names of one option may.
        forms = [[tuple(dict.fromkeys(word for form in each for word in form))] for each in forms]
        scores = [_score(wanted, each[0]) for each in forms]
    best = max(scores)
    if best <= 0:
        return []
    if best >= 0.95 or everything:
        return [option for score, option in zip(scores, options, strict=True) if score >= best - 0.02]
    # Short of a whole name the words fit every name they are part of: "the lamp" is any lamp, however long its name;
    # but not "All lamps", as long as something is called just so.
    exact = [any(set(wanted) <= set(form) for form in each) for each in forms]
    fitting = [score > 0 and (same or not any(exact)) for score, same in zip(scores, exact, strict=True)]
    return [option for fits, option in zip(fitting, options, strict=True) if fits]


def _by_position(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    words = _words(text)
    for word_lang in (lang, "en", "de"):
        for index, word in enumerate(words):
            rank = ordinal(word, word_lang)
            if rank is None and (len(words) == 1 or words[index - 1] in ("number", "nummer", "option", "no")):
                number = read_number([word], 0, word_lang)
                rank = int(number[0]) if number and number[0].denominator == 1 else None
            if rank is not None and 1 <= rank <= len(options):
                return [options[rank - 1]]
    return [options[-1]] if LAST & set(words) else []


def _words(text: str) -> list[str]:
    return [word.removesuffix("'s") for word in _WORD.findall(text)]


def _forms(option: Option) -> list[tuple[str, ...]]:
    value = option.value.replace(".", " ").replace("_", " ").replace("-", " ") if isinstance(option.value, str) else ""
    forms = [option.text, *option.also, value]
    return [words for form in forms if (words := _form(form))]


@lru_cache(maxsize=2048)
def _form(form: str) -> tuple[str, ...]:
    words = _words(normalise(form))
    return tuple(dict.fromkeys(word for word in words if word not in OPTION_NOISE)) or tuple(words)


@lru_cache(maxsize=2048)
def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _score(wanted: Iterable[str], form: tuple[str, ...]) -> float:
    """1 when the form has all the wanted words and no other, less for words left over or of another number, 0 else."""
    stems = {_stem(word) for word in form}
    total = 0.0
    wanted = list(dict.fromkeys(wanted))
    for word in wanted:
        if word in form:
            total += 1.0
        elif _stem(word) in stems:
            total += 0.9
        else:
            return 0.0
    return total / max(len(form), len(wanted))
