"""Gradient cosines between tasks: against hand-made gradients, and end to end on a small run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agent.errors import InputError
from tests.training.small import ROWS, config, renderer
from training.config import ConfigError
from training.conflict import measure, part_of, plot_conflict, render_conflict, run_config, summed_up
from training.trainer import train


def test_cosines_are_means_over_pairs_of_different_batches():
    # Two tasks of two batches: a along x and at 45 degrees, b along -x twice, one of them longer.
    gradients = np.array([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0], [-3.0, 0.0]])
    mean, spread, opposed = summed_up(gradients @ gradients.T, 2)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(mean, [[half, -(1 + half) / 2], [-(1 + half) / 2, 1.0]])
    np.testing.assert_allclose(spread, [[0.0, (1 - half) / 2], [(1 - half) / 2, 0.0]], atol=1e-9)
    np.testing.assert_allclose(opposed, [[0, 1], [1, 0]])


def test_parts_of_a_model_are_told_by_name():
    assert part_of("model.layers.3.mlp.up_proj.weight") == "layer 3"
    assert part_of("model.embed_tokens.weight") == "embeddings"
    assert part_of("model.norm.weight") == "the rest"


def test_a_runs_conflict_is_measured_at_its_checkpoint_and_drawn(tmp_path):
    train(config(), ROWS, renderer(), run=tmp_path, steps=4, show_progress=False)
    found = measure(run_config(tmp_path), ROWS, renderer(), run=tmp_path, batches=3, batch_tokens=200)
    assert found.step == 4
    assert found.names == ("own", "translate")
    assert set(found.parts) == {"embeddings", "layer 0", "layer 1", "the rest"}
    # Batches of one task are more alike than batches of two.
    assert min(found.cosines[0, 0], found.cosines[1, 1]) > found.cosines[0, 1]
    np.testing.assert_allclose(found.cosines, found.cosines.T, atol=1e-9)
    text = render_conflict(found)
    assert "| own | " in text
    assert "Most opposed: own and translate" in text
    plot_conflict(found, tmp_path / "plots" / "conflict.png")
    assert (tmp_path / "plots" / "conflict.png").stat().st_size > 1000
    assert json.loads(json.dumps(found.as_json()))["batches"] == 3


def test_too_few_rows_are_an_error_that_names_the_source(tmp_path):
    train(config(), ROWS, renderer(), run=tmp_path, steps=1, show_progress=False)
    with pytest.raises(InputError, match=r"'translate' has rows for \d+ batches of 5000 tokens, 6 were asked for"):
        measure(config(), {"translate": ROWS["translate"]}, renderer(), run=tmp_path, batch_tokens=5000)


def test_a_run_without_a_configuration_asks_for_one(tmp_path):
    with pytest.raises(ConfigError, match="--config FILE"):
        run_config(tmp_path)
