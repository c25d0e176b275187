"""The dialogue manager: one turn from the user's words to the committed reply. Read `_run` first.

    open (lease, context) → understand (model) → commands → dialogue stack → action, receipt → say → commit

Each step is one call. The manager knows no store, backend or skill by name; a failure of any of them becomes an
honest reply and an intact session here and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from agent.actions import Action, ActionContext
from agent.backends.base import Backend
from agent.catalogue import Catalogue
from agent.commands import Command, render_command
from agent.dialogue.desk import Outcome, TurnTools
from agent.dialogue.turn import TurnRunner
from agent.errors import InputError, Interrupted, ModelError, SessionBusy, StoreError, TextTooLong
from agent.prompting import neutralise
from agent.sessions.context_budget import CONTEXT_CHARS, HISTORY_TURNS, chat_context
from agent.sessions.handoff import Folder, HandedOff, HandoffTarget, parcel
from agent.sessions.recovery import recover
from agent.sessions.second_message import Admission, LeaseKeeper, answers, hear, read_answer
from agent.sessions.turn_record import TurnRecord, first_line
from agent.store.base import Lease, Merged, SessionStore, Snapshot, StoredTurn
from agent.types import DialogueState, Event, Reply, Turn
from agent.understanding import understand

logger = logging.getLogger(__name__)


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
        context_chars: int = CONTEXT_CHARS,
        admission: Admission = Admission(),  # noqa: B008 - frozen
        handoff: HandoffTarget | None = None,
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
        self._context_chars = context_chars
        self._admission = admission
        self._handoff = handoff or Folder(data_dir / "handoffs")
        # Only chat models make use of the turns before; loading them costs a little.
        self._history = HISTORY_TURNS if getattr(backend, "wants_history", False) else 0

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
        record = TurnRecord(turn, listen)
        record.emit("turn_started", text=turn.text)
        try:
            lease, snapshot = await self._admission.open(self._store, turn, history=self._history)
        except Merged as merged:
            return record.merged(read_answer(merged))
        except SessionBusy:
            raise
        except StoreError as error:
            return record.failure(error, DialogueState())
        record.mark("load")
        recovered = snapshot.unfinished is not None
        record.emit("context_loaded", turns=snapshot.state.turns, recovered=recovered)
        keeper = LeaseKeeper(self._store, lease, self._admission)
        try:
            async with keeper:
                outcome = await self._converse(lease, snapshot, record)
            return await self._commit(lease, outcome, snapshot.state, record)
        except StoreError as error:
            await keeper.let_go()
            return record.failure(error, snapshot.state)
        except BaseException:
            # Cancelled, or a bug: nothing of this turn is kept, and the session is free at once.
            await asyncio.shield(keeper.let_go())
            raise

    async def _converse(self, lease: Lease, snapshot: Snapshot, record: TurnRecord) -> Outcome:
        """Understand, execute, act and say; a model that fails leaves the state as it was."""
        state, note = recover(snapshot, self._catalogue)
        snapshot = replace(snapshot, state=state)
        try:
            commands = await self._understand(snapshot, self._catalogue, record)
            while joined := await hear(self._store, lease, self._admission, record.joined):
                # Others have spoken meanwhile: nothing was done yet, so all of it is read together.
                record.join(joined)
                commands = await self._understand(snapshot, self._catalogue, record)
            outcome = await self._execute(commands, state, lease, record)
            if outcome.understand_again:
                skill, text = outcome.understand_again
                only = Catalogue({skill: self._catalogue.skills[skill]})
                commands = await self._understand(replace(snapshot, state=outcome.state), only, record, text)
                outcome = await self._execute(commands, outcome.state, lease, record, text)
        except ModelError as error:
            record.mark("understand")
            logger.warning("turn of session %s: %s", record.turn.session_id, error)
            record.emit("error", error=type(error).__name__, message=str(error))
            outcome = Outcome(state, _MODEL_FAILED.format(reason=first_line(error)), error=type(error).__name__)
        outcome.text = note + outcome.text
        return outcome

    async def _understand(
        self, snapshot: Snapshot, catalogue: Catalogue, record: TurnRecord, text: str | None = None
    ) -> tuple[Command, ...]:
        """Read the turn's words, or others that it settled the meaning of."""
        began = time.perf_counter()
        context = ""
        if self._history:
            context = chat_context(snapshot.state, snapshot.history, snapshot.last_receipt, limit=self._context_chars)
        commands = await understand(
            self._backend,
            catalogue,
            snapshot.state,
            record.turn.text if text is None else text,
            trained_on=self._trained_on,
            deadline_seconds=self._understand_timeout_seconds,
            context=context,
        )
        record.mark("understand")
        seconds = round(time.perf_counter() - began, 4)
        record.understood([render_command(command) for command in commands], seconds, more=text is not None)
        return commands

    async def _execute(
        self,
        commands: tuple[Command, ...],
        state: DialogueState,
        lease: Lease,
        record: TurnRecord,
        text: str | None = None,
    ) -> Outcome:
        turn = record.turn if text is None else replace(record.turn, text=text)
        outcome = await TurnRunner(state, self._tools(turn, lease, record)).execute(commands)
        record.mark("act")
        return outcome

    async def _commit(self, lease: Lease, outcome: Outcome, began_with: DialogueState, record: TurnRecord) -> Reply:
        turn, number = record.turn, began_with.turns + 1
        state = outcome.state.model_copy(
            update={"turns": number, "last_reply": outcome.text, "talked_at": turn.received_at}
        )
        stored = StoredTurn(
            number=number, user=turn.text, reply=outcome.text, commands=tuple(record.commands), at=turn.received_at
        )
        shared = answers(record.reply(outcome, state), record.joined)
        try:
            await self._store.commit(lease, state, stored, answers=shared)
        except StoreError as error:
            if isinstance(error, Interrupted) or not outcome.receipts:
                raise
            # Something was done in the world: say so, whatever became of the record.
            with contextlib.suppress(StoreError):
                await self._store.release(lease)
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

    def _tools(self, turn: Turn, lease: Lease, record: TurnRecord) -> TurnTools:
        return TurnTools(
            catalogue=self._catalogue,
            actions=self._actions,
            store=self._store,
            lease=lease,
            turn=turn,
            context=ActionContext(turn.session_id, turn.now, turn.lang, self._data_dir),
            emit=record.emit,
            stream=self._backend.stream,
            handoff=lambda: self._hand_off(turn, lease),
            action_timeout_seconds=self._action_timeout_seconds,
            speak_timeout_seconds=self._understand_timeout_seconds,
        )

    async def _hand_off(self, turn: Turn, lease: Lease) -> HandedOff:
        """Give the session's transcript and state to whoever the agent is set to hand over to."""
        await self._store.begin(lease)  # what a person is told cannot be taken back: nothing stops the turn any more
        try:
            exported = await self._store.export(turn.session_id)
        except InputError:
            exported = {}  # forgotten meanwhile
        number = (exported.get("state") or {}).get("turns", 0) + 1
        content = {**exported, "handed_off_at": turn.received_at.isoformat(), "last_words": turn.text}
        return await self._handoff.take(parcel(turn.session_id, number, content))


_MODEL_FAILED = "I could not work that out just now; nothing was changed. Please try again. ({reason})"
