"""The command line of training: what it refuses before anything is read, and configurations that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.small import config
from training.__main__ import app
from training.config import BaseConfig, ConfigError, LoraSettings, load_config, with_base

CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def test_a_base_is_put_into_the_configuration():
    tuned = with_base(config(), "some/model", lora=True)
    assert tuned.base == BaseConfig(name="some/model", lora=LoraSettings())
    assert with_base(config(), None, lora=False) == config()


def test_lora_without_a_base_is_refused():
    with pytest.raises(ConfigError, match="name one: --base"):
        with_base(config(), None, lora=True)


def test_lora_keeps_the_settings_of_the_file():
    held = config(base={"name": "some/model", "lora": {"rank": 4}})
    assert with_base(held, None, lora=True).base.lora.rank == 4


def test_conflict_asks_what_to_look_at():
    result = CliRunner().invoke(app, ["conflict"])
    assert isinstance(result.exception, ConfigError)
    assert "--run FOLDER, or --config FILE" in str(result.exception)


def test_the_fine_tuning_configuration_is_valid_and_says_how_to_launch_it():
    assert load_config(CONFIGS / "finetune.yaml").optimizer == "adamw"
    assert "--base Qwen/Qwen2.5-0.5B" in (CONFIGS / "finetune.yaml").read_text()
