"""The fingerprint: a model that does not fit is refused aloud, one that fits says what it knows."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent import fingerprint
from agent.catalogue import Catalogue
from agent.declaration import Slot
from agent.errors import ModelNotUsable
from agent.fingerprint import check_fingerprint, check_weights, read_fingerprint, write_fingerprint


@pytest.fixture
def model_dir(tmp_path: Path, catalogue: Catalogue) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights" * 100)
    (tmp_path / "tokenizer.json").write_text("{}")
    write_fingerprint(tmp_path, catalogue)
    return tmp_path


def change(model_dir: Path, **values: object) -> None:
    path = model_dir / "fingerprint.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_model_knows_the_catalogue_it_was_trained_on(model_dir, catalogue):
    assert check_fingerprint(model_dir, catalogue) == set(catalogue.signatures)


def test_a_new_skill_is_not_known(model_dir, catalogue):
    weather = catalogue.skills["weather"]
    fresh = replace(
        weather,
        name="news",
        intents={"news.read": replace(weather.intents["weather.forecast"], name="news.read", skill="news")},
    )
    grown = Catalogue.of([*catalogue.skills.values(), fresh])
    known = check_fingerprint(model_dir, grown)
    assert "news.read" not in known
    assert "weather.forecast" in known


def test_an_intent_with_other_slot_values_is_no_longer_known(model_dir, catalogue):
    translation = catalogue.skills["translation"]
    slots = {**translation.slots, "target": Slot("target", enum=("german", "english", "french"))}
    changed = Catalogue.of([catalogue.skills["weather"], replace(translation, slots=slots)])
    known = check_fingerprint(model_dir, changed)
    assert "translation.translate" not in known
    assert "weather.forecast" in known


def test_a_skill_that_was_removed_is_not_returned(model_dir, catalogue):
    assert "weather.forecast" not in check_fingerprint(model_dir, Catalogue.of([catalogue.skills["translation"]]))


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("template_version", 0, "prompt template version: the model has 0"),
        ("template_digest", "x", "rendered prompts: the model has 'x'"),
        ("command_language_version", 9, "command language version: the model has 9"),
        ("grammar_version", 9, "grammar version"),
        ("grammar_digest", "x", "command grammar"),
        ("tokenizer_sha256", "abc", "tokenizer.json: trained with abc"),
        ("model_bytes", 7, "model.safetensors: expected 7 bytes, found 700"),
    ],
)
def test_what_differs_is_named_with_the_next_step(model_dir, catalogue, field, value, named):
    change(model_dir, **{field: value})
    with pytest.raises(ModelNotUsable) as error:
        check_fingerprint(model_dir, catalogue)
    assert named in str(error.value)
    assert "python -m training" in str(error.value)


def test_everything_that_differs_is_named_at_once(model_dir, catalogue):
    change(model_dir, template_version=0, grammar_version=0)
    with pytest.raises(ModelNotUsable, match=r"template version[\s\S]*grammar version"):
        check_fingerprint(model_dir, catalogue)


def test_another_rendering_is_found_without_a_new_version_number(model_dir, catalogue, monkeypatch):
    monkeypatch.setattr("agent.prompting.USER", "<|human|>")
    fingerprint._template_digest.cache_clear()
    try:
        with pytest.raises(ModelNotUsable, match="rendered prompts"):
            check_fingerprint(model_dir, catalogue)
    finally:
        monkeypatch.undo()
        fingerprint._template_digest.cache_clear()


def test_another_grammar_is_found_without_a_new_version_number(model_dir, catalogue, monkeypatch):
    monkeypatch.setattr("agent.grammar.MAX_EDITS", 2)
    fingerprint._grammar_digest.cache_clear()
    try:
        with pytest.raises(ModelNotUsable, match="command grammar"):
            check_fingerprint(model_dir, catalogue)
    finally:
        monkeypatch.undo()
        fingerprint._grammar_digest.cache_clear()


@pytest.mark.parametrize("name", ["fingerprint.json", "tokenizer.json"])
def test_a_missing_file_is_named(model_dir, catalogue, name):
    (model_dir / name).unlink()
    with pytest.raises(ModelNotUsable, match=f"{name} not found"):
        check_fingerprint(model_dir, catalogue)


def test_a_missing_folder_is_named(tmp_path, catalogue):
    with pytest.raises(ModelNotUsable, match=r"model folder '.*none' not found"):
        check_fingerprint(tmp_path / "none", catalogue)


@pytest.mark.parametrize("content", ["", "{}", '{"template_version": 1', "[]", '{"unknown": 1}'])
def test_a_broken_fingerprint_is_refused(model_dir, content):
    (model_dir / "fingerprint.json").write_text(content)
    with pytest.raises(ModelNotUsable, match="is not a fingerprint"):
        read_fingerprint(model_dir)


def test_truncated_weights_are_found_at_start(model_dir, catalogue):
    path = model_dir / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelNotUsable, match="truncated or replaced"):
        check_fingerprint(model_dir, catalogue)


def test_damaged_weights_of_the_right_size_are_found_by_reading_them(model_dir, catalogue):
    path = model_dir / "model.safetensors"
    path.write_bytes(b"W" + path.read_bytes()[1:])
    assert check_fingerprint(model_dir, catalogue)
    with pytest.raises(ModelNotUsable, match="has digest"):
        check_weights(model_dir)


def test_writing_needs_weights(tmp_path, catalogue):
    with pytest.raises(ModelNotUsable, match=r"model\.safetensors not found"):
        write_fingerprint(tmp_path, catalogue)


def test_it_loads_neither_torch_nor_a_tokenizer():
    heavy = ("torch", "transformers", "tokenizers", "llguidance")
    code = f"import sys, agent.fingerprint; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
