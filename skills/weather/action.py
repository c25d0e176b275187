"""The weather skill: one day's forecast for one place. Knows what is asked; a provider knows the weather.

Intent: forecast (place; day, today when it is not said).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.dialogue.resolvers import date_text
from agent.errors import InputError, NotFound
from skills.weather.provider import FORECAST_DAYS, WeatherProvider, weather_text
from skills.weather.sample import SampleWeather


class WeatherAction:
    """Fulfils the intents of the weather skill.

    WeatherAction()                          # sample weather, which says so
    WeatherAction(provider="open-meteo")     # the real thing
    """

    def __init__(self, *, provider: WeatherProvider | Literal["sample", "open-meteo"] = "sample") -> None:
        self._provider = _named(provider) if isinstance(provider, str) else provider

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Look it up."""
        if call.intent != "forecast":
            raise NotFound(f"The weather skill has no intent {call.intent!r}.")
        today = context.now.date()
        day = _day(call.arguments.get("day"), today)
        place = await self._provider.find(str(call.arguments["place"]), context.lang)
        forecast = await self._provider.forecast(place, day, context.now)
        facts = {
            "place": place.name,
            "country": place.country,
            "day": day.isoformat(),
            "day_text": date_text(day, today, context.lang),
            "kind": forecast.kind,
            "text": weather_text(forecast.kind, context.lang),
            "high": forecast.high,
            "low": forecast.low,
            "rain_chance": forecast.rain_chance,
            "wind": forecast.wind,
        }
        return ActionResult(
            facts=facts, source=self._provider.source, as_of=forecast.as_of, simulated=self._provider.simulated
        )

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()


def _named(name: str) -> WeatherProvider:
    if name == "sample":
        return SampleWeather()
    if name == "open-meteo":
        from skills.weather.open_meteo import OpenMeteo  # Brings the HTTP client along.

        return OpenMeteo()
    raise InputError(f"there is no weather provider {name!r}; expected sample or open-meteo (FACTOTUM_WEATHER)")


def _day(given: object, today: date) -> date:
    if given is None:
        return today
    try:
        day = date.fromisoformat(str(given))
    except ValueError:
        raise NotFound(f"{given!r} is not a day; expected YYYY-MM-DD.", slot="day") from None
    if day < today:
        raise NotFound("That day is over; I can only look ahead.", slot="day")
    if (day - today).days > FORECAST_DAYS:
        raise NotFound(f"I can look {FORECAST_DAYS} days ahead, not as far as {day.isoformat()}.", slot="day")
    return day
