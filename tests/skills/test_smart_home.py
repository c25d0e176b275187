"""The virtual home: its lights really change, keep their state, and can be offline."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.actions import Action, ActionCall, ActionContext, ActionResult, Offers, Undoes
from agent.dialogue.resolvers import match_options
from agent.errors import NotFound, ProviderError, Unavailable
from agent.types import Receipt
from skills.smart_home import DeviceState, HomeProvider, SmartHomeAction, VirtualHome

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def context(data_dir: Path, lang: str = "en", now: datetime = NOW) -> ActionContext:
    return ActionContext(session_id="s", now=now, lang=lang, data_dir=data_dir)


async def run(data_dir: Path, intent: str, lang: str = "en", **arguments: Any) -> ActionResult:
    action = SmartHomeAction()
    try:
        return await action.run(ActionCall(intent, arguments), context(data_dir, lang))
    finally:
        await action.close()


async def meant(data_dir: Path, intent: str, words: str, slot: str = "device", lang: str = "en") -> list[str]:
    offered = await SmartHomeAction().options(intent, slot, {}, context(data_dir, lang))
    return [str(option.value) for option in match_options(words, offered, lang)]


def receipt(result: ActionResult, intent: str) -> Receipt:
    return Receipt(
        receipt_id="r", intent=intent, arguments={}, facts=result.facts, effect=result.effect, source=result.source,
        as_of=result.as_of, simulated=result.simulated, undo=result.undo,
    )  # fmt: skip


class HomeProviderContract:
    """What every home must do; subclasses say which home."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], HomeProvider]:
        raise NotImplementedError

    async def test_a_light_changes_and_stays_changed(self, make: Callable[[], HomeProvider]) -> None:
        home = make()
        entity = next(
            key for key, state in (await home.states(NOW)).items() if key.startswith("light.") and state.available
        )
        after = await home.call_service("turn_on", (entity,), {"brightness_pct": 40}, NOW)
        assert (after[entity].state, after[entity].level) == ("on", 40)
        await home.close()
        assert (await make().states(NOW))[entity].state == "on"

    async def test_a_thermostat_takes_a_temperature_within_its_limits(self, make: Callable[[], HomeProvider]) -> None:
        home = make()
        entity = next(key for key in (await home.home()).devices if key.startswith("climate."))
        assert (await home.call_service("set_temperature", (entity,), {"temperature": 21.5}, NOW))[
            entity
        ].temperature == 21.5
        with pytest.raises(NotFound, match="80"):
            await home.call_service("set_temperature", (entity,), {"temperature": 80}, NOW)
        assert (await home.states(NOW))[entity].temperature == 21.5

    async def test_an_unknown_entity_is_named(self, make: Callable[[], HomeProvider]) -> None:
        with pytest.raises(NotFound, match=r"light\.moon"):
            await make().call_service("turn_on", ("light.moon",), {}, NOW)

    async def test_restore_puts_back_what_states_gave(self, make: Callable[[], HomeProvider]) -> None:
        home = make()
        entity = next(
            key for key, state in (await home.states(NOW)).items() if key.startswith("light.") and state.available
        )
        before = (await home.states(NOW))[entity]
        await home.call_service("turn_on", (entity,), {"brightness_pct": 3}, NOW)
        await home.call_service("restore", (entity,), {"states": {entity: before.model_dump(mode="json")}}, NOW)
        assert (await home.states(NOW))[entity] == before

    async def test_it_says_what_it_is(self, make: Callable[[], HomeProvider]) -> None:
        home = make()
        assert home.source
        assert isinstance(home.simulated, bool)
        assert await home.health()


class TestVirtualHome(HomeProviderContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], HomeProvider]:
        return lambda: VirtualHome(tmp_path)


def test_the_action_keeps_the_protocols() -> None:
    action = SmartHomeAction()
    assert isinstance(action, Action)
    assert isinstance(action, Offers)
    assert isinstance(action, Undoes)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("kitchen light", ["light.kitchen"]),
        ("the kichen lihgt", ["light.kitchen"]),
        ("the light in the kitchen", ["light.kitchen"]),
        ("kitchen lamp", ["light.kitchen"]),
        ("the lamp", ["light.floor_lamp", "light.bedside_lamp", "light.desk_lamp"]),
        ("desk lamp", ["light.desk_lamp"]),
        ("lights in the kitchen", ["group.kitchen_lights"]),
        ("kitchen lights", ["group.kitchen_lights"]),
        ("the bathroom lights", ["light.bathroom"]),
        ("all lights", ["group.lights"]),
        ("all the lights", ["group.lights"]),
        ("lights", ["group.lights"]),
        ("everything", ["group.all"]),
        ("everything in the bedroom", ["group.bedroom"]),
        ("coffee machine", ["switch.coffee_machine"]),
        ("the telly", ["media_player.tv"]),
        ("fan", ["fan.bedroom"]),
        ("garage door", ["cover.garage_door"]),
        ("blinds", ["cover.living_room"]),
        ("hallway light", ["light.hall"]),
        ("heating", ["group.thermostats"]),
        ("bedroom radiator", ["climate.bedroom"]),
        ("thermostat", ["climate.living_room", "climate.bedroom"]),
        ("cellar light", []),
    ],
)
async def test_people_find_their_devices(tmp_path: Path, words: str, values: list[str]) -> None:
    assert await meant(tmp_path, "turn_on", words) == values


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("küchenlicht", ["light.kitchen"]),
        ("das licht im bad", ["light.bathroom"]),
        ("alle lichter", ["group.lights"]),
        ("stehlampe", ["light.floor_lamp"]),
        ("alles", ["group.all"]),
    ],
)
async def test_people_find_their_devices_in_german(tmp_path: Path, words: str, values: list[str]) -> None:
    assert await meant(tmp_path, "turn_on", words, lang="de") == values


async def test_nothing_on_is_nothing_to_tell(tmp_path: Path) -> None:
    assert not (await run(tmp_path, "status")).found


async def test_the_whole_home_tells_what_is_on(tmp_path: Path) -> None:
    await run(tmp_path, "turn_on", device="light.hall")
    await run(tmp_path, "set_brightness", device="light.office", level=40)
    told = (await run(tmp_path, "status")).facts["devices"]
    assert [(each["device"], each["state"], each["level"]) for each in told] == [
        ("Office light", "on", 40),
        ("Hall light", "on", 100),
    ]


@pytest.mark.parametrize("words", ["kitchen", "the kitchen", "everything in the kitchen", "kichen"])
async def test_a_room_can_be_asked_for_as_a_device(tmp_path: Path, words: str) -> None:
    assert await meant(tmp_path, "status", words) == ["room.kitchen"]
    asked = await run(tmp_path, "status", device="room.kitchen")
    assert [each["device"] for each in asked.facts["devices"]] == [
        "Kitchen light",
        "Kitchen counter light",
        "Coffee machine",
    ]


async def test_only_rooms_with_a_thermostat_are_offered_for_heating(tmp_path: Path) -> None:
    offered = await SmartHomeAction().options("set_temperature", "room", {}, context(tmp_path))
    assert [option.value for option in offered] == ["living_room", "bedroom"]


async def test_only_lights_are_offered_for_dimming(tmp_path: Path) -> None:
    offered = await SmartHomeAction().options("set_brightness", "device", {}, context(tmp_path))
    assert {str(option.value).partition(".")[0] for option in offered} == {"light", "group"}


async def test_a_light_is_switched_on_and_survives_a_restart(tmp_path: Path) -> None:
    done = await run(tmp_path, "turn_on", device="light.kitchen")
    assert done.effect
    assert done.simulated
    assert done.source == "virtual home"
    assert done.facts["device"] == "Kitchen light"
    assert (done.facts["room"], done.facts["state"], done.facts["changed"]) == ("kitchen", "on", True)
    asked = await run(tmp_path, "status", device="light.kitchen")
    assert (asked.facts["state"], asked.effect) == ("on", False)


async def test_switching_on_what_is_on_claims_no_effect(tmp_path: Path) -> None:
    await run(tmp_path, "turn_on", device="light.kitchen")
    again = await run(tmp_path, "turn_on", device="light.kitchen")
    assert (again.effect, again.facts["changed"], again.undo) == (False, False, None)


@pytest.mark.parametrize(
    ("device", "plural"), [("group.kitchen_lights", True), ("group.kitchen", False), ("light.kitchen", False)]
)
async def test_a_reply_says_are_of_lights_and_is_of_everything(tmp_path: Path, device: str, plural: bool) -> None:
    done = await run(tmp_path, "turn_on", device=device)
    assert done.facts["plural"] is plural
    back = await SmartHomeAction().undo(receipt(done, "smart_home.turn_on"), context(tmp_path))
    assert back.facts["plural"] is plural


async def test_a_reply_says_is_of_the_home(tmp_path: Path) -> None:
    done = await run(tmp_path, "set_temperature", temperature=22)
    assert (done.facts["device"], done.facts["plural"]) == ("home", False)
    assert len(done.facts["devices"]) > 1


async def test_undo_restores_what_was_before(tmp_path: Path) -> None:
    await run(tmp_path, "set_brightness", device="light.kitchen", level=30)
    done = await run(tmp_path, "turn_on", device="group.kitchen_lights")
    assert done.facts["devices"] == ["Kitchen light", "Kitchen counter light"]
    off = await run(tmp_path, "set_brightness", device="group.kitchen_lights", level=80)
    back = await SmartHomeAction().undo(receipt(off, "smart_home.set_brightness"), context(tmp_path))
    assert back.effect
    levels = {each["entity_id"]: each["level"] for each in back.facts["details"]}
    assert levels == {"light.kitchen": 30, "light.kitchen_counter": 100}


async def test_a_temperature_is_set_in_one_room_or_in_all(tmp_path: Path) -> None:
    one = await run(tmp_path, "set_temperature", temperature=21, room="bedroom")
    assert (one.facts["room"], one.facts["temperature"], one.facts["devices"]) == (
        "bedroom",
        21.0,
        ["Bedroom thermostat"],
    )
    every = await run(tmp_path, "set_temperature", temperature=19.5)
    assert len(every.facts["devices"]) == 2
    assert every.facts["temperature"] == 19.5


async def test_a_room_warms_up_slowly(tmp_path: Path) -> None:
    await run(tmp_path, "set_temperature", temperature=21, room="bedroom")
    action = SmartHomeAction()
    call = ActionCall("status", {"device": "climate.bedroom"})
    hour = await action.run(call, context(tmp_path, now=NOW + timedelta(hours=1)))
    day = await action.run(call, context(tmp_path, now=NOW + timedelta(days=1)))
    assert hour.facts["current_temperature"] == 20.0
    assert day.facts["current_temperature"] == 21.0


async def test_a_room_tells_its_devices(tmp_path: Path) -> None:
    await run(tmp_path, "turn_on", device="light.floor_lamp")
    asked = await run(tmp_path, "status", room="living room")
    assert asked.facts["on"] == ["Floor lamp"]
    assert asked.facts["current_temperature"] == 19.5


async def test_an_offline_device_says_so_and_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Garden fountain is offline"):
        await run(tmp_path, "turn_on", device="switch.fountain")
    assert not (tmp_path / "home.json").exists()


async def test_everything_leaves_out_the_offline_device_and_says_so(tmp_path: Path) -> None:
    done = await run(tmp_path, "turn_on", device="group.all")
    assert done.facts["offline"] == ["Garden fountain"]
    assert "Garden fountain" not in done.facts["devices"]
    assert "Garage door" not in done.facts["devices"]


@pytest.mark.parametrize(
    ("intent", "arguments", "words"),
    [
        ("turn_on", {"device": "light.moon"}, r"light\.moon"),
        ("turn_on", {"device": "the lamp"}, "could be Floor lamp, Bedside lamp, Desk lamp"),
        ("set_temperature", {"temperature": 99}, "99 °C; it takes 5 to 30"),
        ("set_temperature", {"temperature": 20, "room": "kitchen"}, "I know living room, bedroom"),
        ("fly", {"device": "light.kitchen"}, "no intent 'fly'"),
    ],
)
async def test_what_cannot_be_done_is_explained(
    tmp_path: Path, intent: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotFound, match=words):
        await run(tmp_path, intent, **arguments)


async def test_an_own_floor_plan_is_used(tmp_path: Path) -> None:
    (tmp_path / "home.yaml").write_text("rooms:\n  den: {en: den}\ndevices:\n  light.den: {room: den, en: Den light}\n")
    assert await meant(tmp_path, "turn_on", "den light") == ["light.den"]
    assert (await run(tmp_path, "turn_on", device="light.den")).facts["state"] == "on"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("rooms: [", "is not YAML"),
        ("rooms: {}\ndevices: {light.x: {room: attic, en: X}}", "'light.x' in room 'attic'"),
        ("rooms: {a: {}}\ndevices: {}", r"wrong at 'rooms\.a\.en'"),
    ],
)
async def test_a_wrong_floor_plan_is_explained(tmp_path: Path, plan: str, words: str) -> None:
    (tmp_path / "home.yaml").write_text(plan)
    with pytest.raises(Unavailable, match=words):
        await run(tmp_path, "status")


async def test_a_damaged_state_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"version": 1, "sta')
    with pytest.raises(Unavailable, match="move that file away"):
        await run(tmp_path, "turn_on", device="light.kitchen")
    assert (tmp_path / "home.json").read_text() == '{"version": 1, "sta'


async def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await run(tmp_path, "turn_on", device="light.kitchen")
    before = (tmp_path / "home.json").read_text()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skills.smart_home.virtual.os.fsync", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        await run(tmp_path, "turn_off", device="light.kitchen")
    assert (tmp_path / "home.json").read_text() == before
    assert [path for path in os.listdir(tmp_path) if path.endswith(".tmp")] == []


async def test_a_data_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        await run(tmp_path / "file", "turn_on", device="light.kitchen")


async def test_a_provider_that_raises_is_passed_on(tmp_path: Path) -> None:
    class Gone(VirtualHome):
        async def states(self, now: datetime) -> dict[str, DeviceState]:
            raise Unavailable("the bridge is gone")

    action = SmartHomeAction(make_home=Gone)
    with pytest.raises(ProviderError, match="bridge"):
        await action.run(ActionCall("turn_on", {"device": "light.kitchen"}), context(tmp_path))


def test_two_threads_lose_no_change(tmp_path: Path) -> None:
    import asyncio

    entities = ["light.kitchen", "light.hall", "light.office", "light.bathroom"]

    def switch(entity: str) -> None:
        asyncio.run(VirtualHome(tmp_path).call_service("turn_on", (entity,), {}, NOW))

    threads = [threading.Thread(target=switch, args=(entity,)) for entity in entities]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = json.loads((tmp_path / "home.json").read_text())["states"]
    assert [stored[entity]["state"] for entity in entities] == ["on"] * 4
