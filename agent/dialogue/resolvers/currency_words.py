"""The words of currencies, by language, and which money a time zone uses: data for ``money``."""

from __future__ import annotations

import re
from types import MappingProxyType

from agent.dialogue.resolvers.unit_words import unit_table

_EVERYWHERE = """
    EUR: eur
    USD: usd
    GBP: gbp
    CHF: chf, sfr
    JPY: jpy
    CNY: cny, rmb
    CAD: cad
    AUD: aud
    NZD: nzd
    INR: inr
    SEK: sek
    NOK: nok
    DKK: dkk
    PLN: pln
    CZK: czk
    MXN: mxn
    BRL: brl
    HKD: hkd
    SGD: sgd
    TWD: twd, ntd
    KRW: krw
    DOLLAR: dollar
    YEN_OR_YUAN: yenyuan
    CENT: ct
"""
CURRENCIES = {
    "en": unit_table(_EVERYWHERE + """
        EUR: euro, euros
        DOLLAR: dollars, buck, bucks
        GBP: pound, pounds, quid, sterling
        FRANC: franc, francs
        JPY: yen
        CNY: yuan, renminbi
        INR: rupee, rupees
        PESO: peso, pesos
        KRONE: krone, kroner, crowns
        SEK: krona, kronor
        PLN: zloty, zlotys, zł
        KRW: won
        BRL: real, reais
        CENT: cent, cents
        PENNY: p, penny, pence, pennies
        FIVER: fiver, fivers
        TENNER: tenner, tenners
    """),
    "de": unit_table(_EVERYWHERE + """
        EUR: euro, euros, piepen, tacken
        DOLLAR: dollars
        GBP: pfund
        FRANC: franken, fränkli, stutz, francs
        JPY: yen
        CNY: yuan, renminbi
        INR: rupien
        PESO: peso, pesos
        KRONE: kronen, krone
        PLN: zloty, złoty
        CENT: cent, cents
        RAPPEN: rappen
        PENNY: pence, penny
    """),
    "fr": unit_table(_EVERYWHERE + """
        EUR: euro, euros, balle, balles
        DOLLAR: dollars
        GBP: livre, livres, livre sterling, livres sterling
        FRANC: franc, francs
        JPY: yen, yens
        CNY: yuan, yuans
        INR: roupie, roupies
        PESO: peso, pesos
        KRONE: couronne, couronnes
        PLN: zloty, zlotys
        CENT: centime, centimes, cent, cents
        PENNY: pence
    """),
    "es": unit_table(_EVERYWHERE + """
        EUR: euro, euros, pavo, pavos
        DOLLAR: dólar, dólares
        GBP: libra, libras, libra esterlina, libras esterlinas
        FRANC: franco, francos
        JPY: yen, yenes
        CNY: yuan, yuanes
        INR: rupia, rupias
        PESO: peso, pesos
        KRONE: corona, coronas
        BRL: real, reales
        CENT: céntimo, céntimos, centavo, centavos, cts
        PENNY: peniques
    """),
    "zh": unit_table(_EVERYWHERE + """
        CNY: 块, 元, 圆, 块钱, 元钱, 人民币
        USD: 美元, 美金, 美刀, 刀
        EUR: 欧元, 欧
        GBP: 英镑, 镑
        JPY: 日元, 日圆
        CHF: 瑞士法郎, 瑞郎
        HKD: 港币, 港元
        TWD: 台币, 新台币
        KRW: 韩元, 韩币
        AUD: 澳元, 澳币
        CAD: 加元, 加币
        SGD: 新币, 新元
        THB: 泰铢
        JIAO: 毛, 角, 毛钱
        FEN: 分, 分钱
        CENT: 美分, 欧分
    """),
}  # fmt: skip
COUNTRIES = {
    "CH": re.compile(r"\b(?:swiss|schweizer|suisses?|suizos?)\b"),
    "AU": re.compile(r"\b(?:australian|aussie|australische|australiens?|australianos?)\b"),
    "CA": re.compile(r"\b(?:canadian|kanadische|canadiens?|canadienses?)\b"),
    "US": re.compile(
        r"\b(?:us|u\.s\.|american|us-|amerikanische|américains?|americains?|americanos?|estadounidenses?)\b"
    ),
    "NZ": re.compile(r"\b(?:new zealand|neuseeland|neuseeländische|néo-zélandais|neozelandeses)\b"),
    "HK": re.compile(r"\b(?:hong ?kong|hongkong)\b"),
    "SG": re.compile(r"\b(?:singapore|singapur|singapour)\b"),
    "MX": re.compile(r"\b(?:mexican|mexikanische|mexicains?|mexicanos?)\b"),
    "AR": re.compile(r"\b(?:argentine|argentinian|argentinische|argentins?|argentinos?)\b"),
    "CO": re.compile(r"\b(?:colombian|kolumbianische|colombiens?|colombianos?)\b"),
    "CL": re.compile(r"\b(?:chilean|chilenische|chiliens?|chilenos?)\b"),
    "GB": re.compile(r"\b(?:british|english|britische|britanniques?|británicas?)\b"),
    "SE": re.compile(r"\b(?:swedish|schwedische|suédoises?|suecas?)\b"),
    "NO": re.compile(r"\b(?:norwegian|norwegische|norvégiennes?|noruegas?)\b"),
    "DK": re.compile(r"\b(?:danish|dänische|danoises?|danesas?)\b"),
    "CZ": re.compile(r"\b(?:czech|tschechische|tchèques?|checas?)\b"),
}
FAMILIES = MappingProxyType(
    {
        "DOLLAR": {"": "USD", "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "HK": "HKD", "SG": "SGD"},
        "PESO": {"MX": "MXN", "AR": "ARS", "CO": "COP", "CL": "CLP"},
        "FRANC": {"": "CHF", "CH": "CHF"},
        "KRONE": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "CZ": "CZK"},
        "YEN_OR_YUAN": {"JP": "JPY", "CN": "CNY"},
    }
)
"""The currencies of one name, by country; "" is the one that is meant without saying which."""
PARTS = MappingProxyType({"CENT": 100, "PENNY": 100, "RAPPEN": 100, "JIAO": 10, "FEN": 100})
PART_OF = MappingProxyType({"PENNY": "GBP", "RAPPEN": "CHF", "JIAO": "CNY", "FEN": "CNY"})
NOTES = MappingProxyType({"FIVER": 5, "TENNER": 10})
SYMBOLS = (
    (re.compile(r"\b(?:us|u\.s\.)\s?\$"), " usd "),
    (re.compile(r"\bc(?:a|ad)?\s?\$"), " cad "),
    (re.compile(r"\ba(?:u|ud)?\s?\$"), " aud "),
    (re.compile(r"\bnz\s?\$"), " nzd "),
    (re.compile(r"\bhk\s?\$"), " hkd "),
    (re.compile(r"\bs\s?\$"), " sgd "),
    (re.compile(r"\br\s?\$"), " brl "),
    (re.compile(r"\$"), " dollar "),
    (re.compile("€"), " eur "),
    (re.compile("£"), " gbp "),
    (re.compile("¥"), " yenyuan "),
    (re.compile("₹"), " inr "),
    (re.compile("₩"), " krw "),
    (re.compile(r"(?<=\d)-dollars?\b"), " dollar "),
)
SHOWN = MappingProxyType({"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "INR": "₹"})
WITHOUT_CENTS = frozenset({"JPY", "KRW"})
COUNTRY_OF_ZONE = MappingProxyType(
    {
        "Europe/London": "GB", "Europe/Zurich": "CH", "Europe/Stockholm": "SE", "Europe/Oslo": "NO",
        "Europe/Copenhagen": "DK", "Europe/Prague": "CZ", "Europe/Warsaw": "PL", "Asia/Tokyo": "JP",
        "Asia/Shanghai": "CN", "Asia/Hong_Kong": "HK", "Asia/Singapore": "SG", "Asia/Taipei": "TW",
        "Asia/Kolkata": "IN", "Asia/Seoul": "KR", "Pacific/Auckland": "NZ", "America/Mexico_City": "MX",
        "America/Argentina/Buenos_Aires": "AR", "America/Bogota": "CO", "America/Santiago": "CL",
        "America/Sao_Paulo": "BR", "America/New_York": "US", "America/Chicago": "US", "America/Denver": "US",
        "America/Los_Angeles": "US", "America/Phoenix": "US", "America/Anchorage": "US", "Pacific/Honolulu": "US",
        "America/Toronto": "CA", "America/Vancouver": "CA", "America/Montreal": "CA", "America/Edmonton": "CA",
        "America/Winnipeg": "CA", "America/Halifax": "CA",
    }
    | {f"Australia/{city}": "AU" for city in ("Sydney", "Melbourne", "Brisbane", "Perth", "Adelaide", "Hobart")}
    | {
        f"Europe/{city}": "EU"
        for city in (
            "Amsterdam", "Athens", "Berlin", "Bratislava", "Brussels", "Dublin", "Helsinki", "Lisbon", "Ljubljana",
            "Luxembourg", "Madrid", "Malta", "Paris", "Riga", "Rome", "Tallinn", "Vienna", "Vilnius", "Zagreb",
        )
    }
)  # fmt: skip
MONEY_OF_COUNTRY = MappingProxyType(
    {
        "EU": "EUR", "GB": "GBP", "CH": "CHF", "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "JP": "JPY",
        "CN": "CNY", "HK": "HKD", "SG": "SGD", "TW": "TWD", "IN": "INR", "KR": "KRW", "MX": "MXN", "AR": "ARS",
        "CO": "COP", "CL": "CLP", "BR": "BRL", "SE": "SEK", "NO": "NOK", "DK": "DKK", "CZ": "CZK", "PL": "PLN",
    }
)  # fmt: skip
MONEY_OF_LANGUAGE = MappingProxyType({"de": "EUR", "fr": "EUR", "es": "EUR", "zh": "CNY"})
"""Where the time zone says nothing; English is spoken with too many."""
ASKED_WITHOUT_A_HINT = ("USD", "EUR", "GBP")
LIMIT_WORDS = re.compile(
    r"\b(?:no more than|not more than|como mucho|como máximo|au plus|tout au plus|pas plus de|no más de|nicht mehr als|"
    r"grand total|up to|at most)\b"
)
"""Said before the most that may be spent; the sum is what counts. They hold words that mean no sum elsewhere."""
