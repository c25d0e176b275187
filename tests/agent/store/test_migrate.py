from __future__ import annotations

from typing import Any

import pytest

from agent.errors import StoreError
from agent.store import migrate
from agent.types import DialogueState


def test_state_of_today_is_read_back() -> None:
    state = DialogueState(turns=3, last_reply="Done.")
    assert migrate.load_state(state.model_dump_json(), "ada") == state


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "session 'ada' is not JSON"),
        ("[1]", r"is \[1\], expected a JSON object"),
        ('{"version": 2}', "has version 2, this program knows versions 1 to 1"),
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

    monkeypatch.setattr(migrate, "MIGRATIONS", {-1: from_minus_one, 0: from_zero})
    with pytest.raises(StoreError, match="last_reply"):
        migrate.load_state('{"version": 0, "said": 1, "spoken": 2}', "ada")
    assert migrate.load_state('{"version": -1, "spoken": "Hello."}', "ada").last_reply == "Hello."
