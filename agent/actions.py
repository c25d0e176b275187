"""What a skill that acts must offer. Actions are found by entry point (group ``factotum.actions``).

An action never writes to the store, the screen or another skill: it gets resolved arguments, touches the world
through its provider, and returns what it found or did. The manager makes the receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent.types import Option, Receipt


@dataclass(frozen=True)
class ActionContext:
    """Where and when an action runs."""

    session_id: str
    now: datetime
    # Aware, on the session's own clock.
    lang: str
    # ISO 639-1.
    data_dir: Path
    # The user's data folder; embedded providers keep their state below it.


@dataclass(frozen=True)
class ActionCall:
    """One call of an action."""

    intent: str
    # Short name within the skill: "restaurant".
    arguments: Mapping[str, Any]
    # Resolved slot values by slot name; slots that are not filled are absent.
    draft: str = ""
    # What the model wrote for an intent that generates.
    idempotency_key: str = ""
    # The same for a retry of the same call: providers that can use it as such should.


@dataclass(frozen=True)
class ActionResult:
    """What an action did or found."""

    facts: dict[str, Any]
    # Plain JSON values for the reply templates.
    source: str
    # Who says so.
    as_of: datetime
    # When the source said so.
    simulated: bool
    # True when the provider is an embedded stand-in.
    effect: bool = False
    # True when something in the world changed.
    undo: dict[str, Any] | None = None
    # What `undo` needs to compensate it; None when it cannot.
    found: bool = True
    # False: there is nothing to tell; the reply is rendered from `reply.<intent>.empty`.


class Source(Protocol):
    """What every provider can say of itself."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def simulated(self) -> bool:
        """True for an embedded stand-in."""


def result_from(
    provider: Source,
    facts: dict[str, Any],
    context: ActionContext,
    *,
    effect: bool = False,
    undo: dict[str, Any] | None = None,
    found: bool = True,
) -> ActionResult:
    """Return what a provider did or found just now."""
    return ActionResult(facts, provider.source, context.now, provider.simulated, effect, undo, found)


@dataclass(frozen=True)
class Preparation:
    """What an intent that generates puts into the skill's prompt."""

    fields: dict[str, Any] = field(default_factory=dict)
    # Variables for the ```jinja prompt block, besides the slots.
    grammar: str | None = None
    # Lark text the draft is held to; None for free text.
    max_tokens: int = 96


@runtime_checkable
class Action(Protocol):
    """Fulfils the intents of one skill. Raises only ``ProviderError`` kinds for what may go wrong outside."""

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Do it."""

    async def close(self) -> None:
        """Let go of files and connections."""


@runtime_checkable
class Prepares(Protocol):
    """An action that shapes the prompt of an intent that generates."""

    def prepare(self, call: ActionCall, context: ActionContext) -> Preparation:
        """Return prompt fields and grammar; pure and quick."""


@runtime_checkable
class Offers(Protocol):
    """An action whose slots have choices that only it knows (x-choices-from: action)."""

    async def options(
        self, intent: str, slot: str, arguments: Mapping[str, Any], context: ActionContext
    ) -> list[Option]:
        """Return every value that can be picked now, best first; empty when nothing fits."""


@runtime_checkable
class Undoes(Protocol):
    """An action that can compensate what it did."""

    async def undo(self, receipt: Receipt, context: ActionContext) -> ActionResult:
        """Compensate the action behind a receipt whose `undo` is not None."""
