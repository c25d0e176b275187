"""Running an ablation: trials side by side, none twice, and one trial from rows to its result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.discovery import load_catalogue
from training.ablation import running
from training.ablation.plan import AblationConfig, Trial
from training.ablation.running import TrialFailed, launch_processes, prepare, run_ablation
from training.ablation.trial import run_trial
from training.config import ConfigError

TASKS = {
    "own": {"source": "own", "max_examples": 150, "set": "own", "metric": "command_accuracy"},
    "snips": {"source": "snips", "max_examples": 150, "set": "snips2017", "metric": "frame_accuracy"},
}
CONFIG = AblationConfig.model_validate(
    {
        "seeds": (1,),
        "tokens_per_task": 1500,
        "rows_scored": 2,
        "tasks": TASKS,
        "groups": {"ours": ("own",), "theirs": ("snips",)},
        "rank": 2,
        "shared_layers": 1,
        "arms": ("single", "equal", "proportional", "famo", "soft"),
        "train": {
            "vocab_size": 600,
            "model": {
                "hidden_size": 32, "layers": 2, "heads": 1, "kv_heads": 1, "head_dim": 32, "intermediate_size": 48,
                "context": 400,
            },
            "batch_tokens": 512,
            "window_steps": 4,
            "schedule": {"warmup_steps": 2},
            "mixture": {"leaks": "drop"},
        },
    }
)  # fmt: skip


@pytest.fixture
def prepared(monkeypatch):
    monkeypatch.setattr(running, "prepare", lambda *arguments, **options: None)
    monkeypatch.setattr(running, "plot_ablation", lambda *arguments: None)


class Launched:
    """Stands for the processes: writes a result for each trial, up to a limit."""

    def __init__(self, limit: int = 100) -> None:
        self.names: list[str] = []
        self._limit = limit

    def __call__(self, folders, jobs) -> None:
        for folder in folders:
            if len(self.names) == self._limit:
                raise KeyboardInterrupt
            self.names.append(folder.name)
            spec = json.loads((folder / "spec.json").read_text())
            value = 60.0 if spec["arm"] == "equal" else 50.0
            tasks = [spec["task"]] if spec["task"] else list(spec["tasks"])
            found = {"scores": {task: {"metric": value} for task in tasks}, "minutes": 1.0, "peak_mib": 1}
            found |= {name: spec[name] for name in ("arm", "seed", "task", "sampling")}
            found |= {"parameters": 1000, "drawn": {}}
            (folder / "result.json").write_text(json.dumps(found))


def test_the_second_half_varies_the_sampling_that_was_best(tmp_path, prepared):
    launched = Launched()
    table = run_ablation(CONFIG, load_catalogue(), data=tmp_path, out=tmp_path / "out", launch=launched)
    assert launched.names == [
        "single-own-seed-1", "single-snips-seed-1", "proportional-seed-1", "equal-seed-1", "famo-seed-1", "soft-seed-1",
    ]  # fmt: skip
    assert "| soft (equal) |" in table
    assert "Best sampling: **equal**" in (tmp_path / "out" / "ablation.md").read_text()


def test_what_is_done_is_not_done_again(tmp_path, prepared):
    first, second = Launched(limit=3), Launched()
    with pytest.raises(KeyboardInterrupt):
        run_ablation(CONFIG, load_catalogue(), data=tmp_path, out=tmp_path / "out", launch=first)
    run_ablation(CONFIG, load_catalogue(), data=tmp_path, out=tmp_path / "out", launch=second)
    assert second.names == ["equal-seed-1", "famo-seed-1", "soft-seed-1"]


def test_a_folder_of_another_configuration_is_refused(tmp_path, prepared):
    run_ablation(CONFIG, load_catalogue(), data=tmp_path, out=tmp_path / "out", launch=Launched())
    other = CONFIG.model_copy(update={"tokens_per_task": 7})
    with pytest.raises(ConfigError, match="another configuration; choose another --out"):
        run_ablation(other, load_catalogue(), data=tmp_path, out=tmp_path / "out", launch=Launched())
    # More at the same time is no other configuration.
    run_ablation(CONFIG.model_copy(update={"jobs": 1}), load_catalogue(), data=tmp_path, out=tmp_path / "out")


def test_a_trial_that_fails_is_named_with_its_reason(tmp_path):
    folder = tmp_path / "trials" / "famo-seed-1"
    folder.mkdir(parents=True)
    with pytest.raises(TrialFailed, match=r"famo-seed-1: FileNotFoundError: .*spec\.json"):
        launch_processes([folder], 1)


def utterances(count: int, start: int) -> str:
    rows = []
    for number in range(start, start + count):
        artist = f"artist{number}"
        text = f"please play something by {artist}"
        rows.append({"text": text, "intent": "PlayMusic", "slots": {"artist": [artist]},
                     "spans": [["artist", text.index(artist), len(text)]]})  # fmt: skip
        rows.append({"text": f"book a table for {number} people", "intent": "BookRestaurant", "slots": {}, "spans": []})
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize("arm", ["soft", "plain loss"])
def test_a_trial_trains_scores_and_leaves_its_result(tmp_path, arm):
    data, out = tmp_path / "data", tmp_path / "out"
    (data / "snips2017").mkdir(parents=True)
    (data / "snips2017" / "train.jsonl").write_text(utterances(80, 0))
    (data / "snips2017" / "dev.jsonl").write_text(utterances(3, 500))
    prepare(CONFIG, load_catalogue(), data=data, folder=out / "shared")
    folder = running._specified(CONFIG, Trial(arm, 1, sampling="equal"), data=data, out=out)
    run_trial(folder)
    result = json.loads((folder / "result.json").read_text())
    assert set(result["scores"]) == {"own", "snips"}
    assert 0 <= result["scores"]["snips"]["metric"] <= 100
    assert result["scores"]["own"]["all"]["rows"] == 2
    assert 3000 <= result["tokens"] < 4000
    assert result["drawn"]["own"] == pytest.approx(result["drawn"]["snips"], rel=0.2)
    assert result["peak_mib"] > 100
    assert Path(folder / "run" / "model" / "sharing.json").is_file() == (arm == "soft")
