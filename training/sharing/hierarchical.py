"""Hierarchical sharing: all groups share the lower layers, and each has upper layers of its own.

Caruana 1997, "Multitask Learning" (Machine Learning 28), shares the lower layers; Søgaard and Goldberg 2016, "Deep
multi-task learning with low level tasks supervised at lower layers" (ACL), find that it matters which. Embeddings,
which are the output weights too, and the last norm are shared.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from agent.errors import InputError
from training.sharing.base import Router, Sharing, Weights

_OWN = re.compile(r"^(model\.layers\.\d+)\.of_group\.(\d+)\.(.+)$")


class GroupedLayer(nn.Module):
    """One layer per group; every row goes through its group's."""

    def __init__(self, layer: nn.Module, *, groups: int, router: Router) -> None:
        super().__init__()
        self.of_group = nn.ModuleList([layer, *(copy.deepcopy(layer) for _ in range(groups - 1))])
        self._router = router

    def forward(self, hidden_states: Tensor, **others: Any) -> Tensor:
        """Compute `(batch, seq_len, hidden)`; what else has a row per row of the batch is split with it."""
        groups = self._router.groups
        assert len(groups) == len(hidden_states)
        # A cache of keys holds one layer's rows together: for training only, answers come from the groups' own folders.
        assert others.get("past_key_values") is None
        present = torch.unique(groups).tolist()
        if len(present) == 1:
            only: Tensor = self.of_group[present[0]](hidden_states, **others)
            return only
        parts, places = [], []
        for group in present:
            place = (groups == group).nonzero()[:, 0]
            picked = {name: _rows(value, place, len(groups)) for name, value in others.items()}
            parts.append(self.of_group[group](hidden_states[place], **picked))
            places.append(place)
        return torch.cat(parts)[torch.argsort(torch.cat(places))]


def _rows(value: Any, place: Tensor, count: int) -> Any:
    return value[place] if isinstance(value, Tensor) and value.ndim and len(value) == count else value


class Hierarchical(Sharing):
    """Upper layers per group."""

    def install(self, model: PreTrainedModel) -> None:
        """Replace the layers above the shared ones.

        Raises:
            InputError: there is no layer above them.
        """
        layers = model.model.layers
        if self.config.shared_layers >= len(layers):
            raise InputError(
                f"sharing.shared_layers is {self.config.shared_layers}, the model has {len(layers)} layers; "
                "expected fewer, so that the groups have layers of their own"
            )
        for number in range(self.config.shared_layers, len(layers)):
            layers[number] = GroupedLayer(layers[number], groups=len(self.groups), router=self.router)

    def group_weights(self, model: PreTrainedModel, group: int) -> Weights:
        """Return the shared weights and the group's layers, as one plain model has them."""
        weights: Weights = {}
        for name, value in model.state_dict().items():
            own = _OWN.match(name)
            if own is None:
                weights[name] = value.detach()
            elif int(own[2]) == group:
                weights[f"{own[1]}.{own[3]}"] = value.detach()
        return weights
