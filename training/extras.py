"""What a step does besides the default: groups, balancing, several processes, a GPU, bfloat16.

By default there is nothing of it, and the loop is as it would be without this module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers import PreTrainedModel

from training.config import ConfigError, TrainConfig
from training.model import Batch, Trunk, losses

if TYPE_CHECKING:
    from training.balance.step import BalancedStep
    from training.parallel import Processes
    from training.sharing.base import Sharing

LossesOf = Callable[[Batch], Tensor]


@dataclass
class Extras:
    """The parts that a configuration asks for."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    autocast: torch.autocast | None = None
    sharing: Sharing | None = None
    method: BalancedStep | None = None
    processes: Processes | None = None

    def losses_of(self, model: PreTrainedModel, trunk: Trunk) -> LossesOf:
        """Return what computes the losses of a batch."""
        if self.autocast is None and self.sharing is None and self.processes is None:
            return partial(losses, model, trunk=trunk)

        def found(batch: Batch) -> Tensor:
            if self.sharing is not None:
                self.sharing.router.enter(batch)
            with self.autocast or contextlib.nullcontext():
                return losses(model, batch, trunk=trunk)

        return found if self.processes is None else self.processes.spread(model, found)

    def moved(self, batches: list[Batch]) -> list[Batch]:
        """Return the batches where the model is."""
        if self.device.type == "cpu":
            return batches
        from training.optimizers import to_device

        return [to_device(batch, self.device) for batch in batches]


def make_extras(
    config: TrainConfig, model: PreTrainedModel, names: Sequence[str], processes: Processes | None
) -> Extras:
    """Put into a model what the configuration asks for, move it to its device, and return what the loop needs.

    Raises:
        ConfigError: the parts do not go together.
        InputError: groups or weights do not fit the mixture.
    """
    if processes is not None and not (config.sharing.kind == "hard" and config.balance.is_default):
        raise ConfigError("several processes train with hard sharing and static balance only; start one process")
    extras = Extras(device=_device(config, processes), processes=processes)
    if config.sharing.kind != "hard":
        if config.base is not None and config.base.lora is not None:
            raise ConfigError("base.lora and sharing both adapt the weights; choose one of them")
        from training.sharing import make_sharing

        extras.sharing = make_sharing(config.sharing, names)
        extras.sharing.install(model)
    if extras.device.type != "cpu":
        model.to(extras.device)  # type: ignore[arg-type]
    if config.precision != "float32":
        from training.optimizers import autocast

        extras.autocast = autocast(config.precision, extras.device)
    if not config.balance.is_default:
        from training.balance import make_balance
        from training.balance.step import BalancedStep

        extras.method = BalancedStep(make_balance(config.balance, names, seed=config.seed), list(model.parameters()))
    return extras


def _device(config: TrainConfig, processes: Processes | None) -> torch.device:
    if processes is not None:
        return processes.device
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(config.device)
