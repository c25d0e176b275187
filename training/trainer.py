"""Trains a model on a mixture: tokenizer, background encoding, the loop, checkpoints, and the model folder at the end.

Reads top to bottom: settings, `train`, then its parts. The order of the data and the weights depend on the seed and the
number of threads alone, unless a time limit drives the schedule. A killed run goes on from its last checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm
from transformers import GenerationConfig, Qwen3ForCausalLM

from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.fingerprint import write_fingerprint
from agent.rows import Row
from training.encode import Encoder, Renderer
from training.feed import BatchConfig, Examples, Feed, write_bad_rows
from training.mixture import (
    MixtureConfig,
    Sampler,
    composition,
    held_out_texts,
    load_source,
    shares,
    without_held_out,
)
from training.model import Batch, ModelConfig, Trunk, build_model, losses
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

logger = logging.getLogger(__name__)

TOKENIZER_ROWS = 60_000
"""Rows the tokenizer is made from, spread over the sources by their shares."""


class ScheduleConfig(BaseModel):
    """How long, how fast."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train_tokens: int = Field(gt=0)
    # Tokens to train on, padding included; the learning rate has decayed when they are used up.
    max_minutes: float | None = Field(default=None, gt=0)
    # Or when so many minutes are over, whichever is further on. With it, the weights depend on the machine's speed.
    peak_lr: float = Field(default=3e-3, gt=0)
    final_lr: float = Field(default=0.03, ge=0, le=1)
    # Learning rate at the end, as a share of the peak.
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    clip: float = Field(default=1.0, gt=0)
    # Largest norm of the gradient.


class TrainConfig(BaseModel):
    """A training configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    vocab_size: int = Field(default=8192, gt=300, le=65_536)
    model: ModelConfig = ModelConfig()
    batch_tokens: int = Field(default=4096, gt=0)
    micro_batches: int = Field(default=2, gt=0)
    window_steps: int = Field(default=24, gt=0)
    text_rows: float = Field(default=0.2, ge=0, le=1)
    text_weight: float = Field(default=0.1, ge=0)
    schedule: ScheduleConfig
    mixture: MixtureConfig
    threads: int = Field(default=2, gt=0)
    encode_workers: int = Field(default=2, gt=0)
    compile: bool = False
    # torch.compile. On two cores it saves a seventh of the time once compiled, and spends minutes compiling again for
    # shapes it has not seen: not worth it below several hours. See LOG.md.
    checkpoint_minutes: float = Field(default=5.0, gt=0)
    log_steps: int = Field(default=20, gt=0)


class ConfigError(InputError):
    """A training configuration that cannot be used, or that does not belong to the run."""


def load_config(path: Path) -> TrainConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing or wrong, with every problem.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TrainConfig.model_validate(values)
    except FileNotFoundError:
        raise ConfigError(f"{path} not found; the bundled ones are in training/configs") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        raise ConfigError("\n".join(lines)) from None


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    # Padding included.
    minutes: float = 0.0
    # Of training, over all sittings.


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

    Raises:
        ConfigError: the checkpoint belongs to other settings.
        EncodingFailed: a row cannot be learnt from (see ``skip_bad``).
    """
    torch.set_num_threads(config.threads)
    run.mkdir(parents=True, exist_ok=True)
    checkpoint_path = run / "checkpoint.pt"
    if fresh:
        checkpoint_path.unlink(missing_ok=True)
    sizes = {name: len(source_rows) for name, source_rows in rows.items()}
    token_shares = shares(config.mixture, sizes)
    tokenizer = _tokenizer(config, rows, renderer, token_shares, run, keep=checkpoint_path.is_file())
    weights = {source.label: source.loss_weight for source in config.mixture.sources if source.label in token_shares}
    (run / "rows.json").write_text(
        json.dumps({name: composition(source_rows) for name, source_rows in rows.items()}, indent=1, ensure_ascii=False)
    )

    def make_encoder() -> Encoder:
        return Encoder(tokenizer, renderer, context=config.model.context)

    with Examples(
        {name: rows[name] for name in token_shares},
        make_encoder,
        folder=run / "encoded",
        salt=_salt(tokenizer, renderer.own),
        workers=config.encode_workers,
        token_shares=token_shares,
        skip_bad=skip_bad,
        drawn=_drawn(checkpoint_path),
    ) as examples:
        sampler = Sampler(token_shares, sizes, seed=config.seed)
        batching = BatchConfig(
            config.batch_tokens, config.micro_batches, config.window_steps, config.text_rows, config.text_weight
        )
        vocab_size = tokenizer.get_vocab_size()
        feed = Feed(examples, sampler, batching, loss_weights=weights, vocab_size=vocab_size, seed=config.seed)
        model = build_model(config.model, vocab_size=vocab_size, seed=config.seed)
        loop = _Loop(config, model, feed, run, max_minutes or config.schedule.max_minutes)
        loop.resume(checkpoint_path)
        finished = loop.go(steps, show_progress=show_progress, encoded=lambda: examples.encoded)
        loop.save(checkpoint_path)
        (run / "mixture.json").write_text(json.dumps(sampler.report(), indent=1))
        if bad := write_bad_rows(examples, run / "bad_rows.jsonl"):
            logger.warning("%d rows were left out; the reasons are in %s", bad, run / "bad_rows.jsonl")
    model_dir = run / "model"
    if finished:
        save_model(model, tokenizer, renderer.own, model_dir)
    return Outcome(finished, loop.progress, model_dir, tuple(loop.losses))


def load_rows(config: TrainConfig, catalogue: Catalogue, *, data: Path, split: str = "train") -> dict[str, list[Row]]:
    """Return the rows of every source of the mixture, by its label."""
    rows: dict[str, list[Row]] = {}
    held_out = held_out_texts(config.mixture.held_out)
    for source in config.mixture.sources:
        started = time.monotonic()
        loaded = load_source(source, split=split, data=data, catalogue=catalogue, seed=config.seed)
        rows[source.label] = without_held_out(loaded, held_out)
        logger.info("%s: %d rows in %.1f s", source.label, len(rows[source.label]), time.monotonic() - started)
    return rows


def save_model(model: Qwen3ForCausalLM, tokenizer: Tokenizer, catalogue: Catalogue, folder: Path) -> None:
    """Write a plain Hugging Face folder with the model's fingerprint."""
    folder.mkdir(parents=True, exist_ok=True)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False, eos_token_id=1, pad_token_id=0
    )
    model.save_pretrained(folder)
    save_tokenizer(tokenizer, folder)
    write_fingerprint(folder, catalogue)


def _tokenizer(
    config: TrainConfig,
    rows: Mapping[str, Sequence[Row]],
    renderer: Renderer,
    token_shares: Mapping[str, float],
    run: Path,
    *,
    keep: bool,
) -> Tokenizer:
    """Return the run's tokenizer; made anew unless a checkpoint depends on it."""
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

    tokenizer = train_tokenizer(texts(), vocab_size=config.vocab_size)
    save_tokenizer(tokenizer, run)
    return tokenizer


def _drawn(checkpoint_path: Path) -> dict[str, int]:
    """Return how many rows of every source a checkpoint has drawn; empty when there is none."""
    if not checkpoint_path.is_file():
        return {}
    drawn: dict[str, int] = torch.load(checkpoint_path, weights_only=True)["feed"]["sampler"]["drawn"]
    return drawn


def _salt(tokenizer: Tokenizer, catalogue: Catalogue) -> str:
    digest = hashlib.sha256(tokenizer.to_str().encode())
    digest.update(json.dumps(catalogue.signatures, sort_keys=True).encode())
    digest.update(json.dumps({name: skill.prompt for name, skill in catalogue.skills.items()}).encode())
    return digest.hexdigest()


_BAR = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"


def _bar_seconds() -> float:
    """How often the bar is drawn: in a log file seldom."""
    return 0.5 if sys.stderr.isatty() else 60.0


class _Loop:
    """The optimiser's loop with its checkpoints and records."""

    def __init__(
        self, config: TrainConfig, model: Qwen3ForCausalLM, feed: Feed, run: Path, max_minutes: float | None
    ) -> None:
        self._config = config
        self._model = model
        self._feed = feed
        self._run = run
        self._max_minutes = max_minutes
        self._stopping = False
        self.progress = Progress()
        self.losses: list[float] = []
        matrices = [value for name, value in model.named_parameters() if value.ndim > 1 and "embed" not in name]
        others = [value for name, value in model.named_parameters() if value.ndim == 1 or "embed" in name]
        groups = [
            {"params": matrices, "weight_decay": config.schedule.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=config.schedule.peak_lr, betas=(0.9, 0.95), fused=True)

    @property
    def fraction(self) -> float:
        """How much of the schedule is done, 0 to 1."""
        by_tokens = self.progress.tokens / self._config.schedule.train_tokens
        by_time = self.progress.minutes / self._max_minutes if self._max_minutes else 0.0
        return min(1.0, max(by_tokens, by_time))

    def learning_rate(self) -> float:
        """Return the rate of the next step: a linear warm-up, then half a cosine down to the final rate."""
        schedule = self._config.schedule
        warm = min(1.0, (self.progress.step + 1) / max(1, schedule.warmup_steps))
        decayed = schedule.final_lr + (1 - schedule.final_lr) * 0.5 * (1 + math.cos(math.pi * self.fraction))
        return schedule.peak_lr * warm * decayed

    def go(self, steps: int | None, *, show_progress: bool, encoded: Any) -> bool:
        """Train until the schedule, the steps or a signal ends it; return whether the schedule was done."""
        from torch.utils.tensorboard import SummaryWriter

        trunk = self._compiled()
        writer = SummaryWriter(str(self._run / "tensorboard"))
        bar = tqdm(total=100.0, unit="%", disable=not show_progress, bar_format=_BAR, mininterval=_bar_seconds())
        kept = time.monotonic()
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        logged_tokens, logged_at = self.progress.tokens, time.monotonic()
        with self._signals(), (self._run / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
            batches = iter(self._feed)
            while self.fraction < 1 and not self._stopping and (steps is None or self.progress.step < steps):
                started = time.monotonic()
                self._step(next(batches), trunk, sums)
                self.progress.minutes += (time.monotonic() - started) / 60
                if self.progress.step % self._config.log_steps == 0:
                    now = time.monotonic()
                    speed = (self.progress.tokens - logged_tokens) / (now - logged_at)
                    logged_tokens, logged_at = self.progress.tokens, now
                    self._record(sums, speed, encoded(), metrics, writer)
                    bar.set_postfix_str(
                        " ".join(
                            f"{name} {total / count:.3f}" for name, (total, count) in sorted(sums.items()) if count
                        )
                        + f" {speed:.0f} tok/s",
                        refresh=False,
                    )
                    sums.clear()
                bar.update(100 * self.fraction - bar.n)
                if time.monotonic() - kept > 60 * self._config.checkpoint_minutes:
                    self.save(self._run / "checkpoint.pt")
                    kept = time.monotonic()
            if sums:
                speed = (self.progress.tokens - logged_tokens) / (time.monotonic() - logged_at)
                self._record(sums, speed, encoded(), metrics, writer)
        bar.close()
        writer.close()
        return self.fraction >= 1

    def _step(self, batches: list[Batch], trunk: Trunk, sums: dict[str, list[float]]) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate()
        weight = sum(batch.weights.sum().item() for batch in batches)
        total = 0.0
        for batch in batches:
            each = losses(self._model, batch, trunk=trunk)
            loss = (each * batch.weights).sum() / weight
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
            self._count(batch, each.detach(), sums)
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._config.schedule.clip, foreach=True)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.losses.append(total)
        if not math.isfinite(self.losses[-1]):
            raise FloatingPointError(f"loss is {self.losses[-1]} at step {self.progress.step}; lower schedule.peak_lr")
        self.progress.step += 1
        self.progress.tokens += sum(batch.tokens for batch in batches)

    def _count(self, batch: Batch, each: Tensor, sums: dict[str, list[float]]) -> None:
        for number in sorted(set(batch.tasks.tolist())):
            chosen = each[batch.tasks == number]
            entry = sums["text" if number < 0 else self._feed.names[number]]
            entry[0] += chosen.sum().item()
            entry[1] += len(chosen)

    def _record(self, sums: Mapping[str, list[float]], speed: float, encoded: float, metrics: Any, writer: Any) -> None:
        rate = self.learning_rate()
        per_task = {name: total / count for name, (total, count) in sums.items() if count}
        line = {
            "step": self.progress.step,
            "tokens": self.progress.tokens,
            "minutes": round(self.progress.minutes, 3),
            "fraction": round(self.fraction, 4),
            "lr": rate,
            "tokens_per_second": round(speed),
            "encoded": round(encoded, 3),
            "loss": {name: round(value, 4) for name, value in sorted(per_task.items())},
        }
        metrics.write(json.dumps(line) + "\n")
        metrics.flush()
        for name, value in per_task.items():
            writer.add_scalar(f"loss/{name}", value, self.progress.step)
        writer.add_scalar("lr", rate, self.progress.step)
        writer.add_scalar("tokens_per_second", speed, self.progress.step)

    def _compiled(self) -> Trunk:
        if not self._config.compile:
            plain: Trunk = self._model.model
            return plain
        # Falls back to plain execution by itself where it cannot compile (no C++ compiler, say).
        torch._dynamo.config.suppress_errors = True
        compiled: Trunk = torch.compile(self._model.model, dynamic=True)
        return compiled

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the step finish, then stop: a checkpoint is written on the way out."""

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self._stopping = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def save(self, path: Path) -> None:
        """Write the checkpoint; a kill on the way leaves the one before."""
        temporary = path.with_suffix(".tmp")
        torch.save(
            {
                "config": _identity(self._config),
                "model": self._model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "feed": self._feed.state(),
                "progress": vars(self.progress),
            },
            temporary,
        )
        temporary.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one.

        Raises:
            ConfigError: it belongs to other settings.
        """
        if not path.is_file():
            return
        stored = torch.load(path, weights_only=True)
        if stored["config"] != _identity(self._config):
            raise ConfigError(
                f"{path} was made with other settings or rows; add --fresh to begin again, or choose another --out"
            )
        self._model.load_state_dict(stored["model"])
        self._optimizer.load_state_dict(stored["optimizer"])
        torch.set_rng_state(stored["rng"])
        self._feed.restore(stored["feed"])
        self.progress = Progress(**stored["progress"])
        logger.info("going on at step %d", self.progress.step)


def _identity(config: TrainConfig) -> str:
    """What must be the same for a checkpoint to be of use: the model and the rows, not how they are gone through."""
    return config.model_dump_json(include={"seed", "vocab_size", "model", "mixture"})
