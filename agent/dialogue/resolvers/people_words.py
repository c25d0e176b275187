"""The words of people, by language: data for ``people``. A new language is a new entry of each table."""

from __future__ import annotations

import re

from agent.dialogue.resolvers.calendar_words import word_set

SELF = {
    "en": word_set("me i myself i'm"),
    "de": word_set("ich mich mir"),
    "fr": word_set("moi je"),
    "es": word_set("yo mí mi"),
}
OF_ONES_OWN = {
    "en": word_set("my our"),
    "de": word_set("mein meine meinen meinem meiner unser unsere unseren unserem unserer"),
    "fr": word_set("mon ma notre"),
    "es": word_set("mi nuestro nuestra"),
}
POSSESSIVES = {
    "en": OF_ONES_OWN["en"] | word_set("a an the his her their one"),
    "de": OF_ONES_OWN["de"] | word_set("ein eine einen einem einer der die den dem"),
    "fr": OF_ONES_OWN["fr"] | word_set("un une le la l son sa"),
    "es": OF_ONES_OWN["es"] | word_set("un una el la su"),
}
ONE_PERSON = {
    "en": word_set(
        """wife husband girlfriend boyfriend partner spouse fiancee fiance friend mate buddy mum mom mother dad father
        son daughter brother sister baby toddler kid child colleague coworker boss client date guest person aunt uncle
        cousin grandma grandpa grandmother grandfather nephew niece neighbour neighbor roommate flatmate man woman boy
        girl adult infant teenager bf gf hubby missus him you"""
    ),
    "de": word_set(
        """frau mann freundin freund partner partnerin mutter vater mama papa mutti vati sohn tochter bruder schwester
        baby kind säugling kleinkind kollege kollegin chef chefin gast person tante onkel oma opa nachbar nachbarin
        verlobte verlobter cousin cousine neffe nichte erwachsener kunde kundin ihn ihm du dich dir"""
    ),
    "fr": word_set(
        """femme mari copine copain compagnon compagne conjoint conjointe ami amie fiancé fiancée mère père maman papa
        fils fille frère soeur sœur bébé enfant collègue chef patron patronne client cliente invité invitée personne
        tante oncle cousin cousine neveu nièce lui elle toi voisin voisine mamie papi adulte homme garçon"""
    ),
    "es": word_set(
        """mujer marido esposa esposo novia novio pareja amigo amiga madre padre mamá papá mama papa hijo hija hermano
        hermana bebé bebe niño niña colega compañero compañera jefe jefa cliente invitado invitada persona tía tío
        primo prima sobrino sobrina él ella tú ti abuela abuelo vecino vecina adulto adulta hombre"""
    ),
}
TWO_PEOPLE = {
    "en": word_set("parents grandparents twins couple both folks"),
    "de": word_set("eltern großeltern grosseltern zwillinge beide beiden paar pärchen ehepaar schwiegereltern"),
    "fr": word_set("parents grands-parents grandsparents jumeaux jumelles couple beaux-parents"),
    "es": word_set("padres abuelos gemelos gemelas mellizos ambos ambas suegros pareja"),
}
MORE_PEOPLE = {
    "en": word_set(
        """people persons ppl pax adults children kids babies toddlers infants teenagers friends guests men women boys
        girls grown-ups grownups seniors students colleagues others"""
    ),
    "de": word_set(
        """personen leute erwachsene erwachsenen kinder kindern babys kleinkinder freunde freunden gäste männer frauen
        jungs mädchen senioren studenten kollegen kolleginnen"""
    ),
    "fr": word_set(
        """personnes gens adultes enfants bébés amis amies copains copines invités hommes femmes garçons filles
        collègues autres ados"""
    ),
    "es": word_set(
        """personas gente adultos adultas niños niñas bebés amigos amigas invitados hombres mujeres hijos hijas
        colegas compañeros mayores"""
    ),
}
GERMAN_GROUPS = {
    "zweit": 2,
    "dritt": 3,
    "viert": 4,
    "fünft": 5,
    "fuenft": 5,
    "sechst": 6,
    "siebt": 7,
    "acht": 8,
    "neunt": 9,
    "zehnt": 10,
}
ALONE = {
    "en": re.compile(
        r"^(?:(?:it's|its|it is) )?(?:just|only) (?:me|myself|one|for me)(?: (?:tonight|today|please))?$|"
        r"^(?:just )?(?:me|myself|alone|solo|on my own|by myself)$|^(?:i'm|i am|i'll be) (?:alone|on my own|by myself)$"
    ),
    "de": re.compile(
        r"^(?:nur|bloß|bloss) (?:ich|für mich|eine person|einen|eine|mich)$|"
        r"^(?:ich |ich bin |ich komme )?(?:allein|alleine)$|^(?:für )?mich(?: allein)?$"
    ),
    "fr": re.compile(
        r"^(?:juste|seulement|que|rien que|uniquement)(?: pour)? (?:moi|une personne)$|"
        r"^(?:pour )?(?:moi |je suis |je viens |je serai )?(?:tout |toute )?seule?$|^(?:pour )?moi$|"
        r"^une seule personne$|^il n'y a que moi$"
    ),
    "es": re.compile(
        r"^(?:solo|sólo|solamente|nada más)(?: para)? (?:yo|mí|mi|una persona|uno|una)$|"
        r"^(?:yo |voy |estoy |vengo |iré )?(?:solo|sola)$|^(?:para )?(?:mí|yo)(?: (?:solo|sola|nada más))?$|"
        r"^una sola persona$"
    ),
}
AND = {
    "en": re.compile(r",|\+|&|\band\b|\bplus\b|\bwith\b"),
    "de": re.compile(r",|\+|&|\bund\b|\bplus\b|\bmit\b"),
    "fr": re.compile(r",|\+|&|\bet\b|\bplus\b|\bavec\b"),
    "es": re.compile(r",|\+|&|\by\b|\be\b|\bmás\b|\bcon\b"),
}
OR = {
    "en": re.compile(r"\bor\b|\bmaybe\b"),
    "de": re.compile(r"\boder\b|\bvielleicht\b"),
    "fr": re.compile(r"\bou\b|\bpeut-être\b"),
    "es": re.compile(r"\bo\b|\bquizás?\b|\btal vez\b"),
    "zh": re.compile(r"或者?|还是"),
}
NONE = {
    "en": re.compile(r"^(?:no|without|zero)(?: [^\W\d]+)+$|^(?:none|nobody|no one|zero)$"),
    "de": re.compile(r"^(?:keine?|ohne) [^\W\d]+$|^(?:keine?r?|niemand|null)$"),
    "fr": re.compile(r"^(?:pas d'|pas de |sans |aucune? )[^\W\d]+$|^(?:aucune?|personne|zéro)$"),
    "es": re.compile(r"^(?:sin|ningún|ninguna) [^\W\d]+$|^(?:ninguno|ninguna|nadie|cero)$"),
}
VAGUE = {
    "en": re.compile(r"\ba few\b|\bseveral\b|\bsome\b|\bmany\b|\blots?\b"),
    "de": re.compile(r"\bein paar\b|\beinige\b|\bmehrere\b|\bviele\b"),
    "fr": re.compile(r"\bquelques\b|\bplusieurs\b|\bbeaucoup\b"),
    "es": re.compile(r"\bun[oa]s cuant[oa]s\b|\bvari[oa]s\b|\balgun[oa]s\b|\bmuch[oa]s\b"),
}
FOR = {"en": word_set("for of"), "de": word_set("für fuer von"), "fr": word_set("pour à de"), "es": word_set("para de")}
"""Before the number that counts: "a table for two"."""
CLOCK = word_set("am pm o'clock oclock uhr h heures heure horas")
"""After a number they make it a clock time, and no count."""
COUNTED_IN = re.compile(
    r"\b(?:including|incl\.?|inklusive|counting|einschließlich|mich eingeschlossen|compris|y compris|dont|incluyendo|"
    r"contando|incluid[oa]s?)\b.*$|(?:包括|连|算上|加上)我(?:自己|们)?(?:在内|一共|总共)?,?"
)
NEGATIVE = re.compile(r"^(?:minus|negative|moins|menos|-|负)\s*\w")

ALONE_ZH = re.compile(r"^(?:就|只有|只|仅)?我?(?:自己)?(?:一个人?|一位|1个人?|1位)?$|^(?:单人|独自|一人|1人)$")
SELF_ZH = re.compile(r"[我你](?!们)|自己|本人")
TWO_PEOPLE_ZH = re.compile(r"爸妈|父母|爷爷奶奶|外公外婆|姥姥姥爷|公公婆婆|夫妻|夫妇|情侣|双胞胎|小两口|老两口")
ONE_PERSON_ZH = re.compile(
    r"老婆|老公|妻子|丈夫|太太|先生|爱人|对象|女朋友|男朋友|女友|男友|未婚妻|未婚夫|妈妈|爸爸|母亲|父亲|我妈|我爸|儿子|女儿|"
    r"孩子|小孩|宝宝|婴儿|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|外公|外婆|朋友|闺蜜|同事|老板|客户|客人|室友|同学|邻居|叔叔|阿姨"
)
AND_ZH = re.compile(r"还有|以及|[和跟与带加、,+&]")
PEOPLE_ZH = re.compile(r"(\d+)(?:个|位|名|口|人|大|小|岁以下|孩|娃|对)?")
GROUPED_ZH = re.compile(r"[俩仨]")
VAGUE_ZH = re.compile(r"(?<!十)几|很多|许多|若干|一些|好多")
