"""Simulated users with the oracle: everything they want comes out as they want it, in the providers' own state too."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.catalogue import Catalogue
from agent.discovery import load_actions, load_catalogue
from agent.errors import DeclarationError
from agent.rowmaking.wording import Unsayable
from agent.testing.simulated_users import Plan, Report, Result, simulate
from agent.testing.simulated_users.goals import Goal
from agent.testing.simulated_users.speaker import Speaker
from agent.testing.simulated_users.user import SimulatedUser

DRAFT = " N0 + N1"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


async def run(catalogue: Catalogue, plan: Plan, **options: object) -> Report:
    make = lambda: load_actions(catalogue, {"weather": {"provider": "sample"}})  # noqa: E731
    try:
        make()
    except DeclarationError as error:
        pytest.skip(f"the built-in actions are not installed: {error}")
    return await simulate(plan, catalogue=catalogue, make_actions=make, **options)  # type: ignore[arg-type]


def bookings_fit(data_dir: Path, user: SimulatedUser) -> list[str]:
    """Hold the booking database against the tables that the user got and did not give back."""
    wanted = sorted(
        (str(r.arguments["day"]), str(r.arguments["time"]), int(r.arguments["people"]))
        for goal in user.goals
        for r in goal.receipts
        if r.intent == "booking.restaurant"
    )
    path = data_dir / "booking.sqlite3"
    if not path.exists():
        return [f"no database, but {wanted} were booked"] if wanted else []
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT day, minute, people FROM bookings WHERE cancelled = 0").fetchall()
    held = sorted((day, f"{minute // 60:02}:{minute % 60:02}", people) for day, minute, people in rows)
    cancelled = sum(goal.intent.name == "booking.cancel" and bool(goal.receipts) for goal in user.goals)
    if len(held) != len(wanted) - cancelled or (not cancelled and held != wanted):
        return [f"the database holds {held}, the user was told of {wanted}, {cancelled} of them cancelled"]
    return []


async def test_with_the_right_commands_every_user_gets_what_they_want(catalogue: Catalogue) -> None:
    report = await run(catalogue, Plan(count=60, seed=3, draft=DRAFT), check_world=bookings_fit)
    figures = report.figures()
    assert figures["task_success"] == 1.0, report.worst(3)
    assert (figures["false_action"], figures["false_claim"], figures["missed_action"]) == (0, 0, 0), report.worst(3)


async def test_the_same_seed_gives_the_same_dialogues(catalogue: Catalogue) -> None:
    plan = Plan(count=4, seed=11, draft=DRAFT)
    first, second = await run(catalogue, plan), await run(catalogue, plan)
    assert [result.transcript for result in first.results] == [result.transcript for result in second.results]


async def test_a_repeat_wants_the_same_in_other_words(catalogue: Catalogue) -> None:
    report = await run(catalogue, Plan(count=3, repeats=2, seed=5, draft=DRAFT))
    for one, two in zip(report.results[::2], report.results[1::2], strict=True):
        assert one.intents == two.intents
    assert any(
        one.transcript != two.transcript for one, two in zip(report.results[::2], report.results[1::2], strict=True)
    )


def test_a_goal_that_was_not_reached_is_a_failure(catalogue: Catalogue) -> None:
    goal = Goal(catalogue.intents["booking.restaurant"])
    assert not goal.is_met
    goal.is_over = True
    assert not goal.is_met  # over, and nothing was booked


def test_success_in_all_repeats_needs_every_one() -> None:
    def result(number: int, repeat: int, success: bool) -> Result:
        return Result(number, repeat, ("x.y",), success, 1, (), 0, 0, 0, (), ())

    outcomes = [(0, 0, True), (0, 1, True), (1, 0, True), (1, 1, False)]
    report = Report("oracle", 1, 2, [result(*each) for each in outcomes])
    assert report.figures()["task_success"] == 0.75
    assert report.figures()["success_in_all_2"] == 0.5


def test_what_is_said_and_what_is_commanded_belong_together(catalogue: Catalogue) -> None:
    speaker = Speaker(catalogue, random.Random(1))
    said = 0
    for _ in range(40):
        try:
            move = speaker.request(catalogue.intents["weather.forecast"])
        except Unsayable:
            continue
        values = [line.split(" ", 2)[2] for line in move.commands if line.startswith("set ")]
        assert all(value == "@all" or value in move.text for value in values), move
        said += 1
    assert said > 20
