"""Sample weather says that it is one; Open-Meteo is asked over a mocked network."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from agent.actions import Action, ActionCall, ActionContext, ActionResult
from agent.errors import InputError, NeedsAuth, NotFound, ProviderError, RateLimited, Unavailable
from skills.weather import (
    FORECAST_DAYS,
    KINDS,
    Forecast,
    Place,
    SampleWeather,
    WeatherAction,
    WeatherProvider,
    weather_text,
)
from skills.weather.open_meteo import FORECAST_URL, GEOCODING_URL, OpenMeteo
from skills.weather.sample import find_place, places

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
BERLIN = Place(name="Berlin", country="Germany", latitude=52.52, longitude=13.41)


async def run(lang: str = "en", provider: WeatherProvider | None = None, **arguments: Any) -> ActionResult:
    action = WeatherAction(provider=provider) if provider else WeatherAction()
    call = ActionCall("forecast", arguments)
    return await action.run(call, ActionContext(session_id="s", now=NOW, lang=lang, data_dir=Path("unused")))


class WeatherProviderContract:
    """What everyone who tells the weather must do; subclasses say who."""

    @pytest.fixture
    def provider(self) -> Any:
        raise NotImplementedError

    async def test_a_known_place_is_found(self, provider: WeatherProvider) -> None:
        place = await provider.find("Berlin", "en")
        assert (place.name, place.country) == ("Berlin", "Germany")
        assert (round(place.latitude), round(place.longitude)) in ((52, 13), (53, 13))

    async def test_an_unknown_place_is_named(self, provider: WeatherProvider) -> None:
        with pytest.raises(NotFound, match="Qwxyzz"):
            await provider.find("Qwxyzz", "en")

    @pytest.mark.parametrize("name", ["here", "home", ""])
    async def test_here_is_no_place(self, provider: WeatherProvider, name: str) -> None:
        with pytest.raises(NotFound, match="name a town"):
            await provider.find(name, "en")

    async def test_a_forecast_is_for_the_day_and_plausible(self, provider: WeatherProvider) -> None:
        day = TODAY + timedelta(days=2)
        forecast = await provider.forecast(BERLIN, day, NOW)
        assert (forecast.day, forecast.place, forecast.as_of) == (day, BERLIN, NOW)
        assert forecast.kind in KINDS
        assert -60 < forecast.low <= forecast.high < 60
        assert 0 <= forecast.rain_chance <= 100
        assert 0 <= forecast.wind < 200

    async def test_it_says_what_it_is(self, provider: WeatherProvider) -> None:
        assert provider.source
        assert isinstance(provider.simulated, bool)
        assert await provider.health()
        await provider.close()


class TestSampleWeather(WeatherProviderContract):
    @pytest.fixture
    def provider(self) -> WeatherProvider:
        return SampleWeather()


def geocoding(request: httpx.Request) -> httpx.Response:
    if request.url.params["name"] != "Berlin":
        return httpx.Response(200, json={"generationtime_ms": 0.5})
    result = {"id": 1, "name": "Berlin", "country": "Germany", "latitude": 52.52, "longitude": 13.41, "elevation": 74.0}
    return httpx.Response(200, json={"results": [result]})


def daily(request: httpx.Request, **changes: Any) -> httpx.Response:
    values = {
        "time": [request.url.params["start_date"]],
        "weather_code": [61],
        "temperature_2m_max": [8.6],
        "temperature_2m_min": [3.2],
        "precipitation_probability_max": [70],
        "wind_speed_10m_max": [18.4],
    }
    return httpx.Response(200, json={"latitude": 52.52, "daily": values | changes})


@pytest.fixture
def network() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.get(GEOCODING_URL).mock(side_effect=geocoding)
        router.get(FORECAST_URL).mock(side_effect=daily)
        yield router


class TestOpenMeteo(WeatherProviderContract):
    @pytest.fixture
    def provider(self, network: respx.MockRouter) -> WeatherProvider:
        return OpenMeteo()


async def test_open_meteo_is_asked_for_the_day_and_its_codes_are_read(network: respx.MockRouter) -> None:
    result = await run(provider=OpenMeteo(), place="Berlin", day="2026-11-26")
    assert result.facts == {
        "place": "Berlin",
        "country": "Germany",
        "day": "2026-11-26",
        "day_text": "Thursday 26 November",
        "kind": "light_rain",
        "text": "light rain",
        "high": 9,
        "low": 3,
        "rain_chance": 70,
        "wind": 18,
    }
    assert (result.simulated, result.source, result.effect) == (False, "open-meteo", False)
    asked = network.calls.last.request.url.params
    assert (asked["start_date"], asked["end_date"]) == ("2026-11-26", "2026-11-26")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(429), RateLimited, "less often"),
        (httpx.Response(403), NeedsAuth, "403"),
        (httpx.Response(500), Unavailable, "500"),
        (httpx.Response(200, text="<html>"), Unavailable, "not JSON"),
        (httpx.Response(200, json={"daily": {"time": []}}), Unavailable, "not a forecast"),
        (httpx.Response(200, json=[1]), Unavailable, "not a forecast"),
        (httpx.ConnectError("refused"), Unavailable, "cannot be reached"),
        (httpx.ReadTimeout("slow"), Unavailable, "ReadTimeout"),
    ],
)
async def test_what_goes_wrong_at_open_meteo_is_a_typed_error(
    network: respx.MockRouter, answer: Any, error: type[ProviderError], words: str
) -> None:
    route = network.get(FORECAST_URL)
    route.side_effect = None
    route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)
    with pytest.raises(error, match=words):
        await OpenMeteo().forecast(BERLIN, TODAY, NOW)


async def test_a_day_without_numbers_is_not_made_up(network: respx.MockRouter) -> None:
    network.get(FORECAST_URL).mock(side_effect=lambda request: daily(request, temperature_2m_max=[None]))
    with pytest.raises(NotFound, match="no forecast for Berlin"):
        await OpenMeteo().forecast(BERLIN, TODAY, NOW)


async def test_geocoding_nonsense_is_a_typed_error(network: respx.MockRouter) -> None:
    route = network.get(GEOCODING_URL)
    route.side_effect = None
    route.mock(return_value=httpx.Response(200, json={"results": [{"name": 3}]}))
    with pytest.raises(Unavailable):
        await OpenMeteo().find("Berlin", "en")


async def test_a_client_that_was_passed_in_stays_open(network: respx.MockRouter) -> None:
    async with httpx.AsyncClient() as client:
        provider = OpenMeteo(client=client)
        await provider.health()
        await provider.close()
        assert not client.is_closed


def test_the_action_keeps_the_protocol() -> None:
    assert isinstance(WeatherAction(), Action)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(InputError, match="'crystal-ball'; expected sample or open-meteo"):
        WeatherAction(provider="crystal-ball")  # type: ignore[arg-type]


async def test_the_sample_says_that_it_is_a_sample() -> None:
    result = await run(place="berlin")
    assert (result.simulated, result.source, result.effect) == (True, "sample weather", False)
    assert (result.facts["place"], result.facts["day"]) == ("Berlin", "2026-11-24")


async def test_the_same_question_has_the_same_answer() -> None:
    assert (await run(place="Tokyo", day="2026-11-30")).facts == (await run(place="tokio", day="2026-11-30")).facts


async def test_weather_is_told_in_german() -> None:
    texts = {weather_text(kind, "de") for kind in KINDS}
    assert len(texts) == len(KINDS)
    facts = (await run(lang="de", place="München", day="2026-11-26")).facts
    assert facts["text"] in texts
    assert facts["day_text"] == "Donnerstag, 26. November"


async def year(place: str) -> list[Forecast]:
    provider = SampleWeather()
    found = find_place(place)
    return [await provider.forecast(found, date(2026, 1, 1) + timedelta(days=step), NOW) for step in range(365)]


async def test_seasons_follow_the_hemisphere() -> None:
    north, south = await year("Berlin"), await year("Sydney")

    def mean(days: list[Forecast], month: int) -> float:
        highs = [each.high for each in days if each.day.month == month]
        return sum(highs) / len(highs)

    assert mean(north, 7) > mean(north, 1) + 12
    assert mean(south, 1) > mean(south, 7) + 8
    assert mean(await year("Singapore"), 1) > 24


async def test_the_sample_has_all_sorts_of_weather() -> None:
    kinds = {each.kind for each in await year("Berlin")}
    assert {"clear", "mostly_clear", "partly_cloudy", "cloudy", "rain", "light_rain", "light_snow"} <= kinds
    assert "snow" not in {each.kind for each in await year("Singapore")}
    rainy = sum(each.rain_chance >= 45 for each in await year("Berlin"))
    assert 70 < rainy < 220


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("berlin", "Berlin"), ("BERLIN", "Berlin"), ("belrin", "Berlin"), ("lodnon", "London"), ("münchen", "Munich"),
        ("sao paulo", "São Paulo"), ("nyc", "New York"), ("paris, france", "Paris"), ("paris france", "Paris"),
        ("london, uk", "London"), ("new york, usa", "New York"), ("copenhagn", "Copenhagen"), ("wien", "Vienna"),
        ("st. petersburg", "Saint Petersburg"), ("köln", "Cologne"), ("san fransisco", "San Francisco"),
    ],
)  # fmt: skip
def test_places_are_found_as_people_write_them(said: str, name: str) -> None:
    assert find_place(said).name == name


@pytest.mark.parametrize(
    ("said", "near"),
    [("Berlinchen upon Sea", "Berlin"), ("Paris, Texas", "Paris"), ("Lyonesse", "Lyon"), ("Xyz", "names I know")],
)
def test_an_unknown_place_names_the_nearest(said: str, near: str) -> None:
    with pytest.raises(NotFound, match=f"no place called.*{near}"):
        find_place(said)


def test_the_gazetteer_is_sound() -> None:
    found = set(places().values())
    assert len(found) >= 150
    assert all(-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180 for place in found)
    assert all(find_place(place.name) == place for place in found)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-23", "look ahead"),
        ("2026-12-09", f"{FORECAST_DAYS} days ahead"),
        ("someday", "'someday' is not a day"),
    ],
)
async def test_a_day_out_of_reach_is_explained(day: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        await run(place="Berlin", day=day)


async def test_the_last_day_within_reach_is_told() -> None:
    assert (await run(place="Berlin", day="2026-12-08")).facts["day"] == "2026-12-08"


def test_sample_weather_loads_no_http_client() -> None:
    program = (
        "import sys, skills.weather as w; w.WeatherAction(); print(sorted({'httpx', 'rapidfuzz'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]", ran.stdout


def test_facts_are_plain_json() -> None:
    import asyncio

    assert json.loads(json.dumps(asyncio.run(run(place="Rome")).facts))["country"] == "Italy"
