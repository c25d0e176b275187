"""The optimiser of a run: AdamW, or Muon for the matrices inside the layers and AdamW for the rest.

Muon (Jordan 2024, https://kellerjordan.github.io/posts/muon/; Liu et al. 2025, "Muon is Scalable for LLM Training",
arXiv:2502.16982) makes the update of a matrix orthogonal. With the second paper's scaling its updates are as large as
AdamW's, so one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.95)


def make_muon(named: Iterable[tuple[str, nn.Parameter]], *, rate: float, weight_decay: float) -> Pair:
    """Return Muon for every matrix but the embeddings, and AdamW for the embeddings, vectors and stacks of matrices."""
    trained = [(name, value) for name, value in named if value.requires_grad]
    matrices = [value for name, value in trained if value.ndim == 2 and not _is_table(name)]
    others = [value for name, value in trained if value.ndim != 2 or _is_table(name)]
    if not matrices:
        raise ValueError("Muon needs a matrix to train, and there is none; choose optimizer: adamw")
    muon = torch.optim.Muon(matrices, lr=rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
    return Pair(muon, torch.optim.AdamW(others, lr=rate, betas=BETAS, weight_decay=0.0) if others else None)


def _is_table(name: str) -> bool:
    return "embed" in name or "lm_head" in name


class Pair:
    """Two optimisers that are stepped, saved and restored as one."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer | None) -> None:
        self._parts = [part for part in (first, second) if part is not None]

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both, whose learning rates the loop sets."""
        return [group for part in self._parts for group in part.param_groups]

    def step(self) -> None:
        """Make the step of both."""
        for part in self._parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """Return the state of both."""
        return {"parts": [part.state_dict() for part in self._parts]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        for part, stored in zip(self._parts, state["parts"], strict=True):
            part.load_state_dict(stored)


def autocast(precision: str, device: torch.device) -> torch.autocast | None:
    """Return what computes in bfloat16, or None for float32.

    "auto" takes bfloat16 on a GPU that has it, and float32 on a CPU: without matrix units for it (AMX) bfloat16 is
    slower there, see LOG.md; "bfloat16" takes it anywhere.
    """
    if precision == "float32":
        return None
    if precision == "auto" and not (device.type == "cuda" and torch.cuda.is_bf16_supported()):
        return None
    return torch.autocast(device.type, dtype=torch.bfloat16)


def to_device(batch: Any, device: torch.device) -> Any:
    """Return a batch (a dataclass of tensors) on a device."""
    moved = {
        name: value.to(device, non_blocking=True) if isinstance(value, Tensor) else value
        for name, value in vars(batch).items()
    }
    return type(batch)(**moved)
