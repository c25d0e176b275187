"""Makes the served model folder of a finished run: half-precision weights, tokenizer, fingerprint, model card.

The folder is a plain Hugging Face directory that transformers, vLLM and the local backend load. It is built aside,
proven to run on the local backend, and only then put in place. Knows files; how good a model is stands in the scores.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from agent.errors import ModelNotUsable
from agent.fingerprint import read_fingerprint, stamp_files
from training.evaluate import render_table
from training.export import export_local
from training.mixture import OWN
from training.tasks import CORPUS_TASKS

COPIED = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "fingerprint.json")
LARGEST = 65_504.0
"""The largest value that half precision holds."""


def release_model(run: Path, to: Path, *, scores: Path | None = None) -> None:
    """Write the served folder of a run.

    Args:
        run: the run's folder, with its finished model.
        to: the folder to write; a model that is there is replaced in one step.
        scores: JSON of ``python -m training evaluate``, shown in the model card.

    Raises:
        ModelNotUsable: the run has no finished model, or the local backend would not compute the same.
    """
    source = run / "model"
    for name in (*COPIED, "model.safetensors"):
        if not (source / name).is_file():
            raise ModelNotUsable(
                f"{source / name} not found; finish the run first: python -m training train --out {run}"
            )
    to.parent.mkdir(parents=True, exist_ok=True)
    building = to.with_name(f".{to.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    for name in COPIED:
        shutil.copyfile(source / name, building / name)
    _store_in_half_precision(source / "model.safetensors", building)
    # What it was trained with, not what the library would train with today.
    stamp_files(building, read_fingerprint(source))
    (building / "README.md").write_text(model_card(run, to.name, _read(scores)), encoding="utf-8")
    export_local(building)
    if to.exists():
        former = to.with_name(f".{to.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        to.rename(former)
        building.rename(to)
        shutil.rmtree(former)
    else:
        building.rename(to)


def _store_in_half_precision(weights: Path, folder: Path) -> None:
    tensors = load_file(weights)
    for name, tensor in tensors.items():
        if not tensor.abs().max() < LARGEST:
            raise ModelNotUsable(f"{weights}: {name} holds {tensor.abs().max().item()}, which half precision cannot")
    halves = {name: tensor.to(torch.float16).contiguous() for name, tensor in tensors.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})
    # Other users of the package must be able to read what an installer copies.
    (folder / "model.safetensors").chmod(0o644)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["dtype"] = "float16"
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def model_card(run: Path, name: str, scores: Mapping[str, Any] | None) -> str:
    """Return the model card: what it is, what it learnt from, under which licences, and how well."""
    config = json.loads((run / "model" / "config.json").read_text(encoding="utf-8"))
    drawn: dict[str, dict[str, float]] = json.loads((run / "mixture.json").read_text(encoding="utf-8"))
    parameters = sum(tensor.numel() for tensor in load_file(run / "model" / "model.safetensors").values())
    steps, tokens, minutes = _effort(run)
    lines = [
        "---",
        "license: mit",
        "language: [en, de]",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "---",
        "",
        f"# factotum {name}",
        "",
        f"The model bundled with factotum: {parameters / 1e6:.1f}M parameters, {config['num_hidden_layers']} layers of "
        f"{config['hidden_size']}, a vocabulary of {config['vocab_size']}, made from scratch by `python -m training` "
        f"({steps} steps, {tokens / 1e6:.1f}M tokens, {minutes:.0f} minutes of training). Stored in half precision.",
        "",
        "It turns what a user says into commands of factotum's command language, always held to the grammar of the",
        "dialogue state; it was trained under that grammar and writes nonsense without it. It also translates short",
        "sentences (en, de), writes equations for word problems of one or two steps, and makes small talk.",
        "It knows nothing about the world, and short everyday sentences are all it was shown.",
        "",
        "## Data",
        "",
        "| source | rows | epochs | share of tokens | sets | licences |",
        "|---|---|---|---|---|---|",
    ]
    for source, row in drawn.items():
        task = CORPUS_TASKS.get(source)
        made = "generated from the skill files" if source == OWN else ""
        sets, licences = (", ".join(task.sets), task.licences) if task else (made, "MIT")
        lines.append(
            f"| {source} | {row['rows']:.0f} | {row['epochs']:.2f} | {100 * row['token_share']:.1f} % "
            f"| {sets} | {licences} |"
        )
    lines += ["", "## Scores", ""]
    if scores is None:
        lines.append("Not evaluated; run `python -m training evaluate`.")
    else:
        lines += [
            "Held-back rows: names and sentence templates of the evaluation rows are not in training; public sets' dev",
            "splits. A *false action* starts or confirms something although the user asked for neither.",
            "",
            render_table(scores),
        ]
    return "\n".join(lines) + "\n"


def _effort(run: Path) -> tuple[int, int, float]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1]) if lines else {}
    return int(last.get("step", 0)), int(last.get("tokens", 0)), float(last.get("minutes", 0))


def _read(scores: Path | None) -> dict[str, Any] | None:
    return json.loads(scores.read_text(encoding="utf-8")) if scores else None
