"""Fixed weights: scalarisation, the baseline that every other method has to beat.

Kurin et al. 2022, "In Defense of the Unitary Scalarization for Deep Multi-Task Learning" (arXiv:2201.04122), and
Xin et al. 2022, "Do Current Multi-Task Optimization Methods in Deep Learning Even Help?" (arXiv:2209.11379), find that
tuned fixed weights are rarely beaten.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from training.balance.base import Balance, TaskLosses


class Static(Balance):
    """L = sum of w_t share_t L_t, with the share of each task in the step's positions."""

    def __init__(self, weights: Sequence[float]) -> None:
        """Take a weight per task."""
        self._weights = list(weights)

    def weighted(self, losses: TaskLosses) -> Tensor:
        """Return the weighted sum of the losses."""
        weights = losses.means.new_tensor([self._weights[task] for task in losses.tasks])
        return (weights * losses.shares * losses.means).sum() + losses.rest

    def weights(self) -> dict[int, float]:
        """Return the weights as given."""
        return dict(enumerate(self._weights))
