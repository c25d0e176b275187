"""What is in a folder of the uniform format: sets, rows, licences, and the tasks that learn from each.

Reached as ``factotum corpora list`` (by an entry point: the library itself does not know how its model is made) and as
``python -m training corpora``.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from agent.errors import InputError

UNUSED = "no task learns from it"


@dataclass(frozen=True)
class Listed:
    """One set of a folder."""

    name: str
    rows: dict[str, int]
    # File, without its ending, to rows.
    licence: str
    # As the tasks state it; empty for a set that none of them reads.
    tasks: tuple[str, ...]


def listed_corpora(data: Path) -> list[Listed]:
    """Return the sets of a folder, by name; rows are counted, not checked.

    Raises:
        InputError: there is no such folder, or no set in it.
    """
    if not data.is_dir():
        raise InputError(f"no folder {str(data)!r}; expected one with a folder a set, each with *.jsonl or *.jsonl.gz")
    licences, tasks = _uses()
    found = []
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        files = sorted(path for path in folder.iterdir() if path.name.endswith((".jsonl", ".jsonl.gz")))
        if files:
            rows = {path.name.split(".jsonl")[0]: _count(path) for path in files}
            found.append(Listed(folder.name, rows, licences.get(folder.name, ""), tuple(tasks.get(folder.name, ()))))
    if not found:
        raise InputError(f"no set in {str(data)!r}; expected a folder a set, each with *.jsonl or *.jsonl.gz")
    return found


def render_corpora(data: Path) -> str:
    """Return the list as a table, and the sums below it. Raises as ``listed_corpora``."""
    sets = listed_corpora(data)
    width = max(len(each.name) for each in sets)
    lines = []
    for each in sets:
        rows = ", ".join(f"{name} {count:,}" for name, count in each.rows.items())
        lines.append(f"{each.name:{width}}  {rows}")
        about = f"{each.licence}; {', '.join(each.tasks)}" if each.tasks else UNUSED
        lines.append(f"{'':{width}}  {about}")
    total = sum(sum(each.rows.values()) for each in sets)
    lines += [
        "",
        f"{len(sets)} sets, {total:,} rows; licences as the tasks state them: read a set's own before using it",
    ]
    return "\n".join(lines)


def _uses() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the licence and the tasks of every set that a task reads."""
    from training.tasks import CORPUS_TASKS

    licences: dict[str, str] = {}
    tasks: dict[str, list[str]] = defaultdict(list)
    for task in CORPUS_TASKS.values():
        for name, licence in zip(task.sets, task.licences.split("; "), strict=True):
            licences.setdefault(name, licence)
            tasks[name].append(task.name)
    return licences, tasks


def _count(path: Path) -> int:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return sum(bool(line.strip()) for line in file)
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read ({error}); bring the set again") from error
