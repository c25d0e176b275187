"""Release: a folder that every backend loads, with what it was trained with, in place whole or not at all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from agent.errors import ModelNotUsable
from agent.fingerprint import check_fingerprint, check_weights, read_fingerprint
from tests.training.factory import CATALOGUE, renderer, speak_rows, understand_rows
from training.averaging import average_run
from training.config import ScheduleConfig, TrainConfig
from training.mixture import MixtureConfig, SourceConfig
from training.model import ModelConfig
from training.release import BelowFloor, release_model
from training.scoring.floors import FLOORS, load_withheld
from training.trainer import train


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    sources = (
        SourceConfig(source="own", max_examples=100, weight=2),
        SourceConfig(source="translate", max_examples=50, weight=1),
    )
    config = TrainConfig(
        vocab_size=500,
        model=ModelConfig(
            hidden_size=32, layers=1, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=256
        ),
        batch_tokens=256,
        threads=1,
        encode_workers=1,
        log_steps=1,
        schedule=ScheduleConfig(train_tokens=1000),
        mixture=MixtureConfig(sources=sources, temperature=math.inf),
    )
    rows = {"own": understand_rows(100), "translate": speak_rows(50)}
    train(config, rows, renderer(), run=folder, show_progress=False)
    return folder


def test_the_folder_is_loaded_by_transformers_and_fits_this_library(run, tmp_path):
    release_model(run, tmp_path / "nano", force="a test")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "nano", dtype=torch.float32)
    trained = load_file(run / "model" / "model.safetensors")
    for name, tensor in model.state_dict().items():
        if name in trained:
            torch.testing.assert_close(tensor, trained[name], rtol=1e-3, atol=1e-6)
    assert check_fingerprint(tmp_path / "nano", CATALOGUE) == frozenset(CATALOGUE.signatures)
    check_weights(tmp_path / "nano")


def test_the_mean_of_a_model_and_itself_is_released_as_the_model(run, tmp_path):
    release_model(run, tmp_path / "nano", force="a test")
    average_run(run, [run / "model"], tmp_path / "mean")
    release_model(tmp_path / "mean", tmp_path / "again", force="a test")
    first, again = (load_file(tmp_path / name / "model.safetensors") for name in ("nano", "again"))
    assert first.keys() == again.keys()
    assert all(torch.equal(first[name], again[name]) for name in first)
    check_weights(tmp_path / "again")
    assert "mean of 2 models" in (tmp_path / "again" / "README.md").read_text()


def test_weights_take_half_the_room(run, tmp_path):
    release_model(run, tmp_path / "nano", force="a test")
    before, after = (folder / "model.safetensors" for folder in (run / "model", tmp_path / "nano"))
    assert after.stat().st_size < 0.6 * before.stat().st_size


def _scores(folder: Path, **changed: float) -> Path:
    """Write a report in which every figure is at its target but those given (as set_metric)."""
    scores: dict[str, dict[str, object]] = {}
    for floor in FLOORS:
        entry = scores.setdefault(floor.set_name, {"rows": 9, "majority": 60.0})
        value = changed.get(f"{floor.set_name}_{floor.metric}", floor.target + (60 if floor.over else 0))
        outer, _, inner = floor.metric.rpartition(".")
        target = entry.setdefault(outer, {}) if outer else entry
        assert isinstance(target, dict)
        target[inner] = value
    path = folder / "scores.json"
    path.write_text(json.dumps({"backend": "local", "calls_per_second": 1.0, "split": "dev", "scores": scores}))
    return path


def test_the_card_names_data_licences_and_scores(run, tmp_path):
    release_model(run, tmp_path / "nano", scores=_scores(tmp_path))
    card = (tmp_path / "nano" / "README.md").read_text()
    for part in (
        "language: [en, de]",
        "sentences between English and German.",
        "generated from the skill files",
        "tatoeba",
        "CC BY 2.0 FR",
        "| clinc150 | oos_recall | 45 |",
    ):
        assert part in card
    assert "Below the floor" not in card


def test_a_core_task_below_its_floor_stops_the_release(run, tmp_path):
    scores = _scores(tmp_path, own_false_action=2.5, clinc150_oos_recall=29.9)
    with pytest.raises(BelowFloor, match=r"own false_action 2.5 \(floor 2\); clinc150 oos_recall 29.9 \(floor 30\)"):
        release_model(run, tmp_path / "nano", scores=scores)
    assert not (tmp_path / "nano").exists()


def test_a_forced_release_says_why_in_the_card(run, tmp_path):
    scores = _scores(tmp_path, own_command_accuracy=80)
    release_model(run, tmp_path / "nano", scores=scores, force="it is better than the one before")
    card = (tmp_path / "nano" / "README.md").read_text()
    assert "own command_accuracy 80 (floor 90)" in card
    assert "it is better than the one before" in card


def test_a_task_without_a_floor_is_short_of_its_target_and_no_more(run, tmp_path):
    release_model(run, tmp_path / "nano", scores=_scores(tmp_path, **{"tatoeba_fr_into_fr.bleu": 3.5}))
    card = (tmp_path / "nano" / "README.md").read_text()
    assert "| tatoeba_fr | into_fr.bleu | 3.5 |  | - | 18 |" in card
    assert "- tatoeba_fr into_fr.bleu: 3.5 of 18" in card
    assert load_withheld(tmp_path / "nano").get("translate_fr", "not trained") == "not trained"


def test_a_task_that_is_no_core_task_is_withheld_below_its_floor(run, tmp_path):
    release_model(run, tmp_path / "nano", scores=_scores(tmp_path, saf_label_accuracy=61))
    card = (tmp_path / "nano" / "README.md").read_text()
    assert "- grade: saf label_accuracy 61 (floor 63)" in card[card.index("## Withheld") :]
    assert load_withheld(tmp_path / "nano")["grade"] == "saf label_accuracy 61 (floor 63)"
    assert load_withheld(tmp_path / "nano")["summarise"] == "not trained"


def test_without_scores_nothing_is_released(run, tmp_path):
    with pytest.raises(BelowFloor, match="without scores"):
        release_model(run, tmp_path / "nano")


def test_the_fingerprint_is_of_training_and_not_of_today(run, tmp_path, monkeypatch):
    monkeypatch.setattr("agent.fingerprint.TEMPLATE_VERSION", 99)
    release_model(run, tmp_path / "nano", force="a test")
    assert (
        read_fingerprint(tmp_path / "nano").template_version == read_fingerprint(run / "model").template_version != 99
    )


def test_an_unfinished_run_is_refused_with_the_next_step(tmp_path):
    with pytest.raises(ModelNotUsable, match="finish the run first"):
        release_model(tmp_path / "run", tmp_path / "nano", force="a test")


def test_a_model_that_is_in_place_stays_when_the_new_one_cannot_be_served(run, tmp_path, monkeypatch):
    release_model(run, tmp_path / "nano", force="a test")
    before = (tmp_path / "nano" / "model.safetensors").read_bytes()

    def refuse(model_dir: Path) -> None:
        raise ModelNotUsable("cannot be served")

    monkeypatch.setattr("training.release.export_local", refuse)
    with pytest.raises(ModelNotUsable, match="cannot be served"):
        release_model(run, tmp_path / "nano", force="a test")
    assert (tmp_path / "nano" / "model.safetensors").read_bytes() == before


def test_weights_that_half_precision_cannot_hold_are_refused(run, tmp_path):
    import shutil

    broken = tmp_path / "run"
    shutil.copytree(run, broken)
    path = broken / "model" / "model.safetensors"
    tensors = load_file(path)
    tensors["model.norm.weight"][0] = 1e6
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelNotUsable, match="half precision cannot"):
        release_model(broken, tmp_path / "nano", force="a test")
