"""What nobody's catalogue holds: questions about the world and requests of other trades, as CLINC150's `oos` has them.

Texts of other public sets whose meaning is none of CLINC150's 150 intents, chosen by the source's own labels.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.corpora import CorpusRow, NluRow, read_corpus

OUTSIDE_SETS = ("opentriviaqa", "dolly_sample", "hwu64", "snips2017")
OUTSIDE_LICENCES = "CC BY-SA 4.0; CC BY-SA 3.0; CC BY 4.0; CC0 1.0"
_LONGEST = 14
# Words: CLINC150's own have at most about so many.
_HWU_OUTSIDE = {
    "email_addcontact", "email_query", "email_querycontact", "iot_cleaning", "iot_coffee", "news_query",
    "play_audiobook", "play_game", "play_podcasts", "play_radio", "qa_factoid", "qa_stock", "recommendation_events",
    "recommendation_movies", "social_post", "social_query", "transport_ticket",
}  # fmt: skip
_SNIPS_OUTSIDE = {"RateBook", "SearchScreeningEvent", "SearchCreativeWork"}
_SHARES = {"trivia": 9, "open questions": 6, "hwu": 6, "snips": 2}


def outside_texts(data: Path, rng: random.Random) -> list[str]:
    """Return texts of all sources in random order, the shares of the sources as set above at every length."""
    pools = {
        "trivia": list(_questions(data, "opentriviaqa", "question")),
        "open questions": list(_questions(data, "dolly_sample", "instruction")),
        "hwu": [row.text for row in read_corpus(data, "hwu64", "train", NluRow) if row.intent in _HWU_OUTSIDE],
        "snips": [row.text for row in read_corpus(data, "snips2017", "train", NluRow) if row.intent in _SNIPS_OUTSIDE],
    }
    weighed: list[tuple[float, str]] = []
    for name, texts in pools.items():
        rng.shuffle(texts)
        weighed += [((number + rng.random()) / _SHARES[name], text) for number, text in enumerate(texts)]
    return [text for _, text in sorted(weighed) if len(text.split()) <= _LONGEST]


def _questions(data: Path, name: str, field: str) -> Iterator[str]:
    for row in read_corpus(data, name, "train", CorpusRow):
        text: Any = (row.model_extra or {}).get(field)
        if isinstance(text, str) and 3 <= len(text.split()) <= _LONGEST and "\n" not in text and ":" not in text:
            yield text
