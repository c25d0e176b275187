"""What is compared: the arms of an ablation, and the training configuration of each.

Every arm sees the same tokens: a single-task model ``tokens_per_task`` of its task, a joint one as many times that as
there are tasks. With equal sampling that is the same number of each task; other samplings give some tasks more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.config import TrainConfig, read_config
from training.mixture import SourceConfig

SAMPLINGS: dict[str, float] = {"proportional": 1.0, "temperature 2": 2.0, "temperature 4": 4.0, "equal": math.inf}
METHODS = ("uncertainty", "famo", "pcgrad")
SHARINGS = ("soft", "hierarchical")
WITH = " with "
COMBINED = (f"uncertainty{WITH}hierarchical",)
"""A way of balancing and a way of sharing at once."""
PLAIN = "plain loss"
"""Trained without the grammar, decoded under it as all others are."""
SINGLE = "single"
HARD = "hard"

VARIED = (*METHODS, *SHARINGS, *COMBINED, PLAIN)
"""Arms that vary the best sampling."""
ARMS = (SINGLE, *SAMPLINGS, *VARIED)


class TaskConfig(BaseModel):
    """One task of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    # What it is trained on: a source of the mixture.
    max_examples: int = Field(gt=0)
    set: str
    # What it is scored on: a set of `python -m training evaluate`.
    metric: str
    # The figure of the table; names of nested figures are joined by dots, several are averaged with commas between.


class AblationConfig(BaseModel):
    """An ablation's configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: tuple[int, ...] = Field(min_length=1)
    tokens_per_task: int = Field(gt=0)
    rows_scored: int = Field(gt=0)
    # Of each set; all arms answer the same ones.
    jobs: int = Field(default=2, gt=0)
    # Trials at the same time, one core each.
    arms: tuple[str, ...] = ARMS
    tasks: Mapping[str, TaskConfig]
    groups: Mapping[str, tuple[str, ...]]
    # For soft and hierarchical sharing: name of a group to its tasks.
    rank: int = 8
    pull: float = 1e-3
    shared_layers: int = 2
    train: Mapping[str, Any]
    # As in a training configuration; mixture, sharing, balance and length of the schedule are the arms' business.

    @model_validator(mode="after")
    def _arms_are_known(self) -> AblationConfig:
        if unknown := sorted(set(self.arms) - set(ARMS)):
            raise ValueError(f"no arm {', '.join(unknown)}; expected some of {', '.join(ARMS)}")
        if SINGLE not in self.arms or not set(SAMPLINGS) & set(self.arms):
            raise ValueError(f"arms need {SINGLE!r} and one of {', '.join(SAMPLINGS)}: everything is held against them")
        base_config(self, seed=0)
        return self


@dataclass(frozen=True)
class Trial:
    """One arm with one seed."""

    arm: str
    seed: int
    task: str = ""
    # Of a single-task model.
    sampling: str = ""
    # Of a joint one.

    @property
    def name(self) -> str:
        """A folder's name: letters, digits and dashes."""
        return f"{self.arm} {self.task} seed {self.seed}".replace("  ", " ").replace(" ", "-")


def load_ablation(path: Path) -> AblationConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing or wrong, with every problem.
    """
    return read_config(path, AblationConfig)


def base_config(ablation: AblationConfig, *, seed: int) -> TrainConfig:
    """Return the configuration that all arms vary: all tasks, equal sampling."""
    values = dict(ablation.train)
    schedule = dict(values.pop("schedule", {}))
    mixture = dict(values.pop("mixture", {}))
    tokens = ablation.tokens_per_task * len(ablation.tasks)
    sources = [
        SourceConfig(source=task.source, name=name, max_examples=task.max_examples, weight=1)
        for name, task in ablation.tasks.items()
    ]
    return TrainConfig.model_validate(
        # One core a trial: side by side they use the machine better, and their times can be compared.
        {"threads": 1, "encode_workers": 1}
        | values
        | {
            "seed": seed,
            "schedule": schedule | {"train_tokens": tokens},
            "mixture": mixture | {"sources": sources, "temperature": math.inf},
        }
    )


def first_trials(ablation: AblationConfig) -> list[Trial]:
    """Return the trials that depend on no other: single-task models, and joint ones by every sampling."""
    trials: list[Trial] = []
    for seed in ablation.seeds:
        trials += [Trial(SINGLE, seed, task=name) for name in ablation.tasks]
        trials += [Trial(name, seed, sampling=name) for name in SAMPLINGS if name in ablation.arms]
    return trials


def second_trials(ablation: AblationConfig, best: str) -> list[Trial]:
    """Return the trials that vary the best sampling."""
    arms = [arm for arm in VARIED if arm in ablation.arms]
    return [Trial(arm, seed, sampling=best) for seed in ablation.seeds for arm in arms]


def config_of(ablation: AblationConfig, trial: Trial) -> TrainConfig:
    """Return a trial's training configuration."""
    base = base_config(ablation, seed=trial.seed)
    if trial.arm == SINGLE:
        sources = tuple(source for source in base.mixture.sources if source.label == trial.task)
        return base.model_copy(
            update={
                "mixture": base.mixture.model_copy(update={"sources": sources}),
                "schedule": base.schedule.model_copy(update={"train_tokens": ablation.tokens_per_task}),
            }
        )
    changes: dict[str, Any] = {
        "mixture": base.mixture.model_copy(update={"temperature": SAMPLINGS[trial.sampling]}),
    }
    ways = trial.arm.split(WITH)
    for method in set(ways) & set(METHODS):
        changes["balance"] = method
    for sharing in set(ways) & set(SHARINGS):
        changes["sharing"] = {
            "kind": sharing,
            "groups": dict(ablation.groups),
            "rank": ablation.rank,
            "pull": ablation.pull,
            "shared_layers": ablation.shared_layers,
        }
    # Checked again as a whole: a copy is not.
    return TrainConfig.model_validate({name: getattr(base, name) for name in TrainConfig.model_fields} | changes)


def relative_changes(
    scores: Mapping[str, float], single: Mapping[str, float], tasks: Sequence[str]
) -> dict[str, float]:
    """Return by how many percent each task's figure is above that of its single-task model.

    A task whose single-task model scores nothing has no relative change and is left out.
    """
    return {name: 100 * (scores[name] / single[name] - 1) for name in tasks if single.get(name)}
