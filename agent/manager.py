"""The dialogue manager: one turn from the user's words to the committed reply. Read `_run` first.

    open (lease, context) → understand (model) → commands → dialogue stack → action, receipt → say → commit

Each step is one call. The manager knows no store, backend or skill by name; a failure of any of them becomes an
honest reply and an intact session here and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.actions import Action, ActionContext
from agent.backends.base import Backend, Request
from agent.catalogue import Catalogue
from agent.commands import render_command
from agent.dialogue.desk import Outcome, TurnTools
from agent.dialogue.turn import TurnRunner
from agent.errors import InputError, LeaseLost, ModelError, SessionBusy, StoreError, TextTooLong
from agent.prompting import neutralise
from agent.store.base import Lease, SessionStore, Snapshot, StoredTurn
from agent.types import EVENT_KINDS, DialogueState, Event, Reply, Turn
from agent.understanding import understand

logger = logging.getLogger(__name__)

LEASE_SECONDS = 12.0
"""A session whose process was killed is free again after this long; a running turn renews it."""


class DialogueManager:
    """Runs turns. One manager serves any number of sessions at once; a session's turns run one at a time."""

    def __init__(
        self,
        *,
        backend: Backend,
        store: SessionStore,
        catalogue: Catalogue,
        actions: Mapping[str, Action],
        data_dir: Path,
        trained_on: Collection[str] = (),
        understand_timeout_seconds: float = 30.0,
        action_timeout_seconds: float = 20.0,
        max_text_chars: int = 4000,
    ) -> None:
        self._backend = backend
        self._store = store
        self._catalogue = catalogue
        self._actions = actions
        self._data_dir = data_dir
        self._trained_on = trained_on
        self._understand_timeout_seconds = understand_timeout_seconds
        self._action_timeout_seconds = action_timeout_seconds
        self._max_text_chars = max_text_chars

    async def handle(self, turn: Turn) -> Reply:
        """Run a turn and return its reply.

        Raises:
            InputError: the text is empty or too long, or the session id cannot be used.
            SessionBusy: another turn of the session did not end in time.
        """
        return await self._run(turn, lambda event: None)

    async def stream(self, turn: Turn) -> AsyncIterator[Event | Reply]:
        """Run a turn and yield its events as they happen; the last item is the Reply.

        Closing the iterator cancels the turn: nothing is committed, unless an action already ran; then the turn is
        carried to its end, so that what happened is recorded.
        """
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        task = asyncio.create_task(self._run(turn, queue.put_nowait))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
            yield await task
        finally:
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _run(self, turn: Turn, listen: Callable[[Event], None]) -> Reply:
        self._check(turn)
        record = _Record(turn, listen)
        record.emit("turn_started", text=turn.text)
        try:
            lease, snapshot = await self._store.open(turn.session_id, turn.text, lease_seconds=LEASE_SECONDS)
        except SessionBusy:
            raise
        except StoreError as error:
            return record.failure(error, DialogueState(), _STORE_GONE)
        record.mark("load")
        recovered = snapshot.unfinished is not None
        record.emit("context_loaded", turns=snapshot.state.turns, recovered=recovered)
        heartbeat = asyncio.get_running_loop().create_task(self._keep_lease(lease))
        try:
            outcome = await self._converse(turn, lease, snapshot, record)
            return await self._commit(turn, lease, outcome, record)
        except StoreError as error:
            await self._let_go(lease)
            return record.failure(error, snapshot.state, _STORE_GONE)
        except BaseException:
            # Cancelled, or a bug: nothing of this turn is kept, and the session is free at once.
            await asyncio.shield(self._let_go(lease))
            raise
        finally:
            heartbeat.cancel()

    async def _converse(self, turn: Turn, lease: Lease, snapshot: Snapshot, record: _Record) -> Outcome:
        """Understand, execute, act and say; a model that fails leaves the state as it was."""
        state = snapshot.state
        tools = self._tools(turn, lease, record)
        try:
            outcome = await self._understand_and_execute(turn, state, self._catalogue, tools, record)
            if outcome.understand_again:
                skill, text = outcome.understand_again
                only = Catalogue({skill: self._catalogue.skills[skill]})
                tools = self._tools(replace(turn, text=text), lease, record)
                outcome = await self._understand_and_execute(
                    replace(turn, text=text), outcome.state, only, tools, record
                )
        except ModelError as error:
            record.mark("understand")
            logger.warning("turn of session %s: %s", turn.session_id, error)
            record.emit("error", error=type(error).__name__, message=str(error))
            outcome = Outcome(state, _MODEL_FAILED.format(reason=_reason(error)), error=type(error).__name__)
        outcome.text = _recovery_note(snapshot) + outcome.text
        return outcome

    async def _understand_and_execute(
        self, turn: Turn, state: DialogueState, catalogue: Catalogue, tools: TurnTools, record: _Record
    ) -> Outcome:
        began = time.perf_counter()
        commands = await understand(
            self._backend,
            catalogue,
            state,
            turn.text,
            trained_on=self._trained_on,
            deadline_seconds=self._understand_timeout_seconds,
        )
        record.commands += [render_command(command) for command in commands]
        record.mark("understand")
        record.emit("understood", commands=list(record.commands), seconds=round(time.perf_counter() - began, 4))
        outcome = await TurnRunner(state, tools).execute(commands)
        record.mark("act")
        return outcome

    async def _commit(self, turn: Turn, lease: Lease, outcome: Outcome, record: _Record) -> Reply:
        number = outcome.state.turns + 1
        state = outcome.state.model_copy(update={"turns": number, "last_reply": outcome.text})
        stored = StoredTurn(
            number=number, user=turn.text, reply=outcome.text, commands=tuple(record.commands), at=turn.received_at
        )
        try:
            await self._store.commit(lease, state, stored)
        except StoreError as error:
            await self._let_go(lease)
            if not outcome.receipts:
                note = _OVERTAKEN if isinstance(error, LeaseLost) else _STORE_GONE
                return record.failure(error, outcome.state, note)
            # Something was done in the world: say so, whatever became of the record.
            logger.exception("turn of session %s acted but could not be saved", turn.session_id)
            outcome.text += f"\n(I could not save this turn: {error})"
            outcome.error = type(error).__name__
            record.emit("error", error=type(error).__name__, message=str(error))
        record.mark("commit")
        record.emit("reply", text=outcome.text)
        record.emit("committed", turns=number)
        return record.reply(outcome, state)

    def _check(self, turn: Turn) -> None:
        if len(turn.text) > self._max_text_chars:
            raise TextTooLong(
                f"the text has {len(turn.text):,} characters, the limit is {self._max_text_chars:,}; "
                "send it in parts or raise FACTOTUM_MAX_TEXT_CHARS"
            )
        if not neutralise(turn.text):
            raise InputError(f"the text {turn.text[:40]!r} holds nothing to read; say something")

    def _tools(self, turn: Turn, lease: Lease, record: _Record) -> TurnTools:
        async def write(request: Request, shown: bool) -> str:
            pieces: list[str] = []
            async for piece in self._backend.stream(request):
                pieces.append(piece)
                if shown:
                    record.emit("token", text=piece)
            return "".join(pieces)

        return TurnTools(
            catalogue=self._catalogue,
            actions=self._actions,
            store=self._store,
            lease=lease,
            turn=turn,
            context=ActionContext(turn.session_id, turn.now, turn.lang, self._data_dir),
            emit=record.emit,
            write=write,
            handoff=lambda: self._hand_off(turn),
            action_timeout_seconds=self._action_timeout_seconds,
            speak_timeout_seconds=self._understand_timeout_seconds,
        )

    async def _hand_off(self, turn: Turn) -> str:
        """Write the session's transcript and state where a person will find it; returns where."""
        try:
            exported = await self._store.export(turn.session_id)
        except InputError:
            exported = {}  # the session's first turn: nothing is stored yet
        exported["handed_off_at"] = turn.received_at.isoformat()
        exported["last_words"] = turn.text
        name = "".join(char if char.isalnum() else "-" for char in turn.session_id)
        path = self._data_dir / "handoffs" / f"{name}-{turn.received_at:%Y%m%dT%H%M%S}.json"

        def save() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(exported, ensure_ascii=False, indent=1, default=str), encoding="utf-8")

        await asyncio.to_thread(save)
        return str(path)

    async def _keep_lease(self, lease: Lease) -> None:
        """Prolong the lease while the turn runs: a killed process frees its session soon, a slow turn keeps it."""
        with contextlib.suppress(StoreError):
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                await self._store.renew(lease, lease_seconds=LEASE_SECONDS)

    async def _let_go(self, lease: Lease) -> None:
        with contextlib.suppress(StoreError):
            await self._store.release(lease)


class _Record:
    """Gathers what happens in one turn: events, commands, timings."""

    def __init__(self, turn: Turn, listen: Callable[[Event], None]) -> None:
        self.turn = turn
        self.events: list[Event] = []
        self.commands: list[str] = []
        self.timings: dict[str, float] = {}
        self._listen = listen
        self._began = self._last = time.perf_counter()

    def emit(self, kind: str, **data: Any) -> None:
        assert kind in EVENT_KINDS, kind
        event = Event(kind, data)
        self.events.append(event)
        self._listen(event)

    def mark(self, step: str) -> None:
        now = time.perf_counter()
        self.timings[step] = self.timings.get(step, 0.0) + now - self._last
        self._last = now

    def reply(self, outcome: Outcome, state: DialogueState) -> Reply:
        self.timings["total"] = time.perf_counter() - self._began
        return Reply(
            session_id=self.turn.session_id,
            text=outcome.text,
            commands=tuple(self.commands),
            events=tuple(self.events),
            receipts=tuple(outcome.receipts),
            state=state,
            timings={step: round(seconds, 5) for step, seconds in self.timings.items()},
            error=outcome.error,
        )

    def failure(self, error: Exception, state: DialogueState, template: str) -> Reply:
        """Return the reply of a turn of which nothing was written."""
        logger.warning("turn of session %s: %s", self.turn.session_id, error)
        self.emit("error", error=type(error).__name__, message=str(error))
        text = template.format(reason=_reason(error))
        self.emit("reply", text=text)
        return self.reply(Outcome(state, text, error=type(error).__name__), state)


_STORE_GONE = "I cannot reach my memory just now, so I did nothing and kept nothing of this turn. ({reason})"
_OVERTAKEN = "Another message of this conversation overtook this one, so nothing of it was kept. ({reason})"
_MODEL_FAILED = "I could not work that out just now; nothing was changed. Please try again. ({reason})"


def _reason(error: Exception) -> str:
    return str(error).split("\n")[0][:300]


def _recovery_note(snapshot: Snapshot) -> str:
    """Return what must be said first when the turn before never committed."""
    unfinished = snapshot.unfinished
    if unfinished is None:
        return ""
    note = f"Before this I was cut off while working on “{neutralise(unfinished.text)[:200]}”."
    if unfinished.claims:
        return note + " I do not know whether it was done: please check before you ask again.\n"
    return note + " Nothing was done; please say it again if you still want it.\n"
