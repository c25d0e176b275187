from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import StoreError
from agent.store import migrate
from agent.store.records import dump, load_receipt, load_turns
from agent.types import STATE_VERSION, DialogueState, Frame, Mention, Pending, SlotValue

OLD = json.loads((Path(__file__).parent / "session_of_version_1.json").read_text(encoding="utf-8"))
"""A session as factotum 0.1 stored it in Redis: a booking half asked for, a booking made, a lamp switched on."""


def test_state_of_today_is_read_back() -> None:
    state = DialogueState(turns=3, last_reply="Done.")
    assert migrate.load_state(state.model_dump_json(), "ada") == state


def test_stored_session_of_version_1_goes_on_where_it_was() -> None:
    text = OLD["session"]["state"]
    assert json.loads(text)["version"] == 1
    state = migrate.load_state(text, "ada")
    assert state.version == STATE_VERSION
    assert state.active is not None
    assert {name: value.value for name, value in state.active.slots.items()} == {"people": 4, "day": "2026-11-26"}
    assert state.pending is not None
    assert (state.pending.slot, state.turns, state.before, state.talked_at) == ("time", 5, None, None)
    assert state.last_receipt_id == "605bbb84a22b"


def test_turns_and_receipts_of_version_1_are_read() -> None:
    turns = load_turns(OLD["turns"], "ada")
    assert [turn.number for turn in turns] == [1, 2, 3, 4, 5]
    receipts = [load_receipt(json.loads(claim)["receipt"], "ada") for claim in OLD["claims"].values()]
    assert {receipt.intent for receipt in receipts} == {"smart_home.turn_on", "booking.restaurant"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "session 'ada' is not JSON"),
        ("[1]", r"is \[1\], expected a JSON object"),
        ('{"version": 3}', "has version 3, this program knows versions 1 to 2"),
        ('{"turns": 1}', "has version None"),
        ('{"version": 1, "surprise": 1}', "surprise"),
    ],
)
def test_state_that_cannot_be_read_names_session_and_reason(text: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        migrate.load_state(text, "ada")


def test_older_state_goes_through_every_version_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_minus_one(data: dict[str, Any]) -> dict[str, Any]:
        return {"said": data["spoken"]}

    def from_zero(data: dict[str, Any]) -> dict[str, Any]:
        return {"last_reply": data["said"]}

    oldest = {-1: from_minus_one, 0: from_zero, **migrate.MIGRATIONS}
    monkeypatch.setattr(migrate, "MIGRATIONS", oldest)
    with pytest.raises(StoreError, match="last_reply"):
        migrate.load_state('{"version": 0, "said": 1, "spoken": 2}', "ada")
    assert migrate.load_state('{"version": -1, "spoken": "Hello."}', "ada").last_reply == "Hello."


def test_stored_state_leaves_out_what_is_so_by_default_and_comes_back_whole() -> None:
    value = SlotValue(raw="Köln", value={"id": [], "at": None}, text="Köln „am Dom“")
    before = DialogueState(turns=4, last_reply="", stack=(Frame(frame_id=1, intent="a.b", slots={"c": value}),))
    pending = Pending(kind="confirm", frame_id=1, arguments_hash="x", asked_at=datetime(2026, 11, 24, tzinfo=UTC))
    mention = Mention(slot="c", resolver="place", value=value)
    state = before.model_copy(update={"pending": pending, "before": before, "mentioned": (mention,), "turns": 5})
    text = dump(state)
    assert migrate.load_state(text, "ada") == state
    assert "last_receipt_id" not in text
    assert dump(DialogueState()) == f'{{"version":{STATE_VERSION}}}'
    assert migrate.load_state(dump(DialogueState()), "ada") == DialogueState()
