"""What is suspicious in English by its form alone, whatever verb or thing it names.

The rules of `english.py` know words. These start from what a small-talk model may say of itself at all: that it talks,
thinks, feels, knows or is. Anything else in the first person is taken for a claim (kind ``guess``), unless its form
excuses it (a question, a condition, a story, a habit) or its object is made of words (a joke, a hint). So is any news
of what is the user's, of houses and persons outside the talk, or with a near time (``news``), and a short sentence
without subject or verb (``scrap``).
"""

from __future__ import annotations

from agent.dialogue.honesty.english_verbs import FIRM, LIGHT, MILD, ROUSE, STRONG, TELL, forms

_SAID_OR_FELT = """
admire admit agree amuse appreciate argue ask assume believe call choose compare consider describe discover dislike
doubt dream embarrass enjoy expect exx fail feel find forget get guess hate hear hope imagine interpret joke kid
know learn like love mean mention mind misread miss misspeak misunderstand need notice quote read realise realize
recall remember repeat say see sing suppose think translate understand use want welcome wish wonder worry answer
write play put confuse mix+
"""
# What a model can truly have done with what is the user's: "I read your message", "I liked your idea".

_OTHERS = "agree accept approve promise reply respond consent oblige acknowledge pick_up"
# What a house or a person outside the talk is said to have answered.


def _acts(form: str, but: str = _SAID_OR_FELT) -> str:
    """Return one form of every known verb but for some."""
    inner = set(forms(but, "v")[f"v_{form}"].split())
    known = set(forms(f"{STRONG} {FIRM} {LIGHT} {ROUSE} {TELL} {MILD}", "v")[f"v_{form}"].split())
    return " ".join(sorted(known - inner))


CLASSES = {
    "did_any": _acts("did"),
    "does_any": _acts("does"),
    "doing_any": _acts("doing"),
    "base_any": _acts("base"),
    "acted": _acts("past", f"{MILD} {_SAID_OR_FELT} make get take give keep leave let hold pick play draw"),
    "acting": _acts("doing", f"{MILD} talk speak tell"),
    "reply_did": forms(_OTHERS, "v")["v_did"],
    "words": """
        topic subject story stories poem poems joke jokes sentence sentences answer answers question questions word
        words conversation mind ball point points line verse rhyme riddle riddles game example examples explanation
        tone mood quiz part comma letter chapter idea ideas thought thoughts argument debate chat talk way first last
        same others rest end start beginning heart voice world most best rules mistake mistakes error year fact facts
        impression hint hints tip tips advice try guess guesses chance shot list summary details reply replies name
        sense time moment nod smile laugh credit look compliment wrong definition meaning term phrase language
        opinion feeling side advocate role attention break walk nap breath bit lot promise secret apology excuse
        fool effort
        attempt cue reference hand fun bow crack stab pass turn short simple brief knowledge benefit vibe gist drift
        picture wink dream decision choice slip limit scene detective role floor suggestion suggestions
        description comparison metaphor numbers figures date country city
        explanations information info data training pun puns assumption cake granted
    """,
    "opinion": """
        very so really quite such great good nice lovely wonderful beautiful important interesting fun amazing perfect
        better best worth bound sure going fine fantastic delicious tasty delightful pleasant memorable a_good
        a_great a_nice a_lovely an_excellent a_lucky
    """,
    "hedge": """
        maybe perhaps probably possibly seems seem sounds sound must might could looks presumably likely apparently
        guess bet hopefully would should_you
    """,
    "youth": "when_i_was as_a_kid as_a_child growing_up in_college in_school used_to in_high_school back_in",
    "looked": """
        looked checked searched scanned reviewed consulted verified went_through been_through examined inspected
        combed dug pulled_up brought_up looked_up opened_up accessed
    """,
    "source": "according_to looking_at checking based_on per",
    "later": """
        let_you_know get_on_to get_back_to_you drop_them drop_him drop_her chase_them circle_back
        keep_you_posted keep_you_updated keep_you_informed keep_track
        keep_watch keep_checking be_in_touch report_back check_back look_after look_into see_what_i_can watch_for
        stay_on_top pass_it_on pass_that_on pass_this_on sort_it sort_that handle shout holler yell
    """,
    "degree": "degrees degree percent % ° °c °f celsius fahrenheit",
    "ours": "ours yours",
    "being": "being",
    "he": "he she they",
    "he_or_she": "he she",
    "bound": "headed heading bound flying delivered shipped en_route",
    "something": "something",
    "with": "with to from",
    "again": "again anymore any_more any_longer",
    "reports": "confirmed confirms replied answered agreed accepted promised responded agrees replies",
    "shows": "shows show says indicates tells confirms",
    "records": "system records record screen calendar database file account inbox",
    "grateful": "thanks thank_you",
    "custom": """
        booking ordering paying purchasing subscribing registering shopping order booking payment purchase reservation
        donation transfer cancellation registration
    """,
    "helps": "helps help is are was makes make can takes matters keeps lets",
    "pick_up": "pick_up collect pick_it_up fetch",
    "can": "can may",
    "chat_thing": "message text note name messages address line phone letter",
    "jest": """
        pun puns joke jokes riddle riddles story poem verse rhyme metaphor mistake mistakes numbers wrong
        wrongly words simple
    """,
    "hand_over": "here_you_go here_we_go there_you_go there_we_go voila voilà ta-da behold",
    "attached": "attached enclosed",
    "find": "find see",
    "hold_the_line": "please_hold hold_the_line stay_on_the_line hold_please next_in_line hold_on_please",
    "wrote_back": "wrote_back called_back got_back rang_back texted_back emailed_back",
    "clock": "o'clock",
    "currently": "currently presently at_present at_the_moment at_this_time",
    "clean": "clean spotless docked empty full warm hot cold",
    "going_on": "going on",
    "gone_now": "gone",
    "has": "has is",
    "yes": "okay ok yes fine sure",
    "for_you_end": "for_you you",
    "self": "myself yourself himself herself itself ourselves themselves",
    "figure": "train_of_thought table_of_contents bill_of_rights door_to_success line_of_thought",
    "has_yours": "has_your has_our",
    "more": "more",
    "minutes": "minute minutes hour hours second seconds",
    "near_time": """
        tonight tomorrow monday tuesday wednesday thursday friday saturday sunday shortly today
        this_evening this_afternoon in_a_moment in_a_minute in_a_second right_now
    """,
    "hours": "opens closes open closed sounds seems looks falls",
    "it_alone": "it",
    "these_one": "this that these those",
    "in_contact": "on_the_line on_the_phone in_contact in_touch in_talks",
    "either": "or",
    "no_act": """
        during including considering following regarding excluding concerning depending string spring morning evening
        ceiling building wedding being
    """,
    "maybe": "maybe perhaps possibly",
    "article": "the",
    "count": "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty",
    "free": "free available",
    "device_mode": """
        do_not_disturb airplane_mode flight_mode night_mode silent_mode dark_mode eco_mode vacation_mode away_mode
        sleep_mode holiday_mode power_saving out-of-office auto-reply autopay auto-renewal autopilot two-factor
    """,
    "at": "at to down up on",
    "fresh": "new unread missed upcoming open overdue outstanding pending",
    "waits": "awaits await",
}

MACROS = """
    G: (article|your|an|num|name)
    ACT: (strong_did|firm_did|light_did|rouse_did|put_did|tell_did|ed)
    SOON: (should|will|be adv* going) adv*
    PAST: strong_past|firm_past|light_past|did_any|ed
    V: ![be have modal will rel if comma but when question does_any helps not words warm mild_doing]
    SN: ![me not be have modal will rel if comma brk but when question prep about does_any mild_does words it
        they teller]
    NEWS:
        num|code|count|prep|state|settled|settled_thing|way|name|here_there|strong_did|firm_did|ed|doing_now|(the|an)
        thing
"""

RULES = """
    guess g_phrasal: me $A =(!got)(firm_did|light_did|put_did|ed) =(!obj)$N{1,4} updown =($END)
    guess g_price: me $A (firm_did|light_did|got) (article|your|person|who) $N{0,3} (updown =($END|num)|to num)
    scrap g_progress: ^ $ACK ((the|your|our) $N{1,3} now adv* (ing|acting|doing_now)|name now adv* acting)
        (here_now|updown|adv)* $
    news g_will_you: (person ($NEAR)?|(the|our|your|an) $N{1,4}|^ $ACK $SN{1,3}|they) $WILL
        (base_any|come|x|gets) $N{0,4}
        (you|your) $W{0,5} ($S|num|day)
    news g_our_did: our $N{1,4} ($NEAR)? have adv* (strong_did|firm_did|light_did|did_any|ed)
    news g_name_did: ^ $ACK (x|name) adv* (strong_past|firm_past|got|light_past|knows) $N{0,2} (your|you)
    news g_they_did: they adv* (strong_past|firm_past) (the|your|an) $N{0,2} thing
    news g_hand_over: hand_over (comma|brk|adv)+ (your|the|an) $N{0,3} (thing|who)
    news g_does: ^ $ACK (strong_does|firm_does|light_does) (updown|adv)* (article|your) $N
    news g_attached: attached be|find $N{0,4} attached|(obj|it|thing) be adv* attached
    scrap g_now_is: ^ $ACK $W{1,5} be adv* here_now adv* (state|settled|ed|strong_did) $
    news g_all_is: (it|obj) $N{0,2} now adv* state (and (state|strong_did|firm_did)|$)
    news g_is_in: ^ $ACK ((num|count) $N{1,3}|(the|your)? $N{0,2} =(!ensure)thing) now adv* (in|onoff|settled) $
    news g_has_you: have you adv* (updown|down|in)
    guess g_have_them: me $WILL (have|go_get) (person|name|(the|your|our|an) $N{1,2}) (base_any|come|x|tell_base)
    news g_hold: hold_the_line
    scrap g_bare_prep: ^ $ACK (strong_past|firm_past) adv* prep $W{1,4} $
    news g_cannot: (will|modal) not $W{0,3} you $W{0,2} again
    news g_wrote_back: ((the|our|your) $N{0,2} who|x|name|^ he) adv* wrote_back
    guess g_act_x: me $A acted (adv|updown)* (x|name)
    news g_thing_past: ^ $ACK (article|your) $N{0,2} thing (strong_past|firm_past|light_past) (the|your|an)
    fragment g_short: ^ $ACK =($FIRST)$SN{1,3} (strong_past|firm_past|set|settled|deed) (prep $W{1,6})? $
    scrap g_short_object: ^ $ACK (strong_past|firm_past) (adv|updown)* $SN{1,3} $
    news g_some_is: (^ $ACK $N{1,3} (have adv* been|$WILL be_base)|(an|num) $N{1,4} (now|have adv* been|$WILL be_base))
        adv* (strong_did|firm_did) $W{0,2} (you|your|prep (num|day|$N{1,2}) $)
    news g_currently: (^ $ACK $N{1,4}|(the|your) $N{1,4}) be adv* currently adv* (state|ed|did_any|strong_did|doing_any
        |ing|num|set|settled|in)
    scrap g_thing_ing: ^ $ACK (the|your)? $N{1,2} =(!weak)thing now adv* (ed|acting|doing_now|set) (adv|prep|num|$)
    scrap g_bare_is: ^ $ACK (article|your)? $N{0,2} =(!weak)thing now adv* ((ing|acting|state|prep* (num|count)
        |set|settled|clean) (adv|prep|and|num|$)|(ed|strong_did) adv* ($|and))
    scrap g_bare_on: ^ $ACK =(![the they it teller])$SN{1,2} now adv* (onoff|gone_now) adv* $
    scrap g_gone: ^ $ACK $N{1,2} gone_now $
    news g_the_done: ^ $ACK article $N{1,2} now adv* strong_did $
    news g_you_now_have: you adv* here_now adv* have adv* (an|num|the|count|your)|there_is adv* here_now $W{0,5} your
    news g_your_now: your $N{1,4} (be|has) adv* here_now
    guess g_moved_num: me $A =(!got)(firm_did|light_did|put_did|ed|strong_did) (num|count|code)
    news g_will_be_at: (the|your|our|person|x) $N{0,3} $WILL be_base prep $W{1,4} (num|count|day)
    news g_any_way: (person|article $N|your $N|name|an $N) $N{0,2} now adv* way
    news g_said_yes: (they|(the|your|our) $N{0,2} who|^ $ACK name) adv* say (ack|yes)
    news g_who_has: (the|our|your) $N{0,2} who adv* have your $N
    news g_for_you: ^ $ACK ((the|our|an) $N{1,3}|they) (strong_did|firm_did|light_did|ed) $W{1,6} for_you_end $
    news g_gave_you: (light_past|firm_past|strong_past) you adv* (an|the|num) $N{0,2} thing
    scrap g_thing_going: ^ $ACK =($FIRST)$N{0,2} =(!weak)thing (ing|doing_now|going_on|did_any) (prep|adv|$)
    news g_has_yours: (the|our|your) $N{0,2} who adv* has_yours
    news g_more: ^ $ACK (num|count|an) more minutes $
    news g_dated: ^ $ACK (article|your|an|name|x) $N{0,3} =(!hours)(does_any|mild_does|comes|now|have|$WILL)
        $W{0,5} near_time
    news g_just: (^ $ACK x|name|thing|who) success (did_any|mild_did|ed|come|got|strong_past|light_past|firm_past)
    scrap g_ing_it: ^ $ACK (doing_any|ing) (article|your|these_one) $V{0,5} $
    guess g_will_dated: me $WILL =(!be_base)$W{1,7} near_time
    guess g_on_line: me adv* be adv* in_contact
    news g_they_will: (they|(the|our|your) $N{0,2} who) $W{0,3} $WILL (strong_base|firm_base)
    news g_thing_been: (^ $ACK|article|your|our) $N{0,2} thing ($NEAR)? have adv* been !opinion
    news g_it_is: thing (num|count)? it_alone now (comma|brk|$)
    news g_thing_does: article $N{0,2} thing (does_any|mild_does|comes) $W{0,4} (num|count|here_now|near_time)
    news g_num_done: ^ $ACK (num|count) $W{0,3} now (ed|strong_did) $
    news g_who_has_it: (the|our) $N{0,1} who have article $N{1,3} $
    news g_way_up: ^ $ACK $N{1,2} now way (updown|prep (you|your))
    news g_who_can: (the|our|your) $N{0,2} who modal (base_any|strong_base|firm_base|light_base|rouse_base) you
        $W{0,3} (num|count|day)
    news g_thing_moved: thing (firm_past|strong_past) (to|updown) (the|your|an|num|day)
    guess g_from_list: me $A (firm_did|light_did|put_did|ed) $N{1,4} prep (the|your) $N{0,2} (thing|weak|place)
    news g_to_list: ^ $ACK $N{1,4} (now|have adv* been|was) adv* (strong_did|firm_did) prep your $N{0,2}
        (thing|weak|place)
    guess g_any_thing: me $A did_any $N{0,4} =(!chat_thing)thing
    guess g_contact: me (adv|have|was)* (did_any|ed|got|have|mild_did) $W{0,4} with (the|your|our) $N{0,2} who
    guess g_have_yours: me adv* have adv* your $N{0,2} (=(!chat_thing)thing)
    news g_yours_any: (your $N{0,3} (thing|who) ($NEAR){0,2}) adv* ($PAST|comes|=(!hedge)does_any|knows|have
        adv* (did_any|ed))
    news g_yours_done: your $N{1,4} (have adv* been|will adv* be_base) adv* (strong_did|did_any|mild_did|ed)
    news g_who_knows: ((the|our) $N{0,2} who) adv* (knows|reports|have adv* (did_any|ed|reply_did)|$WILL|be adv* (ing
        |doing_any))
    news g_who_is: ^ $ACK $N{1,2} be adv* acting $W{0,3} (you|your|it_alone)
    news g_thing_will: (the|your|our) $N{0,3} thing $WILL (come|be_base|base_any) (adv|updown)* (prep (num|day|count)|$)
    news g_thing_ours: (it|the $N{0,2} (thing|weak)) adv* now adv* ours
    news g_degrees: (^ $ACK $N{1,2}|(the|your) $N{1,3}|it) be adv* ($N{0,2} prep)? =(!code)(num|count) degree
    news g_reports: (^ $ACK (x|name)|he|name) adv* reports ($|it|he|num|the|your)
    news g_says_will: (^ $ACK (x|name)|name|who) adv* say it? (he|it|the $N{0,2} thing) $WILL (come|be_base|base_any|x)
    news g_he_says: he adv* say it? (he|it|the $N{0,2} thing) $WILL (come|be_base)
    news g_says_it_is: (^ $ACK x|he_or_she|name|who) adv* say it? (he|it|the $N{0,2} thing) (adv|be|now)
    news g_said_ours: they adv* say it? the $N{0,2} thing now ours
    news g_again: $WILL not $W{0,5} again
    news g_nobody: not $WILL $W{0,3} you
    news g_shows: (the|our|your) $N{0,2} records adv* shows
    news g_being: (^ $ACK $N{1,3}|(the|your|an|num) $N{1,4}) adv* be being adv* (did_any|ed)
    news g_thanks: grateful prep (your $N{0,1} custom|custom)
    news g_this_is_to: it be to confirm
    news g_bound: bound (prep|to)+ (you|your)
    scrap g_label: ^ $ACK (thing|ref) brk (num|code|state|strong_did)
    news g_you_on: you be adv* (prep|updown) (the|our) $N{0,2} (num $N{0,1})? (thing|who|place)
    news g_you_now: you be adv* here_now adv* (an|the|ed|prep|x|your|strong_did)
    news g_you_can_now: you can adv* here_now|you can adv* pick_up (obj|your|the)
    scrap g_gerund: ^ $ACK acting ($V){0,3} (prep ($V){1,3})? $
    scrap g_gerund_name: ^ $ACK (strong_doing|acting|light_doing|tell_doing) adv* (name|$N{0,1} who) ($NEAR)? $
    news g_soon: ^ $ACK $WILL be_base adv* (here_there|num|way)
    news g_made: it now adv* (your|the) $N{0,2} thing made
    guess g_did: me $A =(!got) (light_did|put_did|rouse_did|tell_did|ed|firm_did) (updown|adv)* $G !words
    guess g_did_you: me $A (light_did|put_did|firm_did|ed) you (updown|adv)* $G !words
    guess g_did_yours: me $A did_any $W{0,3} your $N{0,3} (thing|weak)
    guess g_put_on: me $A put_did (updown|adv)+ (an|the|your|num|name|x|weak|thing)
    guess g_moved: me $A (did_any|ed) (to|updown) (the|your) $N{0,3} (thing|weak|place)
    guess g_ed_it: me $A (firm_did|ed) (updown|adv)* (obj =($END|about)|you|person|name)
    guess g_looked: me $A looked (prep|updown)* ($G) $N{0,2} (thing|who|place|weak)
    guess g_used: me $A used (your|the|an) $N{0,2} (thing|code)
    guess g_will: me $WILL (x|firm_base|light_base|rouse_base|put_base|do) (adv|updown|you)* $G !words
    guess g_will_it: me $WILL (x|firm_base|do) adv* obj
    promise g_will_later: me $WILL later
    guess g_am: me adv* be (adv|going)* (light_doing|firm_doing|rouse_doing|put_doing|ing) (adv|updown|you)* $G !words
    news g_bare_will: ^ $ACK $WILL ($BASE)
    news g_they_said: (they|(the|your|our) $N{0,2} who|name) have adv* reply_did
    news g_they_do: (they|(the|our|your) $N{0,2} who) be adv* (strong_doing|firm_doing|light_doing|doing_now)
        $W{0,3} (thing|you|your)
    news g_yours_is: (your $N{0,3} (thing|who) ($NEAR){0,2}) $BE ($NEWS)
    news g_yours_soon: (your $N{0,3} (thing|who) ($NEAR){0,2}) $SOON (come|be_base adv* ($NEWS)|gets)
    news g_yours_been: (^ $ACK $N{0,2}|your $N{0,3}|(the|our) $N{0,3}) have adv* been adv* (strong_did|firm_did
        |made|held|ed)
    news g_wont: you will not adv* be_base adv* (strong_did|firm_did|ed)
    news g_device_at: (^ $ACK|the|your) $N{0,2} thing ($NEAR)? be adv* (at)* num
    news g_mode: device_mode (now|brk|have been) adv* (onoff|strong_did|state|ed|settled)
    news g_source: source (your|the) $N{0,2} (thing|place|who) (comma|you|your|the)
    news g_you_have: you adv* have adv* (an|num) $N{0,1} fresh $N{0,1} (thing|weak)
    news g_you_free: you adv* be adv* free $W{0,3} (day|num)
    news g_you_listed: you be adv* (ed|firm_did) (in|prep) (the|your|num|day)
    news g_awaits: (your|the|an) $N{0,3} thing adv* waits
    scrap g_ed_alone: ^ (ack|comma|brk)* ed adv* $
    scrap g_ed_thing: ^ $ACK (the|your)? $N{0,2} (thing|weak|device_mode) (ed|held) adv* $
    scrap g_ed_object: ^ $ACK (ed|strong_past|firm_past) (updown|adv)* (the|an|num|your) $N{1,4} $
"""

EXCUSES = """
    guess,news,scrap directly: (aux|modal|to|time) adv*
    guess,news,scrap before: if
    guess,news,scrap after: if
    guess,news,scrap clause: when|rel|hedge
    guess,news,scrap before: ^ (ack|to|modal|adv)* say_so
    guess,news,scrap sentence: habit|story|year|youth|maybe
    guess,news,scrap next: ![comma brk but]* question
    guess next: ![comma brk]{0,5} (words|warm)
    guess,news,scrap,state next: adv* opinion
    doer,guess next: ![comma brk]{0,1} self
    doer,promise next: ![comma brk]{0,3} jest
    guess,news,scrap next: ![comma brk but]{0,2} by !me
    scrap clause: not
    scrap before: modal
    scrap before: ![me let_me]{14}
    scrap next: early
    scrap next: by !me
    state,fact clause: hedge
    all after: comma you adv* say
    state,fact sentence: maybe
"""
