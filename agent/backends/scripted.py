"""A backend that answers from a script: for tests, and for embedders who want to run their dialogue without a model.

    backend = ScriptedBackend(["start weather.forecast\\nset place oslo\\n", BackendUnavailable("gone")])
    backend = ScriptedBackend(by_text={"will it rain in oslo": "start weather.forecast\\nset place oslo\\n"})

It knows no dialogue and guesses nothing: what is not in the script is an error that names the prompt. Answers are not
held to the request's grammar, so that illegal ones can be scripted too.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from agent.backends.base import Request
from agent.errors import BackendUnavailable, DeadlineExceeded
from agent.prompting import COMMANDS, REPLY, TASK, USER, as_read

Answer = str | Exception | Callable[[Request], str | Awaitable[str]]
"""What is said; or what is raised; or a function of the request, plain or async (an async one may take its time)."""

_WORDS = re.compile(r"\s*\S+|\s+")


class ScriptExhausted(BackendUnavailable):
    """The script has no answer for a request."""


class ScriptedBackend:
    """Answers from a script, deterministically.

    Args:
        script: answers that are used in order, one a call.
        by_text: answers by the user's words (for free text: by the body of the prompt); they are looked up first,
            compared as the model reads them, and can be used any number of times.
    """

    name = "scripted"
    holds_grammar = False
    model_dir = None

    def __init__(self, script: Sequence[Answer] = (), *, by_text: Mapping[str, Answer] | None = None) -> None:
        if isinstance(script, str | Mapping):
            raise TypeError(f"script is {script!r}; expected a list of answers, or a mapping passed as by_text=")
        self.requests: list[Request] = []
        # Every request so far, those that failed included.
        self._script = list(script)
        self._used = 0
        self._by_text = {as_read(text): answer for text, answer in (by_text or {}).items()}

    def add(self, *answers: Answer) -> None:
        """Put more answers at the end of the ordered script."""
        self._script.extend(answers)

    @property
    def remaining(self) -> int:
        """How many answers of the ordered script were not used yet."""
        return len(self._script) - self._used

    async def start(self) -> None:
        """Do nothing: a script is always ready."""

    async def complete(self, request: Request) -> str:
        """Return the next answer.

        Raises:
            ScriptExhausted: the script has no answer for this request.
            DeadlineExceeded: an async answer took longer than the request's deadline.
            Exception: whatever the script says to raise.
        """
        self.requests.append(request)
        answer = self._next(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return answer
        said = answer(request)
        if isinstance(said, str):
            return said
        try:
            async with asyncio.timeout(request.deadline_seconds):
                return await said
        except TimeoutError:
            raise DeadlineExceeded(
                f"the scripted answer took longer than the deadline of {request.deadline_seconds} s"
            ) from None

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the next answer word by word. Raises what ``complete`` raises."""
        started = time.monotonic()
        for piece in _WORDS.findall(await self.complete(request)):
            if time.monotonic() - started > request.deadline_seconds:
                raise DeadlineExceeded(f"the stream passed the deadline of {request.deadline_seconds} s")
            yield piece
            # A real stream lets others run between two pieces.
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Do nothing: a script holds nothing."""

    def _next(self, request: Request) -> Answer:
        asked = user_text(request)
        if asked in self._by_text:
            return self._by_text[asked]
        if self._used < len(self._script):
            self._used += 1
            return self._script[self._used - 1]
        known = f"{len(self._script)} answers in order, all used" if self._script else "no answers in order"
        if self._by_text:
            known += f", and answers for {sorted(self._by_text)}"
        raise ScriptExhausted(
            f"the script has no answer for the prompt {request.prompt.text!r} (call {len(self.requests)}); "
            f"it has {known}; add one to `script`, or to `by_text` under {asked!r}"
        )


def user_text(request: Request) -> str:
    """Return what by_text is looked up with: the user's words, or the body of a prompt for free text."""
    text = request.prompt.text
    if USER in text and COMMANDS in text:
        return text.rpartition(USER)[2].partition(COMMANDS)[0].strip()
    if text.startswith(TASK):
        return text.removeprefix(TASK).partition(REPLY)[0].strip()
    return text.strip()
