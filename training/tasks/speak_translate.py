"""Translations to be written: English and German sentences, one right answer each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row, SpeakRow
from training.corpora import PairRow, read_corpus
from training.tasks.common import Said, Source, plain, typed
from training.tasks.own_translation import MAX_WORDS
from training.tasks.phrases import load_phrases

_FORMAL = re.compile(r"\b(?:Sie|Ihnen|Ihr|Ihre|Ihren|Ihrem|Ihrer)\b")
_PLURAL = re.compile(r"\b(?:ihr|euch|euer|eure|euren|eurem)\b")
_DU = re.compile(r"\b(?:du|dich|dir|dein\w*)\b", re.IGNORECASE)
_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
# What people ask first; said more often in training where the data has it.
_COMMON = frozenset(plain(text) for text in load_phrases("common"))
_COMMON_TIMES = 6


def speak_translate(source: Source) -> Iterator[Row]:
    """Sentence pairs both ways, short ones mostly first; one translation a sentence, so there is one right answer."""
    into_german: dict[str, list[PairRow]] = {}
    into_english: dict[str, list[PairRow]] = {}
    for name in ("phrasebooks", "tatoeba"):
        for pair in read_corpus(source.data, name, f"en-de.{source.split}", PairRow):
            if max(len(pair.src.split()), len(pair.tgt.split())) <= MAX_WORDS and "…" not in pair.src + pair.tgt:
                into_german.setdefault(plain(pair.src), []).append(pair)
                into_english.setdefault(plain(pair.tgt), []).append(pair)
    items: list[tuple[float, str, str, str]] = []
    for pairs in into_german.values():
        best = min(pairs, key=lambda pair: (_register(pair), len(pair.tgt), pair.tgt))
        items += _weighed(source, best.src, best.tgt, "german")
    for pairs in into_english.values():
        best = min(pairs, key=lambda pair: (len(pair.src), pair.src))
        items += _weighed(source, best.tgt, best.src, "english")
    for _, text, target_text, target in sorted(items):
        yield SpeakRow(
            task="translate",
            skill="translation",
            fields={"text": _as_typed(source, text), "target": target},
            target=target_text,
            lang="de" if target == "german" else "en",
        )


def _register(pair: PairRow) -> int:
    """Return how far a German "you" is from the plain du: lower is preferred."""
    if not _YOU.search(pair.src):
        # Imperatives: "Help me" as "Hilf mir" is shorter than "Helfen Sie mir" anyway, but not than "Helft mir".
        return 2 if _FORMAL.search(pair.tgt) else 0
    return 0 if _DU.search(pair.tgt) else 2 if _FORMAL.search(pair.tgt) else 3 if _PLURAL.search(pair.tgt) else 1


def _weighed(source: Source, text: str, target_text: str, target: str) -> list[tuple[float, str, str, str]]:
    """Return the item with its place in the order: short ones mostly first, common phrases several times."""
    words = max(1, len(text.split()))
    english = text if target == "german" else target_text
    times = _COMMON_TIMES if source.training and plain(english) in _COMMON else 1
    # Weighted shuffle (Efraimidis and Spirakis): weight 1/words, so a cap on rows keeps all lengths, short ones more.
    return [(-(source.rng.random() ** float(words)), text, target_text, target) for _ in range(times)]


def _as_typed(source: Source, text: str) -> str:
    if source.rng.random() >= 0.3:
        return text
    # The speller's part is not the translator's: no typos here.
    said = typed(Said(text), source.rng, typos=0.0).text
    return said.lower() if source.rng.random() < 0.5 else said
