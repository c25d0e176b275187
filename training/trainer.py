"""Trains a model on a mixture: tokenizer, background encoding, the loop, checkpoints, and the model folder at the end.

Reads top to bottom: `train`, then its parts. The order of the data and the weights depend on the seed and the
number of threads alone, unless a time limit drives the schedule. A killed run goes on from its last checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import GenerationConfig, PreTrainedModel

from agent.catalogue import Catalogue
from agent.fingerprint import write_fingerprint
from agent.rows import Row
from training.config import ConfigError, TrainConfig, load_config
from training.encode import Encoder, Renderer
from training.extras import make_extras
from training.feed import BatchConfig, Examples, Feed, write_bad_rows
from training.growing import EMBEDDINGS, grow_embeddings, grow_layers, grow_tokenizer
from training.leaks import evaluation_texts, without_leaks
from training.loop import CHECKPOINT_FILE, Loop, Progress
from training.mixture import (
    Sampler,
    composition,
    held_out_texts,
    load_source,
    shares,
    without_held_out,
)
from training.model import build_model
from training.parallel import processes_of_this_run
from training.scoring.floors import save_withheld, withheld_tasks
from training.tasks import CORPUS_TASKS
from training.tasks.known import carried, save_known
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

if TYPE_CHECKING:
    from training.base import Base

__all__ = ["ConfigError", "Outcome", "TrainConfig", "load_config", "load_rows", "save_model", "train"]

logger = logging.getLogger(__name__)

TOKENIZER_ROWS = 60_000
"""Rows the tokenizer is made from, spread over the sources by their shares."""


@dataclass(frozen=True)
class Outcome:
    """How a sitting ended."""

    finished: bool
    # False: stopped by a signal; the checkpoint goes on from there.
    progress: Progress
    model_dir: Path
    # The trained model's folder (when finished).
    losses: tuple[float, ...] = field(default=())
    # Loss of every step of this sitting.


def train(
    config: TrainConfig,
    rows: Mapping[str, Sequence[Row]],
    renderer: Renderer,
    *,
    run: Path,
    fresh: bool = False,
    max_minutes: float | None = None,
    steps: int | None = None,
    skip_bad: bool = False,
    show_progress: bool = True,
    keep_tokenizer: bool = False,
) -> Outcome:
    """Train, or go on training.

    Args:
        config: the settings.
        rows: the rows of every source, by its label.
        renderer: makes the text of a row.
        run: the run's folder: checkpoint, encoded rows, metrics, model.
        fresh: begin again even if the run has a checkpoint.
        max_minutes: overrides the schedule's limit; the learning rate decays to its end within it.
        steps: stop after so many steps in all, as if by a signal (rehearsals, tests).
        skip_bad: leave out rows that cannot be learnt from instead of failing; they are listed in bad_rows.jsonl.
        show_progress: draw a progress bar.
        keep_tokenizer: take the tokenizer that lies in the run's folder also for a new run.

    Raises:
        ConfigError: the checkpoint belongs to other settings.
        EncodingFailed: a row cannot be learnt from (see ``skip_bad``).
    """
    torch.set_num_threads(config.threads)
    run.mkdir(parents=True, exist_ok=True)
    processes, base = processes_of_this_run(), _base(config)
    first = processes is None or processes.is_first
    checkpoint_path = run / CHECKPOINT_FILE
    if fresh and first:
        checkpoint_path.unlink(missing_ok=True)
    sizes = {name: len(source_rows) for name, source_rows in rows.items()}
    token_shares = shares(config.mixture, sizes)
    if first:
        keep = checkpoint_path.is_file() or keep_tokenizer
        tokenizer = (
            base.save_tokenizer(run) if base else _tokenizer(config, rows, renderer, token_shares, run, keep=keep)
        )
        (run / "config.json").write_text(json.dumps(config.model_dump(mode="json"), indent=1), encoding="utf-8")
    if processes is not None:
        processes.wait()
    if not first:
        tokenizer = load_tokenizer(run)
    weights = {source.label: source.loss_weight for source in config.mixture.sources if source.label in token_shares}
    (run / "rows.json").write_text(
        json.dumps({name: composition(source_rows) for name, source_rows in rows.items()}, indent=1, ensure_ascii=False)
    )

    def make_encoder() -> Encoder:
        longest = base.context(config.model.context) if base else config.model.context
        return Encoder(tokenizer, renderer, context=longest)

    with Examples(
        {name: rows[name] for name in token_shares},
        make_encoder,
        folder=run / "encoded",
        salt=salt_of(tokenizer, renderer.own),
        workers=config.encode_workers,
        token_shares=token_shares,
        skip_bad=skip_bad,
        drawn=_drawn(checkpoint_path),
        follows=not first,
    ) as examples:
        sampler = Sampler(token_shares, sizes, seed=config.seed)
        batching = BatchConfig(
            config.batch_tokens, config.micro_batches, config.window_steps, config.text_rows, config.text_weight
        )
        vocab_size = base.rows if base else tokenizer.get_vocab_size()
        feed = Feed(
            examples,
            sampler,
            batching,
            loss_weights=weights,
            vocab_size=vocab_size,
            seed=config.seed,
            word_dropout={source.label: source.word_dropout for source in config.mixture.sources},
        )
        model = base.model if base else build_model(config.model, vocab_size=vocab_size, seed=config.seed)
        if config.init_from and not checkpoint_path.is_file():
            _begin_from(model, config.init_from, tokenizer)
        extras = make_extras(config, model, feed.names, processes)
        # Records of the other processes lie apart: each sees its own part of the losses.
        records = run if first else run / f"process-{os.environ['RANK']}"
        loop = Loop(config, model, feed, records, max_minutes or config.schedule.max_minutes, extras)
        loop.resume(checkpoint_path)
        finished = loop.go(steps, show_progress=show_progress, encoded=lambda: examples.encoded)
        loop.save(checkpoint_path)
        if finished:
            loop.settle()
        (run / "mixture.json").write_text(json.dumps(sampler.report(), indent=1))
        if bad := write_bad_rows(examples, run / "bad_rows.jsonl"):
            logger.warning("%d rows were left out; the reasons are in %s", bad, run / "bad_rows.jsonl")
    model_dir = run / "model"
    known = carried(renderer.known, [source.source for source in config.mixture.sources], config.init_from)

    def write(trained: PreTrainedModel, folder: Path) -> None:
        if base is not None:
            base.save(folder, renderer.own, known=known, trained=trained)
        else:
            save_model(trained, tokenizer, renderer.own, folder, known=known)
        save_withheld(withheld_tasks(source.source for source in config.mixture.sources), folder)

    if finished and first:
        if extras.sharing is not None:
            from training.sharing.folders import save_shared

            save_shared(model, extras.sharing, model_dir, write)
        else:
            write(model, model_dir)
    if processes is not None:
        processes.wait()
    return Outcome(finished, loop.progress, model_dir, tuple(loop.losses))


def load_rows(config: TrainConfig, catalogue: Catalogue, *, data: Path, split: str = "train") -> dict[str, list[Row]]:
    """Return the rows of every source of the mixture, by its label.

    Raises:
        LeakError: a training row has the words of an evaluation row of its own sets (and the mixture does not say
            that such rows are to be dropped).
    """
    rows: dict[str, list[Row]] = {}
    held_out = held_out_texts(config.mixture.held_out)
    for source in config.mixture.sources:
        started = time.monotonic()
        loaded = load_source(source, split=split, data=data, catalogue=catalogue, seed=config.seed)
        kept = without_held_out(loaded, held_out)
        task = CORPUS_TASKS.get(source.source)
        if task and split == "train":
            texts = evaluation_texts(data, task.sets)
            kept, leaked = without_leaks(source.label, kept, texts, drop=config.mixture.leaks == "drop")
            if leaked:
                logger.info("%s: %d rows dropped that say what an evaluation row says", source.label, leaked)
        rows[source.label] = kept
        logger.info("%s: %d rows in %.1f s", source.label, len(kept), time.monotonic() - started)
    return rows


def save_model(
    model: PreTrainedModel, tokenizer: Tokenizer, catalogue: Catalogue, folder: Path, *, known: Sequence[Catalogue] = ()
) -> None:
    """Write a plain Hugging Face folder with the model's fingerprint and the public catalogues it knows by name."""
    folder.mkdir(parents=True, exist_ok=True)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False, eos_token_id=1, pad_token_id=0
    )
    model.save_pretrained(folder)
    save_tokenizer(tokenizer, folder)
    write_fingerprint(folder, catalogue)
    save_known(known, folder)


def _tokenizer(
    config: TrainConfig,
    rows: Mapping[str, Sequence[Row]],
    renderer: Renderer,
    token_shares: Mapping[str, float],
    run: Path,
    *,
    keep: bool,
) -> Tokenizer:
    """Return the run's tokenizer: its checkpoint's, that of `init_from` grown to the size asked for, or a new one."""
    if keep:
        return load_tokenizer(run)

    def texts() -> Iterator[str]:
        for name, share in token_shares.items():
            generator = random.Random(f"{config.seed} tokenizer {name}")
            wanted = min(len(rows[name]), int(share * TOKENIZER_ROWS) + 1)
            for row in generator.sample(list(rows[name]), wanted):
                rendered = renderer.render(row)
                yield rendered.prompt
                yield rendered.target

    if config.init_from is None:
        tokenizer = train_tokenizer(texts(), vocab_size=config.vocab_size)
    else:
        tokenizer = load_tokenizer(config.init_from)
        if tokenizer.get_vocab_size() < config.vocab_size:
            tokenizer = grow_tokenizer(tokenizer, texts(), vocab_size=config.vocab_size)
    save_tokenizer(tokenizer, run)
    return tokenizer


def _begin_from(model: PreTrainedModel, folder: Path, tokenizer: Tokenizer) -> None:
    """Give the model the weights of a folder, whatever precision they are stored in, grown to the model's size.

    Raises:
        ConfigError: they are of another architecture, or of more layers.
    """
    stored = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    try:
        stored[EMBEDDINGS] = grow_embeddings(stored[EMBEDDINGS], load_tokenizer(folder), tokenizer)
        stored = grow_layers(stored, model.config.num_hidden_layers)
        missing, unexpected = model.load_state_dict(stored, strict=False)
    except (KeyError, ValueError, RuntimeError) as error:
        raise ConfigError(f"init_from: {folder} holds another architecture: {error}") from None
    # The output layer is the embedding table and is not stored twice.
    if unexpected or [name for name in missing if name != "lm_head.weight"]:
        raise ConfigError(f"init_from: {folder} lacks {missing} and has {unexpected}; expected the same architecture")
    model.tie_weights()


def _base(config: TrainConfig) -> Base | None:
    if config.base is None:
        return None
    from training.base import load_base

    return load_base(config.base, seed=config.seed)


def _drawn(checkpoint_path: Path) -> dict[str, int]:
    """Return how many rows of every source a checkpoint has drawn; empty when there is none."""
    if not checkpoint_path.is_file():
        return {}
    drawn: dict[str, int] = torch.load(checkpoint_path, weights_only=True)["feed"]["sampler"]["drawn"]
    return drawn


def salt_of(tokenizer: Tokenizer, catalogue: Catalogue) -> str:
    """Return what encoded rows depend on besides the rows."""
    digest = hashlib.sha256(tokenizer.to_str().encode())
    digest.update(json.dumps(catalogue.signatures, sort_keys=True).encode())
    digest.update(json.dumps({name: skill.prompt for name, skill in catalogue.skills.items()}).encode())
    return digest.hexdigest()
