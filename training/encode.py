"""From rows to what a model learns from: token ids, the positions that count, and the legal tokens at each of them.

A row is rendered by ``agent.prompting`` and its grammar is built by ``agent.grammar``, the code that serves. Where a
grammar holds the answer, it is walked along the target and the legal tokens of every step are kept: the loss is
normalised over them, and a step with one legal token is dropped, since nothing is decided there.

Knows rows, the tokenizer and the grammar engine; no model and no schedule. Loads no torch.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from agent.catalogue import Catalogue
from agent.grammar import GRAMMAR_VERSION, build_grammar
from agent.prompting import (
    COMMANDS,
    CONTROL_TOKENS,
    END,
    REPLY,
    TASK,
    TEMPLATE_VERSION,
    USER,
    render_speak,
    render_understand,
)
from agent.rows import Row, SpeakRow, UnderstandRow

Ids = npt.NDArray[np.uint16]
GrammarOf = Callable[[SpeakRow], str | None]
"""The grammar that holds a free text (an equation, say), or None."""


class BadRow(ValueError):
    """A row that cannot be learnt from: its target is outside its own grammar, or it is too long."""


@dataclass(frozen=True)
class Example:
    """One row as tokens."""

    ids: Ids
    # Prompt, target and end.
    prompt_length: int
    at: Ids
    # Positions in `ids` of the tokens to be learnt; each is predicted from the position before it.
    legal: Sequence[Ids]
    # Per learnt position its legal tokens; empty where every token is legal (free text).
    text_at: tuple[int, int]
    # Where the user's own words stand in the prompt: first position, one past the last.


NOTHING = Example(np.empty(0, dtype=np.uint16), 0, np.empty(0, dtype=np.uint16), (), (0, 0))
"""Stands in a chunk for a row that was left out, so that places in the chunk are places in the source."""


@dataclass(frozen=True)
class Rendered:
    """One row as text."""

    prompt: str
    target: str
    grammar: str | None


class Renderer:
    """Makes the text of a row: what is served, and what should come back."""

    def __init__(
        self,
        own: Catalogue,
        catalogue_of: Callable[[UnderstandRow], Catalogue],
        grammars: Mapping[str, GrammarOf] | None = None,
    ) -> None:
        """Prepare to render.

        Args:
            own: the project's skills.
            catalogue_of: the catalogue shown for a row of a corpus: the right intent among others.
            grammars: per speak task, how its answers are held.
        """
        self.own = own
        self._catalogue_of = catalogue_of
        self._grammars = dict(grammars or {})
        self._known = frozenset(own.signatures)

    def render(self, row: Row) -> Rendered:
        """Return prompt, target and grammar of a row."""
        if isinstance(row, SpeakRow):
            return self._speak(row)
        if row.catalogue == "own":
            catalogue, known = self.own, self._known
        else:
            catalogue, known = self._catalogue_of(row), frozenset()
        prompt = render_understand(catalogue, row.state, row.text, trained_on=known, last_reply=row.state.last_reply)
        target = "".join(f"{command}\n" for command in row.commands)
        return Rendered(prompt.text, target, build_grammar(catalogue, row.state, row.text))

    def _speak(self, row: SpeakRow) -> Rendered:
        skill = self.own.skills.get(row.skill)
        if skill is None:
            raise BadRow(f"skill {row.skill!r} is not in the catalogue; it has {', '.join(self.own.skills)}: {row!r}")
        prompt = render_speak(skill, row.fields)
        grammar_of = self._grammars.get(row.task)
        return Rendered(prompt.text, " " + row.target, grammar_of(row) if grammar_of else None)


class Encoder:
    """Makes examples of rows."""

    def __init__(self, tokenizer: Tokenizer, renderer: Renderer, *, context: int) -> None:
        """Prepare to encode.

        Args:
            tokenizer: the model's tokenizer.
            renderer: makes the text of a row.
            context: longest example, in tokens.
        """
        from llguidance import LLTokenizer

        self._tokenizer = tokenizer
        self._renderer = renderer
        self._context = context
        self._control = {token: control_id(tokenizer, token) for token in CONTROL_TOKENS}
        self._end = self._control[END]
        self._engine = LLTokenizer(tokenizer.to_str(), eos_token=self._end)
        self._vocab_size = tokenizer.get_vocab_size()

    def encode(self, row: Row) -> Example:
        """Return the example of a row.

        Raises:
            BadRow: the target is outside the row's grammar, or the example is longer than the context.
        """
        rendered = self._renderer.render(row)
        prompt: list[int] = self._tokenizer.encode(rendered.prompt, add_special_tokens=False).ids
        target: list[int] = self._tokenizer.encode(rendered.target, add_special_tokens=False).ids
        ids = np.array([*prompt, *target, self._end], dtype=np.uint16)
        if len(ids) > self._context:
            raise BadRow(f"{len(ids)} tokens, the model reads {self._context}; shorten or drop the row: {row!r}")
        if rendered.grammar is None:
            at = np.arange(len(prompt), len(ids), dtype=np.uint16)
            legal: list[Ids] = [np.empty(0, dtype=np.uint16)] * len(at)
        else:
            steps = [
                (len(prompt) + step, tokens)
                for step, tokens in enumerate(self._legal_steps(rendered.grammar, [*target, self._end], row))
                if len(tokens) > 1
            ]
            at = np.array([position for position, _ in steps], dtype=np.uint16)
            legal = [tokens for _, tokens in steps]
        return Example(ids, len(prompt), at, legal, self._text_span(prompt))

    def _legal_steps(self, grammar: str, target: list[int], row: Row) -> Iterator[Ids]:
        """Walk the grammar along the target and yield the legal tokens before each of its tokens."""
        from llguidance import LLMatcher

        matcher = LLMatcher(self._engine, grammar)
        if matcher.is_error():
            raise BadRow(f"its grammar does not compile ({matcher.get_error()}): {row!r}")
        for step, token in enumerate(target):
            mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
            tokens = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: self._vocab_size]).astype(np.uint16)
            if token not in tokens:
                whole = self._tokenizer.decode(target[:-1], skip_special_tokens=False)
                done = self._tokenizer.decode(target[:step], skip_special_tokens=False)
                found = self._tokenizer.id_to_token(token)
                allowed = [self._tokenizer.id_to_token(int(legal)) for legal in tokens[:12]]
                raise BadRow(
                    f"target {whole!r} leaves its grammar after {done!r}: {found!r} is not among {allowed}; "
                    f"correct the row: {row!r}"
                )
            yield tokens
            if token != self._end:
                matcher.consume_token(token)

    def _text_span(self, prompt: list[int]) -> tuple[int, int]:
        for opening, closing in ((USER, COMMANDS), (TASK, REPLY)):
            if self._control[opening] in prompt:
                return prompt.index(self._control[opening]) + 1, prompt.index(self._control[closing])
        return 0, 0


class Chunk:
    """Many examples in flat arrays, as they lie in a file."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], bad: Sequence[str] = ()) -> None:
        self._arrays = dict(arrays)
        self.bad = tuple(bad)
        # Why rows were left out.

    @classmethod
    def of(cls, examples: Sequence[Example], bad: Sequence[str] = ()) -> Chunk:
        """Pack examples."""
        legal = [tokens for example in examples for tokens in example.legal]
        return cls(
            {
                "ids": _joined([example.ids for example in examples]),
                "ids_end": _ends([len(example.ids) for example in examples]),
                "at": _joined([example.at for example in examples]),
                "at_end": _ends([len(example.at) for example in examples]),
                "legal": _joined(legal),
                "legal_end": _ends([len(tokens) for tokens in legal]),
                "prompt_length": np.array([example.prompt_length for example in examples], dtype=np.uint16),
                "text_at": np.array([example.text_at for example in examples], dtype=np.uint16).reshape(-1, 2),
            },
            bad,
        )

    def __len__(self) -> int:
        return len(self._arrays["prompt_length"])

    def __getitem__(self, index: int) -> Example:
        arrays = self._arrays
        first, last = _bounds(arrays["at_end"], index)
        return Example(
            ids=arrays["ids"][slice(*_bounds(arrays["ids_end"], index))],
            prompt_length=int(arrays["prompt_length"][index]),
            at=arrays["at"][first:last],
            legal=[arrays["legal"][slice(*_bounds(arrays["legal_end"], step))] for step in range(first, last)],
            text_at=(int(arrays["text_at"][index, 0]), int(arrays["text_at"][index, 1])),
        )

    def save(self, path: Path) -> None:
        """Write the chunk; the file appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        bad = np.frombuffer(json.dumps(self.bad).encode(), dtype=np.uint8)
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, bad=bad, **self._arrays)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Chunk:
        """Read a chunk."""
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files if name != "bad"}
            bad = json.loads(stored["bad"].tobytes())
        return cls(arrays, bad)


def encode_chunk(encoder: Encoder, rows: Sequence[Row], *, skip_bad: bool) -> Chunk:
    """Encode rows.

    Raises:
        BadRow: a row cannot be learnt from and ``skip_bad`` is False.
    """
    examples: list[Example] = []
    bad: list[str] = []
    for row in rows:
        try:
            examples.append(encoder.encode(row))
        except BadRow as error:
            if not skip_bad:
                raise
            bad.append(str(error))
            examples.append(NOTHING)
    return Chunk.of(examples, bad)


def chunk_name(rows: Sequence[Row], salt: str) -> str:
    """Return a name that changes with the rows, the tokenizer and catalogue (``salt``), and the rendering."""
    digest = hashlib.sha256(f"{TEMPLATE_VERSION} {GRAMMAR_VERSION} {salt}".encode())
    for row in rows:
        digest.update(row.model_dump_json(exclude_defaults=True).encode())
    return digest.hexdigest()[:24]


def control_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the id of a control token.

    Raises:
        ValueError: the tokenizer lacks it: it was not made by ``training.tokenizer``.
    """
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no token {token!r}; use one made by training.tokenizer")
    return found


def _joined(parts: Sequence[Ids]) -> Ids:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint16)


def _ends(lengths: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.cumsum(np.array(lengths, dtype=np.int64))


def _bounds(ends: npt.NDArray[np.int64], index: int) -> tuple[int, int]:
    return (int(ends[index - 1]) if index else 0), int(ends[index])
