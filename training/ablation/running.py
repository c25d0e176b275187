"""Runs the trials of an ablation side by side and writes the table; started again, it does what is missing.

FOLDER/shared/          rows, tokenizer and encoded rows of all trials
FOLDER/trials/NAME/     spec.json, log.txt, result.json when done
FOLDER/ablation.md      the table, as far as it is known; plots beside it at the end
"""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.catalogue import Catalogue
from agent.errors import FactotumError
from agent.rows import Row
from training.ablation.plan import (
    AblationConfig,
    Trial,
    base_config,
    config_of,
    first_trials,
    second_trials,
)
from training.ablation.report import best_sampling, plot_ablation, render_ablation
from training.ablation.trial import read_rows, renderer_for, write_rows
from training.config import ConfigError
from training.encode import Encoder, Renderer
from training.feed import Examples
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

logger = logging.getLogger(__name__)

Launch = Callable[[Sequence[Path], int], None]
"""Runs the trials of some folders, so many at a time, until each has its result.json."""
TOKENIZER_ROWS = 8_000
"""Rows of each task that the tokenizer is made from."""


class TrialFailed(FactotumError):
    """A trial ended without a result."""


def run_ablation(
    config: AblationConfig, catalogue: Catalogue, *, data: Path, out: Path, launch: Launch | None = None
) -> str:
    """Run what is missing of an ablation and return the table.

    Args:
        config: what is compared.
        catalogue: the project's skills.
        data: folder of corpora.
        out: the ablation's folder.
        launch: runs trials; processes of their own when left out.

    Raises:
        ConfigError: the folder is of another configuration.
        TrialFailed: a trial ended without a result; the others' results stand.
    """
    out.mkdir(parents=True, exist_ok=True)
    _claim(config, out)
    prepare(config, catalogue, data=data, folder=out / "shared")
    start = launch or launch_processes

    def results() -> list[dict[str, Any]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("trials/*/result.json"))]

    def run(trials: Sequence[Trial]) -> None:
        folders = [_specified(config, trial, data=data, out=out) for trial in trials]
        start([folder for folder in folders if not (folder / "result.json").is_file()], config.jobs)
        (out / "ablation.md").write_text(render_ablation(config, results()) + "\n", encoding="utf-8")

    run(first_trials(config))
    best = best_sampling(config, results())
    logger.info("best sampling: %s; the other arms vary it", best)
    run(second_trials(config, best))
    plot_ablation(config, results(), out)
    return render_ablation(config, results())


def prepare(config: AblationConfig, catalogue: Catalogue, *, data: Path, folder: Path) -> None:
    """Make what all trials share: rows, one tokenizer, and the rows encoded."""
    from training.trainer import load_rows

    base, renderer = base_config(config, seed=0), renderer_for(catalogue, config.tasks, data)
    if not all((folder / "rows" / f"{name}.jsonl").is_file() for name in config.tasks):
        write_rows(load_rows(base, catalogue, data=data), folder / "rows")
    rows = read_rows(folder / "rows", list(config.tasks))
    if not (folder / "tokenizer.json").is_file():
        save_tokenizer(train_tokenizer(_texts(rows, renderer), vocab_size=base.vocab_size), folder)
    _encode(rows, renderer, folder, context=base.model.context, workers=config.jobs)


def _texts(rows: dict[str, list[Row]], renderer: Renderer) -> Iterator[str]:
    for name, source_rows in rows.items():
        chosen = random.Random(f"tokenizer {name}").sample(source_rows, min(TOKENIZER_ROWS, len(source_rows)))
        for row in chosen:
            rendered = renderer.render(row)
            yield from (rendered.prompt, rendered.target)


def _encode(rows: dict[str, list[Row]], renderer: Renderer, folder: Path, *, context: int, workers: int) -> None:
    from training.trainer import salt_of

    tokenizer = load_tokenizer(folder)
    with Examples(
        rows,
        lambda: Encoder(tokenizer, renderer, context=context),
        folder=folder / "encoded",
        salt=salt_of(tokenizer, renderer.own),
        workers=workers,
        token_shares={name: 1 / len(rows) for name in rows},
        skip_bad=True,
    ) as examples:
        for name, source_rows in rows.items():
            # The last row of every chunk: waits until all are encoded.
            examples.get(name, len(source_rows) - 1)
            for index in range(0, len(source_rows), 1000):
                examples.get(name, index)


def _claim(config: AblationConfig, out: Path) -> None:
    """See to it that a folder holds trials of one configuration."""
    path, said = out / "config.json", json.dumps(config.model_dump(mode="json", exclude={"jobs", "arms"}), indent=1)
    if path.is_file() and path.read_text(encoding="utf-8") != said:
        raise ConfigError(f"{out} holds trials of another configuration; choose another --out, or delete it")
    path.write_text(said, encoding="utf-8")


def _specified(config: AblationConfig, trial: Trial, *, data: Path, out: Path) -> Path:
    """Return a trial's folder, with what it is to do."""
    folder = out / "trials" / trial.name
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "arm": trial.arm,
        "seed": trial.seed,
        "task": trial.task,
        "sampling": trial.sampling,
        "data": str(data.resolve()),
        "rows_scored": config.rows_scored,
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "config": config_of(config, trial).model_dump(mode="json"),
    }
    (folder / "spec.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return folder


def launch_processes(folders: Sequence[Path], jobs: int) -> None:
    """Run every trial in a process of its own, so many at a time.

    Raises:
        TrialFailed: one ended without a result; those that ran beside it were waited for.
    """
    waiting, running = list(folders), dict[Path, subprocess.Popen[bytes]]()
    failed: list[Path] = []
    done, started = 0, time.monotonic()
    variables = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    while waiting or running:
        while waiting and len(running) < jobs and not failed:
            folder = waiting.pop(0)
            command = [sys.executable, "-m", "training.ablation.trial", str(folder), str(os.getpid())]
            with (folder / "log.txt").open("ab") as log:
                running[folder] = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
            logger.info("%s: started", folder.name)
        if not running:
            break
        time.sleep(0.5)
        for folder, process in list(running.items()):
            if process.poll() is None:
                continue
            del running[folder]
            if process.returncode == 0 and (folder / "result.json").is_file():
                done += 1
                left = (time.monotonic() - started) / done * (len(folders) - done) / 60
                logger.info("%s: done, %d of %d, about %.0f minutes left", folder.name, done, len(folders), left)
            else:
                failed.append(folder)
    if failed:
        tails = [f"{folder.name}: {_last_line(folder / 'log.txt')}" for folder in failed]
        raise TrialFailed("; ".join(tails) + f"; the logs are {', '.join(str(path / 'log.txt') for path in failed)}")


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it wrote nothing"
