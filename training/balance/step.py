"""The backward pass of a step under a method: computes what the method asks for and leaves the gradient on the model.

The default (the mixture's weights alone) does not come here: it needs no more than the sum of the losses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import Parameter

from training.balance.base import Balance, TaskLosses
from training.model import Batch

LossesOf = Callable[[Batch], Tensor]
"""Returns the loss `(positions,)` of every learnt position of a batch."""


class BalancedStep:
    """Computes gradients by a method.

    >>> step = BalancedStep(balance, model.parameters())
    >>> total, each = step.backward(batches, losses_of)
    >>> optimizer.step()
    >>> step.after(batches, losses_of)
    """

    def __init__(self, balance: Balance, parameters: Sequence[Parameter]) -> None:
        self.balance = balance
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._before: TaskLosses | None = None

    def backward(self, batches: Sequence[Batch], losses_of: LossesOf) -> tuple[float, list[Tensor]]:
        """Leave the step's gradient on the parameters; return the loss and each batch's losses by position.

        The loss is the mixture's, whatever the method: so that runs can be compared.
        """
        if self.balance.needs_gradients:
            return self._by_task(batches, losses_of)
        # The graphs of all batches are held until the losses of the whole step are known.
        each = [losses_of(batch) for batch in batches]
        losses = _summed(each, batches)
        self.balance.weighted(losses).backward()  # type: ignore[no-untyped-call]
        self._before = losses
        return losses.plain.item(), [part.detach() for part in each]

    def _by_task(self, batches: Sequence[Batch], losses_of: LossesOf) -> tuple[float, list[Tensor]]:
        """Go through the rows of one task at a time: as many tokens as otherwise, in smaller batches."""
        weight = sum(batch.weights.sum() for batch in batches)
        each = [torch.zeros_like(batch.weights) for batch in batches]
        gradients: dict[int, Tensor] = {}
        for number, batch in enumerate(batches):
            assert batch.rows is not None
            for task in torch.unique(batch.rows).tolist():
                part, kept = rows_of(batch, batch.rows == task)
                if not len(part.at):
                    continue
                found = losses_of(part)
                loss = (found * part.weights).sum() / weight
                gradient = torch.autograd.grad(loss, self._parameters, allow_unused=True)
                flat = torch.cat(
                    [
                        torch.zeros_like(parameter).flatten() if piece is None else piece.flatten()
                        for piece, parameter in zip(gradient, self._parameters, strict=True)
                    ]
                )
                gradients[task] = gradients[task] + flat if task in gradients else flat
                each[number][kept] = found.detach()
        merged = self.balance.merged(torch.stack([gradients[task] for task in sorted(gradients)]))
        place = 0
        for parameter in self._parameters:
            piece = merged[place : place + parameter.numel()].view_as(parameter)
            parameter.grad = piece.clone() if parameter.grad is None else parameter.grad + piece
            place += parameter.numel()
        self._before = _summed(each, batches)
        return self._before.plain.item(), each

    def after(self, batches: Sequence[Batch], losses_of: LossesOf) -> None:
        """Tell the method about the step that was made since ``backward``."""
        assert self._before is not None
        after = None
        if self.balance.looks_twice:
            with torch.no_grad():
                after = _summed([losses_of(batch) for batch in batches], batches)
        self.balance.observe(self._before, after)
        self._before = None


def rows_of(batch: Batch, chosen: Tensor) -> tuple[Batch, Tensor]:
    """Return some rows of a batch as a batch, and which of its positions `(positions,)` bool those are."""
    assert batch.rows is not None
    seq_len = batch.ids.shape[1]
    row, column = batch.at // seq_len, batch.at % seq_len
    kept = chosen[row]
    new_row = torch.cumsum(chosen, 0) - 1
    held = kept[: len(batch.illegal)]
    part = Batch(
        ids=batch.ids[chosen],
        at=new_row[row[kept]] * seq_len + column[kept],
        targets=batch.targets[kept],
        weights=batch.weights[kept],
        illegal=batch.illegal[held],
        tasks=batch.tasks[kept],
        rows=batch.rows[chosen],
    )
    return part, kept


def _summed(each: Sequence[Tensor], batches: Sequence[Batch]) -> TaskLosses:
    return TaskLosses.of(
        torch.cat(list(each)),
        torch.cat([batch.weights for batch in batches]),
        torch.cat([batch.tasks for batch in batches]),
    )
