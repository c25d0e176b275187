"""The mean of models: of their weights, as a run's folder that can be released, and of nothing that has no mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from agent.errors import InputError, ModelNotUsable
from training.averaging import average_run, mean_weights

TOKENIZER = json.dumps({"model": "the same"})


def model_folder(folder: Path, *, tokenizer: str = TOKENIZER, dtype: torch.dtype = torch.float32, **tensors) -> Path:
    folder.mkdir(parents=True)
    weights = {name: torch.tensor(values, dtype=dtype) for name, values in tensors.items()}
    save_file(weights, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text(tokenizer)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    model_folder(tmp_path / "run" / "model", a=[1.0, 2.0], b=[[0.0]])
    (tmp_path / "run" / "model" / "config.json").write_text("{}")
    (tmp_path / "run" / "mixture.json").write_text('{"own": {}}')
    (tmp_path / "run" / "notes.md").write_text("Said before.\n")
    (tmp_path / "run" / "checkpoint.pt").write_text("large")
    return tmp_path / "run"


def test_the_mean_is_as_counted_by_hand(run, tmp_path):
    half = model_folder(tmp_path / "half", dtype=torch.float16, a=[3.0, 2.0], b=[[3.0]])
    mean = mean_weights([run / "model", half, half])
    assert mean["a"].dtype == torch.float32
    torch.testing.assert_close(mean["a"], torch.tensor([7 / 3, 2.0]))
    torch.testing.assert_close(mean["b"], torch.tensor([[2.0]]))


def test_a_run_of_the_mean_has_the_records_of_the_run_and_says_what_it_is(run, tmp_path):
    before = model_folder(tmp_path / "nano", a=[3.0, 4.0], b=[[1.0]])
    average_run(run, [before], tmp_path / "mean")
    torch.testing.assert_close(
        load_file(tmp_path / "mean" / "model" / "model.safetensors")["a"], torch.tensor([2.0, 3.0])
    )
    assert (tmp_path / "mean" / "mixture.json").read_text() == '{"own": {}}'
    assert (tmp_path / "mean" / "model" / "config.json").read_text() == "{}"
    assert not (tmp_path / "mean" / "checkpoint.pt").exists()
    notes = (tmp_path / "mean" / "notes.md").read_text()
    assert notes.startswith("Said before.")
    assert "mean of 2 models: this run's and those of nano." in notes
    # The run itself is as it was; a second time replaces the first.
    torch.testing.assert_close(load_file(run / "model" / "model.safetensors")["a"], torch.tensor([1.0, 2.0]))
    average_run(run, [before, before], tmp_path / "mean")
    assert "mean of 3 models" in (tmp_path / "mean" / "notes.md").read_text()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"a": [1.0, 2.0]}, "another architecture"),
        ({"a": [1.0, 2.0, 3.0], "b": [[0.0]]}, "another architecture"),
        ({"a": [1.0, 2.0], "b": [[0.0]], "tokenizer": "{}"}, "another tokenizer"),
    ],
)
def test_what_has_no_mean_is_an_error(run, tmp_path, other, reason):
    other = model_folder(tmp_path / "other", **other)
    with pytest.raises(ModelNotUsable, match=reason):
        average_run(run, [other], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


@pytest.mark.parametrize("place", ["run", "nano"])
def test_neither_a_trained_run_nor_a_model_is_written_over(run, tmp_path, place):
    before = model_folder(tmp_path / "nano", a=[3.0, 4.0], b=[[1.0]])
    kept = {path: path.read_bytes() for path in (tmp_path / place).rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="choose another --to"):
        average_run(run, [before], tmp_path / place)
    assert kept == {path: path.read_bytes() for path in (tmp_path / place).rglob("*") if path.is_file()}


def test_a_folder_without_a_model_is_named(run, tmp_path):
    with pytest.raises(ModelNotUsable, match="elsewhere"):
        average_run(run, [tmp_path / "elsewhere"], tmp_path / "mean")
