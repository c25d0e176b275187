"""Smart-home sentences of Home Assistant and home-llm: switching, brightness, temperature, status.

Covers, locks to be opened, vacuums and media are refused or left out: the project's home has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row
from training.corpora import NluRow, corpus_file, read_corpus, read_rows
from training.tasks.common import Source, understand
from training.tasks.own_common import Filled, dim, request, some, switch
from training.tasks.patterns import device_place, switched

_HA_SWITCHED = {"light", "switch", "fan", "media_player", "input_boolean"}
_HA_OTHER = re.compile(r"Timer|Media|List|Vacuum|Broadcast|SetVolume|GetCurrent")


def own_home(source: Source) -> Iterator[Row]:
    """Smart-home sentences: switching, brightness, temperature, status; covers, locks and media are refused."""
    for row in read_corpus(source.data, "home_assistant_intents", source.split, NluRow):
        if row.lang == "en":
            yield from some(_home_assistant(source, row))
    yield from _home_llm(source)


def _home_assistant(source: Source, row: NluRow) -> Row | None:
    text = row.text
    domain = str((row.slots.get("domain") or [""])[0])
    if row.intent in ("HassTurnOn", "HassTurnOff") and (domain in _HA_SWITCHED or (not domain and "name" in row.slots)):
        found = switched(text)
        if found and found[0] != (row.intent == "HassTurnOn"):
            source.dropped["home assistant: pattern and label disagree"] += 1
            return None
        return switch(source, text)
    if row.intent == "HassLightSet" and "brightness" in row.slots:
        return dim(source, text)
    if row.intent == "HassClimateSetTemperature":
        match = re.search(r"(?P<value>(?:\d+(?:\.\d+)?|twenty point five)(?: ?(?:°|degrees))?)$", text)
        sets: list[Filled] = [Filled("temperature", match.span("value"))] if match else []
        for area in (*row.slots.get("floor", ()), *row.slots.get("area", ())):
            at = text.lower().find(str(area).lower())
            sets += [Filled("room", (at, at + len(str(area))))] if at >= 0 else []
        return request(source, text, "smart_home.set_temperature", sets) if match else None
    if row.intent == "HassClimateGetTemperature":
        area = str((row.slots.get("area") or row.slots.get("name") or [""])[0])
        at = text.lower().find(area.lower())
        if area and at >= 0:
            return request(source, text, "smart_home.status", [Filled("device", (at, at + len(area)))])
    if row.intent == "HassGetWeather":
        return understand(source, text, ["start weather.forecast"])
    if row.intent == "HassGetState" and domain in ("light", "switch", "fan", "lock", "cover"):
        match = re.match(r"^(?:is|are) (?P<device>.+?) (?:on|off|locked|unlocked|open|closed|opened)\??$", text, re.I)
        place = device_place(text, *match.span("device")) if match else None
        if place and not re.match(r"(?:any|all)\b", text[place[0] :], re.I):
            return request(source, text, "smart_home.status", [Filled("device", place)])
    if _HA_OTHER.search(row.intent) and source.keep(0.5):
        return understand(source, text, ["refuse"], kind="out_of_scope")
    source.dropped["home assistant: could be read either way"] += 1
    return None


_HOLE = re.compile(r"<(\w+?)(\d?)>")
_ASKED_AFTER = {"light", "fan", "switch", "climate", "lock"}


def _home_llm(source: Source) -> Iterator[Row]:
    names: dict[str, list[str]] = {}
    for item in read_rows(corpus_file(source.data / "home_llm_piles", "support"), _Support):
        if item.kind == "device_names" and item.lang == "en" and item.device_name:
            names.setdefault(item.device_name.partition(".")[0], []).append(item.description)
    for row in read_corpus(source.data, "home_llm_piles", source.split, NluRow):
        if row.lang != "en":
            continue
        if row.kind == "specific_action":
            service = row.intent.partition(".")[2]
            if service in ("turn_on", "turn_off"):
                yield from some(switch(source, row.text))
            elif row.intent.partition(".")[0] in ("media_player", "vacuum", "todo", "timer") and source.keep(0.5):
                yield from some(understand(source, row.text, ["refuse"], kind="out_of_scope"))
        elif row.kind in ("templated_action", "status_request"):
            device = str((row.model_extra or {}).get("fields", {}).get("device_type", ""))
            if row.kind == "status_request" and device not in _ASKED_AFTER:
                continue
            for _ in range(4 if source.training and row.kind == "templated_action" else 1):
                yield from some(_templated(source, row, names))


class _Support(NluRow):
    """One entry of home_llm_piles' support file; only device names are read."""

    text: str = ""
    device_name: str = ""
    description: str = ""


def _templated(source: Source, row: NluRow, names: dict[str, list[str]]) -> Row | None:
    """Fill a template's holes with device names and say what it asks for; several devices are several requests."""
    rng = source.rng
    kinds, _, services = row.intent.partition(".")
    fields = row.model_extra or {}
    if row.kind == "status_request":
        kinds, services = str(fields.get("fields", {}).get("device_type", "")), "status"
    types, wanted = kinds.split("|"), services.split("|")
    if len(types) != len(wanted) or any(kind not in names for kind in types):
        source.dropped["home llm: no names for the device"] += 1
        return None
    text, places = "", {}
    at, numbers = 0, {}
    for match in _HOLE.finditer(row.text):
        text += row.text[at : match.start()]
        at = match.end()
        hole, which = match.group(1), int(match.group(2) or 1) - 1
        if hole == "device_name" and which < len(types):
            name = rng.choice(names[types[which]])
            value = name if rng.random() < 0.4 else name.lower()
            places[which] = (len(text), len(text) + len(value))
        elif hole in ("temp_f", "temp_c", "brightness"):
            low, high = {"temp_f": (60, 82), "temp_c": (16, 26), "brightness": (5, 100)}[hole]
            value = str(rng.randint(low, high))
            unit = re.match(r" ?(?:%|percent|degrees(?: Fahrenheit)?|Celsius)", row.text[at:])
            numbers[hole] = (len(text), len(text) + len(value) + (unit.end() if unit else 0))
        else:
            source.dropped["home llm: a hole of another kind"] += 1
            return None
        text += value
    text += row.text[at:]
    if services == "set_temperature" and len(numbers) == 1:
        return request(
            source, text, "smart_home.set_temperature", [Filled("temperature", next(iter(numbers.values())))]
        )
    if services == "turn_on" and "brightness" in numbers and 0 in places:
        sets = [Filled("device", places[0]), Filled("level", numbers["brightness"])]
        return request(source, text, "smart_home.set_brightness", sets)
    if numbers or len(places) != len(types) or not set(wanted) <= {"turn_on", "turn_off", "status"}:
        source.dropped["home llm: an action we do not have"] += 1
        return None
    commands, spans = [], []
    for number, service in enumerate(wanted):
        commands += [f"start smart_home.{service}", f"set device {{{number}}}"]
        spans.append(places[number])
    return understand(source, text, commands, spans, kind="request" if len(wanted) == 1 else "several")
