"""The declarations that ship: they load, hold enough, contradict themselves nowhere, and their replies render."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent import say
from agent.catalogue import Catalogue
from agent.dialogue.resolvers import RESOLVERS
from agent.prompting import render_speak
from agent.rowmaking.values import Values
from agent.sentences import holes
from agent.skill_file import load_skills
from agent.types import Frame, Receipt, SlotValue

PROMPTS = Path(__file__).parents[2] / "prompts"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@cache
def catalogue() -> Catalogue:
    return Catalogue.of(load_skills([PROMPTS]).values())


def value(text: str, meant: Any = None) -> SlotValue:
    return SlotValue(raw=text, value=text if meant is None else meant, text=text)


def frame(intent: str, **slots: SlotValue) -> Frame:
    return Frame(frame_id=1, intent=intent, slots=slots)


def receipt(intent: str, *, simulated: bool = True, **facts: Any) -> Receipt:
    given = {"receipt_id": "r1", "intent": intent, "arguments": {}, "facts": facts, "effect": True}
    return Receipt.model_validate(given | {"source": "test", "as_of": NOW, "simulated": simulated})


def report(intent: str, given: Frame, *, found: bool = True, simulated: bool = True, **facts: Any) -> str:
    return say.report(catalogue(), given, receipt(intent, simulated=simulated, **facts), found=found, draft="")


def test_the_six_skills_and_their_intents_are_there() -> None:
    assert {name: intent.slots for name, intent in catalogue().intents.items()} == {
        "booking.restaurant": ("people", "day", "time", "venue", "cuisine"),
        "booking.list": (),
        "booking.cancel": ("reference",),
        "smart_home.turn_on": ("device",),
        "smart_home.turn_off": ("device",),
        "smart_home.set_temperature": ("temperature", "room"),
        "smart_home.set_brightness": ("device", "level"),
        "smart_home.status": ("device", "room"),
        "translation.translate": ("text", "target"),
        "tutoring.solve": ("problem",),
        "weather.forecast": ("place", "day"),
    }
    assert catalogue().speaking == ("chat",)


def test_what_changes_the_world_and_costs_something_is_confirmed() -> None:
    confirmed = {name for name, intent in catalogue().intents.items() if intent.confirm}
    assert confirmed == {"booking.restaurant", "booking.cancel"}
    assert all(catalogue().intents[name].effect for name in confirmed)


def test_every_resolver_that_is_named_exists() -> None:
    for skill in catalogue().skills.values():
        for slot in skill.slots.values():
            assert slot.resolver in RESOLVERS, f"{skill.name}.{slot.name}"


@pytest.mark.parametrize(
    ("skill", "intent", "least"),
    [
        ("booking", "restaurant", 80), ("booking", "list", 30), ("booking", "cancel", 40), ("weather", "forecast", 80),
        ("smart_home", "turn_on", 40), ("smart_home", "turn_off", 40), ("smart_home", "set_temperature", 40),
        ("smart_home", "set_brightness", 40), ("smart_home", "status", 40), ("tutoring", "solve", 30),
        ("translation", "translate", 60), ("chat", "say", 80),
    ],
)  # fmt: skip
def test_there_are_enough_ways_to_say_it(skill: str, intent: str, least: int) -> None:
    templates = catalogue().skills[skill].utterances[intent]
    assert len(templates) >= least
    if intent != "solve":
        assert len(set(templates)) == len(templates)


@pytest.mark.parametrize(
    ("name", "least"), [("cities", 300), ("venues", 60), ("translate_en", 200), ("translate_de", 150)]
)
def test_lexicons_are_long_enough_and_hold_nothing_twice(name: str, least: int) -> None:
    lines = (PROMPTS / "lexicon" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= least
    assert [line for line in lines if line != line.strip() or not line] == []
    assert len(set(lines)) == len(lines)


def test_no_sentence_is_both_a_request_and_a_near_miss() -> None:
    skills = catalogue().skills.values()
    for skill in skills:
        # What is no request to a skill may well be small talk; what the chat refuses may not.
        lists = [each for other in skills for name, each in other.utterances.items() if skill.speaks or name != "say"]
        assert not {template for each in lists for template in each} & set(skill.fallback), skill.name


def test_near_misses_borrow_only_slots_that_exist() -> None:
    values = Values(catalogue(), "train")
    for skill in catalogue().skills.values():
        assert len(skill.fallback) >= 30, skill.name
        for template in skill.fallback:
            assert all(values.slot(hole.name) for hole in holes(template)), template


def test_the_sample_groups_that_templates_name_exist() -> None:
    generated = {("people", "number"), ("people", "noun")}
    for skill in catalogue().skills.values():
        for templates in skill.utterances.values():
            for hole in (hole for template in templates for hole in holes(template)):
                slot = skill.slots[hole.name]
                if hole.group and (hole.name, hole.group) not in generated:
                    assert hole.group in slot.example_groups, f"{skill.name}: {{{hole.name}:{hole.group}}}"
                if hole.fixed and slot.enum:
                    assert hole.fixed in slot.enum, f"{skill.name}: {{{hole.name}={hole.fixed}}}"


def test_the_front_matter_keeps_to_the_standard() -> None:
    for path in PROMPTS.glob("*/SKILL.md"):
        header = yaml.safe_load(path.read_text(encoding="utf-8").split("---")[1])
        assert set(header) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
        assert "_" not in header["name"]
        assert 50 < len(header["description"]) <= 1024


def test_every_skill_says_in_prose_when_it_is_for_and_when_not() -> None:
    for skill in catalogue().skills.values():
        assert "Use this skill when" in skill.prose, skill.name
        assert "Do not" in skill.prose or "Never" in skill.prose, skill.name
        assert len(skill.prose) > 250, skill.name


def test_every_skill_has_two_dialogues_and_a_near_miss_among_its_examples() -> None:
    for skill in catalogue().skills.values():
        assert sum("dialogue" in example for example in skill.examples) >= 2, skill.name
        others = [
            line
            for example in skill.examples
            for line in example.get("commands", ())
            if line.startswith(("say", "refuse"))
        ]
        assert others, skill.name


def test_questions_are_one_sentence() -> None:
    for skill in catalogue().skills.values():
        for slot in skill.slots.values():
            if slot.ask:
                assert slot.ask.endswith(("?", ".")), slot.ask
                assert len(slot.ask) < 70


def test_templates_are_jinja() -> None:
    assert {skill.name: say.check_templates(skill) for skill in catalogue().skills.values()} == {
        name: [] for name in catalogue().skills
    }


def booking() -> Frame:
    return frame(
        "booking.restaurant",
        people=value("2", 2),
        day=value("Friday 27 November", "2026-11-27"),
        time=value("8 pm", "20:00"),
        venue=value("Sushi Mihon"),
    )


def test_a_booking_is_read_back_and_reported_with_its_reference() -> None:
    assert say.summary(catalogue(), booking()) == "Shall I book Sushi Mihon for 2 people on Friday 27 November at 8 pm?"
    facts = {"venue": "Sushi Mihon", "day": "2026-11-27", "time": "20:00", "people": 2, "reference": "R-7K3P"}
    said = report("booking.restaurant", booking(), **facts)
    assert said.startswith("Booked: Sushi Mihon for 2 people on Friday 27 November at 8 pm. Your reference is R-7K3P.")
    assert "simulated" in said
    assert "simulated" not in report("booking.restaurant", booking(), simulated=False, **facts)


def test_a_booking_for_one_says_person() -> None:
    alone = booking().model_copy(update={"slots": {**booking().slots, "people": value("1", 1)}})
    assert "for 1 person on" in say.summary(catalogue(), alone)


def test_bookings_are_listed_one_a_line() -> None:
    one = {"venue": "Sushi Mihon", "day_text": "Friday", "time_text": "8 pm", "people": 2, "reference": "R-7K3P"}
    said = report("booking.list", frame("booking.list"), bookings=[one, one | {"reference": "R-1111"}])
    assert said.split("\n")[0] == "You have 2 bookings:"
    assert said.split("\n")[1] == "Sushi Mihon, Friday at 8 pm, for 2 (R-7K3P)"
    assert report("booking.list", frame("booking.list"), found=False, bookings=[]) == "You have no bookings."


def test_undoing_a_booking_names_what_was_cancelled() -> None:
    made = receipt("booking.restaurant", venue="Sushi Mihon", day="2026-11-27", day_text="Friday", reference="R-7K3P")
    assert say.undone(catalogue(), made, made) == (
        "I took the booking back: Sushi Mihon on Friday is cancelled (R-7K3P)."
    )


def test_sample_weather_says_so() -> None:
    asked = frame("weather.forecast", place=value("Oslo"), day=value("Friday 27 November"))
    facts = {
        "place": "Oslo",
        "country": "Norway",
        "text": "light rain",
        "high": 7,
        "low": 2,
        "rain_chance": 80,
        "wind": 14,
    }
    said = report("weather.forecast", asked, **facts)
    assert said.startswith("Oslo, Friday 27 November: light rain, 2 to 7 °C, 80 % chance of rain, wind 14 km/h.")
    assert "sample weather" in said
    assert "sample" not in report("weather.forecast", asked, simulated=False, **facts)


def test_what_may_fall_is_what_the_sky_says() -> None:
    asked = frame("weather.forecast", place=value("Oslo"), day=value("Friday 27 November"))
    facts = {"place": "Oslo", "text": "light snow", "high": 1, "low": -5, "rain_chance": 65, "wind": 14}
    assert "65 % chance of snow" in report("weather.forecast", asked, kind="light_snow", **facts)
    assert "65 % chance of rain" in report("weather.forecast", asked, kind="light_rain", **facts)
    assert "65 % chance of snow" in report("weather.forecast", asked, **{**facts, "high": -1})


@pytest.mark.parametrize(
    ("intent", "facts", "expected"),
    [
        ("turn_on", {"changed": True}, "Desk lamp is on."),
        ("turn_on", {"changed": False}, "Desk lamp is already on."),
        ("turn_off", {"changed": True}, "Desk lamp is off."),
        ("turn_off", {"device": "all lights", "devices": ["a", "b"], "changed": True}, "All lights are off."),
        ("turn_on", {"changed": True, "offline": ["Fan"]}, "Desk lamp is on. (Fan could not be reached.)"),
    ],
)
def test_switching_is_reported_as_it_was(intent: str, facts: dict[str, Any], expected: str) -> None:
    full = {"device": "Desk lamp", "devices": ["Desk lamp"], "offline": []} | facts
    assert report(f"smart_home.{intent}", frame(f"smart_home.{intent}", device=value("Desk lamp")), **full) == expected


def test_the_state_of_the_home_lists_what_is_asked_for() -> None:
    detail = {"device": "Desk lamp", "state": "on", "level": 40, "temperature": None, "current_temperature": None}
    heating = {
        "device": "Bedroom thermostat",
        "state": "heat",
        "level": None,
        "temperature": 21,
        "current_temperature": 18,
    }
    facts = {"device": "home", "devices": ["Desk lamp"], "details": [detail, heating], "on": ["Desk lamp"]}
    named = report("smart_home.status", frame("smart_home.status", room=value("office")), **facts)
    assert named.split("\n") == ["Desk lamp: on, 40 %", "Bedroom thermostat: heat, set to 21 °C, now 18 °C"]
    assert report("smart_home.status", frame("smart_home.status"), **facts) == "On now: Desk lamp."
    assert report("smart_home.status", frame("smart_home.status"), **(facts | {"on": []})) == "Nothing is on."


def test_a_solution_shows_its_equation() -> None:
    asked = frame("tutoring.solve", problem=value("..."))
    assert report("tutoring.solve", asked, equation="12*7", answer="84", steps=[]) == "12*7 = 84"
    assert report("tutoring.solve", asked, equation="x=5+8", answer="13", steps=[]) == "x=5+8, so the answer is 13."


def test_prompts_of_skills_that_write_render_to_one_line() -> None:
    skills = catalogue().skills
    translate = render_speak(skills["translation"], {"target": "german", "text": "good night"}).text
    assert translate == "<|task|> translate to german: good night<|reply|>"
    assert render_speak(skills["tutoring"], {"problem": "N0 plus N1"}).text == "<|task|> solve: N0 plus N1<|reply|>"
    assert render_speak(skills["chat"], {"utterance": "hi"}).text == "<|task|> chat: hi<|reply|>"
