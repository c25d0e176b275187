"""Sample weather: plausible for the place and the season, the same every time it is asked, and entirely made up.

Places come from a small gazetteer of the world's capitals and large cities that travels with the package.
"""

from __future__ import annotations

import csv
import hashlib
import math
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files

from agent.errors import NotFound
from skills.weather.provider import Forecast, Place

_TYPO_SCORE = 82
"""How alike two names must be (0 to 100) to take one for a typing error of the other."""
_TROPICS = 23.5


class SampleWeather:
    """The embedded default: needs no network and says that it is a sample."""

    source = "sample weather"
    simulated = True

    async def find(self, name: str, lang: str) -> Place:
        """Look the place up in the gazetteer."""
        return find_place(name)

    async def forecast(self, place: Place, day: date, now: datetime) -> Forecast:
        """Make the day's weather up from place, season and date alone."""
        mean = 28.5 - 0.0072 * place.latitude**2
        season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365.25)
        swing = 0.22 * abs(place.latitude) * (season if place.latitude >= 0 else -season)
        weather = _smooth(place, day, "front")
        middle = mean + swing + 5 * (_smooth(place, day, "warmth") - 0.5) * min(2, 0.6 + abs(place.latitude) / 30)
        wet = 0.45 * weather + 0.55 * _random(place, day, "wet")
        rain_chance = round(100 * max(0.0, min(0.95, (wet - 0.25) * 1.5)) / 5) * 5
        spread = 3 + 6 * (1 - rain_chance / 100)
        high, low = round(middle + spread / 2), round(middle - spread / 2)
        return Forecast(
            place=place,
            day=day,
            kind=_kind(rain_chance, high, low, _random(place, day, "kind"), abs(place.latitude)),
            high=high,
            low=low,
            rain_chance=rain_chance,
            wind=round(4 + 22 * weather * (0.5 + _random(place, day, "wind"))),
            as_of=now,
        )

    async def health(self) -> str:
        """Say that it is a sample."""
        return f"sample weather for {len(places())} places, made up"

    async def close(self) -> None:
        """Nothing is held open."""


def _random(place: Place, day: date, what: str) -> float:
    """A number from 0 to 1 that is always the same for the same place, day and purpose."""
    key = f"{place.latitude:.2f},{place.longitude:.2f},{day.isoformat()},{what}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64


def _smooth(place: Place, day: date, what: str) -> float:
    """The same, changing gradually over about four days, as weather does."""
    days = day.toordinal()
    block, part = divmod(days, 4)
    share = part / 4
    ends = [_random(place, date.fromordinal(max(1, (block + step) * 4)), what) for step in (0, 1)]
    return ends[0] * (1 - share) + ends[1] * share


def _kind(rain_chance: int, high: int, low: int, chance: float, latitude: float) -> str:
    if rain_chance >= 45:
        if high <= 2:
            return "snow" if rain_chance >= 65 else "light_snow"
        if low <= 0 and high <= 4:
            return "freezing_rain" if chance < 0.2 else "light_snow"
        if rain_chance >= 75 and high >= 22:
            return "thunderstorm"
        if rain_chance >= 80:
            return "heavy_rain"
        return "rain" if rain_chance >= 60 else "light_rain"
    if rain_chance >= 30:
        return "drizzle" if chance < 0.3 and high > 3 else "cloudy"
    if chance < 0.08 and latitude > _TROPICS and high < 12:
        return "fog"
    if rain_chance >= 15:
        return "partly_cloudy"
    return "mostly_clear" if chance < 0.5 else "clear"


@lru_cache(maxsize=1)
def places() -> dict[str, Place]:
    """Return every place of the gazetteer by its folded names."""
    found: dict[str, Place] = {}
    with files("skills.weather").joinpath("gazetteer.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            place = Place.model_validate({key: row[key] for key in ("name", "country", "latitude", "longitude")})
            for name in (place.name, *filter(None, row["also"].split("|"))):
                found[fold(name)] = place
    return found


def fold(name: str) -> str:
    """Return a name in lower case without accents and punctuation, for comparing."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return " ".join("".join(each for each in plain if each.isalnum() or each.isspace()).split())


def find_place(name: str) -> Place:
    """Return a place of the gazetteer, typing errors forgiven.

    Raises:
        NotFound: no such place; the message names the nearest ones.
    """
    if fold(name) in ("here", "home", "hier", "zuhause", ""):
        raise NotFound("I do not know where you are. Please name a town.", slot="place")
    known = places()
    town, _, country = name.partition(",")
    wanted = fold(name) if fold(name) in known else fold(town)
    if wanted not in known and country == "":
        # "paris france"
        for each, place in known.items():
            if wanted == f"{each} {fold(place.country)}":
                wanted = each
                break
    if wanted in known and (not country.strip() or _same_country(fold(country), known[wanted])):
        return known[wanted]
    from rapidfuzz import fuzz, process  # Only misspelt and unknown names need it.

    near = process.extract(wanted, list(known), scorer=fuzz.ratio, limit=4)
    best, score, _ = near[0]
    first_letter = best[:1] == wanted[:1]
    clear = known[best] == known[near[1][0]] or score - near[1][1] >= 3
    if score >= _TYPO_SCORE and len(wanted) >= 4 and first_letter and clear and not country.strip():
        return known[best]
    names = ", ".join(dict.fromkeys(known[each].name for each, _, _ in near[:3]))
    raise NotFound(f"I know no place called {name!r}. The nearest names I know are {names}.", slot="place")


def _same_country(country: str, place: Place) -> bool:
    full = fold(place.country)
    initials = "".join(word[0] for word in full.split())
    return country in (full, initials, f"{initials}a") or full.startswith(country)
