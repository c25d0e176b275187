"""Faults of a dialogue: a named call of the store, a skill or the model fails, hangs, or takes the process with it."""

from __future__ import annotations

import asyncio
import builtins
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agent import errors
from agent.store.base import SessionStore

FOREVER_SECONDS = 3600.0
STORE_METHODS = tuple(name for name, value in vars(SessionStore).items() if inspect.iscoroutinefunction(value))
_METHODS = {"store": STORE_METHODS, "model": ("complete", "stream")}
_ACTION_METHODS = ("run", "options", "undo")


class Killed(BaseException):
    """The process died here. Not an Exception: nobody who cleans up after errors lives to see it."""


def fault_problem(call: str, what: Any) -> str:
    """Return what is wrong with a fault; empty when it can be played."""
    target, _, method = call.partition(".")
    methods = _METHODS.get(target, _ACTION_METHODS)
    if method not in methods:
        return f"fault {call!r} names no call; {target!r} has {', '.join(methods)}"
    word = str(what).removeprefix("after ")
    if word not in ("slow", "killed") and _error_class(word) is None:
        return f"fault {call}: {what!r} is neither slow nor killed nor the name of an error such as Unavailable"
    return ""


@contextmanager
def faults(given: Mapping[str, str], targets: Mapping[str, object]) -> Iterator[None]:
    """Let calls fail within the context.

    Args:
        given: what fails, by call: {"store.commit": "StoreUnavailable", "booking.run": "after killed"}.
        targets: the objects by the first part of a call's name.

    Raises:
        InputError: a fault names a skill that does not act.
    """
    patched: list[tuple[object, str]] = []

    def patch(target: object, method: str, what: str) -> None:
        setattr(target, method, _failing(getattr(target, method), what, die))
        patched.append((target, method))

    def die() -> None:
        # A dead process releases and stores nothing: it is as if the store were out of its reach.
        for method in STORE_METHODS:
            setattr(targets["store"], method, _dead)
            patched.append((targets["store"], method))
        raise Killed

    try:
        for call, what in given.items():
            name, _, method = call.partition(".")
            if name not in targets:
                known = ", ".join(targets)
                raise errors.InputError(f"fault {call!r}: there is no {name!r} that could fail; known are {known}")
            patch(targets[name], method, str(what))
        yield
    finally:
        for target, method in reversed(patched):
            target.__dict__.pop(method, None)


async def _dead(*_: Any, **__: Any) -> Any:
    raise Killed


def _failing(original: Callable[..., Any], what: str, die: Callable[[], None]) -> Callable[..., Any]:
    comes_after, word = what.startswith("after "), what.removeprefix("after ")

    async def fail() -> None:
        if word == "killed":
            die()
        elif word == "slow":
            await asyncio.sleep(FOREVER_SECONDS)
        else:
            error = _error_class(word)
            assert error is not None, word
            raise error(f"{word}, as the dialogue says")

    if inspect.isasyncgenfunction(original):

        async def stream(*args: Any, **named: Any) -> AsyncIterator[Any]:
            if not comes_after:
                await fail()
            async for piece in original(*args, **named):
                yield piece
            await fail()

        return stream

    async def call(*args: Any, **named: Any) -> Any:
        if comes_after:
            await original(*args, **named)
        await fail()

    return call


def _error_class(name: str) -> type[Exception] | None:
    found = getattr(errors, name, None) or getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None
