"""The smart home skill: switch, dim, heat, ask. Knows what words mean in a home; a provider does it.

Intents: turn_on, turn_off (device), set_brightness (device, level), set_temperature (temperature, room),
status (device, room). A device is an entity id ("light.kitchen") or a group of them ("group.kitchen_lights").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.actions import ActionCall, ActionContext, ActionResult, result_from
from agent.dialogue.resolvers import match_options
from agent.errors import NotFound, Unavailable
from agent.types import Option, Receipt
from skills.smart_home.provider import Device, DeviceState, Home, HomeProvider
from skills.smart_home.virtual import VirtualHome

_SWITCHED_TOGETHER = ("light", "switch", "fan", "media_player")
# "everything" leaves heating, blinds and doors alone.
_WORDS = {
    "en": {
        "all": "All lights",
        "everything": "Everything",
        "of": "{room} lights",
        "in": "Everything in the {room}",
        "home": "home",
        "heating": "Heating",
    },
    "de": {
        "all": "Alle Lichter",
        "everything": "Alles",
        "of": "Alle Lichter {room}",
        "in": "Alles {room}",
        "home": "Zuhause",
        "heating": "Heizung",
    },
}
_ALSO = {
    "all": ("all lights", "lights", "all lamps", "whole house lights", "alle lichter", "alle lampen", "lichter"),
    "everything": ("everything", "all devices", "whole house", "alles"),
    "heating": ("heating", "thermostats", "radiators", "heizung", "heizungen"),
}
_TYPE_WORDS = {
    "light": ("light", "licht"),
    "climate": ("thermostat", "heizung"),
    "cover": ("blinds", "rollo"),
    "fan": ("fan", "ventilator"),
    "media_player": ("tv", "fernseher"),
}


@dataclass(frozen=True)
class _Target:
    """A device or a group, ready to act on."""

    option: Option
    entity_ids: tuple[str, ...]
    room: str
    # Key of the room, "" for a group across rooms.


class SmartHomeAction:
    """Fulfils the intents of the smart home skill."""

    def __init__(self, *, make_home: Callable[[Path], HomeProvider] = VirtualHome) -> None:
        self._make_home = make_home
        self._homes: dict[Path, HomeProvider] = {}

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Do it."""
        provider = self._provider(context)
        home = await provider.home()
        arguments = call.arguments
        if call.intent == "status":
            return await self._status(provider, home, arguments, context)
        if call.intent == "set_temperature":
            target = _thermostats(home, arguments.get("room"), context.lang)
            data = {"temperature": float(arguments["temperature"])}
            return await self._change(provider, home, target, "set_temperature", data, context)
        target = _find(home, call.intent, str(arguments["device"]), context.lang)
        if call.intent == "set_brightness":
            data = {"brightness_pct": int(arguments["level"])}
            return await self._change(provider, home, target, "turn_on", data, context)
        if call.intent in ("turn_on", "turn_off"):
            return await self._change(provider, home, target, call.intent, {}, context)
        raise NotFound(f"The smart home skill has no intent {call.intent!r}.")

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        """Return the devices and groups, or the rooms, that the intent applies to."""
        home = await self._provider(context).home()
        if slot == "room":
            return _rooms(home, intent, context.lang)
        return [target.option for target in _targets(home, intent, context.lang)]

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        """Put every device back as it was before."""
        if receipt.undo is None:
            raise NotFound("That did not change anything, so there is nothing to put back.")
        provider = self._provider(context)
        home = await provider.home()
        states: dict[str, Any] = receipt.undo["states"]
        known = tuple(entity_id for entity_id in states if entity_id in home.devices)
        restored = await provider.call_service("restore", known, {"states": states}, context.now)
        facts = dict(receipt.facts) | _facts(home, restored, context.lang) | {"changed": True}
        return result_from(provider, facts, context, effect=True)

    async def close(self) -> None:
        """Close the homes that were opened."""
        for provider in self._homes.values():
            await provider.close()
        self._homes.clear()

    def _provider(self, context: ActionContext) -> HomeProvider:
        if context.data_dir not in self._homes:
            self._homes[context.data_dir] = self._make_home(context.data_dir)
        return self._homes[context.data_dir]

    async def _change(
        self,
        provider: HomeProvider,
        home: Home,
        target: _Target,
        service: str,
        data: Mapping[str, Any],
        context: ActionContext,
    ) -> ActionResult:
        before = await provider.states(context.now)
        reachable = tuple(entity_id for entity_id in target.entity_ids if before[entity_id].available)
        offline = [home.devices[each].name(context.lang) for each in target.entity_ids if each not in reachable]
        if not reachable:
            raise Unavailable(f"{' and '.join(offline)} is offline just now; nothing was changed.")
        after = await provider.call_service(service, reachable, data, context.now)
        changed = {each: before[each] for each in reachable if _differs(before[each], after[each])}
        room = home.rooms[target.room].name(context.lang) if target.room else ""
        facts = _facts(home, after, context.lang) | {
            "device": target.option.text,
            "plural": _is_plural(target),
            "room": room,
            "offline": offline,
            "changed": bool(changed),
        }
        undo = {"states": {key: state.model_dump(mode="json") for key, state in changed.items()}} if changed else None
        return result_from(provider, facts, context, effect=bool(changed), undo=undo)

    async def _status(
        self, provider: HomeProvider, home: Home, arguments: Mapping[str, Any], context: ActionContext
    ) -> ActionResult:
        lang = context.lang
        states = await provider.states(context.now)
        if arguments.get("device"):
            target = _find(home, "status", str(arguments["device"]), lang)
            wanted, name, room = target.entity_ids, target.option.text, target.room
        elif arguments.get("room"):
            room = _room_key(home, str(arguments["room"]), lang)
            wanted = tuple(each.entity_id for each in home.devices.values() if each.room == room)
            name = home.rooms[room].name(lang)
        else:
            # Of the whole home only what is on is worth telling.
            wanted = tuple(key for key, state in states.items() if _is_on(state))
            name, room = _word(lang, "home"), ""
        chosen = {entity_id: states[entity_id] for entity_id in wanted}
        facts = _facts(home, chosen, lang)
        facts |= {
            "device": name,
            "devices": facts["details"] if len(wanted) > 1 else [],
            "room": home.rooms[room].name(lang) if room else "",
            "offline": [home.devices[key].name(lang) for key, state in chosen.items() if not state.available],
            "changed": False,
        }
        return result_from(provider, facts, context, effect=False, found=bool(chosen))


def _differs(before: DeviceState, after: DeviceState) -> bool:
    keys = ("state", "level", "temperature")
    return any(getattr(before, key) != getattr(after, key) for key in keys)


def _is_on(state: DeviceState) -> bool:
    return state.available and state.state in ("on", "open", "heat")


def _facts(home: Home, states: Mapping[str, DeviceState], lang: str) -> dict[str, Any]:
    """What is true of these devices now; single values where they all agree, else None."""

    def common(key: str) -> Any:
        values = {getattr(state, key) for state in states.values() if getattr(state, key) is not None}
        return values.pop() if len(values) == 1 else None

    details = [_detail(home.devices[key], state, home, lang) for key, state in states.items()]
    lit = {key: state for key, state in states.items() if _is_on(state)}
    return {
        "devices": [detail["device"] for detail in details],
        "state": common("state"),
        "level": common("level"),
        "temperature": common("temperature"),
        "current_temperature": common("current"),
        "on": [home.devices[key].name(lang) for key in lit],
        "details": details,
    }


def _detail(device: Device, state: DeviceState, home: Home, lang: str) -> dict[str, Any]:
    return {
        "device": device.name(lang),
        "entity_id": device.entity_id,
        "room": home.rooms[device.room].name(lang),
        "state": state.state if state.available else "offline",
        "level": state.level if state.state == "on" else None,
        "temperature": state.temperature,
        "current_temperature": state.current,
    }


def _word(lang: str, key: str) -> str:
    return _WORDS.get(lang, _WORDS["en"])[key]


def _applies(intent: str, device: Device) -> bool:
    if intent == "set_brightness":
        return device.domain == "light"
    if intent == "set_temperature":
        return device.domain == "climate"
    return True


def _targets(home: Home, intent: str, lang: str) -> list[_Target]:
    """Every device, then every group, that an intent applies to."""
    devices = [device for device in home.devices.values() if _applies(intent, device)]
    targets = [
        _Target(
            Option(value=each.entity_id, text=each.name(lang), also=_also(each, home)), (each.entity_id,), each.room
        )
        for each in devices
    ]
    lights = [device for device in devices if device.domain == "light"]
    together = [device for device in devices if device.domain in _SWITCHED_TOGETHER]
    for key, room in home.rooms.items():
        here = [device for device in lights if device.room == key]
        if len(here) > 1:
            text = _word(lang, "of").format(room=room.name(lang))
            also = tuple(f"{name} {word}" for name in _room_names(home, key) for word in ("lights", "lichter"))
            targets.append(_group(f"group.{key}_lights", text, also, here, key))
    if len(lights) > 1:
        targets.append(_group("group.lights", _word(lang, "all"), _ALSO["all"], lights, ""))
    heaters = [device for device in devices if device.domain == "climate"]
    if len(heaters) > 1:
        targets.append(_group("group.thermostats", _word(lang, "heating"), _ALSO["heating"], heaters, ""))
    if intent == "set_brightness":
        return targets
    if intent == "status":
        # "what is on in the kitchen": a room stands for all that is in it.
        for key, room in home.rooms.items():
            here = [device for device in devices if device.room == key]
            also = (*_room_names(home, key), *(f"everything {name}" for name in _room_names(home, key)))
            targets += [_group(f"room.{key}", room.name(lang), also, here, key)] if here else []
        return targets
    for key, room in home.rooms.items():
        here = [device for device in together if device.room == key]
        if len(here) > 1:
            text = _word(lang, "in").format(room=room.name(lang))
            also = tuple(f"{word} {name}" for name in _room_names(home, key) for word in ("everything", "alles"))
            targets.append(_group(f"group.{key}", text, also, here, key))
    if together:
        targets.append(_group("group.all", _word(lang, "everything"), _ALSO["everything"], together, ""))
    return targets


def _is_plural(target: _Target) -> bool:
    """Whether a reply says "are" of it: of lights, not of everything in a room, the heating or the home."""
    return len(target.entity_ids) > 1 and str(target.option.value).endswith("lights")


def _group(value: str, text: str, also: tuple[str, ...], devices: list[Device], room: str) -> _Target:
    text = text[:1].upper() + text[1:]
    return _Target(Option(value=value, text=text, also=also), tuple(each.entity_id for each in devices), room)


def _room_names(home: Home, key: str) -> list[str]:
    room = home.rooms[key]
    return [*room.names.values(), *room.also]


def _also(device: Device, home: Home) -> tuple[str, ...]:
    """Other names: those of the floor plan and of other languages, and "light bathroom" where there is only one."""
    alone = [each for each in home.devices.values() if each.room == device.room and each.domain == device.domain]
    words = _TYPE_WORDS.get(device.domain, ()) if len(alone) == 1 else ()
    of_room = [f"{word} {room}" for word in words for room in _room_names(home, device.room)]
    return tuple(dict.fromkeys([*device.names.values(), *device.also, *of_room]))


def _find(home: Home, intent: str, device: str, lang: str) -> _Target:
    targets = _targets(home, intent, lang)
    for target in targets:
        if device == target.option.value:
            return target
    # Embedders may pass what a person would say.
    found = match_options(device, [target.option for target in targets], lang)
    if len(found) == 1:
        return next(target for target in targets if target.option.value == found[0].value)
    if found:
        raise NotFound(f"{device!r} could be {', '.join(option.text for option in found)}.")
    known = ", ".join(target.option.text for target in targets[:12])
    raise NotFound(f"There is no {device!r} here that can do that. I know {known}.")


def _rooms(home: Home, intent: str, lang: str) -> list[Option]:
    used = {device.room for device in home.devices.values() if _applies(intent, device)}
    return [
        Option(value=key, text=room.name(lang), also=_room_also(home, key))
        for key, room in home.rooms.items()
        if key in used
    ]


def _room_also(home: Home, key: str) -> tuple[str, ...]:
    names = _room_names(home, key)
    return (*names, *(f"{name} {word}" for name in names for word in _TYPE_WORDS["climate"]))


def _room_key(home: Home, said: str, lang: str, intent: str = "status") -> str:
    options = _rooms(home, intent, lang)
    if said in [option.value for option in options]:
        return said
    found = match_options(said, options, lang)
    if len(found) == 1:
        return str(found[0].value)
    raise NotFound(f"There is no room {said!r} for that here. I know {', '.join(option.text for option in options)}.")


def _thermostats(home: Home, room: Any, lang: str) -> _Target:
    """The thermostats of a room, or all of the home's."""
    key = _room_key(home, str(room), lang, "set_temperature") if room else ""
    found = [each for each in home.devices.values() if each.domain == "climate" and (not key or each.room == key)]
    if not found:
        raise NotFound("There is no thermostat in this home.")
    only = found[0] if len(found) == 1 else None
    text = only.name(lang) if only else _word(lang, "home")
    return _Target(
        Option(value=only.entity_id if only else "group.thermostats", text=text),
        tuple(each.entity_id for each in found),
        only.room if only else "",
    )
