"""One trial, in a process of its own: ``python -m training.ablation.trial FOLDER``.

The folder holds ``spec.json``; ``result.json`` appears when everything is done, whole or not at all. A trial that was
killed goes on from its last checkpoint when it is started again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from agent.catalogue import Catalogue
from agent.discovery import load_catalogue
from agent.rows import Row
from training.ablation.plan import PLAIN, TaskConfig
from training.config import TrainConfig
from training.encode import Rendered, Renderer
from training.rendering import make_renderer
from training.tasks.known import KNOWN, known_catalogue

RENDER_SEED = 0
"""Rows look the same in every trial; a trial's own seed is of the weights and the order."""
_ROW: TypeAdapter[Row] = TypeAdapter(Row)


class WithoutGrammar(Renderer):
    """Renders rows as if no grammar held their answers: the plain loss."""

    def __init__(self, inner: Renderer) -> None:
        self._inner = inner
        self.own, self.known = inner.own, inner.known

    def render(self, row: Row) -> Rendered:
        """Return prompt and target alone."""
        return replace(self._inner.render(row), grammar=None)


def renderer_for(catalogue: Catalogue, tasks: Mapping[str, TaskConfig], data: Path) -> Renderer:
    """Return the renderer of these tasks' rows, which needs no other set than theirs."""
    known = {task.source: known_catalogue(task.source, data) for task in tasks.values() if task.source in KNOWN}
    return make_renderer(catalogue, data=data, seed=RENDER_SEED, known=known)


def write_rows(rows: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """Write rows that every trial reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source_rows in rows.items():
        temporary = folder / f".{name}.tmp"
        temporary.write_text("".join(f"{row.model_dump_json()}\n" for row in source_rows), encoding="utf-8")
        temporary.replace(folder / f"{name}.jsonl")


def read_rows(folder: Path, names: Sequence[str]) -> dict[str, list[Row]]:
    """Read them again."""
    return {
        name: [_ROW.validate_json(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]
        for name in names
    }


def run_trial(folder: Path) -> None:
    """Train, score and measure, and write result.json.

    Raises:
        KeyboardInterrupt: it was told to stop; the checkpoint goes on.
    """
    from training.trainer import train

    spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    config = TrainConfig.model_validate(spec["config"])
    tasks = {name: TaskConfig.model_validate(task) for name, task in spec["tasks"].items()}
    shared, data = folder.parent.parent, Path(spec["data"])
    run = folder / "run"
    run.mkdir(exist_ok=True)
    catalogue = load_catalogue()
    renderer = renderer_for(catalogue, tasks, data)
    learnt = [source.label for source in config.mixture.sources]
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (run / name).write_bytes((shared / "shared" / name).read_bytes())
    plain = spec["arm"] == PLAIN
    if not plain and not (run / "encoded").exists():
        (run / "encoded").symlink_to((shared / "shared" / "encoded").resolve())
    started = time.monotonic()
    outcome = train(
        config,
        read_rows(shared / "shared" / "rows", learnt),
        WithoutGrammar(renderer) if plain else renderer,
        run=run,
        skip_bad=True,
        keep_tokenizer=True,
        show_progress=False,
    )
    if not outcome.finished:
        raise KeyboardInterrupt
    # In kilobytes on Linux, in bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    result = {
        "arm": spec["arm"],
        "seed": spec["seed"],
        "task": spec["task"],
        "sampling": spec["sampling"],
        "minutes": round(outcome.progress.minutes, 3),
        "wall_minutes": round((time.monotonic() - started) / 60, 3),
        "peak_mib": round(peak),
        "steps": outcome.progress.step,
        "tokens": outcome.progress.tokens,
        "drawn": {name: row["tokens"] for name, row in json.loads((run / "mixture.json").read_text()).items()},
        "parameters": _parameters(run / "checkpoint.pt"),
        "scores": score(outcome.model_dir, {name: tasks[name] for name in learnt}, catalogue, renderer, spec),
    }
    temporary = folder / ".result.tmp"
    temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / "result.json")
    (run / "checkpoint.pt").unlink()


def score(
    model_dir: Path, tasks: Mapping[str, TaskConfig], catalogue: Catalogue, renderer: Renderer, spec: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return every task's figures, by the path that serves."""
    from training.evaluate import ask_all, open_backend
    from training.scoring.sets import SETS, Place, cases_of

    data = Path(spec["data"])
    place = Place(data, data, "dev", catalogue)
    questions = {task.set: cases_of(SETS[task.set], place, spec["rows_scored"]) for task in tasks.values()}
    backend = open_backend("local", model_dir)
    answered, _, _ = asyncio.run(ask_all(backend, renderer, questions, {}, show_progress=False))
    found: dict[str, dict[str, Any]] = {}
    for name, task in tasks.items():
        figures = SETS[task.set].score(answered[task.set])
        found[name] = {"metric": figure(figures, task.metric), "all": figures}
    return found


def figure(figures: Mapping[str, Any], metric: str) -> float:
    """Return a figure by its dotted name; the mean of several with commas between."""
    values = []
    for name in metric.split(","):
        value: Any = figures
        for part in name.strip().split("."):
            if part not in value:
                raise KeyError(f"no figure {name.strip()!r}; there are {', '.join(map(str, value))}")
            value = value[part]
        values.append(float(value))
    return sum(values) / len(values)


def _parameters(checkpoint: Path) -> int:
    stored = torch.load(checkpoint, weights_only=True)["model"]
    # The output weights are the embeddings, once.
    return sum(value.numel() for name, value in stored.items() if name != "lm_head.weight")


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: it will start the trial again."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(4)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Run the trial of the folder that is named; the second argument is the process that waits for it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for name in ("httpx", "torch", "numexpr"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _end_with(int(sys.argv[2]))
    try:
        run_trial(Path(sys.argv[1]))
    except KeyboardInterrupt:
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
