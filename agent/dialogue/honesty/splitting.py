"""Cuts running text into sentences, also while it is still coming, and folds one for the rules to read.

A cut is made only where no text that may still come could unmake it: the same text gives the same sentences whether it
is read whole or in pieces.
"""

from __future__ import annotations

import re
import unicodedata

from agent.dialogue.honesty.tables import word_set

# Never the end of a sentence.
_ABBREVIATIONS = word_set(
    """
    mr mrs ms dr prof st vs e.g i.e no nr approx ca bzw z.b d.h u.a inkl ggf hr fr str tel mme mlle m sr
    sra srta dra ud uds env min av p.ej ref sgt jr rev gen col
    """
)
# The end of a sentence when a capital follows.
_CLOSING_ABBREVIATIONS = word_set("a.m p.m etc inc ltd co usw uhr std")
_GERMAN_DATE = re.compile(r"\b(?:am|den|dem|der|vom|zum|bis|ab|de[nr])\s\d{1,2}$", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"\s*[*_>#\s-]*\d{1,2}$")
_LAST_WORD = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]+(?:['’][^\W\d_]+)*$|\d+$")
_CLOSERS = "\"'”’»)]}*_`~」』）】"
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』"}
_LONGEST_QUOTE = 300
# Characters. An opened quotation is waited for so long; then it was a stray mark.

_MARKS = re.compile(r"[*`~#|\u200b-\u200f\u2060\ufe0f\U0001f3fb-\U0001f3ff]+")
_BULLET = re.compile(r"^\s*(?:[-–—•·>+]+\s+|\(?\d{1,2}[.)]\s+)+")
_QUOTED = re.compile(r"\"[^\"]*\"|„[^“”]*[“”]|“[^”]*”|«[^»]*»|「[^」]*」|『[^』]*』|(?<!\w)'(?=\w)[^']{3,}'(?!\w)")
# One word beside a quotation may only introduce it (Sure: "it is booked"), unless it speaks of the words themselves.
_EXPLAINS = re.compile(
    r"\b(?:means?|translates?|bedeutet|heißt|signifie|significa|whispered|replied)\b|意思|翻译|英语|德语|法语|句子|被动句|表示"
)
_OPENING_APOSTROPHE = re.compile(r"(?<!\w)'\w")
_DOTTED = re.compile(
    r"\b(" + "|".join(re.escape(word) for word in sorted(_ABBREVIATIONS)) + r"|[a-z]|\d+)\.(?= ?[^\W\d])"
)
_CAPITALISED = re.compile(r"(?<=[\w,'’] )[A-ZÄÖÜÉ][\w-]*[a-zà-ÿ][\w-]*")
_WORD = re.compile(r"[^\W\d_]+")


def sentence_end(text: str, start: int, *, final: bool) -> int | None:
    """Return where the sentence that begins at ``start`` ends, white space before it included.

    None when it is not known yet; with ``final`` no more text will come, and the answer is always known.
    """
    position = start
    while position < len(text) and text[position].isspace():
        position += 1
    first = position
    while position < len(text):
        char = text[position]
        if char == "\n" and position > first:
            return position
        if char in _QUOTES:
            closing = _closing_quote(text, position)
            if closing is None and not final and _may_still_close(text, position):
                return None
            if closing is not None:
                position = closing
                if text[position - 1] not in ".!?。！？…":
                    position += 1
                    continue
                char = text[position - 1]
        if char in ".!?。！？…":
            end = position + 1
            while end < len(text) and text[end] in ".!?。！？…" + _CLOSERS:
                end += 1
            verdict = _is_end(text, first, position, end, final=final)
            if verdict is None:
                return None
            if verdict:
                return end
            position = end
        else:
            position += 1
    return len(text) if final else None


def _is_end(text: str, first: int, position: int, end: int, *, final: bool) -> bool | None:
    """Decide whether the marks from ``position`` to ``end`` close the sentence; None when that is not known yet."""
    following = end
    while following < len(text) and text[following].isspace() and text[following] != "\n":
        following += 1
    if following == len(text):
        return True if final else None
    spaced, after = following > end, text[following]
    marks = text[position:end].rstrip(_CLOSERS)
    if after == "\n" or any(mark in "。！？" for mark in marks):
        return True
    if marks in ("...", "…", "..") or set(marks) == {"…"}:
        return after.isupper()
    if "!" in marks or "?" in marks:
        return spaced or after.isalnum() or ord(after) > 0x2000
    word = _LAST_WORD.search(text, first, position)
    before = word[0].lower() if word else ""
    if not spaced:
        return after.isupper() and len(before) > 1 and before.isalpha() and text[position - 1].islower()
    if before in _ABBREVIATIONS or (len(before) == 1 and before.isalpha() and before not in "iy"):
        return False
    if before in _CLOSING_ABBREVIATIONS or not (before or text[position - 1] in _CLOSERS):
        return after.isupper()
    if before.isdigit():
        return not (_GERMAN_DATE.search(text, first, position) or _LIST_NUMBER.fullmatch(text, first, position))
    return True


def _closing_quote(text: str, position: int) -> int | None:
    closers = _QUOTES[text[position]]
    for place in range(position + 1, min(len(text), position + _LONGEST_QUOTE)):
        if text[place] == "\n":
            return None
        if text[place] in closers and place > position + 1:
            return place
    return None


def _may_still_close(text: str, position: int) -> bool:
    return len(text) - position < _LONGEST_QUOTE and "\n" not in text[position:]


def fold(sentence: str) -> str:
    """Return a sentence in small letters, without marks of layout, and with what it quotes of others struck out."""
    sentence = _MARKS.sub("", unicodedata.normalize("NFKC", sentence)).replace("_", " ")
    sentence = _BULLET.sub("", sentence.replace("’", "'").replace("‘", "'").replace("´", "'"))
    sentence = _DOTTED.sub(r"\1", " ".join(sentence.lower().split()))
    if not _OPENING_APOSTROPHE.search(sentence):
        sentence = sentence.replace("s' ", "s ")
    around = _QUOTED.sub(" ", sentence)
    if len(_WORD.findall(around)) >= 2 or _EXPLAINS.search(around):
        sentence = _QUOTED.sub(" quoted ", sentence)
    return re.sub(r"[\"„“”«»「」『』]", " ", sentence)


def names(sentence: str) -> frozenset[str]:
    """Return the words, in small letters, that are written as names are: with a capital inside a sentence."""
    return frozenset(word.lower() for word in _CAPITALISED.findall(sentence))
