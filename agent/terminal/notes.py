"""What the agent's thread tells whoever draws: one small frozen dataclass a thing that happened.

Knows neither Textual nor a store; the terminal assistant and the plain chat read the same notes.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent import DialogueState, Event, Receipt, Reply


@dataclass(frozen=True)
class Exchange:
    """One committed turn of the transcript."""

    user: str
    reply: str


@dataclass(frozen=True)
class Staged:
    """The agent reached the next stage of its start."""

    stage: str
    # In the agent's words: "reading skills", "loading the model".


@dataclass(frozen=True)
class Started:
    """The agent is ready."""

    backend: str
    # Its name: "local", "vllm".
    store: str
    # The store's description of itself.
    transcript: tuple[Exchange, ...] = ()
    # The session so far, oldest first; empty when it is new.
    state: DialogueState | None = None
    # None when the session is new.
    receipts: tuple[Receipt, ...] = ()
    # Of the session so far, oldest first.
    suggestions: tuple[tuple[str, str], ...] = ()
    # (skill, something to say to it), from the skills' own examples.


@dataclass(frozen=True)
class StartFailed:
    """The agent could not be started; the thread has ended."""

    reason: str


@dataclass(frozen=True)
class Happened:
    """An event of the running turn."""

    event: Event


@dataclass(frozen=True)
class TurnDone:
    """The turn ended with a reply."""

    reply: Reply


@dataclass(frozen=True)
class TurnCancelled:
    """The turn was cancelled."""

    text: str
    # What the user had said.
    exchange: Exchange | None = None
    # What was committed all the same, because an action had already run; None when nothing happened.
    state: DialogueState | None = None
    # The state after that.
    receipts: tuple[Receipt, ...] = ()
    # All of the session, when something was committed.
    doubt: str = ""
    # Why it is not known whether something was committed; empty when it is known.


@dataclass(frozen=True)
class TurnFailed:
    """The turn was not run, or broke; nothing of it was kept."""

    text: str
    # What the user had said.
    reason: str


Note = Staged | Started | StartFailed | Happened | TurnDone | TurnCancelled | TurnFailed
