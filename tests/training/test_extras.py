"""What a run may do besides the default: each part trains, saves, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from agent.backends.base import Prompt, Request
from tests.training.factory import understand_rows
from tests.training.small import ROWS, config, renderer
from training.config import ConfigError, ScheduleConfig, identity
from training.decode import TorchBackend
from training.extras import make_extras
from training.model import build_model
from training.optimizers import autocast, make_muon
from training.sharing.folders import read_sharing
from training.trainer import train

GROUPS = {"understand": ["own"], "speak": ["translate"]}
PARTS = {
    "weights": {"balance": {"kind": "static", "weights": {"own": 2.0}}},
    "uncertainty": {"balance": "uncertainty"},
    "pcgrad": {"balance": "pcgrad"},
    "famo": {"balance": "famo"},
    "soft": {"sharing": {"kind": "soft", "groups": GROUPS, "rank": 4}},
    "hierarchical": {"sharing": {"kind": "hierarchical", "groups": GROUPS, "shared_layers": 1}},
    "muon": {"optimizer": "muon"},
    "all": {"balance": "famo", "optimizer": "muon", "sharing": {"kind": "soft", "groups": GROUPS, "rank": 4}},
}


def run(folder: Path, changes: dict, **options):
    return train(config(**changes), ROWS, renderer(), run=folder, show_progress=False, **options)


@pytest.mark.parametrize("part", PARTS)
def test_a_resumed_run_equals_a_straight_one(tmp_path, part):
    straight = run(tmp_path / "straight", PARTS[part], steps=6)
    first = run(tmp_path / "resumed", PARTS[part], steps=3)
    second = run(tmp_path / "resumed", PARTS[part], steps=6)
    assert first.losses + second.losses == straight.losses


def test_a_part_changes_what_is_learnt(tmp_path):
    plain = run(tmp_path / "plain", {}, steps=4).losses
    for name in ("weights", "uncertainty", "famo", "muon"):
        found = run(tmp_path / name, PARTS[name], steps=4).losses
        # The first step is computed before any part has had its effect.
        assert found[0] == pytest.approx(plain[0], rel=1e-5)
        assert found[-1] != pytest.approx(plain[-1], rel=1e-5), name


def test_a_checkpoint_of_another_method_is_refused(tmp_path):
    run(tmp_path, PARTS["famo"], steps=2)
    with pytest.raises(ConfigError, match=r"other settings.*--fresh"):
        run(tmp_path, {}, steps=4)


def test_a_default_configuration_keeps_the_identity_of_older_checkpoints():
    assert set(json.loads(identity(config()))) == {"seed", "vocab_size", "model", "mixture"}


@pytest.mark.parametrize("part", ["soft", "hierarchical"])
def test_each_group_of_a_finished_run_answers_its_own_task(tmp_path, part):
    schedule = ScheduleConfig(train_tokens=30_000, warmup_steps=10, peak_lr=0.015)
    outcome = run(tmp_path, PARTS[part] | {"schedule": schedule})
    record = read_sharing(outcome.model_dir)
    backend = TorchBackend(outcome.model_dir / record.models[record.group_of("own")])
    right = 0
    for row in understand_rows(20, seed=9):
        rendered = renderer().render(row)
        right += backend.generate(Request(Prompt(rendered.prompt, ()), grammar=rendered.grammar)) == rendered.target
    assert right >= 18


def test_muon_takes_the_matrices_of_the_layers_and_adamw_the_rest():
    model = build_model(config().model, vocab_size=500, seed=0)
    pair = make_muon(model.named_parameters(), rate=0.01, weight_decay=0.1)
    muon, adamw = pair._parts
    assert isinstance(muon, torch.optim.Muon)
    counts = [sum(len(group["params"]) for group in part.param_groups) for part in (muon, adamw)]
    # Seven matrices a layer; the embeddings, four norms a layer and the last one.
    assert counts == [14, 10]


def test_bfloat16_is_taken_on_request_and_by_itself_only_on_a_gpu():
    cpu = torch.device("cpu")
    assert autocast("auto", cpu) is None
    assert autocast("float32", cpu) is None
    with autocast("bfloat16", cpu):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


def test_several_processes_refuse_what_they_cannot_do():
    model = build_model(config().model, vocab_size=500, seed=0)
    with pytest.raises(ConfigError, match="static balance only"):
        make_extras(config(balance="famo"), model, ("own", "translate"), object())


_WORKER = """
import json, sys
from pathlib import Path
from tests.training.small import ROWS, config, renderer
from training.trainer import train
outcome = train(config(), ROWS, renderer(), run=Path(sys.argv[1]), steps=6, show_progress=False)
Path(sys.argv[2]).write_text(json.dumps(outcome.losses))
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path):
    alone = run(tmp_path / "alone", {}, steps=6)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(2):
        variables = os.environ | {
            "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true",
        }  # fmt: skip
        command = [sys.executable, "-c", _WORKER, str(tmp_path / "both"), str(tmp_path / f"losses{rank}.json")]
        started.append(subprocess.Popen(command, env=variables, cwd=Path(__file__).parents[2]))
    assert [process.wait(timeout=300) for process in started] == [0, 0]
    found = [json.loads((tmp_path / f"losses{rank}.json").read_text()) for rank in range(2)]
    assert found[0] == pytest.approx(found[1])
    assert found[0] == pytest.approx(list(alone.losses), rel=1e-4)
    # The steps are the same ones, and only the first process has written the checkpoint.
    weights = [torch.load(tmp_path / name / "checkpoint.pt")["model"] for name in ("alone", "both")]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=1e-3, atol=1e-4)
