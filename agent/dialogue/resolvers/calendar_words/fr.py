"""Days and clock times in French, without accents: the user's words are levelled before they are looked up."""

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

_DAY = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_HOURS = (
    "une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix(?:[- ](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze"
    "|seize|vingt(?:(?:[- ]et)?[- ](?:une?|deux|trois|quatre))?"
)
_MINUTES = (
    r"(?: ?\d\d\b| et demie?\b| et quart\b| moins (?:le |un )?(?:quart|\d\d?|cinq|dix|vingt)\b"
    r"| (?:cinq|dix|quinze|vingt|trente|quarante|cinquante)(?:[- ]cinq)?\b| pile\b)?"
)
_JOINT = r" (?:jusqu' ?a|jusqu' ?au|au|a|et)(?: le| la)? |\s?-\s?"

FRENCH = CalendarWords(
    days=tuple(_DAY.split("|")),
    months=names("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    adjectives_follow=True,
    level=fold,
    dates=word_table("""
        W0: lundi lun
        W1: mardi mar
        W2: mercredi mer mecredi
        W3: jeudi jeu
        W4: vendredi ven vend
        W5: samedi sam
        W6: dimanche dim
        M1: janvier janv jan
        M2: fevrier fevr fev
        M3: mars
        M4: avril avr
        M5: mai
        M6: juin
        M7: juillet juil
        M8: aout
        M9: septembre sep
        M10: octobre oct
        M11: novembre nov
        M12: decembre dec
        D0: aujourdhui auj ajd maintenant
        D1: demain dmain 2main
        D2: apresdemain surlendemain
        D-1: hier
        D-2: avanthier
        next: prochain prochaine prochains prochaines
        overnext: surprochain
        this: ce cet cette
        last: dernier derniere passe passee
        in: dans
        ago: ilya
        from: partir
        after: apres
        before: avant
        later: plustard
        earlier: plustot
        day: jour jours
        night: nuit nuits
        week: semaine semaines sem
        fortnight: quinzaine
        month: mois
        year: an ans annee annees
        weekend: weekend weekends
        eve: veille
        H12.25: noel
        H12.24: reveillondenoel
        H12.31: sylvestre
        H1.1: nouvelan
        H2.14: valentin
        H7.14: fetenationale
        H8.15: assomption
        H11.1: toussaint
        H5.1: fetedutravail
        E-2: vendredisaint
        E0: paques
        E1: lundidepaques
        E39: ascension
        E49: pentecote
        E50: lundidepentecote
        or: ou
        end: fin debut milieu mi
        octave: octave
    """),
    date_fillers=word_set(
        "le la les l de du des d a au aux en pour vers svp merci c est ce plutot disons euh bon ok stp et soir soiree "
        "matin matinee midi aprem nuit saint jour courant tout toute pendant durant"
    ) - {"ce", "jour"},
    date_phrases=rewrites(
        (r"\b(?:a|des) la premiere heure\b", " "),
        (r"\baujourd'? ?hui\b", "aujourdhui"),
        (r"\bapres[- ]demain\b", "apresdemain"),
        (r"\bavant[- ]hier\b", "avanthier"),
        (r"\bapres[- ]midi\b", " "),
        (r"\bweek[- ]?end", "weekend"),
        (r"\bd' ?ici\b", "dans"),
        (r"\b(?:il y a|y a)\b", "ilya"),
        (r"\bplus tard\b", "plustard"),
        (r"\bplus tot\b", "plustot"),
        (r"\b(?:ce (?:soir|matin|midi|aprem)|cette (?:nuit|aprem)|cet aprem|cet (?= ))\b", "aujourdhui"),
        (r"\bs'il (?:te|vous) plait\b", " "),
        (r"\btout de suite\b|\bdes que possible\b|\ble plus tot possible\b", "aujourdhui"),
        (rf"\b({_DAY}|aujourdhui|(?<!apres)demain|d'aujourd'hui) en huit\b", r"\1 semaine"),
        (rf"\b({_DAY}|aujourdhui|(?<!apres)demain) en quinze\b", r"\1 quinzaine"),
        (r"\b(?:huit|8) jours\b", "octave"),
        # Elsewhere "sept" is seven.
        (r"\b(\d+(?:er)?|premier) sept\b", r"\1 septembre"),
        (r"\b(?:quinze|15) jours\b", "1 quinzaine"),
        (r"\b(semaine|mois|annee) (?:qui vient|d'apres)\b", r"\1 prochain"),
        (r"\bqui vient\b", " "),
        (r"\breveillon de noel\b", "reveillondenoel"),
        (r"\b(?:reveillon|veille|saint[- ]sylvestre) du (?:nouvel an|jour de l'an)\b", "sylvestre"),
        (r"\b(?:le )?(?:jour de l'an|nouvel an|premier de l'an)\b", "nouvelan"),
        (r"\blundi de paques\b", "lundidepaques"),
        (r"\bvendredi saint\b", "vendredisaint"),
        (r"\blundi de pentecote\b", "lundidepentecote"),
        (r"\bfete nationale\b", "fetenationale"),
        (r"\bfete du travail\b", "fetedutravail"),
        (r"\b(?:la |st[- ]|saint[- ])(?=sylvestre|valentin)", " "),
        (r"\blendemain d[eu]\b", "jour apres"),
        (r"\ble lendemain\b", "jour apres"),
        (r"['-]", " "),
    ),
    clock=re.compile(
        rf"\b(?:(?:vers|a|des|avant|apres|pour|jusqu'a)\s+)?(?:\d{{1,2}}|{_HOURS})\s*(?:heures?|h)\b"
        rf"{_MINUTES}"
        rf"|\b\d{{1,2}}h\d\d\b|\b\d{{1,2}}:\d\d\b|\b(?:vers|a) (?:midi|minuit)\b{_MINUTES}"
        r"|\ba \d{1,2}\b(?! *(?:janv|fev|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec))"
    ),
    times=word_table("""
        am: am
        pm: pm
        morning: matin matinee mat
        afternoon: aprem apresmidi
        evening: soir soiree diner
        night: nuit
        lunch: dejeuner
        noon: midi
        midnight: minuit
        half: demi demie
        quarter: quart
        minus: moins
        oclock: pile
        in: dans
        hour: heure heures h
        minute: minute minutes min mn
        later: plustard
        earlier: plustot
        now: maintenant toutdesuite immediatement
        and: et
        or: ou
        late: tard findepartie
        early: debutdepartie
        allday: toutelajournee
        between: entre
        before: avant
        after: apres
    """),
    time_fillers=word_set(
        "le la les l de du des d a au aux en pour vers svp merci c est ce cet cette plutot disons euh bon ok environ "
        "peu pres autour un"
    ) - {"un"},
    time_phrases=rewrites(
        (r"\bapres[- ]midi\b", "apresmidi"),
        (r"\bl'aprem\b", "aprem"),
        (r"\b([ap])\.?\s?m\b\.?", r"\1m"),
        (r"(\d)([ap]m)\b", r"\1 \2"),
        (r"\baujourd'? ?hui\b", " "),
        (r"\btout de suite\b", "toutdesuite"),
        (r"\bplus tard\b", "plustard"),
        (r"\bplus tot\b", "plustot"),
        (r"\bd' ?ici\b", "dans"),
        (r"\b(?:en |a la )?fin d(?:e |')(?:la )?", "findepartie "),
        (r"\b(?:en |au )?debut d(?:e |')(?:la )?", "debutdepartie "),
        (r"\btoute la journee\b", "toutelajournee"),
        (r"\bde (\d\S*(?: heures?)?) a (\d.*)$", r"entre \1 et \2"),
        (r"\btrois quarts? d'heure\b", "45 minutes"),
        (r"\b(?:une )?demi[- ]heure\b", "30 minutes"),
        (r"\b(?:un )?quart d'heure\b", "15 minutes"),
        (r"['-]", " "),
    ),
    spans=SpanWords(
        lasting=(
            re.compile(
                r"(?:pour |pendant |durant )?(?P<length>.+?) "
                r"(?:a (?:partir|compter) d(?:e |u )|des |depuis )(?:le )?(?P<start>.+)"
            ),
            re.compile(
                r"(?:a (?:partir|compter) d(?:e |u )|des |de )?(?:le )?(?P<start>.+?) "
                r"(?:pour|pendant|durant) (?P<length>.+)"
            ),
        ),
        onward=re.compile(r"(?:pour |pendant |dans |durant )?les (?P<length>.+?) (?:prochaine?s|a venir)(?: \w+)?"),
        frames=frames(
            (r"(?:apres|a partir d(?:e |u )|pas avant|des)(?: le)? ?(?P<rest>.+)",
             r",? (?:(?:mais|et) )?(?:avant|pas apres)(?: le)? "),
            (r"(?:arrivee?|on arrive)(?: le)? (?P<rest>.+)", r",? (?:et )?(?:depart|on repart|retour)(?: le)? "),
            (r"(?:(?P<part>.+) )?entre (?:le |la )?(?P<rest>.+)", r" et (?:le |la )?"),
            (r"(?:(?P<part>.+) )?(?:a partir d(?:e |u )|depuis (?:le )?|du |de |d'"
             r"|des (?=\d|\w+ jusqu)|apres (?:le )?)(?P<rest>.+)",
             _JOINT),
            (r"(?P<rest>.+)", _JOINT),
        ),
        weak_joints=word_set("a au et"),
        pair=re.compile(r" et (?:le )?"),
        until=re.compile(r"(?:jusqu'(?:a |au |en )|au plus tard |pas plus tard que )(?:le )?(?P<end>.+)"),
        before=re.compile(r"avant (?!hier)(?:le |la )?(?P<end>.+)"),
        since=re.compile(
            r"(?:a (?:partir|compter) d(?:e |u |')|des |depuis |pas avant )(?:le |la )?(?P<start>.+)"
            r"|(?P<start2>.+?) et (?:apres|au dela)"
        ),
        after=re.compile(r"(?<!\w)apres (?!demain|midi)(?:le |la )?(?P<start>.+)"),
    ),
)  # fmt: skip
