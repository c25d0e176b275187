"""How people point back, by language: "the same time", "there", "that hotel", "as last time".

Data for ``references``.
"""

from __future__ import annotations

import re

KINDS = {
    "date": "day", "date_range": "day", "time": "time", "time_range": "time", "place": "place", "count": "number",
    "number": "number", "percent": "number", "temperature": "number", "duration": "length", "amount": "amount",
    "money": "price", "choice": "one", "language": "one",
}  # fmt: skip
"""What a value of a resolver is called when one points back to it."""

_EN_SAME = r"(?:at |on |in |for |to |around |about |with )*(?:exactly |just )?(?:the |that )?(?:very )?(?:same|usual)"
_EN_AGAIN = (
    r"(?: (?:as|like)(?: (?:it was|we had|we did|i had|on))?(?: (?:before|last time|the last time|yesterday|"
    r"last week|usual|"
    r"previously|earlier|always|then|that|the (?:first|other)(?: one)?))?| again| please| too| one| ones)*"
)
_DE_SAME = (
    r"(?:um |an |am |in |im |zu |zur |zum |auf |für |mit )*(?:genau )?(?:die|der|das|den|dem|einen)?\s?"
    r"(?:selben?|selber|selbes|gleichen?|gleicher|gleiches|derselben?|dieselben?|dasselbe|demselben|denselben)"
)
_DE_AGAIN = (
    r"(?: (?:wie|nochmal|noch mal|wieder|bitte|auch)(?: (?:vorher|zuvor|eben|vorhin|letztes mal|beim letzten mal|"
    r"das letzte mal|gestern|immer|sonst))?)*"
)
_FR_SAME = r"(?:à |au |aux |dans |en |pour |vers |avec )*(?:exactement )?(?:la |le |les |l'|une? |au )?mêmes?"
_FR_AGAIN = (
    r"(?: (?:que|comme)(?: (?:avant|la dernière fois|l'autre fois|hier|d'habitude|tout à l'heure|toujours))?|"
    r" encore| aussi| s'il (?:te|vous) plaît| stp)*"
)
_ES_SAME = r"(?:a |al |en |para |con |por )*(?:exactamente )?(?:la |el |los |las |lo |ese |esa )?mism[oa]s?"
_ES_AGAIN = (
    r"(?: (?:que|de|como)(?: (?:antes|la última vez|la ultima vez|siempre|ayer|la otra vez))?| otra vez| también|"
    r" por favor)*"
)
_ZH_SAME = (
    r"(?:在|就|要|还|还是|也)*(?:和|跟|像)?(?:上次|上回|之前|刚才|前面|以前|原来)?的?(?:同样|相同|一样|同)(?:的|"
    r"一)?(?:个|家|间|天)?"
)
_ZH_AGAIN = r"(?:吧|了|就行|就好)?"

WORDS = {
    "en": {
        "day": "day date days dates",
        "time": "time times hour slot",
        "place": "place city town location spot area address destination",
        "number": "number amount temperature level setting people number of people many much",
        "length": "length duration time long",
        "amount": "amount quantity much",
        "price": "price amount sum budget much",
        "one": "one ones thing option choice",
    },
    "de": {
        "day": "tag datum tage",
        "time": "zeit uhrzeit zeitpunkt stunde",
        "place": "ort stadt stelle platz gegend ziel",
        "number": "zahl anzahl temperatur personenzahl viele viel",
        "length": "dauer zeit lange",
        "amount": "menge viel",
        "price": "preis betrag summe viel",
        "one": "eins",
    },
    "fr": {
        "day": "jour date jours",
        "time": "heure horaire moment temps",
        "place": "endroit ville lieu place coin adresse destination",
        "number": "nombre température nombre de personnes",
        "length": "durée temps",
        "amount": "quantité",
        "price": "prix somme montant",
        "one": "chose",
    },
    "es": {
        "day": "día dia fecha días",
        "time": "hora",
        "place": "lugar sitio ciudad destino dirección zona",
        "number": "número temperatura número de personas cantidad",
        "length": "duración tiempo",
        "amount": "cantidad",
        "price": "precio cantidad suma",
        "one": "cosa",
    },
    "zh": {
        "day": "天 日期 日子 日 一天",
        "time": "时间 时候 时刻 时段",
        "place": "地方 地点 城市 位置 地址",
        "number": "数量 人数 温度 数 多",
        "length": "时间 时长 长",
        "amount": "数量 量 多",
        "price": "价格 价钱 金额 价",
        "one": "个",
    },
}
"""What values of a kind are called."""

SAME = {
    "en": re.compile(rf"^{_EN_SAME}(?: (?P<noun>[a-z ]+?))?{_EN_AGAIN}$"),
    "de": re.compile(rf"^{_DE_SAME}(?: (?P<noun>[^\W\d_]+))?{_DE_AGAIN}$"),
    "fr": re.compile(rf"^{_FR_SAME}(?: (?P<noun>[^\W\d_]+(?: de personnes)?))?{_FR_AGAIN}$"),
    "es": re.compile(rf"^{_ES_SAME}(?: (?P<noun>[^\W\d_]+(?: de personas)?))?{_ES_AGAIN}$"),
    "zh": re.compile(rf"^{_ZH_SAME}(?P<noun>[^\W\d_吧了就]*?){_ZH_AGAIN}$"),
}
"""The same value again; the noun, where there is one, must name a value of the slot's kind or the slot."""

AS_BEFORE = {
    "en": re.compile(
        r"^(?:just |exactly )?(?:the )?(?:same|as|like)(?: (?:as|like))?(?: (?:before|last time|the last time|"
        r"the last one|"
        r"usual|always|yesterday|last week|previously|earlier))(?: please)?$|^(?:the )?same(?: again)?(?: please)?$|"
        r"^as many(?: (?:as )?(?:before|last time|of us))?$|^as (?:long|much)(?: as (?:before|last time))?$|^the usual$"
    ),
    "de": re.compile(
        r"^(?:genauso |genau )?(?:so )?wie (?:vorher|zuvor|eben|vorhin|letztes mal|beim letzten mal|"
        r"das letzte mal|gestern|"
        r"immer|sonst|üblich)(?: bitte)?$|^(?:genauso|ebenso|gleich) (?:viele?|lange?)(?: wie (?:vorher|"
        r"letztes mal))?$|"
        r"^(?:das )?(?:gleiche|selbe|dasselbe)(?: nochmal| wieder)?(?: bitte)?$|^wie gehabt$"
    ),
    "fr": re.compile(
        r"^(?:exactement )?comme (?:avant|la dernière fois|l'autre fois|hier|d'habitude|tout à l'heure|toujours)$|"
        r"^(?:la )?même chose(?: que (?:avant|la dernière fois))?$|^pareil(?: que (?:avant|la dernière fois))?$|"
        r"^(?:tout )?(?:autant|aussi nombreux|aussi longtemps)(?: que (?:avant|la dernière fois))?$"
    ),
    "es": re.compile(
        r"^(?:igual que|como) (?:antes|la última vez|la ultima vez|siempre|ayer|la otra vez)$|"
        r"^lo mismo(?: (?:que|de) (?:antes|la última vez|siempre))?$|^igual$|"
        r"^(?:los mismos|las mismas|otros tantos)(?: que antes)?$|^el mismo número(?: de personas)?$"
    ),
    "zh": re.compile(
        r"^(?:还是|就|要)*(?:和|跟|像|按|照)?(?:上次|上回|之前|刚才|以前|原来|前面|平时|老样子)(?:的)?(?:一样|"
        r"那样|同样|相同)?(?:的|多|长)?(?:吧)?$|"
        r"^(?:和|跟|像)?(?:上次|上回|之前|刚才|以前)?一样(?:的|多|长)?(?:人)?(?:吧)?$|^老样子$"
    ),
}
"""The same again, whatever it is."""

POINTING = {
    "en": {
        "place": re.compile(
            r"^(?:in |to |from |at |over |right )*(?:there|that (?:place|city|town|area|spot|location))$"
        ),
        "day": re.compile(r"^(?:on |for )?(?:that (?:same )?(?:day|date)|then|that night|that evening)$"),
        "time": re.compile(r"^(?:at |around |by )?(?:that (?:same )?(?:time|hour|moment)|then)$"),
        "number": re.compile(r"^(?:for |at )?(?:that (?:many|number|much|amount|temperature)|all of (?:us|them))$"),
        "length": re.compile(r"^(?:for )?that (?:long|length|time)$"),
        "amount": re.compile(r"^that (?:much|amount|quantity)$"),
        "price": re.compile(r"^(?:for )?that (?:price|much|amount|sum)$"),
        "one": re.compile(r"^(?:with |in |at |to |on )?(?:that|this|it|that one|this one)$"),
    },
    "de": {
        "place": re.compile(
            r"^(?:von |bis |nach )?(?:dort|da|dorthin|dahin|dorther|daher|dort hin|diese[rmn]? (?:ort|stadt))$"
        ),
        "day": re.compile(r"^(?:an )?(?:diese[mn] tag|de[mn] tag|dann|jene[mn] tag)$"),
        "time": re.compile(r"^(?:um |zu )?(?:dann|diese[rm]? (?:zeit|uhrzeit)|der uhrzeit)$"),
        "number": re.compile(r"^(?:für )?so (?:viele?|viel)$|^uns alle$"),
        "length": re.compile(r"^so lange?$"),
        "amount": re.compile(r"^so viel$"),
        "price": re.compile(r"^(?:für )?(?:so viel|diese[nr] (?:preis|betrag))$"),
        "one": re.compile(r"^(?:das|dies|dieses|den|die|der|es|das da|den da|dieser|diesen)$"),
    },
    "fr": {
        "place": re.compile(
            r"^(?:de |jusque |vers |à )?(?:là|là-bas|la-bas|là bas|y|cette ville|cet endroit|ce lieu)(?:-là)?$"
        ),
        "day": re.compile(r"^(?:ce (?:jour|soir)[- ]là|cette (?:date|journée)(?:[- ]là)?|ce même jour|ce jour|alors)$"),
        "time": re.compile(r"^(?:à )?(?:cette heure(?:[- ]là)?|ce moment(?:[- ]là)?|alors)$"),
        "number": re.compile(r"^(?:autant|ce nombre(?:[- ]là)?|nous tous)$"),
        "length": re.compile(r"^(?:aussi longtemps|autant de temps|cette durée)$"),
        "amount": re.compile(r"^(?:autant|cette quantité)(?:[- ]là)?$"),
        "price": re.compile(r"^(?:à |pour )?(?:ce prix|cette somme)(?:[- ]là)?$"),
        "one": re.compile(r"^(?:celui-là|celle-là|celui-ci|celle-ci|ça|cela|celui là|celle là)$"),
    },
    "es": {
        "place": re.compile(
            r"^(?:de |desde |hasta |hacia |por )?(?:allí|ahí|alli|ahi|allá|alla|esa ciudad|ese (?:sitio|lugar))$"
        ),
        "day": re.compile(
            r"^(?:en |para )?(?:ese (?:mismo )?d[ií]a|esa (?:misma )?(?:fecha|noche)|aquel d[ií]a|entonces)$"
        ),
        "time": re.compile(r"^(?:a )?(?:esa (?:misma )?hora|ese momento|entonces)$"),
        "number": re.compile(r"^(?:para )?(?:tantos|tantas|ese número|todos nosotros)$"),
        "length": re.compile(r"^(?:ese tiempo|tanto tiempo|esa duración)$"),
        "amount": re.compile(r"^(?:tanto|esa cantidad)$"),
        "price": re.compile(r"^(?:por )?(?:ese precio|esa cantidad)$"),
        "one": re.compile(r"^(?:ese|esa|eso|este|esta|esto|aquel|aquella)$"),
    },
    "zh": {
        "place": re.compile(r"^(?:在|去|到|从)?(?:那里|那儿|那边|那个(?:城市|地方)|那座城市|该(?:市|地))$"),
        "day": re.compile(r"^(?:就|在)*(?:那天|那一天|那个日子|当天|那晚|那时候?)$"),
        "time": re.compile(r"^(?:就|在)*(?:那时候?|那个(?:时间|时候|点)|到时候?|当时)$"),
        "number": re.compile(r"^(?:就)?(?:那么多|这么多|我们所有人)(?:人)?$"),
        "length": re.compile(r"^(?:就)?(?:那么|这么)(?:久|长)(?:时间)?$"),
        "amount": re.compile(r"^(?:就)?(?:那么|这么)多$"),
        "price": re.compile(r"^(?:就)?(?:那个|这个)?(?:价格|价钱|价)$"),
        "one": re.compile(r"^(?:就|要)*(?:那个|这个|那家|这家|那间|它)(?:吧)?$"),
    },
}
"""Words that stand for a value by themselves."""

THAT = {
    "en": re.compile(
        r"^(?:in |at |to |from |with |on )?(?P<how>that|this|the(?: very)? same|the|our|"
        r"my)(?: same)? (?P<noun>[a-z ]+?)"
        r"(?P<before> (?:from (?:before|earlier|last time|yesterday)|again|as (?:before|last time)|we (?:had|"
        r"booked|mentioned)"
        r"(?: before| last time)?|(?:i|you) mentioned|there))?$"
    ),
    "de": re.compile(
        r"^(?:in |im |an |am |zu |zum |zur |mit )?(?P<how>diese[smnr]?|das|der|die|den|dem|dasselbe|derselben?|"
        r"dieselben?|"
        r"demselben|denselben|jene[smnr]?)(?: (?:selben?|gleichen?))? (?P<noun>[^\W\d_]+)"
        r"(?P<before> (?:von (?:vorhin|eben|gestern|letztem mal|letztes mal)|nochmal|da|dort))?$"
    ),
    "fr": re.compile(
        r"^(?:à |au |dans |de |en |avec )?(?P<how>cet|cette|ce|l'|le même |la même |le |la )\s?(?P<noun>[^\W\d_]+)"
        r"(?P<before>[- ]là| (?:de tout à l'heure|d'avant|de la dernière fois|d'hier))?$"
    ),
    "es": re.compile(
        r"^(?:en |a |al |de |con )?(?P<how>ese|esa|este|esta|aquel|aquella|el mismo|la misma|el|la) (?P<noun>[^\W\d_]+)"
        r"(?P<before> (?:de antes|de la última vez|de ayer|de siempre))?$"
    ),
    "zh": re.compile(
        r"^(?:在|去|到|就|还是)*(?P<how>那|这|该|同|上次|刚才|之前)(?:的|说的)?(?:一)?(?:个|家|间|座|趟|班|列|架|"
        r"位|本|张)?(?P<noun>[^\W\d_]+?)"
        r"(?P<before>吧)?$"
    ),
}
"""A thing that was named before; "the hotel" points back only where there is one, "that hotel" always."""
MILD = frozenset({"the", "our", "my", "das", "der", "die", "den", "dem", "l'", "le", "la", "le ", "la ", "el"})
"""Articles: they point back only where something fits."""

NOUNS = {
    "hotel": "hotel hôtel hotels 酒店 宾馆 旅馆 饭店 unterkunft alojamiento",
    "restaurant": "restaurant lokal restaurante resto 餐厅 饭店 饭馆 餐馆 venue place",
    "venue": "venue place restaurant lokal restaurante resto 餐厅 饭店 饭馆 餐馆 bar café",
    "city": "city town stadt ville ciudad 城市 destination ziel destino ort",
    "station": "station bahnhof gare estación 车站 火车站",
    "airport": "airport flughafen aéroport aeropuerto 机场",
    "train": "train zug tren 火车 列车",
    "flight": "flight flug vol vuelo 航班 飞机",
    "taxi": "taxi cab 出租车",
    "room": "room zimmer raum chambre pièce salle habitación cuarto 房间 屋子",
    "table": "table tisch mesa 桌子",
    "device": "device gerät appareil aparato 设备",
    "language": "language sprache langue idioma 语言",
    "cuisine": "cuisine küche cocina 菜 菜系 food",
}
"""Words for what slots are named after."""

STARTS = frozenset({"from", "origin", "departure", "start", "pickup", "source"})
"""Parts of slot names for where something begins: "there" is where one goes."""
