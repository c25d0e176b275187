"""A small world for the invariants: skills of every kind, an action that keeps a diary, and faults on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.actions import ActionCall, ActionContext, ActionResult
from agent.backends.base import Request
from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.errors import BackendUnavailable, LeaseLost, NotFound, StoreUnavailable, Unavailable
from agent.prompting import COMMANDS
from agent.store.base import Claim, Lease, StoredTurn
from agent.store.memory import MemoryStore
from agent.types import DialogueState, Option, Receipt

START = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
SHOP = Skill(
    "shop",
    "Orders, sends and lights.",
    Path("shop/SKILL.md"),
    action="shop",
    intents={
        "shop.order": Intent(
            "shop.order", "shop", "the order", ("people", "size"), ("note",), confirm=True, effect=True, undo=True
        ),
        "shop.send": Intent("shop.send", "shop", "the parcel", ("place", "day"), confirm=True, effect=True),
        "shop.light": Intent("shop.light", "shop", "the light", ("lamp",), effect=True, undo=True),
        "shop.look": Intent("shop.look", "shop", "the look", ("place",), ("day",)),
        "shop.song": Intent("shop.song", "shop", "the song", ("topic",), generate=True),
    },
    slots={
        "people": Slot("people", type="integer", ask="For how many?", resolver="count", minimum=1, maximum=8),
        "size": Slot("size", enum=("small", "large"), ask="Which size?", resolver="choice"),
        "note": Slot("note", ask="A note?"),
        "place": Slot("place", ask="Where?", carry=True),
        "day": Slot("day", ask="Which day?", resolver="date", default="today", carry=True),
        "lamp": Slot("lamp", ask="Which lamp?", resolver="choice", choices_from="action"),
        "topic": Slot("topic", ask="About what?", whole=True),
    },
    prompt="song: {{ topic }}",
    replies={
        "order": "DONE: ordered for {{ facts.people }}.",
        "order.confirm": "Order {{ size }} for {{ people }}{{ ' (' ~ note ~ ')' if note is defined else '' }}?",
        "order.undo": "DONE: the order is off.",
        "send": "DONE: sent to {{ facts.place }}.",
        "send.confirm": "Send to {{ place }} on {{ day }}?",
        "light": "DONE: {{ facts.lamp }} is on.",
        "light.undo": "DONE: it is off again.",
        "look": "{{ facts.place }} is there.",
        "song": "{{ draft }}",
    },
)
TRIP = Skill(
    "trip",
    "Books trips.",
    Path("trip/SKILL.md"),
    action="trip",
    intents={
        "trip.book": Intent(
            "trip.book", "trip", "the trip", ("day", "time", "people"), confirm=True, effect=True, undo=True
        ),
        "trip.rhyme": Intent("trip.rhyme", "trip", "the rhyme", ("topic",), generate=True),
    },
    slots={
        "people": Slot("people", type="integer", ask="How many travel?", resolver="count", minimum=1, maximum=8),
        "day": Slot("day", ask="When?", resolver="date"),
        "time": Slot("time", ask="At what time?", resolver="time"),
        "topic": Slot("topic", ask="On what?", whole=True),
    },
    prompt="rhyme: {{ topic }}",
    replies={"book": "DONE: a trip.", "book.confirm": "A trip for {{ people }} on {{ day }} at {{ time }}?"},
)
CHAT = Skill("chat", "Talks.", Path("chat/SKILL.md"), prompt="chat: {{ utterance }}", utterances={"say": ("hi",)})
CATALOGUE = Catalogue.of([SHOP, TRIP, CHAT])
DONE = "DONE:"
"""What only a receipt may say."""


@dataclass(frozen=True)
class Run:
    """One effect as the provider saw it."""

    claim: str
    # The key the provider was given: session, then claim id.
    intent: str
    arguments: Mapping[str, Any]
    outcome: str
    # done, unknown (it happened, but the answer was lost) or refused (nothing happened).

    @property
    def frame_id(self) -> int:
        return int(self.claim.split(":")[1])


@dataclass
class Shop:
    """Does what it is told and writes it down."""

    skill: str
    runs: list[Run] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    fault: str = ""
    # Of the next call: refused, blames (a slot), gone, crashed (after it happened) or late.

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        fault, self.fault = self.fault, ""
        intent = f"{self.skill}.{call.intent}"
        is_effect = CATALOGUE.intents[intent].effect
        outcome = {"": "done", "crashed": "unknown", "late": "unknown"}.get(fault, "refused")
        if is_effect:
            self.runs.append(Run(call.idempotency_key, intent, dict(call.arguments), outcome))
        self._fail(fault, intent)
        undo = {"run": call.idempotency_key} if is_effect else None
        return ActionResult(dict(call.arguments), self.skill, context.now, True, effect=is_effect, undo=undo)

    def _fail(self, fault: str, intent: str) -> None:
        match fault:
            case "refused":
                raise NotFound("There is none.")
            case "blames":
                raise NotFound("Not that.", slot=CATALOGUE.intents[intent].slots[0])
            case "gone":
                raise Unavailable("It does not answer.")
            case "crashed":
                raise RuntimeError("a bug in the action")
            case "late":
                raise TimeoutError

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        if self.fault == "no options":
            self.fault = ""
            raise Unavailable("It does not answer.")
        return [Option(value=f"lamp.{name}", text=f"{name} lamp") for name in ("desk", "floor", "night")]

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        fault, self.fault = self.fault, ""
        self._fail(fault, receipt.intent)
        assert receipt.undo is not None
        self.undone.append(receipt.undo["run"])
        return ActionResult({}, self.skill, context.now, True, effect=True)

    async def close(self) -> None:
        pass


class FaultyStore(MemoryStore):
    """A store of which one call fails when told to."""

    fault = ""
    # The method that fails next.

    def _fail(self, method: str) -> None:
        if self.fault == method:
            self.fault = ""
            raise LeaseLost("a newer turn") if method == "commit" else StoreUnavailable(f"{method} failed")

    async def claim(self, lease: Lease, claim_id: str, arguments: dict[str, Any]) -> Claim:
        self._fail("claim")
        return await super().claim(lease, claim_id, arguments)

    async def complete(self, lease: Lease, claim_id: str, receipt: Receipt) -> None:
        self._fail("complete")
        await super().complete(lease, claim_id, receipt)

    async def drop_claim(self, lease: Lease, claim_id: str) -> None:
        self._fail("drop_claim")
        await super().drop_claim(lease, claim_id)

    async def commit(self, lease: Lease, state: DialogueState, turn: StoredTurn, **options: Any) -> None:
        self._fail("commit")
        await super().commit(lease, state, turn, **options)

    async def receipt(self, session_id: str, receipt_id: str) -> Receipt | None:
        self._fail("receipt")
        return await super().receipt(session_id, receipt_id)


class Pen:
    """A backend that writes the commands it is given, and a line for free text."""

    name = "pen"
    holds_grammar = True
    # It is only given legal commands (the grammar has its own property tests), which saves most of the time.
    model_dir = None

    def __init__(self) -> None:
        self.commands = ""
        self.then = "refuse\n"
        # What it writes when earlier words are read once more.
        self.fault = ""
        # "understand" or "speak": that call fails.
        self.spoken = 0
        # Free texts written.

    async def start(self) -> None:
        pass

    async def complete(self, request: Request) -> str:
        if COMMANDS in request.prompt.text:
            if self.fault == "understand":
                self.fault = ""
                raise BackendUnavailable("the model does not answer")
            answer, self.commands = self.commands, self.then
            return answer
        if self.fault == "speak":
            self.fault = ""
            raise BackendUnavailable("the model does not answer")
        self.spoken += 1
        return "la la la"

    async def stream(self, request: Request) -> AsyncIterator[str]:
        yield await self.complete(request)

    async def close(self) -> None:
        pass
