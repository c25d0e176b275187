"""The English verbs: which are a deed, with what object, and how they make their forms."""

from __future__ import annotations

from agent.dialogue.honesty.tables import pairs

# Verbs that are a deed whatever follows: "I booked". `+` doubles the last letter: planned.
STRONG = """
activate add adjust amend apply approve archive arm arrange assign authorise authorize automate block book bump+
cancel cancel+ charge clear commission compensate complete configure confirm connect copy credit deactivate debit
delete deliver deposit disable disarm disconnect dispatch dim+ discard double-book download dust e-mail email enable
enrol+ enroll erase escalate execute extend fax fetch file finalise finalize fix forward grant handle hire hoover
implement initiate inform install invite issue jot+ lock log+ mail message modify mow mute notify nudge order
organise organize overnight park_up pause pencil+ phone postpone power preheat preorder prepay print process procure
purchase push queue rearrange rebook reboot reconnect redeem refund register reimburse remind renew reorder repair
replace request record reschedule reserve reset resolve restart restock restore resume reinstate rent retrieve
revoke rsvp save schedule secure settle ship+ silence snooze sort submit+ subscribe suspend swap+ switch sync tag+
terminate text top+ transfer+ transmit+ trigger unblock uninstall unlock unmute unplug+ unsubscribe upgrade upload
vacuum validate verify void waive wash wipe wire withdraw zap+ alert bag+ nab+ haggle snag+ squeeze whack slot+
pop+ bolt
relay water tidy blacklist whitelist downgrade enqueue allocate redirect reroute freeze unfreeze extinguish rewire
reactivate resend retry reprogram replenish restyle set_aside empty claim_back courier expedite publish post tweet
"""

# Verbs that are a deed with any object, even "it": "I changed it", not "I changed my mind".
FIRM = """
change close cut drop+ edit enter feed finish move open pass post pull raise remove replay report run sell send set
share shift stop+ turn update lower increase decrease reduce pay buy shut cook brew rename merge attach crank+ flip+
switch shoot hand cover hide knock slash shave back dial toggle fire rip+ trim+ start scrap+ shred+ rid undo flick
tick lift double reverse accept decline reject toss chuck stick cross kill sign fill mark bring
"""

# Verbs that are a deed only with a thing, or what is yours: "I made your reservation", not "I made a joke".
LIGHT = """
make get put take give hold keep leave let pick play draw call check ring reach look_up note prepare build create
collect claim protect track arrange write throw land place score pour stretch bump catch hook free grab+ work_out
include contact see_to line_up try_out go_through
"""

# Verbs that are a deed when said to somebody outside the talk: "I told the restaurant".
TELL = """
tell ask warn talk speak call ring ping write contact text phone check update let get_hold_of reach_out nag+
reply respond
"""

# Verbs that are a deed when done to the user or another person: "I will wake you".
ROUSE = "wake ping buzz collect fetch pick meet nudge text message call chauffeur drive page"

# Verbs that are no deed: talking, thinking, feeling, being.
MILD = """
admire admit advise agree analyse analyze annoy answer apologise apologize appear appreciate argue assume base be
believe belong bore bother breathe care chat+ comment compare compose compute concentrate confuse consider count cry
dance debate decide depend describe develop design differ disagree disappoint discuss dislike doubt dream dwell
embarrass encourage enjoy entertain estimate evolve exaggerate excite exist expect experience explain explore
express fail fascinate fear focus fool form function gather guess happen hate hear help hesitate honour hope hurt
imagine impress improve inspire intend interest invent joke kid+ laugh lean learn lie like listen live look love
mean mention mind misread miss misspeak misunderstand mumble name need notice observe offer oppose paraphrase plan+
please pray prefer+ promise pretend pronounce program+ puzzle quote ramble rate react read realise realize recall
recite recommend refer+ reflect refuse regret rely remain remember repeat reply respond rest rhyme say scare search
see seem simplify sing sit smile solve sound specialise specialize speculate spell stand stay struggle study suggest
summarise summarize support suppose surprise suspect teach thank think train translate treasure trust try understand
use value visit wait walk want welcome wish wonder work worry yawn touch amaze amuse hang go come grow feel know
become spend glance skip+ fish giggle vote blush cheer chuckle dig ache age shine sleep eat drink swim fly drive
ride travel wander own possess contain consist continue hallucinate err bet flatter tease rephrase restate clarify
elaborate illustrate demonstrate introduce present respect bow salute congratulate praise comfort sympathise
sympathize relate empathise empathize watch exercise practise practice choose forget last stick_to keep_it_short
start_with begin calculate list define sketch play_along locate discover identify detect google browse show outline
ponder debug begin break_down walk_through point guide assist serve chime aim tackle outgrow cheer_on confide
mix wear turn_into turn_out misjudge
"""

_IRREGULAR = """
send=sent set=set tell=told take=took/taken give=gave/given make=made get=got/gotten put=put have=had hold=held
find=found speak=spoke/spoken pay=paid buy=bought bring=brought build=built shut=shut write=wrote/written sell=sold
cut=cut draw=drew/drawn keep=kept leave=left let=let do=did/done ring=rang/rung run=ran/run reset=reset hear=heard
know=knew/known rid=rid learn=learned/learnt lie=lied mean=meant read=read say=said see=saw/seen sing=sang/sung
sit=sat stand=stood teach=taught think=thought be=been understand=understood misunderstand=misunderstood
misspeak=misspoke/misspoken undo=undid/undone misread=misread hang=hung stick=stuck go=went/gone come=came/come
feed=fed grow=grew/grown feel=felt become=became/become spend=spent hurt=hurt shoot=shot hide=hid/hidden bet=bet
sleep=slept eat=ate/eaten drink=drank/drunk swim=swam/swum throw=threw/thrown fly=flew/flown drive=drove/driven
ride=rode/ridden dream=dreamed/dreamt catch=caught spell=spelled/spelt dig=dug begin=began/begun mow=mowed/mown
prepay=prepaid shine=shone choose=chose/chosen forget=forgot/forgotten withdraw=withdrew/withdrawn break=broke/broken
freeze=froze/frozen unfreeze=unfroze/unfrozen wake=woke/woken resend=resent wear=wore/worn
"""
_PASTS = {verb: past.split("/") for verb, past in pairs(_IRREGULAR).items()}
_DOUBLE_IN_ING = frozenset(
    {"run", "set", "reset", "put", "get", "cut", "shut", "let", "sit", "swim", "dig", "bet", "rid", "begin"}
)


def forms(listed: str, stem: str) -> dict[str, str]:
    """Return the classes of a list of verbs: `<stem>_base`, `_did`, `_past` (no imperative), `_doing`, `_does`."""
    classes: dict[str, list[str]] = {"base": [], "did": [], "past": [], "doing": [], "does": []}
    for entry in listed.split():
        verb, underscore, particle = entry.rstrip("+").partition("_")
        doubled = verb + verb[-1] if entry.endswith("+") else verb
        ends_in_y = verb.endswith("y") and verb[-2] not in "aeiou"
        if verb in _PASTS:
            past = _PASTS[verb]
        elif verb.endswith("e"):
            past = [verb + "d"]
        else:
            past = [(verb[:-1] + "i" if ends_in_y else doubled) + "ed"]
        doing = verb + verb[-1] if verb in _DOUBLE_IN_ING else doubled
        doing = verb[:-1] if verb.endswith("e") and verb not in {"be", "see"} else doing
        does = verb[:-1] + "ies" if ends_in_y else verb + ("es" if verb.endswith(("s", "x", "z", "sh", "ch")) else "s")
        classes["base"].append(verb + underscore + particle)
        classes["did"] += [form + underscore + particle for form in past]
        classes["past"] += [form + underscore + particle for form in past if form != verb]
        classes["doing"].append(doing + "ing" + underscore + particle)
        classes["does"].append(does + underscore + particle)
    return {f"{stem}_{name}": " ".join(words) for name, words in classes.items()}
