"""The words around options and places, by language: data for the rules beside this module, and nothing else.

A new language is a new entry of each table.
"""

from __future__ import annotations

import re

from agent.dialogue.resolvers.calendar_words import word_set

_NOISE = {
    "en": word_set(
        """the a an my our your in of on at to from for and please one ones that this it with by is be i i'd i'll want
        would like we could you can turn switch set make put dim off up down go take book me us let's let do then just
        um uh ok okay yes yeah now something some somewhere place nice prefer choose pick guess think so well called
        named"""
    ),
    "de": word_set(
        """der die das den dem des ein eine einen einem im in am an zu vom von mit und bitte mein meine meinen meinem
        unser ich möchte nehme nehmen wir mach schalte stell stelle aus ein ja etwas dann lieber gern gerne also
        hätte um auf es heißt namens"""
    ),
    "fr": word_set(
        """le la les l un une des du de d à au aux en dans et s'il te vous plaît plait stp svp celui celle ceux celles
        ce cet cette je j on nous prends prendrai prendre voudrais veux préfère préférerais plutôt alors bon oui ok
        bien mon ma mes qui est pour par"""
    ),
    "es": word_set(
        """el la los las lo un una unos unas de del al a en y por para favor ese esa eso este esta esto aquel aquella yo
        quiero quisiera me nos quedo prefiero mejor pues entonces vale sí si ok bueno mi mis que es con"""
    ),
}


def option_noise(lang: str) -> frozenset[str]:
    """Return the words that tell no option from another; English and German are mixed into everything."""
    return _NOISE["en"] | _NOISE["de"] | _NOISE.get(lang, frozenset())


def tables(lang: str) -> tuple[str, ...]:
    """Return the languages whose words for positions are tried, in order; for spaced languages."""
    return tuple(dict.fromkeys((lang if lang in _NOISE else "en", "en", "de")))


OPTION_NOISE_ZH = re.compile(
    r"那个|这个|那家|这家|那间|这间|那位|那天|我们|咱们|我要|我想要|我选|我想|选择|选|就要|就是|就|请|要|给我|"
    r"帮我|麻烦|吧|啊|呢|的|家|个"
)
EVERYTHING = word_set("all every everything both whole alle alles beide ganze tous toutes tout todos todas todo ambos")
OPTION_SYNONYMS = {
    "lamp": "light",
    "lamps": "lights",
    "lampe": "licht",
    "lampen": "lichter",
    "television": "tv",
    "telly": "tv",
    "heating": "thermostat",
    "heater": "thermostat",
    "radiator": "thermostat",
    "heizung": "thermostat",
    "shutters": "blinds",
    "curtains": "blinds",
    "loo": "bathroom",
    "toilet": "bathroom",
    "lounge": "living room",
    "hallway": "hall",
    "study": "office",
}
LAST = {
    "en": word_set("last bottom"),
    "de": word_set("letzte letzten letzter letztes"),
    "fr": word_set("dernier dernière derniere"),
    "es": word_set("último última ultimo ultima"),
    "zh": word_set("最后 最后一 末"),
}
MIDDLE = {
    "en": word_set("middle"),
    "de": word_set("mittlere mittleren mittlerer mittleres"),
    "fr": word_set("milieu"),
    "es": word_set("medio"),
    "zh": word_set("中间"),
}
POSITION_NOUNS = {
    "en": word_set(
        "option number no choice answer entry item slot time date day place restaurant hotel train flight table offer "
        "suggestion appointment"
    ),
    "de": word_set(
        "option nummer nr möglichkeit wahl antwort eintrag termin uhrzeit zeit datum tag ort restaurant hotel zug flug "
        "tisch angebot vorschlag lokal"
    ),
    "fr": word_set(
        "option numéro numero n choix réponse proposition heure horaire date jour endroit restaurant resto hôtel train "
        "vol table offre créneau possibilité"
    ),
    "es": word_set(
        "opción opcion número numero elección respuesta propuesta hora fecha día dia lugar sitio restaurante hotel "
        "tren vuelo mesa oferta"
    ),
}
NUMBERED = word_set("option number no nummer nr numéro número numero n opción opcion choix #")
"""Before a number they make it a position: "number two"."""
POSITION_ZH = re.compile(
    r"^(?:就|选|要|我要|我选)*(?:第(\d+)|(\d+)号)(?:个|家|间|项|种|条|位|班|趟|本|天|次|号)?(?:选项|时间|餐厅|"
    r"酒店|日期)?(?:吧)?$"
)
LAST_ZH = re.compile(r"^(?:就|选|要|我要|我选)*(?:最后|末尾)(?:1|一)?(?:那)?(?:个|家|间|项|种|条|位|班|趟|天)?(?:吧)?$")
MIDDLE_ZH = re.compile(r"^(?:就|选|要|我要|我选)*中间(?:的|那)?(?:1|一)?(?:个|家|间|项|种|位|天)?(?:吧)?$")
ANY = re.compile(
    r"^(?:any|anything|any of (?:them|those)|any one|anyone|either|either one|whatever|whichever|no preference|"
    r"i don't (?:care|mind)|don't (?:care|mind)|all the same to me|"
    r"doesn't matter|it doesn't matter|you (?:choose|pick|decide)|surprise me|"
    r"egal|ist (?:mir )?egal|mir egal|irgendein\w*|ganz egal|such dir (?:eins|was) aus|"
    r"peu importe|n'importe (?:lequel|laquelle|quoi|où|quand)|(?:ça|cela) m'est égal|comme (?:tu veux|vous voulez)|"
    r"au choix|l'un ou l'autre|"
    r"cualquiera|cualquier cosa|da igual|me da igual|lo que sea|el que sea|la que sea|no importa|como quieras|"
    r"tú eliges|tu eliges|"
    r"随便|都行|都可以|随便哪个|哪个都行|哪个都可以|无所谓|你定吧?|你决定|任意|任何一个)(?: please| bitte)?$"
)
NEITHER = re.compile(
    r"^(?:no,? )?(?:neither(?: of them| one)?|none(?: of (?:them|these|those))?|not any of (?:them|these|those)|"
    r"keine[rsn]?(?: davon| von beiden)?|weder noch|nichts davon|"
    r"aucun(?:e)?(?: des deux)?|ni l'une? ni l'autre|"
    r"ninguno|ninguna|ningun[oa] de (?:los|las) dos|ni un[oa] ni otr[oa]|"
    r"都不要|都不行|都不是|哪个都不要|两个都不要)$"
)
PLACE_SMALL_WORDS = word_set("de del la las los le les of on upon the and am an der die das y e do da dos das du")
EARLIER = {
    "en": word_set("earlier earliest sooner soonest"),
    "de": word_set("frühere früheren früherer früheres frühste früheste frühesten früher fruehere"),
    "fr": word_set("tôt"),
    "es": word_set("temprano antes pronto"),
    "zh": word_set("早 早一点 早点 最早 更早 较早"),
}
LATER = {
    "en": word_set("later latest"),
    "de": word_set("spätere späteren späterer späteres späteste spätesten später spaetere"),
    "fr": word_set("tard"),
    "es": word_set("tarde después"),
    "zh": word_set("晚 晚一点 晚点 最晚 更晚 较晚"),
}
SMALLER = {
    "en": word_set("smaller smallest lower lowest less least fewer fewest cheaper cheapest shorter shortest"),
    "de": word_set(
        "kleinere kleineren kleinste kleinsten weniger niedrigere günstigere günstigeren günstigste billigere "
        "billigste "
        "kürzere kürzeste"
    ),
    "fr": word_set("petit petite moins bas basse cher court courte"),
    "es": word_set("pequeño pequeña menos bajo baja barato barata corto corta menor"),
    "zh": word_set("小 少 便宜 短 低"),
}
LARGER = {
    "en": word_set("bigger biggest larger largest higher highest more most longer longest"),
    "de": word_set("größere größeren größte größten mehr höhere höchste längere längste teurere"),
    "fr": word_set("grand grande haut haute long longue"),
    "es": word_set("grande más alto alta largo larga mayor"),
    "zh": word_set("大 多 长 高 贵"),
}
COMPARING = {"fr": word_set("plus moins le la"), "es": word_set("más menos"), "zh": word_set("最 更 较 比较 一点 点")}
"""Words that stand with an adjective to compare: "plus tôt", "最早"."""
