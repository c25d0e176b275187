"""The backward pass of a step under a method: equal to the default where the method changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.balance.base import Balance
from training.balance.step import BalancedStep, rows_of
from training.encode import Example
from training.feed import collate
from training.model import Batch, ModelConfig, build_model, losses

SMALL = ModelConfig(hidden_size=32, layers=2, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=64)
NAMES = ("held", "free")


def u16(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint16)


HELD = Example(u16(2, 5, 20, 21, 1), 2, u16(2, 4), (u16(20, 30, 31), u16(1, 22)), (1, 2))
FREE = Example(u16(7, 40, 41, 8, 50, 51, 1), 4, u16(4, 5, 6), (u16(),) * 3, (1, 3))


def batch(*parts) -> Batch:
    return collate(parts, names=NAMES, loss_weights={"held": 1.0, "free": 2.0}, text_weight=0.1, vocab_size=64)


BATCHES = [
    batch(("held", HELD, True), ("free", FREE, False), ("held", HELD, False)),
    batch(("free", FREE, True)),
]


def model():
    return build_model(SMALL, vocab_size=64, seed=3)


def default_gradient() -> tuple[float, list[torch.Tensor]]:
    network = model()
    weight = sum(item.weights.sum() for item in BATCHES)
    total = sum((losses(network, item) * item.weights).sum() / weight for item in BATCHES)
    total.backward()
    return total.item(), [parameter.grad for parameter in network.parameters()]


class Sum(Balance):
    """Adds the tasks' gradients up."""

    needs_gradients = True


@pytest.mark.parametrize("balance", [Balance(), Sum()], ids=["by losses", "by gradients"])
def test_without_a_method_the_step_is_the_default_one(balance):
    expected, gradients = default_gradient()
    network = model()
    step = BalancedStep(balance, list(network.parameters()))
    total, each = step.backward(BATCHES, lambda item: losses(network, item))
    assert total == pytest.approx(expected, rel=1e-5)
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-6)
    for found, item in zip(each, BATCHES, strict=True):
        torch.testing.assert_close(found, losses(network, item).detach(), rtol=1e-4, atol=1e-5)


def test_a_method_that_looks_twice_is_told_the_losses_after_the_step():
    seen = {}

    class Looks(Balance):
        looks_twice = True

        def observe(self, before, after):
            seen.update(before=before, after=after)

    network = model()
    step = BalancedStep(Looks(), list(network.parameters()))
    step.backward(BATCHES, lambda item: losses(network, item))
    torch.optim.SGD(network.parameters(), lr=0.1).step()
    step.after(BATCHES, lambda item: losses(network, item))
    assert seen["before"].tasks == seen["after"].tasks == (0, 1)
    assert (seen["after"].means < seen["before"].means).all()


def test_rows_of_a_batch_are_a_batch_with_the_same_losses():
    network, whole = model(), BATCHES[0]
    part, kept = rows_of(whole, torch.tensor([True, False, True]))
    assert part.ids.shape == (2, 7)
    assert part.rows.tolist() == [0, 0]
    torch.testing.assert_close(losses(network, part), losses(network, whole)[kept], rtol=1e-4, atol=1e-5)
