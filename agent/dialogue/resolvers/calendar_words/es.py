"""Days and clock times in Spanish, without accents: the user's words are levelled before they are looked up."""

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
from agent.dialogue.resolvers.number_words import fold

_DAY = "lunes|martes|miercoles|jueves|viernes|sabado|domingo"
_HOURS = (
    "una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieciseis|diecisiete|dieciocho"
    "|diecinueve|veinte|veintiuna|veintidos|veintitres"
)
_MINUTES = r"(?:[:.]\d\d| y (?:media|cuarto|\w+)| menos \w+| en punto)?"
_JOINT = r" (?:hasta|al|a)(?: el| las?| los)? |\s?-\s?"

SPANISH = CalendarWords(
    days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=names("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    adjectives_follow=True,
    level=fold,
    dates=word_table("""
        W0: lunes lun
        W1: martes mar
        W2: miercoles mie mier
        W3: jueves jue
        W4: viernes vie vier
        W5: sabado sab
        W6: domingo dom
        M1: enero ene
        M2: febrero feb
        M3: marzo
        M4: abril abr
        M5: mayo may
        M6: junio jun
        M7: julio jul
        M8: agosto ago
        M9: septiembre setiembre sept sep
        M10: octubre oct
        M11: noviembre nov
        M12: diciembre dic
        D0: hoy ahora
        D1: manana mnn
        D2: pasadomanana
        D-1: ayer
        D-2: anteayer antier antesdeayer
        next: proximo proxima proximos proximas siguiente
        overnext: subsiguiente
        this: este esta
        last: pasado pasada ultimo ultima
        in: en dentro
        ago: hace
        from: partir desde
        after: despues
        before: antes
        later: mastarde
        earlier: masantes
        day: dia dias
        night: noches
        week: semana semanas
        fortnight: quincena
        month: mes meses
        year: ano anos
        weekend: findesemana
        eve: vispera
        H12.25: navidad
        H12.24: nochebuena
        H12.31: nochevieja
        H1.1: anonuevo
        H1.6: reyes
        H2.14: valentin
        H10.31: halloween
        H11.1: todossantos
        E-3: juevessanto
        E-2: viernessanto
        E0: domingodepascua
        E1: lunesdepascua
        or: o u
        end: fin finales principios principio mediados comienzos
        octave: octave
    """),
    date_fillers=word_set(
        "el la los las de del a al para por favor sobre mejor pues es seria y que noche tarde mediodia madrugada "
        "matinal lo se con todo toda durante entero entera"
    ),
    date_phrases=rewrites(
        (r"\bun par de\b", "2"),
        (r"\bpasado manana\b", "pasadomanana"),
        (r"\bantes de ayer\b", "antesdeayer"),
        (r"\b(?:fin(?:es)? de semana|finde)\b", "findesemana"),
        (r"\b(?:que|q|k) (?:viene|entra)\b", "proximo"),
        (r"\besta (?:misma )?(?:noche|tarde|manana)\b", "hoy"),
        (r"\bahora mismo\b|\blo antes posible\b|\bcuanto antes\b", "hoy"),
        (r"\bal? (?:medio ?dia|media ?noche)\b", " "),
        (r"\b(?:por|de|en|a) la (?:noche|tarde|manana|madrugada)\b", " "),
        (r"\b(?:a )?primera hora(?: de)?\b", " "),
        (rf"\b(?:de )?(hoy|manana|{_DAY}) en (?:ocho|8)(?: dias)?\b", r"\1 semana"),
        (rf"\b(?:de )?(hoy|manana|{_DAY}) en (?:quince|15)(?: dias)?\b", r"\1 quincena"),
        (r"\b(?:ocho|8) dias\b", "octave"),
        (r"\b(?:quince|15) dias\b", "1 quincena"),
        (r"\bmas tarde\b", "mastarde"),
        (r"\bmas (?:temprano|pronto)\b", "masantes"),
        (r"\b(?:una|1) noche\b", "1 noches"),
        (r"\b(?:dia de )?ano nuevo\b", "anonuevo"),
        (r"\bfin de ano\b", "nochevieja"),
        (r"\bnoche ?buena\b", "nochebuena"),
        (r"\bnoche ?vieja\b", "nochevieja"),
        (r"\bdia de (?:los )?reyes\b", "reyes"),
        (r"\bdia de navidad\b", "navidad"),
        (r"\b(?:dia de )?todos los santos\b", "todossantos"),
        (r"\b(?:dia de )?san valentin\b", "valentin"),
        (r"\bviernes santo\b", "viernessanto"),
        (r"\bjueves santo\b", "juevessanto"),
        (r"\blunes de pascua\b", "lunesdepascua"),
        (r"\bdomingo de (?:pascua|resurreccion)\b", "domingodepascua"),
        (r"\bdia siguiente\b", "dia despues"),
    ),
    clock=re.compile(
        rf"\b(?:(?:a|sobre|hacia|para|desde|hasta) )?las? (?:\d{{1,2}}|(?:{_HOURS})\b){_MINUTES}(?: horas?\b|h\b)?"
        r"(?: de la (?:noche|tarde|manana|madrugada)\b| del mediodia\b)?"
        r"|\b\d{1,2}:\d\d\b|\b\d{1,2} ?(?:h|hs|horas|am|pm)\b"
    ),
    times=word_table("""
        am: am
        pm: pm
        morning: matinal madrugada desayuno
        afternoon: tarde tardes
        evening: cena
        night: noche noches
        lunch: almuerzo comer comida
        noon: mediodia
        midnight: medianoche
        half: media
        quarter: cuarto
        minus: menos
        to: para
        oclock: punto
        in: en dentro
        hour: hora horas h hs hrs
        minute: minuto minutos min
        later: mastarde
        earlier: masantes
        now: ahora ya ahorita inmediatamente
        and: y
        or: o u
        late: ultimahora
        early: primerahora
        allday: todoeldia
        between: entre
        before: antes
        after: despues
    """),
    time_fillers=word_set(
        "el la los las de del a al por favor sobre mejor pues es seria que eso hacia tipo alrededor lo mismo esta este "
        "se"
    ),
    time_phrases=rewrites(
        (r"\b([ap])\.?\s?m\b\.?", r"\1m"),
        (r"(\d)([ap]m)\b", r"\1 \2"),
        (r"\bmedio ?dia\b", "mediodia"),
        (r"\bmedia ?noche\b", "medianoche"),
        (r"\bdel mediodia\b", "almuerzo"),
        (r"\bpasado manana\b", " "),
        (r"\b(?:por|de|en|a) la manana\b|\besta manana\b", "matinal"),
        (r"\b(?:a )?ultima hora(?: de)?\b", "ultimahora"),
        (r"\b(?:a )?primera hora(?: de)?\b", "primerahora"),
        (r"\btodo el dia\b", "todoeldia"),
        (r"\bde (?:las )?(\d\S*) a (?:las )?(\d.*)$", r"entre \1 y \2"),
        (r"\bmas tarde\b", "mastarde"),
        (r"\bmas (?:temprano|pronto)\b", "masantes"),
        (r"\btres cuartos de hora\b", "45 minutos"),
        (r"\b(?:un )?cuarto de hora\b", "15 minutos"),
        (r"\b(?:una )?hora y media\b", "90 minutos"),
        (r"\bmedia hora\b", "30 minutos"),
        (r"\bhace\b", " "),
    ),
    spans=SpanWords(
        lasting=(
            re.compile(
                r"(?:por |durante )?(?P<length>.+?) "
                r"(?:a partir del? |desde |(?:empezando|comenzando) )(?:el |las? )?(?P<start>.+)"
            ),
            re.compile(
                r"(?:a partir del? |desde |del? )?(?:el )?(?P<start>.+?) (?:por|durante) (?P<length>.+)"
            ),
        ),
        onward=re.compile(r"(?:por |en |durante )?(?:los |las )?proxim[oa]s (?P<length>.+)"),
        frames=frames(
            (r"(?:despues del?|a partir del?|no antes del?)(?: el| las?)? (?P<rest>.+)",
             r",? (?:(?:pero|y) )?antes del?(?: el| las?)? "),
            (r"(?:llegada|llegamos|llego|entrada)(?: el)? (?P<rest>.+)",
             r",? (?:y )?(?:salida|salimos|me voy|vuelta)(?: el)? "),
            (r"(?:(?P<part>.+) )?entre (?:el |las? )?(?P<rest>.+)", r" y (?:el |las? )?"),
            (r"(?:(?P<part>.+) )?(?:a partir del? |desde |del? |despues del? )(?:el |las? )?(?P<rest>.+)", _JOINT),
            (r"(?P<rest>.+)", _JOINT),
        ),
        weak_joints=word_set("a al y"),
        pair=re.compile(r" y (?:el )?"),
        until=re.compile(r"(?:hasta|a mas tardar|como tarde)(?: el| las?)? (?P<end>.+)"),
        before=re.compile(r"antes (?:del?|de el|de las?) (?!ayer)(?:las? )?(?P<end>.+)"),
        since=re.compile(
            r"(?:a partir del?|desde|no antes del?)(?: el| las?)? (?P<start>.+?)(?: en adelante)?"
            r"|(?:del? )?(?P<start2>.+?) en adelante"
        ),
        after=re.compile(r"despues (?:del?|de el|de las?) (?:las? )?(?P<start>.+)"),
    ),
)  # fmt: skip
