"""Whether a message can be the yes that the model took it for: nothing is done on "don't book it".

A net below the model, not a reader of answers: it never turns a message into a yes, and what it stops is asked again,
which costs the user one word. It knows plain refusals of five languages and looks no further.
"""

from __future__ import annotations

import re

_REFUSES = re.compile(
    r"\b(?:no|nope|nah|not|never|don['’]?t|doesn['’]?t|won['’]?t|can['’]?t|isn['’]?t|wrong|incorrect|refuse|stop|cancel"
    r"|nein|nee|nicht|keine?n?|niemals|falsch|abbrechen"
    r"|non|pas|jamais|annule[rz]?|faux"
    r"|nunca|jamás|cancela[r]?|incorrecto)\b"
    r"|不|别|没|取消",
    re.IGNORECASE,
)
"""Words that refuse. Spanish "no" is the English one."""
_AGREES = re.compile(
    r"\b(?:yes|yeah|yep|yup|ya|sure|ok|okay|right|correct|exactly|fine|good|great|perfect|please do|go ahead|of course"
    r"|confirm(?:ed)?|agreed?|absolutely|definitely"
    r"|why not|no problem|no objections?|not bad|no worries|don['’]?t worry|can['’]?t wait|nothing wrong"
    r"|ja|klar|gerne?|genau|stimmt|richtig|passt|warum nicht|kein problem"
    r"|oui|ouais|d['’]accord|bien sûr|exact|parfait|pourquoi pas|pas de problème"
    r"|sí|si|vale|claro|correcto|perfecto|por qué no)\b"
    r"|好|是|对|可以|行|没问题",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\bnot (?:ok|okay|right|correct|good|fine|great|sure|exactly)\b|\b(?:don['’]?t|do not|never) agree\b"
    r"|\bnicht (?:ok|okay|richtig|gut)\b|\bkeine? gute?\b|\bpas (?:bien|d['’]accord|exact|parfait)\b"
    r"|\bno (?:vale|está bien|es correcto)\b|不(?:是|对|好|可以|行)",
    re.IGNORECASE,
)
"""Agreement that is denied: "not ok"."""
_ACTS = (
    r"book|reserve|order|buy|send|do|go|make|place|put|set|turn|switch|start|open|close|lock|unlock|cancel|delete|remove"
    r"|change|call|confirm"
)
_ORDER_DENIED = re.compile(
    rf"\b(?:don['’]?t|do not|never)\s+(?:\w+ly\s+)?(?:{_ACTS})\b"
    r"|\b(?:buch|reservier|bestell|mach|tu|stornier)e?\s+(?:es|das|ihn|sie)\s+(?:\w+\s+)?nicht\b"
    r"|\bnicht\s+(?:buchen|reservieren|bestellen|machen|tun|stornieren)\b"
    r"|\bne\s+(?:le|la|les|l['’])?\s*(?:réserve|confirme|fai[st]|annule)\w*\s+pas\b"
    r"|\bno\s+(?:l[oae]s?\s+)?(?:reserve|hag|confirme|cancele|anule)\w*\b"
    r"|(?:别|不要)(?:预订|预定|订|做|确认|取消)",
    re.IGNORECASE,
)
"""An order that is denied, whatever stands before it: "ok, don't book it"."""


_ORDINAL = (
    r"first|second|third|fourth|fifth|sixth|last|other|erste[rns]?|zweite[rns]?|dritte[rns]?|letzte[rns]?"
    r"|premi[eè]re?r?|deuxième|dernière?|primer[oa]?|segund[oa]|últim[oa]"
)
_PICKS = re.compile(
    rf"\W*(?:(?:i(?:['’]d| would)? (?:like|take|want)|then|take)\s+)?(?:the|that|das|den|die|der|le|la|el)?\s*"
    rf"(?:(?:{_ORDINAL})(?:\s+one)?|(?:number|nummer|numéro|número|no\.?|#)?\s*\d+)[\s,]*(?:please|bitte)?\W*",
    re.IGNORECASE,
)
"""A message that is nothing but one of several: "the first", "number 2 please"."""


_PRAISES = frozenset(
    word
    for line in (
        "brilliant great perfect excellent awesome amazing lovely wonderful fantastic terrific super superb splendid",
        "nice cool good fine neat sweet helpful helps impressive marvellous marvelous appreciate appreciated wow yay",
        "thanks thank cheers",
        "prima toll klasse wunderbar spitze danke dankeschön hilft",
        "parfait génial merci excelente genial estupendo perfecto gracias 谢谢 太好了 很好 不错",
    )
    for word in line.split()
)
_BESIDE_PRAISE = frozenset(
    word
    for line in (
        "oh ah ok okay well yes really very so how just you your that it this that's it's you're is was are i i'm",
        "a an lot much many most quite truly absolutely pretty indeed for then job work one done love",
        "das ist sehr vielen gut c'est très bien muy me ayuda 了 啊",
    )
    for word in line.split()
)
"""Words that may stand beside praise and take nothing back."""


def praises_plainly(text: str) -> bool:
    """Return True for a message that only praises or thanks: that takes nothing back.

    >>> praises_plainly("brilliant!"), praises_plainly("that helps, thanks"), praises_plainly("thanks, but undo it")
    (True, True, False)
    """
    words = re.findall(r"[\w']+", text.lower().replace("’", "'"))
    return any(word in _PRAISES for word in words) and all(word in _PRAISES | _BESIDE_PRAISE for word in words)


def picks_plainly(text: str) -> bool:
    """Return True for a message that only picks one of several, where nothing was offered: that is no yes.

    >>> picks_plainly("the first one"), picks_plainly("2"), picks_plainly("yes, the first")
    (True, True, False)
    """
    return _PICKS.fullmatch(text) is not None


def refuses_plainly(text: str) -> bool:
    """Return True for a message that says no and nothing like yes, or denies the very act.

    >>> refuses_plainly("Don't book it."), refuses_plainly("yes, not a problem"), refuses_plainly("book it")
    (True, False, False)
    >>> refuses_plainly("ok, don't book it")
    True
    """
    if _ORDER_DENIED.search(text):
        return True
    agreeing = _AGREES.search(_TAKEN_BACK.sub(" not ", text))
    return agreeing is None and _REFUSES.search(text) is not None
