"""Feeds the trainer: encodes rows in the background, draws them by the mixture, and makes batches of similar length.

Encoding walks a grammar for every row and takes minutes for a whole mixture, so worker processes keep ahead of the
trainer instead, chunk by chunk in the order of first use; chunks are files, and a second run finds them there. The
order of the batches depends on the seed alone, never on how fast anything is.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import torch

from agent.rows import Row, SpeakRow
from training.encode import Chunk, Encoder, Example, chunk_name, encode_chunk
from training.mixture import Sampler
from training.model import Batch

logger = logging.getLogger(__name__)

CHUNK_ROWS = 400
MOST_REPLACED = 2
"""Times that workers are started in the place of others that ended without a word, before a run gives up."""


class EncodingFailed(RuntimeError):
    """A worker that encodes rows ended with an error; its message is the worker's."""


class Examples:
    """All rows of a mixture as examples, encoded in the background.

    >>> with Examples(rows, make_encoder, folder=run / "encoded", salt="...", workers=2) as examples:
    ...     examples.get("translate", 7)
    """

    def __init__(
        self,
        rows: Mapping[str, Sequence[Row]],
        make_encoder: Callable[[], Encoder],
        *,
        folder: Path,
        salt: str,
        workers: int,
        token_shares: Mapping[str, float],
        skip_bad: bool = False,
        drawn: Mapping[str, int] | None = None,
        follows: bool = False,
    ) -> None:
        """Plan the chunks; nothing runs before the ``with``.

        Args:
            rows: the rows of every source, in the order of first use.
            make_encoder: called once in every worker.
            folder: where the chunks lie.
            salt: what the chunks depend on besides the rows; part of their names.
            workers: processes that encode.
            token_shares: share of every source, which says whose chunks are needed sooner.
            skip_bad: list rows that cannot be learnt from instead of failing.
            drawn: rows already drawn of every source, when a run goes on: encoding begins at what comes next.
            follows: another process encodes these rows into the folder; this one only waits for them.
        """
        self._rows = rows
        self._make_encoder = make_encoder
        self._skip_bad = skip_bad
        self._workers = 0 if follows else workers
        self._follows = follows
        self._chunks: dict[tuple[str, int], Chunk] = {}
        self._processes: list[BaseProcess] = []
        self._paths: dict[tuple[str, int], Path] = {}
        due: dict[tuple[str, int], float] = {}
        for name, source_rows in rows.items():
            tokens_per_row = 12 + sum(_letters(row) for row in source_rows[:200]) / max(1, len(source_rows[:200])) / 4
            for number, start in enumerate(range(0, len(source_rows), CHUNK_ROWS)):
                piece = source_rows[start : start + CHUNK_ROWS]
                self._paths[name, number] = folder / name / f"{chunk_name(piece, salt)}.npz"
                # Rows behind the place reached come again in the next round.
                reached = (drawn or {}).get(name, 0) % len(source_rows) // CHUNK_ROWS * CHUNK_ROWS
                ahead = (start - reached) % len(source_rows)
                due[name, number] = ahead * tokens_per_row / token_shares[name]
        self._order = sorted(self._paths, key=lambda key: (due[key], key))
        self._failure = folder / "failure.txt"
        self._replaced = 0
        # Times that workers were started in the place of others.

    def __enter__(self) -> Examples:
        if not self._follows:
            self._failure.unlink(missing_ok=True)
        self._start_workers()
        return self

    def _start_workers(self) -> None:
        missing = [key for key in self._order if not self._paths[key].is_file()]
        # Forked, so that the rows need not travel; the children touch neither torch nor the parent's threads.
        context = multiprocessing.get_context("fork")
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        parts = [missing[worker :: self._workers] for worker in range(self._workers)]
        self._processes = [context.Process(target=self._encode, args=(part,), daemon=True) for part in parts if part]
        for process in self._processes:
            process.start()

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.join()

    def _encode(self, keys: Sequence[tuple[str, int]]) -> None:
        # The trainer's threads wait for one another: a worker that holds up one holds up all. It goes first, and sleeps
        # when it is out of rows.
        os.nice(8)
        try:
            encoder = self._make_encoder()
            for name, number in keys:
                rows = self._rows[name][number * CHUNK_ROWS : (number + 1) * CHUNK_ROWS]
                encode_chunk(encoder, rows, skip_bad=self._skip_bad).save(self._paths[name, number])
        except BaseException:
            self._failure.parent.mkdir(parents=True, exist_ok=True)
            self._failure.write_text(traceback.format_exc(), encoding="utf-8")
            raise

    def get(self, name: str, index: int) -> Example:
        """Return the example of a row, waiting until it is encoded.

        Raises:
            EncodingFailed: it never will be.
        """
        key = (name, index // CHUNK_ROWS)
        chunk = self._chunks.get(key)
        if chunk is None:
            chunk = self._chunks[key] = self._wait(key)
        return chunk[index % CHUNK_ROWS]

    def length(self, name: str, index: int) -> int:
        """Return the tokens of a row; 0 for one that cannot be learnt from."""
        return len(self.get(name, index).ids)

    def _wait(self, key: tuple[str, int]) -> Chunk:
        path = self._paths[key]
        while not path.is_file():
            if self._failure.is_file():
                raise EncodingFailed(self._failure.read_text(encoding="utf-8"))
            working = self._follows or any(process.is_alive() for process in self._processes)
            if not working and not path.is_file():
                self._replace_workers(path)
            time.sleep(0.1)
        return Chunk.load(path)

    def _replace_workers(self, path: Path) -> None:
        """Start others after those that ended without a word: the system kills what takes too much memory."""
        ended = ", ".join(str(process.exitcode) for process in self._processes) or "none was started"
        if self._replaced == MOST_REPLACED:
            raise EncodingFailed(
                f"no worker is left to encode {path} (exit codes: {ended}); start the same command again, with fewer "
                "encode_workers if memory was short"
            )
        self._replaced += 1
        logger.warning("the encoding workers ended before their time (exit codes: %s); others take over", ended)
        self._start_workers()

    @property
    def encoded(self) -> float:
        """Share of the chunks that lie encoded in the folder."""
        return sum(path.is_file() for path in self._paths.values()) / max(1, len(self._paths))

    def bad_rows(self) -> Iterator[dict[str, str]]:
        """Yield source and reason of every row left out, of the chunks encoded so far."""
        for (name, number), path in self._paths.items():
            if path.is_file():
                chunk = self._chunks.get((name, number)) or Chunk.load(path)
                yield from ({"source": name, "reason": reason} for reason in chunk.bad)


@dataclass(frozen=True)
class BatchConfig:
    """How batches are made."""

    batch_tokens: int
    # Tokens of a step, padding included.
    micro_batches: int
    # A step's tokens come in so many batches of different lengths: rows of one length are often of one task, and a
    # step should see several.
    window_steps: int
    # Rows for about so many steps are drawn at once and sorted by length.
    text_rows: float
    # Share of the rows whose user text is learnt too.
    text_weight: float
    # Weight of a position of the user's text; an answer's is its source's `loss_weight`.


class Feed:
    """An endless, resumable stream of steps, each a few batches whose gradients are added up."""

    def __init__(
        self,
        examples: Examples,
        sampler: Sampler,
        config: BatchConfig,
        *,
        loss_weights: Mapping[str, float],
        vocab_size: int,
        seed: int,
        word_dropout: Mapping[str, float] | None = None,
    ) -> None:
        self._examples = examples
        self._sampler = sampler
        self._config = config
        self._loss_weights = loss_weights
        self._word_dropout = word_dropout or {}
        self._vocab_size = vocab_size
        self._seed = seed
        self.names = tuple(loss_weights)
        # What the indices of `Batch.tasks` stand for.
        self._window = 0
        self._done = 0
        self._start = sampler.state()

    def state(self) -> dict[str, Any]:
        """Return where the stream stands: the sampler before the current window, and the steps taken of it."""
        return {"sampler": self._start, "window": self._window, "done": self._done, "batches": str(self._config)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; also with batches of another size."""
        self._sampler.restore(state["sampler"])
        self._window, self._done = state["window"], state["done"]
        if state["batches"] != str(self._config):
            # Steps are cut otherwise now: the window is begun again, so a few of its rows are seen twice.
            self._done = 0

    def __iter__(self) -> Iterator[list[Batch]]:
        while True:
            self._start = self._sampler.state()
            batches = self._draw_window()
            size = self._config.micro_batches
            steps = [batches[first : first + size] for first in range(0, len(batches), size)]
            for step in steps[self._done :]:
                # Counted before it is handed out: who saves a state after a step has used these batches.
                self._done += 1
                yield [self._collate(batch, number) for number, batch in enumerate(step)]
            self._window += 1
            self._done = 0

    def _draw_window(self) -> list[list[tuple[str, int]]]:
        wanted = self._config.batch_tokens * self._config.window_steps
        batch_tokens = self._config.batch_tokens // self._config.micro_batches
        drawn: list[tuple[int, str, int]] = []
        tokens = 0
        while tokens < wanted:
            name, index, length = self._sampler.draw(self._examples.length)
            drawn.append((length, name, index))
            tokens += length
        drawn.sort()
        batches: list[list[tuple[str, int]]] = []
        for length, name, index in drawn:
            if not batches or (len(batches[-1]) + 1) * length > batch_tokens:
                batches.append([])
            batches[-1].append((name, index))
        order = np.random.default_rng([self._seed, 1, self._window]).permutation(len(batches))
        return [batches[number] for number in order]

    def _collate(self, keys: Sequence[tuple[str, int]], number: int) -> Batch:
        generator = np.random.default_rng([self._seed, 2, self._window, self._done, number])
        taken = [self._examples.get(name, index) for name, index in keys]
        with_text = generator.random(len(keys)) < self._config.text_rows
        taken = [
            drop_words(example, share, generator) if (share := self._word_dropout.get(name)) else example
            for (name, _), example in zip(keys, taken, strict=True)
        ]
        parts = [
            (name, example, bool(learns)) for (name, _), example, learns in zip(keys, taken, with_text, strict=True)
        ]
        return collate(
            parts,
            names=self.names,
            loss_weights=self._loss_weights,
            text_weight=self._config.text_weight,
            vocab_size=self._vocab_size,
        )


def drop_words(example: Example, share: float, generator: np.random.Generator) -> Example:
    """Return an example without some of the user's words: few rows an intent are not to be known by one word each.

    Word dropout as in Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text classification",
    https://aclanthology.org/P15-1162. What the answer copies is never left out.

    Args:
        example: tokens of one row.
        share: of the user's tokens, left out each for itself.
        generator: random numbers.
    """
    first, last = example.text_at
    places = np.arange(len(example.ids))
    asked = (places >= first) & (places < last) & ~np.isin(example.ids, example.ids[example.prompt_length :])
    gone = asked & (generator.random(len(places)) < share)
    removed = int(gone.sum())
    if not removed or removed == last - first:
        return example
    return replace(
        example,
        ids=example.ids[~gone],
        prompt_length=example.prompt_length - removed,
        at=example.at - np.asarray(removed, dtype=example.at.dtype),
        text_at=(first, last - removed),
    )


def collate(
    parts: Sequence[tuple[str, Example, bool]],
    *,
    names: Sequence[str],
    loss_weights: Mapping[str, float],
    text_weight: float,
    vocab_size: int,
) -> Batch:
    """Make one batch.

    Args:
        parts: source, example, and whether its user text is learnt too.
        names: what the indices of `Batch.tasks` stand for.
        loss_weights: weight of a position by source.
        text_weight: weight of a position of the user's text.
        vocab_size: width of the mask of illegal tokens.
    """
    seq_len = max(len(example.ids) for _, example, _ in parts)
    ids = np.zeros((len(parts), seq_len), dtype=np.int64)
    held: list[tuple[int, int, float, int]] = []
    free: list[tuple[int, int, float, int]] = []
    legal_rows: list[int] = []
    legal_tokens: list[int] = []
    for row, (name, example, learns_text) in enumerate(parts):
        ids[row, : len(example.ids)] = example.ids
        task, weight = names.index(name), loss_weights[name]
        for position, legal in zip(example.at.tolist(), example.legal, strict=True):
            entry = (row * seq_len + position - 1, int(example.ids[position]), weight, task)
            if len(legal):
                legal_rows.extend([len(held)] * len(legal))
                legal_tokens.extend(legal.tolist())
                held.append(entry)
            else:
                free.append(entry)
        if learns_text:
            first, last = example.text_at
            free.extend(
                (row * seq_len + place - 1, int(example.ids[place]), text_weight, -1) for place in range(first, last)
            )
    illegal = np.zeros((len(held), vocab_size), dtype=np.bool_)
    illegal[:] = True
    illegal[legal_rows, legal_tokens] = False
    at, targets, weights, tasks = zip(*held, *free, strict=True) if held or free else ((), (), (), ())
    return Batch(
        ids=torch.from_numpy(ids),
        at=torch.tensor(at, dtype=torch.int64),
        targets=torch.tensor(targets, dtype=torch.int64),
        weights=torch.tensor(weights, dtype=torch.float32),
        illegal=torch.from_numpy(illegal),
        tasks=torch.tensor(tasks, dtype=torch.int64),
        rows=torch.tensor([names.index(name) for name, _, _ in parts], dtype=torch.int64),
    )


def write_bad_rows(examples: Examples, path: Path) -> int:
    """Write why rows were left out; return how many."""
    lines = [json.dumps(entry, ensure_ascii=False) for entry in examples.bad_rows()]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def _letters(row: Row) -> int:
    if isinstance(row, SpeakRow):
        return len(row.target) + sum(len(str(value)) for value in row.fields.values())
    return len(row.text) + sum(len(command) for command in row.commands)
