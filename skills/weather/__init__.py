"""The weather skill: sample weather by default, Open-Meteo when it is chosen."""

from skills.weather.action import WeatherAction
from skills.weather.provider import FORECAST_DAYS, KINDS, Forecast, Place, WeatherProvider, weather_text
from skills.weather.sample import SampleWeather

__all__ = [
    "FORECAST_DAYS",
    "KINDS",
    "Forecast",
    "Place",
    "SampleWeather",
    "WeatherAction",
    "WeatherProvider",
    "weather_text",
]
