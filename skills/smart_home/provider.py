"""What the smart home skill asks of a home, in Home Assistant's words. Knows no files and no network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Domain = Literal["light", "switch", "fan", "climate", "cover", "media_player"]

STATES: Mapping[str, tuple[str, str]] = {
    "light": ("on", "off"),
    "switch": ("on", "off"),
    "fan": ("on", "off"),
    "media_player": ("on", "off"),
    "climate": ("heat", "off"),
    "cover": ("open", "closed"),
}
"""What each domain calls on and off."""

MIN_TEMPERATURE, MAX_TEMPERATURE = 5.0, 30.0
"""What a thermostat can be set to, degrees Celsius."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Room(_Model):
    """A room and its names."""

    names: dict[str, str]
    # By language; English is always there.
    also: tuple[str, ...] = ()

    def name(self, lang: str) -> str:
        """Return its name in a language, English where there is none."""
        return self.names.get(lang, self.names["en"])


class Device(_Model):
    """One thing that can be switched or set."""

    entity_id: str
    room: str
    # Key of the room.
    names: dict[str, str]
    also: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The part before the dot."""
        return self.entity_id.partition(".")[0]

    def name(self, lang: str) -> str:
        """Return its name in a language, English where there is none."""
        return self.names.get(lang, self.names["en"])


class DeviceState(_Model):
    """How a device is just now."""

    state: str
    # One of STATES of its domain.
    level: int | None = None
    # Brightness of a light, percent; kept while it is off.
    temperature: float | None = None
    # What a thermostat is set to, degrees Celsius.
    current: float | None = None
    # What a thermostat measured at `since`, degrees Celsius.
    since: datetime | None = None
    available: bool = True
    # False: the device does not answer.


class Home(_Model):
    """The floor plan."""

    rooms: dict[str, Room]
    devices: dict[str, Device] = Field(default_factory=dict)


class HomeProvider(Protocol):
    """A home. Every method may raise ``Unavailable``; ``call_service`` also ``NotFound`` for an unknown entity."""

    source: str
    # "virtual home".
    simulated: bool

    async def home(self) -> Home:
        """Return rooms and devices."""

    async def states(self, now: datetime) -> dict[str, DeviceState]:
        """Return how every device is."""

    async def call_service(
        self, service: str, entity_ids: tuple[str, ...], data: Mapping[str, Any], now: datetime
    ) -> dict[str, DeviceState]:
        """Do it to all of them in one step and return how they are afterwards.

        Services: ``turn_on`` (data may hold ``brightness_pct``), ``turn_off``, ``set_temperature`` (``temperature``)
        and ``restore`` (``states``: the state of each entity as ``states`` gave it).
        """

    async def health(self) -> str:
        """Return how the home is reached, for people."""

    async def close(self) -> None:
        """Let go of connections."""
