"""Runs the agent on a thread and an event loop of its own and reports what happens there as notes.

Starting an agent and running its turns imports and computes for up to seconds; on a loop of its own none of that
can freeze typing. Knows no screen: notes go to the function `listen`, which is called on the agent's thread.

    worker = AgentWorker(settings, "anna", listen=notes.put)
    worker.start()
    worker.send("will it rain in Oslo tomorrow?")
    worker.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent import FactotumError, Receipt, Reply
from agent.errors import UnknownSession
from agent.terminal.notes import (
    Exchange,
    Happened,
    Note,
    Staged,
    Started,
    StartFailed,
    TurnCancelled,
    TurnDone,
    TurnFailed,
)

if TYPE_CHECKING:
    from agent import Agent, DialogueState, Settings

logger = logging.getLogger(__name__)

MakeAgent = Callable[["Settings", Callable[[str], None]], "Agent"]
"""Makes an agent that is not started yet; the second argument is told the stages of the start."""


def make_agent(settings: Settings, on_progress: Callable[[str], None]) -> Agent:
    """Make the agent that the settings describe; this import is the heavy one."""
    from agent.app import Agent

    return Agent(settings, on_progress=on_progress)


class AgentWorker:
    """One agent, one session, one turn at a time. Its methods may be called from any thread."""

    def __init__(
        self,
        settings: Settings,
        session: str,
        *,
        listen: Callable[[Note], object],
        make_agent: MakeAgent = make_agent,
    ) -> None:
        self._settings = settings
        self._session = session
        self._listen = listen
        self._make_agent = make_agent
        self._loop = asyncio.new_event_loop()
        self._inbox: asyncio.Queue[str] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None
        self._turn: asyncio.Task[Reply] | None = None
        self._turns = 0
        # Committed turns as far as known, to tell whether a cancelled one was committed.
        # A daemon: a model or server that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._main, name="factotum-agent", daemon=True)

    def start(self) -> None:
        """Start the agent; a note tells how it went. Call once."""
        self._thread.start()

    def send(self, text: str) -> None:
        """Run a turn, after those sent before; a note tells how it ended."""
        self._call(self._inbox.put_nowait, text)

    def cancel(self) -> None:
        """Cancel the running turn, or one that was sent and not begun; a note tells what became of it."""
        self._call(self._cancel)

    def close(self, *, timeout_seconds: float = 5.0) -> bool:
        """Cancel what runs, close the agent and end the thread.

        Returns:
            False when that took longer than the timeout; the thread is then left to the end of the process.
        """
        if self._thread.ident is None:
            self._loop.close()
        if not self._thread.is_alive():
            return True
        self._call(self._stop)
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _call(self, function: Callable[..., object], *args: object) -> None:
        # The loop is closed when the start failed; what is sent then was never promised an answer.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    # -- on the agent's thread from here on ---------------------------------------------------------------------------

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._serving = self._loop.create_task(self._serve())
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._serving)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except Exception:
            logger.exception("the agent could not be closed")
        finally:
            self._loop.close()

    def _stop(self) -> None:
        if self._serving is not None:
            self._serving.cancel()

    def _cancel(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
        elif not self._inbox.empty():
            self._listen(TurnCancelled(self._inbox.get_nowait()))

    async def _serve(self) -> None:
        self._listen(Staged("starting"))
        async with contextlib.AsyncExitStack() as stack:
            try:
                agent = self._make_agent(self._settings, self._tell_stage)
                await stack.enter_async_context(agent)
                started = await self._started(agent)
            except FactotumError as error:
                self._listen(StartFailed(str(error)))
                return
            except Exception as error:
                logger.exception("the agent could not be started")
                self._listen(StartFailed(f"{type(error).__name__}: {error}"))
                return
            self._listen(started)
            while True:
                text = await self._inbox.get()
                self._listen(await self._run(agent, text))

    def _tell_stage(self, stage: str) -> None:
        self._listen(Staged(stage))

    async def _started(self, agent: Agent) -> Started:
        assert agent.store is not None
        assert agent.backend is not None
        suggestions = tuple(
            (skill.name, example["user"])
            for skill in agent.catalogue.skills.values()
            for example in [next((e for e in skill.examples if isinstance(e.get("user"), str)), None)]
            if example is not None and skill.intents
        )
        started = Started(agent.backend.name, agent.store.description, suggestions=suggestions)
        try:
            state = await agent.store.state(self._session)
        except UnknownSession:
            return started
        self._turns = state.turns
        transcript = await agent.store.transcript(self._session)
        return Started(
            backend=started.backend,
            store=started.store,
            transcript=tuple(Exchange(turn.user, turn.reply) for turn in transcript),
            state=state,
            receipts=await self._receipts(agent),
            suggestions=suggestions,
        )

    async def _receipts(self, agent: Agent) -> tuple[Receipt, ...]:
        """Return the stored receipts of the session, oldest first."""
        assert agent.store is not None
        exported = await agent.store.export(self._session)
        claims = exported.get("claims", {}).values()
        receipts = [Receipt.model_validate(claim["receipt"]) for claim in claims if claim.get("receipt")]
        return tuple(sorted(receipts, key=lambda receipt: receipt.as_of))

    async def _run(self, agent: Agent, text: str) -> Note:
        """Run one turn to its end and return how it ended."""
        self._turn = asyncio.ensure_future(self._stream(agent, text))
        try:
            await asyncio.wait({self._turn})
        except asyncio.CancelledError:
            # Quitting: the turn is cancelled and seen to its end before the agent is closed under it.
            self._turn.cancel()
            await asyncio.wait({self._turn})
            raise
        finally:
            ended, self._turn = self._turn, None
        if ended.cancelled():
            return await self._cancelled(agent, text)
        error = ended.exception()
        if error is not None:
            if isinstance(error, FactotumError):
                return TurnFailed(text, str(error))
            logger.error("a turn broke", exc_info=error)
            return TurnFailed(text, f"{type(error).__name__}: {error}")
        self._turns = ended.result().state.turns
        return TurnDone(ended.result())

    async def _stream(self, agent: Agent, text: str) -> Reply:
        async with contextlib.aclosing(agent.stream(text, session=self._session)) as items:  # type: ignore[type-var]
            async for item in items:
                if isinstance(item, Reply):
                    return item
                self._listen(Happened(item))
        raise RuntimeError("the turn ended without a reply")

    async def _cancelled(self, agent: Agent, text: str) -> TurnCancelled:
        """Tell what became of a cancelled turn: it is carried to its end when an action had already run."""
        assert agent.store is not None
        try:
            state: DialogueState = await agent.store.state(self._session)
            if state.turns <= self._turns:
                return TurnCancelled(text)
            self._turns = state.turns
            last = (await agent.store.transcript(self._session, last=1))[-1]
            return TurnCancelled(text, Exchange(last.user, last.reply), state, await self._receipts(agent))
        except UnknownSession:
            return TurnCancelled(text)
        except FactotumError as error:
            return TurnCancelled(text, doubt=str(error))
