"""What both ways of sharing have in common: which group a row is of, and how a model is taken apart again.

Knows modules and tensors; no rows, no files.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from training.model import Batch
from training.sharing import SharingConfig

Weights = dict[str, Tensor]


class Router:
    """Tells the modules inside a model which group each row of the present batch is of."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """Take the group number of every task."""
        self._group_of = torch.tensor(numbers)
        self.groups = torch.empty(0, dtype=torch.int64)
        # `(batch,)`: set before every forward pass.

    def enter(self, batch: Batch) -> None:
        """Look at the rows of the batch that is computed next."""
        assert batch.rows is not None
        self._group_of = self._group_of.to(batch.rows.device)
        self.groups = self._group_of[batch.rows]


class Sharing(ABC):
    """A way of sharing, put into one model.

    >>> sharing.install(model)
    >>> sharing.router.enter(batch)
    >>> losses(model, batch)
    """

    def __init__(self, config: SharingConfig, numbers: Sequence[int]) -> None:
        self.config = config
        self.router = Router(numbers)
        self.groups = tuple(config.groups)

    @abstractmethod
    def install(self, model: PreTrainedModel) -> None:
        """Give every group its own part of the model, the same for all at first."""

    def penalty(self) -> Tensor | None:
        """Return what the groups' own weights add to the loss, `()`; None when they add nothing."""
        return None

    @abstractmethod
    def group_weights(self, model: PreTrainedModel, group: int) -> Weights:
        """Return the weights of the plain model that a group's rows are computed by."""

    def shared_weights(self, model: PreTrainedModel) -> Weights | None:
        """Return the weights of a plain model that all groups come from; None when there is no such model."""
        return None

    def adapter(self, model: PreTrainedModel, group: int) -> Weights | None:
        """Return a group's own part as LoRA matrices, by peft's names; None when it is no LoRA."""
        return None


def plain_model(model: PreTrainedModel, weights: Weights) -> PreTrainedModel:
    """Return a model of the same architecture, without groups, that holds the given weights."""
    with torch.random.fork_rng(devices=[]):
        plain = type(model)(model.config)
    missing, unexpected = plain.load_state_dict(weights, strict=False)
    # Tied output weights are the embeddings, once.
    assert not unexpected, unexpected
    assert set(missing) <= {"lm_head.weight"}, missing
    plain.tie_weights()
    return plain
