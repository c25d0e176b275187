"""Every error factotum raises on purpose, in one tree, split by who must act.

    FactotumError
    ├── InputError            the caller: a value that cannot be used
    │   ├── TextTooLong
    │   └── UnknownSession
    ├── DeclarationError      the skill author: a SKILL.md that is wrong (file, line, reason; all at once)
    ├── ModelError            the model or its server
    │   ├── ModelNotUsable    a model directory that is missing, truncated or of another fingerprint
    │   ├── BackendUnavailable  the server is gone or refused
    │   ├── DeadlineExceeded  no answer within the deadline
    │   └── IllegalCommands   an answer outside the command language
    ├── StoreError            the session store
    │   ├── StoreUnavailable
    │   ├── SessionBusy       another turn of the session holds the lease
    │   └── LeaseLost         a newer turn took the lease: nothing of this one was written
    │       └── Interrupted   because a newer message stopped this turn, as the agent is set to
    └── ProviderError         the world outside, raised by a skill's provider
        ├── Unavailable
        ├── NotFound
        ├── RateLimited
        └── NeedsAuth

A message names the value, what was expected, and the next step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class FactotumError(Exception):
    """Base of all errors below."""


class InputError(FactotumError):
    """The caller passed a value that cannot be used."""


class TextTooLong(InputError):
    """The turn's text is longer than the limit."""


class UnknownSession(InputError):
    """No session of that id is stored."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a declaration file."""

    path: Path
    # The file it is in.
    line: int
    # 1-based line number; 0 when the whole file is meant.
    message: str
    # What is wrong, what was expected, what to do.

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.message}"


class DeclarationError(FactotumError):
    """A skill file is wrong. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ModelError(FactotumError):
    """The model, or the server that runs it, did not do its part."""


class ModelNotUsable(ModelError):
    """A model directory is missing, truncated, or was trained for something else."""


class BackendUnavailable(ModelError):
    """The model server cannot be reached or refused the request."""


class DeadlineExceeded(ModelError):
    """The model did not answer within the deadline."""


class IllegalCommands(ModelError):
    """The model's answer is not a list of legal commands."""


class StoreError(FactotumError):
    """The session store did not do its part."""


class StoreUnavailable(StoreError):
    """The store cannot be reached; nothing was written."""


class SessionBusy(StoreError):
    """Another turn of this session is running and did not end within the wait."""


class LeaseLost(StoreError):
    """The lease expired and a newer turn took it; nothing of this turn was written."""


class Interrupted(LeaseLost):
    """A newer message stopped this turn before it acted; its words are kept in the transcript."""


class ProviderError(FactotumError):
    """A skill's provider could not do what was asked."""


class Unavailable(ProviderError):
    """The provider cannot be reached just now."""


class NotFound(ProviderError):
    """The provider knows no such thing, or nothing fits.

    ``slot`` names the slot whose value is to blame, so that it is emptied and asked for again.
    """

    def __init__(self, message: str, *, slot: str | None = None) -> None:
        self.slot = slot
        super().__init__(message)


class RateLimited(ProviderError):
    """The provider asks to be called less often."""


class NeedsAuth(ProviderError):
    """The provider needs credentials that are not set."""
