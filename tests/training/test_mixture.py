"""The mixture: shares of tokens, rows without replacement, an order that the seed alone decides."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.rows import SpeakRow, UnderstandRow
from training.mixture import MixtureConfig, Sampler, SourceConfig, composition, load_source, shares


def config(temperature: float, **weights: float) -> MixtureConfig:
    sources = tuple(SourceConfig(source=name, max_examples=1000, weight=weight) for name, weight in weights.items())
    return MixtureConfig(sources=sources, temperature=temperature)


def test_without_temperature_shares_are_the_weights():
    assert shares(config(math.inf, a=3, b=1), {"a": 10, "b": 1000}) == {"a": 0.75, "b": 0.25}


def test_temperature_one_is_proportional_to_size():
    assert shares(config(1, a=1, b=1), {"a": 100, "b": 300}) == {"a": 0.25, "b": 0.75}


def test_temperature_two_is_proportional_to_the_root_of_the_size():
    found = shares(config(2, a=1, b=1), {"a": 100, "b": 900})
    assert found == pytest.approx({"a": 0.25, "b": 0.75})


def test_an_empty_source_has_no_share():
    assert shares(config(math.inf, a=1, b=1), {"a": 10, "b": 0}) == {"a": 1.0}


def test_shares_are_shares_of_tokens_whatever_the_lengths():
    sampler = Sampler({"long": 0.25, "short": 0.75}, {"long": 50, "short": 50}, seed=1)
    for _ in range(2000):
        sampler.draw(lambda name, index: 100 if name == "long" else 7)
    report = sampler.report()
    assert report["long"]["token_share"] == pytest.approx(0.25, abs=0.01)
    assert report["short"]["drawn"] > report["long"]["drawn"] * 10


def test_every_row_comes_once_before_any_comes_again():
    sampler = Sampler({"a": 1.0}, {"a": 20}, seed=1)
    drawn = [sampler.draw(lambda name, index: 5)[1] for _ in range(60)]
    for epoch in range(3):
        assert sorted(drawn[20 * epoch : 20 * (epoch + 1)]) == list(range(20))
    assert drawn[20:40] != drawn[40:60]


def test_rows_that_cannot_be_learnt_from_are_passed():
    sampler = Sampler({"a": 1.0}, {"a": 10}, seed=1)
    drawn = {sampler.draw(lambda name, index: 0 if index % 2 else 4)[1] for _ in range(10)}
    assert drawn == {0, 2, 4, 6, 8}


def test_a_source_of_bad_rows_alone_is_an_error_and_not_an_endless_loop():
    with pytest.raises(ValueError, match="no row of source 'a'"):
        Sampler({"a": 1.0}, {"a": 10}, seed=1).draw(lambda name, index: 0)


def test_a_restored_sampler_goes_on_as_if_never_stopped():
    def length(name: str, index: int) -> int:
        return 3 + index % 5 if name == "a" else 8

    straight = Sampler({"a": 0.5, "b": 0.5}, {"a": 7, "b": 11}, seed=4)
    expected = [straight.draw(length) for _ in range(60)]
    first = Sampler({"a": 0.5, "b": 0.5}, {"a": 7, "b": 11}, seed=4)
    found = [first.draw(length) for _ in range(25)]
    second = Sampler({"a": 0.5, "b": 0.5}, {"a": 7, "b": 11}, seed=4)
    second.restore(first.state())
    found += [second.draw(length) for _ in range(35)]
    assert found == expected


@pytest.mark.parametrize("wrong", [{"weight": 0}, {"max_examples": 0}, {"rows": 3}])
def test_a_wrong_source_is_refused(wrong):
    with pytest.raises(ValidationError):
        SourceConfig.model_validate({"source": "own", "max_examples": 5, "weight": 1} | wrong)


def test_a_capped_source_gives_its_first_rows_in_an_order_of_the_seed(monkeypatch):
    rows = [UnderstandRow(text=f"text {number}", commands=("refuse",)) for number in range(50)]
    monkeypatch.setattr("training.tasks.corpus_rows", lambda name, split, data, seed: iter(rows))
    source = SourceConfig(source="x", max_examples=20, weight=1)
    found = [load_source(source, split="train", data=Path(), catalogue=None, seed=seed) for seed in (1, 1, 2)]
    assert sorted(row.text for row in found[0]) == sorted(row.text for row in rows[:20])
    assert found[0] == found[1] != found[2]


def test_the_composition_counts_kinds_and_languages():
    rows = [
        UnderstandRow(text="a", commands=("refuse",), kind="chat"),
        UnderstandRow(text="b", commands=("refuse",), kind="chat"),
        SpeakRow(task="translate", skill="translation", fields={}, target="x", lang="de"),
    ]
    assert composition(rows) == {"translate/de": 1, "understand/own/chat": 2}


def test_changed_shares_count_from_the_change_on():
    before = Sampler({"a": 0.5, "b": 0.5}, {"a": 1000, "b": 1000}, seed=4)
    for _ in range(200):
        before.draw(lambda name, index: 10)
    after = Sampler({"a": 0.2, "b": 0.6, "c": 0.2}, {"a": 1000, "b": 1000, "c": 1000}, seed=4)
    after.restore(before.state())
    drawn = [after.draw(lambda name, index: 10) for _ in range(100)]
    counts = {source: sum(name == source for name, _, _ in drawn) for source in "abc"}
    assert counts == {"a": 20, "b": 60, "c": 20}
    assert min(index for name, index, _ in drawn if name == "a") == 100
    # The record stays true: 1,000 tokens before the change, and what came after it.
    assert after.report()["a"]["tokens"] == 1000 + 200
