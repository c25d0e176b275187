"""Batches computed at once give the gradient of batches computed one after another."""

from __future__ import annotations

import torch

from tests.training.factory import renderer, understand_rows
from training.encode import Encoder
from training.feed import collate
from training.model import Batch, ModelConfig, build_model, losses
from training.threads import Threads
from training.tokenizer import train_tokenizer

SMALL = ModelConfig(hidden_size=32, layers=1, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=256)


def _batches() -> tuple[list[Batch], int]:
    rows, made = understand_rows(12), renderer()
    tokenizer = train_tokenizer((made.render(row).prompt for row in rows), vocab_size=400)
    encoder = Encoder(tokenizer, made, context=256)
    parts = [("own", encoder.encode(row), False) for row in rows]
    size = tokenizer.get_vocab_size()
    return [
        collate(parts[at : at + 4], names=["own"], loss_weights={"own": 1.0}, text_weight=0.1, vocab_size=size)
        for at in (0, 4, 8)
    ], size


def test_threads_leave_the_gradient_that_one_thread_leaves():
    batches, size = _batches()
    model = build_model(SMALL, vocab_size=size, seed=3)
    weight = sum(float(batch.weights.sum()) for batch in batches)
    expected_total = 0.0
    for batch in batches:
        loss = (losses(model, batch) * batch.weights).sum() / weight
        loss.backward()
        expected_total += loss.item()
    expected = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad(set_to_none=True)

    total, found = Threads(model.parameters(), 2).backward(batches, lambda batch: losses(model, batch), weight)

    assert abs(total - expected_total) < 1e-5
    assert [len(each) for each in found] == [len(batch.at) for batch in batches]
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-6)
