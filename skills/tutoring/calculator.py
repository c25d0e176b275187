"""Keeps the calculator's process: started when it is first needed, killed when it does not answer in time.

Knows how to talk to it, not what it calculates.
"""

from __future__ import annotations

import asyncio
import json
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from agent.errors import NotFound, Unavailable

START_TIMEOUT_SECONDS = 30.0
"""The first answer has to wait for SymPy to load, about half a second on a quiet machine."""
ANSWER_TIMEOUT_SECONDS = 3.0
_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Step:
    """One operation that was calculated."""

    operator: str
    left: Fraction
    right: Fraction
    value: Fraction


@dataclass(frozen=True)
class Calculated:
    """The exact value of a tree and the way to it."""

    value: Fraction
    steps: tuple[Step, ...]


class Calculator:
    """Calculates in a process of its own, which may be killed at any moment and is started again.

    calculator = Calculator()
    await calculator.calculate(["+", "63", "7"])    # Calculated(Fraction(70), ...)
    """

    def __init__(
        self,
        *,
        answer_timeout_seconds: float = ANSWER_TIMEOUT_SECONDS,
        start_timeout_seconds: float = START_TIMEOUT_SECONDS,
        worker: Path = _WORKER,
    ) -> None:
        self._answer_timeout_seconds = answer_timeout_seconds
        self._start_timeout_seconds = start_timeout_seconds
        self._worker = worker
        self._lock = threading.Lock()
        # One question at a time: the process answers in order.
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._is_warm = False

    async def calculate(self, tree: Any) -> Calculated:
        """Return the value of a tree (see ``worker``).

        Raises:
            NotFound: the tree has no value (division by zero).
            Unavailable: no answer in time, or the process cannot be started.
        """
        return await asyncio.to_thread(self._calculate, tree)

    async def close(self) -> None:
        """End the process."""
        await asyncio.to_thread(self._stop_when_idle)

    def _calculate(self, tree: Any) -> Calculated:
        with self._lock:
            line = self._ask(json.dumps(tree))
        answer = json.loads(line)
        if "error" in answer:
            if answer["error"] == "division by zero":
                raise NotFound("I could not work that out: it would divide by zero.")
            raise NotFound(f"I could not work that out ({answer['error']}).")
        steps = tuple(Step(each[0], *(Fraction(number) for number in each[1:])) for each in answer["steps"])
        return Calculated(Fraction(answer["value"]), steps)

    def _ask(self, question: str) -> str:
        process = self._started()
        assert process.stdin is not None
        timeout = self._answer_timeout_seconds if self._is_warm else self._start_timeout_seconds
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            self._stop()
            raise Unavailable(f"The calculator did not answer within {timeout:g} seconds; please try again.") from None
        except OSError as error:
            self._stop()
            raise Unavailable("The calculator ended unexpectedly; please try again.") from error
        if not line:
            self._stop()
            raise Unavailable("The calculator ended without an answer; please try again.")
        self._is_warm = True
        return line

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        try:
            # -P keeps this folder off the path, so that no file in it stands in for a module of the same name.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(self._worker)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            raise Unavailable(f"The calculator cannot be started ({error.strerror}).") from error
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        return self._process

    def _stop_when_idle(self) -> None:
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        process, self._process, self._is_warm = self._process, None, False
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    # A question that was never read is still in the pipe.
                    continue


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Hand on every line the process writes, and an empty one at its end."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except ValueError:
        # Closed while reading.
        pass
    lines.put("")
