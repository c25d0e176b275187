"""A model, a renderer and a configuration small enough to train in a second, for tests of whole training runs."""

from __future__ import annotations

import math

from tests.training.factory import CATALOGUE, speak_rows, understand_rows
from training.config import ScheduleConfig, TrainConfig
from training.encode import Renderer, View
from training.mixture import MixtureConfig, SourceConfig
from training.model import ModelConfig

MODEL = ModelConfig(hidden_size=32, layers=2, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=128)
ROWS = {"own": understand_rows(300), "translate": speak_rows(100)}


def renderer() -> Renderer:
    """Return a renderer over the small catalogue, all of which the model is to know."""
    known = frozenset(CATALOGUE.signatures)
    return Renderer(CATALOGUE, lambda row: View(row, CATALOGUE, known))


def config(**changes: object) -> TrainConfig:
    """Return the settings of a run over ``ROWS``."""
    values: dict[str, object] = {
        "seed": 5,
        "vocab_size": 500,
        "model": MODEL,
        "batch_tokens": 256,
        "window_steps": 4,
        "threads": 1,
        "encode_workers": 1,
        "log_steps": 5,
        "schedule": ScheduleConfig(train_tokens=1_000_000, warmup_steps=5, peak_lr=0.01),
        "mixture": MixtureConfig(
            temperature=math.inf,
            sources=(
                SourceConfig(source="own", max_examples=300, weight=2),
                SourceConfig(source="translate", max_examples=100, weight=1),
            ),
        ),
    }
    return TrainConfig.model_validate(values | changes)
