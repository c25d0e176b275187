"""Days, clock times and spans of them: what the golden tables cannot show. The clock: Wednesday 25 November 2026."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.declaration import Slot
from agent.dialogue.resolvers import Ambiguous, ResolveContext, Resolved, Unresolved, resolve
from agent.dialogue.resolvers.calendar_words import CALENDARS, word_set
from agent.dialogue.resolvers.days import advent, easter
from agent.dialogue.resolvers.messages import message
from agent.dialogue.resolvers.segments import segment

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
KINDS = ("date", "time", "date_range", "time_range")


def text_of(kind: str, raw: str, lang: str) -> str:
    """How the answer is said: the value, or the reason why there is none."""
    answer = resolve(kind, raw, Slot("x"), ResolveContext(NOW, lang))
    assert not isinstance(answer, Ambiguous)
    return answer.text if isinstance(answer, Resolved) else answer.reason


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        ("date", "2026-12-01", {
            "en": "Tuesday 1 December", "de": "Dienstag, 1. Dezember", "fr": "mardi 1er décembre",
            "es": "martes 1 de diciembre", "zh": "12月1日星期二",
        }),
        ("date", "2027-05-03", {
            "en": "Monday 3 May 2027", "de": "Montag, 3. Mai 2027", "fr": "lundi 3 mai 2027",
            "es": "lunes 3 de mayo de 2027", "zh": "2027年5月3日星期一",
        }),
        ("time", "19:30", {"en": "7:30 pm", "de": "19:30 Uhr", "fr": "19h30", "es": "19:30", "zh": "19:30"}),
        ("time_range", "14:00-16:30", {
            "en": "2:00 pm to 4:30 pm", "de": "14:00 Uhr bis 16:30 Uhr", "fr": "de 14h à 16h30",
            "es": "de 14:00 a 16:30", "zh": "14:00到16:30",
        }),
    ],
)  # fmt: skip
def test_values_are_said_back_in_the_sessions_language(kind: str, raw: str, said: dict[str, str]) -> None:
    assert {lang: text_of(kind, raw, lang) for lang in CALENDARS} == said


@pytest.mark.parametrize(
    ("lang", "raw", "said"),
    [
        ("en", "from friday", "from Friday 27 November"),
        ("de", "bis freitag", "bis Freitag, 27. November"),
        ("fr", "du 3 au 7 mai", "du lundi 3 mai 2027 au vendredi 7 mai 2027"),
        ("es", "hasta el viernes", "hasta el viernes 27 de noviembre"),
        ("zh", "从周五开始", "11月27日星期五起"),
    ],
)
def test_spans_of_days_are_said_back(lang: str, raw: str, said: str) -> None:
    assert text_of("date_range", raw, lang) == said


@pytest.mark.parametrize(
    ("kind", "raw", "words"),
    [
        ("date_range", "from 7 may to 3 may", ["Monday 3 May 2027 is before Friday 7 May 2027"]),
        ("date_range", "from friday to blorp", ["Friday 27 November", "'from friday to blorp'", "not the other day"]),
        ("date_range", "blorp", ["'blorp'", "'from Monday to Thursday'"]),
        ("time_range", "from 7pm to 5pm", ["5:00 pm is not after 7:00 pm"]),
        ("time_range", "at 7", ["7:00 am / 7:00 pm", "not the other time"]),
        ("time_range", "blorp", ["'blorp'", "'from 5 pm to 7 pm'"]),
    ],
)
def test_a_span_that_cannot_be_is_told_why(kind: str, raw: str, words: list[str]) -> None:
    reason = text_of(kind, raw, "en")
    assert [word for word in words if word not in reason] == []


def test_a_span_outside_the_limits_is_told_the_limits() -> None:
    answer = resolve("time_range", "from 8 am to 10 am", Slot("x", minimum=11, maximum=23), ResolveContext(NOW))
    assert isinstance(answer, Unresolved)
    assert "8:00 am to 10:00 am is outside the hours 11:00 am to 11:00 pm" in answer.reason


def test_the_question_between_spans_shows_both() -> None:
    answer = resolve("time_range", "between five and seven", Slot("x"), ResolveContext(NOW))
    assert isinstance(answer, Ambiguous)
    assert [option.text for option in answer.options] == ["5:00 am to 7:00 am", "5:00 pm to 7:00 pm"]
    assert answer.question == "From when to when do you mean?"


def test_a_span_of_the_past_is_marked() -> None:
    answer = resolve("date_range", "last weekend", Slot("x"), ResolveContext(NOW))
    assert isinstance(answer, Resolved)
    assert answer.value == {"start": "2026-11-21", "end": "2026-11-22"}
    assert answer.past


def test_every_message_speaks_every_language() -> None:
    from agent.dialogue.resolvers.messages import _MESSAGES

    assert {lang: set(keys) ^ set(_MESSAGES["en"]) for lang, keys in _MESSAGES.items()} == {
        "en": set(), "de": set(), "fr": set(), "es": set(), "zh": set(),
    }  # fmt: skip


def test_an_unknown_language_is_answered_in_english() -> None:
    assert message("xx", "which_day") == "Which day do you mean?"


@pytest.mark.parametrize(
    "day",
    [date(1954, 4, 18), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)],
)
def test_easter_is_where_the_calendar_has_it(day: date) -> None:
    assert easter(day.year) == day


def test_advent_ends_before_christmas_day() -> None:
    assert advent(2026, 1) == date(2026, 11, 29)
    assert advent(2028, 4) == date(2028, 12, 24)


def test_chinese_is_parted_by_the_longest_word() -> None:
    known = frozenset({"下", "下周", "周三", "点"})
    assert segment("下周三点", known) == ["下周", "三", "点"]
    assert segment("周三十二点", known) == ["周三", "十二", "点"]


@pytest.mark.parametrize("lang", list(CALENDARS))
def test_a_weekday_beside_unknown_words_is_still_read(lang: str) -> None:
    weekday = CALENDARS[lang].days[4]
    assert text_of("date", f"xyzzy {weekday} qwrtz", lang) == text_of("date", weekday, lang)


@pytest.mark.parametrize("lang", list(CALENDARS))
def test_iso_dates_and_24_hour_times_are_read_in_every_language(lang: str) -> None:
    context = ResolveContext(NOW, lang)
    assert resolve("date", "2026-12-24", Slot("x"), context).value == "2026-12-24"  # type: ignore[union-attr]
    assert resolve("time", "19:30", Slot("x"), context).value == "19:30"  # type: ignore[union-attr]


SALAD = sorted(
    {word for words in CALENDARS.values() for table in (words.dates, words.times) for word in table}
    | word_set("or and to until bis au hasta 到 从 - 31 99999999999 0000 7:30 19h30 3/4 2027-13-40 13 号 月 % ٣")
)


@given(
    words=st.lists(st.sampled_from(SALAD), max_size=12),
    space=st.sampled_from([" ", ""]),
    kind=st.sampled_from(KINDS),
    lang=st.sampled_from(sorted(CALENDARS)),
)
@settings(max_examples=300, deadline=None)
def test_no_words_whatever_raise_or_ask_an_empty_question(words: list[str], space: str, kind: str, lang: str) -> None:
    answer = resolve(kind, space.join(words), Slot("x"), ResolveContext(NOW, lang))
    match answer:
        case Ambiguous():
            assert len(answer.options) > 1
        case Resolved():
            assert in_order(answer.value)
        case Unresolved():
            assert answer.reason


def in_order(value: Any) -> bool:
    """Whether a span ends where it begins or later, and has at least one end."""
    if isinstance(value, str):
        return True
    ends = [end for end in (value["start"], value["end"]) if end is not None]
    return bool(ends) and ends == sorted(ends)


def test_reading_five_languages_loads_no_slow_library() -> None:
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from agent.declaration import Slot\n"
        "from agent.dialogue.resolvers import ResolveContext, resolve\n"
        "for lang, kind, raw in [('fr', 'date', 'vendredi prochain'), ('es', 'time', 'las ocho y media'),\n"
        "        ('zh', 'date_range', '下周'), ('de', 'time_range', 'ab 18 uhr'), ('en', 'date', 'next friday')]:\n"
        "    resolve(kind, raw, Slot('x'), ResolveContext(datetime.now(UTC), lang))\n"
        "slow = {'dateparser', 'babel', 'rapidfuzz', 'sympy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {slow}' if slow else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
