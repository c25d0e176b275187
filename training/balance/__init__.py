"""How the losses of several tasks become one gradient: fixed weights, learnt weights, or gradients without conflict.

    balance: static         # shares of the mixture and loss_weight, the default; or weights of its own per task
    balance: uncertainty    # Kendall et al. 2018: weights learnt as the tasks' noise
    balance: pcgrad         # Yu et al. 2020: gradients projected where they conflict
    balance: famo           # Liu et al. 2023: every task's loss falls at one rate

Importing this package loads no method; ``make_balance`` loads the one that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.errors import InputError
from training.balance.base import Balance, TaskLosses

__all__ = ["Balance", "BalanceConfig", "TaskLosses", "make_balance"]


class BalanceConfig(BaseModel):
    """How tasks are balanced. In YAML the bare name of a method will do: ``balance: famo``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["static", "uncertainty", "pcgrad", "famo"] = "static"
    weights: Mapping[str, float] = Field(default_factory=dict)
    # static only: factor on the loss of a source, by its label; 1 for those not named.
    rate: float | None = Field(default=None, gt=0)
    # uncertainty, famo: learning rate of the weights themselves; None takes the method's own.
    decay: float = Field(default=0.001, ge=0)
    # famo only: pull of the weights back to equal ones.

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @field_validator("weights")
    @classmethod
    def _not_negative(cls, weights: Mapping[str, float]) -> Mapping[str, float]:
        for name, weight in weights.items():
            if weight < 0:
                raise ValueError(f"weight of {name!r} is {weight}; expected 0 or more")
        return weights

    @property
    def is_default(self) -> bool:
        """True when the mixture's own weights decide, which costs nothing."""
        return self.kind == "static" and not self.weights


def make_balance(config: BalanceConfig, names: Sequence[str], *, seed: int) -> Balance:
    """Return the method of a configuration for the given tasks.

    Raises:
        InputError: a weight is given for a task that is not in the mixture.
    """
    if unknown := sorted(set(config.weights) - set(names)):
        raise InputError(f"balance.weights names {', '.join(unknown)}; the mixture has {', '.join(names)}")
    match config.kind:
        case "static":
            from training.balance.static import Static

            return Static([config.weights.get(name, 1.0) for name in names])
        case "uncertainty":
            from training.balance.uncertainty import Uncertainty

            return Uncertainty(len(names), rate=config.rate or 0.005)
        case "pcgrad":
            from training.balance.pcgrad import PCGrad

            return PCGrad(seed=seed)
        case "famo":
            from training.balance.famo import Famo

            return Famo(len(names), rate=config.rate or 0.025, decay=config.decay)
