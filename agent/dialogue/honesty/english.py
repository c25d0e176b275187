"""The English rules."""

from __future__ import annotations

from agent.dialogue.honesty import english_guess as guess
from agent.dialogue.honesty.english_words import CLASSES
from agent.dialogue.honesty.grammar import Grammar

_REWRITES = (
    # Of any one, not of this one: "a reservation that has been cancelled".
    (r"\b(an?|any|every|no) (\w+) that (has|have|had|is|was)\b", r"\1 \2 which \3"),
    (r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|to(?:day|morrow|night))'s (?=\w)", "the "),
    (r"\bnow (?:stands at|says|reads|lists) (?=\w)", "has been changed to "),
    (r"\bstill waiting for your\b", "not done without your"),
    (r"^had (the|your|i|we|it|they|he|she) (?=.*\bwould\b)", r"if \1 "),
    (r"\bcarried out\b", "completed"),
    (r"\b(i|we) (?:have )?received your (?=\w* ?(?:payment|order|booking|deposit))", r"\1 processed your "),
    (r"\bsigned up for\b", "registered for"),
    (r"^\W*already (?:did|done)\W*$", "done"),
    (r"^\W*locked in for\b", "booked for"),
    (r"^\W*\w+ (?:achieved|accomplished)\W*$", "done"),
    (r"\bis warmer (?:in there )?already\b", "is now set"),
    (r"\bnoted that you\b", "saved that you"),
    (r"\bcan'?t\b|\bcannot\b", "can not"),
    (r"\bwon'?t\b", "will not"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|could|would|should|ai|might|must|need)n'?t\b", r"\1 not"),
    (r"\bi'?m\b", "i am"),
    (r"\bi'?ve\b", "i have"),
    (r"\bill (?=(?:get|do|book|send|call|make|have|turn|set|take|add|order|cancel|let|put|go|be|pay)\b)", "i will "),
    (r"'ve\b", " have"),
    (r"\byoure\b|\byou're\b", "you are"),
    (r"'re\b", " are"),
    (r"'ll\b", " will"),
    (r"'d\b", " would"),
    (r"\bi did too\b", "i agree"),
    (r"\b(\d[\d:.]*) ?[ap]\.?m\b", r"\1"),
    (r"\bfor (\w+) people\b", r"for \1 persons"),
    (r"\byou are set on\b", "you want"),
    (r"\b(are|is) in for\b", r"\1 due"),
    (r"\b(i|we) will do (?=\w)", r"\1 shall do "),
    (r"\b(that|here|there)s\b", r"\1 's"),
    (r"\bits (?=(?:been|being|done|all|now|set|on|in|your|already|just|ready|off|[a-z]+ed)\b)", "it 's "),
    (r"\b(?:(?:a few|a couple of|[a-z]+) )?(?:second|minute|moment|hour)s? ago\b", "just"),
    (r"\byour (?=all set|set to|good to go|booked)", "you are "),
    (r"\bthru\b", "through"),
    (r"\bon it'?s way\b", "on its way"),
    (r"\b(?:pre|re)-(?=[a-z]+ed\b)", ""),
    (r"'s\b", " 's"),
    (r"\bgonna\b", "going to"),
    (r"\bnot (?:joking|kidding|lying)\b", "really"),
    (
        r"\b(?:do not worry|not to worry|nothing to worry about|no need to worry|no doubt|do not mention it|why not)\b",
        "ok",
    ),
    (
        r"\bwithout (?:further ado|delay|a hitch|any (?:problems?|issues?|trouble)|problems|issues|being asked)\b",
        "duly",
    ),
    (
        # A question that a claim runs into without a comma.
        r"(?<=\w) (?=(?:any|some)thing else\b|what else\b|is there any|can i help|would you like|(?:do you )?need any)",
        ", ",
    ),
)

_MACROS = """
    W: ![not be have modal will rel if comma brk but when question]
    N: ![me not be have modal will rel if comma brk but when question prep about]
    M: ![me not be have modal will rel if comma brk but when question prep about mild_did you]
    NOUN: ![me not be have modal will rel if comma brk but when question prep about mild_did you an the your]
    CONCRETE: ![me not be have modal will rel if comma brk but when question prep about talk adv]
    FIRST: ![me not be have modal will rel if comma brk but when question prep about keep mild_base light_base you
        it person they teller light_did mild_did]
    A: (adv|have)*
    ACK: (ack|adv|comma|brk)*
    S: $|and
    END: $|adv|prep|updown|to|by|obj|and|num|you
    OBJECT: (updown|adv|prep)* (obj =($END)|person|you ($N{0,3} thing|updown)|your $W|$N{0,4} (thing|weak)|$N{0,2}
        who|$N{1,4} updown (your|the) $N{0,3} thing|the $N{0,2} $CONCRETE =($END))
    THING: (updown|adv|you|person)* $N{0,4} thing
    OUTSIDER: (to|prep)? (person|$N{0,3} who|name)
    DID: strong_did|firm_did $OBJECT|light_did $THING|put_did (obj|you|person) updown|tell_did $OUTSIDER|rouse_did
        (you|person)|deed|used your $N{0,3} thing|light_did obj $N{0,2} comparative|ed $OBJECT
    BASE: strong_base|firm_base $OBJECT|light_base $THING|put_base (obj|you|person) updown|tell_base $OUTSIDER
        |rouse_base (you|person)|deed_base|do obj =($END)|x (obj =($END)|your $W)
    DOING: strong_doing|firm_doing $OBJECT|light_doing $THING|put_doing (obj|you|person) updown|tell_doing
        $OUTSIDER|rouse_doing (you|person)|deed_doing|on_it|ing your $N{0,3} thing
    PASSIVE: strong_did|firm_did|made|held|settled
    NEAR: prep $N{1,4}
    YOURS: ((your|our) $N{0,4}|you be?) (thing|weak|who) ($NEAR){0,2}
    THAT: the $N{0,4} (thing|weak|who) ($NEAR){0,2}
    ANY: (your|our|the) $N{0,4} (thing|weak) ($NEAR){0,2}
    WHO: (they|name|(the|your|our|an) $N{0,2} who)
    BE: adv* (be be?|have adv* been|have adv* go_get|be go_get|got) adv*
    WILL: adv* (will|be adv* going) adv*
"""


_RULES = """
    # The assistant's deed.
    doer i_did: me (comma $W{1,5} comma)? $A ($DID)
    doer i_did_typo: me have adv* strong_base (obj =($END)|your|the)
    doer i_did_too: me $A $W{1,8} (comma|and|comma and) $A ($DID)
    doer i_did_it: (^ $ACK me $A do_did $|me $A do_did (obj =($END)|adv|the $N{0,2} thing|your $W))
    doer i_have_it_done: me $A (have|go_get) adv* (obj|you|person|$M{0,4} $NOUN) adv* (strong_did|firm_did|settled
        |set|ed =($END))
    doer i_had_them: me $A (have|go_get) (the|your|our) $N{0,2} who to? (strong_base|firm_base|light_base|come|x)
    doer i_have_you: me $A (have|go_get) you adv* (down|in) prep|me $A (have|go_get) you adv* prep the $N{0,2} place
    doer i_managed: me (adv|have|was|been)* able adv* ($BASE|$DOING)
    doer i_hereby: me adv* here_now adv* ($BASE)
    doer i_do_now: me adv* (strong_base|firm_base $OBJECT) $W{0,4} here_now
    doer by_me: be adv* (strong_did|firm_did|made) by_me
    state they_did: $WHO (adv|have)* have (adv|have)* (strong_did|firm_did|light_did|made|tell_did|ed) $W{0,5} (your
        |you|thing|obj|who)
    state they_did_yours: $WHO adv* (strong_past|firm_past|light_past|made|ed) $N{0,3} (your|you =($END))
    doer they_know: ($WHO) adv* knows (about|that|obj|your)
    doer they_were_told: (name|person|who|^ $ACK x) have adv* been adv* (strong_did|called)
    doer they_have: $WHO adv* have adv* (your $N{0,3} thing|obj adv* here_now)|^ $ACK (x|name) have adv* got (the
        |your|obj) $N{0,2} thing
    # Its promise, and what is under way.
    promise i_will: me $WILL ($BASE)
    promise i_will_be: me $WILL be_base adv* ($DOING)
    promise i_will_have: me $WILL (have|go_get) (obj|you|person|$M{0,4} $NOUN) adv* (strong_did|firm_did|settled
        |set|ed|made|way|state)
    promise i_am: me adv* be adv* (going|adv)* ($DOING)
    promise i_confirm: me (adv|modal|do)* confirm (your|the) $N{0,3} thing
    promise let_me: let_me adv* ($BASE)
    promise you_will_get: you $WILL gets $N{0,4} (thing|mails)
    promise you_should_get: you adv* should adv* gets $N{0,4} mails
    promise it_will_be: ($ANY|an $N{0,3} thing|it) $WILL be_base adv* (strong_did|firm_did|settled|made|way)
    promise any_will_be: the $N{1,2} $WILL be_base adv* strong_did
    promise yours_will: ($YOURS|your $W{1,4}) $WILL (be_base adv* (settled_thing|state|doing_now|here_there
        |strong_did|firm_did)|come|gone)
    promise that_will: ($THAT|an $N{0,3} thing) $WILL (come|be_base) $W{0,3} (you|your|here_there|here_now|soon)
    promise it_will_come: (it|an $N{0,3} thing) $WILL (arrive|be_base (adv|here_there)* here_there)
    promise they_will: ($WHO|person|it) $WILL ((come|be_base) $W{0,3} (you|your|num|day)|gets $W{0,4} thing)
    promise they_should_get: ($WHO|$YOURS) adv* should adv* (have|gets) (the|your|an|obj) $N{0,3} (thing|adv|prep)
    promise they_are_on_it: ($WHO|our $N{1,2}) be adv* on_it
    promise expect: ^ $ACK expect (obj|your|(the|an) $N{0,2} thing)
    promise look: ^ $ACK (look|see) prep? your $N{0,1} place
    promise you_will_be: you $WILL be_base adv* (strong_did|firm_did|rouse_did)
    promise should_be: should be_base adv* prep $N{0,2} place
    promise gerund: ^ $ACK (strong_doing|firm_doing|light_doing|deed_doing|put_doing) (updown|adv|you)* (obj|person
        |your $N{0,3} !x|((the|an) $N{0,2}|num)? (thing|weak)) (adv|$NEAR|updown)* $
    promise gerund_alone: ^ $ACK ((strong_doing|firm_doing) adv*|doing_now here_now|here_now doing_now) $
    # What is yours: a state that only a deed can have made.
    state yours_did: ($YOURS) ($BE ($PASSIVE|settled_thing|tell_did|deed)|have adv* been adv* ed)
    state your_did: your $W{1,5} $BE (strong_did|firm_did|tell_did|settled)
    state yours_state: ($YOURS) adv* now adv* state =($END)
    state yours_way: ($YOURS) $BE (way|doing_now)
    state yours_gone: ($YOURS) $A (gone|have adv* settled)
    state yours_comes: ($YOURS) adv* comes
    state place: (your|our) $N{1,4} adv* now adv* prep (the|your) $N{0,2} place
    state with_them: ($YOURS) adv* now adv* prep (the|our|your) $N{0,2} who
    fact someone_comes: (the|your|our|an) $N{1,3} be adv* coming $W{0,5} (day|num|you)
    state as_we_speak: be $W{0,8} as_we_speak
    state expected: be adv* expecting you
    state you_are: you adv* (be|have adv* been) adv* ((strong_did|settled|set) =($END)|(in|down) =($|adv|prep))
    state you_place: you be $N{0,3} prep the $N{0,2} place
    state you_were: you have adv* been adv* (strong_did|firm_did|made|ed)
    state you_have: you (adv|have)* have (adv|go_get)* (an|num|your) $N{0,3} thing (prep|strong_did|adv
        |settled_thing|doing_now|number)
    state you_got: ^ $ACK you (adv|have)* got adv* (an|num|your)? $N{0,3} thing
    state you_own: ^ $ACK you (adv|have)* have adv* (an|num|your) adv* booked adv* $
    state you_booked: ^ $ACK you (adv|have)* have adv* strong_did (obj|the|your|an|num)
    state you_did: ^ $ACK you (adv|have)* success adv* (strong_did|firm_did|light_did)
    state there_is: there_is adv* (an|num|the|your) $N{0,4} thing $W{0,3} (strong_did|made|way|your|settled_thing)
    state reference: (ref number|strict_ref) (be|brk)* code
    state considered: consider adv* (obj|(your|the) $N{1,4}) adv* (strong_did|firm_did|light_did|settled
        |settled_thing|do_did|state|ed)
    state confirmed: glad to confirm (your|the|that|obj)
    state here_is: here be (your|the) $N{0,3} (thing|ref)
    # What may be a general truth, too.
    fact thing_did: the $N{0,4} (thing|who) ($NEAR){0,2} ($BE (strong_did|firm_did|settled|made|settled_thing)|have
        adv* been adv* called)
    fact weak_did: the $N{0,3} weak ($NEAR){0,2} (now|have adv* been) adv* (strong_did|firm_did|settled|made)
    fact any_did: the $N{1,4} (now|have adv* been) adv* (strong_did|deed) =($END)
    fact thing_at: the $N{0,3} thing adv* now adv* here_now prep num
    fact thing_state: ($THAT) adv* now adv* state =($END)
    fact thing_way: ($THAT|an $N{0,3} thing ($NEAR)?|help) $BE (way|doing_now|strong_doing)
    fact thing_now: ($THAT) adv* here_now adv* comes
    fact thing_now_any: (the|your) $N{0,2} thing here_now (x|does_any)
    fact thing_gone: ($THAT) $A (gone|have adv* settled)
    fact it_went: it $A (gone_through|gone_out) =($END)|^ $ACK $N{0,2} thing ($NEAR){0,2} $A gone
    fact that_is_yours: it now adv* (you|obj|(your|the|num) $N{0,3} $NOUN) (strong_did|do_did|firm_did|settled)
    fact it_state: ^ $ACK it now adv* onoff adv* $
    fact it_did: it (you $W{1,3})? $BE (strong_did|firm_did|settled|do_did|way) =($END)
    fact it_runs: it now adv* doing_now adv* here_now
    fact it_place: it adv* now adv* prep (the|your) $N{0,2} place
    fact some_did: an $N{0,3} thing ($NEAR){0,2} adv* have adv* been adv* ($PASSIVE)
    fact some_for_you: an $N{0,3} thing ($NEAR){0,2} adv* be adv* ($PASSIVE) $W{0,4} (you|your|here_now)
    fact bare_did: ^ $ACK $N{0,2} (thing|weak) ($NEAR){0,2} ((be|have adv* been) adv* ($PASSIVE|settled_thing)|be be
        adv* $PASSIVE|now adv* (state|way|doing_now|strong_doing)) (adv|prep (your|num|you|the|an) $N{0,2})* ($S)
    fact bare_strong: ^ $ACK $N{1,2} (now|have adv* been) adv* strong_did $
    fact bare_place: ^ $ACK ($N{1,2} now)? $N{1,3} now adv* prep (the|your) $N{0,2} place adv* $
    # Phrases without a verb.
    fragment done: ^ $ACK (bare|strong_past|firm_past|go_get bare) (adv|and|bare|strong_past|firm_past)* $
    fragment done_for: ^ $ACK (bare|strong_past|firm_past) adv* prep (num|your|you|an|the|x) $N{0,3} (adv|$NEAR)* $
    fragment done_it: ^ $ACK $A (strong_past|firm_past|ed (your|obj =($END))) (updown|adv)* (obj|person|you|your $W
        |(an|the|num) $N{0,3} (thing|weak)|(an|the|num) x|num prep) $W{0,12} $
    fragment got_it: ^ $ACK $A (light_past $THING|tell_past $OUTSIDER|deed|put_did obj updown) $W{0,12} $
    fragment thing_done: ^ $ACK (your|the|an|num)? ($FIRST $N{0,3})? (thing|weak) ($NEAR){0,3} (adv|brk)* ($PASSIVE
        |settled_thing|bare) (adv|prep (num|your|the|an|you|day|name) $N{0,2})* ($S)
    fragment some_done: ^ $ACK num? $FIRST{1,3} (strong_past|firm_past|made|held) (adv|prep (name|your|you|num
        |person) $N{0,2})* $
    fragment thing_state: ^ $ACK (the|your)? $N{0,2} (thing|weak) adv* state (adv|prep num $N{0,2})* ($S)
    fragment tick: tick $W{0,5} thing | thing $W{0,5} tick
    fragment label: (thing|ref) brk adv* (strong_did|firm_past|settled|settled_thing|bare|made|state) $
    fragment will_do: ^ $ACK (will_do|on_it|way) adv* $
    fragment coming: thing ($NEAR){0,3} (comma|brk)? adv* (way|will_do) adv* $
"""

_EXCUSES = """
    doer directly: aux adv*
    doer directly: time
    doer clause: wh & next: ![comma brk but]* question
    all near: not
    fragment clause: not
    all sentence: as_they_say
    all clause: if
    all clause: teller (adv|have|modal|be|do)* say
    all clause: wish
    promise,state,fact,fragment before: if
    promise after: if
    promise before: ^ (ack|adv)* upon
    all sentence: owned_up
    fragment sentence: story
    promise,news,fact sentence: sky
    state,fact next: ![comma brk]* if
    promise,state before: ^ (ack|adv)* time me
    state,fact,fragment clause: when|rel
    fragment before: teller
    promise,state,fact,fragment next: ![comma brk but]* question
    promise,state,fact,fragment before: ^ (ack|to|modal|adv)* say_so
    fact sentence: habit
    fact sentence: story|year
    fact next: ![comma brk but]{0,2} by !me
    fact next: ![comma brk but]{0,3} code
    all clause: ^ (ack|adv)* (ensure|keep)
    all clause: regret
    fragment before: not
    fragment next: by !me
    fragment sentence: year|is_like
    promise,doer next: ![comma brk]{0,4} warm
    fragment before: modal
    fragment before: ^ wh
    fragment next: early
"""


def _guess(word: str) -> frozenset[str]:
    if word.endswith("ed") and len(word) > 4:
        return _ED
    if word.endswith("ing") and len(word) > 5:
        return _ING
    return _LY if word.endswith("ly") and len(word) > 4 else frozenset()


_ED, _ING, _LY = frozenset({"ed"}), frozenset({"ing"}), frozenset({"adv"})

ENGLISH = Grammar(
    "en",
    words={**CLASSES, **guess.CLASSES},
    rewrites=_REWRITES,
    guess=_guess,
    guessed=(_ED, _ING, _LY),
    macros=_MACROS + guess.MACROS,
    rules=_RULES + guess.RULES,
    excuses=_EXCUSES + guess.EXCUSES,
)
