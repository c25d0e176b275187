"""Read what people say for a day: "tomorrow", "next thursday", "on the 3rd", "12/12", "in zwei Wochen", "下周三".

Words are first turned into a few symbols, with the word tables of one language at a time; ``date_rules`` then reads the
symbols of all languages. Knows days, not clock times.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from agent.dialogue.resolvers.base import (
    Ambiguous,
    Resolution,
    ResolveContext,
    Resolved,
    Unresolved,
    languages,
    message,
    normalise,
)
from agent.dialogue.resolvers.calendar_words import CALENDARS, CalendarWords
from agent.dialogue.resolvers.date_rules import Reading, read_days
from agent.dialogue.resolvers.days import NotInCalendarError
from agent.dialogue.resolvers.saying import date_text
from agent.dialogue.resolvers.segments import segment, walk
from agent.dialogue.resolvers.words import correct, ordinal, read_number, read_ordinal
from agent.types import Option

_TOKEN = re.compile(
    r"(?<![\d.])(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?!\d)"
    r"|(?<![\d./-])(?P<numeric>\d{1,2}(?P<sign>[./-])\d{1,2}(?:(?P=sign)(?:\d{4}|\d{2})?)?)(?![\d/-])"
    r"|(?P<nth>\d+\.)(?=\s|$)|(?P<glued>\d+[^\W\d_]+)|(?P<digits>\d+)|(?P<word>[^\W\d_]+(?:'s)?)"
)
_PLAIN_TOKEN = re.compile(r"^(\d+)(.*)$")
_FOLLOWING = re.compile(r"\b(W\d|week|month|year|weekend) (next|overnext|last|this)\b")


def resolve_date(raw: str, context: ResolveContext) -> Resolution:
    """Resolve to "YYYY-MM-DD"."""
    text = normalise(raw)
    # Words that one language knows as they stand come before words that are typing errors of the other.
    for fix_typos in (False, True):
        for lang in languages(context.lang):
            symbols = date_symbols(text, lang, fix_typos)
            if not fix_typos and "?" in symbols:
                continue
            try:
                found = read_days(symbols, reading_of(context))
            except NotInCalendarError:
                return Unresolved(message(context.lang, "no_such_day", raw=raw))
            if found is not None:
                return _answer(raw, found, context)
    day = None if context.lang in CALENDARS else _by_dateparser(text, context)
    return Unresolved(message(context.lang, "date", raw=raw)) if day is None else _answer(raw, [day], context)


def reading_of(context: ResolveContext) -> Reading:
    """Return what the symbols of this turn are read against."""
    today = context.now.date()
    try:
        previous = date.fromisoformat(context.previous.value) if context.previous else None
    except (TypeError, ValueError):
        previous = None
    words = CALENDARS.get(context.lang)
    return Reading(today, today, previous, words.month_first if words else None)


@lru_cache(maxsize=1024)
def date_symbols(text: str, lang: str, fix_typos: bool) -> str:
    """Return the symbols of normalised words, "?" for each word that the language does not know."""
    words = CALENDARS[lang]
    text = words.clock.sub(" ", words.level(text))
    for pattern, replacement in words.date_phrases:
        text = pattern.sub(replacement, text)
    tokens = _tokens(text, words)
    joined = " ".join(walk(len(tokens), lambda index: _symbol(tokens, index, lang, words, fix_typos)))
    if words.adjectives_follow:
        joined = _FOLLOWING.sub(r"\2 \1", joined)
    if not words.spaced:
        joined = re.sub(r"#(1[0-2]|[1-9]) moon", r"M\1", joined)
        joined = re.sub(r"#(\d+) nth", r"@\1", joined)
    return joined


def _tokens(text: str, words: CalendarWords) -> list[str]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["iso"]:
            tokens.append("I" + re.sub(r"[/.]", "-", token))
        elif match["numeric"]:
            tokens.append("N" + token)
        elif words.spaced and (match["glued"] is None or token in words.dates):
            tokens.append(token)
        elif words.spaced:
            # "3rd" is one word, "3dec" two.
            number = _PLAIN_TOKEN.match(token)
            known = number is None or any(ordinal(token, lang) is not None for lang in ("en", "fr", "es"))
            tokens += [token] if known or number is None else [number[1], number[2]]
        else:
            tokens += segment(token, words.date_vocabulary)
    return tokens


def _symbol(tokens: list[str], index: int, lang: str, words: CalendarWords, fix_typos: bool) -> tuple[str, int]:
    """Return the symbol ("" for none) of the word that begins at ``index``, and where the next one begins."""
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token[0] == "I":
        return token, index + 1
    if token[0] == "N":
        # "19.30" is a clock time.
        return (token if "." not in token or token.count(".") > 1 or int(token.split(".")[1]) <= 12 else "?"), index + 1
    if token in words.dates:
        return words.dates[token], index + 1
    rank = read_ordinal(tokens, index, lang)
    if rank is not None:
        return f"@{rank[0]}", rank[1]
    number = read_number(tokens, index, lang)
    if number is not None and number[0].denominator == 1:
        return f"#{number[0]}", number[1]
    if token in ("a", "an") and words.dates.get(following) == "couple":
        return "#2", index + 2
    if token in ("a", "an") and words.dates.get(following) in ("day", "night", "week", "fortnight", "month", "year"):
        return "#1", index + 1
    if token in words.date_fillers:
        return "", index + 1
    # Of four letters, too many other words are one slip away: "jane" from "june".
    fixed = correct(token, words.dates) if fix_typos and len(token) > 4 else None
    # "?" keeps a bare number from being a day: "two of us" is no date.
    return ("?" if fixed is None else words.dates[fixed]), index + 1


def _answer(raw: str, found: list[date], context: ResolveContext) -> Resolution:
    today = context.now.date()
    if not found:
        return Unresolved(message(context.lang, "not_a_day", raw=raw))
    if len(found) == 1:
        return Resolved(found[0].isoformat(), date_text(found[0], today, context.lang), past=found[0] < today)
    options = tuple(Option(value=day.isoformat(), text=date_text(day, today, context.lang)) for day in found)
    return Ambiguous(options, message(context.lang, "which_day"))


def _by_dateparser(text: str, context: ResolveContext) -> date | None:
    """What none of the rules reads, in a language without tables. Slow to import, so only here and only when needed."""
    import dateparser

    settings = {
        "RELATIVE_BASE": context.now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    try:
        parsed = dateparser.parse(text[:100], languages=[context.lang, "en"], settings=settings)
    except ValueError:
        # A language that dateparser has no data for.
        parsed = dateparser.parse(text[:100], languages=["en"], settings=settings)
    return parsed.date() if parsed else None
