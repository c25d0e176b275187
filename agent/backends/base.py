"""What the agent asks of a model: one request in, text out. Every backend is one module beside this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Message:
    """One message of the chat form of a prompt."""

    role: str
    # "system" or "user".
    content: str


@dataclass(frozen=True)
class Prompt:
    """The same request in two forms."""

    text: str
    # The compact form factotum's own models are trained on, control tokens included.
    messages: tuple[Message, ...]
    # The chat form with instructions, for models that were not trained for factotum.


@dataclass(frozen=True)
class Request:
    """One call of the model."""

    prompt: Prompt
    grammar: str | None = None
    # Lark text (llguidance dialect) the answer is held to; None for free text.
    max_tokens: int = 96
    # The answer is cut there.
    temperature: float = 0.0
    # 0 is greedy.
    seed: int | None = None
    # For sampling.
    beams: int = 1
    # More than one: so many unfinished answers are carried on side by side and the most probable is kept (beam
    # search). For free text at temperature 0, which then comes in one piece. A backend that cannot is greedy.
    deadline_seconds: float = 30.0
    # After that the call fails with DeadlineExceeded.

    def __post_init__(self) -> None:
        if self.beams < 1 or (self.beams > 1 and (self.grammar is not None or self.temperature > 0)):
            raise ValueError(
                f"beams is {self.beams!r}; expected 1, or more for free text (no grammar) at temperature 0"
            )


@runtime_checkable
class Backend(Protocol):
    """Turns a prompt into a completion.

    Every method raises ``BackendUnavailable``, ``DeadlineExceeded`` or ``ModelNotUsable`` (``agent.errors``) and
    nothing else. The answer never holds control tokens.
    """

    name: str
    # "local", "vllm", "scripted", "langchain".
    holds_grammar: bool
    # True when every answer is certain to be inside request.grammar.

    @property
    def model_dir(self) -> Path | None:
        """Folder of a model of factotum's own, whose fingerprint says what it was trained on; None for any other."""

    async def start(self) -> None:
        """Make ready to answer: load weights or reach the server, and check the fingerprint. May be called twice."""

    async def complete(self, request: Request) -> str:
        """Return the whole answer."""

    def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the answer in pieces as it is made."""

    async def close(self) -> None:
        """Let go of weights, processes and connections that this backend made."""
