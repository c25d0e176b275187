"""Say days and clock times back in the session's language. Knows no words that users may say."""

from __future__ import annotations

from datetime import date

from agent.dialogue.resolvers.calendar_words import CALENDARS


def date_text(day: date, now: date, lang: str) -> str:
    """Return a day as people say it: "Thursday 26 November", with the year where it is another one."""
    words = CALENDARS.get(lang)
    if words is None:
        from babel.core import UnknownLocaleError
        from babel.dates import format_date

        try:
            return str(format_date(day, "full", locale=lang))
        except (UnknownLocaleError, ValueError):
            return date_text(day, now, "en")
    weekday, month, same_year = words.days[day.weekday()], words.months[day.month - 1], day.year == now.year
    if lang == "zh":
        return f"{'' if same_year else f'{day.year}年'}{month}{day.day}日{weekday}"
    if lang == "es":
        return f"{weekday} {day.day} de {month}" + ("" if same_year else f" de {day.year}")
    number = {"de": f"{day.day}.", "fr": "1er" if day.day == 1 else f"{day.day}"}.get(lang, str(day.day))
    return f"{weekday}{',' if lang == 'de' else ''} {number} {month}" + ("" if same_year else f" {day.year}")


def time_text(hour: int, minute: int, lang: str) -> str:
    """Return a clock time as people say it: "7:30 pm", in German "19:30 Uhr", in French "19h30"."""
    if lang == "de":
        return f"{hour}:{minute:02d} Uhr"
    if lang == "fr":
        return f"{hour}h{minute:02d}" if minute else f"{hour}h"
    if lang == "en":
        return f"{hour % 12 or 12}:{minute:02d} {'am' if hour % 24 < 12 else 'pm'}"
    return f"{hour:02d}:{minute:02d}"


_SPANS = {
    "en": ("{start} to {end}", "from {start}", "until {end}"),
    "de": ("{start} bis {end}", "ab {start}", "bis {end}"),
    "fr": ("de {start} à {end}", "à partir de {start}", "jusqu'à {end}"),
    "es": ("de {start} a {end}", "desde {start}", "hasta {end}"),
    "zh": ("{start}到{end}", "{start}起", "到{end}为止"),
}
_DAY_SPANS = _SPANS | {
    "fr": ("du {start} au {end}", "à partir du {start}", "jusqu'au {end}"),
    "es": ("del {start} al {end}", "desde el {start}", "hasta el {end}"),
}


def dates_text(start: date | None, end: date | None, now: date, lang: str) -> str:
    """Return a first and a last day, one of which may be open."""
    first, last = (None if day is None else date_text(day, now, lang) for day in (start, end))
    return first if first is not None and start == end else _span(_DAY_SPANS, first, last, lang)


def times_text(start: int | None, end: int | None, lang: str) -> str:
    """Return a beginning and an end in minutes after midnight, one of which may be open."""
    first, last = (None if each is None else time_text(each // 60, each % 60, lang) for each in (start, end))
    return _span(_SPANS, first, last, lang)


def _span(forms: dict[str, tuple[str, str, str]], first: str | None, last: str | None, lang: str) -> str:
    both, since, until = forms.get(lang, forms["en"])
    return (until if first is None else since if last is None else both).format(start=first, end=last)
