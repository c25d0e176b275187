"""What the oracle writes where a skill asks the model for a text: the shortest one that the grammar allows.

It is legal and nothing more: whether a model writes a *good* text is measured elsewhere.
"""

from __future__ import annotations

import random
from functools import lru_cache

from llguidance import LLMatcher, LLTokenizer

TEXT = "word for word"
"""Stands for free text. It claims nothing."""
_LONGEST = 200


@lru_cache(maxsize=512)
def draft_for(grammar: str | None) -> str:
    """Return a short text that the grammar accepts; a fixed one where there is no grammar."""
    if grammar is None:
        return TEXT
    tokenizer = LLTokenizer("byte")
    rng = random.Random(0)
    for _ in range(20):
        matcher = LLMatcher(tokenizer, grammar)
        written: list[int] = []
        while len(written) < _LONGEST and not matcher.is_accepting():
            bias = matcher.compute_logit_bias()
            legal = [token for token, allowed in enumerate(bias) if allowed and token < 256]
            if not legal:
                break
            token = legal[0] if rng.random() < 0.5 else rng.choice(legal)
            matcher.consume_token(token)
            written.append(token)
        if matcher.is_accepting():
            return bytes(written).decode("utf-8", "replace")
    raise ValueError(f"found no text that the grammar accepts within {_LONGEST} bytes: {grammar[:200]!r}")
