"""Where a value stands in an utterance whose corpus does not say: devices, days, times, numbers of people.

Patterns find places in text for training rows and nothing else; what a value means is resolved by the library at
run time. A pattern that is not sure returns None, and the row is left out.
"""

from __future__ import annotations

import re

Place = tuple[int, int]
"""Start and end (exclusive) in characters."""
NUMBER_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty"
)
_WEEKDAY = "mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rsday)?|thurs|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_PART = "morning|afternoon|evening|night"
DAY = re.compile(
    rf"\b(?:today|tonight|tomorrow(?: (?:{_PART}))?|the day after tomorrow|this (?:{_PART}|week|weekend|month)"
    rf"|(?:next|this|coming) (?:week(?:end)?|month|{_WEEKDAY})|the weekend|(?:{_WEEKDAY})(?: (?:{_PART}))?"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)(?: of)?(?: (?:{_MONTH}))?"
    rf"|(?:{_MONTH})\.? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?)(?!\w)",
    re.IGNORECASE,
)
TIME = re.compile(
    rf"\b(?:\d{{1,2}}(?::\d\d)? ?(?:am|pm|a\.m\.|p\.m\.)(?!\w)|\d{{1,2}}:\d\d|noon\b|midnight\b"
    rf"|(?:\d{{1,2}}|{NUMBER_WORD}) (?:am|pm|a\.m\.|p\.m\.|o['’]?clock)(?!\w)|half past (?:\d{{1,2}}|{NUMBER_WORD})\b)",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    rf"(?:\b(?:for|of)\s+)(\d{{1,2}}|{NUMBER_WORD})\b(?!\s*(?::|am\b|pm\b|a\.m|p\.m|o['’]?clock|/|-|st\b|nd\b|rd\b|th\b))",
    re.IGNORECASE,
)

_CLOCK_WORDS = re.compile(
    rf"\b(?:am|pm|a\.m|p\.m|o['’]?clock|noon|midday|midnight|minutes?|hours?|seconds?|sec|min|hrs?|now|moment"
    rf"|lunch\w*|dinner\w*|breakfast|brunch|supper|tea|elevenses|snack|meal|sunset|sunrise|dawn|dusk"
    rf"|half past|quarter|evening|morning|afternoon|night)\b|\d:\d\d|^\d{{1,2}}$|^(?:{NUMBER_WORD})$",
    re.IGNORECASE,
)
_DATE_WORDS = re.compile(
    rf"\b(?:today|tonight|tomorrow|day|days|weeks?|weekend|months?|years?|{_WEEKDAY}|{_MONTH}|spring|summer|autumn|fall"
    rf"|winter|christmas|easter|holiday|eve)\b|\d(?:st|nd|rd|th)\b|\d/\d|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)


def time_kind(text: str) -> str:
    """Return what a time expression is: "day", "time", "both" or "neither".

    >>> time_kind("next tuesday"), time_kind("7 pm"), time_kind("tomorrow at noon")
    ('day', 'time', 'both')
    """
    clock, date = bool(_CLOCK_WORDS.search(text)), bool(_DATE_WORDS.search(text))
    if clock and date:
        return "both"
    return "time" if clock else "day" if date else "neither"


_LEAD = re.compile(r"^(?:in|on|at|for|around|by|about|until|from)\s+", re.IGNORECASE)


def without_preposition(text: str, start: int, end: int) -> Place:
    """Return the place without a leading preposition; "in three days" keeps its own, which carries the meaning."""
    match = _LEAD.match(text[start:end])
    if match and not re.match(r"in\s+(?:\d+|a|an|the|one|two|\w+)\s+\w*(?:day|week|month|year)", text[start:end], re.I):
        return start + match.end(), end
    return start, end


_NOUN = re.compile(r"\s+(?:people|persons?|guests?|of us|ppl|pax|diners|adults)\b", re.IGNORECASE)
_HALF = re.compile(r"\s?(?:[ap]m\b|[ap]\.m\.?)", re.IGNORECASE)


def with_noun(text: str, start: int, end: int) -> Place:
    """Return the place of a number of people with its noun ("4" becomes "4 people"), as the booking skill has it."""
    match = None if _NOUN.search(text[start:end]) else _NOUN.match(text, end)
    return start, match.end() if match else end


def with_half_of_day(text: str, start: int, end: int) -> Place:
    """Return the place of a clock time with its am or pm, without a full stop that ends the sentence."""
    match = _HALF.match(text, end) if text[end - 1].isdigit() else None
    end = match.end() if match else end
    end = start + len(text[start:end].rstrip(" ,!?"))
    return start, end - 1 if re.search(r"[ap]m\.$", text[start:end], re.IGNORECASE) else end


_BEFORE_DEVICE = re.compile(r"^(?:(?:the|my|our|your|a|an|this|that|these)\s+)+", re.IGNORECASE)
_AFTER_DEVICE = re.compile(
    r"[\s,]+(?:please|pls|for me|now|right now|immediately|in here|here|thanks|thank you|alexa|olly|google|yourself"
    r"|over there|there|tonight|as well|again)$",
    re.IGNORECASE,
)
_NOT_A_DEVICE = re.compile(
    r"\b(?:and|then|if|when|while|until|because|but|it|them|everything|to|at|by|from|mode|so|with|off|on|up|down|after"
    r"|before|color|colour|colou?rs|red|blue|green|yellow|purple|white|percent|brightness|dim|low|high|bright|minutes?"
    r"|hours?|one hundred|alarm|timer|music|song|volume|car|notifications?|bluetooth|wifi|the water)\b|%",
    re.IGNORECASE,
)
_POLITE = r"(?:(?:hey |hi |ok |okay )?(?:google|alexa|olly|assistant|siri)[, ]+)?(?:please |kindly )?"
_ASKED = (
    r"(?:(?:can|could|will|would|may) (?:you|u|we) (?:please )?(?:help (?:me )?)?"
    r"|i (?:need|want|would like) (?:you )?to |i['’]?d like (?:you )?to |let['’]?s |go ahead and |just )?(?:please )?"
)
_VERB = r"(?:turn|switch|shut|put|power|flip|cut|get|turning|switching)"
_SWITCH = (
    re.compile(rf"^{_POLITE}{_ASKED}{_VERB} (?P<way>on|off|down)\s+(?P<device>.+?)$", re.IGNORECASE),
    re.compile(rf"^{_POLITE}{_ASKED}{_VERB} (?P<device>.+?)\s+(?P<way>on|off)$", re.IGNORECASE),
    re.compile(
        rf"^{_POLITE}{_ASKED}(?P<way>activate|enable|illuminate|deactivate|disable)\s+(?P<device>.+?)$", re.IGNORECASE
    ),
    re.compile(
        rf"^{_POLITE}(?:make sure|ensure|make certain|confirm) (?:that )?(?P<device>.+?) (?:is|are) "
        r"(?:turned |switched )?(?P<way>on|off)$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?P<device>(?:[\w'’-]+ ){1,4}?)(?P<way>on|off)$", re.IGNORECASE),
)
# "lights off in the hallway": the device's words have the switch among them, and a value is one run of words.
_LIGHT_IN = re.compile(
    rf"^{_POLITE}(?:the |my )?(?P<device>(?:all )?(?:the )?(?:lights?|lamps?) (?P<way>on|off) in "
    r"(?:the |my )?(?:[\w]+ ?){1,3})$",
    re.IGNORECASE,
)
_AWAY = {"off", "down", "deactivate", "disable"}


def device_place(text: str, start: int, end: int) -> Place | None:
    """Return the words of a place that name a device, without articles and courtesies; None when they name none."""
    while True:
        match = _AFTER_DEVICE.search(text[start:end].rstrip(" .!?,"))
        if not match:
            break
        end = start + match.start()
    end = start + len(text[start:end].rstrip(" .!?,"))
    start += len(text[start:end]) - len(text[start:end].lstrip())
    match = _BEFORE_DEVICE.match(text[start:end])
    if match:
        start += match.end()
    device = text[start:end]
    if not device or len(device.split()) > 8 or _NOT_A_DEVICE.search(device):
        return None
    return start, end


def switched(text: str) -> tuple[bool, Place] | None:
    """Return whether an utterance switches on (True) or off, and where the device stands; None when it is not clear.

    >>> on, (start, end) = switched("please turn the kitchen lights off")
    >>> on, "please turn the kitchen lights off"[start:end]
    (False, 'kitchen lights')
    """
    bare = text.rstrip(" .!?,")
    while True:
        match = _AFTER_DEVICE.search(bare)
        if not match:
            break
        bare = bare[: match.start()]
    match = _LIGHT_IN.match(bare)
    if match:
        return match.group("way").lower() == "on", match.span("device")
    for pattern in _SWITCH:
        match = pattern.match(bare)
        if match:
            place = device_place(text, match.start("device"), match.end("device"))
            if place and not re.match(r"^(?:on|off|turn|switch)\b", text[place[0] :], re.IGNORECASE):
                return match.group("way").lower() not in _AWAY, place
    return None


_LEVEL = re.compile(
    rf"(?P<level>(?:\d{{1,3}}|(?:{NUMBER_WORD}|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    rf"(?:[ -](?:{NUMBER_WORD}))?|(?:one |a )?hundred) ?(?:%|percent|per cent))",
    re.IGNORECASE,
)
_DIMMED = (
    re.compile(
        r"^(?:please |can you |could you )?(?:set|change|turn|adjust|bring|put|make|raise|lower|dim|brighten|increase"
        r"|decrease|reduce|keep)(?: (?:up|down))? (?:the )?(?:brightness |light level |level |intensity )?"
        r"(?:of |on |in )?(?P<device>.+?)(?:['’]s)?(?: brightness| light level| level| intensity)? "
        r"(?:to|at|by|down to|up to)(?: about)? (?P<rest>.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?P<device>[\w' ]+?)(?: brightness)?(?: to)? (?P<rest>\d+ ?%.*)$", re.IGNORECASE),
)


def dimmed(text: str) -> tuple[Place, Place] | None:
    """Return where the device and the level (with its unit) stand in a request for a brightness; None when unclear."""
    for pattern in _DIMMED:
        match = pattern.match(text)
        if not match:
            continue
        level = _LEVEL.search(text, match.start("rest"))
        place = device_place(text, match.start("device"), match.end("device"))
        if level and place and not re.search(r"\b(?:brightness|volume)\b", text[place[0] : place[1]], re.IGNORECASE):
            return place, (level.start("level"), level.end("level"))
    return None
