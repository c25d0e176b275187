"""Weights learnt as the tasks' noise.

Kendall, Gal, Cipolla 2018, "Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics"
(arXiv:1705.07115). A classifier whose logits are divided by a learnt temperature s^2 has about the loss
L / s^2 + log s (their equation 10). With v = log s^2, which keeps s^2 positive: exp(-v) L + v / 2.

The likelihood there is a product over observations, so a task counts as often as the step holds positions of it: both
terms are taken at the task's share. With v = 0 everywhere this is the loss as the mixture weighs it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from training.balance.base import Balance, TaskLosses


class Uncertainty(Balance):
    """L = sum of share_t (exp(-v_t) L_t + v_t / 2), the v_t learnt by an Adam of their own."""

    def __init__(self, tasks: int, *, rate: float) -> None:
        """Start with noise 1 everywhere, so with the mixture's weights."""
        # One parameter a task: Adam passes over those that a step holds nothing of.
        self._log_variances = [torch.zeros((), requires_grad=True) for _ in range(tasks)]
        self._optimizer = torch.optim.Adam(self._log_variances, lr=rate)

    def weighted(self, losses: TaskLosses) -> Tensor:
        """Return the loss; its gradient goes to the log variances too."""
        if not losses.tasks:
            return losses.plain
        variances = torch.stack([self._log_variances[task] for task in losses.tasks]).to(losses.means)
        return (losses.shares * (torch.exp(-variances) * losses.means + variances / 2)).sum() + losses.rest

    def observe(self, before: TaskLosses, after: TaskLosses | None) -> None:
        """Let the log variances follow the gradient that the backward pass has left on them."""
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def weights(self) -> dict[int, float]:
        """Return exp(-v) of every task."""
        return {task: float(torch.exp(-value.detach())) for task, value in enumerate(self._log_variances)}

    def state(self) -> dict[str, Any]:
        """Return the log variances and their optimiser's state."""
        return {
            "log_variances": [float(value.detach()) for value in self._log_variances],
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        with torch.no_grad():
            for value, stored in zip(self._log_variances, state["log_variances"], strict=True):
                value.fill_(stored)
        self._optimizer.load_state_dict(state["optimizer"])
