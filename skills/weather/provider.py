"""What the weather skill asks of a weather service, and the words for weather. Knows no network."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict

FORECAST_DAYS = 14
"""How far ahead a forecast goes; what is said beyond that is a guess, so it is not said."""

_TEXTS = {
    "en": {
        "clear": "clear sky",
        "mostly_clear": "mostly sunny",
        "partly_cloudy": "partly cloudy",
        "cloudy": "cloudy",
        "fog": "fog",
        "drizzle": "drizzle",
        "light_rain": "light rain",
        "rain": "rain",
        "heavy_rain": "heavy rain",
        "freezing_rain": "freezing rain",
        "light_snow": "light snow",
        "snow": "snow",
        "thunderstorm": "thunderstorms",
    },
    "de": {
        "clear": "klarer Himmel",
        "mostly_clear": "meist sonnig",
        "partly_cloudy": "wechselnd bewölkt",
        "cloudy": "bewölkt",
        "fog": "Nebel",
        "drizzle": "Nieselregen",
        "light_rain": "leichter Regen",
        "rain": "Regen",
        "heavy_rain": "starker Regen",
        "freezing_rain": "gefrierender Regen",
        "light_snow": "leichter Schneefall",
        "snow": "Schneefall",
        "thunderstorm": "Gewitter",
    },
}


class Place(BaseModel):
    """A place on the map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    country: str
    latitude: float
    # Degrees, north positive.
    longitude: float
    # Degrees, east positive.


class Forecast(BaseModel):
    """One day's weather at one place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Place
    day: date
    kind: str
    # One of KINDS.
    high: int
    # Degrees Celsius.
    low: int
    # Degrees Celsius.
    rain_chance: int
    # Percent.
    wind: int
    # Kilometres an hour.
    as_of: datetime
    # When the service said so.


KINDS = tuple(_TEXTS["en"])


class WeatherProvider(Protocol):
    """Tells the weather. Raises ``Unavailable``, ``RateLimited``, ``NeedsAuth``, or ``NotFound`` for unknown places."""

    source: str
    # "sample weather", "open-meteo".
    simulated: bool

    async def find(self, name: str, lang: str) -> Place:
        """Return the place of that name, typing errors forgiven. Raises NotFound with what is near to it."""

    async def forecast(self, place: Place, day: date, now: datetime) -> Forecast:
        """Return the weather of a day from today to ``FORECAST_DAYS`` ahead."""

    async def health(self) -> str:
        """Return how the weather is known, for people."""

    async def close(self) -> None:
        """Let go of connections."""


def weather_text(kind: str, lang: str) -> str:
    """Return the words for a kind of weather, in English where the language has none."""
    return _TEXTS.get(lang, _TEXTS["en"])[kind]
