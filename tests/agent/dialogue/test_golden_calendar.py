"""Every phrase of the golden tables of days and clock times comes to mean what the table says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from agent.declaration import Slot
from agent.dialogue.resolvers import Ambiguous, ResolveContext, Resolved, resolve
from agent.types import SlotValue

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("en", "de", "fr", "es", "zh")
KINDS = ("date", "time", "date_range", "time_range")


class Row(NamedTuple):
    lang: str
    kind: str
    phrase: str
    meaning: str
    now: datetime
    before: str
    # The value that is being corrected.
    slot: Slot


def clock(text: str) -> datetime:
    """Read "2026-11-25 10:00 Europe/Berlin"."""
    day, time, zone = text.split(" ")
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=ZoneInfo(zone))


def rows(lang: str) -> list[Row]:
    found = []
    for line in (GOLDEN / f"calendar.{lang}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, phrase, meaning, *rest = line.split("\t")
            other = dict(part.split("=") for part in rest)
            low, _, high = other.get("hours", "").partition("-")
            slot = Slot("x", minimum=float(low) if low else None, maximum=float(high) if high else None)
            now = clock(other.get("now", "2026-11-25 10:00 Europe/Berlin"))
            found.append(Row(lang, kind, phrase, meaning, now, other.get("before", ""), slot))
    return found


def said(value: Any) -> str:
    return f"{value['start'] or ''}..{value['end'] or ''}" if isinstance(value, dict) else str(value)


def answer(row: Row) -> str:
    before = SlotValue(raw=row.before, value=row.before, text=row.before) if row.before else None
    found = resolve(row.kind, row.phrase, row.slot, ResolveContext(row.now, row.lang, before))
    if isinstance(found, Resolved):
        return said(found.value)
    if isinstance(found, Ambiguous):
        return "? " + " | ".join(said(option.value) for option in found.options)
    return "-"


ROWS = [row for lang in LANGUAGES for row in rows(lang)]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.lang}-{row.kind}-{row.phrase}" for row in ROWS])
def test_the_phrase_means_what_the_table_says(row: Row) -> None:
    assert answer(row) == row.meaning


@pytest.mark.parametrize(("lang", "least"), [("en", 120), ("de", 40), ("fr", 40), ("es", 40), ("zh", 40)])
def test_the_tables_hold_what_the_project_asks_for(lang: str, least: int) -> None:
    phrases = {(row.kind, row.phrase) for row in ROWS if row.lang == lang}
    assert len(phrases) >= least
    assert {kind for kind, _ in phrases} == set(KINDS)
