"""Numbers, people, measures, money, choices and references as people say them: golden/measures.*.tsv.

A row is: resolver, phrase, what it means ("? a | b" for a question, "-" for words that cannot be read), and what was
offered or said before (see ``offered`` and MENTIONED). The clock stands at Tuesday 24 November 2026, 10:00 in Berlin,
for Chinese in Shanghai.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.declaration import Slot
from agent.dialogue.resolvers import (
    Ambiguous,
    ResolveContext,
    Resolved,
    Unresolved,
    date_text,
    resolve,
    time_text,
)
from agent.types import Mention, Option, SlotValue

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
NOW_IN_CHINA = NOW.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("en", "de", "fr", "es", "zh")
CUISINES = {
    "en": ("Italian", "Chinese", "French"),
    "de": ("italienisch", "chinesisch", "französisch"),
    "fr": ("italien", "chinois", "français"),
    "es": ("italiano", "chino", "francés"),
    "zh": ("意大利菜", "中国菜", "法国菜"),
}


def said(slot: str, resolver: str, value: Any) -> Mention:
    return Mention(slot=slot, resolver=resolver, value=SlotValue(raw=str(value), value=value, text=str(value)))


MENTIONED = {
    "trip": (
        said("time", "time", "19:30"),
        said("date", "date", "2026-12-04"),
        said("city", "place", "Lisbon"),
        said("hotel", "choice", "Hotel Aurora"),
        said("people", "count", 4),
    ),
    "two_cities": (said("city", "place", "Lisbon"), said("destination", "place", "Porto")),
    "two_times": (said("departure_time", "time", "08:00"), said("return_time", "time", "18:00")),
}


@cache
def offered(name: str, lang: str) -> tuple[Option, ...]:
    times = {"am_pm": ((8, 0), (20, 0)), "times": ((19, 0), (19, 30), (20, 0))}
    if name in times:
        return tuple(Option(value=f"{h:02d}:{m:02d}", text=time_text(h, m, lang)) for h, m in times[name])
    if name == "fridays":
        days = (date(2026, 11, 27), date(2026, 12, 4))
        return tuple(Option(value=str(day), text=date_text(day, NOW.date(), lang)) for day in days)
    if name == "restaurants":
        names = (("trattoria", "Trattoria Da Mario"), ("lotus", "Golden Lotus"), ("brasserie", "Brasserie Lipp"))
        cuisines = CUISINES[lang]
        return tuple(
            Option(value=value, text=f"{text} ({cuisine})")
            for (value, text), cuisine in zip(names, cuisines, strict=True)
        )
    return (Option(value=6, text="6"), Option(value=7, text="7")) if name == "six_or_seven" else ()


def meaning(kind: str, phrase: str, lang: str, before: str = "") -> str:
    slot = Slot({"place": "place", "choice": "hotel" if before == "trip" else "restaurant"}.get(kind, "x"))
    if before == "trip" and kind in ("time", "date"):
        slot = Slot(kind)
    context = ResolveContext(
        NOW_IN_CHINA if lang == "zh" else NOW, lang, offered=offered(before, lang), mentioned=MENTIONED.get(before, ())
    )
    match resolve(kind, phrase, slot, context):
        case Resolved(value=value):
            return shown(value)
        case Ambiguous(options=options, question=question):
            assert question
            return "? " + " | ".join(shown(option.value) for option in options)
        case Unresolved(reason=reason):
            assert reason
            return "-"


def shown(value: Any) -> str:
    return " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def rows() -> list[Any]:
    found = []
    for path in sorted(GOLDEN.glob("measures*.tsv")):
        lang = path.suffixes[0].removeprefix(".")
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                kind, phrase, value, *before = line.split("\t")
                found.append(pytest.param(lang, kind, phrase, value, *(before or [""]), id=f"{lang}-{kind}-{phrase}"))
    return found


@pytest.mark.parametrize(("lang", "kind", "phrase", "value", "before"), rows())
def test_what_people_say_means_what_they_mean(lang: str, kind: str, phrase: str, value: str, before: str) -> None:
    assert meaning(kind, phrase, lang, before) == value


@pytest.mark.parametrize(("lang", "least"), [("en", 120), ("de", 40), ("fr", 40), ("es", 40), ("zh", 40)])
def test_the_tables_hold_what_the_project_asks_for(lang: str, least: int) -> None:
    phrases = {row.values[1:3] for row in rows() if row.values[0] == lang}
    assert len(phrases) >= least
    assert {kind for kind, _ in phrases} >= {"count", "number", "percent", "duration", "amount", "money", "choice"}
