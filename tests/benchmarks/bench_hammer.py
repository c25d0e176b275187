"""Many processes hammer a few sessions over one Redis; then what they saw is held against what is stored.

    python -m tests.benchmarks.bench_hammer [--processes 64] [--sessions 8] [--seconds 60]

Every message asks for one action of its own, which notes when it began and ended. Counted are lost turns (answered, but
not the stored turn of that number; or a number that nobody was given), doubled actions (run more than once, or run for
another number of times than told), and interleaved turns (two of one session at work at the same time). All must be 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.backends.base import Request
from agent.backends.scripted import ScriptedBackend, user_text
from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.errors import SessionBusy
from agent.manager import DialogueManager
from agent.sessions.second_message import Admission
from agent.store.redis_store import RedisStore
from agent.types import Turn
from tests.agent.store.servers import Server

CATALOGUE = Catalogue.of(
    [
        Skill(
            "stamp",
            "Stamps letters.",
            Path("stamp/SKILL.md"),
            action="stamp",
            intents={"stamp.press": Intent("stamp.press", "stamp", "the stamp", ("letter",), effect=True)},
            slots={"letter": Slot("letter")},
            replies={"press": "Stamped {{ facts.letter }}."},
        )
    ]
)


class Stamp:
    """The action: takes a moment, and notes when it began and ended."""

    def __init__(self, log: int) -> None:
        self._log = log

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Stamp a letter."""
        began = time.monotonic_ns()  # one clock for all processes of a machine
        await asyncio.sleep(random.uniform(0, 0.003))
        note(
            self._log, ran=call.arguments["letter"], session=context.session_id, began=began, ended=time.monotonic_ns()
        )
        return ActionResult(dict(call.arguments), "stamp", datetime.now(UTC), simulated=False, effect=True)

    async def close(self) -> None:
        """Nothing is held open."""


class Oracle(ScriptedBackend):
    """Reads every message as the order to stamp it."""

    holds_grammar = True

    async def complete(self, request: Request) -> str:
        """Return the commands."""
        return f"start stamp.press\nset letter {user_text(request)}\n"


@dataclass
class Verdict:
    """What came of it."""

    turns: int = 0
    # Answered and stored.
    refused: int = 0
    # Messages that waited too long; their senders were told, and nothing was done.
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    interleaved: list[str] = field(default_factory=list)
    wait_seconds: list[float] = field(default_factory=list)
    # From message to answer.

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.interleaved)


def note(log: int, **line: Any) -> None:
    """Write a line down at once, whatever becomes of this process."""
    os.write(log, (json.dumps(line) + "\n").encode())


async def hammer(port: int, number: int, sessions: int, ends_at: float, log_path: Path) -> None:
    """Send messages to random sessions until the time is over."""
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    chance = random.Random(number)
    random.seed(number)
    store = RedisStore(Redis(port=port), owned=True)
    manager = DialogueManager(
        backend=Oracle(),
        store=store,
        catalogue=CATALOGUE,
        actions={"stamp": Stamp(log)},
        data_dir=log_path.parent,
        admission=Admission("queue", wait_seconds=120),
    )
    count = 0
    while time.time() < ends_at:
        count += 1
        text, session = f"letter{number}x{count}", f"s{chance.randrange(sessions)}"
        sent = time.monotonic()
        try:
            reply = await manager.handle(Turn(session, text))
        except SessionBusy:
            note(log, refused=text)
            continue
        told = [receipt.arguments["letter"] for receipt in reply.receipts]
        seconds = time.monotonic() - sent
        note(log, said=text, session=session, turn=reply.state.turns, told=told, error=reply.error, seconds=seconds)
    await store.close()


def run(port: int, folder: Path, *, processes: int, sessions: int, seconds: float) -> Verdict:
    """Fork the processes, wait for them, judge what they left behind."""
    ends_at, children = time.time() + seconds, []
    for number in range(processes):
        pid = os.fork()
        if pid:
            children.append(pid)
            continue
        try:
            asyncio.run(hammer(port, number, sessions, ends_at, folder / f"{number}.log"))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert ends == [0] * processes, f"processes failed: {ends}"
    logs = sorted(folder.glob("*.log"))
    return asyncio.run(judge(port, [json.loads(line) for log in logs for line in log.read_text().splitlines()]))


async def judge(port: int, lines: list[dict[str, Any]]) -> Verdict:
    """Hold what the processes saw against what is stored."""
    store = RedisStore(Redis(port=port), owned=True)
    verdict = Verdict()
    ran = Counter(line["ran"] for line in lines if "ran" in line)
    answers: dict[str, dict[int, str]] = defaultdict(dict)
    for line in lines:
        if "refused" in line:
            verdict.refused += 1
            verdict.doubled += [line["refused"]] if ran[line["refused"]] else []
        if "said" not in line:
            continue
        verdict.turns += 1
        verdict.wait_seconds.append(line["seconds"])
        text, number = line["said"], line["turn"]
        if line["error"] is not None or number in answers[line["session"]]:
            verdict.lost.append(f"{text}: {line['error']}, turn {number} given twice")
        answers[line["session"]][number] = text
        if ran[text] != 1 or line["told"] != [text]:
            verdict.doubled.append(f"{text}: ran {ran[text]} times, told {line['told']}")
    for session, numbers in answers.items():
        stored = (await store.state(session)).turns
        if sorted(numbers) != list(range(1, stored + 1)):
            verdict.lost.append(f"{session}: {len(numbers)} answered, {stored} stored")
        transcript = await store.transcript(session)
        verdict.lost += [f"{session} {turn.number}" for turn in transcript if numbers.get(turn.number) != turn.user]
        at_work = sorted((line for line in lines if "ran" in line and line["session"] == session), key=_began)
        verdict.interleaved += [b["ran"] for a, b in pairwise(at_work) if b["began"] < a["ended"]]
        # In the order in which they were at work they were numbered.
        verdict.interleaved += [
            line["ran"] for number, line in enumerate(at_work, 1) if numbers.get(number) != line["ran"]
        ]
    await store.close()
    return verdict


def _began(line: dict[str, Any]) -> int:
    return int(line["began"])


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=64)
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name)).start()
        try:
            verdict = run(server.port, Path(name), **vars(options))
        finally:
            server.kill()
    waits = sorted(verdict.wait_seconds)
    print(f"{options.processes} processes, {options.sessions} sessions, {options.seconds:g} s, one Redis")
    print(f"turns {verdict.turns:,} ({verdict.turns / options.seconds:.0f}/s), refused as busy {verdict.refused}")
    print(f"lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, interleaved {len(verdict.interleaved)}")
    print(f"message to answer: median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.2f} s")
    sys.exit(not verdict.is_clean)


if __name__ == "__main__":
    main()
