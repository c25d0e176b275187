"""Weights under which every task's loss falls at one rate.

Liu, Feng, Stone, Liu 2023, "FAMO: Fast Adaptive Multitask Optimization" (arXiv:2306.03792), algorithm 1. With z the
softmax of learnt logits, the model follows c * sum of z_t grad log L_t, c = 1 / sum of (z_t / L_t); after its step the
logits follow how much each log L_t fell: a task that falls less gains weight. The logits learn by Adam, as the
authors' practice is; a step's losses are compared on the same batches, which costs one forward pass.

All tasks count alike here, whatever their share of the mixture. A step that holds some of the tasks only takes the
softmax over those and leaves the logits of the others.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from training.balance.base import Balance, TaskLosses

_SMALL = 1e-8
# Keeps the logarithm of a loss that has become 0.


class Famo(Balance):
    """Balances the rates at which log losses fall."""

    looks_twice = True

    def __init__(self, tasks: int, *, rate: float, decay: float) -> None:
        """Start with equal weights.

        Args:
            tasks: how many there are.
            rate: learning rate of the logits.
            decay: pull of the logits to 0, the paper's gamma.
        """
        self._logits = [torch.zeros((), requires_grad=True) for _ in range(tasks)]
        self._decay = decay
        self._optimizer = torch.optim.Adam(self._logits, lr=rate)

    def weighted(self, losses: TaskLosses) -> Tensor:
        """Return the loss whose gradient is the weighted mean of the tasks' gradients, weights z_t / L_t."""
        if not losses.tasks:
            return losses.plain
        share = self._softmax(losses.tasks).detach().to(losses.means)
        means = losses.means + _SMALL
        scale = 1 / (share / means.detach()).sum()
        return scale * (share * means.log()).sum() + losses.rest

    def observe(self, before: TaskLosses, after: TaskLosses | None) -> None:
        """Move weight to the tasks whose log loss fell least."""
        if after is None or not before.tasks:
            return
        fall = (before.means.detach() + _SMALL).log() - (after.means.detach() + _SMALL).log()
        logits = [self._logits[task] for task in before.tasks]
        gradients = torch.autograd.grad(self._softmax(before.tasks), logits, grad_outputs=fall.float().cpu())
        for logit, gradient in zip(logits, gradients, strict=True):
            logit.grad = gradient + self._decay * logit.detach()
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def _softmax(self, tasks: tuple[int, ...]) -> Tensor:
        return torch.softmax(torch.stack([self._logits[task] for task in tasks]), 0)

    def weights(self) -> dict[int, float]:
        """Return the softmax of the logits: the part each task has in the gradient of the log losses."""
        return dict(enumerate(self._softmax(tuple(range(len(self._logits)))).tolist()))

    def state(self) -> dict[str, Any]:
        """Return the logits and their optimiser's state."""
        return {
            "logits": [float(value.detach()) for value in self._logits],
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        with torch.no_grad():
            for value, stored in zip(self._logits, state["logits"], strict=True):
                value.fill_(stored)
        self._optimizer.load_state_dict(state["optimizer"])
