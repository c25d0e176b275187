"""What the providers keep, read from their own files: SQLite tables row by row, JSON as it is.

Two worlds are equal when they hold the same, leaving out what comes out differently each time the same thing is done
(reference codes, keys): that is learned by doing the same thing twice, not listed here. Knows no provider.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Snapshot = Mapping[str, Any]
"""By "file" or "file/table": a JSON value or the rows as a list of columns by name."""

_NOT_THEIRS = ("handoffs",)
"""Folders that the agent writes itself."""


def snapshot(folder: Path) -> Snapshot:
    """Return everything that the providers keep below a data folder."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name.split("/")[0] in _NOT_THEIRS:
            continue
        if path.suffix == ".json":
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix in (".sqlite3", ".sqlite", ".db"):
            found |= {f"{name}/{table}": rows for table, rows in _tables(path)}
    return found


def _tables(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    database = sqlite3.connect(path)
    try:
        database.row_factory = sqlite3.Row
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in sorted(each for each in names if not each.startswith("sqlite_")):
            yield name, [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]
    finally:
        database.close()


def copy(folder: Path, target: Path) -> Path:
    """Copy a data folder."""
    shutil.copytree(folder, target)
    return target


@dataclass
class Chance:
    """What differs when the same is done twice: columns of tables, keys of facts."""

    columns: set[tuple[str, str]] = field(default_factory=set)
    # (table, column).
    keys: set[str] = field(default_factory=set)
    # Of facts, such as "reference".

    def learn(self, one: Snapshot, two: Snapshot) -> None:
        """Note what differs between two worlds in which the same was done."""
        for name in one.keys() & two.keys():
            if "/" in name:
                for first, second in zip(one[name], two[name], strict=False):
                    self.columns |= {(name, column) for column in first if first[column] != second.get(column)}

    def learn_facts(self, one: Any, two: Any) -> None:
        """Note which facts differ between two results of the same."""
        if isinstance(one, dict) and isinstance(two, dict):
            for key in one.keys() & two.keys():
                if isinstance(one[key], dict | list):
                    self.learn_facts(one[key], two[key])
                elif one[key] != two[key]:
                    self.keys.add(key)
        elif isinstance(one, list) and isinstance(two, list):
            for first, second in zip(one, two, strict=False):
                self.learn_facts(first, second)

    def differences(self, got: Snapshot, expected: Snapshot) -> list[str]:
        """Return how one world differs from another; empty when they hold the same."""
        problems = []
        for name in sorted(got.keys() | expected.keys()):
            here, there = got.get(name, []), expected.get(name, [])
            if "/" not in name:
                problems += [] if here == there else [f"{name}: {_first_difference(here, there)}"]
                continue
            rows, wanted = ([self._plain(name, row) for row in each] for each in (here, there))
            extra, missing = _without(rows, wanted), _without(wanted, rows)
            if extra or missing:
                problems.append(f"{name}: has {extra[:2]}, should have {missing[:2]}")
        return problems

    def same_facts(self, got: Any, expected: Any) -> bool:
        """Whether two results tell the same, chance left out."""
        if isinstance(got, dict) and isinstance(expected, dict):
            keys = (got.keys() | expected.keys()) - self.keys
            return all(key in got and key in expected and self.same_facts(got[key], expected[key]) for key in keys)
        if isinstance(got, list) and isinstance(expected, list):
            return len(got) == len(expected) and all(map(self.same_facts, got, expected))
        return bool(got == expected)

    def _plain(self, table: str, row: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple((column, value) for column, value in row.items() if (table, column) not in self.columns)


def _without(rows: list[Any], others: Iterable[Any]) -> list[Any]:
    rest = list(rows)
    for other in others:
        if other in rest:
            rest.remove(other)
    return rest


def _first_difference(one: Any, two: Any, at: str = "") -> str:
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted(one.keys() | two.keys()):
            if one.get(key) != two.get(key):
                return _first_difference(one.get(key), two.get(key), f"{at}.{key}")
    return f"{at or 'it'} is {one!r}, should be {two!r}"
