"""Turns what the user said into commands: one model call, held to the grammar of the dialogue state."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from agent.backends.base import Backend, Request
from agent.catalogue import Catalogue
from agent.commands import Command, Repeat, parse_commands
from agent.errors import IllegalCommands
from agent.grammar import build_grammar
from agent.prompting import render_understand
from agent.types import DialogueState

if TYPE_CHECKING:
    from llguidance import LLTokenizer

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
    context: str = "",
) -> tuple[Command, ...]:
    """Return the commands for the user's words; `context` is for chat models (see ``context_budget``).

    Raises:
        ModelError: the backend failed (BackendUnavailable, DeadlineExceeded), or its answer is not legal here
            (IllegalCommands), which only happens with backends that do not hold the grammar or that were cut off.
    """
    if asks_to_repeat(text) and state.last_reply and not waits_for_a_text(catalogue, state):
        return (Repeat(),)
    request = Request(
        prompt=render_understand(
            catalogue, state, text, trained_on=trained_on, last_reply=state.last_reply, context=context
        ),
        grammar=build_grammar(catalogue, state, text),
        max_tokens=MAX_COMMAND_TOKENS,
        deadline_seconds=deadline_seconds,
    )
    answer = await backend.complete(request)
    commands = parse_commands(answer)
    if not backend.holds_grammar:
        check_legal(answer, request.grammar or "")
    return commands


_REPEAT_SENTENCES = frozenset(
    sentence.strip()
    for sentence in """
    repeat | repeat that | repeat it | say that again | say it again | can you repeat that | could you repeat that |
    what did you say | wiederhole das | wiederholen | sag das nochmal | sag das noch einmal |
    kannst du das wiederholen | was hast du gesagt | répète | répétez | répète ça | tu peux répéter |
    vous pouvez répéter | repite | repítelo | repite eso |
    puedes repetir | puedes repetirlo | 再说一遍 | 请再说一遍 | 重复一遍 | 你说什么
    """.replace("\n", " ").split("|")
)
_POLITE = re.compile(r"^(?:please|sorry|bitte|pardon|perdón)\s+|\s+(?:please|bitte|por favor|s'il (?:te|vous) plaît)$")


def asks_to_repeat(text: str) -> bool:
    """Whether the words are, in full, one of the few fixed ways to ask for the last reply again.

    Hearing a reply again must cost no model call. That is why these sentences, and these alone, are known by heart;
    every other wording, and everything else, is the model's.
    """
    plain = re.sub(r"[^\w\s']+", " ", text.replace("’", "'").lower())
    plain = _POLITE.sub("", " ".join(plain.split()))
    return plain in _REPEAT_SENTENCES


def waits_for_a_text(catalogue: Catalogue, state: DialogueState) -> bool:
    """Whether a text is asked for, which any words could be."""
    pending, active = state.pending, state.active
    if pending is None or pending.slot is None or active is None or active.intent not in catalogue.intents:
        return False
    return catalogue.slot(active.intent, pending.slot).whole


def check_legal(answer: str, grammar: str) -> None:
    """Check a model's answer against the grammar text itself.

    Raises:
        IllegalCommands: the answer is outside the grammar.
    """
    from llguidance import LLMatcher

    tokenizer = _byte_tokenizer()
    matcher = LLMatcher(tokenizer, grammar)
    if not answer.endswith("\n"):
        answer += "\n"
    tokens = tokenizer.tokenize_str(answer)
    consumed = matcher.try_consume_tokens(tokens)
    if consumed < len(tokens) or not matcher.is_accepting():
        raise IllegalCommands(
            f"{answer!r} is not legal in this state of the dialogue; it leaves the grammar at {consumed}"
        )


@cache
def _byte_tokenizer() -> LLTokenizer:
    """Making one takes as long as checking an answer with it."""
    from llguidance import LLTokenizer

    return LLTokenizer("byte")
