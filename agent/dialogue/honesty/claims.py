"""Finds the claims of a text, and puts an honest sentence in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from agent.dialogue.honesty.splitting import fold, names, sentence_end

HONEST_SENTENCES = {
    "en": "I have not done anything just now: I only do things through my skills, and then I show the receipt.",
    "de": "Ich habe gerade nichts getan: Ich handle nur über meine Fähigkeiten, und dann zeige ich den Beleg.",
    "fr": "Je n'ai rien fait à l'instant : je n'agis que par mes compétences, et je montre alors le reçu.",
    "es": "No he hecho nada ahora mismo: solo actúo con mis habilidades, y entonces muestro el recibo.",
    "zh": "我刚才什么都没有做：我只通过技能做事，做完会给出凭据。",
}
"""What is said instead of a claim, by language."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-zà-ÿ]")


@dataclass(frozen=True)
class Claim:
    """A sentence that claims an effect."""

    sentence: str
    # As it was written.
    span: tuple[int, int]
    # Where it stands in the text, end exclusive.
    rule: str
    # What it tripped: the language and the name of the rule, as in "en.i_did".


class Rules(Protocol):
    """The rules of one language."""

    def first_claim(self, sentence: str, names: frozenset[str]) -> str | None:
        """Return the name of the rule that a folded sentence trips, or None.

        ``names`` are those of its words that are written like names.
        """


class HonestStream:
    """Text on its way to the user: a sentence is shown when it is complete and claims nothing.

    Args:
        lang: the language of the honest sentence; claims are found in every language that has rules.
    """

    def __init__(self, lang: str = "en") -> None:
        self._instead = HONEST_SENTENCES.get(lang.split("-")[0].lower(), HONEST_SENTENCES["en"])
        self._text = ""
        self._done = 0
        self._claims: list[Claim] = []

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What was withheld so far."""
        return tuple(self._claims)

    def feed(self, piece: str) -> str:
        """Take the next piece and return what may be shown now."""
        self._text += piece
        return self._advance(final=False)

    def close(self) -> str:
        """Return what may be shown of the rest; no more text will come."""
        return self._advance(final=True)

    def _advance(self, *, final: bool) -> str:
        shown: list[str] = []
        while self._done < len(self._text):
            end = sentence_end(self._text, self._done, final=final)
            if end is None:
                break
            piece = self._text[self._done : end]
            claim = _claim(piece, self._done)
            if claim is None:
                shown.append(piece)
            else:
                if not self._claims:
                    shown.append(piece[: len(piece) - len(piece.lstrip())] + self._instead)
                self._claims.append(claim)
            self._done = end
        return "".join(shown)


def honest(text: str, lang: str = "en") -> tuple[str, tuple[Claim, ...]]:
    """Return a text with the first claim replaced by an honest sentence and the others dropped, and the claims."""
    stream = HonestStream(lang)
    shown = stream.feed(text) + stream.close()
    return shown, stream.claims


def find_claims(text: str) -> list[Claim]:
    """Return the sentences of a text that claim that something was done, is under way, or is certain to be done."""
    return list(honest(text)[1])


def _claim(piece: str, offset: int) -> Claim | None:
    sentence = fold(piece)
    written, named = piece.strip(), names(piece)
    for language in ("zh",) * bool(_HAN.search(sentence)) + _LATIN_RULES * bool(_LATIN.search(sentence)):
        rule = _rules(language).first_claim(sentence, named)
        if rule is not None:
            start = offset + len(piece) - len(piece.lstrip())
            return Claim(written, (start, start + len(written)), rule)
    return None


_LATIN_RULES = ("en", "de", "fr", "es")


@cache
def _rules(language: str) -> Rules:
    # Compiled on first use: a session that never talks freely does not pay for it.
    from agent.dialogue.honesty import chinese, english, french, german, spanish

    known: dict[str, Rules] = {
        "en": english.ENGLISH,
        "de": german.GERMAN,
        "fr": french.FRENCH,
        "es": spanish.SPANISH,
        "zh": chinese.CHINESE,
    }
    return known[language]
