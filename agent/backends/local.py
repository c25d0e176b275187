"""The embedded backend: a model of factotum's own inside this process, on the CPU, without torch.

    backend = LocalBackend(model_dir)
    await backend.start()  # about a sixth of a second
    commands = await backend.complete(Request(prompt, grammar=lark))

Loading and decoding happen in one worker thread, so that an event loop that draws a screen is never held up, and one
answer at a time: others wait for their turn within their own deadlines. Cancelling the task that waits, or leaving the
stream early, stops the decoding before its next token.

Importing this module loads nothing heavy; ``start`` does. What decoding is stands in ``agent.backends.decoder``, what
the network computes in ``agent.backends.qwen3``.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from agent.backends.base import Request
from agent.errors import BackendUnavailable, DeadlineExceeded

if TYPE_CHECKING:
    from agent.backends.decoder import Decoder


class _Halted(Exception):
    """Nobody wants the rest of an answer."""


class LocalBackend:
    """Runs a model directory (config.json, model.safetensors, tokenizer.json) in this process.

    Args:
        model_dir: the directory, as training releases it.
        threads: cores that the arithmetic may use while it answers (numpy's setting, so it holds for the whole
            process in that time). None means one: the bundled model gains next to nothing from a second.
        check: called by ``start`` with the directory; raises ``ModelNotUsable`` for a model of another fingerprint.
    """

    name = "local"
    holds_grammar = True

    def __init__(
        self, model_dir: Path, *, threads: int | None = None, check: Callable[[Path], None] | None = None
    ) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads!r}; expected 1 or more, or None for the default")
        self.model_dir = Path(model_dir)
        self._threads = threads or 1
        self._check = check
        self._decoder: Decoder | None = None
        self._worker: ThreadPoolExecutor | None = None
        self._running: set[threading.Event] = set()
        # One for every answer that is being made or waits for its turn; setting it ends that answer.

    async def start(self) -> None:
        """Load the model. Does nothing when it is loaded.

        Raises:
            ModelNotUsable: the directory or a file in it is missing, truncated, or for something else; or ``check``
                refused it.
        """
        await self._loaded()

    async def complete(self, request: Request) -> str:
        """Return the whole answer; under a grammar a complete legal string, unless ``max_tokens`` cut it.

        Raises:
            BackendUnavailable: the prompt is too long, the grammar cannot be used, or the backend was closed meanwhile.
            DeadlineExceeded: no full answer within the request's deadline, waiting for others included.
            ModelNotUsable: the model was not started yet and cannot be loaded.
        """
        ends_at = _ends_at(request)
        with self._halting() as halt:
            async with _translated(request, ends_at):
                decoder = await self._loaded()
                return await asyncio.wrap_future(self._thread().submit(self._answer, decoder, request, halt))

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the answer in pieces as it is made. Raises what ``complete`` raises, also between pieces.

        The time the caller takes between two pieces counts towards the deadline.
        """
        ends_at = _ends_at(request)
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()

        def post(piece: str | None) -> None:
            # A loop that has closed has nobody left who reads.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        with self._halting() as halt:
            async with _translated(request, ends_at):
                decoder = await self._loaded()
            answer = self._thread().submit(self._answer, decoder, request, halt, post)
            answer.add_done_callback(lambda _: post(None))
            while True:
                # Around each piece and not around the loop: between pieces the caller's code runs.
                async with _translated(request, ends_at):
                    piece = await pieces.get()
                    if piece is None:
                        answer.result()
                        return
                yield piece

    async def close(self) -> None:
        """Stop what is being answered and let go of the weights. The backend can be started again."""
        for halt in self._running:
            halt.set()
        worker, self._worker = self._worker, None
        if worker is not None:
            # What waits in line still runs, finds that it was halted, and so tells whoever waits for it.
            await asyncio.to_thread(worker.shutdown)
        self._decoder = None

    async def _loaded(self) -> Decoder:
        if self._decoder is not None:
            return self._decoder
        return await asyncio.wrap_future(self._thread().submit(self._load))

    def _thread(self) -> ThreadPoolExecutor:
        if self._worker is None:
            self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="factotum-model")
        return self._worker

    @contextlib.contextmanager
    def _halting(self) -> Iterator[threading.Event]:
        """Give what ends an answer, and see to it that no answer outlives whoever waits for it."""
        halt = threading.Event()
        self._running.add(halt)
        try:
            yield halt
        finally:
            halt.set()
            self._running.discard(halt)

    def _load(self) -> Decoder:
        """Runs in the worker thread, like the next one."""
        if self._decoder is None:
            from agent.backends.decoder import Decoder

            if self._check is not None:
                self._check(self.model_dir)
            with _cores(self._threads):
                self._decoder = Decoder(self.model_dir)
        return self._decoder

    def _answer(
        self,
        decoder: Decoder,
        request: Request,
        halt: threading.Event,
        post: Callable[[str], None] | None = None,
    ) -> str:
        def checkpoint() -> None:
            if halt.is_set():
                raise _Halted

        made: list[str] = []
        with _cores(self._threads):
            for piece in decoder.pieces(request, checkpoint):
                made.append(piece)
                if post is not None:
                    post(piece)
        return "".join(made)


def _ends_at(request: Request) -> float:
    return asyncio.get_running_loop().time() + request.deadline_seconds


@contextlib.asynccontextmanager
async def _translated(request: Request, ends_at: float) -> AsyncIterator[None]:
    """End what is inside at the deadline, in this project's errors."""
    try:
        async with asyncio.timeout_at(ends_at):
            yield
    except TimeoutError:
        raise DeadlineExceeded(
            f"the local model gave no full answer within {request.deadline_seconds} s; "
            "raise the deadline, or ask for fewer tokens"
        ) from None
    except _Halted:
        raise BackendUnavailable(
            "the local backend was closed before the answer was complete; start it again"
        ) from None


def _cores(threads: int) -> contextlib.AbstractContextManager[object]:
    """Hold the arithmetic of the whole process to so many cores, until left."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: contextlib.AbstractContextManager[object] = threadpool_limits(threads, user_api="blas")
    return limits
