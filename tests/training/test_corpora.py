"""Reading the uniform corpus format: what passes, and how exactly a bad row is reported."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from training.corpora import CorpusError, NluRow, PairRow, ProblemRow, corpus_file, read_corpus, read_rows

GOOD = {"id": "1", "text": "weather in Oslo", "intent": "w", "slots": {"place": ["Oslo"]}, "spans": [["place", 11, 15]]}


def _write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
    else:
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_plain_and_gzipped_files_read_alike(tmp_path: Path, ending: str) -> None:
    _write(tmp_path / "mine" / f"train.{ending}", GOOD, "", GOOD | {"id": "2", "note": "kept"})
    rows = list(read_corpus(tmp_path, "mine", "train", NluRow))
    assert [row.id for row in rows] == ["1", "2"]
    assert rows[0].spans == [("place", 11, 15)]
    assert rows[1].model_extra == {"note": "kept"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{not json", "is not JSON"),
        ("[1, 2]", "is a JSON list; expected an object"),
        ({"id": "1", "intent": "w"}, "text: Field required"),
        (GOOD | {"text": ""}, "text: String should have at least 1 character"),
        (GOOD | {"spans": [["place", 11, 99]]}, "span 'place' is 11..99; expected within 0..15"),
        (GOOD | {"spans": [["place", 5, 5]]}, "span 'place' is 5..5"),
        (GOOD | {"slots": {"place": "Oslo"}}, "slots.place"),
    ],
    ids=["not json", "not an object", "no text", "empty text", "span past the end", "empty span", "bare slot value"],
)
def test_a_malformed_row_names_file_line_and_reason(tmp_path: Path, row: object, reason: str) -> None:
    path = _write(tmp_path / "train.jsonl", GOOD, row)
    with pytest.raises(CorpusError) as caught:
        list(read_rows(path, NluRow))
    assert str(caught.value).startswith(f"{path}:2: ")
    assert reason in str(caught.value)


def test_bad_rows_can_be_counted_instead(tmp_path: Path) -> None:
    path = _write(tmp_path / "train.jsonl", GOOD, "{", "[]", GOOD | {"id": "4"}, "{")
    skipped: Counter[str] = Counter()
    assert [row.id for row in read_rows(path, NluRow, skip_bad=skipped)] == ["1", "4"]
    assert sum(skipped.values()) == 3
    assert skipped["is a JSON list; expected an object"] == 1


def test_a_missing_split_names_what_is_there(tmp_path: Path) -> None:
    _write(tmp_path / "mine" / "dev.jsonl", GOOD)
    with pytest.raises(CorpusError, match=r"has no train\.jsonl\.gz or train\.jsonl \(dev\.jsonl\)"):
        corpus_file(tmp_path / "mine", "train")
    with pytest.raises(CorpusError, match="no such folder"):
        corpus_file(tmp_path / "other", "train")


def test_a_file_that_is_no_gzip_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl.gz"
    path.write_text("plain text")
    with pytest.raises(CorpusError, match=r"train\.jsonl\.gz cannot be read"):
        list(read_rows(path, NluRow))


def test_a_truncated_gzip_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = _write(tmp_path / "train.jsonl.gz", *[GOOD | {"id": str(number)} for number in range(500)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"train\.jsonl\.gz cannot be read"):
        list(read_rows(path, NluRow))


def test_a_file_in_another_encoding_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes('{"src": "ä"}'.encode("latin-1"))
    with pytest.raises(CorpusError, match="cannot be read as JSON Lines in UTF-8"):
        list(read_rows(path, PairRow))


def test_pairs_and_problems_have_their_own_fields(tmp_path: Path) -> None:
    pair = {"id": "1", "src_lang": "en", "tgt_lang": "de", "src": "Hi.", "tgt": "Hallo!"}
    problem = {"id": "1", "question": "What is 1 + 1?", "equation": "1 + 1", "answer": "2"}
    assert next(read_rows(_write(tmp_path / "a.jsonl", pair), PairRow)).tgt == "Hallo!"
    assert next(read_rows(_write(tmp_path / "b.jsonl", problem), ProblemRow)).equation == "1 + 1"
    with pytest.raises(CorpusError, match="tgt: Field required"):
        next(read_rows(_write(tmp_path / "c.jsonl", {"src_lang": "en", "tgt_lang": "de", "src": "Hi."}), PairRow))
