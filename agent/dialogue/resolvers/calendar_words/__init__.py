"""The words of days and clock times, one module a language: data for the rules beside this package, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from agent.dialogue.resolvers.calendar_words.de import GERMAN
from agent.dialogue.resolvers.calendar_words.en import ENGLISH
from agent.dialogue.resolvers.calendar_words.es import SPANISH
from agent.dialogue.resolvers.calendar_words.fr import FRENCH
from agent.dialogue.resolvers.calendar_words.shape import CalendarWords, SpanWords, word_set
from agent.dialogue.resolvers.calendar_words.zh import CHINESE

__all__ = ["CALENDARS", "CalendarWords", "SpanWords", "word_set"]

CALENDARS: Mapping[str, CalendarWords] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "zh": CHINESE,
}
