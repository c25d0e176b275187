"""Beam search: several unfinished answers are carried on side by side, and the most probable whole one is kept.

Greedy decoding takes the most probable next token and can never go back on it; a small model's translations gain
several BLEU from having four to choose from. Scores are those of vLLM's beam search, so that both backends mean the
same by it. Knows probabilities; runs no network and no tokenizer.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.backends.qwen3 import Floats

Step = Callable[[Sequence[int], Sequence[int]], Floats]
"""Takes the beams that are carried on (a beam may be, more than once) and the token that each is carried on with;
returns the logits `(beams, vocab)` of the tokens after these."""


@dataclass(frozen=True)
class _Beam:
    tokens: tuple[int, ...]
    log_probability: float


def search(
    logits: Floats,
    step: Step,
    *,
    beams: int,
    max_tokens: int,
    ends: Collection[int],
    legal: NDArray[np.intp],
    prompt_tokens: int,
) -> list[int]:
    """Return the tokens of the best answer found, without the end.

    Args:
        logits: `(vocab,)`, of the first token.
        step: carries beams on.
        beams: how many are kept.
        max_tokens: answers are cut there.
        ends: tokens that end an answer.
        legal: `(legal,)`, the tokens that may come up.
        prompt_tokens: tokens before the answer; an answer's score is its mean log-probability over both.
    """

    def score(beam: _Beam) -> float:
        return beam.log_probability / (prompt_tokens + len(beam.tokens))

    live, finished = [_Beam((), 0.0)], list[_Beam]()
    following = logits[None]
    for length in range(max_tokens):
        continued: list[tuple[float, int, int]] = []
        for place, (beam, scores) in enumerate(zip(live, _log_softmax(following[:, legal]), strict=True)):
            # As many as there may be beams in the end, were half of them to end here.
            best = np.argpartition(-scores, min(2 * beams, len(scores)) - 1)[: 2 * beams]
            for index in best:
                token, reached = int(legal[index]), beam.log_probability + float(scores[index])
                if token in ends:
                    finished.append(_Beam(beam.tokens, reached))
                else:
                    continued.append((reached, place, token))
        kept = heapq.nlargest(beams, continued)
        finished = heapq.nlargest(beams, finished, key=score)
        live = [_Beam((*live[place].tokens, token), reached) for reached, place, token in kept]
        # What is longer is less probable: the rest cannot but lose, except by a lower mean.
        if not live or length + 1 == max_tokens or (len(finished) == beams and score(live[0]) <= score(finished[-1])):
            break
        following = step([place for _, place, _ in kept], [token for _, _, token in kept])
    return list(max((*finished, *live), key=score).tokens)


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    normed: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return normed
