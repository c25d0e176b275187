"""Read a value that is one of several, and what is kept as it was said: a fixed choice, a place, a plain text."""

from __future__ import annotations

import re

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved, normalise
from agent.dialogue.resolvers.lexicon import PLACE_SMALL_WORDS
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.words import correct
from agent.types import Option

_WORD = re.compile(r"\d+|[^\W\d_]+(?:'s)?")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def resolve_text(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to the user's own words."""
    text = raw.strip().strip('"“”„').strip()
    return Resolved(text, text) if text else Unresolved(message(context.lang, "empty"))


_PLACE_PREFIX = re.compile(
    r"^(?:(?:in|at|near|around|for|to|from|of|over|nach|bei|für|aus)\s+)?(?:the (?:city|town) of\s+|der stadt\s+)?",
    re.IGNORECASE,
)  # fmt: skip
_OTHER_PREFIXES = {
    "fr": re.compile(
        r"^(?:(?:à|a|au|aux|en|vers|pour|depuis|près de|autour de)\s+)?(?:la ville de\s+)?", re.IGNORECASE
    ),
    "es": re.compile(r"^(?:(?:a|en|para|hacia|desde|de|cerca de)\s+)?(?:la ciudad de\s+)?", re.IGNORECASE),
    "zh": re.compile(r"^(?:我?(?:在|去|想去|要去))"),
}
_PLACE_SUFFIX = re.compile(
    r"[\s,]+(?:please|right now|now|today|tonight|tomorrow|this weekend|bitte|heute|morgen|s'il (?:te|vous) pla[iî]t|"
    r"aujourd'hui|demain|por favor|hoy|mañana)$|(?:今天|明天|吧)$",
    re.IGNORECASE,
)
_HERE = frozenset(("here", "hier", "ici", "aquí", "aqui", "acá", "这里", "这儿", "这边"))
_HOME = frozenset(
    ("home", "at home", "zuhause", "zu hause", "daheim", "chez moi", "maison", "à la maison", "la maison", "casa",
     "mi casa", "家", "家里", "我家")
)  # fmt: skip


def resolve_place(raw: str, slot: Slot, context: ResolveContext) -> Resolution:
    """Resolve to a place name as it is written; "here" and "home" stay as they are."""
    text = re.sub(r"\s+", " ", raw).strip(" \t\n,;:!?.\"'")
    text = _PLACE_SUFFIX.sub("", text)
    prefix = _OTHER_PREFIXES.get(context.lang, _PLACE_PREFIX)
    text = prefix.sub("", text).strip(" ,") if text.lower() not in _HERE | _HOME else text
    if not any(letter.isalpha() for letter in text):
        return Unresolved(message(context.lang, "empty"))
    if text.lower() in _HERE | _HOME:
        return Resolved("here" if text.lower() in _HERE else "home", text.lower())
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
        # Chinese words stand side by side.
        edges = ("", "") if _HAN.search(name) else (r"(?<!\w)", r"(?!\w)")
        match = re.search(edges[0] + re.escape(name) + edges[1], rest) if name else None
        if match:
            rest = rest[: match.start()] + " / " + rest[match.end() :]
            found.append((match.start(), said[name]))
    return list(dict.fromkeys(value for _, value in sorted(found)))


def _choice_text(value: str, slot: Slot) -> str:
    names = slot.names.get(value, ())
    return names[0] if names else value.replace("_", " ")
