"""The optimiser's loop: steps, learning rate, checkpoints, records, and stopping by a signal.

Knows batches and the model; no rows and no tokenizer.
"""

from __future__ import annotations

import json
import logging
import math
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm
from transformers import PreTrainedModel

from training.config import ConfigError, TrainConfig, identity
from training.extras import Extras, LossesOf
from training.feed import Feed
from training.model import Batch, Trunk
from training.threads import Threads

if TYPE_CHECKING:
    from training.parallel import Processes

logger = logging.getLogger(__name__)

CHECKPOINT_FILE = "checkpoint.pt"
MINUTES_FILE = "max_minutes"
"""Written into a run's folder, it cuts or prolongs the run: a number of minutes of training in all."""


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    # Padding included.
    minutes: float = 0.0
    # Of training, over all sittings.


_BAR = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"


def _bar_seconds() -> float:
    """How often the bar is drawn: in a log file seldom."""
    return 0.5 if sys.stderr.isatty() else 60.0


class Loop:
    """The optimiser's loop with its checkpoints and records."""

    def __init__(
        self,
        config: TrainConfig,
        model: PreTrainedModel,
        feed: Feed,
        run: Path,
        max_minutes: float | None,
        extras: Extras | None = None,
    ) -> None:
        self._config = config
        self._extras = extras or Extras()
        self._model = model
        self._feed = feed
        self._run = run
        self._max_minutes = max_minutes
        self._stopping = False
        self.progress = Progress()
        self.losses: list[float] = []
        self._optimizer = self._make_optimizer()
        # Of the weights since `schedule.average_from`.
        self._mean: AveragedModel | None = None
        # Of a step with sharing, mixed precision or several processes, the batches are computed one after another.
        plain = self._extras == Extras() and config.threads > 1 and config.micro_batches > 1
        self._threads = Threads(model.parameters(), config.threads) if plain else None

    def _make_optimizer(self) -> Any:
        schedule = self._config.schedule
        trained = [(name, value) for name, value in self._model.named_parameters() if value.requires_grad]
        if self._config.optimizer == "muon":
            from training.optimizers import make_muon

            return make_muon(trained, rate=schedule.peak_lr, weight_decay=schedule.weight_decay)
        matrices = [value for name, value in trained if value.ndim > 1 and "embed" not in name]
        others = [value for name, value in trained if value.ndim == 1 or "embed" in name]
        groups = [
            {"params": matrices, "weight_decay": schedule.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=schedule.peak_lr, betas=(0.9, 0.95), fused=True)

    @property
    def fraction(self) -> float:
        """How much of the schedule is done, 0 to 1."""
        by_tokens = self.progress.tokens / self._config.schedule.train_tokens
        by_time = self.progress.minutes / self._max_minutes if self._max_minutes else 0.0
        return min(1.0, max(by_tokens, by_time))

    def _read_limit(self) -> None:
        """Take over a time limit that was written into the run's folder meanwhile."""
        path = self._run / MINUTES_FILE
        if path.is_file():
            self._max_minutes = float(path.read_text())

    def learning_rate(self) -> float:
        """Return the rate of the next step: a linear warm-up, then half a cosine down to the final rate."""
        schedule = self._config.schedule
        warm = min(1.0, (self.progress.step + 1) / max(1, schedule.warmup_steps))
        decayed = schedule.final_lr + (1 - schedule.final_lr) * 0.5 * (1 + math.cos(math.pi * self.fraction))
        return schedule.peak_lr * warm * decayed

    def go(self, steps: int | None, *, show_progress: bool, encoded: Any) -> bool:
        """Train until the schedule, the steps or a signal ends it; return whether the schedule was done."""
        from torch.utils.tensorboard import SummaryWriter

        losses_of = self._extras.losses_of(self._model, self._compiled())
        writer = SummaryWriter(str(self._run / "tensorboard"))
        bar = tqdm(total=100.0, unit="%", disable=not show_progress, bar_format=_BAR, mininterval=_bar_seconds())
        kept = time.monotonic()
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        logged_tokens, logged_at = self.progress.tokens, time.monotonic()
        with self._signals(), (self._run / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
            batches = iter(self._feed)
            while self.fraction < 1 and not self._stopping and (steps is None or self.progress.step < steps):
                started = time.monotonic()
                self._step(next(batches), losses_of, sums)
                self._average()
                self.progress.minutes += (time.monotonic() - started) / 60
                self._agree()
                if self.progress.step % self._config.log_steps == 0:
                    self._read_limit()
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
                    self.save(self._run / CHECKPOINT_FILE)
                    kept = time.monotonic()
            if sums:
                speed = (self.progress.tokens - logged_tokens) / (time.monotonic() - logged_at)
                self._record(sums, speed, encoded(), metrics, writer)
        bar.close()
        writer.close()
        return self.fraction >= 1

    def _average(self) -> None:
        """Take the weights into the mean, once so much of the schedule is done and every so many steps.

        The mean of weights along a run generalises better than its end (Izmailov et al. 2018, "Averaging weights leads
        to wider optima", https://arxiv.org/abs/1803.05407).
        """
        schedule = self._config.schedule
        if schedule.average_from is None or self.fraction < schedule.average_from:
            return
        if self.progress.step % schedule.average_steps == 0 or self.fraction >= 1:
            self._mean = self._mean or AveragedModel(self._model)
            self._mean.update_parameters(self._model)

    def settle(self) -> None:
        """Put the mean of the weights, where one was kept, in their place: the last thing done to a finished run."""
        if self._mean is not None:
            self._model.load_state_dict(self._mean.module.state_dict())
            logger.info("the weights are the mean of %d", int(self._mean.n_averaged))

    def _step(self, batches: list[Batch], losses_of: LossesOf, sums: dict[str, list[float]]) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate()
        batches, method = self._extras.moved(batches), self._extras.method
        if method is not None:
            total, found = method.backward(batches, losses_of)
            for batch, each in zip(batches, found, strict=True):
                self._count(batch, each, sums)
        else:
            total = self._backward(batches, losses_of, sums)
        if self._extras.sharing is not None and (penalty := self._extras.sharing.penalty()) is not None:
            penalty.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._config.schedule.clip, foreach=True)
        self._optimizer.step()
        if method is not None:
            method.after(batches, losses_of)
        self._optimizer.zero_grad(set_to_none=True)
        self.losses.append(total)
        if not math.isfinite(self.losses[-1]):
            raise FloatingPointError(f"loss is {self.losses[-1]} at step {self.progress.step}; lower schedule.peak_lr")
        self.progress.step += 1
        self.progress.tokens += sum(batch.tokens for batch in batches)

    def _backward(self, batches: list[Batch], losses_of: LossesOf, sums: dict[str, list[float]]) -> float:
        """Leave the gradient of the step on the model, as the mixture weighs it, and return the loss."""
        weight = sum(batch.weights.sum().item() for batch in batches)
        processes = self._extras.processes
        if processes is not None:
            return self._backward_among(processes, batches, weight, losses_of, sums)
        if self._threads is not None:
            total, found = self._threads.backward(batches, losses_of, weight)
            for batch, each in zip(batches, found, strict=True):
                self._count(batch, each, sums)
            return total
        total = 0.0
        for batch in batches:
            each = losses_of(batch)
            loss = (each * batch.weights).sum() / weight
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
            self._count(batch, each.detach(), sums)
        return total

    def _backward_among(
        self,
        processes: Processes,
        batches: list[Batch],
        weight: float,
        losses_of: LossesOf,
        sums: dict[str, list[float]],
    ) -> float:
        """Do this process's part of the step.

        The gradients of all are averaged, so each is multiplied by how many there are.
        """
        mine, total = processes.share(batches), 0.0
        for number, batch in enumerate(mine):
            with processes.unsynchronised(last=number == len(mine) - 1):
                each = losses_of(batch)
                loss = (each * batch.weights).sum() / weight
                (loss * processes.count).backward()  # type: ignore[no-untyped-call]
            total += loss.item()
            self._count(batch, each.detach(), sums)
        return processes.sum(total)[0]

    def _agree(self) -> None:
        """Let all processes stop at the same step: by the first one's clock, or when any of them is told to."""
        processes = self._extras.processes
        if processes is None:
            return
        limit = self._max_minutes or 0.0
        self.progress.minutes, limit = processes.of_first(self.progress.minutes, limit)
        self._max_minutes = limit or None
        self._stopping = processes.sum(float(self._stopping))[0] > 0

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
            plain: Trunk = self._model.base_model
            return plain
        # Falls back to plain execution by itself where it cannot compile (no C++ compiler, say).
        torch._dynamo.config.suppress_errors = True
        compiled: Trunk = torch.compile(self._model.base_model, dynamic=True)
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
        """Write the checkpoint; a kill on the way leaves the one before. Of several processes, the first writes."""
        if self._extras.processes is not None and not self._extras.processes.is_first:
            return
        method = self._extras.method
        temporary = path.with_suffix(".tmp")
        torch.save(
            {
                "config": identity(self._config),
                "model": self._model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "feed": self._feed.state(),
                "progress": vars(self.progress),
            }
            | ({"balance": method.balance.state()} if method is not None else {})
            | ({"mean": self._mean.state_dict()} if self._mean is not None else {}),
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
        stored = torch.load(path, weights_only=True, map_location="cpu")
        if stored["config"] != identity(self._config):
            raise ConfigError(
                f"{path} was made with other settings or rows; add --fresh to begin again, or choose another --out"
            )
        self._model.load_state_dict(stored["model"])
        self._optimizer.load_state_dict(stored["optimizer"])
        torch.set_rng_state(stored["rng"])
        self._feed.restore(stored["feed"])
        if self._extras.method is not None:
            self._extras.method.balance.restore(stored["balance"])
        if "mean" in stored:
            self._mean = AveragedModel(self._model)
            self._mean.load_state_dict(stored["mean"])
        self.progress = Progress(**stored["progress"])
        logger.info("going on at step %d", self.progress.step)
