"""Gradients projected where they conflict.

Yu et al. 2020, "Gradient Surgery for Multi-Task Learning" (arXiv:2001.06782), algorithm 1: for every task, in a random
order of the others, where its gradient has a negative product with another's, the part along the other's is taken
out; then all are added up. Without a conflict this is the sum of the gradients.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from training.balance.base import Balance


class PCGrad(Balance):
    """Projects each task's gradient onto the normal plane of those it conflicts with."""

    needs_gradients = True

    def __init__(self, *, seed: int) -> None:
        """Seed the order in which conflicts are looked for."""
        self._generator = torch.Generator().manual_seed(seed)

    def merged(self, gradients: Tensor) -> Tensor:
        """Return the sum of the projected gradients.

        Every projected gradient is a combination of the given ones, so the work is done on their products, a small
        `(tasks, tasks)` matrix, and the long vectors are combined once at the end.
        """
        count = len(gradients)
        products = (gradients @ gradients.T).double().cpu()
        combinations = torch.eye(count, dtype=torch.float64)
        for task in range(count):
            for other in torch.randperm(count, generator=self._generator).tolist():
                if other == task:
                    continue
                product = combinations[task] @ products[:, other]
                if product < 0:
                    combinations[task, other] -= product / products[other, other]
        return combinations.sum(0).to(gradients) @ gradients

    def state(self) -> dict[str, Any]:
        """Return where the random order stands."""
        return {"generator": self._generator.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self._generator.set_state(state["generator"])
