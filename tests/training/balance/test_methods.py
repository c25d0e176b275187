"""Every method against a case worked out by hand."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import tensor

from agent.errors import InputError
from training.balance import BalanceConfig, TaskLosses, make_balance
from training.balance.famo import Famo
from training.balance.pcgrad import PCGrad
from training.balance.static import Static
from training.balance.uncertainty import Uncertainty


def losses(means: list[float], shares: list[float] | None = None, *, tasks=None, rest: float = 0.0) -> TaskLosses:
    numbers = tuple(range(len(means))) if tasks is None else tasks
    leaves = tensor(means, requires_grad=True)
    return TaskLosses(numbers, leaves, tensor(shares or [1 / len(means)] * len(means)), tensor(rest))


def test_losses_of_positions_are_summed_up_by_task_and_weight():
    found = TaskLosses.of(tensor([1.0, 3.0, 5.0, 7.0]), tensor([1.0, 1.0, 2.0, 0.5]), tensor([2, 2, 0, -1]))
    assert found.tasks == (0, 2)
    torch.testing.assert_close(found.means, tensor([5.0, 2.0]))
    torch.testing.assert_close(found.shares, tensor([2 / 4.5, 2 / 4.5]))
    # (1 + 3 + 2*5 + 0.5*7) / 4.5, of which the text is 3.5 / 4.5.
    assert found.plain.item() == pytest.approx(17.5 / 4.5)
    assert found.rest.item() == pytest.approx(3.5 / 4.5)


def test_static_weights_multiply_the_shares():
    loss = Static([3.0, 0.5]).weighted(losses([2.0, 4.0], [0.25, 0.75], rest=0.1))
    # 3 * 0.25 * 2 + 0.5 * 0.75 * 4 + 0.1
    assert loss.item() == pytest.approx(3.1)


def test_uncertainty_divides_a_loss_by_its_learnt_variance():
    balance = Uncertainty(2, rate=0.1)
    balance.restore(balance.state() | {"log_variances": [math.log(2), 0.0]})
    given = losses([3.0, 1.0], [0.5, 0.5])
    loss = balance.weighted(given)
    # 0.5 (3 / 2 + log(2) / 2) + 0.5 (1 + 0)
    assert loss.item() == pytest.approx(0.75 + 0.25 * math.log(2) + 0.5)
    loss.backward()
    torch.testing.assert_close(given.means.grad, tensor([0.25, 0.5]))


def test_uncertainty_turns_down_a_task_whose_loss_stays_above_a_half():
    balance = Uncertainty(2, rate=0.1)
    # d/dv at v = 0 is share (1/2 - L): Adam's first step is the rate, up where L > 1/2 and down where L < 1/2.
    before = losses([3.0, 0.2])
    balance.weighted(before).backward()
    balance.observe(before, None)
    assert balance.weights() == pytest.approx({0: math.exp(-0.1), 1: math.exp(0.1)}, rel=1e-4)


def test_uncertainty_finds_the_variance_of_a_constant_loss():
    balance = Uncertainty(1, rate=0.05)
    for _ in range(300):
        given = losses([2.0])
        balance.weighted(given).backward()
        balance.observe(given, None)
    # exp(-v) L + v / 2 is least at exp(v) = 2 L.
    assert balance.weights()[0] == pytest.approx(1 / 4, rel=0.05)


def test_pcgrad_takes_out_what_conflicts():
    # g1 = (1, 0), g2 = (-1, 1): their product is -1.
    # g1 - (-1 / 2) g2 = (0.5, 0.5); g2 - (-1 / 1) g1 = (0, 1); sum (0.5, 1.5).
    found = PCGrad(seed=0).merged(tensor([[1.0, 0.0], [-1.0, 1.0]]))
    torch.testing.assert_close(found, tensor([0.5, 1.5]))


def test_pcgrad_adds_gradients_that_do_not_conflict():
    gradients = tensor([[1.0, 0.0, 2.0], [0.5, 1.0, 0.0], [0.0, 3.0, 0.0]])
    torch.testing.assert_close(PCGrad(seed=0).merged(gradients), gradients.sum(0))


def test_pcgrad_equals_the_algorithm_of_the_paper_on_many_tasks():
    generator = torch.Generator().manual_seed(4)
    gradients = torch.randn(5, 40, generator=generator)
    order = torch.Generator().manual_seed(9)
    projected = gradients.clone()
    for task in range(5):
        for other in torch.randperm(5, generator=order).tolist():
            product = projected[task] @ gradients[other]
            if other != task and product < 0:
                projected[task] -= product / gradients[other].norm() ** 2 * gradients[other]
    torch.testing.assert_close(PCGrad(seed=9).merged(gradients), projected.sum(0), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(projected, gradients)


def test_famo_follows_the_mean_gradient_of_the_log_losses():
    given = losses([2.0, 1.0])
    loss = Famo(2, rate=0.025, decay=0.001).weighted(given)
    # z = 1/2 each, c = 1 / (1/4 + 1/2) = 4/3: c (log 2 / 2 + 0), gradient c z / L = (1/3, 2/3).
    assert loss.item() == pytest.approx(2 / 3 * math.log(2), rel=1e-6)
    loss.backward()
    torch.testing.assert_close(given.means.grad, tensor([1 / 3, 2 / 3]))


def test_famo_moves_weight_to_the_task_that_falls_less():
    balance = Famo(2, rate=0.025, decay=0.0)
    balance.observe(losses([2.0, 1.0]), losses([1.0, 1.0]))
    # The fall is (log 2, 0); through the softmax (log 2 / 4, -log 2 / 4); Adam's first step is the rate.
    logits = balance.state()["logits"]
    assert logits == pytest.approx([-0.025, 0.025], rel=1e-4)
    assert balance.weights()[1] == pytest.approx(1 / (1 + math.exp(-0.05)), rel=1e-4)


def test_famo_leaves_tasks_that_a_step_does_not_hold():
    balance = Famo(3, rate=0.025, decay=0.1)
    balance.observe(losses([2.0, 1.0], tasks=(0, 2)), losses([1.0, 1.0], tasks=(0, 2)))
    assert balance.state()["logits"] == pytest.approx([-0.025, 0.0, 0.025], rel=1e-4)


@pytest.mark.parametrize("kind", ["static", "uncertainty", "pcgrad", "famo"])
def test_a_method_goes_on_from_its_state(kind):
    config = BalanceConfig(kind=kind)
    first, gradients = make_balance(config, ["a", "b"], seed=1), torch.randn(6, 9)

    def step(balance, number: int):
        if balance.needs_gradients:
            return balance.merged(gradients)
        given = losses([2.0 + number, 1.0])
        loss = balance.weighted(given)
        loss.backward()
        balance.observe(given, losses([1.0, 1.0]))
        return loss.detach()

    for number in range(3):
        step(first, number)
    second = make_balance(config, ["a", "b"], seed=1)
    second.restore(copy.deepcopy(first.state()))
    torch.testing.assert_close(step(first, 3), step(second, 3), rtol=1e-6, atol=0)
    assert first.weights() == pytest.approx(second.weights())


def test_a_weight_for_an_unknown_task_is_refused():
    with pytest.raises(InputError, match=r"balance\.weights names solve; the mixture has own, chat"):
        make_balance(BalanceConfig(weights={"solve": 2.0}), ["own", "chat"], seed=0)


def test_the_bare_name_of_a_method_is_a_configuration():
    assert BalanceConfig.model_validate("famo").kind == "famo"
    with pytest.raises(ValueError, match="expected 0 or more"):
        BalanceConfig(weights={"own": -1.0})
