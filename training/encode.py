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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from agent.catalogue import Catalogue
from agent.declaration import Skill
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

if TYPE_CHECKING:
    from llguidance import LLMatcher

Ids = npt.NDArray[np.unsignedinteger[Any]]
GrammarOf = Callable[[SpeakRow], str | None]
"""The grammar that holds a free text (an equation, say), or None."""


_COMPILED = 200
# Grammars kept compiled.


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


@dataclass(frozen=True)
class View:
    """A row as it is shown."""

    row: UnderstandRow
    # With the names of the catalogue.
    catalogue: Catalogue
    known: frozenset[str]
    # Intents that are not listed, because the model is to know them by heart.


class Renderer:
    """Makes the text of a row: what is served, and what should come back."""

    def __init__(
        self,
        own: Catalogue,
        view_of: Callable[[UnderstandRow], View],
        grammars: Mapping[str, GrammarOf] | None = None,
        speakers: Mapping[str, Skill] | None = None,
        known: Sequence[Catalogue] = (),
    ) -> None:
        """Prepare to render.

        Args:
            own: the project's skills.
            view_of: how a row is shown: among which intents, which of them listed.
            grammars: per speak task, how its answers are held.
            known: the public catalogues that the model is to know by name.
            speakers: what stands for a skill that the project's do not (yet) hold: a name and a prompt.
        """
        self.own = own
        self._view_of = view_of
        self._grammars = dict(grammars or {})
        self._speakers = dict(speakers or {})
        self.known = tuple(known)

    def catalogue_of(self, name: str) -> Catalogue:
        """Return the catalogue that rows of this name are shown with, whatever they say."""
        return self._view_of(UnderstandRow(text="-", commands=("refuse",), catalogue=name)).catalogue

    def render(self, row: Row) -> Rendered:
        """Return prompt, target and grammar of a row."""
        if isinstance(row, SpeakRow):
            return self._speak(row)
        view = self._view_of(row)
        row, catalogue, known = view.row, view.catalogue, view.known
        prompt = render_understand(catalogue, row.state, row.text, trained_on=known, last_reply=row.state.last_reply)
        target = "".join(f"{command}\n" for command in row.commands)
        return Rendered(prompt.text, target, build_grammar(catalogue, row.state, row.text))

    def _speak(self, row: SpeakRow) -> Rendered:
        skill = self.own.skills.get(row.skill) or self._speakers.get(row.skill)
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
        # Half the room of a chunk, unless a base model's tokenizer has more tokens than that holds.
        self._token: np.dtype[Any] = np.dtype(np.uint16 if self._vocab_size <= 2**16 else np.uint32)
        self._texts = [tokenizer.decode([token], skip_special_tokens=True) for token in range(self._vocab_size)]
        self._compiled: dict[str, LLMatcher] = {}

    def encode(self, row: Row) -> Example:
        """Return the example of a row.

        Raises:
            BadRow: the target is outside the row's grammar, or the example is longer than the context.
        """
        rendered = self._renderer.render(row)
        prompt: list[int] = self._tokenizer.encode(rendered.prompt, add_special_tokens=False).ids
        target: list[int] = self._tokenizer.encode(rendered.target, add_special_tokens=False).ids
        steps: list[Ids] = []
        if rendered.grammar is not None:
            target, steps = self._walk(rendered.grammar, rendered.target, target, row)
        ids = np.array([*prompt, *target, self._end], dtype=self._token)
        if len(ids) > self._context:
            raise BadRow(f"{len(ids)} tokens, the model reads {self._context}; shorten or drop the row: {row!r}")
        if rendered.grammar is None:
            at = np.arange(len(prompt), len(ids), dtype=np.uint16)
            legal: list[Ids] = [np.empty(0, dtype=np.uint16)] * len(at)
        else:
            open_steps = [(len(prompt) + step, tokens) for step, tokens in enumerate(steps) if len(tokens) > 1]
            at = np.array([position for position, _ in open_steps], dtype=np.uint16)
            legal = [tokens for _, tokens in open_steps]
        return Example(ids, len(prompt), at, legal, self._text_span(prompt))

    def _walk(self, grammar: str, text: str, target: list[int], row: Row) -> tuple[list[int], list[Ids]]:
        """Walk the grammar along the target; return its tokens and, with the end, the legal ones before each of them.

        Where the grammar forces a token that cuts the text elsewhere than the tokenizer would ("ing" "." for "ing."),
        the rest is cut anew: it is the grammar's tokens that are decoded when served.
        """
        matcher = self._matcher(grammar, row)
        done: list[int] = []
        steps: list[Ids] = []
        ahead = list(target)
        while True:
            mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
            tokens = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: self._vocab_size]).astype(self._token)
            token = ahead[0] if ahead else self._end
            if token not in tokens:
                said = self._tokenizer.decode(done, skip_special_tokens=False)
                rest = text.removeprefix(said)
                legal = self._longest_legal(rest, tokens)
                if legal is None or not ahead or not text.startswith(said):
                    allowed = [self._tokenizer.id_to_token(int(each)) for each in tokens[:12]]
                    raise BadRow(
                        f"target {text!r} leaves its grammar after {said!r}: {rest!r} goes on with none of {allowed}; "
                        f"correct the row: {row!r}"
                    )
                token = legal
                rest = rest.removeprefix(self._texts[token])
                ahead = self._tokenizer.encode(rest, add_special_tokens=False).ids
            elif ahead:
                ahead = ahead[1:]
            steps.append(tokens)
            if token == self._end:
                return done, steps
            done.append(token)
            matcher.consume_token(token)

    def _matcher(self, grammar: str, row: Row) -> LLMatcher:
        """Return a matcher at the start of the grammar; one that holds no copied value is compiled once."""
        from llguidance import LLMatcher

        body, _, _ = grammar.partition("SPAN: ")
        if "SPAN" in body:
            matcher = LLMatcher(self._engine, grammar)
        else:
            if body not in self._compiled:
                if len(self._compiled) >= _COMPILED:
                    self._compiled.clear()
                self._compiled[body] = LLMatcher(self._engine, grammar)
            matcher = self._compiled[body].deep_copy()
        if matcher.is_error():
            raise BadRow(f"its grammar does not compile ({matcher.get_error()}): {row!r}")
        return matcher

    def _longest_legal(self, rest: str, tokens: Ids) -> int | None:
        """Return the legal token that takes most of the text, or None when none begins it."""
        fitting = [token for token in tokens.tolist() if (said := self._texts[token]) and rest.startswith(said)]
        return max(fitting, key=lambda token: len(self._texts[token]), default=None)

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
