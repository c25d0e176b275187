"""Any LangChain chat model as a backend.

    from langchain_openai import ChatOpenAI
    backend = LangChainBackend(ChatOpenAI(model="..."))

The chat form of the prompt is sent. A chat model of a provider is not held to the grammar: what it writes outside the
command language surfaces as ``IllegalCommands`` when the answer is parsed. Where the model's server can hold it, say
how the grammar is passed; for a chat model on a vLLM server:

    LangChainBackend(model, grammar_options=lambda lark: {"extra_body": {"structured_outputs": {"grammar": lark}}})

This module knows neither a provider nor its options: tokens, temperature and seed are set on the chat model by whoever
made it, since no two providers spell them alike.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

from agent.backends.base import Request
from agent.errors import BackendUnavailable, DeadlineExceeded

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

_log = logging.getLogger(__name__)
_FENCED = re.compile(r"\s*```[^\n`]*\n(.*?)\n?```\s*", re.DOTALL)


class LangChainBackend:
    """Asks a LangChain chat model. No grammar unless ``grammar_options`` says how to pass it.

    Args:
        chat_model: any ``langchain_core`` chat model; whoever made it configures and closes it.
        grammar_options: makes the call options that hold the model to a Lark grammar (llguidance dialect).
    """

    name = "langchain"
    holds_grammar = False
    model_dir = None
    # Even with grammar_options: servers ignore options they do not know, and say nothing.
    wants_history = True
    # A chat model makes use of the turns before; see agent.sessions.context_budget.

    def __init__(
        self, chat_model: BaseChatModel, *, grammar_options: Callable[[str], Mapping[str, Any]] | None = None
    ) -> None:
        self._model = chat_model
        self._grammar_options = grammar_options

    async def start(self) -> None:
        """Do nothing: a provider bills each call, so the first one is the first turn's."""

    async def complete(self, request: Request) -> str:
        """Return the whole answer; the code fences that chat models like to put around commands are taken off.

        Raises:
            BackendUnavailable: the chat model raised; its error is the cause.
            DeadlineExceeded: no answer within the request's deadline.
        """
        try:
            async with asyncio.timeout(request.deadline_seconds) as deadline:
                message = await self._model.ainvoke(_messages(request), **self._options(request))
        except Exception as error:
            raise self._translated(error, request, expired=deadline.expired()) from error
        text = str(message.text)
        return unfenced(text) if request.grammar else text

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the answer in pieces; commands come as one piece. Raises what ``complete`` raises."""
        if request.grammar:
            # Commands are short and may stand in a fence, which only shows at the end.
            yield await self.complete(request)
            return
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + request.deadline_seconds
        pieces = self._model.astream(_messages(request), **self._options(request)).__aiter__()
        try:
            while True:
                try:
                    # Around each piece and not around the loop: between pieces the caller's code runs.
                    async with asyncio.timeout_at(ends_at) as deadline:
                        message = await anext(pieces)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    raise self._translated(error, request, expired=deadline.expired()) from error
                if text := str(message.text):
                    yield text
        finally:
            # Closes the provider's connection when the caller stops early.
            aclose = getattr(pieces, "aclose", None)
            if aclose is not None:
                await aclose()

    async def close(self) -> None:
        """Do nothing: the chat model belongs to whoever made it."""

    def _options(self, request: Request) -> dict[str, Any]:
        if request.grammar is None or self._grammar_options is None:
            return {}
        return dict(self._grammar_options(request.grammar))

    def _translated(self, error: Exception, request: Request, *, expired: bool) -> Exception:
        name = type(self._model).__name__
        if expired:
            return DeadlineExceeded(
                f"the chat model {name} gave no answer within {request.deadline_seconds} s; "
                "raise the deadline or choose a quicker model"
            )
        _log.debug("the chat model %s raised", name, exc_info=error)
        return BackendUnavailable(
            f"the chat model {name} failed: {type(error).__name__}: {error}; "
            "check its key, its network and its options by calling it alone"
        )


def unfenced(text: str) -> str:
    """Return the text inside the answer's one code fence, or the text as it is when there is none around it."""
    match = _FENCED.fullmatch(text)
    return match.group(1) + "\n" if match else text


def _messages(request: Request) -> list[tuple[str, str]]:
    # Pairs, which every chat model takes: so this module loads langchain only for the type checker.
    return [(message.role, message.content) for message in request.prompt.messages]
