"""What the panel shows, read from states and moved on by events."""

import pytest

from agent.terminal.live import DialogueView, FrameView, QuestionView, printable, view_after, view_of
from agent.terminal.panel import dialogue_content, duration
from agent.types import DialogueState, Event, Frame, Option, Pending, SlotValue

BOOKING = FrameView("booking.restaurant", {"people": "2"})
WEATHER = FrameView("weather.forecast")


def test_a_state_is_shown_with_its_values_as_they_are_said():
    people = SlotValue(raw="two of us", value=2, text="2")
    state = DialogueState(
        stack=(Frame(frame_id=1, intent="booking.restaurant", slots={"people": people}),),
        waiting=(Frame(frame_id=2, intent="weather.forecast"),),
        pending=Pending(kind="choice", frame_id=1, slot="venue", options=(Option(value=7, text="Sole"),)),
    )
    view = view_of(state)
    assert view == DialogueView((BOOKING,), (WEATHER,), QuestionView("choice", "venue", ("Sole",)))
    assert dialogue_content(view).plain.split("\n") == [
        "▸ booking.restaurant",
        "  people 2",
        "  venue  ?",
        "… weather.forecast  waiting",
        "? which venue?",
        "  1 Sole",
    ]


def test_nothing_open_says_so():
    assert dialogue_content(view_of(DialogueState())).plain == "nothing open"


def test_a_paused_frame_is_marked_and_stands_below_the_active_one():
    lines = dialogue_content(DialogueView((BOOKING, WEATHER))).plain.split("\n")
    assert lines == ["▸ weather.forecast", "‖ booking.restaurant  paused", "  people 2"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Event("skill_started", {"intent": "weather.forecast", "frame_id": 2}), DialogueView((BOOKING, WEATHER))),
        (Event("skill_started", {"intent": "chat", "frame_id": 0}), DialogueView((BOOKING,))),
        (
            Event("slot_set", {"intent": "booking.restaurant", "slot": "people", "value": 3, "text": "3"}),
            DialogueView((FrameView("booking.restaurant", {"people": "3"}),)),
        ),
        (
            Event("slot_cleared", {"intent": "booking.restaurant", "slot": "people"}),
            DialogueView((FrameView("booking.restaurant"),)),
        ),
        (Event("slot_set", {"intent": "other.intent", "slot": "x", "text": "y"}), DialogueView((BOOKING,))),
        (Event("frame_cancelled", {"intent": "booking.restaurant"}), DialogueView()),
        (
            Event("question_asked", {"intent": "booking.restaurant", "slot": "time", "options": []}),
            DialogueView((BOOKING,), question=QuestionView("slot", "time")),
        ),
        (
            Event("confirmation_asked", {"intent": "booking.restaurant", "arguments": {}}),
            DialogueView((BOOKING,), question=QuestionView("confirm")),
        ),
        (Event("token", {"text": "x"}), DialogueView((BOOKING,))),
    ],
    ids=lambda value: value.kind if isinstance(value, Event) else "",
)
def test_an_event_moves_the_view_on(event, expected):
    assert view_after(DialogueView((BOOKING,)), event) == expected


def test_a_resumed_frame_becomes_the_active_one():
    view = DialogueView((BOOKING, WEATHER), question=QuestionView("resume"))
    resumed = view_after(view, Event("frame_resumed", {"intent": "booking.restaurant"}))
    assert resumed == DialogueView((WEATHER, BOOKING))


def test_answers_are_numbers_for_options_and_yes_or_no_for_a_confirmation():
    assert QuestionView("clarify", None, ("booking", "weather")).answers == ("1", "2")
    assert QuestionView("confirm").answers == ("yes", "no")
    assert QuestionView("slot", "time").answers == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]0;title\x07b", "a]0;titleb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("tab\there", "tab\there"),
        ("é👩‍🚀 ü", "é👩‍🚀 ü"),
    ],
)
def test_printable_text_keeps_words_and_drops_controls(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.0004, "0.4 ms"), (0.0371, "37 ms"), (1.239, "1.24 s")])
def test_durations_are_read_at_a_glance(seconds, shown):
    assert duration(seconds) == shown
