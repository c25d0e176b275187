"""Do the tasks of a mixture pull a model apart? The cosines between their gradients, at a checkpoint.

Several batches of every task are put through the model and nothing is learnt. A cosine between two tasks is the mean
over all pairs of their batches, its spread the standard deviation; on the diagonal stand pairs of different batches of
one task, which says how much of a gradient is the task and how much the batch: a cosine between tasks cannot be
larger than that. Below zero a step for one task undoes a step for the other (Yu et al. 2020, arXiv:2001.06782).
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.rows import Row
from training.config import ConfigError, TrainConfig
from training.encode import BadRow, Encoder, Example, Renderer
from training.extras import make_extras
from training.feed import collate
from training.loop import CHECKPOINT_FILE
from training.model import Batch, build_model
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

Matrix = npt.NDArray[np.float64]
ROWS_READ = 2000
"""Rows of a source that batches are drawn from."""
_LAYER = re.compile(r"layers\.(\d+)\.")


@dataclass(frozen=True)
class Conflict:
    """The cosines between the gradients of some tasks."""

    names: tuple[str, ...]
    cosines: Matrix
    # `(tasks, tasks)`: the mean over pairs of batches.
    spreads: Matrix
    # `(tasks, tasks)`: the standard deviation over them.
    opposed: Matrix
    # `(tasks, tasks)`: the share of the pairs below zero.
    parts: Mapping[str, Matrix]
    # The cosines of a part of the model alone: the embeddings, each layer, the rest.
    step: int
    # Of the checkpoint; 0 for a new model.
    batches: int
    # Of every task.
    batch_tokens: int

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "names": list(self.names),
            "cosines": self.cosines.round(4).tolist(),
            "spreads": self.spreads.round(4).tolist(),
            "opposed": self.opposed.round(4).tolist(),
            "parts": {name: matrix.round(4).tolist() for name, matrix in self.parts.items()},
            "step": self.step,
            "batches": self.batches,
            "batch_tokens": self.batch_tokens,
        }


def run_config(run: Path) -> TrainConfig:
    """Return the configuration that a run was started with.

    Raises:
        ConfigError: the run does not say.
    """
    path = run / "config.json"
    if not path.is_file():
        raise ConfigError(f"{path} not found; say which configuration the run is of: --config FILE")
    return TrainConfig.model_validate(json.loads(path.read_text(encoding="utf-8")))


def conflict_of(
    run: Path | None,
    config_path: Path | None,
    catalogue: Catalogue,
    *,
    data: Path,
    batches: int,
    batch_tokens: int,
    sources: Sequence[str] = (),
) -> Conflict:
    """Measure the conflict of a run, or of a new model of a configuration.

    Args:
        run: the run's folder; its checkpoint, tokenizer and, when it says so, configuration are taken.
        config_path: a configuration; needed without a run, or for a run that does not say which it was started with.
        catalogue: the project's skills.
        data: folder of corpora.
        batches: of every task.
        batch_tokens: of a batch.
        sources: labels of the sources to look at; all of them when empty.

    Raises:
        ConfigError: neither a run nor a configuration is given.
        InputError: a source is not in the mixture.
    """
    from training.rendering import make_renderer
    from training.trainer import load_config, load_rows

    if run is None and config_path is None:
        raise ConfigError("say what to look at: --run FOLDER, or --config FILE for a new model")
    config = load_config(config_path) if config_path is not None else run_config(Path(str(run)))
    labels = [source.label for source in config.mixture.sources]
    if unknown := sorted(set(sources) - set(labels)):
        raise InputError(f"no source {', '.join(unknown)} in the mixture; it has {', '.join(labels)}")
    # Rows in random order: the first ones of each will do.
    kept = tuple(source for source in config.mixture.sources if not sources or source.label in sources)
    rows = load_rows(
        config.model_copy(update={"mixture": config.mixture.model_copy(update={"sources": kept})}), catalogue, data=data
    )
    rows = {name: source_rows[:ROWS_READ] for name, source_rows in rows.items()}
    renderer = make_renderer(catalogue, data=data, seed=config.seed, training=True)
    if run is not None:
        return measure(config, rows, renderer, run=run, batches=batches, batch_tokens=batch_tokens)
    with tempfile.TemporaryDirectory() as folder:
        rendered = (renderer.render(row) for source_rows in rows.values() for row in source_rows)
        texts = (text for item in rendered for text in (item.prompt, item.target))
        save_tokenizer(train_tokenizer(texts, vocab_size=config.vocab_size), Path(folder))
        return measure(config, rows, renderer, run=Path(folder), batches=batches, batch_tokens=batch_tokens)


def measure(
    config: TrainConfig,
    rows: Mapping[str, Sequence[Row]],
    renderer: Renderer,
    *,
    run: Path,
    batches: int = 6,
    batch_tokens: int = 2048,
) -> Conflict:
    """Compute the cosines at a run's checkpoint, or at the start where the run has none.

    Args:
        config: the run's configuration.
        rows: rows of every source, by its label.
        renderer: makes the text of a row.
        run: the run's folder, with its tokenizer.
        batches: of every task, two or more.
        batch_tokens: of a batch; smaller ones are noisier.

    Raises:
        InputError: a source has too few rows, or there are too few batches.
    """
    if batches < 2:
        raise InputError(f"{batches} batch of a task says nothing of its noise; take two or more")
    if config.base is not None:
        raise ConfigError("conflict is measured on models that training made; this configuration has a base")
    tokenizer = load_tokenizer(run)
    model = build_model(config.model, vocab_size=tokenizer.get_vocab_size(), seed=config.seed)
    names = tuple(rows)
    extras = make_extras(config.model_copy(update={"precision": "float32", "device": "cpu"}), model, names, None)
    step, checkpoint = 0, run / CHECKPOINT_FILE
    if checkpoint.is_file():
        stored = torch.load(checkpoint, weights_only=True, map_location="cpu")
        model.load_state_dict(stored["model"])
        step = int(stored["progress"]["step"])
    losses_of = extras.losses_of(model, model.base_model)
    encoder = Encoder(tokenizer, renderer, context=config.model.context)
    parameters = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    made: list[dict[str, Tensor]] = []
    for name, source_rows in rows.items():
        for group in _batches(name, source_rows, encoder, batches, batch_tokens, config.seed):
            batch = collate(
                [(name, example, False) for example in group],
                names=names,
                loss_weights=dict.fromkeys(names, 1.0),
                text_weight=0.0,
                vocab_size=tokenizer.get_vocab_size(),
            )
            made.append(gradient_by_part(losses_of, batch, parameters))
    products = {part: _products([gradient[part] for gradient in made]) for part in made[0]}
    whole = np.add.reduce(list(products.values()))
    cosines, spreads, opposed = summed_up(whole, len(names))
    return Conflict(
        names,
        cosines,
        spreads,
        opposed,
        {part: summed_up(product, len(names))[0] for part, product in products.items()},
        step,
        batches,
        batch_tokens,
    )


def _batches(
    name: str, rows: Sequence[Row], encoder: Encoder, count: int, tokens: int, seed: int
) -> list[list[Example]]:
    """Return so many batches of different rows, drawn at random."""
    order = list(rows)
    random.Random(f"{seed} conflict {name}").shuffle(order)
    made: list[list[Example]] = [[]]
    held = 0
    for row in order:
        try:
            example = encoder.encode(row)
        except BadRow:
            # The run itself names such rows; here one more or less is no matter.
            continue
        if not len(example.at):
            continue
        if held + len(example.ids) > tokens and made[-1]:
            if len(made) == count:
                return made
            made.append([])
            held = 0
        made[-1].append(example)
        held += len(example.ids)
    if len(made) < count:
        raise InputError(
            f"source {name!r} has rows for {len(made)} batches of {tokens} tokens, {count} were asked for; take "
            "smaller or fewer batches"
        )
    return made


def gradient_by_part(
    losses_of: Callable[[Batch], Tensor], batch: Batch, parameters: Sequence[tuple[str, nn.Parameter]]
) -> dict[str, Tensor]:
    """Return the gradient of the batch's mean loss, `(parameters,)` of each part of the model."""
    loss = losses_of(batch).mean()
    found = torch.autograd.grad(loss, [value for _, value in parameters], allow_unused=True)
    parts: dict[str, list[Tensor]] = {}
    for (name, value), gradient in zip(parameters, found, strict=True):
        flat = torch.zeros_like(value).flatten() if gradient is None else gradient.flatten()
        parts.setdefault(part_of(name), []).append(flat)
    return {part: torch.cat(pieces) for part, pieces in parts.items()}


def part_of(name: str) -> str:
    """Return the part of the model that a parameter belongs to."""
    layer = _LAYER.search(name)
    if layer:
        return f"layer {layer[1]}"
    return "embeddings" if "embed" in name else "the rest"


def _products(gradients: Sequence[Tensor]) -> Matrix:
    stacked = torch.stack(list(gradients))
    product: Matrix = (stacked @ stacked.T).double().numpy()
    return product


def summed_up(products: Matrix, tasks: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return mean, spread and share below zero of the cosines between tasks.

    Args:
        products: `(tasks * batches, tasks * batches)` inner products of the gradients, task by task.
        tasks: how many there are.
    """
    lengths = np.sqrt(np.maximum(np.diag(products), 1e-30))
    cosines = products / np.outer(lengths, lengths)
    batches = len(products) // tasks
    different = ~np.eye(batches, dtype=bool)
    mean, spread, opposed = (np.zeros((tasks, tasks)) for _ in range(3))
    for first in range(tasks):
        for second in range(tasks):
            block = cosines[
                first * batches : (first + 1) * batches,
                second * batches : (second + 1) * batches,
            ]
            pairs = block[different] if first == second else block.ravel()
            mean[first, second], spread[first, second] = pairs.mean(), pairs.std()
            opposed[first, second] = (pairs < 0).mean()
    return mean, spread, opposed


def render_conflict(found: Conflict) -> str:
    """Return the matrix and what follows from it, in Markdown."""
    tasks = len(found.names)
    lines = [
        f"Gradient cosines at step {found.step}, {found.batches} batches of {found.batch_tokens} tokens a task: mean "
        "± spread. The diagonal compares batches of one task.",
        "",
        "| | " + " | ".join(found.names) + " |",
        "|---" * (tasks + 1) + "|",
    ]
    for row, name in enumerate(found.names):
        cells = [f"{found.cosines[row, other]:+.2f} ± {found.spreads[row, other]:.2f}" for other in range(tasks)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    pairs = [(row, other) for row in range(tasks) for other in range(row)]
    if not pairs:
        return "\n".join(lines)
    row, other = min(pairs, key=lambda pair: found.cosines[pair])
    lines += [
        "",
        f"Most opposed: {found.names[other]} and {found.names[row]}, {found.cosines[row, other]:+.2f} "
        f"({found.opposed[row, other]:.0%} of their pairs of batches below zero). "
        f"Pairs of tasks below zero: {sum(found.cosines[pair] < 0 for pair in pairs)} of {len(pairs)}.",
        "",
        "| part | mean between tasks | least | between |",
        "|---|---|---|---|",
    ]
    for part, matrix in found.parts.items():
        row, other = min(pairs, key=lambda pair: matrix[pair])
        mean = np.mean([matrix[pair] for pair in pairs])
        lines.append(f"| {part} | {mean:+.2f} | {matrix[row, other]:+.2f} | {found.names[other]}, {found.names[row]} |")
    return "\n".join(lines)


def plot_conflict(found: Conflict, path: Path) -> None:
    """Draw the matrix as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    tasks = len(found.names)
    figure, axes = pyplot.subplots(figsize=(2.5 + 0.7 * tasks, 1.8 + 0.6 * tasks))
    picture = axes.imshow(found.cosines, cmap="RdBu", vmin=-1, vmax=1)
    axes.set_xticks(range(tasks), found.names, rotation=45, ha="right")
    axes.set_yticks(range(tasks), found.names)
    for row in range(tasks):
        for other in range(tasks):
            text = f"{found.cosines[row, other]:+.2f}\n±{found.spreads[row, other]:.2f}"
            colour = "white" if abs(found.cosines[row, other]) > 0.6 else "black"
            axes.text(other, row, text, ha="center", va="center", fontsize=8, color=colour)
    axes.set_title(f"cosines between the tasks' gradients, step {found.step}", fontsize=10)
    figure.colorbar(picture, shrink=0.8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(figure)
