"""CLINC150: what our skills can do, small talk, answers to open questions; the rest and its `oos` rows are refused.

The corpus has no slots, so places are found by patterns; a request that they do not explain is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.rows import Row
from agent.types import DialogueState
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, open_frame, understand
from training.tasks.own_common import (
    BOOKING,
    CUISINES,
    Filled,
    arithmetic,
    half_booking,
    request,
    some,
    summary,
    switch,
)
from training.tasks.own_translation import OFFERED
from training.tasks.patterns import DAY, NUMBER_WORD, PEOPLE, TIME, Place, with_noun

_CLINC_CHAT = {
    "greeting", "thank_you", "goodbye", "tell_joke", "fun_fact", "what_is_your_name", "are_you_a_bot",
    "how_old_are_you", "meaning_of_life", "what_are_your_hobbies", "where_are_you_from", "who_made_you",
    "do_you_have_pets", "who_do_you_work_for", "what_can_i_ask_you",
}  # fmt: skip
_CLINC_UNCLEAR = {
    "definition", "maybe", "change_language", "restaurant_suggestion", "user_name", "accept_reservations", "how_busy",
}  # fmt: skip
OTHER_LANGUAGES = (
    "italian", "dutch", "russian", "chinese", "mandarin", "japanese", "korean", "arabic", "latin",
    "portuguese", "swedish", "polish", "greek", "turkish", "hindi", "hebrew", "swahili", "vietnamese", "hawaiian",
    "danish", "norwegian", "finnish", "irish", "gaelic", "farsi", "thai", "mexican", "esperanto", "czech", "hungarian",
    "tagalog", "cantonese", "zulu", "welsh", "icelandic", "romanian", "ukrainian", "urdu", "punjabi", "brazilian",
    "canadian", "slang", "pig latin", "elvish", "persian", "afrikaans", "samoan", "creole", "bosnian", "croatian",
    "iceland", "korea", "france", "spain", "italy", "japan", "china", "mexico", "sweden", "russia", "vietnam", "brazil",
)  # fmt: skip
_FOREIGN = re.compile(rf"\b(?:{'|'.join(OTHER_LANGUAGES)})\b", re.IGNORECASE)
_SERVED = "|".join(OFFERED)
_TRANSLATE = (
    re.compile(rf"\btranslate (?P<text>.+?) (?:to|into|in) (?P<target>{_SERVED})\b"),
    re.compile(
        r"\bhow (?:do|does|would|can|could|should|might) (?:you|i|one|we|they|someone) say,? "
        rf"(?P<text>.+?),? in (?P<target>{_SERVED})\b"
    ),
    re.compile(rf"\bhow to say (?P<text>.+?) in (?P<target>{_SERVED})\b"),
    re.compile(rf"\bwhat(?:'s| is|s) (?P<target>{_SERVED}) for (?P<text>.+)$"),
    re.compile(rf"\bwhat(?:'s| is|s) the (?P<target>{_SERVED}) (?:word |phrase )?for (?P<text>.+)$"),
    re.compile(rf"\bwhat(?:'s| is|s) (?P<text>.+?) in (?P<target>{_SERVED})\b"),
    re.compile(rf"\b(?:say|tell me) (?P<text>.+?) in (?P<target>{_SERVED})\b"),
)
_WEATHER_PAST = re.compile(r"\b(?:last|record|yesterday|was|did|been|hometown|average|usually|normally|typical)\b")
_NOWHERE = {
    "my", "the", "this", "today", "tomorrow", "here", "outside", "a", "me", "our", "current", "town", "now", "next",
    "general", "area", "location", "city", "right", "it", "an", "upcoming", "your", "coming", "that", "rain", "rest",
    "tonight", "forecast", "weather", "temperature", "humidity", "chance", "looking", "day", "week", "how",
}  # fmt: skip
_WEATHER_PLACE = re.compile(
    r"\b(?:in|for|at|near|of|around) (?P<place>[a-z][a-z' ]*?)"
    r"(?=(?: (?:right now|currently|like|now|today|tonight|tomorrow|on|for|this|next|going|look|looking|at|please|be"
    r"|over|weather|forecast|is|area|the|will)\b.*)?$)"
)
_VENUE = re.compile(
    r"\b(?:at|from|with) (?:the )?(?P<venue>[a-z][a-z'’&. ]*?)(?=,|$| (?:for|at|under|on|tomorrow|tonight|today|around"
    r"|using|in|by|please|to|with|this|next|near|located|and|of|party|about|when|as)\b)"
)


_FOOD = re.compile(rf"\b(?:{'|'.join(CUISINES)})\b")


# Asking about the world is talk, wanting something done by another trade is refused; `oos` holds both.
_KNOWLEDGE = re.compile(r"^(?:what|what's|whats|who|who's|why|how|when|where|which|is|are|was|were|does|do|did|has)\b")
_OURSELVES = re.compile(r"\b(?:i|i'm|my|me|mine|you|your|we|our|us)\b")


def own_clinc(source: Source) -> Iterator[Row]:
    """CLINC150: what our skills can do, talk, answers to open questions; the rest and its `oos` rows are refused."""
    handlers: dict[str, Callable[[Source, str], Row | None]] = {
        "translate": _clinc_translate,
        "weather": _clinc_weather,
        "restaurant_reservation": _clinc_booking,
        "smart_home": _clinc_home,
        "calculator": arithmetic,
        "cancel_reservation": _clinc_cancel_booking,
        "confirm_reservation": _clinc_list,
        "yes": _yes,
        "no": _no,
        "repeat": _repeat,
        "cancel": _cancel,
    }
    for row in read_corpus(source.data, "clinc150", source.split, NluRow):
        if row.intent in handlers:
            yield from some(handlers[row.intent](source, row.text))
        elif row.intent in _CLINC_CHAT:
            yield from some(understand(source, row.text, ["say chat"], kind="chat"))
        elif row.intent in _CLINC_UNCLEAR:
            source.dropped["clinc: could be read either way"] += 1
        elif row.intent == "oos" and _KNOWLEDGE.search(row.text) and not _OURSELVES.search(row.text):
            source.dropped["clinc: a question about the world, which talk may answer"] += 1
        elif row.intent == "oos" or source.keep(0.3):
            yield from some(understand(source, row.text, ["refuse"], kind="out_of_scope"))


def _clinc_translate(source: Source, text: str) -> Row | None:
    if _FOREIGN.search(text):
        return understand(source, text, ["refuse"], kind="out_of_scope")
    for pattern in _TRANSLATE:
        match = pattern.search(text)
        if match:
            start, end = match.span("text")
            for lead in ("the equivalent of", "how i would say", "the word ", "the phrase ", "the sentence "):
                if text[start:end].startswith(lead):
                    start += len(lead)
            while start < end and text[start] in " ,:\"'“”":
                start += 1
            while end > start and text[end - 1] in " ,:\"'“”?.":
                end -= 1
            target = Filled("target", match.span("target"), match.group("target"))
            return request(source, text, "translation.translate", [Filled("text", (start, end)), target])
    source.dropped["clinc: no clear text or language to translate"] += 1
    return None


def _clinc_weather(source: Source, text: str) -> Row | None:
    if _WEATHER_PAST.search(text):
        source.dropped["clinc: weather of the past or of books"] += 1
        return None
    sets: list[Filled] = []
    days = list(DAY.finditer(text))
    if len(days) > 1:
        source.dropped["clinc: two days"] += 1
        return None
    rest = text
    for day in days:
        sets.append(Filled("day", day.span()))
        rest = text[: day.start()].rstrip()
        rest = re.sub(r" (?:on|for)$", "", rest)
        if not rest.strip() or day.start() < len(text) // 2:
            rest = text
    places = [match for match in _WEATHER_PLACE.finditer(rest) if match.group("place").split()[0] not in _NOWHERE]
    if len(places) == 1 and not DAY.search(places[0].group("place")):
        sets.append(Filled("place", places[0].span("place")))
    elif places or not re.fullmatch(_PLACELESS, text):
        source.dropped["clinc: no clear place"] += 1
        return None
    return request(source, text, "weather.forecast", sets)


# Words of a weather question that name no place: a question of these words alone has none.
_PLACELESS = (
    r"(?:\b(?:what|what's|whats|how|how's|is|the|weather|like|right|now|today|tonight|tomorrow|this|week|weekend|will|it|be"
    r"|rain|raining|snow|snowing|sunny|hot|cold|going|to|me|tell|about|forecast|for|outside|can|you|please|need|an|umbrella"
    r"|do|i|a|chance|of|on|temperature|temp|give|current|currently|here|my|area|in|next|check|current|conditions|are|there"
    r"|look|looking|does|should|wear|jacket|coat|bring|warm|windy|humid|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|morning|afternoon|evening|rest|day|any|storms|at|moment|out|report|supposed|get)\b[ ,?]*)+"
)


def _clinc_booking(source: Source, text: str) -> Row | None:
    sets: list[Filled] = []
    taken: list[Place] = []

    def free(place: Place) -> bool:
        return all(place[1] <= start or end <= place[0] for start, end in taken)

    for slot, pattern, group in (("time", TIME, 0), ("day", DAY, 0), ("people", PEOPLE, 1)):
        found = [match.span(group) for match in pattern.finditer(text) if free(match.span(group))]
        if len(found) > 1:
            source.dropped["clinc: a booking with a slot twice"] += 1
            return None
        sets += [Filled(slot, with_noun(text, *place) if slot == "people" else place) for place in found]
        taken += [item.place for item in sets if item.slot == slot]
    venues = [match for match in _VENUE.finditer(text) if match.group("venue").split()[0] not in ("a", "my", "dinner")]
    venues = [
        match for match in venues if free(match.span("venue")) and not re.match(NUMBER_WORD, match.group("venue"))
    ]
    if len(venues) > 1:
        source.dropped["clinc: a booking with two venues"] += 1
        return None
    sets += [Filled("venue", match.span("venue")) for match in venues]
    taken += [match.span("venue") for match in venues]
    left = "".join(char for at, char in enumerate(text) if free((at, at + 1)))
    if re.search(rf"\d|\b(?:{NUMBER_WORD})\b", left):
        source.dropped["clinc: a booking with a number that is not understood"] += 1
        return None
    foods = [match for match in _FOOD.finditer(text) if free(match.span())]
    sets += [Filled("cuisine", foods[0].span(), CUISINES[foods[0].group()])] if len(foods) == 1 else []
    return request(source, text, BOOKING, sets)


def _clinc_home(source: Source, text: str) -> Row | None:
    match = re.search(
        r"\b(?:temperature|temp|thermostat|ac|heat)(?: up| down)? (?:to|at|on) (?P<value>\d\d(?: degrees)?)\b", text
    )
    if match and re.search(r"\b(?:set|put|turn|change|make|adjust|raise|lower|get)\b", text):
        return request(source, text, "smart_home.set_temperature", [Filled("temperature", match.span("value"))])
    return switch(source, text)


def _clinc_cancel_booking(source: Source, text: str) -> Row | None:
    if re.search(r"\bflight|hotel|car\b", text):
        source.dropped["clinc: another kind of reservation"] += 1
        return None
    return understand(source, text, ["start booking.cancel"])


def _clinc_list(source: Source, text: str) -> Row | None:
    if not re.search(r"\b(?:do i have|have i got|did i|is there|are there|check|verify|see if|sure)\b", text):
        source.dropped["clinc: asks a restaurant to confirm"] += 1
        return None
    return understand(source, text, ["start booking.list"])


def _yes(source: Source, text: str) -> Row | None:
    return understand(source, text, ["confirm"], state=summary(source), kind="yes_no")


def _no(source: Source, text: str) -> Row | None:
    return understand(source, text, ["deny"], state=summary(source), kind="yes_no")


def _repeat(source: Source, text: str) -> Row | None:
    state = half_booking(source) if source.keep(0.5) else DialogueState(turns=1, last_reply="It will be sunny.")
    return understand(source, text, ["repeat"], state=state, kind="repeat")


def _cancel(source: Source, text: str) -> Row | None:
    if re.search(r"\b(?:quiet|sh+|talk\w*|speak\w*|say|hush|silen\w*|mouth)\b", text):
        source.dropped["clinc: be quiet"] += 1
        return None
    state = half_booking(source) if source.keep(0.7) else open_frame("weather.forecast", ask="place")
    return understand(source, text, ["cancel"], state=state, kind="cancel")
