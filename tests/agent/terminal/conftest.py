"""A real agent with a scripted model, the in-memory store and a skill made here; tests hold what it waits for."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.app import Agent
from agent.backends.base import Request
from agent.backends.scripted import Answer, ScriptedBackend
from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.settings import Settings
from agent.store.memory import MemoryStore
from agent.types import Option

LAMP = Skill(
    "lamp",
    "Switches lamps.",
    Path("lamp/SKILL.md"),
    action="lamp",
    intents={
        "lamp.on": Intent("lamp.on", "lamp", "the lamp", ("lamp",), effect=True),
        "lamp.all_off": Intent("lamp.all_off", "lamp", "switching off", ("floor",), confirm=True, effect=True),
    },
    slots={
        "lamp": Slot("lamp", ask="Which lamp?", resolver="choice", choices_from="action"),
        "floor": Slot("floor", ask="On which floor?"),
    },
    replies={
        "on": "{{ facts.lamp }} is on.",
        "all_off": "All off.",
        "all_off.confirm": "All lamps on {{ floor }} off?",
    },
    examples=({"user": "switch the hall lamp on", "commands": []},),
)
CHAT = Skill("chat", "Talks.", Path("chat/SKILL.md"), prompt="chat: {{ utterance }}", utterances={"say": ("hi",)})
LAMPS = [Option(value="hall", text="Hall lamp"), Option(value="desk", text="Desk lamp (study)")]


class LampAction:
    """Keeps which lamps are on; `hold` makes it wait in the middle of its work."""

    def __init__(self) -> None:
        self.on: list[str] = []
        self.begun = threading.Event()
        self.hold: threading.Event | None = None

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        self.begun.set()
        if self.hold is not None:
            await released(self.hold)
        self.on.append(str(call.arguments.get("lamp", "")))
        return ActionResult(dict(call.arguments), "toy lamps", datetime.now(UTC), simulated=True, effect=True)

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        return LAMPS

    async def close(self) -> None:
        pass


async def released(gate: threading.Event) -> None:
    """Wait for an event of another thread."""
    while not gate.is_set():  # noqa: ASYNC110 - the event belongs to another thread, not to this loop
        await asyncio.sleep(0.002)


def after(gate: threading.Event, answer: str) -> Answer:
    """Return a scripted answer that is given when the gate opens."""

    async def wait(request: Request) -> str:
        await released(gate)
        return answer

    return wait


class HeldBackend(ScriptedBackend):
    """A scripted backend whose start, and the end of whose streams, can be held up."""

    start_gate: threading.Event | None = None
    stream_gate: threading.Event | None = None
    # Holds a stream once its second sentence has begun: the first one is checked then, and can be shown.
    start_error: Exception | None = None

    async def start(self) -> None:
        if self.start_gate is not None:
            await released(self.start_gate)
        if self.start_error is not None:
            raise self.start_error

    async def stream(self, request: Request):  # type: ignore[no-untyped-def]
        said = ""
        async for piece in super().stream(request):
            yield piece
            said += piece
            if self.stream_gate is not None and ". " in said:
                await released(self.stream_gate)


@dataclass
class Kit:
    """Everything a test of the terminal holds in its hand."""

    settings: Settings
    store: MemoryStore = field(default_factory=MemoryStore)
    action: LampAction = field(default_factory=LampAction)
    backend: HeldBackend = field(default_factory=HeldBackend)
    started: int = 0
    # How many agents were made.

    def script(self, *answers: Answer, by_text: Mapping[str, Answer] | None = None) -> None:
        self.backend = HeldBackend(answers, by_text=by_text)

    def make_agent(self, settings: Settings, on_progress: Callable[[str], None]) -> Agent:
        self.started += 1
        return Agent(
            settings,
            backend=self.backend,
            store=self.store,
            catalogue=Catalogue.of([LAMP, CHAT]),
            actions={"lamp": self.action},
            on_progress=on_progress,
        )


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(Settings(data_dir=tmp_path, lang="en", timezone="UTC"))


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """A closed gate, opened at the end so that nothing waits for ever."""
    with ExitStack() as stack:
        event = threading.Event()
        stack.callback(event.set)
        yield event
