"""Decoding with one of factotum's own models: prompt text in, pieces of the answer out, held to a grammar.

The grammar engine (llguidance) is the one vLLM's guidance backend uses, so the same text means the same on both; it
also brings the tokenizer, which reads the model's tokenizer.json. Synchronous, one answer at a time; threads, deadlines
and event loops are the business of ``agent.backends.local``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from numpy.typing import NDArray

from agent.backends import beam
from agent.backends.base import Request
from agent.backends.qwen3 import BLOCK, Floats, Qwen3
from agent.errors import BackendUnavailable, ModelNotUsable

TOKENIZER_FILE = "tokenizer.json"


class Decoder:
    """A loaded model that answers.

    >>> decoder = Decoder(model_dir)
    >>> "".join(decoder.pieces(request, lambda: None))
    """

    def __init__(self, model_dir: Path) -> None:
        """Load weights and tokenizer.

        Raises:
            ModelNotUsable: a file is missing, truncated, or does not fit the others.
        """
        if not model_dir.is_dir():
            raise ModelNotUsable(
                f"there is no model directory {model_dir}; expected one with config.json, model.safetensors and "
                f"{TOKENIZER_FILE}; train one (python -m training train) or reinstall the package"
            )
        self._network = Qwen3.load(model_dir)
        config = self._network.config
        self._ends = frozenset(config.end_ids)
        self._tokenizer = _read_tokenizer(model_dir / TOKENIZER_FILE, config.vocab_size, config.end_ids)
        self._bytes = [self._tokenizer.decode_bytes([token]) for token in range(config.vocab_size)]
        self._control_ids = {
            text.decode("utf-8"): token
            for token, text in enumerate(self._bytes)
            if text and self._tokenizer.is_special_token(token)
        }
        longest_first = sorted(self._control_ids, key=len, reverse=True)
        # One group, so that a split keeps what it splits at. Without any control token the pattern never matches.
        self._control = re.compile(f"({'|'.join(map(re.escape, longest_first)) or '(?!)'})")
        # Free text may be any text, and may end; it may not hold control tokens. Ids without text are padding.
        self._free: NDArray[np.intp] = np.array(
            [
                token
                for token, text in enumerate(self._bytes)
                if token in self._ends or (text and not self._tokenizer.is_special_token(token))
            ]
        )
        self._cache = self._network.new_cache()
        self._read: list[int] = []
        # The tokens of those whole blocks at the beginning of the cache that were read as a prompt.

    def pieces(self, request: Request, checkpoint: Callable[[], None]) -> Iterator[str]:
        """Yield the answer, at most one piece a token; a piece is never half a character.

        An answer that ``max_tokens`` cuts short is yielded as far as it goes, also under a grammar: whoever parses it
        finds out. ``checkpoint`` is called before every step of the network; what it raises ends the answer.

        Raises:
            BackendUnavailable: the prompt is too long for the model, or the grammar cannot be used.
        """
        prompt = self.encode(request.prompt.text)
        limit = self._network.config.max_position_embeddings
        if not prompt or len(prompt) >= limit:
            raise BackendUnavailable(
                f"the prompt has {len(prompt)} tokens; this model reads at least 1 and at most {limit - 1}; "
                "shorten the text, or list fewer skills"
            )
        if request.beams > 1:
            yield self._best(prompt, request, checkpoint)
            return
        matcher = self._matcher(request.grammar) if request.grammar is not None else None
        sampler = np.random.default_rng(request.seed) if request.temperature > 0 else None
        # A character may be spread over tokens. What is no character at all (only free text can hold such) is left out.
        decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        unread = self._forget_from(prompt)
        room = min(request.max_tokens, limit - len(prompt))
        while room > 0:
            checkpoint()
            forced = matcher.compute_ff_tokens() if matcher is not None else []
            if forced:
                tokens = forced
            else:
                legal = self._legal(matcher)
                if len(legal) == 1:
                    # There is nothing to decide, so the network need not be asked.
                    tokens = [int(legal[0])]
                else:
                    tokens = [_pick(self._logits(unread, checkpoint), legal, request.temperature, sampler)]
                    unread = []
            tokens = tokens[:room]
            text = b"".join(self._bytes[token] for token in tokens if token not in self._ends)
            piece = decode(text)
            if piece:
                yield piece
            if self._ends.intersection(tokens):
                return
            if matcher is not None:
                matcher.consume_tokens(tokens)
                _check(matcher)
                if matcher.is_stopped():
                    return
            unread += tokens
            room -= len(tokens)

    def _best(self, prompt: list[int], request: Request, checkpoint: Callable[[], None]) -> str:
        """Return the answer that beam search finds."""
        logits = self._logits(self._forget_from(prompt), checkpoint)
        cache = self._network.new_cache(request.beams)
        before = self._cache

        def step(carried_on: Sequence[int], tokens: Sequence[int]) -> Floats:
            nonlocal before
            checkpoint()
            cache.take(before, carried_on)
            before = cache
            return self._network.forward_each([[token] for token in tokens], cache)

        tokens = beam.search(
            logits,
            step,
            beams=request.beams,
            max_tokens=min(request.max_tokens, self._network.config.max_position_embeddings - len(prompt)),
            ends=self._ends,
            legal=self._free,
            prompt_tokens=len(prompt),
        )
        return b"".join(self._bytes[token] for token in tokens).decode("utf-8", "ignore")

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a prompt, as training makes them; control tokens in it are one token each."""
        # The engine's own search for control tokens (parse_special) also cuts at "<b>" and the like, where training
        # does not cut. So control tokens are set apart here, and the engine sees plain text only.
        prompt: list[int] = []
        for part in self._control.split(text):
            if part in self._control_ids:
                prompt.append(self._control_ids[part])
            else:
                # A lone half of a surrogate pair has no bytes: it becomes a "?".
                prompt += self._tokenizer.tokenize_bytes(part.encode("utf-8", "replace"))
        return prompt

    def _matcher(self, grammar: str) -> LLMatcher:
        # Logging off: the engine writes to standard error, where the terminal assistant draws.
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0)
        _check(matcher)
        return matcher

    def _legal(self, matcher: LLMatcher | None) -> NDArray[np.intp]:
        if matcher is None:
            return self._free
        legal = np.frombuffer(matcher.compute_logit_bias(), np.uint8).nonzero()[0]
        _check(matcher)
        if not len(legal):
            raise BackendUnavailable("the grammar allows no token here; it cannot be fulfilled with this tokenizer")
        return legal

    def _forget_from(self, prompt: list[int]) -> list[int]:
        """Keep what the cache has of this prompt, in whole blocks, and return the tokens still to be read.

        Only whole blocks, since a sum over other shapes rounds otherwise: an answer must not depend on the one before.
        """
        kept = 0
        # The last token is always read again: its logits are asked for.
        while kept + BLOCK < len(prompt) and self._read[kept : kept + BLOCK] == prompt[kept : kept + BLOCK]:
            kept += BLOCK
        self._cache.length = kept
        del self._read[kept:]
        return prompt[kept:]

    def _logits(self, tokens: list[int], checkpoint: Callable[[], None]) -> Floats:
        """Read tokens and return the logits after the last; long ones in blocks, between which reading can stop."""
        for start in range(0, len(tokens), BLOCK):
            checkpoint()
            block = tokens[start : start + BLOCK]
            logits = self._network.forward(block, self._cache)
            if len(block) == BLOCK and len(self._read) + BLOCK == self._cache.length:
                self._read += block
        return logits


def _pick(logits: Floats, legal: NDArray[np.intp], temperature: float, sampler: np.random.Generator | None) -> int:
    scores = logits[legal]
    if sampler is None:
        return int(legal[scores.argmax()])
    weights = np.exp((scores.astype(np.float64) - scores.max()) / temperature).cumsum()
    # The bound is for a draw that rounds up to the sum of all.
    position = min(int(weights.searchsorted(sampler.random() * weights[-1], side="right")), len(legal) - 1)
    return int(legal[position])


def _check(matcher: LLMatcher) -> None:
    if matcher.is_error():
        raise BackendUnavailable(
            f"the grammar cannot be used ({matcher.get_error().strip()}); "
            "this is a fault of the skill that it was built from, or of factotum: please report it"
        )


def _read_tokenizer(path: Path, vocab_size: int, ends: tuple[int, ...]) -> LLTokenizer:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelNotUsable(f"{path} cannot be read ({error}); reinstall or release the model again") from error
    try:
        size = LLTokenizer(text, slices=[]).vocab_size
        if size > vocab_size:
            raise ModelNotUsable(
                f"{path} has {size} tokens, the weights beside it {vocab_size}: they belong to two models; "
                "release the model again"
            )
        return LLTokenizer(text, n_vocab=vocab_size, eos_token=list(ends))
    except ModelNotUsable:
        raise
    except Exception as error:  # The engine raises bare ValueError and Exception alike.
        raise ModelNotUsable(
            f"{path} is no tokenizer of the Hugging Face kind ({error}); reinstall or release the model again"
        ) from error
