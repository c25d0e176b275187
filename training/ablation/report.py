"""The table and the plots of an ablation, from the results of its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from statistics import fmean
from typing import Any

from training.ablation.plan import (
    HARD,
    SAMPLINGS,
    SINGLE,
    VARIED,
    AblationConfig,
    relative_changes,
)

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One arm, over its seeds."""

    arm: str
    label: str
    scores: Mapping[str, tuple[float, ...]]
    # Task to its figure, seed by seed.
    changes: tuple[Mapping[str, float], ...]
    # Percent above the single-task models, seed by seed and task by task; empty for those themselves.
    minutes: float
    # Of one seed; of all single-task models together.
    peak_mib: float
    parameters: int

    @property
    def mean(self) -> float:
        """Mean relative change over tasks and seeds."""
        return fmean(fmean(change.values()) for change in self.changes)

    @property
    def by_seed(self) -> list[float]:
        """Mean relative change over the tasks, seed by seed."""
        return [fmean(change.values()) for change in self.changes]

    @property
    def worst(self) -> tuple[str, float]:
        """The task that loses most on the mean of the seeds, and by how much."""
        means = {name: fmean(change[name] for change in self.changes if name in change) for name in self.changes[0]}
        name = min(means, key=lambda task: means[task])
        return name, means[name]


def lines_of(config: AblationConfig, results: Sequence[Result]) -> list[Line]:
    """Return the arms of which every seed is done, in the order of the table."""
    by_arm: dict[str, list[Result]] = {}
    for result in results:
        by_arm.setdefault(result["arm"], []).append(result)
    tasks, seeds = list(config.tasks), list(config.seeds)
    singles = {(item["seed"], item["task"]): item for item in by_arm.get(SINGLE, ())}
    if any((seed, task) not in singles for seed in seeds for task in tasks):
        return []
    single = {seed: {task: _metric(singles[seed, task], task) for task in tasks} for seed in seeds}
    lines = [
        Line(
            SINGLE,
            "a model per task",
            {task: tuple(single[seed][task] for seed in seeds) for task in tasks},
            (),
            fmean(sum(singles[seed, task]["minutes"] for task in tasks) for seed in seeds),
            max(item["peak_mib"] for item in singles.values()),
            sum(singles[seeds[0], task]["parameters"] for task in tasks),
        )
    ]
    for arm in (*SAMPLINGS, *VARIED):
        found = {item["seed"]: item for item in by_arm.get(arm, ())}
        if set(found) < set(seeds):
            continue
        scores = {task: tuple(_metric(found[seed], task) for seed in seeds) for task in tasks}
        changes = tuple(
            relative_changes({task: _metric(found[seed], task) for task in tasks}, single[seed], tasks)
            for seed in seeds
        )
        sampling = found[seeds[0]]["sampling"]
        lines.append(
            Line(
                arm,
                f"joint, {arm}" if arm in SAMPLINGS else f"{arm} ({sampling})",
                scores,
                changes,
                fmean(item["minutes"] for item in found.values()),
                max(item["peak_mib"] for item in found.values()),
                found[seeds[0]]["parameters"],
            )
        )
    return lines


def best_sampling(config: AblationConfig, results: Sequence[Result]) -> str:
    """Return the sampling with the best mean relative change; the best mean score when no task has one."""
    joint = [line for line in lines_of(config, results) if line.arm in SAMPLINGS]
    return max(joint, key=lambda line: line.mean if line.changes[0] else _mean_score(line)).arm


def _mean_score(line: Line) -> float:
    return fmean(fmean(values) for values in line.scores.values())


def _metric(result: Result, task: str) -> float:
    return float(result["scores"][task]["metric"])


def render_ablation(config: AblationConfig, results: Sequence[Result]) -> str:
    """Return the table in Markdown, as far as it is known."""
    lines = lines_of(config, results)
    if not lines:
        done = len(results)
        return f"# Ablation\n\n{done} trials are done; the table begins when every single-task model is."
    tasks = list(config.tasks)
    metrics = [f"{name} ({config.tasks[name].set}: {config.tasks[name].metric.replace('_', ' ')})" for name in tasks]
    out = [
        "# Ablation",
        "",
        f"Seeds {', '.join(map(str, config.seeds))}; {config.tokens_per_task:,} tokens a task; {config.rows_scored} "
        "dev rows a task, answered through the local backend under the grammar. Figures are means over the seeds. "
        "*Change* is relative to the single-task models of the same seed and size (a task they score 0 on has none); "
        "*worst* is the task that loses most. Minutes are of training alone, on one core; memory is the peak of the "
        "training process. The best sampling was chosen on the same dev rows, which flatters it,"
        " and the arms that vary it, a little.",
        "",
        "| arm | " + " | ".join(metrics) + " | mean change (by seed) | worst | minutes | MiB | parameters |",
        "|---" * (len(tasks) + 6) + "|",
    ]
    for line in lines:
        cells = [f"{fmean(line.scores[task]):.1f}" for task in tasks]
        if not line.changes:
            tail = ["0", "0"]
        elif not all(line.changes):
            tail = ["-", "-"]
        else:
            seeds = ", ".join(f"{value:+.1f}" for value in line.by_seed)
            name, value = line.worst
            tail = [f"{line.mean:+.1f} % ({seeds})", f"{name} {value:+.1f} %"]
        tail += [f"{line.minutes:.1f}", f"{line.peak_mib:.0f}", f"{line.parameters / 1e6:.2f}M"]
        out.append(f"| {line.label} | " + " | ".join([*cells, *tail]) + " |")
    joint = [line for line in lines if line.arm in SAMPLINGS]
    if joint and all(line.changes[0] for line in joint):
        best = best_sampling(config, results)
        out += [
            "",
            f"Best sampling: **{best}**; *{HARD}* sharing is this row. Every arm below the joint ones varies it.",
        ]
    drawn = [item for item in results if item["arm"] in SAMPLINGS and item["seed"] == config.seeds[0]]
    if drawn:
        out += [
            "",
            "Tokens drawn of each task (some of the last window were not come to):",
            "",
            "| sampling | " + " | ".join(tasks) + " |",
        ]
        out.append("|---" * (len(tasks) + 1) + "|")
        for item in sorted(drawn, key=lambda found: list(SAMPLINGS).index(found["arm"])):
            out.append(f"| {item['arm']} | " + " | ".join(f"{item['drawn'].get(task, 0):,}" for task in tasks) + " |")
    return "\n".join(out)


def plot_ablation(config: AblationConfig, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw the changes of all arms, task by task and against the time they took."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [line for line in lines_of(config, results) if line.changes and all(line.changes)]
    tasks = list(config.tasks)
    if not lines:
        return []
    figure, axes = pyplot.subplots(figsize=(3 + 1.1 * len(tasks), 1.5 + 0.45 * len(lines)))
    # A task whose single-task model scores nothing has no relative change: its field stays empty.
    grid = [
        [
            fmean(found) if (found := [change[task] for change in line.changes if task in change]) else nan
            for task in tasks
        ]
        for line in lines
    ]
    bound = max(5.0, *(abs(value) for row in grid for value in row if not isnan(value)))
    picture = axes.imshow(grid, cmap="RdBu", vmin=-bound, vmax=bound, aspect="auto")
    axes.set_xticks(range(len(tasks)), tasks)
    axes.set_yticks(range(len(lines)), [line.label for line in lines])
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if isnan(value):
                continue
            colour = "white" if abs(value) > 0.6 * bound else "black"
            axes.text(column, row, f"{value:+.1f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_title("percent above the single-task models", fontsize=10)
    figure.colorbar(picture, shrink=0.8)
    first = folder / "changes.png"
    figure.savefig(first, dpi=120, bbox_inches="tight")
    pyplot.close(figure)

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for number, line in enumerate(lines):
        axes.errorbar(
            line.minutes,
            line.mean,
            yerr=[[line.mean - min(line.by_seed)], [max(line.by_seed) - line.mean]],
            fmt="osD^v<>p*hXP"[number % 12],
            capsize=3,
            label=line.label,
        )
    # Several arms take the same time and score alike: names beside the points would lie on one another.
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set_xlabel("minutes of training on one core")
    axes.set_ylabel("mean change against single-task models, %")
    axes.set_title("each arm, with the range over the seeds", fontsize=10)
    second = folder / "time.png"
    figure.savefig(second, dpi=120, bbox_inches="tight")
    pyplot.close(figure)
    return [first, second]
