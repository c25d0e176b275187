"""Draws a report of scores: a table in Markdown, and one HTML page with plots of what is taken for what."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.scoring.floors import standings

_NO_FIGURES = ("rows", "signature", "training_rows", "seconds", "task", "confused", "answered_by")


def render_table(report: Mapping[str, Any]) -> str:
    """Return the scores as tables in Markdown: figures against floors and targets, then all of them."""
    asked = "all rows" if report.get("limit") is None else f"at most {report['limit']} rows a set"
    lines = [
        f"{report.get('split', 'dev')} splits, {asked}, backend {report['backend']}, "
        f"{report['calls_per_second']} calls/s",
        "",
        "| set | metric | score | TF-IDF | floor | target |",
        "|---|---|---|---|---|---|",
    ]
    for standing in standings(report):
        if standing.score is None:
            continue
        mark = "" if standing.clears else " (below)"
        beside = _baseline(report["scores"][standing.floor.set_name], standing.floor.metric)
        lines.append(
            f"| {standing.floor.set_name} | {standing.floor.metric} | {standing.score:g}{mark} | {beside} "
            f"| {standing.least_said} | {standing.aim:g} |"
        )
    lines += ["", "| set | rows | metric | score |", "|---|---|---|---|"]
    for name, scores in report["scores"].items():
        for metric, value in _flat(scores):
            lines.append(f"| {name} | {scores.get('rows', '')} | {metric} | {value} |")
    if report.get("not_scored"):
        lines += ["", f"Not scored (no task for them): {', '.join(report['not_scored'])}."]
    lines += [f"Not asked: {name} ({reason})." for name, reason in report.get("passed_over", {}).items()]
    by_code = {name: score["answered_by"] for name, score in report["scores"].items() if "answered_by" in score}
    lines += [f"Answered without the model: {name} ({what})." for name, what in by_code.items()]
    return "\n".join(lines)


def _baseline(scores: Mapping[str, Any], metric: str) -> str:
    baseline = scores.get("baseline", {})
    named = {"intent_accuracy": "accuracy", "label_accuracy": "accuracy", "group_accuracy": "accuracy"}
    value = baseline.get(metric, baseline.get(named.get(metric, "")))
    return "" if value is None else f"{value:g}"


def _flat(scores: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for metric, value in scores.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{metric} ")
        elif metric not in _NO_FIGURES:
            yield f"{prefix}{metric.replace('_', ' ')}", value


def render_html(report: Mapping[str, Any]) -> str:
    """Return one page: the tables, and for each set what it confuses most, as a plot inside the page."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Scores</title>",
        "<style>body{font:15px sans-serif;max-width:70em;margin:2em auto}table{border-collapse:collapse}"
        "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}</style>",
        f"<h1>{html.escape(str(report['model']))}</h1>",
        *_tables(render_table(report).split("\n")),
    ]
    for name, scores in report["scores"].items():
        if scores.get("confused"):
            picture = base64.b64encode(_plot(scores["confused"])).decode()
            parts += [f"<h2>{html.escape(name)}: taken for one another</h2>"]
            parts += [f'<img alt="confusions of {html.escape(name)}" src="data:image/png;base64,{picture}">']
    return "\n".join(parts) + "\n"


def _tables(lines: Sequence[str]) -> list[str]:
    parts: list[str] = []
    inside = False
    for line in lines:
        row = line.startswith("|")
        if row and not inside:
            parts.append("<table>")
        if inside and not row:
            parts.append("</table>")
        if row and not set(line) <= set("|-"):
            cells = (html.escape(cell.strip()) for cell in line.strip("|").split("|"))
            parts.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        elif not row and line:
            parts.append(f"<p>{html.escape(line)}</p>")
        inside = row
    if inside:
        parts.append("</table>")
    return parts


def _plot(confused: Sequence[Sequence[Any]]) -> bytes:
    """Return a picture of the pairs: what was right, what was found, how often."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rights = list(dict.fromkeys(str(pair[0]) for pair in confused))
    founds = list(dict.fromkeys(str(pair[1]) for pair in confused))
    grid = [[0] * len(founds) for _ in rights]
    for right, found, count in confused:
        grid[rights.index(str(right))][founds.index(str(found))] = int(count)
    figure, axes = pyplot.subplots(figsize=(1.6 + 0.55 * len(founds), 1.6 + 0.4 * len(rights)))
    axes.imshow(grid, cmap="Blues")
    axes.set_xticks(range(len(founds)), founds, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(rights)), rights, fontsize=8)
    axes.set_xlabel("found")
    axes.set_ylabel("right")
    for row, line in enumerate(grid):
        for column, count in enumerate(line):
            if count:
                axes.text(column, row, str(count), ha="center", va="center", fontsize=8)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)
    return stream.getvalue()
