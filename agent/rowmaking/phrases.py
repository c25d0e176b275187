"""What people say to the dialogue itself rather than to a skill: yes, no, never mind, the second one, make it {v}.

Sentence templates; `{v}` is a value, `{old}` the value before, `{s}` how a slot is called, `{name}` how a frame is
called. They belong to the command language, so they are the same for every catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping

YES = (
    "yes", "yep", "yeah", "yup", "y", "sure", "ok", "okay", "k", "yes please", "yes thanks", "please do", "go ahead",
    "do it", "yep do it", "yes do it", "sounds good", "[that] (sounds|looks) (good|great|perfect|fine)", "perfect",
    "great", "correct", "that's (right|correct|fine|it)", "right", "exactly", "absolutely", "of course", "definitely",
    "fine", "fine by me", "all good", "confirm", "confirmed", "i confirm",
    "yes[,] (book it|that's right|that's fine|go ahead|that works|please|perfect)", "book it", "make the booking",
    "go for it", "let's do it", "let's do that", "works for me", "that works", "yes of course", "sure thing",
    "sure[,] (go ahead|why not|do it|please)", "ok (do it|go ahead|great|fine|good|then|thanks)", "yes i do",
    "affirmative", "yea", "ya", "yess", "yes yes", "yeah (sure|ok|please|go on|that's right|that's fine|do it)",
    "please", "please go ahead", "that would be (great|lovely|nice)", "i'd like that", "looks good[ to me]",
    "looks right", "all correct", "go on then", "yes[,] that is (right|correct|what i want)", "alright", "do that",
    "good", "cool", "nice[,] (yes|do it|go ahead)", "very good", "yes exactly", "why not", "please book it",
    "please confirm", "👍", "ja", "ok 👍",
    "correct[,] (go ahead|book it|do it)", "that is (right|correct|fine)", "it's (right|correct|fine|good)", "agreed",
    "confirmed[,] thanks", "yes[,] confirmed", "i agree", "i accept", "accepted", "approved", "ok confirmed",
    "good[,] (do it|go ahead|book it)", "fine[,] go ahead", "great[,] (do it|book it)", "good to go", "all right",
    "all right then", "true", "that's what i want", "just what i want", "yes[,] all correct", "indeed", "certainly",
    "very well", "okay[,] do it", "be my guest", "lovely", "super", "wonderful[,] yes", "yes indeed", "totally",
)  # fmt: skip
NO = (
    "no", "nope", "nah", "n", "no thanks", "no thank you", "not now", "not really", "no way", "please don't", "don't",
    "don't do it", "do not do that", "rather not", "i'd rather not", "better not",
    "no[,] (don't|leave it|not now|forget it|please don't|that's wrong|that's not right)",
    "that's (wrong|not right|not what i want|not correct|not it)", "that is not right", "not yet", "wrong",
    "incorrect", "negative", "no no", "certainly not", "absolutely not", "i don't think so", "i changed my mind",
    "changed my mind", "hm no", "no sorry", "sorry no", "i don't want that", "not like that",
    "no that's not what i meant", "uh no", "nope (thanks|sorry|leave it)", "leave it", "no i don't", "no need",
    "not today", "hmm no", "nein", "👎", "no don't book (it|that)", "don't book it", "please do not",
    "not correct", "that's not what i said", "that is wrong", "no[,] not that", "no[,] stop", "i said no", "not ok",
    "i disagree", "no thank u", "not at all", "never", "nope[,] that's wrong", "no[,] wrong",
)  # fmt: skip
CANCEL = (
    "never mind", "nevermind", "nvm", "forget it", "forget about it", "cancel", "cancel that", "cancel this", "stop",
    "stop it", "stop this", "abort", "quit", "let's stop here", "let's leave it", "leave it", "drop it", "scrap that",
    "scratch that", "forget the whole thing", "oh forget it",
    "i (don't|no longer) (want|need) (it|that|this) [anymore]",
    "i changed my mind[,] (forget it|cancel it|never mind)", "actually never mind",
    "actually[,] (cancel that|forget it|leave it|don't bother)", "no[,] (cancel it|cancel that|forget it|never mind)",
    "ok (forget it|never mind|stop)", "don't bother", "not anymore", "enough",
    "please (cancel|stop|cancel that|forget it)", "can we cancel (this|that)", "can you cancel that",
    "let's cancel (this|that|it)", "let's not [do that]", "i give up", "exit", "end this", "that's enough", "skip it",
    "sorry[,] (never mind|forget it|cancel that)", "start over", "forget that", "it's ok[,] never mind",
    "no longer needed", "cancel {name}", "forget {name}", "stop {name}", "drop {name}",
    "i don't (want|need) {name} [anymore|any more]",
)  # fmt: skip
CANCEL_NOTHING = tuple(template for template in CANCEL if "{" not in template)
"""Those that need no open request."""
UNDO = (
    "cancel that", "cancel it", "scratch that", "no[,] cancel that", "oh no[,] cancel that", "undo", "undo that",
    "undo it", "undo this", "undo the last (one|thing|step|action)", "undo what you (did|just did)", "take that back",
    "take it back", "revert that", "revert", "turn it back", "change it back", "put it back",
    "put it back (the way|as|how) it was", "set it back", "reverse that", "roll that back", "go back to how it was",
    "that was (wrong|a mistake)[,] undo it", "oops undo",
    "oops[,] (undo that|take that back|that was wrong, undo it)", "can you undo that",
    "please undo (that|it|the last one)", "no wait[,] undo that",
    "i didn't (want|mean) that[,] (undo it|take it back|change it back)", "make it like before",
    "back to how it was [before]", "undo pls", "could you (revert|reverse|undo) (that|it|this)", "wrong one[,] undo",
    "undo the last change", "can you take that back", "cancel what you just did", "switch it back",
    "turn it back please",
)  # fmt: skip
REPEAT = (
    "say that again", "say it again", "repeat that", "repeat", "can you repeat (that|it)",
    "could you repeat that [please]", "what did you say", "what was that", "pardon", "pardon me", "come again",
    "sorry what", "sorry[,] (what was that|can you say that again|could you repeat that|i didn't get that|say again)",
    "once more [please]", "one more time [please]", "again please", "i didn't (get|catch|read|see) that", "say again",
    "please repeat [that]", "repeat your last (message|answer|question)", "what was the question [again]",
    "what did you (just say|ask)", "huh", "i missed that[, say it again]", "tell me again", "can you say that again",
    "show me that again", "repeat the last one",
    "come again please", "say what", "sorry[,] come again", "excuse me", "i beg your pardon", "what", "what's that",
    "what was it you asked", "what was your question", "which question", "could you say that once more",
    "can you write that again", "i forgot the question", "i lost track[,] what did you ask",
    "the question again please", "what are you asking", "sorry i missed the question", "read that again",
    "read it to me again",
)  # fmt: skip
HANDOFF = (
    "let me (talk|speak) to a (human|person|real person|someone)",
    "i want to (talk|speak) to a (human|person|real person|human being)",
    "can i (talk|speak) to (a human|someone|a person|a real person|somebody|your manager|an agent|an employee)",
    "human please", "agent please", "get me a human", "get me a (real person|person|human|manager|agent)",
    "connect me (to|with) (a human|a person|an agent|support|customer service|someone)", "i need a human",
    "i need to speak with someone", "put me through to (a human|a person|someone|an agent|a manager)",
    "transfer me [to (a human|an agent|a person)]", "is there a (human|real person|person) i can (talk|speak) to",
    "talk to a human", "speak to a person", "speak to an agent", "real person", "human", "operator",
    "customer service please", "i'd like to (talk|speak) (to|with) (a human|a person|someone|a member of staff)",
    "you are not helping[,] (get me a human|let me talk to a human)", "a human[,] please", "hand me over to a person",
    "escalate this [to a human]", "could a person help me [instead]", "i'd rather talk to a (human|person)",
    "stop[,] i want a human", "let me speak with your (supervisor|manager)", "no bots[,] a human please",
    "representative", "i want to speak to the manager",
    "let me (speak|talk) (to|with) (your boss|your manager|your supervisor|someone in charge|support|customer service)",
    "(get|call|fetch) (your manager|your supervisor|somebody|someone real)", "manager please", "supervisor please",
    "put me through to (support|your boss|your supervisor|customer service|the owner)", "put me through please",
    "i want (a manager|your supervisor|a real person|support)", "where is the manager", "who is in charge here",
    "can a human (answer|take over|help)", "please connect me", "please transfer me", "forward me to a person",
    "i need (support|your manager|an employee)", "give me a (person|human|real person)", "take me to a real person",
)  # fmt: skip
RESUME = (
    "back to {name}", "let's (go back|get back|return) to {name}", "go back to {name}", "continue with {name}",
    "let's continue with {name}", "resume {name}", "(ok|now|so)[,] back to {name}", "where were we",
    "where were we with {name}", "continue where we (were|left off)", "let's go on with {name}",
    "can we (get back to|go back to|continue|finish) {name}", "let's finish {name}", "now (finish|continue) {name}",
    "what about {name}", "go on with {name} [please]",
    "return to the (previous|first|other) (one|thing)", "back to the first thing", "back to before",
    "what were we doing", "let's pick up {name} again", "i want to (finish|go on with|continue) {name}",
    "pick up where we left off", "the other one first",
)  # fmt: skip
NAMES: Mapping[str, tuple[str, ...]] = {
    "booking": (
        "the booking", "the reservation", "the table", "my booking", "my reservation", "the restaurant", "booking",
        "the table booking",
    ),
    "weather": (
        "the weather", "the forecast", "weather", "the weather question",
    ),
    "smart_home": (
        "the lights", "the smart home", "the house", "the home stuff", "the lamp",
    ),
    "tutoring": (
        "the math problem", "the maths", "the problem", "the exercise", "the calculation", "my homework",
    ),
    "translation": (
        "the translation", "translating", "the translation thing",
    ),
}  # fmt: skip
"""How people call an unfinished request of a skill; "the <skill>" for others."""
AGAIN = (
    "the same again", "same again", "same again please", "the same again please", "do that again", "do it again",
    "do the same [thing] again", "please do that again", "can you do (that|it) again", "could you do the same again",
    "once more the same", "the same one more time", "do that one more time", "do that once more", "same as before",
    "same as last time", "like last time [please]", "the same as before [please]", "another one like that",
    "another one of those", "i want the same again", "i'd like the same again", "let's do that again",
    "let's have the same again", "same thing again", "the same thing again [please]", "run that again",
    "do exactly the same again", "repeat that request", "do what you just did again", "and again the same",
    "give me the same again", "that again please", "do it once more", "same procedure as before", "again the same",
)  # fmt: skip
"""The last thing once more, as it was."""
AGAIN_BUT = (
    "the same again but {lead}{v}", "same again but {lead}{v}", "the same again[,] but for {v}", "same again for {v}",
    "the same again for {v}", "do (that|it) again but {lead}{v}", "do (that|it) again but for {v}",
    "do that again for {v}", "same as before but {lead}{v}", "same as last time but {lead}{v}",
    "same as before[,] only {v}", "once more but {lead}{v}", "once more the same but for {v}",
    "the same thing again but {v}", "the same one more time but {lead}{v}", "like last time but {lead}{v}",
    "another one like that but {lead}{v}", "i want the same again but {lead}{v}", "again the same but {v} this time",
    "same again[,] this time {v}", "the same again[,] {v} this time", "do it once more for {v}",
    "can you do the same again for {v}", "could you do that again but with {v}", "same again with {v}",
    "the same again with {v}", "repeat that request but {lead}{v}", "exactly the same again but {v}",
    "let's do that again but {lead}{v}", "same thing again for {v}",
)  # fmt: skip
"""The last thing once more, with one value changed."""
RETRACT = (
    "forget what i (just said|said|just wrote|said last)", "ignore what i (just said|said|just wrote)",
    "ignore my last message", "ignore that last (message|one|bit)", "disregard (that|what i said|my last message)",
    "please (ignore|disregard) (that|what i just said|my last message)", "scratch what i just said",
    "scratch my last message", "strike that last bit", "strike my last message", "delete my last message",
    "remove my last message", "i didn't mean to (send|write|say) that", "i did not mean to say that",
    "that wasn't meant for you", "that was not meant for you", "sorry[,] (wrong window|wrong chat)",
    "wrong chat[,] ignore that", "go back one step", "go one step back", "one step back [please]", "back up a step",
    "take back what i (just said|said)", "i take back what i (just said|said)",
    "pretend i (didn't say that|never said that|said nothing)", "forget i said that", "forget i said anything",
    "unsay that", "i never said that", "let's go back to before my last message", "rewind one step",
    "as if i hadn't said that", "sorry[,] ignore that", "oops[,] ignore my last message",
)  # fmt: skip
"""The last message is to be unsaid."""
UNCLEAR = (
    "{v}", "{v}", "{v} please", "{lead}{v}", "for {v}", "something for {v}", "i need something for {v}",
    "for {v} please", "{lead}{v} please", "it's about {v}", "{v} then", "and {v}",
)  # fmt: skip
"""A value alone, when nothing is open."""
CHOOSE_NAME = (
    "{name}", "{name}", "{name} please", "i mean {name}", "i meant {name}", "it's about {name}", "{name} of course",
    "i want {name}", "{name}[,] please", "the one about {name}", "{name} i think", "no[,] {name}", "well {name}",
    "i was thinking of {name}", "i'd say {name}",
)  # fmt: skip
"""One of two skills, by how people call it."""
CHOOSE = (
    "the {nth}", "the {nth} one", "{nth}", "{nth} one", "the {nth} please", "the {nth} one please", "{n}", "{n}",
    "{n}", "number {n}", "number {word}", "no {n}", "option {n}", "option {word}", "{word}", "nr {n}", "#{n}",
    "{n} please", "i'll take the {nth} [one]", "i take number {n}", "let's (go with|take|do) the {nth} [one]",
    "let's go for number {n}", "give me the {nth} one", "i'd like the {nth} one",
    "i (want|prefer|like) the {nth} [one]", "i think the {nth} one", "{nth} please", "take the {nth} [one]",
    "hmm the {nth} one", "make it the {nth} one", "{n}.", "the {nth} option", "the {nth} one sounds good",
    "choose {n}", "pick number {n}", "{nth} option please", "probably the {nth} one", "then the {nth}", "ok {n}",
    "ok number {n}", "ok the {nth} one",
)  # fmt: skip
ANSWER = (
    "{v}", "{v}", "{v}", "{v}", "{v}", "{v}", "{v} please", "{v} pls", "{v} thanks", "make it {v}", "let's say {v}",
    "i'd say {v}", "let's go with {v}", "{v} would be (great|good|nice|perfect|best|fine|lovely)", "{v} i think",
    "i think {v}", "how about {v}", "maybe {v}", "um {v}", "uh {v}", "hmm {v}", "ideally {v}", "{v} if possible",
    "{v} works [for me]", "{v} is (fine|good|best|ok|perfect)", "ok {v}", "sorry {v}", "it's {v}", "{v} would work",
    "i'd like {v}", "i want {v}", "probably {v}", "{v} then", "well {v}", "what about {v}", "{v} (thank you|thx)",
    "preferably {v}", "let's do {v}", "it should be {v}", "{v}, please",
    "{v} sounds (nice|good|great)", "{v} sounds (good|fine) to me", "{v} i guess", "{v} i suppose", "{v} of course",
    "{v} would suit us", "{v} thank you", "i go for {v}", "we'd like {v}", "i'd go with {v}", "say {v}",
    "make that {v}", "i would like {v}", "{v} is what i want", "{v} for sure", "{v} maybe", "then {v}", "oh {v}",
)  # fmt: skip
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "time": (
        "at {v}", "at {v}", "at {v}", "at {v} please", "around {v}", "around {v} please", "at around {v}",
        "about {v}", "we'd (like|want) to come at {v}", "we can be there at {v}", "we'll be there at {v}", "for {v}",
        "{v}", "at {v} if possible", "can you do {v}", "is {v} possible", "maybe at {v}", "let's say at {v}",
        "say {v}", "book it for {v}", "we were thinking {v}", "i was thinking {v}", "around {v} would be good",
    ),
    "date": (
        "{lead}{v}", "{lead}{v}", "{lead}{v} please", "for {v}", "for {v} please", "maybe {v}",
        "{lead}{v} if possible", "i was thinking {v}", "we want to come {lead}{v}", "we'd come {lead}{v}", "say {v}",
        "let's say {v}", "book it for {v}", "it's for {v}", "would {v} be possible", "is {v} ok",
    ),
    "count": (
        "for {v}", "for {v}", "for {v} please", "we are {v}", "we're {v}", "there (will be|are) {v} [of us]",
        "it's for {v}", "it'll be {v}", "there'll be {v}", "we will be {v}", "it's {v}", "a (party|group) of {v}",
        "party of {v}", "a table for {v}", "table for {v}", "just {v}", "{v} in total", "only {v}",
    ),
    "temperature": (
        "to {v}", "{v}", "set it to {v}", "make it {v}", "{v} please", "{v} would be nice", "let's do {v}",
        "put it at {v}", "put it on {v}",
    ),
    "percent": (
        "to {v}", "{v}", "at {v}", "set it to {v}", "make it {v}", "around {v}", "{v} please", "dim it to {v}",
    ),
    "place": (
        "in {v}", "in {v}", "in {v} please", "for {v}", "{v}", "i'm in {v}", "i live in {v}", "i am in {v}",
        "near {v}", "{v} of course", "i meant {v}", "in {v} i guess", "here in {v}", "we're in {v}",
        "the city is {v}", "for {v} please", "i'm going to {v}",
    ),
    "choice": (
        "the {v}", "the {v} please", "{v}", "{v} please", "i mean the {v}", "the {v} of course", "i'd like {v}",
        "let's take {v}", "take {v}", "i'll take {v}", "the one called {v}", "{v} sounds (good|nice|great)", "at {v}",
        "let's go to {v}", "we like {v}", "try {v}", "i prefer {v}", "go with {v}",
    ),
}  # fmt: skip
"""More ways to answer, by resolver."""
ANY = (
    "any", "anything", "any of them", "either", "whatever", "you choose", "you decide", "you pick", "surprise me",
    "no preference", "doesn't matter", "i don't mind", "i don't care", "whichever", "any one", "either one",
)  # fmt: skip
"""Answers that leave the choice to the assistant: a value like any other, read by the option matcher."""
CORRECTION = (
    "{v}", "{v}", "{v} please", "no[,] make it {v}", "no[,] make that {v}", "make it {v}", "make that {v}",
    "actually {v}", "actually[,] make it {v}", "actually[,] {v} please", "sorry[,] {v}", "sorry[,] i meant {v}",
    "i meant {v}", "i mean {v}", "no[,] i meant {v}", "no[,] {v}", "no {v}", "not {old}[,] {v}", "not {old} but {v}",
    "{v}[,] not {old}", "{v} instead", "{v} instead of {old}", "change (it|that) to {v}",
    "can you (change|make) (it|that) [to] {v}", "could you make it {v} [instead]", "oh wait[,] {v}", "wait[,] {v}",
    "wait[,] make it {v}", "hmm[,] rather {v}", "better {v}", "rather {v}", "let's (do|say|make it) {v} instead",
    "i said {v}", "no i said {v}", "oops[,] {v}", "oops i meant {v}", "{v} would be better", "i'd prefer {v}",
    "i would rather have {v}", "that should be {v}", "it should be {v}", "switch (it|that) to {v}", "no[,] it's {v}",
    "on second thought[,] {v}", "sorry not {old}[,] {v}", "change {old} to {v}", "update (it|that) to {v}",
    "correction[,] {v}", "well[,] actually {v}", "hang on[,] {v}", "hold on[,] make it {v}", "no wait[,] {v}",
    "no sorry[,] {v}", "let's make it {v}", "can we do {v} instead", "no[,] for {v}",
    "{v} is better", "{v} would be nicer", "{v} would suit (me|us) better", "i think {v} would be better",
    "then rather {v}", "let me change that to {v}", "please make it {v}", "please change it to {v}", "{v} after all",
    "no[,] {v} please", "better make it {v}", "i'd rather {v}", "why not {v}", "or better {v}",
)  # fmt: skip
NAMED_CORRECTION = (
    "{v}", "{v}", "{v} please", "change the {s} to {v}", "can we change the {s} to {v}",
    "can you change the {s} to {v}", "could you change the {s} to {v} [please]", "the {s} should be {v}",
    "make the {s} {v}", "set the {s} to {v}", "update the {s} to {v}", "{s} {v}", "{s} should be {v}",
    "i want to change the {s} to {v}", "the {s} is {v}", "wrong {s}[,] it's {v}", "actually change the {s} to {v}",
    "please change {s} to {v}", "no[,] the {s} is {v}", "switch the {s} to {v}",
    "the {s} is wrong[,] it should be {v}", "move the {s} to {v}",
)  # fmt: skip
CLEAR = (
    "forget the {s}", "remove the {s}", "drop the {s}", "clear the {s}", "ignore the {s}", "never mind the {s}",
    "the {s} is wrong", "wrong {s}", "that's the wrong {s}", "not that {s}", "i'm not sure about the {s} [yet]",
    "a different {s}", "a different {s} please", "another {s} please", "i want a different {s}",
    "can we change the {s}", "can i change the {s}", "i want to change the {s}", "change the {s}",
    "i'd like to change the {s}", "let's change the {s}", "i need a different {s}", "wait[,] the {s} is wrong",
    "no[,] the {s} is wrong", "no[,] wrong {s}", "delete the {s}", "leave out the {s}", "take out the {s}",
    "the {s} isn't right",
    "forget about the {s}", "forget what i said about the {s}", "i take back the {s}", "the {s} was wrong",
    "not this {s}", "some other {s} please", "give me another {s}", "another {s}", "a new {s} please",
    "the {s} has to change", "the {s} needs to change", "strike the {s}", "skip the {s}", "never mind about the {s}",
)  # fmt: skip
YES_BUT = (
    "yes but {v}", "yes[,] but make it {v}", "ok but {v}", "yes[,] but {v} please", "sure[,] but {v}", "yeah but {v}",
    "yes[,] only make it {v}", "fine but {v}", "good[,] but make it {v}", "ok[,] but can we make it {v}",
    "yes but change it to {v}", "yes[,] just {v} instead", "sounds good but {v}", "yep but make that {v}",
    "perfect[,] but {v} instead",
)  # fmt: skip
"""Yes to the summary with a change: the summary is asked again."""
YES_AND = (
    "yes[,] {v}", "yes {v}", "yeah[,] {v}", "sure[,] {v}", "ok[,] {v}", "yes please[,] {v}",
)  # fmt: skip
"""Yes, let us go on, and here is a value."""
SLOT_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": (
        "day", "date",
    ),
    "time": (
        "time", "hour",
    ),
    "count": (
        "number of people", "number", "party size", "people",
    ),
    "place": (
        "place", "city", "location",
    ),
    "temperature": (
        "temperature",
    ),
    "percent": (
        "level", "brightness",
    ),
    "language": (
        "language",
    ),
}  # fmt: skip
"""How people call a slot, by resolver; by its own name for others."""
FOLLOW_UP = (
    "and {v}", "what about {v}", "how about {v}", "and {v} then", "and what about {v}", "ok and {v}", "{v}",
    "and for {v}", "same for {v}", "the same for {v}", "now {v}", "{v} too", "also {v}", "and also {v}",
    "thanks[,] and {v}", "ok thanks[,] what about {v}", "hm and {v}", "then {v}", "cool[,] and {v}",
    "and how about {v}",
)  # fmt: skip
FOLLOW_UPS: Mapping[str, tuple[str, ...]] = {
    "date": (
        "and {lead}{v}", "what about {v}", "how about {lead}{v}", "and how will it be {lead}{v}", "and for {v}",
        "{lead}{v}", "what will it be like {lead}{v}", "and how does {v} look", "what about {lead}{v} then",
    ),
    "place": (
        "and in {v}", "what about {v}", "how about in {v}", "and {v}", "in {v}", "and how is it in {v}",
        "same for {v}", "what is it like in {v}", "and over in {v}", "is it the same in {v}", "and for {v}",
    ),
    "choice": (
        "and the {v}", "the {v} too", "also the {v}", "and the {v} too", "and also the {v} please",
        "same for the {v}", "same with the {v}", "do the same (for|with) the {v}", "now the {v}", "the {v} as well",
        "and the {v} as well", "what about the {v}", "now do the {v}",
    ),
    "language": (
        "and in {v}", "in {v}", "now in {v}", "and to {v}", "how about {v}", "what about {v}", "and in {v} please",
        "same in {v}", "and what is it in {v}",
    ),
    "text": (
        "and {v}", "what about {v}", "how about {v}", 'and what about "{v}"', 'and "{v}"', 'how about "{v}"',
        'now "{v}"', "and how do you say {v}",
    ),
}  # fmt: skip
"""Ways to ask the last thing again with another value, by resolver; `language` stands for fixed choices."""
NEXT = (
    "{v}", "{v}", "and {v}", "next: {v}", "next one: {v}", "another one: {v}", "ok and {v}", "now {v}", "and now {v}",
    "one more: {v}",
)  # fmt: skip
"""Ways to give another text to an intent that takes nothing else."""
JOIN = (
    " and ", " and ", " and ", " and then ", ", then ", " then ", ", and ", ". also ", " and also ", ", also ",
    ". and ", "; ", ". then ", " + ", ", and also ", " plus ", " and after that ", " & ",
)  # fmt: skip
"""What stands between two requests of one message."""
OPENERS = (
    "hey ", "hi ", "hello ", "hi, ", "hey, ", "ok ", "okay ", "so ", "please ", "um ", "hey there, ",
    "good morning, ", "yo ", "alright, ", "excuse me, ", "oh and ", "ok now ", "quick question: ", "thanks! ",
    "great, ", "hello, ", "good evening, ",
)  # fmt: skip
"""Put before a request, now and then."""
CLOSERS = (
    " please", " please", " pls", " thanks", " thank you", ", please", ", thanks", " thx", " asap", " :)", " now",
    " for me",
)  # fmt: skip
"""Put after a request, now and then."""
