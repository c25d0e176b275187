"""The command line of the training package: ``python -m training train | evaluate | release | conflict | ablate``.

Options are read here and passed down; nothing else in the package reads arguments or prints.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.discovery import load_catalogue
from agent.errors import FactotumError
from agent.settings import BUNDLED_MODEL

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Makes the model: train, evaluate, release; and asks whether its tasks help one another.",
)

DataOption = Annotated[Path, typer.Option("--data", help="Folder with one folder per corpus (the uniform format).")]
DEFAULT_DATA = Path("../shared/data")


@app.command()
def train(
    config: Annotated[Path, typer.Option(help="Training configuration (YAML).")],
    data: DataOption = DEFAULT_DATA,
    out: Annotated[Path | None, typer.Option(help="The run's folder; runs/<name of the configuration>.")] = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Minutes of training; the learning rate decays within them.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps, with a checkpoint.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh/--resume", help="Begin again, or go on from the checkpoint.")] = False,
    skip_bad: Annotated[bool, typer.Option(help="Leave out rows that cannot be learnt from, and list them.")] = False,
    base: Annotated[
        str | None, typer.Option(help="Fine-tune this model, a folder or a hub name, instead of making a new one.")
    ] = None,
    lora: Annotated[bool, typer.Option(help="With --base: train low-rank matrices instead of all weights.")] = False,
) -> None:
    """Train a model, or go on where a run was stopped."""
    from training.config import with_base
    from training.rendering import make_renderer
    from training.trainer import load_config, load_rows
    from training.trainer import train as run_training

    settings = with_base(load_config(config), base, lora=lora)
    catalogue = load_catalogue()
    rows = load_rows(settings, catalogue, data=data)
    renderer = make_renderer(catalogue, data=data, seed=settings.seed, training=True)
    run = out or Path("runs") / config.stem
    outcome = run_training(
        settings, rows, renderer, run=run, fresh=fresh, max_minutes=max_minutes, steps=steps, skip_bad=skip_bad
    )
    progress = outcome.progress
    done = f"{progress.step} steps, {progress.tokens} tokens, {progress.minutes:.1f} minutes"
    if outcome.finished:
        print(f"trained: {done}; the model is in {outcome.model_dir}")
    else:
        print(f"stopped: {done}; the same command with --resume goes on from {run / 'checkpoint.pt'}")


@app.command()
def conflict(
    run: Annotated[Path | None, typer.Option(help="A run's folder: at its checkpoint.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Training configuration; without --run a new model is looked at.")
    ] = None,
    data: DataOption = DEFAULT_DATA,
    batches: Annotated[int, typer.Option(min=2, help="Of every task.")] = 6,
    batch_tokens: Annotated[int, typer.Option(min=64, help="Of a batch; smaller ones are noisier.")] = 2048,
    sources: Annotated[str, typer.Option(help="Labels of sources with commas between; all when not given.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder of plot and numbers; the run's when left out.")] = None,
) -> None:
    """Print and plot the cosines between the gradients of a mixture's tasks."""
    from training.conflict import conflict_of, plot_conflict, render_conflict

    found = conflict_of(
        run,
        config,
        load_catalogue(),
        data=data,
        batches=batches,
        batch_tokens=batch_tokens,
        sources=[name.strip() for name in sources.split(",") if name.strip()],
    )
    folder = out or run or Path("runs")
    folder.mkdir(parents=True, exist_ok=True)
    print(render_conflict(found))
    plot_conflict(found, folder / "conflict.png")
    (folder / "conflict.json").write_text(json.dumps(found.as_json(), indent=1) + "\n", encoding="utf-8")
    print(f"\nplotted in {folder / 'conflict.png'}")


@app.command()
def ablate(
    config: Annotated[Path, typer.Option(help="Ablation configuration (YAML).")],
    data: DataOption = DEFAULT_DATA,
    out: Annotated[Path | None, typer.Option(help="Folder of the trials; runs/<name of the configuration>.")] = None,
) -> None:
    """Compare ways of training tasks together with a model per task; goes on where it was stopped."""
    from training.ablation.plan import load_ablation
    from training.ablation.running import run_ablation

    print(run_ablation(load_ablation(config), load_catalogue(), data=data, out=out or Path("runs") / config.stem))


@app.command()
def inspect(
    config: Annotated[Path, typer.Option(help="Training configuration (YAML).")],
    data: DataOption = DEFAULT_DATA,
    count: Annotated[int, typer.Option(min=1, help="Rows of each source.")] = 10,
    source: Annotated[str, typer.Option(help="One source only.")] = "",
) -> None:
    """Print rows as the model learns them: prompt, target, and the legal tokens of every step that counts."""
    from training.encode import BadRow, Encoder
    from training.rendering import make_renderer
    from training.tokenizer import train_tokenizer
    from training.trainer import load_config, load_rows

    settings = load_config(config)
    if source:
        kept = tuple(entry for entry in settings.mixture.sources if entry.label == source)
        settings = settings.model_copy(update={"mixture": settings.mixture.model_copy(update={"sources": kept})})
    catalogue = load_catalogue()
    rows = load_rows(settings, catalogue, data=data)
    renderer = make_renderer(catalogue, data=data, seed=settings.seed, training=True)
    rendered = (renderer.render(row) for source_rows in rows.values() for row in source_rows[:3000])
    tokenizer = train_tokenizer(
        (text for item in rendered for text in (item.prompt, item.target)), vocab_size=settings.vocab_size
    )
    encoder = Encoder(tokenizer, renderer, context=settings.model.context)
    for name, source_rows in rows.items():
        print(f"== {name}: {len(source_rows)} rows")
        for row in source_rows[:count]:
            try:
                example = encoder.encode(row)
            except BadRow as error:
                print(f"BAD {error}")
                continue
            text = tokenizer.decode(example.ids.tolist(), skip_special_tokens=False)
            print(f"{len(example.ids):4d} {text!r}")
            for position, legal in zip(example.at.tolist(), example.legal, strict=True):
                if len(legal):
                    shown = " ".join(repr(tokenizer.decode([token], skip_special_tokens=False)) for token in legal[:8])
                    learnt = tokenizer.decode([int(example.ids[position])], skip_special_tokens=False)
                    print(f"       {learnt!r} of {len(legal)}: {shown}")


@app.command()
def evaluate(
    model: Annotated[str, typer.Option(help="Model folder, or `bundled`.")] = "bundled",
    data: DataOption = DEFAULT_DATA,
    train_data: Annotated[
        Path | None, typer.Option(help="Folder with the training splits, for the baselines; --data when not given.")
    ] = None,
    split: Annotated[str, typer.Option(help="dev or test: the files that are read.")] = "dev",
    sets: Annotated[str, typer.Option(help="Names of sets with commas between (own: rows of the skill files).")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows a set at most; all when not given.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the scores there too.")] = None,
    html_out: Annotated[Path | None, typer.Option("--html", help="Write a page with plots there too.")] = None,
    mistakes: Annotated[
        Path | None, typer.Option(help="Write what was answered otherwise than is right there, a line of JSON each.")
    ] = None,
    backend: Annotated[str, typer.Option(help="local (what is served), torch, or the URL of a vLLM server.")] = "local",
    baselines: Annotated[bool, typer.Option(help="Fit TF-IDF + linear SVM beside the model.")] = True,
) -> None:
    """Score a model on every set of a folder, through the path that serves it."""
    from training.evaluate import BUNDLED, evaluate_model
    from training.scoring.report import render_html, render_table

    folder = BUNDLED_MODEL if model == BUNDLED else Path(model)
    report = evaluate_model(
        folder,
        load_catalogue(),
        data=data,
        train_data=train_data or _with_training_splits(data),
        split=split,
        sets=[name.strip() for name in sets.split(",") if name.strip()],
        limit=limit,
        backend=backend,
        baselines=baselines,
        mistakes=mistakes,
    )
    print(render_table(report))
    for path, text in (
        (json_out, json.dumps(report, indent=1, ensure_ascii=False) + "\n"),
        (html_out, render_html(report) if html_out else ""),
    ):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _with_training_splits(data: Path) -> Path:
    """Return the folder itself if it has training splits, else the usual one."""
    return data if any(data.glob("*/*train.jsonl*")) or not DEFAULT_DATA.is_dir() else DEFAULT_DATA


@app.command()
def corpora(data: Annotated[Path, typer.Option(help="Folder of sets in the uniform format.")] = DEFAULT_DATA) -> None:
    """List the sets of a folder: rows, licences, and the tasks that learn from each."""
    from training.corpora_list import render_corpora

    print(render_corpora(data))


@app.command()
def average(
    run: Annotated[Path, typer.Option(help="The run's folder.")],
    others: Annotated[
        list[Path], typer.Option("--with", help="A model folder, such as the one the run began with; may be repeated.")
    ],
    to: Annotated[Path, typer.Option(help="Run folder to write: evaluate its model, then release it.")],
) -> None:
    """Average the weights of a run's model with others that go back to the same one: often better than each."""
    from training.averaging import average_run

    average_run(run, others, to)
    print(f"the mean of {1 + len(others)} models is in {to / 'model'}")


@app.command()
def release(
    run: Annotated[Path, typer.Option(help="The run's folder.")],
    to: Annotated[Path, typer.Option(help="Model folder to write.")],
    scores: Annotated[
        Path | None, typer.Option(help="JSON of evaluate: held against the floors, and for the card.")
    ] = None,
    force: Annotated[str, typer.Option(help="Release below a core floor all the same, for this REASON.")] = "",
) -> None:
    """Write the served model folder: weights, tokenizer, fingerprint, card, and what the local runtime loads."""
    from training.release import release_model

    release_model(run, to, scores=scores, force=force)
    print(f"released to {to}")


def main() -> None:
    """Run the command line; errors of ours are one message, not a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    for name in ("httpx", "torch", "numexpr"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        app()
    except FactotumError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
