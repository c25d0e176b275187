"""The words of units of time, mass, volume and length, by language: data for ``measures``.

A line is ``symbol: word, two words, ...``. Words stand without accents.
"""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType

from agent.dialogue.resolvers.number_words import fold


def unit_table(lines: str) -> dict[str, str]:
    """Return the symbol of each word."""
    table: dict[str, str] = {}
    for line in lines.strip().split("\n"):
        symbol, _, names = line.partition(":")
        table.update((fold(name.strip()), symbol.strip()) for name in names.split(",") if name.strip())
    return table


_EVERYWHERE = """
    s: s, sec, secs, sek
    min: min, mins, m, mn
    h: h, hr, hrs, std
"""
DURATION_UNITS = {
    "en": unit_table(_EVERYWHERE + """
        s: second, seconds
        min: minute, minutes
        h: hour, hours
        day: day, days, d
        night: night, nights, nite, nites
        week: week, weeks, wk, wks
        fortnight: fortnight, fortnights
        month: month, months, mth, mths
        year: year, years, yr, yrs
    """),
    "de": unit_table(_EVERYWHERE + """
        s: sekunde, sekunden
        min: minute, minuten, min.
        h: stunde, stunden, stündchen, std.
        day: tag, tage, tagen
        night: nacht, nächte, nächten, übernachtung, übernachtungen
        week: woche, wochen
        month: monat, monate, monaten
        year: jahr, jahre, jahren
    """),
    "fr": unit_table(_EVERYWHERE + """
        s: seconde, secondes
        min: minute, minutes
        h: heure, heures
        day: jour, jours, journée, journées, j
        night: nuit, nuits, nuitée, nuitées
        week: semaine, semaines
        fortnight: quinzaine, quinzaine de jours
        month: mois
        year: an, ans, année, années
    """),
    "es": unit_table(_EVERYWHERE + """
        s: segundo, segundos, seg
        min: minuto, minutos, minutitos
        h: hora, horas, horita
        day: día, días
        night: noche, noches
        week: semana, semanas
        month: mes, meses
        year: año, años
    """),
    "zh": unit_table(_EVERYWHERE + """
        s: 秒, 秒钟
        min: 分钟, 分, 分鐘
        h: 小时, 小時, 钟头, 鐘頭
        quarter: 刻钟, 刻鐘
        day: 天, 日
        night: 晚, 夜, 晚上, 宿
        week: 周, 星期, 礼拜, 週
        month: 月
        year: 年
    """),
}  # fmt: skip
SECONDS = MappingProxyType({"s": 1, "min": 60, "quarter": 900, "h": 3600})
DAYS = MappingProxyType({"day": 1, "night": 1, "week": 7, "fortnight": 14})
MONTHS = MappingProxyType({"month": 1, "year": 12})
DURATION_NAMES = {
    "en": ("year years", "month months", "day days", "hour hours", "minute minutes", "second seconds"),
    "de": ("Jahr Jahre", "Monat Monate", "Tag Tage", "Stunde Stunden", "Minute Minuten", "Sekunde Sekunden"),
    "fr": ("an ans", "mois mois", "jour jours", "heure heures", "minute minutes", "seconde secondes"),
    "es": ("año años", "mes meses", "día días", "hora horas", "minuto minutos", "segundo segundos"),
    "zh": ("年 年", "个月 个月", "天 天", "小时 小时", "分钟 分钟", "秒 秒"),
}
LOOSE_DAYS = {
    "fr": {"huit": 7, "quinze": 14},
    "es": {"ocho": 7, "quince": 14},
    "de": {"acht": 7},
}
"""Numbers of days that are said for whole weeks: "quinze jours" is a fortnight to many."""

_METRIC = """
    mg: mg
    g: g, gr, grs
    kg: kg, kgs, kilo, kilos
    t: t
    ml: ml
    cl: cl
    dl: dl
    l: l, ltr
    mm: mm
    cm: cm
    m: m
    km: km, kms
    lb: lb, lbs
    oz: oz
    in: inch
    ft: ft
    tbsp: tbsp
    tsp: tsp
"""
AMOUNT_UNITS = {
    "en": unit_table(_METRIC + """
        mg: milligram, milligrams
        g: gram, grams, gramme, grammes
        kg: kilogram, kilograms, kilogramme, kilogrammes
        t: tonne, tonnes, metric ton, metric tons
        t|ton_us: ton, tons
        lb: pound, pounds, lb., lbs.
        oz: ounce, ounces, oz.
        st: stone, stones
        ml: millilitre, millilitres, milliliter, milliliters, mil, mils
        cl: centilitre, centilitres, centiliter, centiliters
        l: litre, litres, liter, liters
        fl_oz: fluid ounce, fluid ounces, fl oz, floz
        cup: cup, cups
        pt: pint, pints
        qt: quart, quarts
        gal: gallon, gallons
        tbsp: tablespoon, tablespoons, tablespoonful, tablespoonfuls, tbs
        tsp: teaspoon, teaspoons, teaspoonful, teaspoonfuls
        mm: millimetre, millimetres, millimeter, millimeters
        cm: centimetre, centimetres, centimeter, centimeters
        m: metre, metres, meter, meters
        km: kilometre, kilometres, kilometer, kilometers, k
        in: inch, inches
        ft: foot, feet
        yd: yard, yards, yd, yds
        mi: mile, miles, mi
    """),
    "de": unit_table(_METRIC + """
        mg: milligramm
        g: gramm
        kg: kilogramm
        t: tonne, tonnen
        pfund: pfund
        zentner: zentner
        ml: milliliter
        cl: zentiliter
        l: liter
        tbsp: esslöffel, el, eßlöffel
        tsp: teelöffel, tl
        cup: tasse, tassen
        mm: millimeter
        cm: zentimeter
        m: meter
        km: kilometer
        in: zoll
        ft: fuß
        mi: meile, meilen
    """),
    "fr": unit_table(_METRIC + """
        mg: milligramme, milligrammes
        g: gramme, grammes
        kg: kilogramme, kilogrammes
        t: tonne, tonnes
        pfund: livre, livres
        ml: millilitre, millilitres
        cl: centilitre, centilitres
        l: litre, litres
        tbsp: cuillère à soupe, cuillères à soupe, cuillerée à soupe, cuillerées à soupe, càs, cas
        tsp: cuillère à café, cuillères à café, cuillerée à café, cuillerées à café, càc
        cup: tasse, tasses
        mm: millimètre, millimètres
        cm: centimètre, centimètres
        m: mètre, mètres
        km: kilomètre, kilomètres
        in: pouce, pouces
        ft: pied, pieds
        mi: mille marin
    """),
    "es": unit_table(_METRIC + """
        mg: miligramo, miligramos
        g: gramo, gramos
        kg: kilogramo, kilogramos, quilo, quilos
        t: tonelada, toneladas
        lb: libra, libras
        oz: onza, onzas
        ml: mililitro, mililitros
        cl: centilitro, centilitros
        l: litro, litros
        tbsp: cucharada, cucharadas
        tsp: cucharadita, cucharaditas
        cup: taza, tazas
        gal: galón, galones
        mm: milímetro, milímetros
        cm: centímetro, centímetros
        m: metro, metros
        km: kilómetro, kilómetros
        in: pulgada, pulgadas
        ft: pie, pies
        mi: milla, millas
    """),
    "zh": unit_table(_METRIC + """
        mg: 毫克
        g: 克
        kg: 公斤, 千克
        t: 吨
        lb: 磅
        oz: 盎司
        jin: 斤, 市斤
        liang: liang
        dozen: 打
        ml: 毫升
        dl: 分升
        l: 升, 公升
        tbsp: 汤匙, 大勺, 汤勺
        tsp: 茶匙, 小勺
        cup: 杯
        mm: 毫米
        cm: 厘米, 公分
        m: 米
        km: 公里, 千米
        in: 英寸
        ft: 英尺
        mi: 英里
    """),
}  # fmt: skip
LOCAL_UNITS = {
    "pfund": ("g", 500),
    "zentner": ("kg", 50),
    "jin": ("g", 500),
    "liang": ("g", 50),
    "dozen": ("piece", 12),
}
"""Units of one country, said in units of all."""


def _base(dimension: str, factors: dict[str, str]) -> dict[str, tuple[str, Fraction]]:
    return {symbol: (dimension, Fraction(factor)) for symbol, factor in factors.items()}


BASE: dict[str, tuple[str, Fraction]] = (
    _base(
        "kg",
        {"mg": "0.000001", "g": "0.001", "kg": "1", "t": "1000", "oz": "0.028349523125", "lb": "0.45359237",
         "st": "6.35029318", "ton_us": "907.18474"},
    )
    | _base(
        "l",
        {"ml": "0.001", "cl": "0.01", "dl": "0.1", "l": "1", "tsp": "0.005", "tbsp": "0.015", "cup": "0.24",
         "pt": "0.568", "qt": "1.136", "gal": "4.546", "fl_oz": "0.0284"},
    )
    | _base(
        "m",
        {"mm": "0.001", "cm": "0.01", "m": "1", "km": "1000", "in": "0.0254", "ft": "0.3048", "yd": "0.9144",
         "mi": "1609.344"},
    )
    | _base("piece", {"piece": "1"})
)  # fmt: skip
"""Dimension and size of each unit, for limits and for sums; kitchen and imperial volumes are rounded."""
SMALLER = {"ft": ("in", 12), "lb": ("oz", 16), "st": ("lb", 14)}
"""What an imperial unit is divided into: "five foot ten" is 70 in."""
UNIT_NAMES = {
    "en": {"ton_us": "short ton", "fl_oz": "fl oz", "t": "t"},
    "de": {"tbsp": "EL", "tsp": "TL", "cup": "Tassen", "in": "Zoll"},
    "fr": {"tbsp": "c. à soupe", "tsp": "c. à café", "cup": "tasses"},
    "es": {"tbsp": "cucharadas", "tsp": "cucharaditas", "cup": "tazas"},
    "zh": {
        "kg": "公斤",
        "g": "克",
        "l": "升",
        "ml": "毫升",
        "m": "米",
        "cm": "厘米",
        "km": "公里",
        "cup": "杯",
        "tbsp": "汤匙",
    },
}
"""How units are said back where their symbol does not do."""
UNTIL = {
    "en": frozenset(("until", "till", "before", "by")),
    "de": frozenset(("bis", "vor")),
    "fr": frozenset(("jusque", "jusqu'a", "jusqu'au", "avant")),
    "es": frozenset(("hasta", "antes")),
    "zh": frozenset(("直到",)),
}
"""Words that begin an end, not a length."""
