"""The French rules."""

from __future__ import annotations

import re

from agent.dialogue.honesty.grammar import Grammar
from agent.dialogue.honesty.tables import pairs, word_set

_STRONG = """
réserver commander annuler confirmer envoyer supprimer effacer payer régler virer transférer éteindre=éteint allumer
activer désactiver ajouter enregistrer programmer planifier reporter déplacer modifier prévenir=prévenu informer
avertir=averti contacter appeler=appelé téléphoner rembourser verrouiller déverrouiller fermer ouvrir=ouvert lancer
démarrer arrêter baisser monter augmenter résilier bloquer débloquer acheter inscrire=inscrit désinscrire=désinscrit
renouveler installer expédier livrer déposer remplir=rempli créer valider publier imprimer archiver changer traiter
finaliser transmettre=transmis organiser débiter créditer facturer poster louer vendre=vendu abonner désabonner
couper brancher débrancher tamiser signaler rappeler réinitialiser restaurer sauvegarder télécharger retirer
soumettre=soumis rédiger préparer programmé caler réveiller glisser_un_mot bloquer garantir=garanti arranger
effectuer nettoyer arroser armer désarmer
"""
_LIGHT = """
faire=fait mettre=mis prendre=pris donner trouver laisser obtenir=obtenu dire=dit demander tenir=tenu passer
écrire=écrit parler garder noter poser placer lire_à=lu_à rendre=rendu tirer choisir=choisi
"""
_MILD = """
appris compris lu entendu pensé aimé adoré voulu essayé dit parlé été eu vu su cru connu vécu ri souri pu dû imaginé
oublié rêvé entraîné conçu rencontré raconté répondu expliqué inventé mangé dormi joué regardé espéré
"""
_IRREGULAR_NOW = pairs(
    """
    envoyer=envoie payer=paie éteindre=éteins prévenir=préviens avertir=avertis appeler=appelle ouvrir=ouvre
    inscrire=inscris renouveler=renouvelle transmettre=transmets acheter=achète faire=fais mettre=mets
    prendre=prends remplir=remplis soumettre=soumets vendre=vends rappeler=rappelle régler=règle dire=dis
    tenir=tiens écrire=écris
    """
)
_IRREGULAR_WILL = pairs(
    """
    envoyer=enverrai prévenir=préviendrai appeler=appellerai faire=ferai mettre=mettrai prendre=prendrai
    acheter=achèterai tenir=tiendrai vendre=vendrai payer=paierai
    """
)


def _forms(listed: str, name: str) -> dict[str, str]:
    did, base, now, will = [], [], [], []
    for entry in listed.split():
        verb, _, participle = entry.partition("=")
        past = participle or re.sub("er$", "é", verb)
        did += [past, past + "e", past + "s", past + "es"]
        base.append(verb)
        now.append(_IRREGULAR_NOW.get(verb, re.sub("er$", "e", verb)))
        will.append(_IRREGULAR_WILL.get(verb, re.sub("e$", "", verb) + "ai"))
    return {
        f"{name}_did": " ".join(did),
        f"{name}_base": " ".join(base),
        f"{name}_now": " ".join(now),
        f"{name}_will": " ".join(will),
    }


_WORDS = {
    **_forms(_STRONG, "strong"),
    **_forms(_LIGHT, "light"),
    "mild_did": _MILD,
    "thing": """
        loyer table chambre hôtel vol billet billets train taxi commande réservation réservations rendez-vous rdv
        paiement facture virement argent remboursement abonnement contrat compte mot_de_passe carte adresse profil
        paramètres e-mail email mail mails message messages sms lettre appel rappel réveil minuteur alarme
        calendrier agenda lumière lumières lampe lampes chauffage thermostat température climatisation clim volets
        volet stores porte portes fenêtre fenêtres garage portail serrure four café cafetière machine lave-linge
        lessive aspirateur musique volume télé télévision radio colis livraison pizza repas fleurs fichier fichiers
        dossier photos sauvegarde confirmation annulation demande formulaire réclamation place places siège liste
        article réunion assurance ordonnance montant bon inscription transfert transaction prise arrosage robot
        achat changement changements note courrier voiture voyage visite dîner somme plainte cours technicien
        coursier chauffeur livreur coup_de_fil
    """,
    "who": """
        restaurant hôtel chauffeur propriétaire patron patronne banque médecin docteur dentiste cabinet garage
        plombier cuisine équipe collègue collègues mère père femme mari frère sœur ami amie voisin voisine voisins
        société entreprise livreur réception école professeur serveur technicien client service agence compagnie
        destinataire invités
    """,
    "me": "je j' nous on",
    "you": "tu vous te t'",
    "pron": "vous te t' le la les l' lui leur en y nous",
    "your": "votre vos ton ta tes notre nos",
    "the": "le la les l' ce cet cette ces",
    "an": "un une des deux trois quatre",
    "it": "c' ce ça cela tout il elle ils elles",
    "have": "ai avons a ont as avez",
    "be": "est sont été était étaient sera seront es êtes serez soit",
    "now": "est sont es êtes",
    "was": """
        a_été ont_été a_bien_été ont_bien_été vient_d'être viennent_d'être sera seront avez_été as_été a_déjà_été
        est_désormais est_maintenant
    """,
    "just": "viens_de venons_de viens_d' venons_d' viens_tout_juste_de",
    "go": "vais allons",
    "let": "laissez-moi laisse-moi",
    "modal": """
        peux peut pouvez pouvons pourrais pourrait pourrions pourriez dois doit devrais voudrais veux voulez
        souhaitez aimerais serait seriez faudrait faut permet
    """,
    "not": "ne n' pas rien jamais aucun aucune personne sans ni impossible non",
    "adv": """
        maintenant déjà bien aussi donc alors tout_de_suite immédiatement également justement enfin juste désormais
        dès_maintenant d'ores_et_déjà avec_succès bientôt vite toujours encore ici à_l'instant pour_vous pour_toi
        comme_convenu comme_demandé correctement automatiquement directement en_effet aujourd'hui ce_soir demain
        tout volontiers oui là
    """,
    "here_now": "maintenant tout_de_suite immédiatement à_l'instant pour_vous pour_toi",
    "ack": """
        ok d'accord oui ouais bien_sûr parfait super très_bien bien génial excellent pas_de_problème pas_de_souci
        aucun_problème aucun_souci bonjour salut merci voilà et alors bon entendu compris certainement avec_plaisir
        volontiers absolument évidemment bonne_nouvelle noté ça_y_est tenez tiens hop génial magnifique
        ne_vous_inquiétez_pas ne_t'inquiète_pas félicitations oh ah statut ça_marche_et c'est_noté
    """,
    "if": """
        si dès_que quand_vous quand_tu une_fois à_condition lorsque_vous lorsque_tu sauf avant_de tant_que imaginez
        imagine supposons dites dis dites-moi dis-moi lorsque_vous_le si_vous au_cas_où
    """,
    "when": "quand lorsque pendant après avant parce_que pourquoi comment où que lorsqu' qu'",
    "rel": "qui dont lequel laquelle quel quelle quels quelles",
    "prep": "pour à au aux de du d' dans en sur sous avec chez vers jusqu'à",
    "updown": "en sur hors",
    "and": "et puis",
    "but": "mais car or",
    "say": """
        dit disait disent dites pensez pensiez croyez croyiez crois pensait pense demandé affirment prétend
        prétendent raconté écrit mentionné entendu demandiez
    """,
    "teller": "vous tu il elle on certains gens",
    "wish": "voudrais espère souhaite rêve rêvé imagine aimerais",
    "settled": """
        passé passée confirmé confirmée
        fait prêt prête prêts prêtes réglé réglée terminé terminée fini finie en_route en_chemin en_cours arrangé
        arrangée en_place bouclé complet complète effectué effectuée effectués effectuées opérationnel réussi
        réussie en_ordre chose_faite dans_la_poche parti partie partis parties en_cours_de_traitement
        en_cours_de_livraison acté actée
    """,
    "bare": "fait prêt réglé terminé fini c'est_fait bouclé chose_faite arrangé réussi parti effectué",
    "state": """
        allumé allumée allumés allumées éteint éteinte éteints éteintes ouvert ouverte ouverts ouvertes fermé fermée
        fermés fermées verrouillé verrouillée actif active activé activée désactivé désactivée en_route en_marche
        prêt prête éteints à_jour en_ligne accepté acceptée reçu reçue
    """,
    "will_do": """
        c'est_parti c'est_comme_si_c'était_fait je_m'en_occupe je_m'en_charge je_m'y_mets nous_nous_en_occupons
        on_s'en_occupe ça_marche tout_de_suite considérez_que_c'est_fait considère_que_c'est_fait c'est_noté_et_fait
        c'est_dans_la_poche c'est_en_route c'est_en_cours c'est_chose_faite je_m'en_suis_occupé je_m'en_suis_chargé
        j'y_vais c'est_bon ça_y_est_c'est_fait affaire_conclue mission_accomplie c'est_tout_bon
        je_fais_ça_tout_de_suite je_le_fais je_m'occupe_de_tout je_m'occupe_de
    """,
    "warm": "câlin bise bises bisou bisous excuses pardon courage",
    "day": "lundi mardi mercredi jeudi vendredi samedi dimanche demain",
    "place": "calendrier agenda liste panier boîte compte système dossier nom corbeille",
    "ref": """
        numéro_de_réservation numéro_de_confirmation numéro_de_commande numéro_de_suivi référence
        code_de_réservation numéro_de_dossier
    """,
    "gets": "recevrez recevras aurez auras trouverez",
    "comes": """
        arrive arrivent arrivera arriveront attend part vient viendra passera passe partira sonnera ira
        appellera rappellera apportera attendra livrera sera
    """,
    "habit": """
        souvent généralement toujours habituellement normalement chaque parfois la_nuit gens beaucoup la_plupart
    """,
    "story": """
        il_était_une_fois roi reine prince princesse dragon chevalier renard loup conte histoire roman film livre
        siècle président ans
    """,
    "words": """
        blague blagues question questions réponse réponses mot mots phrase sens impression erreur faute exemple idée
        idées histoire poème temps nom année conseil conseils avis mal point sujet
    """,
    "maybe": "peut-être probablement sans_doute",
    "paused": "en_pause à_jour en_marche en_cours mis_à_jour",
    "degree": "très si trop assez plutôt tellement",
    "scorn": "pour_lui pour_elle pour_eux",
    "by": "par",
}  # fmt: skip

_MACROS = """
    W: ![have be modal rel if comma brk but when question not me]
    N: ![have be modal rel if comma brk but when question not me prep and]
    ACK: (ack|adv|comma|brk)*
    NEAR: prep $N{1,4}
    OWN: (your $N{0,3} (thing|who)|your $N{1,2}) ($NEAR){0,3}
    THAT: the $N{0,3} (thing|who) ($NEAR){0,3}
    BE: adv* (be|was|have adv* be) adv*
    LIGHT: (adv|pron)* (your|the|an)? $N{0,3} (thing|who)
"""


_RULES = """
    doer i_did: me pron* have adv* strong_did|me pron+ have adv* part|me pron* have adv* part (your|the|an) $N{0,2}
        (thing|who)
    doer i_did_light: me pron* have adv* light_did $LIGHT
    doer g_did: me pron* have adv* (part|light_did) adv* (your|the|an|num) !words
    doer g_did_you: me you have adv* (part|light_did) (your|the|an|num) !words
    state g_your_does: your $N{0,2} thing (strong_now|light_now|x) ($|adv|prep)
    fragment g_short: ^ $ACK =(![adv it])$N $N{0,1} (strong_did|settled|light_did|part|paused) ($NEAR|adv)* $
    fact g_thing_does: ^ $ACK the $N{0,2} thing ($NEAR)? (strong_now|x) adv* $
    fact g_thing_at: (the|your) $N{0,2} thing adv* now adv* prep num
    fact g_that_is: (the|an)? $N{0,2} thing ($NEAR){0,2} (was|be adv* be) adv* part
    fact g_se_is: (your|the) $N{0,2} thing have adv* be adv* part
    promise g_do: me you (light_now|x) (your|the|an) $N{0,3} thing
    doer i_told: me pron* have adv* (x|part|light_did|mild_did) $W{0,4} prep (your|the) $N{0,1} who
    doer i_did_it: me (pron|it)* have adv* (settled|light_did) ($|adv)
    doer i_did_too: me pron* have $W{1,10} and (adv|pron)* (have adv*)? strong_did
    doer just_did: me pron* just (pron|prep)* (strong_base|light_base $LIGHT)
    promise i_go: me pron* go adv* (pron|prep)* (strong_base|light_base $LIGHT)
    promise i_will: me pron* (strong_will|light_will $LIGHT)
    promise i_do: me pron* strong_now
    promise i_do_light: me pron* light_now $LIGHT
    promise let_me: let pron* (strong_base|light_base $LIGHT)
    promise you_get: you adv* gets $W{0,4} thing
    state yours_is: ($OWN) $BE (strong_did|settled|light_did|part)
    state yours_state: ($OWN) $BE state
    state yours_comes: ($OWN) adv* comes
    state you_are: you adv* (be|was) adv* (strong_did|inscrits)
    state you_have: you adv* have adv* (an|num) $N{0,3} thing (prep|adv)
    state reference: ref (be|brk|the)* code
    fact that_is: ($THAT) $BE (strong_did|settled|light_did)
    fact that_state: ($THAT) adv* (now|was) adv* state ($|adv)
    fact that_comes: ($THAT) (pron comes|adv* comes (adv|$NEAR|day))
    fact some_is: an $N{0,3} thing ($NEAR){0,2} (was adv* (strong_did|light_did)|now adv* settled)
    fact it_is: it $BE (strong_did|settled) ($|adv|prep)
    fact place: (it|$OWN|$THAT) adv* now adv* prep (your|the)? $N{0,1} place
    fragment done: ^ $ACK (bare|strong_did) (adv|and|bare|strong_did|$NEAR)* $
    fragment thing_done: ^ $ACK (your|the|an|num)? $N{0,3} thing ($NEAR){0,3} (adv|brk)* (strong_did|settled
        |light_did|state) (adv|$NEAR)* $
    fragment some_done: ^ $ACK $N{1,2} strong_did ($NEAR)? $
    fragment will_do: ^ $ACK will_do
    fragment tick: tick $W{0,5} thing | thing $W{0,5} tick
""".replace("(strong_did|inscrits)", "(strong_did|settled)")

_EXCUSES = """
    all near: not
    all clause: if
    all clause: teller (adv|have|modal|pron)* say
    all clause: wish
    promise,state,fact,fragment before: if
    promise,state,fact after: if
    promise,doer next: ![comma brk]{0,2} not
    state,fact,fragment clause: when|rel
    doer clause: rel & next: ![comma brk but]* question
    doer directly: have brk
    promise,state,fact,fragment next: ![comma brk but]* question
    fact sentence: habit|story|year
    fact next: ![comma brk]{0,2} by
    fragment next: by
    fragment sentence: year
    promise next: ![comma brk]{0,4} warm
    fragment before: not|modal|rel|say
    doer,promise next: ![comma brk]{0,5} words
    doer,promise,state,fact sentence: maybe
    fragment sentence: scorn|degree|words
"""

_REWRITES = (
    (r"\bvient (?:de|du|des) (?=\w+(?<!er)(?<!ir)(?<!re)\b)", "provient de "),
    (r"\b(viens|venons) d'", r"\1 de "),
    (r"\b(j|l|d|n|t|m|s|c|qu|lorsqu)'(?!ores|accord|abord|être|est_|hui)", r"\1' "),
    (r"\bc' est bon\b", "c'est bon"),
    (r"\b(c|m|t|s)' "
     r"(?=(?:est (?:parti|comme|noté|en|chose|tout|dans la poche)|était fait|"
     r"en (?:occupe|charge|suis)|y mets|inquiète))",
     r"\1'"),
    (r"\bm'est\b", "m' est"),
)  # fmt: skip
_PART = frozenset({"part"})


def _guess(word: str) -> frozenset[str]:
    return _PART if re.fullmatch(r"\w{3,}[^aeiou]é(?:e|s|es)?", word) and word not in _NOUNS else frozenset()


_NOUNS = word_set(
    """
    matinée estaré seré tendré haré journée idée soirée musée année beauté santé vérité possibilité qualité
    liberté spécialité activité
    """
)

FRENCH = Grammar(
    "fr",
    words=_WORDS,
    rewrites=_REWRITES,
    guess=_guess,
    guessed=(_PART,),
    macros=_MACROS,
    rules=_RULES,
    excuses=_EXCUSES,
)
