"""The command line, run as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.settings import BUNDLED_MODEL

needs_model = pytest.mark.skipif(not (BUNDLED_MODEL / "config.json").is_file(), reason="no bundled model in this tree")


def factotum(*arguments: str, tmp_path: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "FACTOTUM_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path), "FACTOTUM_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "agent", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environ,
        cwd=tmp_path,
    )


@needs_model
def test_ask_prints_one_json_object_with_everything(tmp_path: Path) -> None:
    done = factotum("ask", "what's the weather in oslo tomorrow", "--session", "s", "--json", tmp_path=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {"reply", "commands", "events", "receipts", "timings", "state", "error", "session"} == set(answer)
    assert answer["commands"][0] == "start weather.forecast"
    assert answer["receipts"][0]["facts"]["place"] == "Oslo"
    assert answer["receipts"][0]["simulated"] is True
    assert "sample" in answer["reply"]


def test_simulated_users_talk_to_the_model_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACTOTUM_MODEL_DIR", str(tmp_path / "elsewhere"))
    done = factotum("simulate", "--backend", "local", "--count", "1", tmp_path=tmp_path)
    assert done.returncode != 0
    assert f"model folder '{tmp_path / 'elsewhere'}' not found" in done.stderr


@needs_model
def test_a_session_goes_on_in_the_next_process(tmp_path: Path) -> None:
    factotum("ask", "book a table for two", "--session", "s", tmp_path=tmp_path)
    shown = factotum("sessions", "list", tmp_path=tmp_path)
    assert "booking.restaurant" in shown.stdout
    said = factotum("sessions", "show", "s", tmp_path=tmp_path)
    assert "book a table for two" in said.stdout
    exported = json.loads(factotum("sessions", "export", "s", tmp_path=tmp_path).stdout)
    assert "book a table for two" in json.dumps(exported)
    assert factotum("sessions", "forget", "s", tmp_path=tmp_path).returncode == 0
    assert factotum("sessions", "list", tmp_path=tmp_path).stdout == ""


@needs_model
def test_lines_on_standard_input_are_a_conversation(tmp_path: Path) -> None:
    done = factotum("chat", tmp_path=tmp_path, stdin="turn on the kitchen light\nturn off the kitchen light\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.lower().count("kitchen") >= 2


def test_an_unknown_session_is_named(tmp_path: Path) -> None:
    done = factotum("sessions", "show", "nobody", tmp_path=tmp_path)
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["", "   "])
def test_asking_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    done = factotum("ask", text, tmp_path=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_model_folder_that_is_missing_is_named_with_the_next_step(tmp_path: Path) -> None:
    done = factotum("ask", "hello", "--model-dir", str(tmp_path / "nowhere"), tmp_path=tmp_path)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_url_that_does_not_answer_is_an_error_and_no_fallback(tmp_path: Path) -> None:
    done = factotum("sessions", "list", "--redis-url", "redis://127.0.0.1:1/0", tmp_path=tmp_path)
    assert done.returncode == 2
    assert "127.0.0.1:1" in done.stderr


def test_the_skill_files_are_in_order(tmp_path: Path) -> None:
    done = factotum("skills", "check", tmp_path=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no problem found" in done.stdout


def test_a_wrong_skill_file_is_reported_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "tides" / "SKILL.md"
    path.parent.mkdir()
    path.write_text("---\nname: Tides\ndescription: x\n---\n```yaml intents\nlow: [\n```\n")
    done = factotum("skills", "check", str(path.parent), tmp_path=tmp_path)
    assert done.returncode == 2
    assert "SKILL.md:2" in done.stderr
    assert "SKILL.md:6" in done.stderr or "SKILL.md:7" in done.stderr


def test_rows_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one = factotum("skills", "rows", "--count", "20", "--seed", "3", tmp_path=tmp_path)
    two = factotum("skills", "rows", "--count", "20", "--seed", "3", tmp_path=tmp_path)
    assert one.stdout == two.stdout
    assert len(one.stdout.splitlines()) == 20
