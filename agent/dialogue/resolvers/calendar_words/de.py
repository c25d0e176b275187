"""Days and clock times in German."""

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

_DAY = "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
_PART = "morgen|früh|frueh|vormittag|mittag|nachmittag|abend|nacht"
_HOURS = "eins?|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwoelf"
_COUNTED = r"(?:tage?n?|nächten?|nacht|wochen?|monate?n?)\b"
_JOINT = r" bis(?: zum| zu| einschließlich)? |\s?-\s?"

GERMAN = CalendarWords(
    days=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    dates=word_table("""
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
        M6: juni juno jun
        M7: juli jul
        M8: august aug
        M9: september sep sept
        M10: oktober okt
        M11: november nov
        M12: dezember dez
        D0: heute heut jetzt
        D1: morgen
        D2: übermorgen uebermorgen
        D-1: gestern
        D-2: vorgestern
        next: nächsten nächste nächster nächstes nächstem naechsten naechste naechster naechstes
        overnext: übernächsten übernächste übernächster übernächstes uebernaechste uebernaechsten
        this: diesen diese dieser dieses diesem kommenden kommende kommender kommendes
        last: letzten letzte letzter letztes vergangenen vorigen vorige vergangene
        in: in
        ago: vor
        after: nach
        later: später spaeter
        earlier: früher frueher
        day: tag tage tagen tags
        night: nacht nächte nächten naechte naechten
        week: woche wochen
        month: monat monate monaten monats
        year: jahr jahre jahren
        weekend: wochenende wochenend wochenendes
        H12.25: weihnachten weihnachtstag
        H12.26: zweiterweihnachtstag
        H12.24: heiligabend heiligabends
        H12.31: silvester
        H1.1: neujahr neujahrstag
        H12.6: nikolaus nikolaustag
        H10.3: einheitstag
        H10.31: halloween
        E-2: karfreitag
        E0: ostern ostersonntag
        E1: ostermontag
        E39: himmelfahrt
        E49: pfingsten pfingstsonntag
        E50: pfingstmontag
        or: oder
        end: ende anfang mitte
        octave: octave
        advent: advent
    """),
    date_fillers=word_set(
        "am an der die das den dem des im für fuer um bitte auf vielleicht ist wie wäre es zum zu vormittag mittag "
        "nachmittag abend früh frueh morgens mittags nachmittags abends nachts irgendwann "
        "über ueber während ganz ganze ganzen ganzes"
    ),
    date_phrases=rewrites(
        (r"\b'?n(e|er|em|en)\b", r"ein\1"),
        (r"\bkommenden? (?=woche|monat|jahr)", "nächste "),
        (r"\bheilig ?abend\b", "heiligabend"),
        (rf"\b({_DAY})s?(?:{_PART})s?\b", r"\1"),
        (rf"\b({_DAY}|gestern|übermorgen|uebermorgen|heute) (?:{_PART})\b", r"\1"),
        (rf"\b(morgen) (?:{_PART.removeprefix('morgen|')})\b", r"\1"),
        (r"\b(?:am|jeden) morgen\b", " "),
        (r"\b(?:1\.|ersten?r?) weihnachts(?:feier)?tag\b", "weihnachtstag"),
        (r"\b(?:2\.|zweiten?r?) weihnachts(?:feier)?tag\b", "zweiterweihnachtstag"),
        (r"\btag der (?:deutschen )?einheit\b", "einheitstag"),
        (rf"\b(heute|morgen|übermorgen|{_DAY}) in (?:acht|8) tagen\b", r"\1 in einer woche"),
        (r"\bin acht tagen\b", "in octave"),
        (r"\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag) über(?:-| )?acht\b", r"\1 in einer woche"),
    ),
    clock=re.compile(
        r"\b(?:um|gegen|ab|nach|bis)\s+(?:halb\s+|viertel (?:vor|nach)\s+|dreiviertel\s+)?"
        rf"(?:\d{{1,2}}(?:[:.]\d\d)?(?![\d./])|(?:{_HOURS})\b)(?!\.?\s*{_COUNTED})(?!\.)(?:\s*(?:uhr|h)\b)?(?:\s*\d\d\b)?"
        r"|\b\d{1,2}(?:[:.]\d\d)?\s*(?:uhr|h)\b(?:\s*\d\d\b)?|\b\d{1,2}:\d\d\b|\b\w+ uhr\b"
    ),
    times=word_table("""
        pm: pm
        morning: morgens morgends früh frueh vormittags vormittag morgen frühstück
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
        hour: stunde stunden std
        minute: minute minuten min
        later: später spaeter
        earlier: früher frueher
        now: jetzt sofort gleich
        between: zwischen
        and: und
        or: oder
        before: davor
        after: danach
        late: spätnachmittags spätabends spätenach
        early: früherpart
        allday: ganztags
    """),
    time_fillers=word_set(
        "am an der die das den dem im für fuer um bitte auf vielleicht ist wie wäre es zum zu gegen ab ungefähr "
        "etwa so heute zeit punkt ca circa"
    ),
    time_phrases=rewrites(
        (rf"^(?:erst )?nach (?=\d|(?:{_HOURS})\b)", "danach "),
        (rf"^(?:noch )?vor (?=(?:\d|(?:{_HOURS})\b)(?!.*(?:minute|stunde)))", "davor "),
        (r"\b'?n(e|er|em|en)\b", r"ein\1"),
        (rf"\b({_DAY})(morgen|vormittag|mittag|nachmittag|abend|nacht)s?\b", r"\1 \2"),
        (rf"\bam ({_DAY}) morgen\b", r"\1 morgens"),
        (r"\b(?:späten?|spaeten?) (?=vormittag|nachmittag|abend)", "spätenach "),
        (r"\b(?:frühen|fruehen) (?=vormittag|nachmittag|abend|morgen)", "früherpart "),
        (r"\b(?:den )?ganzen tag\b", "ganztags"),
        (r"\bdrei viertel\b", "dreiviertel"),
        (r"\bvon (.+?) bis (.+)$", r"zwischen \1 und \2"),
        (r"\b(\d{1,2}(?::\d\d)?)\s?-\s?([012]?\d(?::\d\d)?)(?=\s|$)", r"zwischen \1 und \2"),
        (r"\b(?:einer? )?dreiviertel ?stunde\b", "45 minuten"),
        (r"\b(?:einer? )?halben? stunde\b", "30 minuten"),
        (r"\b(?:einer? )?viertel ?stunde\b", "15 minuten"),
        (r"\b(?:anderthalb|eineinhalb) stunden\b", "90 minuten"),
        (r"\bzweieinhalb stunden\b", "150 minuten"),
        (r"\bmorgen(?= (?:um|früh|frueh|abend|nachmittag|vormittag|mittag|gegen|\d))", " "),
        (r"(\d)\s?h\b(?! ?\d)", r"\1 uhr"),
    ),
    spans=SpanWords(
        lasting=(
            re.compile(r"(?:für )?(?P<length>.+?) (?:ab|von|vom) (?:dem )?(?P<start>.+)"),
            re.compile(r"(?:ab |von |vom )?(?:dem )?(?P<start>.+?)(?: an)? (?:für|fuer|lang) (?P<length>.+)"),
            re.compile(r"(?:ab |von |vom )(?:dem )?(?P<start>.+?)(?: an)? (?P<length>\w+ \w+) lang"),
        ),
        onward=re.compile(r"(?:für |in |während )?(?:die |den |der )?(?:nächsten?|kommenden?) (?P<length>.+)"),
        frames=frames(
            (r"(?:nach|ab|nicht vor)(?: dem)? (?P<rest>.+)", r",? (?:(?:aber|und|doch) )?(?:vor|nicht nach)(?: dem)? "),
            (r"(?:anreise|ankunft|check-?in)(?: am)? (?P<rest>.+)",
             r",? (?:und )?(?:abreise|abfahrt|check-?out)(?: am)? "),
            (r"(?:(?P<part>.+) )?zwischen (?:dem )?(?P<rest>.+)", r" und (?:dem )?"),
            (r"(?:(?P<part>.+) )?(?:von|vom|ab|nach)(?: dem)? (?P<rest>.+)", _JOINT),
            (r"(?P<rest>.+)", _JOINT),
        ),
        weak_joints=frozenset(),
        pair=re.compile(r" und "),
        until=re.compile(r"(?:bis|bis spätestens|spätestens)(?: zum| zu| einschließlich| um| am)? (?P<end>.+)"),
        before=re.compile(r"vor(?: dem| der)? (?P<end>.+)"),
        since=re.compile(
            r"(?:ab|frühestens|seit|von|vom|nicht vor)(?: dem| der| um| am)? (?P<start>.+?)(?: an)?|(?P<start2>(?!))"
        ),
        after=re.compile(r"nach(?: dem| der)? (?P<start>.+)"),
    ),
)  # fmt: skip
