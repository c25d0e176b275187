"""A conversation with one real manager, a small skill made here, and a script for the model: for tests of turns."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.backends.scripted import ScriptedBackend
from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.manager import DialogueManager
from agent.store.memory import MemoryStore
from agent.types import Option, Receipt, Reply, Turn

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
TABLE = Skill(
    "table",
    "Books tables.",
    Path("table/SKILL.md"),
    action="table",
    intents={
        "table.book": Intent(
            "table.book", "table", "the table", ("people", "day"), ("note",), confirm=True, effect=True, undo=True
        ),
        "table.look": Intent("table.look", "table", "the look", ("place",)),
        "table.lamp": Intent("table.lamp", "table", "the lamp", ("lamp",), effect=True, undo=True),
        "table.poem": Intent("table.poem", "table", "the poem", ("topic",), generate=True),
    },
    slots={
        "people": Slot("people", type="integer", ask="For how many?", resolver="count", minimum=1, maximum=8),
        "day": Slot("day", ask="For which day?", resolver="date"),
        "note": Slot("note"),
        "place": Slot("place", ask="Where?", carry=True),
        "topic": Slot("topic", ask="About what?", whole=True),
        "lamp": Slot("lamp", ask="Which lamp?", resolver="choice", choices_from="action"),
    },
    prompt="poem: {{ topic }}",
    replies={
        "book": "Booked for {{ facts.people }} on {{ slots.day.text }}.",
        "book.confirm": "Book for {{ people }} on {{ day }}?",
        "book.undo": "The booking is cancelled.",
        "look": "{{ facts.place }} is there.",
        "lamp": "{{ facts.lamp }} is on.",
    },
)
CHAT = Skill("chat", "Talks.", Path("chat/SKILL.md"), prompt="chat: {{ utterance }}", utterances={"say": ("hi",)})
CATALOGUE = Catalogue.of([TABLE, CHAT])


class TableAction:
    """Really keeps what it is told, in memory, and can be made to fail."""

    def __init__(self) -> None:
        self.booked: list[dict[str, Any]] = []
        self.lamps = ["desk", "floor", "night"]
        self.failure: Exception | None = None
        self.hang = asyncio.Event()
        self.hang.set()

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        await self.hang.wait()
        if self.failure:
            raise self.failure
        facts = dict(call.arguments)
        if call.intent == "look":
            return ActionResult(facts, "table", NOW, simulated=True)
        self.booked.append(facts)
        return ActionResult(facts, "table", NOW, simulated=True, effect=True, undo={"index": len(self.booked) - 1})

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        return [Option(value=f"lamp.{n}", text=f"{n} lamp") for n in self.lamps]

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        assert receipt.undo is not None
        self.booked.pop(receipt.undo["index"])
        return ActionResult({}, "table", NOW, simulated=True, effect=True)

    async def close(self) -> None:
        pass


class Talk:
    """A conversation with one manager; the test gives what the model writes."""

    def __init__(self, tmp_path: Path) -> None:
        self.store = MemoryStore()
        self.action = TableAction()
        self.backend = ScriptedBackend()
        self.now = NOW
        self.manager = DialogueManager(
            backend=self.backend,
            store=self.store,
            catalogue=CATALOGUE,
            actions={"table": self.action},
            data_dir=tmp_path,
            action_timeout_seconds=0.2,
        )

    def turn(self, text: str) -> Turn:
        self.now += timedelta(seconds=10)
        return Turn("s", text, received_at=self.now)

    def writes(self, *answers: str | Exception) -> None:
        self.backend._script.extend(
            answer if isinstance(answer, Exception) or "chat:" in answer else answer.replace("; ", "\n") + "\n"
            for answer in answers
        )

    async def say(self, text: str, *answers: str | Exception) -> Reply:
        self.writes(*answers)
        return await self.manager.handle(self.turn(text))


def kinds(reply: Reply) -> list[str]:
    """Return what happened in a turn."""
    return [event.kind for event in reply.events]
