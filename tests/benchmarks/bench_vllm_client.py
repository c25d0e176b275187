"""What a call through VllmBackend costs when the model costs nothing: a stub server that answers at once.

    python -m tests.benchmarks.bench_vllm_client [--calls 500] [--profile]

The stub runs in a process of its own, as a model server does. Reported in ms a call: the backend whole and streamed,
and, to see what dominates, the same bytes over a bare socket (the stub and the kernel alone). Not a test.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from agent.backends.base import Prompt, Request
from agent.backends.vllm import VllmBackend

ANSWER = "start booking.restaurant\nset people two\nset time half past seven\nset day tomorrow\n"
# About as long as what an understand call sends: some 150 tokens of prompt, 4 kB of grammar.
REQUEST = Request(
    Prompt("<|understand|><|state|> booking.restaurant people: two; ask time<|user|> " + "at half past seven " * 8, ()),
    grammar="start: " + " | ".join(f'"set slot{number} " SPAN "\\n"' for number in range(120)),
    deadline_seconds=10.0,
)
_SERVE = """
import asyncio, sys
from tests.stub_model_server import StubModelServer
async def main():
    server = StubModelServer()
    server.answer = sys.argv[1]
    await server.start()
    print(server.port, flush=True)
    while True:
        await asyncio.sleep(1)
        server.requests.clear(); server.headers.clear()
asyncio.run(main())
"""


@contextmanager
def stub_process(answer: str) -> Iterator[int]:
    """Run a stub server that always answers the same, in a process of its own; yields its port."""
    server = subprocess.Popen([sys.executable, "-c", _SERVE, answer], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


async def timed(call: Callable[[], Awaitable[object]], calls: int) -> list[float]:
    """Return the seconds of each call, after some that are not counted."""
    for _ in range(20):
        await call()
    seconds = []
    for _ in range(calls):
        started = time.perf_counter()
        await call()
        seconds.append(time.perf_counter() - started)
    return seconds


def line(name: str, seconds: list[float]) -> str:
    """Return the figures of one series as a table row."""
    ordered = sorted(seconds)
    return f"{name:<34}{statistics.median(ordered) * 1e3:>8.2f}{ordered[int(len(ordered) * 0.99)] * 1e3:>8.2f}"


async def measure(port: int, calls: int, profile: bool) -> list[str]:
    """Return the rows of the table."""
    backend = VllmBackend(f"http://127.0.0.1:{port}/v1")
    await backend.start()
    body = json.dumps({"prompt": REQUEST.prompt.text, "stream": False, "grammar": REQUEST.grammar}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def bare() -> None:
        writer.write(head + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(answered.rpartition(b"content-length: ")[2]))

    async def streamed() -> None:
        async for _ in backend.stream(REQUEST):
            pass

    rows = [
        line("bare socket (stub and kernel)", await timed(bare, calls)),
        line("VllmBackend.complete", await timed(lambda: backend.complete(REQUEST), calls)),
        line(f"VllmBackend.stream, {len(ANSWER.split(' '))} pieces", await timed(streamed, calls)),
    ]
    if profile:
        profiler = cProfile.Profile()
        profiler.enable()
        await timed(lambda: backend.complete(REQUEST), calls)
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    writer.close()
    await backend.close()
    return rows


def main() -> None:
    """Run the benchmark and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=500, help="calls per row")
    parser.add_argument("--profile", action="store_true", help="also say which functions take the time")
    options = parser.parse_args()
    with stub_process(ANSWER) as port:
        rows = asyncio.run(measure(port, options.calls, options.profile))
    sys.stdout.write(f"{'ms a call':<34}{'median':>8}{'p99':>8}\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
