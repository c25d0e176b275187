"""The list of corpora: what is there, under which licence, and what it is for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from agent.errors import InputError
from training.corpora_list import UNUSED, listed_corpora, render_corpora
from training.tasks import CORPUS_TASKS


def test_sets_are_listed_with_rows_licence_and_tasks(tmp_path: Path) -> None:
    (tmp_path / "mawps").mkdir()
    with gzip.open(tmp_path / "mawps" / "train.jsonl.gz", "wt") as file:
        file.write('{"id": "1"}\n{"id": "2"}\n\n')
    (tmp_path / "mawps" / "dev.jsonl").write_text('{"id": "3"}\n')
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.jsonl").write_text("{}\n")
    (tmp_path / "notes").mkdir()
    first, second = listed_corpora(tmp_path)
    assert (first.name, first.rows, first.licence) == ("mawps", {"dev": 1, "train": 2}, "MIT")
    assert set(first.tasks) == {"own_tutoring", "solve"}
    assert (second.name, second.licence, second.tasks) == ("mine", "", ())
    table = render_corpora(tmp_path)
    assert "mawps  dev 1, train 2" in table
    assert UNUSED in table
    assert "2 sets, 4 rows" in table


def test_every_task_states_a_licence_for_each_of_its_sets() -> None:
    for task in CORPUS_TASKS.values():
        assert len(task.licences.split("; ")) == len(task.sets), task.name
        assert all(task.licences.split("; "))


def test_a_folder_without_sets_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no set in"):
        listed_corpora(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        listed_corpora(tmp_path / "absent")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mawps").mkdir()
    (tmp_path / "mawps" / "train.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"train\.jsonl\.gz cannot be read"):
        listed_corpora(tmp_path)
