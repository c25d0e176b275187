"""The German rules."""

from __future__ import annotations

import re

from agent.dialogue.honesty.grammar import Grammar
from agent.dialogue.honesty.tables import word_set

# Infinitives of deeds, a bar after a prefix that comes apart; `=` gives a participle that is not regular.
_STRONG = """
buchen reservieren bestellen stornieren bestätigen löschen bezahlen überweisen=überwiesen verschicken
versenden=versandt senden=gesendet schicken ein|schalten aus|schalten an|schalten um|schalten ab|schalten aktivieren
deaktivieren ein|tragen=eingetragen aktualisieren kündigen speichern installieren sperren entsperren entriegeln
verriegeln ab|schließen=abgeschlossen auf|schließen=aufgeschlossen informieren benachrichtigen an|rufen=angerufen
weiter|leiten beantragen ab|bestellen an|melden ab|melden verlängern registrieren starten stoppen dimmen hinterlegen
erstatten zurück|erstatten gut|schreiben=gutgeschrieben ab|buchen auf|drehen herunter|drehen runter|drehen
hoch|drehen auf|geben=aufgegeben veranlassen erledigen organisieren hinzu|fügen entfernen verschieben=verschoben
verlegen vereinbaren ab|sagen=abgesagt zu|sagen ein|stellen kaufen liefern drucken archivieren beauftragen erstellen
ein|richten ein|reichen aus|führen durch|führen regeln frei|geben=freigegeben auf|laden=aufgeladen ändern erinnern
rufen=gerufen schließen=geschlossen öffnen sichern antworten_auf herunter|fahren=heruntergefahren
hoch|fahren=hochgefahren übermitteln besorgen um|buchen vor|bestellen ein|kaufen aus|stellen zu|stellen tauschen
wechseln hoch|laden=hochgeladen herunter|laden=heruntergeladen verständigen bescheid_geben=bescheid_gegeben
bescheid_sagen=bescheid_gesagt weg|räumen ab|stellen klären terminieren planen notieren vor|merken zurück|setzen
an|fordern aus|lösen ein|loggen zahlen spenden mieten verkaufen ab|schicken bearbeiten verarbeiten auf|räumen
prüfen_lassen ab|holen verbinden=verbunden ein|lösen ein|checken aus|checken wecken begleichen=beglichen aus|machen
an|machen um|leiten sichern aus|drucken reparieren befüllen überprüfen_lassen zurück|geben=zurückgegeben
"""
_LIGHT = """
machen setzen stellen legen bringen holen geben=gegeben nehmen=genommen finden=gefunden lassen=gelassen
ziehen=gezogen treffen=getroffen drehen schreiben=geschrieben ab|spielen spielen bekommen kriegen sichern
halten=gehalten
"""
_MILD = """
gelernt gelesen gehört gedacht gewusst gesagt gemeint gefragt geglaubt gehofft gewünscht gefreut gelacht geschlafen
gegessen getrunken gesehen gefühlt gekonnt gewollt gemocht geliebt gehasst geredet gesprochen geplaudert gewesen
geworden gegangen gekommen geblieben gelebt gewohnt gewartet geantwortet geirrt getäuscht gelogen gewonnen geraten
geübt gestaunt genossen gekannt gebaut gemerkt geschaut geträumt trainiert programmiert interessiert fasziniert
entwickelt konzipiert amüsiert probiert studiert inspiriert missverstanden gesungen gereimt gelungen gefallen
gezählt vermisst verstanden vergessen verloren verpasst besucht entdeckt erlebt überlegt verdient versprochen
versucht verbracht erklärt erzählt beantwortet betrachtet bemerkt beobachtet behauptet gemacht passiert existiert
gedauert
"""


def _forms(listed: str, name: str) -> dict[str, str]:
    did: list[str] = []
    base: list[str] = []
    now: list[str] = []
    split: list[str] = []
    for entry in listed.split():
        infinitive, _, participle = entry.partition("=")
        prefix, _, verb = infinitive.rpartition("|")
        stem = re.sub(r"e?n$", "", verb)
        joined = re.match(r"(be|ver|er|ent|zer|über|hinter|unter|wider|miss|ge)(?!n)", verb) or verb.endswith("ieren")
        ending = "et" if stem.endswith(("t", "d", "chn", "ffn")) else "t"
        regular = prefix + ("" if joined and verb not in {"erinnern"} else "ge") + stem + ending
        did.append(participle or ("erinnert" if verb == "erinnern" else regular))
        base.append(prefix + verb)
        base.append(f"{prefix}zu{verb}" if prefix else verb)
        (split if prefix or verb.endswith(("_geben", "_sagen")) else now).append(
            stem.partition("_")[2] + "e" if "_" in stem else stem + "e"
        )
    forms = {"did": did, "base": base, "now": now, "split": split}
    return {f"{name}_{form}": " ".join(words) for form, words in forms.items()}


_WORDS = {
    **_forms(_STRONG, "strong"),
    **_forms(_LIGHT, "light"),
    "mild_did": _MILD,
    "thing": """
        bordkarte tisch zimmer hotel flug ticket tickets fahrkarte fahrkarten taxi zug bestellung buchung
        reservierung termin termine zahlung rechnung überweisung geld erstattung rückerstattung abo abonnement
        vertrag konto passwort karte adresse profil einstellungen einstellung e-mail email mail mails nachricht sms
        brief anruf erinnerung wecker timer alarm kalender licht lichter lampe lampen heizung thermostat temperatur
        klimaanlage rollladen rollläden jalousien tür türen haustür fenster garage garagentor tor schloss ofen herd
        kaffee kaffeemaschine waschmaschine staubsauger musik lautstärke fernseher radio paket päckchen lieferung
        pizza essen blumen datei dateien ordner fotos backup update bestätigung stornierung kündigung antrag
        formular beschwerde anfrage auftrag platz plätze sitzplatz sitzplätze einkaufsliste liste eintrag
        besprechung meeting vertretung versicherung rezept betrag gutschein anmeldung registrierung transfer
        transaktion steckdose rasensprenger bewässerung saugroboter verlängerung umbuchung reise zugticket notiz
        einkauf änderung änderungen lied song küchenlicht wohnzimmerlicht deckenlampe stehlampe wohnzimmerlampe
        küchenlampe heizkörper kurier fahrer techniker verabredung kreditkarte bankkarte mitgliedschaft newsletter
        bahnticket schreiben playlist fernsehen rate miete kurs lieferadresse
    """,
    "who": """
        tante onkel oma opa kinder sohn tochter restaurant hotel fahrer vermieter vermieterin chef chefin bank arzt
        ärztin praxis zahnarzt werkstatt handwerker klempner küche team kollege kollegin kollegen mutter vater frau
        mann bruder schwester freund freundin nachbar nachbarin nachbarn firma lieferdienst kundendienst
        hausverwaltung polizei schule lehrer kellner gäste techniker empfang rezeption sie ihn ihm allen leute
    """,
    "me": "ich wir",
    "you": "du dir dich sie ihnen ihr euch",
    "your": """
        dein deine deinen deinem deiner deines ihr ihre ihren ihrem ihrer ihres euer eure euren eurem eurer unsere
        unser
    """,
    "the": "der die das den dem diese dieser dieses alle beide",
    "an": "ein eine einen einem einer zwei drei vier fünf",
    "it": "es das dies alles beides sie",
    "have": "habe hab haben hat",
    "be": "ist sind bist seid lautet bin wurde wurden war waren",
    "now": "ist sind lautet",
    "become": "wird werden werde",
    "will": "werde werden",
    "own": "hast habt haben",
    "modal": """
        kann können könnte könnten darf dürfen soll sollen sollte muss müssen möchte möchten würde würden will
        wollen mag magst kannst könntest möchtest willst sollst musst
    """,
    "not": """
        nicht nichts nie niemals kein keine keinen keinem keiner niemand niemanden weder noch_nicht ohne unmöglich
        nirgends kaum statt noch_kein
    """,
    "adv": """
        jetzt schon gerade soeben bereits eben auch gleich sofort nun erfolgreich hiermit natürlich gerne gern
        direkt wieder noch dann also so doch mal endlich selbstverständlich umgehend ja heute morgen dafür damit
        bald übrigens wie_gewünscht wie_besprochen für_dich für_sie für_euch automatisch extra schnell eigentlich
        wirklich tatsächlich nur vorhin online rechtzeitig da hier vollständig komplett
    """,
    "here_now": "jetzt gleich sofort gerade umgehend für_dich für_sie hiermit direkt",
    "ack": """
        läuft ok okay klar alles_klar gut sehr_gut super prima perfekt ja jawohl genau natürlich gerne gern sicher
        selbstverständlich kein_problem keine_sorge hallo hey hi schön toll wunderbar bitte danke vielen_dank so na
        also bestens geht_klar_und na_klar aber_gerne aber_sicher gute_nachricht gute_nachrichten verstanden
        einverstanden und gut_gemacht sehr_gut_gemacht fein tada voilà zack glückwunsch status richtig passt
        einen_moment moment ich_freue_mich update mein_lieber
    """,
    "if": """
        wenn falls sobald sofern ob angenommen würde als_ob solange bevor bis_du bis_sie ehe auf_wunsch sag
        sagen_sie sage nenne schreib sag_mir gib
    """,
    "when": "wenn als während nachdem weil warum wie wo wann",
    "rel": "wer was wessen welche welcher welches welchen",
    "prep": "für um am im in an auf bei mit vom zu zum zur nach ab bis unter über aus per gegen ins ans",
    "apart": """
        an aus auf zu ein ab um vor weiter hoch runter herunter rauf rein weg zurück hinzu durch frei bescheid gut
        vorbei
    """,
    "and": "und",
    "but": "aber doch sondern denn obwohl weil dass",
    "say": """
        sagst sagtest sagte sagten gesagt sagen dachtest denkst meinst glaubst glauben behaupten behauptest erzählt
        erwähnt gefragt geschrieben fragst wolltest
    """,
    "teller": "du sie er man leute viele manche jemand",
    "wish": "wünschte wünsche hoffe träume träumte hoffte stell",
    "settled": """
        erledigt fertig geregelt organisiert eingerichtet gebongt geritzt unterwegs abgeschlossen im_kasten
        in_trockenen_tüchern geschafft durch getan vollzogen in_arbeit in_bearbeitung eingetragen bestätigt
        auf_dem_weg im_gange in_auftrag angekommen erfolgt geschehen komplett bereit gemacht getätigt raus
    """,
    "bare": """
        erledigt fertig geregelt geschafft gebongt geritzt getan gemacht vollbracht eingerichtet schon_passiert
        so_gut_wie_erledigt abgehakt
    """,
    "state": """
        an aus auf zu offen geschlossen verschlossen bereit fertig aktiv aktiviert deaktiviert wärmer heller dunkler
        leiser lauter eingeschaltet ausgeschaltet angeschaltet abgeschlossen gesperrt erfolgreich erfolgt
        eingegangen raus frei unterwegs abgesagt scharf gestellt eingestellt online offline leer storniert
        auf_dem_weg durch gedimmt in_bearbeitung gültig abgelaufen weg dein deins
    """,
    "mach_ich": "mach_ich mache_ich",
    "warm": "umarmung grüße gruß küsse kuss mühe bestes trost",
    "will_do": """
        wird_gemacht wird_erledigt geht_klar schon_passiert ist_erledigt ist_gebongt schon_geschehen schon_dabei
        bin_dabei bin_schon_dabei überlass_das_mir überlassen_sie_das_mir betrachte_es_als_erledigt
        betrachten_sie_es_als_erledigt ich_kümmere_mich ich_kümmer_mich kümmere_mich_darum ich_bin_dran bin_dran
        bin_schon_dran ich_sorge_dafür ich_übernehme_das auftrag_ausgeführt ich_erledige_das sehr_wohl
        wir_kümmern_uns ich_regle_das
    """,
    "place": """
        kalender liste einkaufsliste warenkorb postfach posteingang konto system namen akte papierkorb
        terminkalender playlist
    """,
    "ref": """
        buchungsnummer reservierungsnummer bestellnummer bestätigungsnummer auftragsnummer referenz referenznummer
        sendungsnummer buchungscode ticketnummer vorgangsnummer bestätigungscode
    """,
    "gets": "bekommt erhält bekommst bekommen erhältst erhalten kriegst kriegen findest",
    "comes": """
        kommt kommen erwartet erwarten steht klingelt läuft startet fährt weiß hält geht liegt ruft holt
        bringt meldet liefert schickt
    """,
    "habit": """
        oft meistens normalerweise immer jeder jede jedes jeden üblicherweise häufig manchmal viele manche nachts
        früher generell meist
    """,
    "story": """
        es_war_einmal könig königin prinz prinzessin drache ritter fuchs wolf märchen geschichte roman film buch
        jahrhundert präsident vor_jahren
    """,
    "by": "von",
    "words": """
        fehler witz witze scherz spaß eindruck frage fragen antwort antworten wort worte satz gefühl meinung gedanken
        idee ideen thema geschichte geschichten gedicht rätsel beispiel beispiele verständnis namen jahr tipp tipps
        ahnung recht zeit
    """,
    "as_they_say": "wie_man_so_sagt wie_man_sagt sozusagen sprichwörtlich wie_es_heißt",
    "since": "seit",
    "degree": "sehr so ganz zu ziemlich echt total gut wie nicht",
    "maybe": "vielleicht möglicherweise wahrscheinlich vermutlich wohl",
    "feel_now": """
        mag liebe kenne finde höre sehe verstehe denke glaube hoffe weiß brauche wünsche vermute meine erkläre frage
        lese kann bin habe war hatte fühle genieße hasse bewundere erwarte vermisse empfehle trinke esse schlafe lebe
        erzähle beantworte erfinde bevorzuge schätze nenne spreche rede lerne vergesse sage dachte fand mochte wusste
        sah las verstand liebte interessiere freue
    """,
    "early": "werden wird ist sind lassen",
}  # fmt: skip

_MACROS = """
    W: ![not have be modal if comma brk but when question me]
    N: ![not have be modal if comma brk but when question me prep]
    ACK: (ack|adv|comma|brk)*
    NEAR: prep $N{1,4}
    DONE: strong_did|part
    OWN: (your $N{0,4} (thing|who)|your $N{1,3}) ($NEAR){0,3}
    THAT: the $N{0,3} (thing|who) ($NEAR){0,3}
"""


_RULES = """
    doer i_did: me adv* have ($W{0,12} strong_did|$W{0,6} (thing|you|it) $W{0,6} part)
    doer did: ^ $ACK have $W{0,12} strong_did
    doer i_did_thing: me adv* have $W{0,6} thing $W{0,6} light_did
    doer i_did_it: me adv* have (it|adv)+ (bare|light_did|settled)
    doer i_did_too: me adv* have $W{0,12} and $W{0,10} strong_did
    doer g_did: me adv* have adv* (the|your|an|you|num) $W{0,8} (part|light_did) ($|and)
    doer g_did_yours: me adv* have $W{0,6} your $W{0,8} (part|light_did)
    state g_did_i: have me adv* (the|your|an|you) $W{0,8} (part|light_did) ($|and)
    promise g_do: me adv* verb (you|adv)* ((your|the|an) $N{0,3})? thing
    promise g_do_i: verb me adv* (you|adv)* (your|the|an) $N{0,3} thing
    promise g_will: me adv* will $W{0,8} (your|the|you) $W{0,8} light_base
    fragment g_short: ^ $ACK $N{1,2} (strong_did|part) ($NEAR)? $
    fragment g_part: ^ $ACK part $
    fact g_short_is: ^ $ACK (=(!the)$N{1,2} be|the $N{1,2} now) ($NEAR)? adv* (strong_did|part) $
    fact g_thing_runs: (the|your) $N{0,2} thing comes (prep|since) $N{0,2} $
    fact g_that_moves: (the|your) $N{0,2} thing ($NEAR)? !modal adv* here_now
    fact g_that_is: (the|an)? $N{0,2} thing ($NEAR){0,2} (now|become) $W{0,6} part
    state did_i: have me ($W{0,12} strong_did|$W{0,6} (thing|you|it) $W{0,6} part)
    state did_i_it: (it|adv|^|ack) have me adv* (bare|light_did|settled) ($|adv)
    state did_i_thing: have me $W{0,6} thing $W{0,6} light_did
    state they_did: (the|your) $N{0,2} who have $W{0,8} ($DONE)
    promise i_will: me adv* will $W{0,12} (strong_base|light_base)
    promise will_i: will me $W{0,12} strong_base
    promise i_do: me adv* strong_now
    promise i_do_thing: me adv* light_now (you|adv)* (your|the|an) $N{0,3} thing
    promise do_i: strong_now me
    promise i_do_split: (me adv* strong_split|strong_split me) $W{0,12} apart ($|and)
    promise you_get: you gets $W{0,4} thing
    promise they_get: (your|the) $N{0,2} who gets $W{0,6} thing
    promise it_becomes: (it|$OWN|$THAT) adv* become $W{0,10} (strong_base|$DONE|settled|light_did)
    promise becomes_it: become (it|(your|the|an) $N{0,4} thing) $W{0,8} ($DONE|settled)
    state yours_is: ($OWN) adv* be $W{0,8} (strong_did|settled|light_did|part)
    state is_yours: be your $N{0,4} thing $W{0,6} (strong_did|settled|light_did)
    state yours_state: ($OWN) adv* (now|be) adv* state ($|adv)
    state yours_comes: ($OWN) adv* comes (adv|you|prep|here_now|num)
    state you_are: you adv* (be|become) adv* $W{0,5} strong_did
    state you_have: you adv* own adv* (now|adv)* (an|num) $N{0,3} thing (prep|adv|$)
    state reference: ref (be|brk|the)* code
    state there_is: an $N{0,2} thing adv* be adv* (für $N{0,2}|$NEAR)? $W{0,5} (strong_did|settled)
    fact that_is: ($THAT) adv* be $W{0,8} (strong_did|settled|light_did)
    fact is_that: be (the|an) $N{0,3} thing $W{0,6} (strong_did|settled)
    fact that_state: ($THAT) adv* now adv* state ($|adv)
    fact that_comes: ($THAT) adv* comes adv* here_now
    fact they_come: (the|your) $N{0,2} who adv* comes $W{0,5} (apart|you)
    fact stands: ^ $ACK comes prep $N{0,1} place
    fact it_is: it adv* be adv* (settled|strong_did|$W{0,4} strong_did) ($|adv)
    fact place: (it|$OWN|$THAT) adv* now adv* prep (your|the)? $N{0,1} place
    fragment done: ^ $ACK (bare|strong_did) (adv|and|bare|strong_did|$NEAR)* $
    fragment thing_done: ^ $ACK (your|the|an|num)? $N{0,3} thing ($NEAR){0,3} (adv|brk)* (strong_did|settled
        |light_did|state|bare) (adv|$NEAR)* $
    fragment it_settled: ^ $ACK it adv* settled $
    fragment thing_at: ^ $ACK thing prep num $N{0,1} $
    fragment did_it: ^ $ACK (your|the|an|num|it) $N{0,3} thing? ($NEAR){0,3} adv* strong_did $
    fragment will_do: (^ $ACK|adv) will_do
    fragment mach_ich: (^ $ACK|it) mach_ich ($|adv)
    fragment tick: tick $W{0,5} thing | thing $W{0,5} tick
""".replace("(für $N{0,2}|$NEAR)?", "($NEAR)?")

_EXCUSES = """
    all near: not
    all clause: if
    all clause: teller (adv|have|modal)* say
    all clause: wish
    promise,state,fact,fragment before: if
    promise,state,fact after: if
    promise,state,fragment next: ![comma brk]* not
    state,fact,fragment clause: when|rel
    promise,state,fact,fragment next: ![comma brk but]* question
    promise clause: modal
    fact sentence: habit|story|year
    fact next: ![comma brk]{0,2} by
    fragment before: not|modal|rel|say
    fragment sentence: words|degree
    fragment next: early
    fragment next: by
    fragment sentence: year|habit
    promise next: ![comma brk]{0,4} warm
    doer,promise next: ![comma brk]* modal
    doer,promise,state sentence: words
    all sentence: as_they_say
    doer,promise,state,fact sentence: maybe
"""

_REWRITES = ((r"\bich's\b", "ich es"), (r"\bhab's\b", "habe es"), (r"\bist's\b", "ist es"), (r"\bmach's\b", "mache es"))
_PARTICIPLE = re.compile(
    r"(?:ab|an|auf|aus|fort|statt|herunter|bei|durch|ein|fest|frei|her|hin|los|mit|nach|um|vor|weg|weiter|zu|zurück|zusammen|gut|bereit|fertig"
    r"|runter|hoch)?"
    r"ge[a-zäöüß]{3,}(?:t|en)|(?:be|ver|ent|über)[a-zäöüß]{4,}t|[a-zäöüß]{3,}iert"
)
_NOUNS = word_set(
    """
    gefällt begeistert überrascht fasziniert gespannt verliebt erstaunt verwirrt interessiert gerührt beeindruckt geehrt
    entspannt gelangweilt geschmeichelt amüsiert enttäuscht erleichtert beliebt geehrt geschafft verdient
    gestern gern gegen general bereit bestimmt verdammt verrückt beliebt entfernt überhaupt verwandt
    gesicht gericht geschäften gerät gast gebiet gedicht geschichten geheimnissen gefühlen
    """
)
_PART, _VERB = frozenset({"part"}), frozenset({"verb"})


def _guess(word: str) -> frozenset[str]:
    if _PARTICIPLE.fullmatch(word) and word not in _NOUNS:
        return _PART
    return _VERB if len(word) > 3 and word.endswith("e") else frozenset()


GERMAN = Grammar(
    "de",
    words=_WORDS,
    rewrites=_REWRITES,
    guess=_guess,
    guessed=(_PART, _VERB),
    macros=_MACROS,
    rules=_RULES,
    excuses=_EXCUSES,
)
