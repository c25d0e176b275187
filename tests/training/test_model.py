"""The loss: normalised over the legal tokens, computed only where something is learnt."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import torch

from training.encode import Example
from training.feed import collate, drop_words
from training.model import ModelConfig, build_model, losses

SMALL = ModelConfig(hidden_size=32, layers=2, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=64)


def u16(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint16)


HELD = Example(u16(2, 5, 20, 21, 1), 2, u16(2, 4), (u16(20, 30, 31), u16(1, 22)), (1, 2))
FREE = Example(u16(7, 40, 41, 8, 50, 51, 1), 4, u16(4, 5, 6), (u16(),) * 3, (1, 3))


def batch(*parts):
    return collate(
        parts, names=("held", "free"), loss_weights={"held": 1.0, "free": 2.0}, text_weight=0.1, vocab_size=64
    )


def test_the_loss_is_the_cross_entropy_over_legal_tokens_alone():
    model = build_model(SMALL, vocab_size=64, seed=3)
    found = losses(model, batch(("held", HELD, False), ("free", FREE, False)))
    with torch.no_grad():
        held = model(torch.tensor([HELD.ids.tolist()])).logits[0]
        free = model(torch.tensor([FREE.ids.tolist()])).logits[0]
    first, second = held[1], held[3]
    expected = [
        first[[20, 30, 31]].logsumexp(0) - first[20],
        second[[1, 22]].logsumexp(0) - second[1],
        *(free[place - 1].logsumexp(0) - free[place - 1][int(FREE.ids[place])] for place in (4, 5, 6)),
    ]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-4, atol=1e-5)


def test_padding_changes_no_loss():
    model = build_model(SMALL, vocab_size=64, seed=3)
    alone = losses(model, batch(("held", HELD, False)))
    padded = losses(model, batch(("held", HELD, False), ("free", FREE, False)))[: len(alone)]
    torch.testing.assert_close(alone, padded, rtol=1e-4, atol=1e-5)


def test_an_illegal_token_gets_no_gradient_through_the_loss():
    model = build_model(SMALL, vocab_size=64, seed=3)
    losses(model, batch(("held", HELD, False))).sum().backward()
    gradient = model.model.embed_tokens.weight.grad
    # 60 is neither read nor legal; 30 is legal only.
    assert gradient[60].abs().sum() == 0
    assert gradient[30].abs().sum() > 0


def test_the_users_text_counts_little_and_is_reported_apart():
    made = batch(("free", FREE, True))
    assert made.targets.tolist() == [50, 51, 1, 40, 41]
    assert made.weights.tolist() == [2.0, 2.0, 2.0] + [torch.tensor(0.1).item()] * 2
    assert made.tasks.tolist() == [1, 1, 1, -1, -1]


def test_positions_under_a_grammar_come_first():
    made = batch(("free", FREE, False), ("held", HELD, False))
    assert made.illegal.shape == (2, 64)
    assert made.targets[:2].tolist() == [20, 1]
    assert (~made.illegal[0]).nonzero().flatten().tolist() == [20, 30, 31]
    assert made.tokens == 14


def test_the_same_seed_gives_the_same_weights():
    first, second, other = (build_model(SMALL, vocab_size=64, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.lm_head.weight, second.lm_head.weight)
    assert not torch.equal(first.lm_head.weight, other.lm_head.weight)


def test_embeddings_are_tied():
    model = build_model(SMALL, vocab_size=64, seed=1)
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_words_left_out_are_the_users_and_never_copied_ones():
    # prompt 3 | words 10 11 12 13 | 4, then the answer 30 12 1.
    example = Example(u16(3, 10, 11, 12, 13, 4, 30, 12, 1), 6, u16(6, 7), (u16(30, 31), u16(12, 13)), (1, 5))
    seen = set()
    for seed in range(40):
        found = drop_words(example, 0.5, np.random.default_rng(seed))
        words = found.ids[slice(*found.text_at)].tolist()
        seen.add(tuple(words))
        assert 12 in words
        assert [*found.ids[: found.text_at[0]]] == [3]
        assert found.ids[found.text_at[1] :].tolist() == [4, 30, 12, 1]
        assert found.ids[found.at].tolist() == [30, 12]
        assert found.ids[: found.prompt_length].tolist() == [3, *words, 4]
    assert seen == {tuple(w for w in (10, 11, 12, 13) if w == 12 or w in kept) for kept in subsets(10, 11, 13)}


def test_a_users_words_are_never_all_left_out():
    example = Example(u16(3, 10, 4, 30, 1), 3, u16(3), (u16(30, 31),), (1, 2))
    assert all(drop_words(example, 0.9, np.random.default_rng(seed)) is example for seed in range(20))


def subsets(*items: int) -> list[set[int]]:
    return [set(chosen) for size in range(len(items) + 1) for chosen in combinations(items, size)]
