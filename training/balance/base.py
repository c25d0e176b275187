"""The one protocol of all methods, and the losses they are given. Knows tensors; no rows, no model, no optimiser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

TEXT = -1
"""Task number of positions in the user's own text (`Batch.tasks`): an aid, which no method balances."""


@dataclass(frozen=True)
class TaskLosses:
    """The losses of one step, task by task."""

    tasks: tuple[int, ...]
    # Numbers of the tasks that the step holds answers of, ascending.
    means: Tensor
    # `(tasks,)`: mean loss of each, over its positions by their weights.
    shares: Tensor
    # `(tasks,)`: each task's part of the weights of the step; with the user's text they add up to 1.
    rest: Tensor
    # `()`: what the user's text adds to the loss, at its share.

    @classmethod
    def of(cls, each: Tensor, weights: Tensor, tasks: Tensor) -> TaskLosses:
        """Sum up the losses of single positions.

        Args:
            each: `(positions,)` loss of every position.
            weights: `(positions,)` its weight.
            tasks: `(positions,)` int64 number of its task, `TEXT` for the user's text.
        """
        total = weights.sum()
        weighted = each * weights
        numbers = tuple(number for number in torch.unique(tasks).tolist() if number != TEXT)
        sums = [(weighted[tasks == number].sum(), weights[tasks == number].sum()) for number in numbers]
        empty = each.new_zeros(0)
        return cls(
            numbers,
            torch.stack([loss / weight for loss, weight in sums]) if sums else empty,
            torch.stack([weight / total for _, weight in sums]) if sums else empty,
            weighted[tasks == TEXT].sum() / total,
        )

    @property
    def plain(self) -> Tensor:
        """`()`: the loss as the mixture weighs it."""
        return (self.means * self.shares).sum() + self.rest


class Balance:
    """A method. What it does not need it leaves as it is here: the loss as the mixture weighs it.

    A step goes: ``weighted`` is differentiated (or, for a method that needs the tasks' gradients, ``merged`` makes one
    of them), the model's optimiser steps, ``observe`` is told.
    """

    needs_gradients = False
    # True: the gradient of every task is computed by itself and handed to `merged`; `weighted` is not asked.
    looks_twice = False
    # True: the losses of the same batches are computed again after the step, for `observe`. Costs a forward pass.

    def weighted(self, losses: TaskLosses) -> Tensor:
        """Return the loss `()` whose gradient the model follows."""
        return losses.plain

    def merged(self, gradients: Tensor) -> Tensor:
        """Return one gradient `(parameters,)` of those of the tasks, `(tasks, parameters)`, each at its share."""
        return gradients.sum(0)

    def observe(self, before: TaskLosses, after: TaskLosses | None) -> None:
        """Learn from a step that was made: the losses before it and, when asked for, after it."""

    def weights(self) -> dict[int, float]:
        """Return the present weight of every task, for the record; empty where there is nothing to tell."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
