"""Soft sharing: every group has a low-rank part of its own on top of every shared weight matrix.

A group's matrix is W + s B A, and the loss holds pull * |s B A|^2 (Frobenius), the squared distance between the group's
weights and the shared ones: soft parameter sharing as of Duong et al. 2015 ("Low Resource Dependency Parsing:
Cross-lingual Parameter Sharing in a Neural Network Parser", ACL), with the distance held to low rank by LoRA (Hu et al.
2021, arXiv:2106.09685). Shared and own weights are trained together, on batches that mix the groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from training.sharing import SharingConfig
from training.sharing.base import Router, Sharing, Weights

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""What gets a part of its own: what vLLM can hold adapters for. Embeddings and norms stay shared."""
SCALE = 2.0
"""lora_alpha / rank."""


class GroupedLinear(nn.Module):
    """A shared linear map with a low-rank part per group, chosen row by row of the batch."""

    def __init__(self, linear: nn.Linear, *, groups: int, rank: int, router: Router) -> None:
        super().__init__()
        self.linear = linear
        # A as LoRA starts it, B at zero: at first every group computes what all share.
        self.down = nn.Parameter(torch.empty(groups, rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(groups, linear.out_features, rank))
        for matrix in self.down:
            nn.init.kaiming_uniform_(matrix, a=math.sqrt(5))
        self._router = router

    def forward(self, x: Tensor) -> Tensor:
        """Map `(batch, seq_len, in)` to `(batch, seq_len, out)`."""
        groups = self._router.groups
        assert len(groups) == len(x)
        own = (x @ self.down[groups].mT) @ self.up[groups].mT
        mapped: Tensor = self.linear(x) + SCALE * own
        return mapped

    def delta(self, group: int) -> Tensor:
        """Return the group's own part `(out, in)`."""
        own: Tensor = SCALE * self.up[group] @ self.down[group]
        return own

    def distance(self) -> Tensor:
        """Return the sum over the groups of the squared norm of their own part, without forming it."""
        squared: Tensor = SCALE**2 * ((self.up.mT @ self.up) * (self.down @ self.down.mT)).sum()
        return squared


class Soft(Sharing):
    """Low-rank parts per group, pulled to zero."""

    def __init__(self, config: SharingConfig, numbers: Sequence[int]) -> None:
        super().__init__(config, numbers)
        self._modules: dict[str, GroupedLinear] = {}

    def install(self, model: PreTrainedModel) -> None:
        """Replace the linear maps of all layers."""
        for name, module in list(model.named_modules()):
            parent, _, last = name.rpartition(".")
            if last in TARGETS and isinstance(module, nn.Linear):
                grouped = GroupedLinear(module, groups=len(self.groups), rank=self.config.rank, router=self.router)
                setattr(model.get_submodule(parent), last, grouped)
                self._modules[name] = grouped
        assert self._modules

    def penalty(self) -> Tensor | None:
        """Return the pull to the shared weights."""
        if not self.config.pull:
            return None
        return self.config.pull * torch.stack([module.distance() for module in self._modules.values()]).sum()

    def shared_weights(self, model: PreTrainedModel) -> Weights:
        """Return the weights below the groups' own parts."""
        return {
            name.replace(".linear.", "."): value.detach()
            for name, value in model.state_dict().items()
            if not name.endswith((".down", ".up"))
        }

    def group_weights(self, model: PreTrainedModel, group: int) -> Weights:
        """Return the weights with a group's own part added in."""
        weights = self.shared_weights(model)
        with torch.no_grad():
            for name, module in self._modules.items():
                weights[f"{name}.weight"] = weights[f"{name}.weight"] + module.delta(group)
        return weights

    def adapter(self, model: PreTrainedModel, group: int) -> Weights:
        """Return a group's matrices by peft's names."""
        matrices: Weights = {}
        for name, module in self._modules.items():
            matrices[f"base_model.model.{name}.lora_A.weight"] = module.down[group].detach().contiguous()
            matrices[f"base_model.model.{name}.lora_B.weight"] = module.up[group].detach().contiguous()
        return matrices
