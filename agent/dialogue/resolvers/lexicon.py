"""The words of people, numbers and options, by language: data for the rules beside this module, and nothing else.

A new language is a new entry of each table.
"""

from __future__ import annotations

from agent.dialogue.resolvers.calendar_words import HOUR_WORDS, word_set

NUMBER_WORDS = {
    "en": HOUR_WORDS["en"]
    | word_set("zero thirteen fourteen sixteen seventeen eighteen nineteen fifty sixty seventy eighty ninety hundred"),
    "de": HOUR_WORDS["de"] | word_set("null vierzig fünfzig sechzig siebzig achtzig neunzig hundert"),
}
SELF = {"en": word_set("me i myself i'm"), "de": word_set("ich mich mir")}
POSSESSIVES = {
    "en": word_set("my a an our the his her their one"),
    "de": word_set(
        "mein meine meinen meinem meiner ein eine einen einem einer unser unsere unseren unserem unserer der die den "
        "dem"
    ),
}
ONE_PERSON = {
    "en": word_set(
        """wife husband girlfriend boyfriend partner spouse fiancee fiance friend mate buddy mum mom mother dad father
        son daughter brother sister baby toddler kid child colleague coworker boss client date guest person aunt uncle
        cousin grandma grandpa grandmother grandfather nephew niece neighbour neighbor roommate flatmate man woman boy
        girl adult"""
    ),
    "de": word_set(
        """frau mann freundin freund partner partnerin mutter vater mama papa sohn tochter bruder schwester baby kind
        kollege kollegin chef chefin gast person tante onkel oma opa nachbar nachbarin"""
    ),
}
TWO_PEOPLE = {
    "en": word_set("parents grandparents twins couple both"),
    "de": word_set("eltern großeltern grosseltern zwillinge beide beiden paar pärchen"),
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
OPTION_NOISE = word_set(
    """the a an my our your in of on at to from for and please one that this it with by is be i want would like we could
    you can turn switch set make put dim off up down go take book me us let's do then just um uh ok okay yes yeah now
    der die das den dem des ein eine einen einem im in am an zu vom von mit und bitte mein meine meinen meinem unser ich
    möchte nehme wir mach schalte stell stelle aus ein ja something some somewhere place nice etwas"""
)
EVERYTHING = word_set("all every everything both whole alle alles beide ganze")
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
LAST = word_set("last letzte letzten letzter letztes")
PLACE_SMALL_WORDS = word_set("de del la las los le les of on upon the and am an der die das y e do da dos das du")
