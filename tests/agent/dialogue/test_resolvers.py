"""What people say, and what it must come to mean. The clock stands at Tuesday 24 November 2026, 10:00 in Berlin."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.declaration import Slot
from agent.dialogue.resolvers import RESOLVERS, Ambiguous, ResolveContext, Resolved, Unresolved, match_options, resolve
from agent.errors import InputError
from agent.types import Option, SlotValue

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
LANGUAGE = Slot(
    "language",
    enum=("en", "de", "fr"),
    names={"en": ("English", "englisch"), "de": ("German", "deutsch"), "fr": ("French", "französisch")},
)
OPENING_HOURS = Slot("time", minimum=11, maximum=22.5)


def meaning(
    kind: str, raw: str, *, lang: str = "en", slot: Slot | None = None, previous: Any = None, now: datetime = NOW
) -> Any:
    """The resolved value; a list of values when ambiguous; None when unresolved."""
    before = None if previous is None else SlotValue(raw=str(previous), value=previous, text=str(previous))
    answer = resolve(kind, raw, slot or Slot("x"), ResolveContext(now, lang, before))
    match answer:
        case Resolved():
            return answer.value
        case Ambiguous():
            assert answer.question
            return [option.value for option in answer.options]
        case Unresolved():
            assert answer.reason
            return None


def word_list(text: str) -> list[str]:
    return text.split()


def table(text: str) -> list[tuple[str, str]]:
    rows = [line.split("=>") for line in text.strip().split("\n")]
    return [(raw.strip(), value.strip()) for raw, value in rows]


DATES_EN = table("""
    today => 2026-11-24
    tonight => 2026-11-24
    this evening => 2026-11-24
    right now => 2026-11-24
    tomorrow => 2026-11-25
    tmrw => 2026-11-25
    tommorow => 2026-11-25
    2moro => 2026-11-25
    tomorrow evening at eight => 2026-11-25
    day after tomorrow => 2026-11-26
    the day after tomorrow please => 2026-11-26
    friday => 2026-11-27
    on friday => 2026-11-27
    fri => 2026-11-27
    friday at 7 => 2026-11-27
    friday with my wife => 2026-11-27
    thrusday => 2026-11-26
    wensday => 2026-11-25
    satruday night => 2026-11-28
    tuesday => 2026-12-01
    this tuesday => 2026-11-24
    next tuesday => 2026-12-01
    next thursday => 2026-12-03
    next friday night => 2026-12-04
    this thursday => 2026-11-26
    monday next week => 2026-11-30
    this weekend => 2026-11-28
    next weekend => 2026-12-05
    on the 3rd => 2026-12-03
    the twenty-first => 2026-12-21
    the 27th => 2026-11-27
    the 24th => 2026-11-24
    12 => 2026-12-12
    12 december => 2026-12-12
    the 3rd of december => 2026-12-03
    dec 3 => 2026-12-03
    december 3rd => 2026-12-03
    december the third => 2026-12-03
    3rd dec 2027 => 2027-12-03
    may 5 => 2027-05-05
    first of january => 2027-01-01
    12/12 => 2026-12-12
    31/12/2026 => 2026-12-31
    12/31/26 => 2026-12-31
    2026-12-24 => 2026-12-24
    friday 4 december => 2026-12-04
    friday the 27th => 2026-11-27
    in two weeks => 2026-12-08
    in a week => 2026-12-01
    in 10 days => 2026-12-04
    a week from friday => 2026-12-04
    3 days from now => 2026-11-27
    in a couple of days => 2026-11-26
    in three months => 2027-02-24
    the 5th of next month => 2026-12-05
    christmas eve => 2026-12-24
    new year's eve => 2026-12-31
    29 february => 2028-02-29
    morgen => 2026-11-25
""")
DATES_DE = table("""
    heute abend => 2026-11-24
    heute morgen => 2026-11-24
    morgen => 2026-11-25
    morgen früh => 2026-11-25
    übermorgen => 2026-11-26
    am freitag => 2026-11-27
    donerstag => 2026-11-26
    nächsten donnerstag => 2026-12-03
    kommenden montag => 2026-11-30
    am 3. => 2026-12-03
    3. dezember => 2026-12-03
    am dritten dezember => 2026-12-03
    3.12. => 2026-12-03
    3.12.2027 => 2027-12-03
    am einundzwanzigsten => 2026-12-21
    in zwei wochen => 2026-12-08
    in einer woche => 2026-12-01
    in 3 tagen => 2026-11-27
    freitag in einer woche => 2026-12-04
    am wochenende => 2026-11-28
    heiligabend => 2026-12-24
    tomorrow => 2026-11-25
""")
TIMES_EN = table("""
    7 pm => 19:00
    7pm => 19:00
    7.30pm => 19:30
    7:30 p.m. => 19:30
    19:30 => 19:30
    1930 => 19:30
    0730 => 07:30
    730pm => 19:30
    19h30 => 19:30
    nineteen thirty => 19:30
    seven forty five pm => 19:45
    seven thrity pm => 19:30
    noon => 12:00
    midnight => 00:00
    12 pm => 12:00
    12:30 am => 00:30
    quarter past noon => 12:15
    at 7 tonight => 19:00
    8 at night => 20:00
    2 in the afternoon => 14:00
    9 in the morning => 09:00
    ten to 7 am => 06:50
    half past 12 => 12:30
    tomorrow at 8 pm => 20:00
    in an hour => 11:00
    in half an hour => 10:30
    now => 10:00
""")
TIMES_EN_OPEN = table("""
    at eight => 20:00
    eightish => 20:00
    half past seven => 19:30
    half seven => 19:30
    quarter to nine => 20:45
    eight thirty => 20:30
    five past six => 18:05
    around 8 => 20:00
    8 o'clock => 20:00
    1 => 13:00
    11 => 11:00
""")
TIMES_DE = table("""
    20 uhr => 20:00
    20 uhr 15 => 20:15
    19.30 uhr => 19:30
    achtzehn uhr dreißig => 18:30
    acht uhr abends => 20:00
    abends um neun => 21:00
    neun uhr morgens => 09:00
    mitternacht => 00:00
    in einer halben stunde => 10:30
""")
TIMES_DE_OPEN = table("""
    halb acht => 19:30
    um halb 8 bitte => 19:30
    viertel vor neun => 20:45
    dreiviertel acht => 19:45
    fünf vor halb acht => 19:25
    zehn nach sechs => 18:10
    um eins => 13:00
""")
COUNTS_EN = table("""
    two => 2
    the two of us => 2
    us two => 2
    me and my wife => 2
    my girlfriend and i => 2
    both of us => 2
    a couple => 2
    for 4 => 4
    4 people => 4
    four pax => 4
    fiev people => 5
    table for two => 2
    party of 8 => 8
    just me => 1
    only one person => 1
    me and 3 friends => 4
    2 adults and 2 kids => 4
    two adults and a baby => 3
    me, my wife and two kids => 4
    my parents and me => 3
    half a dozen => 6
    a dozen => 12
    a hundred => 100
    zwei => 2
""")
COUNTS_DE = table("""
    für vier => 4
    zu zweit => 2
    wir sind zu fünft => 5
    nur ich => 1
    ich und meine frau => 2
    zwei erwachsene und ein kind => 3
    ein dutzend => 12
    einundzwanzig => 21
""")
TEMPERATURES = table("""
    21 degrees => 21
    twenty one => 21
    twentyone => 21
    to 20 => 20
    21.5 => 21.5
    21,5 => 21.5
    18° => 18
    21c => 21
    twenty one and a half => 21.5
    nineteen point five => 19.5
    minus five => -5
    72°F => 22
    einundzwanzig grad => 21
    zwanzigeinhalb grad => 20.5
""")
PERCENTAGES = table("""
    50% => 50
    half => 50
    fifty percent => 50
    full brightness => 100
    max => 100
    a quarter => 25
    three quarters => 75
    minimum => 1
    dreißig prozent => 30
    hälfte => 50
""")
PLACES = table("""
    berlin => Berlin
    in new york => New York
    rio de janeiro => Rio de Janeiro
    San Francisco => San Francisco
    LONDON => London
    NYC => NYC
    paris please => Paris
    here => here
    at home => home
""")
CHOICES = table("""
    german => de
    into German please => de
    deutsch => de
    germn => de
    en => en
    the french one => fr
""")


@pytest.mark.parametrize(("raw", "value"), DATES_EN)
def test_an_english_date_means_its_day(raw: str, value: str) -> None:
    assert meaning("date", raw) == value


@pytest.mark.parametrize(("raw", "value"), DATES_DE)
def test_a_german_date_means_its_day(raw: str, value: str) -> None:
    assert meaning("date", raw, lang="de") == value


@pytest.mark.parametrize(("raw", "value"), TIMES_EN)
def test_an_english_time_means_its_minute(raw: str, value: str) -> None:
    assert meaning("time", raw) == value


@pytest.mark.parametrize(("raw", "value"), TIMES_EN_OPEN)
def test_opening_hours_choose_the_half_of_the_day(raw: str, value: str) -> None:
    assert meaning("time", raw, slot=OPENING_HOURS) == value


@pytest.mark.parametrize(("raw", "value"), TIMES_DE)
def test_a_german_time_means_its_minute(raw: str, value: str) -> None:
    assert meaning("time", raw, lang="de") == value


@pytest.mark.parametrize(("raw", "value"), TIMES_DE_OPEN)
def test_opening_hours_choose_the_half_of_the_german_day(raw: str, value: str) -> None:
    assert meaning("time", raw, lang="de", slot=OPENING_HOURS) == value


@pytest.mark.parametrize(("raw", "value"), COUNTS_EN)
def test_people_are_counted_as_they_are_named(raw: str, value: str) -> None:
    assert meaning("count", raw) == int(value)


@pytest.mark.parametrize(("raw", "value"), COUNTS_DE)
def test_people_are_counted_in_german(raw: str, value: str) -> None:
    assert meaning("count", raw, lang="de") == int(value)


@pytest.mark.parametrize(("raw", "value"), TEMPERATURES)
def test_a_temperature_is_celsius(raw: str, value: str) -> None:
    assert meaning("temperature", raw) == float(value)


@pytest.mark.parametrize(("raw", "value"), PERCENTAGES)
def test_a_percentage_is_a_whole_number(raw: str, value: str) -> None:
    assert meaning("percent", raw) == int(value)


@pytest.mark.parametrize(("raw", "value"), PLACES)
def test_a_place_is_cleaned_and_capitalised(raw: str, value: str) -> None:
    assert meaning("place", raw) == value


@pytest.mark.parametrize(("raw", "value"), CHOICES)
def test_a_choice_is_known_by_its_names(raw: str, value: str) -> None:
    assert meaning("choice", raw, slot=LANGUAGE) == value


@pytest.mark.parametrize(
    ("kind", "raw", "values"),
    [
        ("date", "3/4", ["2027-04-03", "2027-03-04"]),
        ("date", "friday or satruday", ["2026-11-27", "2026-11-28"]),
        ("date", "friday the 26th", ["2026-11-26", "2026-11-27"]),
        ("time", "at eight", ["08:00", "20:00"]),
        ("time", "half past seven", ["07:30", "19:30"]),
        ("time", "before five", ["16:00", "16:30"]),
        ("time", "between 7 and 8 pm", ["19:00", "19:30", "20:00"]),
        ("time", "7-8 pm", ["19:00", "19:30", "20:00"]),
        ("time", "in the evening", ["18:00", "19:00", "20:00"]),
        ("count", "6 or 7", [6, 7]),
        ("count", "4-5", [4, 5]),
        ("temperature", "20 or 21", [20, 21]),
        ("choice", "english or german", ["en", "de"]),
    ],
)
def test_two_readings_are_offered_and_not_guessed(kind: str, raw: str, values: list[Any]) -> None:
    assert meaning(kind, raw, slot=LANGUAGE if kind == "choice" else None) == values


def test_next_week_offers_its_days() -> None:
    assert meaning("date", "next week") == [f"2026-11-{day}" for day in (30,)] + [
        f"2026-12-0{day}" for day in range(1, 7)
    ]


NONSENSE = {
    "date": ["blorp", "two of us", "next month", "30 february", "31/11/2026", "", "99", "\x00\u202e"],
    "time": ["blorp", "25:00", "7:75 pm", "", "🤷"],
    "count": ["blorp", "many", "2.5", "-3"],
    "temperature": ["50%", "warm"],
    "percent": ["120", "blorp"],
    "place": ["?!"],
    "text": ["  "],
}


@pytest.mark.parametrize(("kind", "raw"), [(kind, raw) for kind, phrases in NONSENSE.items() for raw in phrases])
def test_nonsense_is_not_guessed_at(kind: str, raw: str) -> None:
    assert meaning(kind, raw) is None


def test_the_reason_names_what_was_said() -> None:
    answer = resolve("date", "blorp", Slot("day"), ResolveContext(NOW))
    assert isinstance(answer, Unresolved)
    assert "I cannot read 'blorp' as a date" in answer.reason
    german = resolve("date", "quatsch", Slot("day"), ResolveContext(NOW, "de"))
    assert isinstance(german, Unresolved)
    assert "'quatsch' nicht als Datum" in german.reason


@pytest.mark.parametrize(
    ("raw", "value"), [("yesterday", "2026-11-23"), ("last friday", "2026-11-20"), ("two days ago", "2026-11-22")]
)
def test_a_past_day_is_marked(raw: str, value: str) -> None:
    answer = resolve("date", raw, Slot("day"), ResolveContext(NOW))
    assert isinstance(answer, Resolved)
    assert (answer.value, answer.past) == (value, True)
    assert not resolve("date", "today", Slot("day"), ResolveContext(NOW)).past  # type: ignore[union-attr]


def test_the_day_is_the_one_on_the_sessions_clock() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert meaning("date", "tomorrow", now=late) == "2026-11-25"
    assert meaning("date", "tomorrow", now=late.astimezone(ZoneInfo("Asia/Tokyo"))) == "2026-11-26"


@pytest.mark.parametrize("day", range(24, 31))
def test_next_weekday_is_always_in_the_next_calendar_week(day: int) -> None:
    now = NOW.replace(day=day)
    value = datetime.fromisoformat(meaning("date", "next thursday", now=now))
    assert value.isocalendar().week == now.isocalendar().week + 1


@pytest.mark.parametrize(
    ("raw", "previous", "value"),
    [
        ("an hour later", "19:30", "20:30"),
        ("half an hour earlier", "19:30", "19:00"),
        ("make it eight", "19:30", "20:00"),
        ("at nine", "08:00", "09:00"),
    ],
)
def test_a_correction_starts_from_the_time_before(raw: str, previous: str, value: str) -> None:
    assert meaning("time", raw, previous=previous) == value


def test_a_correction_starts_from_the_day_before() -> None:
    assert meaning("date", "one day later", previous="2026-12-12") == "2026-12-13"
    assert meaning("date", "the day before", previous="2026-12-12") == "2026-12-11"
    assert meaning("time", "an hour later") is None


@pytest.mark.parametrize(
    ("kind", "raw", "slot", "words"),
    [
        ("count", "twelve", Slot("people", minimum=1, maximum=8), ["12", "8"]),
        ("count", "0", Slot("people", minimum=1), ["0", "1"]),
        ("temperature", "50 degrees", Slot("temperature", maximum=30), ["50 °C", "30 °C"]),
        ("percent", "5%", Slot("level", minimum=10), ["5%", "10%"]),
        ("time", "7 am", OPENING_HOURS, ["7:00 am", "11:00 am", "10:30 pm"]),
        ("number", "5000", Slot("n", maximum=10), ["5000", "10"]),
    ],
)
def test_a_value_outside_the_limits_is_told_the_limit(kind: str, raw: str, slot: Slot, words: list[str]) -> None:
    answer = resolve(kind, raw, slot, ResolveContext(NOW))
    assert isinstance(answer, Unresolved)
    for word in words:
        assert word in answer.reason


def test_values_are_said_back_in_the_sessions_language() -> None:
    said = {
        (kind, lang): resolve(kind, raw, Slot("x"), ResolveContext(NOW, lang)).text  # type: ignore[union-attr]
        for kind, lang, raw in [
            ("date", "en", "2026-11-26"), ("date", "de", "2026-11-26"), ("date", "fr", "2026-11-26"),
            ("time", "en", "19:30"), ("time", "de", "19:30"), ("temperature", "de", "21,5"), ("percent", "en", "50%"),
        ]
    }  # fmt: skip
    assert said[("date", "en")] == "Thursday 26 November"
    assert said[("date", "de")] == "Donnerstag, 26. November"
    assert "jeudi" in said[("date", "fr")]
    assert said[("time", "en")] == "7:30 pm"
    assert said[("time", "de")] == "19:30 Uhr"
    assert said[("temperature", "de")] == "21,5 °C"
    assert said[("percent", "en")] == "50%"


def test_another_year_is_said() -> None:
    assert resolve("date", "may 5", Slot("x"), ResolveContext(NOW)).text == "Wednesday 5 May 2027"  # type: ignore[union-attr]


def test_languages_without_word_tables_are_read_by_dateparser() -> None:
    assert meaning("date", "domani", lang="it") == "2026-11-25"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert meaning("date", "tomorrow", lang="xx") == "2026-11-25"
    assert meaning("time", "7 pm", lang="xx") == "19:00"


def test_very_long_words_are_answered() -> None:
    for kind in ("date", "time", "count", "number", "percent", "temperature", "choice"):
        assert meaning(kind, "a 1 " * 20_000, slot=LANGUAGE) != "crash"


SALAD = word_list(
    """in on at to next last 3 7 99999999999 31 12/31 7:30 half week friday may or and - % am pm um halb vor zwei the
    all light one third hour minutes later between quarter noon couple me my wife minus point degrees"""
)


@given(
    raw=st.text(max_size=40) | st.lists(st.sampled_from(SALAD)).map(" ".join),
    kind=st.sampled_from(sorted(RESOLVERS)),
    lang=st.sampled_from(["en", "de"]),
)
@settings(max_examples=300, deadline=None)
def test_no_words_whatever_raise(raw: str, kind: str, lang: str) -> None:
    answer = resolve(kind, raw, LANGUAGE, ResolveContext(NOW, lang))
    assert isinstance(answer, Resolved | Ambiguous | Unresolved)
    match_options(raw, HOME, lang)


def test_free_text_is_kept_as_it_is() -> None:
    long = "Where is " + "the station? " * 500
    assert meaning("text", long) == long.strip()


def test_an_unknown_resolver_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'colour'; expected one of text, choice"):
        resolve("colour", "red", Slot("x"), ResolveContext(NOW))


def test_an_unknown_choice_is_told_the_choices() -> None:
    answer = resolve("choice", "klingon", LANGUAGE, ResolveContext(NOW))
    assert answer == Unresolved("I do not know 'klingon' here. You can say English, German, French.")


HOME = [
    Option(value="light.kitchen", text="Kitchen light"),
    Option(value="light.floor_lamp", text="Living room floor lamp"),
    Option(value="light.bedside", text="Bedside lamp"),
    Option(value="light.desk", text="Desk lamp", also=("office lamp",)),
    Option(value="switch.coffee", text="Coffee machine"),
    Option(value="group.kitchen_lights", text="Kitchen lights"),
    Option(value="group.lights", text="All lights", also=("lights", "everything")),
]


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ("kitchen light", ["light.kitchen"]),
        ("turn on the kitchen light please", ["light.kitchen"]),
        ("kichen lihgt", ["light.kitchen"]),
        ("lights in the kitchen", ["group.kitchen_lights"]),
        ("all the lights in the kitchen", ["group.kitchen_lights"]),
        ("all the lights", ["group.lights"]),
        ("everything", ["group.lights"]),
        ("the lamp", ["light.floor_lamp", "light.bedside", "light.desk"]),
        ("lamp in the living room", ["light.floor_lamp"]),
        ("office lamp", ["light.desk"]),
        ("coffee", ["switch.coffee"]),
        ("the second one", ["light.floor_lamp"]),
        ("2", ["light.floor_lamp"]),
        ("the secnd one", ["light.floor_lamp"]),
        ("the thrid choice", ["light.bedside"]),
        ("the last one", ["group.lights"]),
        ("any", ["light.kitchen"]),
        ("purple lamp", []),
        ("cellar light", []),
        ("ninth one", []),
        ("", []),
    ],
)
def test_options_are_matched_by_their_words(raw: str, values: list[str]) -> None:
    assert [option.value for option in match_options(raw, HOME)] == values


def test_a_light_is_never_all_lights() -> None:
    assert "group.lights" not in [option.value for option in match_options("the light", HOME)]


def test_nothing_offered_nothing_matched() -> None:
    assert match_options("kitchen", []) == []


def test_resolving_common_words_loads_no_slow_library() -> None:
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from agent.declaration import Slot\n"
        "from agent.dialogue.resolvers import ResolveContext, resolve\n"
        "for kind, raw in [('date', 'next friday'), ('time', '7 pm'), ('count', 'two'), ('percent', 'half')]:\n"
        "    resolve(kind, raw, Slot('x'), ResolveContext(datetime.now(UTC)))\n"
        "slow = {'dateparser', 'babel', 'rapidfuzz', 'sympy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {slow}' if slow else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
