"""Training rows: what a skill file (or a corpus) teaches, before any rendering.

A row holds meaning, not tokens: the state before the turn, the user's words, the commands that are right. The
``training`` package renders it with ``agent.prompting`` and ``agent.grammar``, the same code that serves, so a row
can never drift from what is served.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.types import DialogueState


class UnderstandRow(BaseModel):
    """One turn: words and state in, commands out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Literal["understand"] = "understand"
    text: str
    # The user's words, raw.
    commands: tuple[str, ...]
    # What is right, one command a line; values as `agent.prompting.as_read` shows them.
    state: DialogueState = Field(default_factory=DialogueState)
    # Before the turn.
    kind: str = "request"
    # request, answer, correction, digression, several, no_action, chat, out_of_scope, cancel, yes_no, ...
    catalogue: str = "own"
    # "own" for the project's skills, else the name of a corpus whose intents are the catalogue.
    lang: str = "en"


class SpeakRow(BaseModel):
    """One free text: a skill's prompt fields in, the text out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    # "translate", "solve", "chat", ...: the name scores are reported under.
    skill: str
    # Whose ```jinja prompt renders it.
    fields: dict[str, Any]
    # Variables of that prompt.
    target: str
    # What the model should write, without leading space.
    lang: str = "en"


Row = UnderstandRow | SpeakRow
