"""What an ablation compares, and what its table says, without training anything."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from training.ablation.plan import (
    AblationConfig,
    Trial,
    config_of,
    first_trials,
    load_ablation,
    relative_changes,
    second_trials,
)
from training.ablation.report import best_sampling, lines_of, plot_ablation, render_ablation
from training.ablation.trial import figure
from training.config import ConfigError, TrainConfig

TASKS = {
    "own": {"source": "own", "max_examples": 100, "set": "own", "metric": "command_accuracy"},
    "solve": {"source": "solve", "max_examples": 50, "set": "mawps", "metric": "execution_accuracy"},
}


def ablation(**changes) -> AblationConfig:
    values = {
        "seeds": (1, 2),
        "tokens_per_task": 1000,
        "rows_scored": 5,
        "tasks": TASKS,
        "groups": {"a": ("own",), "b": ("solve",)},
        "train": {"schedule": {"peak_lr": 0.01}},
    }
    return AblationConfig.model_validate(values | changes)


def result(arm: str, seed: int, scores: dict[str, float], *, task: str = "", minutes: float = 1.0) -> dict:
    return {
        "arm": arm, "seed": seed, "task": task, "sampling": "equal", "minutes": minutes, "peak_mib": 500,
        "parameters": 1_300_000, "drawn": dict.fromkeys(scores, 1000),
        "scores": {name: {"metric": value} for name, value in scores.items()},
    }  # fmt: skip


SINGLES = [
    result("single", seed, {task: value}, task=task, minutes=2.0)
    for seed in (1, 2)
    for task, value in (("own", 80.0), ("solve", 40.0))
]


def test_every_arm_is_planned_for_every_seed():
    config = ablation()
    first, second = first_trials(config), second_trials(config, "equal")
    assert len(first) == 2 * (2 + 4)
    assert len(second) == 2 * (3 + 2 + 1 + 1)
    names = [trial.name for trial in (*first, *second)]
    assert len(set(names)) == len(names)
    assert "temperature-2-seed-1" in names
    assert "single-solve-seed-2" in names


def test_a_joint_model_sees_as_many_tokens_as_all_single_ones_together():
    config = ablation()
    single = config_of(config, Trial("single", 1, task="solve"))
    assert single.schedule.train_tokens == 1000
    assert [source.label for source in single.mixture.sources] == ["solve"]
    joint = config_of(config, Trial("equal", 1, sampling="equal"))
    assert joint.schedule.train_tokens == 2000
    assert math.isinf(joint.mixture.temperature)
    assert config_of(config, Trial("temperature 4", 1, sampling="temperature 4")).mixture.temperature == 4
    assert joint.model == single.model


def test_arms_that_vary_the_best_sampling_change_one_thing_each():
    config = ablation()
    famo = config_of(config, Trial("famo", 2, sampling="temperature 2"))
    assert (famo.balance.kind, famo.sharing.kind, famo.mixture.temperature, famo.seed) == ("famo", "hard", 2, 2)
    soft = config_of(config, Trial("soft", 1, sampling="equal"))
    assert (soft.balance.kind, soft.sharing.kind) == ("static", "soft")
    assert soft.sharing.groups == {"a": ("own",), "b": ("solve",)}


def test_a_configuration_survives_the_way_through_a_file():
    config = config_of(ablation(), Trial("equal", 1, sampling="equal"))
    assert TrainConfig.model_validate(json.loads(json.dumps(config.model_dump(mode="json")))) == config


def test_changes_are_relative_to_the_single_task_models():
    assert relative_changes({"own": 88.0, "solve": 30.0}, {"own": 80.0, "solve": 40.0}, ["own", "solve"]) == (
        pytest.approx({"own": 10.0, "solve": -25.0})
    )
    assert relative_changes({"own": 1.0}, {"own": 0.0}, ["own"]) == {}


def test_the_table_has_means_over_seeds_the_worst_task_and_the_cost():
    joint = [
        result("equal", 1, {"own": 88.0, "solve": 36.0}, minutes=4.0),
        result("equal", 2, {"own": 80.0, "solve": 32.0}, minutes=6.0),
    ]
    lines = lines_of(ablation(), [*SINGLES, *joint])
    assert [line.arm for line in lines] == ["single", "equal"]
    assert lines[0].minutes == 4.0
    # own +10 and 0, solve -10 and -20.
    assert lines[1].by_seed == pytest.approx([0.0, -10.0])
    assert lines[1].worst == ("solve", pytest.approx(-15.0))
    row = next(line for line in render_ablation(ablation(), [*SINGLES, *joint]).split("\n") if "joint, equal" in line)
    assert row == "| joint, equal | 84.0 | 34.0 | -5.0 % (+0.0, -10.0) | solve -15.0 % | 5.0 | 500 | 1.30M |"


def test_the_best_sampling_is_the_one_that_loses_least():
    trials = [
        *(result("equal", seed, {"own": 70.0, "solve": 40.0}) for seed in (1, 2)),
        *(result("temperature 2", seed, {"own": 79.0, "solve": 40.0}) for seed in (1, 2)),
    ]
    assert best_sampling(ablation(), [*SINGLES, *trials]) == "temperature 2"


def test_an_arm_of_which_a_seed_is_missing_is_not_in_the_table():
    assert [line.arm for line in lines_of(ablation(), [*SINGLES, result("famo", 1, {"own": 1.0, "solve": 1.0})])] == [
        "single"
    ]
    assert "3 trials are done" in render_ablation(ablation(), SINGLES[:3])


def test_a_way_of_balancing_goes_with_a_way_of_sharing():
    config = config_of(ablation(), Trial("uncertainty with hierarchical", 1, sampling="equal"))
    assert config.sharing.kind == "hierarchical"
    assert config.balance == config_of(ablation(), Trial("uncertainty", 1, sampling="equal")).balance
    assert not config.balance.is_default
    assert config_of(ablation(), Trial("hierarchical", 1, sampling="equal")).balance.is_default


def test_the_plots_are_drawn(tmp_path):
    joint = [result("equal", seed, {"own": 88.0, "solve": 36.0}) for seed in (1, 2)]
    paths = plot_ablation(ablation(), [*SINGLES, *joint], tmp_path)
    assert [path.name for path in paths] == ["changes.png", "time.png"]
    assert all(path.stat().st_size > 1000 for path in paths)


def test_a_figure_is_found_by_its_dotted_name_and_several_are_averaged():
    figures = {"rows": 3, "into_de": {"chrf": 20.0}, "into_en": {"chrf": 30.0}}
    assert figure(figures, "into_de.chrf, into_en.chrf") == 25.0
    with pytest.raises(KeyError, match="no figure 'bleu'; there are rows, into_de"):
        figure(figures, "bleu")


def test_the_bundled_configuration_is_whole():
    config = load_ablation(Path(__file__).parents[3] / "training" / "configs" / "ablate.yaml")
    trials = [*first_trials(config), *second_trials(config, "equal")]
    assert len(config.tasks) == 5
    assert len(config.seeds) == 2
    assert len(trials) == 2 * (5 + 4 + 3 + 2 + 1 + 1)


def test_a_wrong_configuration_is_told_with_its_file(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("seeds: [1]\narms: [singel]\n")
    with pytest.raises(ConfigError, match=r"a\.yaml: tokens_per_task"):
        load_ablation(path)
    with pytest.raises(ValueError, match="no arm singel"):
        ablation(arms=("singel",))
