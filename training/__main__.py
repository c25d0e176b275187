"""The command line of the training package: ``python -m training train | evaluate | release``.

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

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Makes the model: train, evaluate, release.",
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
) -> None:
    """Train a model, or go on where a run was stopped."""
    from training.rendering import make_renderer
    from training.trainer import load_config, load_rows
    from training.trainer import train as run_training

    settings = load_config(config)
    catalogue = load_catalogue()
    rows = load_rows(settings, catalogue, data=data)
    renderer = make_renderer(catalogue, data=data, seed=settings.seed)
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
    renderer = make_renderer(catalogue, data=data, seed=settings.seed)
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
    model: Annotated[Path, typer.Option(help="Model folder.")],
    data: DataOption = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Rows a task.")] = 300,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the scores there too.")] = None,
    backend: Annotated[str, typer.Option(help="local (what is served) or torch (needs no export).")] = "local",
) -> None:
    """Score a model on every task, through the path that serves it."""
    from training.evaluate import evaluate_model, render_table

    report = evaluate_model(model, load_catalogue(), data=data, limit=limit, backend=backend)
    print(render_table(report))
    if json_out:
        json_out.parent.mkdir(parents=True, exist_ok=True)
        json_out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@app.command()
def release(
    run: Annotated[Path, typer.Option(help="The run's folder.")],
    to: Annotated[Path, typer.Option(help="Model folder to write.")],
    scores: Annotated[Path | None, typer.Option(help="JSON of evaluate, for the model card.")] = None,
) -> None:
    """Write the served model folder: weights, tokenizer, fingerprint, card, and what the local runtime loads."""
    from training.release import release_model

    release_model(run, to, scores=scores)
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
