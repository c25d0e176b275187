"""Home Assistant's templates said at random: what is said and what it means belong together."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hassil", reason="the training extra is not installed (make training)")

from training.corpora import NluRow
from training.tasks import corpus_rows
from training.tasks.home_templates import SET, HomeTemplates, has_templates
from training.tasks.home_values import home_slots

COMMON = {
    "lists": {
        "cover_states": {"values": [{"in": "open", "out": "open"}, {"in": "(closed|shut)", "out": "closed"}]},
        "brightness": {"range": {"type": "percentage", "from": 0, "to": 100}},
        "item": {"wildcard": True},
    },
    "expansion_rules": {"the": "(the|my)", "area": "[<the>] {area}", "here": "[in] here"},
}
HOME = {
    "areas": [{"name": "(Living Room|Lounge)"}, {"name": "Kitchen"}],
    "floors": [{"name": "First Floor"}],
    "entities": [
        {"name": "Left Curtain", "id": "cover.left", "attributes": {"device_class": "curtain"}},
        {"name": "Lamp", "id": "light.lamp"},
    ],
}


def _write(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _set(data: Path, templates: Sequence[Mapping[str, Any]], train: Sequence[Mapping[str, Any]] = ()) -> None:
    folder = data / SET
    _write(folder, "templates", [{"lang": "en", "intent": "HassTurnOn", **each} for each in templates])
    _write(folder, "template_common", [{"lang": "en", "content": COMMON}])
    _write(folder, "fixtures", [{"lang": "en", **HOME}])
    _write(folder, "train", train)


def _said(data: Path, **template: Any) -> list[NluRow]:
    _set(data, [template])
    return list(HomeTemplates(data, (), random.Random(3)).rows())


def test_alternatives_options_and_rules_are_said(tmp_path: Path) -> None:
    rows = _said(tmp_path, sentences=["(open|raise) <area> [now]"])
    words = {row.text.removeprefix("please ").split()[0] for row in rows}
    assert {"open", "raise"} <= words
    assert any(" my " in row.text for row in rows)
    assert any(row.text.endswith(" now") for row in rows)
    assert any("now" not in row.text for row in rows)


def test_a_value_stands_in_the_sentence_where_it_is_copied_from(tmp_path: Path) -> None:
    for row in _said(tmp_path, sentences=["set {name} to {brightness}"], name_domains=["light"]):
        (name,), (number,) = row.slots["name"], row.slots["brightness"]
        assert f"{name} to {number}".lower() in row.text.lower()
        assert {slot for slot, place in home_slots(row) if not isinstance(place, str)} == {"name", "brightness"}


def test_a_choice_is_said_in_one_way_and_meant_in_another(tmp_path: Path) -> None:
    meant = {(row.text.split()[2].rstrip("?"), row.slots["state"][0]) for row in _said(
        tmp_path, sentences=["is it {cover_states:state}"]
    ) if row.text.startswith("is it")}  # fmt: skip
    assert meant == {("open", "open"), ("closed", "closed"), ("shut", "closed")}


def test_fixed_slots_an_implied_domain_and_the_speakers_room_come_with_the_template(tmp_path: Path) -> None:
    for row in _said(
        tmp_path,
        sentences=["lights on [<here>]"],
        slots={"name": "all"},
        inferred_domain="light",
        requires_context={"area": {"slot": True}},
    ):
        assert row.slots["domain"] == ["light"]
        assert row.slots["name"] == ["all"]
        assert row.model_extra is not None
        assert row.slots["area"] == [row.model_extra["context"]["area"]]
        assert ("here", "here") in home_slots(row)


def test_what_stands_in_any_order_is_said_in_any_order(tmp_path: Path) -> None:
    texts = {row.text.removeprefix("please ") for row in _said(tmp_path, sentences=["lights (on;in <area>)"])}
    assert any(text.startswith("lights on in") for text in texts)
    assert any(text.startswith("lights in") for text in texts)


def test_a_template_of_an_unknown_list_is_left_out(tmp_path: Path) -> None:
    assert _said(tmp_path, sentences=["play {nothing_known}"]) == []


def test_what_training_sentences_say_for_a_free_text_is_said_here_too(tmp_path: Path) -> None:
    _set(tmp_path, [{"sentences": ["announce {message}"]}])
    row = NluRow(text="announce dinner", intent="HassBroadcast", slots={"message": ["dinner is ready"]})
    rows = list(HomeTemplates(tmp_path, (row,), random.Random(3)).rows())
    assert rows
    assert all("announce dinner is ready" in each.text for each in rows)


def test_the_source_says_them_in_training_alone_and_only_what_its_catalogue_can(tmp_path: Path) -> None:
    train = [{"text": "kitchen on", "intent": "HassTurnOn", "slots": {"area": ["Kitchen"]}}]
    _set(tmp_path, [{"sentences": ["{area} on", "{name} on"]}], train)
    _write(tmp_path / SET, "dev", [{"text": "attic off", "intent": "HassTurnOn", "slots": {"area": ["Attic"]}}])
    assert has_templates(tmp_path)
    rows = list(corpus_rows("ha", "train", tmp_path, 1))
    assert len(rows) > 5
    assert {command.split()[1] for row in rows for command in row.commands[1:]} == {"area"}
    assert len(list(corpus_rows("ha", "dev", tmp_path, 1))) == 1
