"""The words of days and clock times, by language: data for the rules beside this module, and nothing else.

A line of a table is ``symbol: word word ...``; a new language is a new entry of each table.
"""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


def _table(lines: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for line in lines.strip().split("\n"):
        symbol, _, words = line.partition(":")
        table.update(dict.fromkeys(words.split(), symbol.strip()))
    return table


DATE_WORDS = {
    "en": _table("""
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
        today: today tonight tonite 2day now 2nite
        tomorrow: tomorrow tmrw tmr tmw tomoz 2moro 2morrow tmrrw tomo
        overmorrow: overmorrow
        yesterday: yesterday
        next: next following upcoming
        this: this coming
        last: last past
        in: in within
        ago: ago
        from: from
        after: after
        before: before
        later: later
        earlier: earlier
        day: day days night nights
        week: week weeks wk
        fortnight: fortnight
        month: month months
        year: year years
        weekend: weekend weekends wkend
        christmas: christmas xmas
        eve: eve
        newyear: newyear
        valentine: valentine's valentines
        halloween: halloween
        couple: couple
        or: or
        end: end
    """),
    "de": _table("""
        W0: montag mo
        W1: dienstag di
        W2: mittwoch mi
        W3: donnerstag do
        W4: freitag fr
        W5: samstag sonnabend sa
        W6: sonntag
        M1: januar jänner jan
        M2: februar feb
        M3: märz maerz mrz
        M4: april apr
        M5: mai
        M6: juni jun
        M7: juli jul
        M8: august aug
        M9: september sep sept
        M10: oktober okt
        M11: november nov
        M12: dezember dez
        today: heute jetzt
        tomorrow: morgen
        overmorrow: übermorgen uebermorgen
        yesterday: gestern
        beforeyesterday: vorgestern
        next: nächsten nächste nächster nächstes nächstem naechsten naechste
        this: diesen diese dieser dieses diesem kommenden kommende kommender kommendes
        last: letzten letzte letzter letztes vergangenen vorigen
        in: in
        ago: vor
        after: nach
        later: später spaeter
        earlier: früher frueher
        day: tag tage tagen
        week: woche wochen
        month: monat monate monaten monats
        year: jahr jahre jahren
        weekend: wochenende wochenend
        christmas: weihnachten weihnachtstag
        xmaseve: heiligabend heiligabends
        newyeareve: silvester
        newyearday: neujahr neujahrstag
        or: oder
        end: ende
    """),
}
DATE_FILLERS = {
    "en": word_set("on the of for at a an is it be maybe please about around say let's make how what by"),
    "de": word_set("am an der die das den dem im für fuer um bitte auf vielleicht ist wie wäre es zum zu"),
}
TIME_WORDS = {
    "en": _table("""
        am: am
        pm: pm
        morning: morning breakfast
        afternoon: afternoon
        evening: evening tonight dinner dinnertime supper
        night: night
        lunch: lunch lunchtime
        noon: noon midday noontime
        midnight: midnight
        half: half
        quarter: quarter
        past: past
        to: to til till
        oclock: o'clock oclock clock sharp
        in: in
        hour: hour hours hr hrs
        minute: minute minutes min mins
        later: later
        earlier: earlier
        now: now asap immediately
        before: before by
        after: after
        between: between
        and: and
        or: or
    """),
    "de": _table("""
        pm: pm
        morning: morgens früh vormittags vormittag morgen frühstück
        afternoon: nachmittags nachmittag
        evening: abends abend abendessen
        night: nachts nacht
        lunch: mittags mittagessen
        noon: mittag
        midnight: mitternacht
        halfto: halb
        quarter: viertel
        threequarterto: dreiviertel
        past: nach
        to: vor
        oclock: uhr
        in: in
        hour: stunde stunden
        minute: minute minuten
        later: später spaeter
        earlier: früher frueher
        now: jetzt sofort
        between: zwischen
        and: und
        or: oder
    """),
}
TIME_FILLERS = {
    "en": DATE_FILLERS["en"] | word_set("time today tomorrow roughly"),
    "de": DATE_FILLERS["de"] | word_set("gegen ab ungefähr etwa so heute zeit"),
}
HOUR_WORDS = {
    "en": word_set("one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty"),
    "de": word_set("eins zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig dreißig"),
}
