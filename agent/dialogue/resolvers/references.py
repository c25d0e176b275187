"""Follow words that point back: "the same time", "that hotel", "there", "as last time", "zur selben Zeit", "那里".

    refer("same day", "date", slot, context)      # the newest day of context.mentioned
    refer("friday", "date", slot, context)        # None: it points nowhere

Strict: the whole text must point back. "the theatre there" is a place of its own. Knows what was mentioned, by the way
it was read and by the name of its slot, and nothing of skills.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.declaration import Slot
from agent.dialogue.resolvers import reference_words as known
from agent.dialogue.resolvers.base import Ambiguous, Resolution, ResolveContext, Resolved, Unresolved, normalise
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.number_words import fold
from agent.dialogue.resolvers.words import correct
from agent.types import Mention, Option

_FILLERS = {
    "en": re.compile(
        r"^(?:please |ok |okay |well |let's say |make it |just )+|(?:,? (?:please|thanks|then|instead))+$"
    ),
    "de": re.compile(r"^(?:bitte |ok |okay |dann |gerne )+|(?:,? (?:bitte|danke|gerne))+$"),
    "fr": re.compile(r"^(?:alors |ok |bon )+|(?:,? (?:s'il (?:te|vous) plaît|stp|svp|merci))+$"),
    "es": re.compile(r"^(?:pues |vale |ok )+|(?:,? (?:por favor|gracias))+$"),
    "zh": re.compile(r"^(?:请|好的?|那就)[,，]?|[,，]?(?:谢谢|吧|好了)$"),
}
_LATER_WORDS = re.compile(r" (?:tomorrow|today|tonight|on \w+day|next \w+|am \w+tag|morgen|demain|mañana)$")


def refer(raw: str, resolver: str, slot: Slot, context: ResolveContext) -> Resolution | None:
    """Return the value that the words point back to, or None when they do not point back.

    Args:
        raw: the user's words.
        resolver: how the slot is read; plain text never points back.
        slot: the slot that is filled.
        context: holds what was mentioned.
    """
    kind = known.KINDS.get(resolver)
    if kind is None:
        return None
    # Words of two languages that look alike ("the", "la") would point wrongly: English only helps where nothing does.
    for lang in dict.fromkeys((context.lang if context.lang in known.WORDS else "en", "en")):
        text = normalise(raw)
        text = _FILLERS[lang].sub("", text)
        if resolver == "time":
            # "the same time tomorrow": the day is another slot's.
            text = _LATER_WORDS.sub("", text)
        found = _pointed_at(text, kind, resolver, slot, context.mentioned, lang)
        if found is not None:
            return _answer(found, raw, context)
    return None


def _pointed_at(
    text: str, kind: str, resolver: str, slot: Slot, mentioned: Sequence[Mention], lang: str
) -> list[Mention] | None:
    """Return what is pointed at, several where they fit equally, none where nothing fits; None for other words."""
    of_kind = [mention for mention in mentioned if _same_kind(mention, kind, resolver, slot)]
    if known.AS_BEFORE[lang].match(text):
        return _newest(of_kind, slot)
    if known.POINTING[lang][kind].match(text):
        if kind == "place":
            of_kind = [each for each in of_kind if not known.STARTS & set(each.slot.split("_"))] or of_kind
        return _newest(of_kind, slot)
    same = known.SAME[lang].match(text)
    if same:
        noun = fold((same["noun"] or "").strip())
        if not noun or noun in _names_of(kind, lang) or _is_called(slot.name, noun):
            return _newest(of_kind, slot)
    that = known.THAT[lang].match(text) if kind in ("place", "one") else None
    if that is None:
        # "this friday" is a day by itself, and no mention of one.
        return None
    return _thing(that, slot, of_kind, mentioned, lang)


def _thing(
    that: re.Match[str], slot: Slot, of_kind: Sequence[Mention], mentioned: Sequence[Mention], lang: str
) -> list[Mention] | None:
    """Return what "that hotel" points at: by the slot's name, or by a word of the value ("the Aurora hotel")."""
    noun = that["noun"].strip()
    mild = that["how"] in known.MILD and not that["before"]
    by_name = [mention for mention in of_kind if _is_called(mention.slot, noun)]
    words = set(map(fold, re.findall(r"\w+", noun)))
    # "the Aurora" is a value of the slot itself; "the kitchen" need not be what was called so for another.
    named = [each for each in of_kind if not mild or each.slot == slot.name]
    by_value = [each for each in named if words and words <= set(map(fold, _words_of(each)))]
    if by_name or by_value:
        return _newest(by_name, slot) or _newest(by_value, slot)
    names = {fold(name) for other in mentioned for name in _names(other.slot)} | {
        fold(name) for name in _names(slot.name)
    }
    is_noun = fold(noun) in names or fold(noun) in _ALL_NOUNS or (lang != "zh" and correct(noun, names))
    return [] if is_noun and not mild else None


def _same_kind(mention: Mention, kind: str, resolver: str, slot: Slot) -> bool:
    if kind == "one":
        # A choice fills only slots of its own name, or is named by its noun ("that hotel").
        return mention.resolver in ("choice", "language", "text") or mention.slot == slot.name
    if kind == "number":
        # Four people are no four degrees.
        return mention.resolver == resolver
    return known.KINDS.get(mention.resolver) == kind and mention.resolver == resolver


def _newest(mentions: Sequence[Mention], slot: Slot) -> list[Mention]:
    """Return the newest value of the slot itself, else of each other slot."""
    own = [mention for mention in mentions if mention.slot == slot.name]
    if own:
        return own[:1]
    newest: dict[str, Mention] = {}
    for mention in mentions:
        newest.setdefault(mention.slot, mention)
    return list({str(mention.value.value): mention for mention in newest.values()}.values())


def _answer(found: Sequence[Mention], raw: str, context: ResolveContext) -> Resolution:
    if not found:
        return Unresolved(message(context.lang, "nothing_before", raw=raw))
    if len(found) == 1:
        return Resolved(found[0].value.value, found[0].value.text)
    options = tuple(Option(value=each.value.value, text=each.value.text) for each in found)
    return Ambiguous(options, message(context.lang, "which_before"))


def _names_of(kind: str, lang: str) -> frozenset[str]:
    words = known.WORDS[lang][kind]
    return frozenset(map(fold, words.split())) | (
        {fold("number of people")} if kind == "number" and lang == "en" else frozenset()
    )


def _is_called(slot_name: str, noun: str) -> bool:
    return fold(noun) in {fold(name) for name in _names(slot_name)}


def _names(slot_name: str) -> list[str]:
    words = slot_name.lower().split("_")
    return [" ".join(words), *words, *(name for word in words for name in known.NOUNS.get(word, "").split())]


def _words_of(mention: Mention) -> list[str]:
    return re.findall(r"\w+", f"{mention.value.text} {mention.value.value}".lower())


_ALL_NOUNS = frozenset(fold(name) for names in known.NOUNS.values() for name in names.split())
