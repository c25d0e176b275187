"""The mean of several models that go back to the same one: often better than each of them, and no larger.

Runs that begin with the same weights end in the same basin, so the mean of their weights is a model too (Wortsman et
al. 2022, "Model soups", https://arxiv.org/abs/2203.05482; of a model and what it was fine-tuned to: Wortsman et al.
2022, "Robust fine-tuning of zero-shot models", https://arxiv.org/abs/2109.01903). Models that were trained from
different random weights have no mean worth anything, and nothing here can tell: evaluate the result.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from agent.backends.decoder import TOKENIZER_FILE
from agent.errors import InputError, ModelNotUsable
from agent.fingerprint import WEIGHTS_FILE
from training.loop import CHECKPOINT_FILE
from training.release import NOTES_FILE

RECORDS = ("config.json", "mixture.json", "metrics.jsonl", "rows.json", NOTES_FILE)
"""What a run writes down of itself, and a release reads some of."""


def average_run(run: Path, others: Sequence[Path], to: Path) -> None:
    """Write a run's folder whose model is the mean of a run's model and of others; ``release`` takes it as any run.

    Args:
        run: the run's folder, with its finished model; everything but the weights is taken from it.
        others: model folders of the same architecture and tokenizer, such as the one the run began with. A folder
            that is named twice counts twice.
        to: the folder to write; the mean that is there is replaced.

    Raises:
        InputError: the folder to write holds something else than a mean: a trained run, or a released model.
        ModelNotUsable: a folder has no model, or one of another architecture or tokenizer.
    """
    if to.exists() and ((to / CHECKPOINT_FILE).is_file() or not (to / "model").is_dir()):
        raise InputError(f"{to} is there and no mean of models; it would be lost: choose another --to")
    folders = [run / "model", *others]
    mean = mean_weights(folders)
    building = to.with_name(f".{to.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(run / "model", building / "model")
    save_file(mean, building / "model" / WEIGHTS_FILE, metadata={"format": "pt"})
    for name in RECORDS:
        if (run / name).is_file():
            shutil.copyfile(run / name, building / name)
    notes = building / NOTES_FILE
    said = f"Its weights are the mean of {len(folders)} models: this run's and those of {_names(others)}.\n"
    notes.write_text(f"{notes.read_text(encoding='utf-8')}\n{said}" if notes.is_file() else said, encoding="utf-8")
    shutil.rmtree(to, ignore_errors=True)
    building.rename(to)


def mean_weights(folders: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Return the mean of the weights of model folders, in float32 whatever they are stored in.

    Raises:
        ModelNotUsable: a folder has no model, or one of another architecture or tokenizer than the first.
    """
    first = folders[0]
    for folder in folders:
        for name in (WEIGHTS_FILE, TOKENIZER_FILE):
            if not (folder / name).is_file():
                raise ModelNotUsable(f"{folder / name} not found; name a model folder, such as RUN/model")
        if (folder / TOKENIZER_FILE).read_bytes() != (first / TOKENIZER_FILE).read_bytes():
            raise ModelNotUsable(
                f"{folder} has another tokenizer than {first}; only models that go back to the same one have a mean"
            )
    mean: dict[str, torch.Tensor] = {}
    for folder in folders:
        weights = load_file(folder / WEIGHTS_FILE)
        shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        if mean and shapes != {name: tuple(tensor.shape) for name, tensor in mean.items()}:
            raise ModelNotUsable(f"{folder} has another architecture than {first}; their weights have no mean")
        for name, tensor in weights.items():
            share = tensor.float() / len(folders)
            mean[name] = mean[name] + share if name in mean else share
    return mean


def _names(folders: Sequence[Path]) -> str:
    return ", ".join(folder.parent.name if folder.name == "model" else folder.name for folder in folders)
