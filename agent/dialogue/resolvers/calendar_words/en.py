"""Days and clock times in English."""

from __future__ import annotations

import re

from agent.dialogue.resolvers.calendar_words.shape import (
    CalendarWords,
    SpanWords,
    frames,
    names,
    rewrites,
    word_set,
    word_table,
)

_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_COUNTED = rf"(?:days?|nights?|weeks?|wks?|months?|{_MONTHS})\b"

ENGLISH = CalendarWords(
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=names("January February March April May June July August September October November December"),
    month_first=None,
    dates=word_table("""
        W0: monday mon
        W1: tuesday tue tues
        W2: wednesday wed weds
        W3: thursday thu thur thurs
        W4: friday fri
        W5: saturday sat
        W6: sunday sun
        M1: january jan
        M2: february feb
        M3: march mar
        M4: april apr
        M5: may
        M6: june jun
        M7: july jul
        M8: august aug
        M9: september sep sept
        M10: october oct
        M11: november nov
        M12: december dec
        D0: today tonight tonite tdy 2day now 2nite
        D1: tomorrow tmrw tmr tmw tomoz 2moro 2morrow tmrrw tomo
        D2: overmorrow
        D-1: yesterday
        next: next following upcoming
        overnext: overnext
        this: this coming
        last: last past
        in: in within
        ago: ago
        hence: hence
        from: from
        after: after
        before: before
        later: later
        earlier: earlier
        day: day days
        night: night nights
        week: week weeks wk wks
        fortnight: fortnight
        month: month months
        year: year years yr
        weekend: weekend weekends wkend
        eve: eve
        H12.25: christmas xmas
        H12.26: boxingday
        H1.1: newyear
        H2.14: valentine's valentines
        H10.31: halloween
        E-2: goodfriday
        E0: easter
        E1: eastermonday
        couple: couple
        advent: advent
        or: or
        end: end early late mid middle beginning start half
    """),
    date_fillers=word_set(
        "on the of for at a an is it be maybe please about around say let's make how what by day's time sometime "
        "morning afternoon evening noon midday all whole entire during over throughout"
    ),
    date_phrases=rewrites(
        (r"\bthis time next (week|month|year)\b", r"in 1 \1"),
        (r"\bfirst thing\b(?: in the morning)?", " "),
        (r"\bboxing day\b", "boxingday"),
        (r"\bgood friday\b", "goodfriday"),
        (r"\beaster monday\b", "eastermonday"),
        (r"\b(christmas|xmas|easter|valentine'?s|new year'?s?) (?:day|sunday)\b", r"\1"),
        (r"\bnew year'?s?\b", "newyear"),
        (r"\bday after (?:tomorrow|tmrw|tmr|tomorow)\b", "overmorrow"),
        (r"\bday before yesterday\b", "2 days ago"),
        (r"\bweek after next\b", "overnext week"),
        (r"\b(mon|tues|wednes|thurs|fri|satur|sun)day after next\b", r"overnext \1day"),
        (r"\bthis (?:morning|afternoon|evening)\b", "today"),
        (r"\bin the (?:morning|afternoon|evening)\b", " "),
        (r"\bright now\b|\basap\b|\bas soon as possible\b|\bimmediately\b|\bstraight away\b", "today"),
        (r"\bfrom now\b", "hence"),
        (r"\b(days?|weeks?|months?|years?)'? time\b", r"\1"),
        (r"\bcouple of\b", "couple"),
        (r"\b(?:this coming|coming up)\b", "this"),
    ),
    clock=re.compile(
        r"\b(?:at|around|by|before|after|from|until|till)\s+"
        r"(?:about\s+|half past\s+|quarter (?:past|to)\s+)?"
        r"(?:\d{1,2}(?:[:.]\d\d)?(?![\d./-]|st|nd|rd|th)|" + _HOURS + r"|noon|midnight)\b"
        rf"(?!\s*{_COUNTED})"
        r"(?:\s*(?:am|pm|a\.m\.|p\.m\.|o'clock))?"
        r"|\b\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|a\.m\.?|p\.m\.?|o'clock)\b|\b\d{1,2}:\d\d\b"
    ),
    times=word_table("""
        am: am
        pm: pm
        morning: morning mornings breakfast
        afternoon: afternoon afternoons
        evening: evening evenings tonight dinner dinnertime supper
        night: night
        lunch: lunch lunchtime
        noon: noon midday noontime
        midnight: midnight
        half: half
        quarter: quarter
        past: past
        to: to til till
        oclock: o'clock oclock clock sharp hundredhours
        in: in within
        hour: hour hours hr hrs
        minute: minute minutes min mins
        later: later
        hence: hence
        ago: ago
        earlier: earlier
        now: now asap immediately
        and: and
        or: or
        late: late
        early: early
        allday: allday
        between: between
        before: before by
        after: after
    """),
    time_fillers=word_set(
        "on the of for at a an is it be maybe please about around say let's make how what by time roughly oh so or-so"
    ),
    time_phrases=rewrites(
        (r"\b([ap])\.?\s?m\b\.?", r"\1m"),
        (r"(\d)\s*([ap])m?\b(?!')", r"\1 \2m"),
        (r"(?<=\w)ish\b", ""),
        (r"\bor so\b", " "),
        (r"\b(?:not before|no earlier than|not earlier than)\b", " "),
        (r"\b(?:no later than|not later than|not after)\b", "before"),
        (r"\b(\d{1,2})(\d\d) hours\b", r"\1:\2"),
        (r"\b(\w+) hundred hours\b", r"\1 oclock"),
        (r"\bo clock\b", "oclock"),
        (r"\bminutes? after\b", "past"),
        (r"\bminutes? before\b(?=.)", "to"),
        (r"\b12 (?=noon|midday|midnight)", " "),
        (r"\b(?:all day(?: long)?|the whole day)\b", "allday"),
        (r"\bfrom now\b(?! (?:to|until|till?|on)\b)", "hence"),
        (r"\ba couple of\b", "2"),
        (r"\b(?:a|an)(?= (?:half|hour|quarter))", "1"),
        (r"\bhalf 1 hour\b|\bhalf an hour\b|\b1 half hour\b|(?<!1 )\bhalf hour\b", "30 minutes"),
        (r"\b(?:1 )?quarter of (?:an|1) hour\b", "15 minutes"),
        (r"\bquarter of\b", "quarter to"),
        (r"\bfrom (.+?) (?:to|until|till) (.+)$", r"between \1 and \2"),
        (r"\b(\d{1,2}(?::\d\d)?)\s?-\s?([012]?\d(?::\d\d)?)(?=\s|$)", r"between \1 and \2"),
    ),
    spans=SpanWords(
        lasting=(
            re.compile(
                r"(?:for )?(?P<length>.+?) (?:from|starting(?: from| on)?|beginning(?: on)?|as of) (?P<start>.+)"
            ),
            re.compile(r"(?:from |starting (?:from |on )?)?(?P<start>.+?) for (?P<length>.+)"),
        ),
        onward=re.compile(r"(?:for |over |in |within |during )?(?:the )?next (?P<length>.+)"),
        frames=frames(
            (r"(?:any ?time )?(?:after|from|not before) (?P<rest>.+)",
             r",? (?:(?:but|and) )?(?:before|no later than|not after) "),
            (r"(?:arriv(?:e|ing)|check(?:ing)?[- ]?in|from)(?: on)? (?P<rest>.+)",
             r",? (?:and )?(?:leav(?:e|ing)|check(?:ing)?[- ]?out|depart(?:ing)?|return(?:ing)?|back)(?: on)? "),
            (r"(?:(?P<part>.+) )?(?:any ?time )?between (?P<rest>.+)", r" and | & "),
            (r"(?:(?P<part>.+) )?(?:any ?time )?(?:from|after|starting) (?P<rest>.+)",
             r" (?:(?:up )?to|until|till?|thru|through) (?:about |the )?|\s?-\s?"),
            (r"(?P<rest>.+)", r" (?:(?:up )?to|until|till?|thru|through) (?:about |the )?|\s?-\s?"),
        ),
        weak_joints=frozenset(),
        pair=re.compile(r" and | & |, "),
        until=re.compile(
            r"(?:until|till?|up to|up until|by|through|no later than|not later than|at the latest) (?P<end>.+)"
        ),
        before=re.compile(r"(?:any ?time )?(?:before|earlier than) (?P<end>.+)"),
        since=re.compile(
            r"(?:from|starting(?: from| on)?|beginning|since|as of|not before|no earlier than|not earlier than) "
            r"(?P<start>.+?)(?: on| onwards?| forward)?|(?P<start2>.+?) (?:onwards?|or later|and later)"
        ),
        after=re.compile(r"(?:any ?time )?(?:after|later than) (?P<start>.+)"),
    ),
)  # fmt: skip
