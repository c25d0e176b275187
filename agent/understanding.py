"""Turns what the user said into commands: one model call, held to the grammar of the dialogue state."""

from __future__ import annotations

from collections.abc import Collection

from agent.backends.base import Backend, Request
from agent.catalogue import Catalogue
from agent.commands import Command, parse_commands
from agent.errors import IllegalCommands
from agent.grammar import build_grammar
from agent.prompting import render_understand
from agent.types import DialogueState

MAX_COMMAND_TOKENS = 160
"""Enough for three requests with all their slots; values are copied, so only long spans come near it."""


async def understand(
    backend: Backend,
    catalogue: Catalogue,
    state: DialogueState,
    text: str,
    *,
    trained_on: Collection[str],
    deadline_seconds: float,
) -> tuple[Command, ...]:
    """Return the commands for the user's words.

    Raises:
        ModelError: the backend failed (BackendUnavailable, DeadlineExceeded), or its answer is not legal here
            (IllegalCommands), which only happens with backends that do not hold the grammar or that were cut off.
    """
    request = Request(
        prompt=render_understand(catalogue, state, text, trained_on=trained_on, last_reply=state.last_reply),
        grammar=build_grammar(catalogue, state, text),
        max_tokens=MAX_COMMAND_TOKENS,
        deadline_seconds=deadline_seconds,
    )
    answer = await backend.complete(request)
    commands = parse_commands(answer)
    if not backend.holds_grammar:
        check_legal(answer, request.grammar or "")
    return commands


def check_legal(answer: str, grammar: str) -> None:
    """Check a model's answer against the grammar text itself.

    Raises:
        IllegalCommands: the answer is outside the grammar.
    """
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer("byte")
    matcher = LLMatcher(tokenizer, grammar)
    if not answer.endswith("\n"):
        answer += "\n"
    tokens = tokenizer.tokenize_str(answer)
    consumed = matcher.try_consume_tokens(tokens)
    if consumed < len(tokens) or not matcher.is_accepting():
        raise IllegalCommands(
            f"{answer!r} is not legal in this state of the dialogue; it leaves the grammar at {consumed}"
        )
