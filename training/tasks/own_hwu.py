"""HWU64: its weather, lights, plugs and sums as ours; small talk is talk, its forty other intents are out of scope."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row
from training.corpora import NluRow, read_corpus
from training.tasks.common import Source, understand
from training.tasks.own_common import Filled, arithmetic, dim, merged, request, some, switch
from training.tasks.patterns import without_preposition

_HWU_CHAT = {"general_joke", "general_praise", "general_quirky"}
_HWU_OTHER = {
    "alarm_query", "alarm_remove", "alarm_set", "audio_volume_down", "audio_volume_mute", "audio_volume_up",
    "calendar_query", "calendar_remove", "calendar_set", "cooking_recipe", "datetime_convert", "datetime_query",
    "email_addcontact", "email_query", "email_querycontact", "email_sendemail", "lists_createoradd", "lists_query",
    "lists_remove", "music_likeness", "music_query", "music_settings", "news_query", "play_audiobook", "play_game",
    "play_music", "play_podcasts", "play_radio", "qa_currency", "qa_stock", "recommendation_events",
    "recommendation_movies", "social_post", "social_query", "takeaway_order", "takeaway_query", "transport_query",
    "transport_taxi", "transport_ticket", "transport_traffic",
}  # fmt: skip
# Asked of a person rather than of a machine that knows facts: what small talk can answer.
_TO_YOU = re.compile(
    r"^(?!can\b|could\b|would\b|let me|tell me more|do\b(?! you)).*\b(?:you|your|i|i'm)\b"
    r"(?!.*\b(?:laundry|credit card|data)\b)",
    re.IGNORECASE,
)


def own_hwu(source: Source) -> Iterator[Row]:
    """Weather, lights, plugs and sums of HWU64; talk is talk, its forty other intents are out of scope."""
    for row in read_corpus(source.data, "hwu64", source.split, NluRow):
        if row.intent == "weather_query":
            yield from some(_hwu_weather(source, row))
        elif row.intent in ("iot_hue_lighton", "iot_hue_lightoff", "iot_wemo_on", "iot_wemo_off"):
            yield from some(switch(source, row.text))
        elif row.intent in ("iot_hue_lightdim", "iot_hue_lightup"):
            yield from some(dim(source, row.text))
        elif row.intent == "qa_maths":
            yield from some(arithmetic(source, row.text))
        elif row.intent in _HWU_CHAT:
            if row.intent == "general_quirky" and (not _TO_YOU.search(row.text) or row.slots):
                source.dropped["hwu: quirky, but not talk"] += 1
                continue
            yield from some(understand(source, row.text, ["say chat"], kind="chat"))
        elif row.intent in _HWU_OTHER:
            if source.keep(0.35):
                yield from some(understand(source, row.text, ["refuse"], kind="out_of_scope"))
        else:
            source.dropped["hwu: could be read either way"] += 1


def _hwu_weather(source: Source, row: NluRow) -> Row | None:
    places = merged(row, ("place_name",))
    dates = [(start, end) for name, start, end in row.spans if name == "date"]
    parts = [(start, end) for name, start, end in row.spans if name == "timeofday"]
    if len(places) > 1 or len(dates) > 1 or len(parts) > 1:
        source.dropped["hwu: two places or two days"] += 1
        return None
    sets: list[Filled] = [Filled("place", place) for place in places]
    for start, end in dates or parts:
        if row.text[start:end].lower().endswith("'s"):
            end -= 2
        if row.text[start:end].lower() in ("morning", "afternoon", "evening", "night"):
            continue
        sets.append(Filled("day", without_preposition(row.text, start, end)))
    return request(source, row.text, "weather.forecast", sets)
