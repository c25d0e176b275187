"""Makes the served model folder of a finished run: half-precision weights, tokenizer, fingerprint, model card.

The folder is a plain Hugging Face directory that transformers, vLLM and the local backend load. It is built aside,
proven to run on the local backend, and only then put in place. Knows files; how good a model is stands in the scores.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from agent.errors import InputError, ModelNotUsable
from agent.fingerprint import read_fingerprint, stamp_files
from training.export import export_local
from training.scoring.floors import save_withheld, standings, withheld_tasks
from training.scoring.report import render_table
from training.sharing.folders import SHARING_FILE
from training.tasks import CORPUS_TASKS
from training.tasks.known import KNOWN, KNOWN_FILE, load_known
from training.tasks.speak_translate import LANGUAGES

COPIED = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "fingerprint.json")
NOTES_FILE = "notes.md"
"""In a run's folder: what the card says of the run beside its numbers."""
LARGEST = 65_504.0
"""The largest value that half precision holds."""


class BelowFloor(InputError):
    """A core task of a model that is to be released is below its floor."""


def release_model(run: Path, to: Path, *, scores: Path | None = None, force: str = "") -> None:
    """Write the served folder of a run.

    Args:
        run: the run's folder, with its finished model.
        to: the folder to write; a model that is there is replaced in one step.
        scores: JSON of ``python -m training evaluate``, held against the floors and shown in the model card.
        force: why a model below a core task's floor is released all the same; stands in the card.

    Raises:
        BelowFloor: a core task is below its floor, or was not scored, and ``force`` gives no reason.
        ModelNotUsable: the run has no finished model, or the local backend would not compute the same.
    """
    source = run / "model"
    report = _read(scores)
    if not force:
        check_floors(report or {})
    if (source / SHARING_FILE).is_file():
        raise ModelNotUsable(
            f"{source} holds a model for each group of tasks; a release is one model: train with `sharing: hard`, or "
            f"serve the groups' folders as they are ({source / 'groups'})"
        )
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
    if (source / KNOWN_FILE).is_file():
        shutil.copyfile(source / KNOWN_FILE, building / KNOWN_FILE)
    save_withheld(withheld_tasks(_taught(_drawn(run)), report), building)
    _store_in_half_precision(source / "model.safetensors", building)
    # What it was trained with, not what the library would train with today.
    stamp_files(building, read_fingerprint(source))
    (building / "README.md").write_text(model_card(run, to.name, report, force=force), encoding="utf-8")
    export_local(building)
    if to.exists():
        former = to.with_name(f".{to.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        to.rename(former)
        building.rename(to)
        shutil.rmtree(former)
    else:
        building.rename(to)


def check_floors(report: Mapping[str, Any]) -> None:
    """Hold the scores against the floors of the core tasks.

    Raises:
        BelowFloor: naming every figure that is missing or too low.
    """
    if not report:
        raise BelowFloor(
            "not released without scores: python -m training evaluate --json FILE, then --scores FILE; "
            'or say why there are none: --force "REASON"'
        )
    below = [standing.said() for standing in standings(report) if standing.floor.core and not standing.clears]
    if below:
        raise BelowFloor(
            f"not released, below the floors of core tasks: {'; '.join(below)}. Train on, or score what is missing; "
            'to release all the same say why: --force "REASON"'
        )


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


def model_card(run: Path, name: str, scores: Mapping[str, Any] | None, *, force: str = "") -> str:
    """Return the model card: what it is, what it learnt from, under which licences, and how well."""
    config = json.loads((run / "model" / "config.json").read_text(encoding="utf-8"))
    drawn = _drawn(run)
    parameters = sum(tensor.numel() for tensor in load_file(run / "model" / "model.safetensors").values())
    steps, tokens, minutes = _effort(run)
    languages = _languages(_taught(drawn))
    lines = [
        "---",
        "license: mit",
        f"language: [{', '.join(['en', *languages])}]",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "---",
        "",
        f"# factotum {name}",
        "",
        f"The model bundled with factotum: {parameters / 1e6:.1f}M parameters, {config['num_hidden_layers']} layers of "
        f"{config['hidden_size']}, a vocabulary of {config['vocab_size']}, made by `python -m training` "
        f"({steps} steps, {tokens / 1e6:.1f}M tokens, {minutes:.0f} minutes of training). Stored in half precision.",
        "",
        "It turns what a user says into commands of factotum's command language, always held to the grammar of the",
        "dialogue state; it was trained under that grammar and writes nonsense without it. Besides the project's own",
        f"skills it knows by name the intents of {_known(run)}. It also writes",
        f"equations for word problems, grades short answers, makes small talk{_translates(languages)}.",
        "It knows nothing about the world, and short everyday sentences are all it was shown.",
        "",
        "## Data",
        "",
        "| source | rows | epochs | share of tokens | sets | licences |",
        "|---|---|---|---|---|---|",
    ]
    for source, row in drawn.items():
        task = CORPUS_TASKS.get(source)
        made = "" if task else "generated from the skill files"
        sets, licences = (", ".join(task.sets), task.licences) if task else (made, "MIT")
        lines.append(
            f"| {source} | {row['rows']:.0f} | {row['epochs']:.2f} | {100 * row['token_share']:.1f} % "
            f"| {sets} | {licences} |"
        )
    notes = run / NOTES_FILE
    if notes.is_file():
        lines += ["", notes.read_text(encoding="utf-8").strip()]
    lines += ["", "## Scores", ""]
    if scores is None:
        lines.append("Not evaluated; run `python -m training evaluate`.")
    else:
        lines += [
            "Own skills: generated rows whose names and sentence templates are not in training. Public sets: their",
            f"{scores['split']} files, {_extent(scores)}; no row of them was trained on. A *false action* starts or",
            "confirms something although the user asked for neither. TF-IDF is a linear SVM fitted on the same",
            "training split and asked the same rows: where it is ahead, it is the better classifier for that set.",
            "",
            render_table(scores),
            "",
            *_withheld(withheld_tasks(_taught(drawn), scores), scores, force),
        ]
    return "\n".join(lines) + "\n"


def _drawn(run: Path) -> dict[str, dict[str, float]]:
    """Return what a run was trained on, by source."""
    drawn: dict[str, dict[str, float]] = json.loads((run / "mixture.json").read_text(encoding="utf-8"))
    return drawn


def _taught(drawn: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the sources that rows were really drawn from."""
    return [name for name, figures in drawn.items() if figures["drawn"] > 0]


def _languages(taught: Collection[str]) -> list[str]:
    """Return the codes of the languages beside English that a model was taught to translate."""
    return [code for code, language in LANGUAGES.items() if language.source in taught]


def _translates(languages: Sequence[str]) -> str:
    names = [LANGUAGES[code].name.capitalize() for code in languages]
    return f", and translates short sentences between English and {', '.join(names)}" if names else ""


def _extent(scores: Mapping[str, Any]) -> str:
    limit = scores.get("limit")
    return "all rows" if limit is None else f"at most {limit} rows a set, drawn at random"


def _known(run: Path) -> str:
    names = [KNOWN[name].folder for name in load_known(run / "model") if name in KNOWN]
    return ", ".join(names) if names else "no public set"


def _withheld(withheld: Mapping[str, str], scores: Mapping[str, Any], force: str) -> list[str]:
    """Return what the model must not be used for, what it misses, and why it was released."""
    found = standings(scores)
    instead = {score["task"]: score["answered_by"] for score in scores["scores"].values() if "answered_by" in score}
    lines = ["## Withheld", ""]
    for task, reason in sorted(withheld.items()):
        lines.append(f"- {task}: {reason}" + (f"; done without the model: {instead[task]}" if task in instead else ""))
    below = [standing.said() for standing in found if standing.floor.core and not standing.clears]
    if below:
        lines += ["", "## Below the floor of a core task", "", *(f"- {said}" for said in below)]
        lines += ["", f"Released all the same: {force}"]
    missed = [standing for standing in found if standing.clears and not standing.reaches]
    if missed:
        lines += ["", "## Short of the target", ""]
        lines += [
            f"- {standing.floor.set_name} {standing.floor.metric}: {standing.score:g} of {standing.aim:g}"
            for standing in missed
        ]
    return lines


def _effort(run: Path) -> tuple[int, int, float]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1]) if lines else {}
    return int(last.get("step", 0)), int(last.get("tokens", 0)), float(last.get("minutes", 0))


def _read(scores: Path | None) -> dict[str, Any] | None:
    return json.loads(scores.read_text(encoding="utf-8")) if scores else None
