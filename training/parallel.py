"""Training by several processes, on one machine or many, through accelerate.

    accelerate launch --cpu --num_processes 2 -m training train --config CONFIG
    torchrun --nproc-per-node 2 -m training train --config CONFIG

Every process goes through the same order of batches and computes its own part of each step; the gradient is that of the
whole step, so several processes learn what one would, faster. Only the first encodes rows and writes files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from training.model import Batch

LossesOf = Callable[[Batch], Tensor]


def processes_of_this_run() -> Processes | None:
    """Return the processes that accelerate or torchrun started this one among; None when it is alone."""
    return Processes() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else None


class Processes:
    """This process among its equals."""

    def __init__(self) -> None:
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        # Precision is the loop's business; statistics of buffers are none here.
        handler = DistributedDataParallelKwargs(broadcast_buffers=False)
        self._accelerator = Accelerator(cpu=not torch.cuda.is_available(), kwargs_handlers=[handler])
        self._module: Any = None

    @property
    def is_first(self) -> bool:
        """True in the one process that writes."""
        return bool(self._accelerator.is_main_process)

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return torch.device(self._accelerator.device)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._accelerator.num_processes)

    def wait(self) -> None:
        """Return when all have come here."""
        self._accelerator.wait_for_everyone()

    def spread(self, model: nn.Module, losses_of: LossesOf) -> LossesOf:
        """Return what computes losses so that a backward pass adds up the gradients of all processes."""
        self._module = self._accelerator.prepare(_LossModule(model, losses_of))
        spread: LossesOf = self._module
        return spread

    def share(self, batches: Sequence[Batch]) -> list[Batch]:
        """Return this process's batches of a step; one that counts nothing when there are fewer than processes."""
        mine = list(batches[self._accelerator.process_index :: self.count])
        return mine or [replace(batches[0], weights=torch.zeros_like(batches[0].weights))]

    def unsynchronised(self, *, last: bool) -> Any:
        """Return a context in which gradients stay here; they are exchanged with the last batch of a step."""
        return contextlib.nullcontext() if last else self._accelerator.no_sync(self._module)

    def sum(self, *values: float) -> list[float]:
        """Return the sums of values over all processes."""
        total = self._accelerator.reduce(torch.tensor(values, dtype=torch.float64, device=self.device), "sum")
        return [float(value) for value in total]

    def of_first(self, *values: float) -> list[float]:
        """Return the first process's values: clocks differ, and all must stop at the same step."""
        return self.sum(*(value if self.is_first else 0.0 for value in values))


class _LossModule(nn.Module):
    """Holds the model's parameters where a forward pass through it is seen by the wrapper that exchanges gradients."""

    def __init__(self, model: nn.Module, losses_of: LossesOf) -> None:
        super().__init__()
        self.model = model
        self._losses_of = losses_of

    def forward(self, batch: Batch) -> Tensor:
        """Return the losses of a batch."""
        return self._losses_of(batch)
