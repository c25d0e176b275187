"""Joins the parts: settings in, a ready `Agent` out. The one place that knows every door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.actions import Action
from agent.backends.base import Backend
from agent.catalogue import Catalogue
from agent.discovery import load_actions, load_catalogue
from agent.fingerprint import check_fingerprint
from agent.manager import DialogueManager
from agent.sessions.handoff import Folder, HandoffTarget
from agent.sessions.second_message import Admission
from agent.settings import Settings
from agent.store.base import SecondMessage, SessionStore
from agent.types import Event, Reply, Turn

Progress = Callable[[str], None]


class Agent:
    """A conversational assistant, ready to be embedded.

    async with Agent() as agent:
        reply = await agent.say("will it rain in Oslo tomorrow?", session="anna")
        print(reply.text)

    Parts that are passed in are used as they are and closed by whoever made them; parts that are not passed in are made
    from the settings and closed by the agent.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        second_message: SecondMessage | None = None,
        handoff: HandoffTarget | None = None,
        backend: Backend | None = None,
        store: SessionStore | None = None,
        catalogue: Catalogue | None = None,
        actions: Mapping[str, Action] | None = None,
        on_progress: Progress | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        if second_message is not None:
            self.settings = self.settings.model_copy(update={"second_message": second_message})
        self._handoff = handoff or _handoff_target(self.settings)
        self._given_backend, self._given_store = backend, store
        self._given_catalogue, self._given_actions = catalogue, actions
        self._clock = clock or (lambda: datetime.now(UTC))
        self._on_progress = on_progress or (lambda stage: None)
        self._manager: DialogueManager | None = None
        self._close: contextlib.AsyncExitStack | None = None
        self.catalogue = catalogue or Catalogue()
        # The loaded skills; empty before start.
        self.backend: Backend | None = backend
        self.store: SessionStore | None = store

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Load skills, model and store.

        Raises:
            DeclarationError: a skill file is wrong.
            ModelError: the model directory or server cannot be used, or was made for another version.
            StoreError: a Redis URL was given that does not answer.
        """
        if self._manager is not None:
            return
        stack = contextlib.AsyncExitStack()
        try:
            self._on_progress("reading skills")
            if self._given_catalogue is None:
                self.catalogue = await asyncio.to_thread(load_catalogue)
            actions = self._given_actions
            if actions is None:
                actions = load_actions(self.catalogue, {"weather": {"provider": self.settings.weather}})
                for action in actions.values():
                    stack.push_async_callback(action.close)
            self._on_progress("opening the session store")
            if self._given_store is None:
                self.store = await _open_store(self.settings)
                stack.push_async_callback(self.store.close)
            self._on_progress("loading the model")
            if self._given_backend is None:
                self.backend = make_backend(self.settings, self.catalogue)
                stack.push_async_callback(self.backend.close)
            assert self.backend is not None
            assert self.store is not None
            model_dir = self.backend.model_dir
            # Where no folder tells, the model is taken to know every intent: scripts and chat models need no listing.
            known = frozenset(self.catalogue.signatures)
            trained_on = check_fingerprint(model_dir, self.catalogue) if model_dir else known
            await self.backend.start()
            self._manager = DialogueManager(
                backend=self.backend,
                store=self.store,
                catalogue=self.catalogue,
                actions=actions,
                data_dir=self.settings.data_dir,
                trained_on=trained_on,
                understand_timeout_seconds=self.settings.understand_timeout_seconds,
                action_timeout_seconds=self.settings.action_timeout_seconds,
                max_text_chars=self.settings.max_text_chars,
                context_chars=self.settings.context_chars,
                admission=Admission(
                    self.settings.second_message, self.settings.merge_seconds, self.settings.wait_seconds
                ),
                handoff=self._handoff,
            )
            self._on_progress("ready")
        except BaseException:
            await stack.aclose()
            raise
        self._close = stack

    async def close(self) -> None:
        """Close what the agent made."""
        self._manager = None
        if self._close is not None:
            await self._close.aclose()
            self._close = None

    async def say(self, text: str, *, session: str = "default") -> Reply:
        """Run one turn. Raises InputError and SessionBusy; every other failure is an honest reply."""
        return await self._ready().handle(self._turn(text, session))

    async def stream(self, text: str, *, session: str = "default") -> AsyncIterator[Event | Reply]:
        """Run one turn and yield its events as they happen; the last item is the Reply."""
        events = self._ready().stream(self._turn(text, session))
        async with contextlib.aclosing(events):  # type: ignore[type-var]
            async for item in events:
                yield item

    def _turn(self, text: str, session: str) -> Turn:
        return Turn(session, text, lang=self.settings.lang, timezone=self.settings.timezone, received_at=self._clock())

    def _ready(self) -> DialogueManager:
        if self._manager is None:
            raise RuntimeError("the agent is not started; use 'async with Agent() as agent:' or await agent.start()")
        return self._manager


async def _open_store(settings: Settings) -> SessionStore:
    from agent.store.resolve import open_store

    return await open_store(settings.redis_url, settings.data_dir)


def _handoff_target(settings: Settings) -> HandoffTarget:
    """Return who takes conversations over, as the settings say."""
    folder = Folder(settings.data_dir / "handoffs")
    if not settings.handoff:
        return folder
    if "://" not in settings.handoff:
        return Folder(Path(settings.handoff).expanduser())
    from agent.sessions.handoff_hook import Hook

    return Hook(settings.handoff, folder)


def make_backend(settings: Settings, catalogue: Catalogue) -> Backend:
    """Return the backend that the settings name."""
    if settings.backend == "vllm":
        from agent.backends.vllm import VllmBackend

        def check(served_dir: Path) -> None:
            check_fingerprint(served_dir, catalogue)

        url, name = settings.vllm_url, settings.vllm_model
        return VllmBackend(url, model=name, model_dir=settings.model_dir, check=check)
    from agent.backends.local import LocalBackend

    return LocalBackend(settings.model_dir)
