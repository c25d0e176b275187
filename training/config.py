"""Training configurations: one YAML file, checked as a whole.

Knows fields and their bounds; what they do stands where they are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import InputError
from training.balance import BalanceConfig
from training.mixture import MixtureConfig
from training.model import ModelConfig
from training.sharing import SharingConfig


class LoraSettings(BaseModel):
    """Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(default=16, gt=0)
    alpha: int = Field(default=32, gt=0)
    # The adapter counts alpha / rank.
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | tuple[str, ...] = "all-linear"
    # Names of the modules that get one; all linear layers but the output.


class BaseConfig(BaseModel):
    """A base model to fine-tune."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    # A folder, or a name on the hub.
    revision: str | None = None
    # Commit or tag on the hub.
    lora: LoraSettings | None = None
    # None trains all weights.


class ScheduleConfig(BaseModel):
    """How long, how fast."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train_tokens: int = Field(gt=0)
    # Tokens to train on, padding included; the learning rate has decayed when they are used up.
    max_minutes: float | None = Field(default=None, gt=0)
    # Or when so many minutes are over, whichever is further on. With it, the weights depend on the machine's speed.
    peak_lr: float = Field(default=3e-3, gt=0)
    final_lr: float = Field(default=0.03, ge=0, le=1)
    # Learning rate at the end, as a share of the peak.
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    clip: float = Field(default=1.0, gt=0)
    # Largest norm of the gradient.
    average_from: float | None = Field(default=None, ge=0, lt=1)
    # What is saved at the end is the mean of the weights from this share of the schedule on; None saves the last ones.
    average_steps: int = Field(default=20, gt=0)
    # Steps between two weights that are averaged.


class TrainConfig(BaseModel):
    """A training configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    init_from: Path | None = None
    # A model folder of the same architecture: its weights and tokenizer are the start, grown where `layers` or
    # `vocab_size` ask for more than it has. None begins at random.
    vocab_size: int = Field(default=8192, gt=300, le=65_536)
    model: ModelConfig = ModelConfig()
    batch_tokens: int = Field(default=4096, gt=0)
    micro_batches: int = Field(default=2, gt=0)
    window_steps: int = Field(default=24, gt=0)
    text_rows: float = Field(default=0.2, ge=0, le=1)
    text_weight: float = Field(default=0.1, ge=0)
    schedule: ScheduleConfig
    mixture: MixtureConfig
    balance: BalanceConfig = BalanceConfig()
    sharing: SharingConfig = SharingConfig()
    base: BaseConfig | None = None
    # A model to begin from instead of a new one; `model` then only says how long an example may be (context).
    optimizer: Literal["adamw", "muon"] = "adamw"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    # auto: bfloat16 on a GPU that has it, else float32.
    device: Literal["auto", "cpu", "cuda"] = "auto"
    # auto: a GPU where there is one.
    threads: int = Field(default=2, gt=0)
    # Threads that compute. On a CPU each takes a batch of the step of its own (see training.threads), so there should
    # be at least as many `micro_batches`.
    encode_workers: int = Field(default=2, gt=0)
    compile: bool = False
    # torch.compile. On two cores it saves a seventh of the time once compiled, and spends minutes compiling again for
    # shapes it has not seen: not worth it below several hours. See LOG.md.
    checkpoint_minutes: float = Field(default=5.0, gt=0)
    log_steps: int = Field(default=20, gt=0)


class ConfigError(InputError):
    """A training configuration that cannot be used, or that does not belong to the run."""


def load_config(path: Path) -> TrainConfig:
    """Read a training configuration. Raises ConfigError."""
    return read_config(path, TrainConfig)


Config = TypeVar("Config", bound=BaseModel)


def read_config(path: Path, kind: type[Config]) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: the file is missing or wrong, with every problem.
    """
    try:
        return kind.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(f"{path} not found; the bundled ones are in training/configs") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def with_base(config: TrainConfig, name: str | None, *, lora: bool) -> TrainConfig:
    """Return a configuration that fine-tunes a base; itself when no base is named and it has none.

    Raises:
        ConfigError: LoRA is asked for without a base.
    """
    base = BaseConfig(name=name) if name else config.base
    if base is None:
        if lora:
            raise ConfigError("--lora adapts a base model; name one: --base PATH_OR_HUB_NAME")
        return config
    if lora and base.lora is None:
        base = base.model_copy(update={"lora": LoraSettings()})
    return config.model_copy(update={"base": base})


def identity(config: TrainConfig) -> str:
    """What must be the same for a checkpoint to be of use: the model and the rows, not how they are gone through."""
    plain = config.model_dump_json(include={"seed", "vocab_size", "model", "mixture"})
    # Said only where it is not the default, so that older checkpoints stay of use.
    unset = TrainConfig.model_fields
    special = {name for name in _SPECIAL if getattr(config, name) != unset[name].default}
    return plain + config.model_dump_json(include=special) if special else plain


_SPECIAL = ("balance", "sharing", "base", "optimizer")
