"""What stands around a request: polite forms, openers, and the words between two of them."""

from __future__ import annotations

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
ORDERS = (
    "add", "adjust", "arrange", "book", "brighten", "bring", "calculate", "call", "cancel", "change", "check",
    "compute", "convert", "cool", "decrease", "delete", "dim", "drop", "erase", "figure", "find", "flip", "get", "give",
    "grab", "heat", "hold", "increase", "keep", "list", "look", "lower", "make", "organise", "pull", "put", "raise",
    "reduce", "remove", "reserve", "secure", "set", "show", "solve", "start", "stop", "switch", "tell", "translate",
    "turn", "warm", "work", "write",
)  # fmt: skip
"""What a sentence begins with that is an order: it can be put politely."""
ASKED = (
    "can you {x}", "can you please {x}", "can u {x}", "could you {x}", "could you please {x}", "could you maybe {x}",
    "could you just {x}", "can you just {x}", "can you quickly {x}", "could you quickly {x}", "would you {x}",
    "would you please {x}", "would you kindly {x}", "will you {x}", "will you please {x}", "please {x}",
    "please could you {x}", "please can you {x}", "please just {x}", "just {x}", "kindly {x}", "now {x}",
    "now please {x}", "go ahead and {x}", "go and {x}", "go {x}", "i want you to {x}", "i'd like you to {x}",
    "i would like you to {x}", "i need you to {x}", "i want to {x}", "i'd like to {x}", "i would like to {x}",
    "i need to {x}", "i have to {x}", "i wish to {x}", "i'd love to {x}", "i'm trying to {x}",
    "i'm here to {x}", "we want to {x}", "we need to {x}", "we'd like to {x}", "we have to {x}", "let's {x}",
    "let us {x}", "let me {x}", "can i {x}", "can we {x}", "could i {x}", "could we {x}", "may i {x}", "help me {x}",
    "help me to {x}", "can you help me {x}", "can you help me to {x}", "could you help me {x}",
    "do me a favour and {x}", "do me a favor and {x}", "be so kind and {x}", "be a dear and {x}",
    "would you be so kind and {x}",
    "would it be possible to {x}", "is it possible to {x}", "is there a way to {x}", "are you able to {x}",
    "it would be great if you could {x}", "it would be nice if you could {x}", "i'd be glad if you could {x}",
    "i'd appreciate it if you could {x}", "i was hoping you could {x}", "i was wondering if you could {x}",
    "i wonder if you could {x}", "maybe you could {x}", "perhaps you can {x}", "you could {x}", "you can {x}",
    "you should {x}", "you may {x}", "you need to {x}", "why don't you {x}", "want you to {x}", "want to {x}",
    "wanna {x}", "need to {x}", "need you to {x}", "gotta {x}", "got to {x}", "time to {x}", "it's time to {x}",
    "don't forget to {x}", "remember to {x}", "make sure to {x}", "be sure to {x}", "try to {x}", "and {x}",
    "also {x}", "then {x}", "first {x}", "quickly {x}", "quick, {x}", "listen, {x}", "look, {x}", "right, {x}",
    "my request: {x}", "one thing: {x}", "one more thing, {x}", "next, {x}", "actually, {x}", "well, {x}",
    "{x} if you can", "{x} if possible", "{x} if you don't mind", "{x} would you", "{x} will you", "{x} right away",
    "{x} right now", "{x} immediately", "{x} quickly", "{x} when you can", "{x} would be great",
)  # fmt: skip
"""Ways to put an order."""
ASIDES = (
    "i'm in a hurry", "i have no time", "i'm tired", "i'm busy", "i'm at work", "i'm on the train",
    "i'm on my way home",
    "i just woke up", "i just came home", "i just got back", "i'm back", "i'm bored", "i'm not feeling well",
    "my hands are full", "my hands are wet", "my battery is low", "my phone is nearly empty", "i forgot my glasses",
    "i'm driving", "i'm cooking", "i'm in bed", "i'm working late", "i had a long day", "it was a long day",
    "it's late", "it's early", "it's monday again", "what a day", "sorry to bother you", "sorry it's me again",
    "it's me again", "me again", "hope you're well", "i hope you are fine", "nice to see you", "good to see you",
    "long time no see", "thanks for before", "thanks for your help", "that was quick", "you were very helpful",
    "you're great", "i like you", "one question", "i have a question", "i have a request", "i need your help",
    "i need something", "could you help me", "can you help me", "help me out", "my wife wants something",
    "my friends are coming", "my family is visiting", "we have guests", "the guests are here", "the kids are asleep",
    "the baby is sleeping", "the dog is barking", "my boss is waiting", "we're in a hurry", "we're nearly home",
)  # fmt: skip
"""Said before a request, and no part of it."""
