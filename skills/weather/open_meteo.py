"""Real weather from Open-Meteo (free, no key): its geocoding and its daily forecast. Used only when it is chosen.

https://open-meteo.com/en/docs
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import NeedsAuth, NotFound, RateLimited, Unavailable
from skills.weather.provider import Forecast, Place
from skills.weather.sample import fold

GEOCODING_URL = "https://geocoding-api.open-meteo.com/v1/search"
FORECAST_URL = "https://api.open-meteo.com/v1/forecast"
TIMEOUT_SECONDS = 8.0

_DAILY = (
    "weather_code",
    "temperature_2m_max",
    "temperature_2m_min",
    "precipitation_probability_max",
    "wind_speed_10m_max",
)
# https://open-meteo.com/en/docs#weather_variable_documentation: WMO code -> kind
_KINDS = (
    {0: "clear", 1: "mostly_clear", 2: "partly_cloudy", 3: "cloudy", 45: "fog", 48: "fog"}
    | dict.fromkeys((51, 53, 55), "drizzle")
    | dict.fromkeys((56, 57, 66, 67), "freezing_rain")
    | {61: "light_rain", 63: "rain", 65: "heavy_rain", 80: "light_rain", 81: "rain", 82: "heavy_rain"}
    | {71: "light_snow", 73: "snow", 75: "snow", 77: "light_snow", 85: "light_snow", 86: "snow"}
    | dict.fromkeys((95, 96, 99), "thunderstorm")
)


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    country: str = ""
    latitude: float
    longitude: float


class _Search(BaseModel):
    model_config = ConfigDict(extra="ignore")
    results: list[_Found] = Field(default_factory=list)


class _Daily(BaseModel):
    model_config = ConfigDict(extra="ignore")
    time: list[date]
    weather_code: list[int | None]
    temperature_2m_max: list[float | None]
    temperature_2m_min: list[float | None]
    precipitation_probability_max: list[float | None]
    wind_speed_10m_max: list[float | None]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    daily: _Daily


class OpenMeteo:
    """The real service. A client that is passed in is not closed."""

    source = "open-meteo"
    simulated = False

    def __init__(self, *, client: httpx.AsyncClient | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._client = client
        self._owns_client = client is None
        self._timeout_seconds = timeout_seconds

    async def find(self, name: str, lang: str) -> Place:
        """Ask the geocoding service."""
        if fold(name) in ("here", "home", "hier", "zuhause", ""):
            raise NotFound("I do not know where you are. Please name a town.", slot="place")
        answer = await self._get(GEOCODING_URL, {"name": name, "count": 1, "language": lang})
        try:
            found = _Search.model_validate(answer)
        except ValidationError as error:
            raise Unavailable("Open-Meteo answered something that is not a list of places.") from error
        if not found.results:
            raise NotFound(f"I know no place called {name!r}. Please name a larger town nearby.", slot="place")
        first = found.results[0]
        return Place(name=first.name, country=first.country, latitude=first.latitude, longitude=first.longitude)

    async def forecast(self, place: Place, day: date, now: datetime) -> Forecast:
        """Ask for one day's weather."""
        params = {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "daily": ",".join(_DAILY),
            "timezone": "auto",
            "start_date": day.isoformat(),
            "end_date": day.isoformat(),
        }
        try:
            daily = _Answer.model_validate(await self._get(FORECAST_URL, params)).daily
            index = daily.time.index(day)
            values = {name: getattr(daily, name)[index] for name in _DAILY}
        except (ValidationError, ValueError, IndexError) as error:
            raise Unavailable(
                "Open-Meteo answered something that is not a forecast; please try again later."
            ) from error
        if values["temperature_2m_max"] is None or values["temperature_2m_min"] is None:
            raise NotFound(f"Open-Meteo has no forecast for {place.name} on {day.isoformat()} yet.", slot="day")
        return Forecast(
            place=place,
            day=day,
            kind=_KINDS.get(values["weather_code"], "cloudy"),
            high=round(values["temperature_2m_max"]),
            low=round(values["temperature_2m_min"]),
            rain_chance=round(values["precipitation_probability_max"] or 0),
            wind=round(values["wind_speed_10m_max"] or 0),
            as_of=now,
        )

    async def health(self) -> str:
        """Ask for a place that exists."""
        await self._get(GEOCODING_URL, {"name": "Berlin", "count": 1})
        return "open-meteo answers"

    async def close(self) -> None:
        """Close the connections that this provider made."""
        if self._client is not None and self._owns_client:
            await self._client.aclose()
            self._client = None

    async def _get(self, url: str, params: dict[str, Any]) -> Any:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._timeout_seconds)
        try:
            response = await self._client.get(url, params=params)
        except httpx.HTTPError as error:
            raise Unavailable(f"Open-Meteo cannot be reached just now ({type(error).__name__}).") from error
        if response.status_code == 429:
            raise RateLimited("Open-Meteo asks to be called less often; please try again in a minute.")
        if response.status_code in (401, 403):
            raise NeedsAuth(f"Open-Meteo refused the request ({response.status_code}).")
        if response.status_code != 200:
            raise Unavailable(f"Open-Meteo answered with an error ({response.status_code}); please try again later.")
        try:
            return response.json()
        except ValueError as error:
            raise Unavailable("Open-Meteo answered something that is not JSON; please try again later.") from error
