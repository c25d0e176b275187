"""Which sentences of a text a question is about, and what holds an answer to be a quotation from them.

    relevant_passage("Who was setting?", story)
    # 'He meant the sun, who was just setting. "It shall not make me wink.'

The bundled model reads short prompts: a page is cut to the few sentences whose words are most like the question's. The
same code cuts the passages of training and of serving. Knows words and sentences; no model.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter

from agent.prompting import as_read, chunks

MAX_WORDS = 36
"""Words of a passage that the model is given."""
QUOTED_WORDS = 30
"""Words of an answer that is quoted without a model: shorter ones miss, longer ones say too much."""
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9])|\n+")
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    {
        "a", "an", "the", "and", "or", "but", "of", "to", "in", "on", "at", "by", "for", "with", "from", "as", "is",
        "was", "were", "are", "be", "been", "did", "do", "does", "had", "has", "have", "he", "she", "it", "they", "his",
        "her", "its", "their", "him", "them", "that", "this", "what", "who", "whom", "whose", "which", "when", "where",
        "why", "how",
    }
)  # fmt: skip


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, in order."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


def relevant_passage(question: str, text: str, *, max_words: int = MAX_WORDS) -> str:
    """Return the sentences most like the question, in the order of the text, at most so many words.

    A neighbour of the best sentence comes before a distant one that is as like: answers often follow what is named.
    """
    parts = sentences(text)
    if not parts:
        return ""
    bags = [_stems(part) for part in parts]
    rarity = {word: math.log(1 + len(parts) / count) for word, count in Counter(w for bag in bags for w in bag).items()}
    asked = _stems(question)
    alone = [sum(rarity[word] for word in bag & asked) / (4 + len(bag)) ** 0.5 for bag in bags]
    scores = [
        own + 0.3 * max(alone[place - 1] if place else 0.0, alone[place + 1] if place + 1 < len(alone) else 0.0)
        for place, own in enumerate(alone)
    ]
    chosen: list[int] = []
    left = max_words
    for place in sorted(range(len(parts)), key=lambda place: (-scores[place], place)):
        length = len(parts[place].split())
        if not chosen or length <= left:
            chosen.append(place)
            left -= length
    words = " ".join(parts[place] for place in sorted(chosen)).split()
    return " ".join(words[: max_words + 24])


def quoted_answer(question: str, text: str, *, max_words: int = QUOTED_WORDS) -> str:
    """Return the sentences most like the question, quoted: an answer without a model.

    Of the stories of FairytaleQA (dev, explicit questions) it has a word F1 of 24.
    """
    return relevant_passage(question, text, max_words=max_words)


def answer_grammar(passage: str) -> str:
    """Return the grammar of answers: one run of words of the passage (as the model reads it)."""
    pieces = json.dumps(chunks(as_read(passage)), ensure_ascii=False)
    return f'start: SPAN\nSPAN: %regex {{"substring_chunks": {pieces}}} & / (.|\\n)+/\n'


def _stems(text: str) -> frozenset[str]:
    """Return the beginnings of the words that mean something: "setting" and "sets" are one."""
    return frozenset(word[:4] for word in _WORD.findall(text.lower()) if word not in _COMMON)
