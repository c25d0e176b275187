"""A home that exists only in two files: a floor plan (YAML) and its state (``home.json``, replaced as a whole).

Lights, thermostats and the rest really change and stay changed; devices can be offline. Rooms warm up slowly, so
that a thermostat's reading is not its setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import NotFound, Unavailable
from skills.smart_home.provider import MAX_TEMPERATURE, MIN_TEMPERATURE, STATES, Device, DeviceState, Home, Room

WARMING_PER_HOUR = 2.0
"""How fast a room of the virtual home follows its thermostat, degrees Celsius."""
STATE_VERSION = 1


class _RoomPlan(BaseModel):
    model_config = ConfigDict(extra="allow")
    en: str
    also: tuple[str, ...] = ()


class _DevicePlan(_RoomPlan):
    room: str
    available: bool = True
    current: float | None = None


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = "home"
    rooms: dict[str, _RoomPlan]
    devices: dict[str, _DevicePlan]


class VirtualHome:
    """The embedded home.

    home = VirtualHome(data_dir)
    await home.call_service("turn_on", ("light.kitchen",), {}, now)
    """

    source = "virtual home"
    simulated = True

    def __init__(self, data_dir: Path) -> None:
        self._plan_path = data_dir / "home.yaml"
        # The user's own floor plan; the sample home where there is none.
        self._state_path = data_dir / "home.json"

    async def home(self) -> Home:
        """Return rooms and devices."""
        return (await asyncio.to_thread(self._load))[0]

    async def states(self, now: datetime) -> dict[str, DeviceState]:
        """Return how every device is."""
        states = (await asyncio.to_thread(self._load))[1]
        return {entity_id: _warmed(state, now) for entity_id, state in states.items()}

    async def call_service(
        self, service: str, entity_ids: tuple[str, ...], data: Mapping[str, Any], now: datetime
    ) -> dict[str, DeviceState]:
        """Change all the named devices and store the new state, or change nothing."""
        return await asyncio.to_thread(self._call, service, entity_ids, data, now)

    async def health(self) -> str:
        """Say where the state is kept."""
        return f"virtual home, state in {self._state_path}"

    async def close(self) -> None:
        """Nothing is held open."""

    def _call(
        self, service: str, entity_ids: tuple[str, ...], data: Mapping[str, Any], now: datetime
    ) -> dict[str, DeviceState]:
        with self._locked():
            home, states = self._load()
            changed: dict[str, DeviceState] = {}
            for entity_id in entity_ids:
                if entity_id not in home.devices:
                    known = ", ".join(home.devices)
                    raise NotFound(f"There is no device {entity_id!r} in this home; it has {known}.")
                state = _warmed(states[entity_id], now)
                if not state.available:
                    raise Unavailable(f"{home.devices[entity_id].name('en')} is offline just now.")
                changed[entity_id] = _after(service, entity_id, state, data, now)
            self._write({**states, **changed})
            return changed

    def _load(self) -> tuple[Home, dict[str, DeviceState]]:
        home, states = _read_plan(self._plan_path)
        try:
            stored = json.loads(self._state_path.read_text(encoding="utf-8"))
            kept = {key: DeviceState.model_validate(value) for key, value in stored["states"].items()}
        except FileNotFoundError:
            return home, states
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise Unavailable(
                f"The state of the virtual home in {self._state_path} cannot be read ({type(error).__name__}); "
                "move that file away to start with a fresh home."
            ) from error
        # Whether a device answers is the floor plan's to say, so that editing it takes effect.
        for entity_id, state in kept.items():
            if entity_id in states:
                states[entity_id] = state.model_copy(update={"available": states[entity_id].available})
        return home, states

    def _write(self, states: Mapping[str, DeviceState]) -> None:
        content = {
            "version": STATE_VERSION,
            "states": {key: value.model_dump(mode="json") for key, value in states.items()},
        }
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(prefix="home.", suffix=".tmp", dir=self._state_path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._state_path)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise Unavailable(
                f"The virtual home could not store its state in {self._state_path.parent} ({error.strerror}); "
                "nothing was changed."
            ) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, also between processes, where the system has file locks."""
        try:
            self._state_path.parent.mkdir(parents=True, exist_ok=True)
            lock = open(self._state_path.with_suffix(".lock"), "w")  # noqa: SIM115 (closed below)
        except OSError as error:
            raise Unavailable(
                f"The virtual home cannot write to {self._state_path.parent} ({error.strerror}); nothing was changed."
            ) from error
        with lock:
            try:
                import fcntl
            except ImportError:
                # Windows: the file is still replaced as a whole, so the worst is a lost change.
                yield
                return
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read_plan(path: Path) -> tuple[Home, dict[str, DeviceState]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = files("skills.smart_home").joinpath("home.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"The floor plan {path} cannot be read ({error}).") from error
    try:
        plan = _Plan.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise Unavailable(f"The floor plan {path} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unavailable(f"The floor plan {path} is wrong at {where!r}: {first['msg']}.") from error
    rooms = {key: Room(names=_names(room), also=room.also) for key, room in plan.rooms.items()}
    devices: dict[str, Device] = {}
    states: dict[str, DeviceState] = {}
    for entity_id, device in plan.devices.items():
        domain = entity_id.partition(".")[0]
        if domain not in STATES or device.room not in rooms:
            raise Unavailable(
                f"The floor plan {path} has {entity_id!r} in room {device.room!r}; expected an id such as "
                f"'light.kitchen' with one of the domains {', '.join(STATES)}, and one of the rooms {', '.join(rooms)}."
            )
        devices[entity_id] = Device(entity_id=entity_id, room=device.room, names=_names(device), also=device.also)
        states[entity_id] = DeviceState(
            state=STATES[domain][1],
            level=100 if domain == "light" else None,
            temperature=19.0 if domain == "climate" else None,
            current=(device.current or 18.0) if domain == "climate" else None,
            available=device.available,
        )
    return Home(rooms=rooms, devices=devices), states


def _names(plan: _RoomPlan) -> dict[str, str]:
    return {"en": plan.en} | {key: str(value) for key, value in (plan.model_extra or {}).items() if len(key) == 2}


def _warmed(state: DeviceState, now: datetime) -> DeviceState:
    """The same thermostat after the time since it was last touched."""
    if state.current is None or state.since is None or state.temperature is None or state.state == "off":
        return state
    hours = max(0.0, (now - state.since).total_seconds() / 3600)
    step = min(abs(state.temperature - state.current), hours * WARMING_PER_HOUR)
    current = state.current + (step if state.temperature > state.current else -step)
    return state.model_copy(update={"current": round(current, 1), "since": now})


def _after(service: str, entity_id: str, state: DeviceState, data: Mapping[str, Any], now: datetime) -> DeviceState:
    domain = entity_id.partition(".")[0]
    on, off = STATES[domain]
    changes: dict[str, Any] = {}
    if service == "turn_on":
        changes["state"] = on
        if "brightness_pct" in data:
            level = int(data["brightness_pct"])
            if domain != "light" or not 0 <= level <= 100:
                raise NotFound(f"{entity_id} cannot be set to a brightness of {level} %; lights take 0 to 100.")
            changes = {"state": on, "level": level} if level else {"state": off}
    elif service == "turn_off":
        changes["state"] = off
    elif service == "set_temperature":
        temperature = float(data["temperature"])
        if domain != "climate" or not MIN_TEMPERATURE <= temperature <= MAX_TEMPERATURE:
            raise NotFound(
                f"The thermostat cannot be set to {temperature:g} °C; "
                f"it takes {MIN_TEMPERATURE:g} to {MAX_TEMPERATURE:g}."
            )
        changes = {"state": on, "temperature": temperature}
    elif service == "restore":
        return DeviceState.model_validate(data["states"][entity_id])
    else:
        raise NotFound(f"There is no service {service!r}; expected turn_on, turn_off, set_temperature or restore.")
    if domain == "climate":
        changes["since"] = now
    return state.model_copy(update=changes)
