"""Scores a model on every task through the path that serves it: the agent's own prompts and grammars, a real backend.

Beside the intent figures stands a baseline, TF-IDF with a linear classifier, fitted on the same training rows: a model
that loses to it has no claim. Knows rows, backends and metrics; how the model was trained is not its business.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as count_up
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agent.backends.base import Backend, Message, Prompt, Request
from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.rows import Row, SpeakRow, UnderstandRow
from agent.understanding import MAX_COMMAND_TOKENS
from skills.tutoring.expressions import Leaf, NotAnExpression, Tree, parse_expression
from training.encode import Renderer
from training.mixture import OWN, SourceConfig, load_source
from training.rendering import count_numbers, make_renderer
from training.tasks import CORPUS_TASKS

EVALUATION_SEED = 11
MAX_SPEAK_TOKENS = 64
BASELINE_ROWS = 20_000
"""Training rows the baseline is fitted on, at most."""

Report = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """One evaluated row."""

    row: Row
    answer: str


def evaluate_model(
    model_dir: Path, catalogue: Catalogue, *, data: Path, limit: int, backend: str = "local", show_progress: bool = True
) -> Report:
    """Score a model folder on every task.

    Args:
        model_dir: the folder.
        catalogue: the project's skills.
        data: folder of corpora; dev splits are used.
        limit: rows a task.
        backend: "local", the embedded backend that is served, or "torch", which needs no export.
        show_progress: draw a progress bar.

    Raises:
        InputError: there is no such backend.
        ModelNotUsable: the folder cannot be served.
    """
    renderer = make_renderer(catalogue, data=data, seed=EVALUATION_SEED)
    sets = evaluation_sets(catalogue, data=data, limit=limit)
    engine = open_backend(backend, model_dir)
    answered, seconds = asyncio.run(_answer_all(engine, renderer, sets, show_progress=show_progress))
    scores = {name: score(name, rows) for name, rows in answered.items()}
    scores[OWN]["baseline"] = baseline(answered[OWN], _training_rows(catalogue, data))
    return {
        "model": model_dir.name,
        "backend": backend,
        "rows_per_task": limit,
        "calls_per_second": round(sum(map(len, answered.values())) / seconds, 1),
        "scores": scores,
    }


def open_backend(name: str, model_dir: Path) -> Backend:
    """Return a backend by name.

    Raises:
        InputError: there is no such backend.
    """
    if name == "local":
        from agent.backends.local import LocalBackend

        return LocalBackend(model_dir)
    if name == "torch":
        from training.decode import TorchBackend

        return TorchBackend(model_dir)
    raise InputError(f"no backend {name!r}; expected 'local' or 'torch'")


def evaluation_sets(catalogue: Catalogue, *, data: Path, limit: int) -> dict[str, list[Row]]:
    """Return held-back rows by task: the project's own skills, and the dev split of every corpus task."""
    sets: dict[str, list[Row]] = {}
    for name in (OWN, *CORPUS_TASKS):
        # More are taken than needed and then chosen from, so that the first intents of a file do not fill the set.
        count = limit if name == OWN else 50 * limit
        source = SourceConfig(source=name, max_examples=count, weight=1)
        rows = load_source(source, split="dev", data=data, catalogue=catalogue, seed=EVALUATION_SEED)
        sets[name] = rows[:limit]
    return {name: rows for name, rows in sets.items() if rows}


async def _answer_all(
    backend: Backend, renderer: Renderer, sets: Mapping[str, Sequence[Row]], *, show_progress: bool
) -> tuple[dict[str, list[Answered]], float]:
    """Return the answers and the seconds they took, loading the model not counted."""
    await backend.start()
    answered: dict[str, list[Answered]] = {}
    every = 0.5 if sys.stderr.isatty() else 30.0
    started = time.monotonic()
    try:
        total = sum(map(len, sets.values()))
        with tqdm(total=total, unit="row", disable=not show_progress, mininterval=every) as bar:
            for name, rows in sets.items():
                bar.set_postfix_str(name, refresh=False)
                answered[name] = []
                for row in rows:
                    answered[name].append(Answered(row, await backend.complete(_request(renderer, row))))
                    bar.update()
    finally:
        await backend.close()
    return answered, time.monotonic() - started


def _request(renderer: Renderer, row: Row) -> Request:
    rendered = renderer.render(row)
    return Request(
        prompt=Prompt(rendered.prompt, (Message("user", rendered.prompt),)),
        grammar=rendered.grammar,
        max_tokens=MAX_COMMAND_TOKENS if isinstance(row, UnderstandRow) else MAX_SPEAK_TOKENS,
    )


def score(name: str, answered: Sequence[Answered]) -> Report:
    """Return the metrics of one set."""
    first = answered[0].row
    if isinstance(first, UnderstandRow):
        return commands_score(answered)
    if first.task == "translate":
        return translation_score(answered)
    if first.task == "solve":
        return _exact(answered, metric="equation_accuracy", same=same_equation)
    return _exact(answered, metric="answer_accuracy", same=lambda found, target: found.strip() == target.strip())


# --- understand ------------------------------------------------------------------------------------------------------


def commands_score(answered: Sequence[Answered]) -> Report:
    """Return how often the commands are exactly right, how often it acts unasked, and how often it does not act.

    A *false action* starts or confirms something where the right commands do neither; a *missed action* the reverse.
    """
    exact = intents = 0
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    unasked = asked = false_actions = missed_actions = 0
    for item in answered:
        assert isinstance(item.row, UnderstandRow)
        found, right = _lines(item.answer), list(item.row.commands)
        exact += found == right
        intents += intent_label(found) == intent_label(right)
        kinds[item.row.kind][0] += found == right
        kinds[item.row.kind][1] += 1
        if acts(right):
            asked += 1
            missed_actions += not acts(found)
        else:
            unasked += 1
            false_actions += acts(found)
    return {
        "rows": len(answered),
        "command_accuracy": _percent(exact, len(answered)),
        "intent_accuracy": _percent(intents, len(answered)),
        "false_action": _percent(false_actions, unasked),
        "missed_action": _percent(missed_actions, asked),
        "by_kind": {kind: {"accuracy": _percent(*pair), "rows": pair[1]} for kind, pair in sorted(kinds.items())},
    }


def acts(commands: Iterable[str]) -> bool:
    """Return True when the commands open a frame or say yes."""
    return any(command == "confirm" or command.startswith("start ") for command in commands)


def intent_label(commands: Sequence[str]) -> str:
    """Return what is wanted, without values: the intents started, else the first command's word and target."""
    started = [command for command in commands if command.startswith("start ")]
    if started:
        return " ".join(started)
    first = commands[0] if commands else ""
    return first if first.startswith(("say ", "clarify ")) else first.partition(" ")[0]


def baseline(answered: Sequence[Answered], training: Sequence[UnderstandRow]) -> Report:
    """Return the intent accuracy of TF-IDF with a linear classifier on the same rows (text and state as words)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"), LinearSVC())
    pipeline.fit([_features(row) for row in training], [intent_label(row.commands) for row in training])
    rows = [item.row for item in answered if isinstance(item.row, UnderstandRow)]
    predicted = pipeline.predict([_features(row) for row in rows])
    right = sum(label == intent_label(row.commands) for label, row in zip(predicted, rows, strict=True))
    return {"intent_accuracy": _percent(right, len(rows)), "training_rows": len(training)}


def _features(row: UnderstandRow) -> str:
    state = row.state
    marks = [f"active={state.active.intent}"] if state.active else []
    if state.pending:
        marks.append(f"pending={state.pending.kind}={state.pending.slot}")
    return " ".join([row.text.lower(), *marks])


def _training_rows(catalogue: Catalogue, data: Path) -> list[UnderstandRow]:
    names = [OWN, *(name for name in CORPUS_TASKS if name.startswith("own_"))]
    rows: list[Row] = []
    for name in names:
        source = SourceConfig(source=name, max_examples=BASELINE_ROWS, weight=1)
        rows += load_source(source, split="train", data=data, catalogue=catalogue, seed=EVALUATION_SEED)
    random.Random(EVALUATION_SEED).shuffle(rows)
    return list(islice((row for row in rows if isinstance(row, UnderstandRow)), BASELINE_ROWS))


# --- free text -------------------------------------------------------------------------------------------------------


def translation_score(answered: Sequence[Answered]) -> Report:
    """Return sacreBLEU and chrF, per direction, with the signature."""
    import sacrebleu
    from sacrebleu.metrics.bleu import BLEU

    report: Report = {"rows": len(answered)}
    by_language: dict[str, list[Answered]] = defaultdict(list)
    for item in answered:
        by_language[item.row.lang].append(item)
    for language, items in sorted(by_language.items()):
        found = [item.answer.strip() for item in items]
        right = [[item.row.target for item in items if isinstance(item.row, SpeakRow)]]
        bleu = BLEU()
        report[f"into_{language}"] = {
            "rows": len(items),
            "bleu": round(bleu.corpus_score(found, right).score, 1),
            "chrf": round(sacrebleu.corpus_chrf(found, right).score, 1),
            "signature": str(bleu.get_signature()),
        }
    return report


def same_equation(found: str, target: str) -> bool:
    """Return True when two equations over N0, N1, ... have one value, tried with large primes for the numbers."""
    count = count_numbers(f"{found} {target}")
    values = {f"N{index}": Fraction(prime) for index, prime in zip(range(count), _primes(), strict=False)}
    try:
        return _value(parse_expression(found, count), values) == _value(parse_expression(target, count), values)
    except (NotAnExpression, ZeroDivisionError):
        return False


def _value(tree: Tree, values: Mapping[str, Fraction]) -> Fraction:
    if isinstance(tree, Leaf):
        return values[tree.name] if tree.name in values else Fraction(tree.name)
    left, right = _value(tree.left, values), _value(tree.right, values)
    match tree.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def _primes() -> Iterator[int]:
    """Yield primes from 1009 on."""
    return (number for number in count_up(1009) if all(number % divisor for divisor in range(2, int(number**0.5) + 1)))


def _exact(answered: Sequence[Answered], *, metric: str, same: Callable[[str, str], bool]) -> Report:
    right = sum(same(item.answer, item.row.target) for item in answered if isinstance(item.row, SpeakRow))
    return {"rows": len(answered), metric: _percent(right, len(answered))}


def _lines(answer: str) -> list[str]:
    return [line for line in answer.split("\n") if line]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def render_table(report: Mapping[str, Any]) -> str:
    """Return the scores as a table in Markdown."""
    lines = [
        f"{report['rows_per_task']} rows a task, backend {report['backend']}, {report['calls_per_second']} calls/s",
        "",
        "| task | metric | score |",
        "|---|---|---|",
    ]
    for name, scores in report["scores"].items():
        for metric, value in _flat(scores):
            lines.append(f"| {name} | {metric} | {value} |")
    return "\n".join(lines)


def _flat(scores: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for metric, value in scores.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{metric} ")
        elif metric not in ("rows", "signature", "training_rows"):
            yield f"{prefix}{metric.replace('_', ' ')}", value
