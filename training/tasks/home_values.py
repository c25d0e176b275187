"""Home Assistant's sentences: from its canonical slot values to words of the sentence or fixed choices, and back.

The set names things as the home does ("Living Room", 100, "binary_sensor"), not as the sentence says them ("in here",
"to the maximum"). What the sentence says is copied and resolved by ``resolve_home``, code as everywhere; what it only
implies (the domain, the state asked about) is a fixed choice that the model writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agent.dialogue.resolvers.words import read_number
from training.corpora import NluRow

HOME_CHOICES: dict[str, tuple[str, ...]] = {
    "domain": (
        "light", "binary_sensor", "sensor", "cover", "fan", "lock", "switch", "scene", "person", "valve", "script",
        "climate", "media_player", "vacuum", "lawn_mower",
    ),
    "device_class": (
        "apparent_power", "aqi", "atmospheric_pressure", "awning", "battery", "battery_charging", "blind",
        "carbon_dioxide",
        "carbon_monoxide", "cold", "connectivity", "current", "curtain", "data_rate", "data_size", "date", "distance",
        "door", "duration", "energy", "frequency", "garage", "gas", "gate", "heat", "humidity", "illuminance",
        "irradiance",
        "light", "lock", "moisture", "monetary", "motion", "moving", "nitrogen_dioxide", "nitrogen_monoxide",
        "nitrous_oxide", "occupancy", "opening", "outlet", "ozone", "plug", "pm1", "pm10", "pm25",
        "power", "power_factor",
        "precipitation", "precipitation_intensity", "presence", "pressure", "problem", "reactive_power", "running",
        "safety", "shade", "shutter", "signal_strength", "smoke", "sound", "sound_pressure", "speed", "sulphur_dioxide",
        "switch", "tamper", "temperature", "update", "vibration", "volatile_organic_compounds", "voltage", "volume",
        "volume_storage", "water", "weight", "wind_speed", "window",
    ),
    "state": ("on", "off", "open", "closed", "locked", "unlocked", "home", "not_home", "not home"),
    "media_class": ("track", "album", "playlist", "movie", "tv_show", "podcast", "artist", "music", "game", "video"),
    "every": ("all",),
    "here": ("here",),
}  # fmt: skip
"""Slots with fixed values. `every` stands for the name "all", `here` for the area the device stands in."""
_CHOSEN = ("domain", "device_class", "state", "media_class")
_HERE = re.compile(r"\b(?:here|(?:this|the) room|where i am)\b", re.IGNORECASE)
_EXTREMES = {
    100: re.compile(r"\b(?:maximum|max|highest|full|brightest|one hundred(?: percent)?)\b", re.IGNORECASE),
    1: re.compile(r"\b(?:minimum|min|lowest|darkest|dimmest)\b", re.IGNORECASE),
}
Value = tuple[int, int] | str
"""A place in the text, or a fixed choice."""


def home_slots(row: NluRow) -> list[tuple[str, Value]]:
    """Return the row's slots as they are to be written: implied ones first, then copied ones in the order of mention.

    A value that is neither in the sentence nor among the choices stands as itself, which no catalogue allows: such a
    row cannot be learnt from.
    """
    context = home_context(row)
    chosen: list[tuple[str, Value]] = []
    copied: list[tuple[str, tuple[int, int]]] = []
    for slot in (*_CHOSEN, *(name for name in row.slots if name not in _CHOSEN)):
        values = [str(value).strip() for value in row.slots.get(slot, ())]
        if not values:
            continue
        value = values[-1]
        place = None if slot in _CHOSEN else _place(row.text, slot, value)
        if slot == "name" and value == "all":
            chosen.append(("every", "all"))
        elif place:
            copied.append((slot, place))
        elif slot == "area" and value == context.get("area"):
            chosen.append(("here", "here"))
        else:
            chosen.append((slot, value))
    if "area" not in row.slots and "floor" not in row.slots and "area" not in context and _HERE.search(row.text):
        # Without a place of its own the device cannot resolve it; what the sentence says is the same.
        chosen.append(("here", "here"))
    return [*chosen, *sorted(copied, key=lambda item: item[1])]


def writable(row: NluRow) -> bool:
    """Return True when every value is a choice of the catalogue or words of the sentence."""
    return all(not isinstance(value, str) or value in HOME_CHOICES.get(slot, ()) for slot, value in home_slots(row))


def resolve_home(commands: Iterable[str], context: Mapping[str, Any]) -> dict[str, str]:
    """Return the canonical slots that `set` commands come to, in a home with this context."""
    found: dict[str, str] = {}
    for command in commands:
        word, _, rest = command.partition(" ")
        slot, _, value = rest.partition(" ")
        if word != "set":
            continue
        if slot == "here":
            if context.get("area"):
                found["area"] = str(context["area"])
        elif slot == "every":
            found["name"] = "all"
        else:
            found[slot] = value
    return {slot: canonical(value) for slot, value in found.items()}


def canonical(value: Any) -> str:
    """Return a value in the form that two spellings of it share: "One hundred percent" and 100 are "100"."""
    text = re.sub(r"\s*(?:%|percent|per cent|degrees?)$", "", str(value).strip().casefold())
    for number, pattern in _EXTREMES.items():
        if pattern.fullmatch(text):
            return str(number)
    try:
        return f"{float(text):g}"
    except ValueError:
        pass
    words = re.findall(r"[a-z]+", text)
    read = read_number(words, 0, "en") if words else None
    # "nineteen" is 19, "first floor" is no number.
    return f"{float(read[0]):g}" if read and read[1] == len(words) else text


def same_home_slots(found: Mapping[str, str], right: Mapping[str, list[Any]]) -> bool:
    """Return True when the resolved slots are those of the row; any of several listed values is right."""
    return found.keys() == right.keys() and all(
        found[slot] in {canonical(value) for value in values} for slot, values in right.items()
    )


def home_context(row: NluRow) -> dict[str, Any]:
    """Return what the home knows of the speaker's place."""
    found = (row.model_extra or {}).get("context")
    return dict(found) if isinstance(found, Mapping) else {}


def _place(text: str, slot: str, value: str) -> tuple[int, int] | None:
    """Return where the value stands in the sentence, the last time it is said."""
    found = list(re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE))
    if not found and slot in ("brightness", "position", "volume_level"):
        number = int(float(value)) if re.fullmatch(r"[\d.]+", value) else 0
        found = list(_EXTREMES[number].finditer(text)) if number in _EXTREMES else []
    return found[-1].span() if found else None
