"""Dialogues as commands: what a turn changes, the state that comes of it, joint goal accuracy."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from agent.backends.base import Request
from agent.discovery import load_catalogue
from agent.rows import UnderstandRow
from training.encode import Encoder
from training.evaluate import ask_all
from training.rendering import make_renderer
from training.scoring.dialogues import exactly, goal_score, nearly, walk_rightly
from training.tasks import corpus_rows
from training.tasks.common import Source
from training.tasks.dialogues import CONVERSATIONS, dialogue_catalogue
from training.tasks.dialogues.belief import Belief, needed
from training.tasks.dialogues.steps import Conversation, Goal, Heard, Step, is_right
from training.tokenizer import train_tokenizer

Slots = dict[str, list[str]]


def _schema(base: str, variant: str, service: str, slots: list[Any], intents: list[Any]) -> dict[str, Any]:
    return {
        "base_service": base,
        "variant": variant,
        "service_name": service,
        "slots": [
            {"name": name, "description": told, "is_categorical": bool(values), "possible_values": values}
            for name, told, values in slots
        ],
        "intents": [
            {"name": name, "description": "", "required_slots": required, "optional_slots": dict.fromkeys(optional, "")}
            for name, required, optional in intents
        ],
    }


INNS = [("name", "", []), ("city", "", []), ("time", "", []), ("price", "", ["cheap", "dear"]),
        ("number_of_seats", "", ["1", "2"]), ("address", "", [])]  # fmt: skip
SCHEMAS = [
    _schema("Inns_1", "v0", "Inns_1", INNS,
            [("BookInn", ["name", "time"], ["number_of_seats"]), ("FindInn", ["city"], ["price"])]),
    _schema("Inns_1", "v1", "Inns_11",
            [(new, "", values) for new, (_, _, values) in
             zip(["inn", "town", "hour", "cost", "party", "street"], INNS, strict=True)],
            [("ReserveInn", ["inn", "hour"], ["party"]), ("SearchInn", ["town"], ["cost"])]),
    _schema("Cabs_1", "v0", "Cabs_1",
            [("destination", "Destination for taxi ride", []), ("number_of_riders", "", ["1", "2"])],
            [("GetCab", ["destination", "number_of_riders"], [])]),
]  # fmt: skip


def _user(text: str, acts: list[Any], *frames: tuple[str, str, Slots, tuple[str, ...]]) -> dict[str, Any]:
    places = [
        [service, slot, text.index(slots[slot][0]), text.index(slots[slot][0]) + len(slots[slot][0])]
        for service, _, slots, spans in frames
        for slot in spans
    ]
    state = {service: {"intent": intent, "slots": slots} for service, intent, slots, _ in frames}
    return {"speaker": "user", "text": text, "acts": acts, "spans": places, "state": state}


def _inn(text: str, acts: list[Any], intent: str, slots: Slots, *spans: str) -> dict[str, Any]:
    return _user(text, [["Inns_1", *act] for act in acts], ("Inns_1", intent, slots, spans))


def _system(text: str, *acts: list[Any]) -> dict[str, Any]:
    return {"speaker": "system", "text": text, "acts": [["Inns_1", *act] for act in acts]}


ASKED: Slots = {"city": ["Bergen"], "price": ["cheap"]}
TAKEN: Slots = {**ASKED, "name": ["The Fox"]}
BOOKED: Slots = {**TAKEN, "time": ["nine"], "number_of_seats": ["2"]}
RIDE: Slots = {"destination": ["3 Hill Road"], "number_of_riders": ["2"]}
TALK = {
    "id": "talk-1",
    "services": ["Inns_1"],
    "turns": [
        _inn("A cheap inn in Bergen please", [["INFORM", "city", ["Bergen"]]], "FindInn", ASKED, "city"),
        _system("The Fox is nice, 3 Hill Road.", ["OFFER", "name", ["The Fox"]], ["OFFER", "address", ["3 Hill Road"]]),
        _inn("Where is that?", [["REQUEST", "address", []]], "FindInn", ASKED),
        _system("At 3 Hill Road.", ["INFORM", "address", ["3 Hill Road"]]),
        _inn("I like that", [["SELECT", "", []]], "FindInn", TAKEN),
        _system("Book it?", ["OFFER_INTENT", "intent", ["BookInn"]]),
        _inn("Yes, for 8 pm", [["AFFIRM_INTENT", "", []], ["INFORM", "time", ["8 pm"]]], "BookInn",
             {**TAKEN, "time": ["8 pm"]}, "time"),
        _system("The Fox at 8 pm for 2?", ["CONFIRM", "name", ["The Fox"]], ["CONFIRM", "time", ["8 pm"]],
                ["CONFIRM", "number_of_seats", ["2"]]),
        _inn("No, at nine", [["NEGATE", "", []], ["INFORM", "time", ["nine"]]], "BookInn",
             {**TAKEN, "time": ["nine"]}, "time"),
        _system("The Fox at nine for 2?", ["CONFIRM", "time", ["nine"]], ["CONFIRM", "number_of_seats", ["2"]]),
        _inn("Yes", [["AFFIRM", "", []]], "BookInn", BOOKED),
        _system("Done.", ["NOTIFY_SUCCESS", "", []]),
        _inn("Thanks a lot", [["THANK_YOU", "", []]], "NONE", BOOKED),
    ],
}  # fmt: skip
# Two services, one of them accepted and the other asked for in one breath.
RIDES = {
    "id": "talk-2",
    "services": ["Inns_1", "Cabs_1"],
    "turns": [
        _inn("Book The Fox at nine for 2", [["INFORM", "name", ["The Fox"]]], "BookInn",
             {"name": ["The Fox"], "time": ["nine"], "number_of_seats": ["2"]}, "name", "time"),
        _system("It is at 3 Hill Road, at ten?", ["INFORM", "address", ["3 Hill Road"]], ["OFFER", "time", ["ten"]]),
        _user("Good. And a cab to get there", [["Inns_1", "SELECT", "", []], ["Cabs_1", "INFORM_INTENT", "", []]],
              ("Inns_1", "BookInn", {"name": ["The Fox"], "time": ["ten"], "number_of_seats": ["2"]}, ()),
              ("Cabs_1", "GetCab", RIDE, ())),
    ],
}  # fmt: skip
WOZ = {
    "id": "woz-1",
    "services": ["restaurant"],
    "turns": [
        {"speaker": "user", "text": "A cheap place", "acts": [], "state": {"restaurant": {"price range": "cheap"}}},
        {"speaker": "system", "text": "Which area?", "acts": [["request", "area"]]},
        {
            "speaker": "user",
            "text": "I don't care, and any food",
            "acts": [],
            "state": {"restaurant": {"price range": "cheap", "area": "dontcare", "food": "dontcare"}},
        },
    ],
}
MULTIWOZ = {
    "id": "mw-1",
    "services": ["hotel", "taxi"],
    "turns": [
        {"speaker": "user", "text": "a hotel with free parking", "acts": [], "state": {"hotel": {"parking": "yes"}}},
        {"speaker": "system", "text": "The Acorn.", "acts": [["Hotel", "Recommend", "Name", "Acorn"]]},
        {
            "speaker": "user",
            "text": "I'll take it",
            "acts": [],
            "state": {"hotel": {"parking": "yes", "name": "acorn"}, "taxi": {"destination": "none"}},
        },
        {"speaker": "system", "text": "Done.", "acts": []},
        {
            "speaker": "user",
            "text": "a taxi to the hotel by 9:45",
            "acts": [],
            "state": {
                "hotel": {"parking": "yes", "name": "acorn"},
                "taxi": {"destination": "acorn", "arriveBy": "09:45"},
            },
        },
    ],
}
STAR = {
    "id": "star-1",
    "services": ["inn_book", "weather"],
    "turns": [
        {"speaker": "user", "text": "Hello"},
        {"speaker": "user", "text": "I'm Kim and want The Fox"},
        {"speaker": "system", "text": "When?", "acts": ["ask_day"]},
        {"speaker": "user", "text": "On Sunday"},
        {"speaker": "system", "calls": [{"api": "inn_book", "constraints": [
            ["GuestName", "Kim"], ["Day", 'api.is_equal_to("Sunday")'], ["RequestType", "Check"]]}]},
        {"speaker": "system", "text": "Shall I book it?", "acts": ["available"]},
        {"speaker": "user", "text": "Yes, but hm"},
        {"speaker": "system", "calls": [{"api": "inn_book", "constraints": [["GuestName", "Kim"]]}]},
        {"speaker": "user", "text": "I wonder about rain"},
        {"speaker": "system", "calls": [{"api": "weather", "constraints": [["Day", "Sunday"]]}]},
        {"speaker": "user", "text": "Pity, then I stay in"},
    ],
}  # fmt: skip
NAMES = ("sgd", "multiwoz", "woz", "star")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dialogue or two of every set, in the uniform format."""
    folder = tmp_path_factory.mktemp("data")
    apis = {"inn_book": ("GuestName", "Day", "RequestType"), "weather": ("Day",)}
    tasks = [{"task": api, "api": {"input": [{"Name": name} for name in names]}} for api, names in apis.items()]
    for name, rows in {
        "sgd/schema_train": SCHEMAS[:2],
        "sgd/schema_dev": SCHEMAS[2:],
        "sgd/train": [TALK],
        "sgd/dev": [TALK, RIDES],
        "woz2/train": [WOZ],
        "multiwoz21/train": [MULTIWOZ],
        "star/train": [STAR],
        "star/tasks": tasks,
    }.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def told(name: str, data: Path, *, place: int = 0, split: str = "train", seed: int = 3) -> Conversation:
    """A dialogue of a set; those of a dev split stand under their own names."""
    return list(CONVERSATIONS[name](Source(data, split, random.Random(seed))))[place]


def commands(conversation: Conversation, data: Path) -> list[tuple[str, ...]]:
    """The commands of every step, on the state that the ones before make."""
    catalogue = dialogue_catalogue(conversation.catalogue, data)
    belief, lines = Belief(catalogue), []
    for step in conversation.steps:
        belief.hear(step.heard)
        wanted = needed(step, belief, catalogue)
        assert not wanted.missing
        belief.apply(wanted.filled(step.text))
        lines.append(tuple(wanted.filled(step.text)))
    return lines


def inns(data: Path) -> Belief:
    """A belief with two services, of which none is open."""
    return Belief(dialogue_catalogue("sgd Inns_1,Cabs_1 v0", data))


def test_a_dialogue_with_schemas_becomes_starts_sets_and_what_is_taken_over(data: Path) -> None:
    assert commands(told("sgd", data, split="dev"), data) == [
        ("start inns_1.find_inn", "set price cheap", "set city Bergen"),
        # A question about an address changes nothing.
        ("refuse",),
        # The offer still stands after it.
        ("confirm",),
        # What was proposed is named, since what is set is not of what was open.
        ("start inns_1.book_inn", "set time 8 pm"),
        ("set time nine",),
        # The number of people was never said, but summed up.
        ("confirm",),
        ("say chat",),
    ]


def test_a_yes_and_a_request_of_another_service_stand_in_one_turn(data: Path) -> None:
    # The address is what "there" points at; the party stays as large as it is.
    assert commands(told("sgd", data, place=1, split="dev"), data)[1] == (
        "confirm",
        "start cabs_1.get_cab",
        "set destination there",
    )


def test_paraphrased_schemas_tell_the_same_dialogue_in_other_names(data: Path) -> None:
    found = {told("sgd", data, seed=seed).catalogue: told("sgd", data, seed=seed) for seed in range(30)}
    assert set(found) == {"sgd Inns_1 v0", "sgd Inns_1 v1"}
    renamed = found["sgd Inns_1 v1"]
    assert commands(renamed, data)[0] == ("start inns_11.search_inn", "set cost cheap", "set town Bergen")
    assert commands(renamed, data)[3] == ("start inns_11.reserve_inn", "set hour 8 pm")


def test_an_offer_is_taken_over_only_where_an_intent_requires_it(data: Path) -> None:
    offer = told("sgd", data, split="dev").steps[1].heard
    # The address is only told.
    assert (offer.offered, offer.told) == ({"name": "The Fox"}, {"address": "3 Hill Road"})


def test_a_question_stands_until_it_is_answered(data: Path) -> None:
    belief = inns(data)
    belief.apply(["start inns_1.find_inn"])
    belief.hear(Heard("The Fox?", "inns_1", offered={"name": "The Fox"}))
    belief.apply(["refuse"])
    belief.hear(Heard("On Hill Road.", "inns_1"))
    assert belief.is_asked_to_confirm
    belief.apply(["confirm"])
    assert belief.slots == {"inns_1": {"name": "The Fox"}}
    assert not belief.is_asked_to_confirm


def test_what_is_offered_of_a_service_that_is_not_open_cannot_be_agreed_to(data: Path) -> None:
    belief = inns(data)
    belief.apply(["start cabs_1.get_cab"])
    belief.hear(Heard("The Fox?", "inns_1", offered={"name": "The Fox"}))
    belief.apply(["confirm"])
    assert belief.slots == {"cabs_1": {}}


def test_a_yes_to_a_proposal_opens_it(data: Path) -> None:
    belief = inns(data)
    belief.apply(["start inns_1.find_inn"])
    belief.hear(Heard("Book it?", "inns_1", intent="inns_1.book_inn"))
    belief.apply(["confirm"])
    assert belief.intent == "inns_1.book_inn"


def test_a_correction_is_not_undone_by_a_later_yes(data: Path) -> None:
    belief = inns(data)
    belief.apply(["start inns_1.book_inn", "set time eight"])
    belief.hear(Heard("The Fox at eight?", "inns_1", offered={"name": "The Fox", "time": "eight"}))
    belief.apply(["set time nine"])
    belief.apply(["confirm"])
    assert belief.slots["inns_1"] == {"name": "The Fox", "time": "nine"}


def test_choices_of_cambridge_are_written_and_no_preference_is_read_from_the_words(data: Path) -> None:
    assert commands(told("woz", data), data) == [
        ("start restaurant.find", "set price_range cheap"),
        ("set area dontcare", "set food any"),
    ]


def test_a_name_is_taken_over_and_pointed_back_at(data: Path) -> None:
    # "09:45" was said as "9:45".
    assert commands(told("multiwoz", data), data) == [
        ("start hotel.find", "set parking yes"),
        ("confirm",),
        ("start taxi.find", "set destination the hotel", "set arriveby 9:45"),
    ]


def test_what_an_api_is_called_with_is_told_by_the_turns_that_say_it(data: Path) -> None:
    assert commands(told("star", data), data) == [
        ("say chat",),
        ("start inn_book.ask", "set guest_name Kim"),
        ("set day Sunday",),
        ("confirm",),
        # The day was said of the inn, not of the weather.
        ("start weather.ask",),
        ("refuse",),
    ]


def test_a_turn_of_which_nothing_is_known_is_not_taught(data: Path) -> None:
    rows = corpus_rows("star", "train", data, 1)
    texts = {row.text.lower().rstrip(".") for row in rows if isinstance(row, UnderstandRow)}
    assert "on sunday" in texts
    assert not any(text.startswith("pity") for text in texts)


def test_a_value_that_was_neither_said_nor_offered_is_missing_with_its_reason(data: Path) -> None:
    catalogue = dialogue_catalogue("sgd Inns_1,Cabs_1 v0", data)
    goal = Goal("inns_1", "inns_1.find_inn", {"city": ("Bergen",), "price": ("free",), "time": ("nine",)})
    wanted = needed(Step("An inn", (goal,)), Belief(catalogue), catalogue)
    assert set(wanted.missing) == {
        "city: a value that the user did not say",
        "price: a value that is no choice",
        "time: no slot of the intent",
    }


def test_a_row_of_training_may_list_only_what_the_turn_needs() -> None:
    talk = Conversation("c", "sgd Inns_1,Cabs_1 v0", ("inns_1", "cabs_1"), ())
    assert talk.catalogue_of({"cabs_1"}) == "sgd Cabs_1 v0"


def test_rows_of_dialogues_are_learnt_as_they_are_served(data: Path) -> None:
    renderer = make_renderer(load_catalogue(), data=data, seed=1)
    rows = [row for name in NAMES for row in corpus_rows(name, "train", data, 1)]
    assert len(rows) >= 12
    shown = [renderer.render(row) for row in rows]
    tokenizer = train_tokenizer((text for item in shown for text in (item.prompt, item.target)), vocab_size=500)
    encoder = Encoder(tokenizer, renderer, context=256)
    for row, rendered in zip(rows, shown, strict=True):
        example = encoder.encode(row)
        target = tokenizer.decode(example.ids[example.prompt_length :].tolist(), skip_special_tokens=False)
        assert isinstance(row, UnderstandRow)
        assert target == "".join(f"{line}\n" for line in row.commands) + "<|end|>" == f"{rendered.target}<|end|>"


class Oracle:
    """Answers what is right, but for the turns whose words it was told to get wrong."""

    name = "local"
    model_dir = None

    def __init__(self, conversation: Conversation, lines: list[tuple[str, ...]], wrong: str = "") -> None:
        self._answers = {step.text: line for step, line in zip(conversation.steps, lines, strict=True)}
        self._wrong = wrong

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to close."""

    async def complete(self, request: Request) -> str:
        """Find the turn by its words."""
        text = next(text for text in self._answers if f"<|user|> {text}<|commands|>" in request.prompt.text)
        return "refuse\n" if text == self._wrong else "".join(f"{line}\n" for line in self._answers[text])


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("", 100.0),
        # The time stays as it was before the correction; the yes that follows takes the summary's.
        ("No, at nine", 85.7),
        # What the first turn said is missed in all that follow.
        ("A cheap inn in Bergen please", 0.0),
    ],
)
async def test_joint_goal_accuracy_walks_on_the_models_own_state(data: Path, wrong: str, expected: float) -> None:
    talk = told("sgd", data, split="dev")
    oracle = Oracle(talk, commands(talk, data), wrong)
    renderer = make_renderer(load_catalogue(), data=data, seed=1)
    _, walked, _ = await ask_all(oracle, renderer, {}, {"sgd": [talk]}, show_progress=False)  # type: ignore[arg-type]
    assert goal_score(walked["sgd"], exactly)["joint_goal_accuracy"] == expected


def test_both_services_of_a_turn_are_counted_and_unseen_ones_apart(data: Path) -> None:
    talk = told("sgd", data, place=1, split="dev")
    turns = walk_rightly([talk], lambda name: dialogue_catalogue(name, data))
    turns[1].slots["cabs_1"]["destination"] = "Bergen"  # type: ignore[index]
    report = goal_score(turns, exactly)
    # The inn after both turns, and the cab after the second.
    assert report["joint_goal_accuracy"] == 66.7
    assert (report["joint_goal_accuracy_seen"], report["joint_goal_accuracy_unseen"]) == (100.0, 0.0)
    assert report["joint_goal_accuracy_all_services"] == 50.0


def test_free_values_of_schemas_count_by_likeness_and_choices_exactly(data: Path) -> None:
    goal = Goal("inns_1", "inns_1.find_inn", {"city": ("New York",), "price": ("cheap",)}, choices=frozenset({"price"}))
    talk = Conversation("c", "sgd Inns_1 v0", ("inns_1",), (Step("-", (goal,)),))
    turns = walk_rightly([talk], lambda name: dialogue_catalogue(name, data))
    turns[0].slots["inns_1"].update(city="New Yorkk", price="cheap")  # type: ignore[attr-defined]
    report = goal_score(turns, nearly)
    # 16 of 17 letters are alike: 2 * 8 / (8 + 9).
    assert (report["joint_goal_accuracy"], report["joint_goal_accuracy_exact"]) == (94.0, 0.0)
    turns[0].slots["inns_1"].update(price="cheaper")  # type: ignore[attr-defined]
    assert goal_score(turns, nearly)["joint_goal_accuracy"] == 0.0


def test_another_day_is_another_value() -> None:
    # They are nine tenths alike, and a correction from one to the other must be written.
    assert not is_right("March 12th", ["March 11th"])
    assert is_right("  NEW york", ["new York"])
    assert is_right("09:45", ["9:45"])
