"""Training: deterministic by seed, resumable at any step, and it learns."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from agent.backends.base import Prompt, Request
from agent.fingerprint import check_fingerprint
from agent.rows import UnderstandRow
from tests.training.factory import CATALOGUE, renderer, speak_rows, understand_rows
from tests.training.small import MODEL
from tests.training.small import config as small_config
from training.config import ConfigError, ScheduleConfig, TrainConfig, load_config
from training.decode import TorchBackend
from training.feed import EncodingFailed
from training.loop import MINUTES_FILE, Loop, Progress
from training.trainer import train

ROWS = {"own": understand_rows(300), "translate": speak_rows(100)}


def settings(**changes) -> TrainConfig:
    return small_config(**{"model": MODEL.model_copy(update={"layers": 1}), **changes})


def run(folder: Path, *, config: TrainConfig | None = None, **options):
    options = {"show_progress": False} | options
    return train(config or settings(), options.pop("rows", ROWS), renderer(), run=folder, **options)


def test_two_runs_of_one_seed_have_equal_losses(tmp_path):
    first, second = run(tmp_path / "a", steps=20), run(tmp_path / "b", steps=20)
    assert len(first.losses) == 20
    assert first.losses == second.losses
    assert run(tmp_path / "c", config=settings(seed=6), steps=3).losses != first.losses[:3]


@pytest.mark.parametrize("stop", [3, 4, 10], ids=["in a window", "at a window's end", "in a later window"])
def test_a_resumed_run_equals_a_straight_one(tmp_path, stop):
    straight = run(tmp_path / "straight", steps=14)
    first = run(tmp_path / "resumed", steps=stop)
    assert not first.finished
    second = run(tmp_path / "resumed", steps=14)
    assert second.progress.step == 14
    assert first.losses + second.losses == straight.losses


def test_a_signal_stops_with_a_checkpoint_and_the_run_goes_on(tmp_path, monkeypatch):
    straight = run(tmp_path / "straight", steps=8)
    real = Loop._step

    def step(self, *arguments):
        real(self, *arguments)
        if self.progress.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_step", step)
        stopped = run(tmp_path / "run", steps=8)
    assert not stopped.finished
    assert stopped.progress.step == 3
    assert stopped.losses + run(tmp_path / "run", steps=8).losses == straight.losses


def test_fresh_forgets_the_checkpoint(tmp_path):
    first = run(tmp_path, steps=3)
    assert run(tmp_path, steps=3, fresh=True).losses == first.losses


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    run(tmp_path, steps=2)
    with pytest.raises(ConfigError, match=r"other settings.*--fresh"):
        run(tmp_path, config=settings(seed=6), steps=4)


def test_a_run_goes_on_with_other_batches_and_another_schedule(tmp_path):
    run(tmp_path, steps=6)
    schedule = ScheduleConfig(train_tokens=5000, warmup_steps=5, peak_lr=0.005)
    outcome = run(tmp_path, config=settings(batch_tokens=128, micro_batches=1, schedule=schedule))
    assert outcome.finished
    assert 5000 <= outcome.progress.tokens < 5200
    assert outcome.progress.step > 6 + (5000 - 6 * 256) / 128 - 1


def test_a_finished_run_learnt_and_leaves_a_model_folder_that_others_load(tmp_path):
    config = settings(schedule=ScheduleConfig(train_tokens=50_000, warmup_steps=10, peak_lr=0.01))
    outcome = run(tmp_path, config=config)
    assert outcome.finished
    assert outcome.losses[-1] < 0.3 * outcome.losses[0]
    backend = TorchBackend(outcome.model_dir)
    for row in understand_rows(20, seed=9):
        rendered = renderer().render(row)
        request = Request(Prompt(rendered.prompt, ()), grammar=rendered.grammar)
        assert backend.generate(request) == rendered.target
    model = AutoModelForCausalLM.from_pretrained(outcome.model_dir)
    assert model.generation_config.eos_token_id == AutoTokenizer.from_pretrained(outcome.model_dir).eos_token_id == 1
    assert check_fingerprint(outcome.model_dir, CATALOGUE) == frozenset(CATALOGUE.signatures)


def test_the_record_says_what_was_drawn_and_what_was_lost(tmp_path):
    run(tmp_path, steps=10)
    drawn = json.loads((tmp_path / "mixture.json").read_text())
    assert drawn["own"]["token_share"] == pytest.approx(2 / 3, abs=0.05)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10]
    assert set(lines[0]["loss"]) == {"own", "translate", "text"}
    assert list((tmp_path / "tensorboard").iterdir())


def test_a_bad_row_stops_the_run_and_is_named_or_is_listed(tmp_path):
    bad = UnderstandRow(text="rain in oslo?", commands=("start weather.forecast", "set place paris"))
    rows = ROWS | {"own": [*ROWS["own"], bad]}
    with pytest.raises(EncodingFailed, match=r"leaves its grammar.*rain in oslo"):
        run(tmp_path / "strict", rows=rows, steps=2)
    run(tmp_path / "lax", rows=rows, steps=2, skip_bad=True)
    listed = [json.loads(line) for line in (tmp_path / "lax" / "bad_rows.jsonl").read_text().splitlines()]
    assert [entry["source"] for entry in listed] == ["own"]


def test_the_learning_rate_warms_up_and_decays_to_its_end_by_tokens_or_time(tmp_path):
    loop = Loop.__new__(Loop)
    loop._config = settings(schedule=ScheduleConfig(train_tokens=1000, warmup_steps=10, peak_lr=1.0, final_lr=0.1))
    loop._max_minutes = 10.0
    loop.progress = Progress(step=4)
    assert loop.learning_rate() == pytest.approx(0.5)
    loop.progress = Progress(step=50, tokens=500)
    assert loop.learning_rate() == pytest.approx(0.55)
    loop.progress = Progress(step=50, tokens=500, minutes=10.0)
    assert loop.learning_rate() == pytest.approx(0.1)


def test_what_is_saved_is_the_mean_of_the_weights_from_a_share_of_the_schedule_on(tmp_path, monkeypatch):
    schedule = ScheduleConfig(train_tokens=4_000, average_from=0.5, average_steps=1)
    seen: list[tuple[float, torch.Tensor]] = []
    real = Loop._step

    def step(self, *arguments):
        real(self, *arguments)
        seen.append((self.fraction, self._model.state_dict()["model.norm.weight"].clone()))

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "_step", step)
        straight = run(tmp_path / "straight", config=settings(schedule=schedule))
    averaged = torch.stack([weights for fraction, weights in seen if fraction >= 0.5])
    assert 2 < len(averaged) < len(seen)
    saved = load_file(straight.model_dir / "model.safetensors")
    torch.testing.assert_close(saved["model.norm.weight"], averaged.mean(dim=0))
    assert not torch.equal(saved["model.norm.weight"], averaged[-1])
    # Stopped among the averaged steps, the run goes on with its mean; asked again, it writes the same model.
    stop = len(seen) - len(averaged) // 2
    run(tmp_path / "resumed", config=settings(schedule=schedule), steps=stop)
    for _ in range(2):
        resumed = run(tmp_path / "resumed", config=settings(schedule=schedule))
        again = load_file(resumed.model_dir / "model.safetensors")
        assert all(torch.equal(again[name], saved[name]) for name in saved)


def test_a_limit_written_into_the_folder_cuts_the_run(tmp_path):
    schedule = ScheduleConfig(train_tokens=10_000_000, max_minutes=600)
    tmp_path.joinpath(MINUTES_FILE).write_text("0.0001")
    outcome = run(tmp_path, config=settings(schedule=schedule, log_steps=1), steps=50)
    assert outcome.finished
    assert outcome.progress.step < 5


def test_a_run_begins_with_the_weights_and_the_tokenizer_of_another(tmp_path):
    schedule = ScheduleConfig(train_tokens=3000, warmup_steps=2, peak_lr=0.005)
    first = run(tmp_path / "first", config=settings(schedule=schedule))
    second = run(tmp_path / "second", config=settings(init_from=first.model_dir, seed=6, schedule=schedule), steps=2)
    assert second.losses[0] < 0.7 * first.losses[0]
    one, two = ((tmp_path / name / "tokenizer.json").read_text() for name in ("first", "second"))
    assert one == two


def test_weights_of_another_architecture_are_refused(tmp_path):
    schedule = ScheduleConfig(train_tokens=600, warmup_steps=2)
    first = run(tmp_path / "first", config=settings(schedule=schedule))
    other = settings(init_from=first.model_dir, model=settings().model.model_copy(update={"hidden_size": 48}))
    with pytest.raises(ConfigError, match=r"init_from"):
        run(tmp_path / "second", config=other, steps=2)


def test_the_bundled_configuration_is_of_the_bundled_model_and_says_how_to_launch_it():
    root = Path(__file__).parents[2]
    path, bundled = root / "training" / "configs" / "nano.yaml", root / "agent" / "models" / "nano" / "config.json"
    config, served = load_config(path), json.loads(bundled.read_text())
    assert (config.model.layers, config.model.hidden_size) == (served["num_hidden_layers"], served["hidden_size"])
    assert config.vocab_size == served["vocab_size"]
    assert path.read_text().startswith("# python -m training train --config training/configs/nano.yaml")


def test_a_wrong_configuration_names_every_problem(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("seed: x\nbatch: 3\nmixture: {sources: []}\n")
    with pytest.raises(ConfigError) as error:
        load_config(path)
    for part in ("seed", "batch", "schedule"):
        assert f"c.yaml: {part}" in str(error.value)
    with pytest.raises(ConfigError, match="not found"):
        load_config(tmp_path / "none.yaml")
