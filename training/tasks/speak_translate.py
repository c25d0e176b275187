"""Translations to be written: sentences in English and another language, one right answer each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.rows import Row, SpeakRow
from training.corpora import PairRow, read_corpus
from training.tasks.common import Said, Source, plain, typed
from training.tasks.own_translation import MAX_WORDS
from training.tasks.phrases import load_phrases


@dataclass(frozen=True)
class Language:
    """What is to be known of the language beside English."""

    name: str
    # As the translation skill calls it.
    code: str
    familiar: re.Pattern[str]
    # Words of one friend being spoken to: the form of "you" that is learnt, where there are several.
    polite: re.Pattern[str]
    several: re.Pattern[str]
    # Words of several friends being spoken to.
    sets: tuple[str, ...] = ("phrasebooks", "tatoeba")

    @property
    def source(self) -> str:
        """The source of a mixture that teaches it, which is the task too."""
        return "translate" if self.code == "de" else f"translate_{self.code}"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_NEVER = re.compile(r"(?!)")
LANGUAGES = {
    language.code: language
    for language in (
        Language(
            "german",
            "de",
            _words("[Dd]u", "[Dd]ich", "[Dd]ir", r"[Dd]ein\w*"),
            _words("Sie", "Ihnen", "Ihr", "Ihre", "Ihren", "Ihrem", "Ihrer"),
            _words("ihr", "euch", "euer", "eure", "euren", "eurem"),
        ),
        Language(
            "french",
            "fr",
            _words("[Tt]u", "[Tt]e", "[Tt]oi", "[Tt]on", "[Tt]a", "[Tt]es", "[Tt]['’]"),
            _words("[Vv]ous", "[Vv]otre", "[Vv]os"),
            _NEVER,
        ),
        Language(
            "spanish",
            "es",
            _words("[Tt]ú", "[Tt]e", "[Tt]i", "[Tt]us?", "contigo"),
            _words("[Uu]sted"),
            _words("[Uu]stedes", "[Vv]osotr[oa]s", "[Oo]s", "[Vv]uestr[oa]s?"),
        ),
        Language(
            "chinese",
            "zh",
            re.compile("你(?!们)"),
            re.compile("您"),
            re.compile("你们"),
            ("tatoeba", "hsk_cedict"),
        ),
    )
}
_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
_HAN_A_WORD = 2
# Chinese characters that count as one word.
_WORDS_OF_A_LIST = 0.1
# Share of the dictionary's words that is used: they are senses, not sentences.
# What people ask first; said more often in training where the data has it.
_COMMON = frozenset(plain(text) for text in load_phrases("common"))
_COMMON_TIMES = 6


def speak_translate(source: Source, code: str = "de") -> Iterator[Row]:
    """Sentence pairs both ways, short ones mostly first; one translation a sentence, so there is one right answer.

    Args:
        source: where the pairs are.
        code: of the language beside English: de, fr, es or zh.
    """
    language = LANGUAGES[code]
    from_english: dict[str, list[PairRow]] = {}
    into_english: dict[str, list[PairRow]] = {}
    for name in language.sets:
        for pair in read_corpus(source.data, name, f"en-{code}.{source.split}", PairRow):
            if name == "hsk_cedict" and not source.keep(_WORDS_OF_A_LIST):
                continue
            if max(_length(pair.src), _length(pair.tgt)) <= MAX_WORDS and "…" not in pair.src + pair.tgt:
                from_english.setdefault(plain(pair.src), []).append(pair)
                into_english.setdefault(plain(pair.tgt), []).append(pair)
    items: list[tuple[float, str, str, str]] = []
    for pairs in from_english.values():
        best = min(pairs, key=lambda pair: (_register(pair, language), len(pair.tgt), pair.tgt))
        items += _weighed(source, best.src, best.tgt, language.name)
    for pairs in into_english.values():
        best = min(pairs, key=lambda pair: (len(pair.src), pair.src))
        items += _weighed(source, best.tgt, best.src, "english")
    for _, text, target_text, target in sorted(items):
        yield SpeakRow(
            task="translate",
            skill="translation",
            fields={"text": _as_typed(source, text), "target": target},
            target=target_text,
            lang="en" if target == "english" else code,
        )


def _length(text: str) -> int:
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in text)
    return max(len(text.split()), -(-han // _HAN_A_WORD))


def _register(pair: PairRow, language: Language) -> int:
    """Return how far a "you" is from what one says to a friend: lower is preferred."""
    polite = bool(language.polite.search(pair.tgt))
    if not _YOU.search(pair.src):
        # Imperatives: "Help me" as "Hilf mir" is shorter than "Helfen Sie mir" anyway, but not than "Helft mir".
        return 2 if polite else 0
    several = bool(language.several.search(pair.tgt))
    return 0 if language.familiar.search(pair.tgt) and not several else 2 if polite else 3 if several else 1


def _weighed(source: Source, text: str, target_text: str, target: str) -> list[tuple[float, str, str, str]]:
    """Return the item with its place in the order: short ones mostly first, common phrases several times."""
    words = max(1, _length(text))
    english = target_text if target == "english" else text
    times = _COMMON_TIMES if source.training and plain(english) in _COMMON else 1
    # Weighted shuffle (Efraimidis and Spirakis): weight 1/words, so a cap on rows keeps all lengths, short ones more.
    return [(-(source.rng.random() ** float(words)), text, target_text, target) for _ in range(times)]


def _as_typed(source: Source, text: str) -> str:
    if source.rng.random() >= 0.3:
        return text
    # The speller's part is not the translator's: no typos here.
    said = typed(Said(text), source.rng, typos=0.0).text
    return said.lower() if source.rng.random() < 0.5 else said
