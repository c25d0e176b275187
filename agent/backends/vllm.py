"""A model behind an OpenAI-compatible server, meant for vLLM: one POST to /v1/completions a call, through httpx.

    backend = VllmBackend("http://127.0.0.1:8000/v1")
    await backend.start()  # raises unless the server generated a token
    commands = await backend.complete(Request(prompt, grammar=lark))

The compact form of the prompt is sent: the served model is one of ours. Its control tokens travel as text and become
single tokens on the server. The grammar goes into ``structured_outputs``, which vLLM 0.32 understands when it was
started with the guidance backend (``agent.serving`` does).

Nothing is remembered between two calls but open connections, so that a server may go away and come back. This module
knows no prompt, no grammar and no process: who starts the server is ``agent.serving``.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from agent.backends.base import Message, Prompt, Request
from agent.errors import BackendUnavailable, DeadlineExceeded, ModelError, ModelNotUsable

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_NEXT_STEP = "start it with `factotum serve-model`, or set the URL of a running one"
_PROBE = Request(
    Prompt("hello", (Message("user", "hello"),)), grammar='start: "ready"', max_tokens=16, deadline_seconds=60.0
)


class VllmBackend:
    """Asks an OpenAI-compatible completions server.

    Args:
        base_url: where the API is, with or without the final ``/v1``.
        model: the served name to ask for; None asks for the server's default, the first it lists.
        api_key: sent as a bearer token when the server wants one.
        model_dir: folder of the served model, when it is known here; otherwise the server's word for it is taken
            when such a folder exists on this machine.
        check: called by ``start`` with that folder; raises ``ModelNotUsable`` for a model of another fingerprint.
        connect_seconds: how long opening a connection may take before the server counts as gone.
        transport: replaces the network, for tests.
    """

    name = "vllm"
    holds_grammar = True

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        model_dir: Path | None = None,
        check: Callable[[Path], None] | None = None,
        connect_seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise BackendUnavailable(f"{base_url!r} is not a URL ({error}); expected http://HOST:PORT/v1") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise BackendUnavailable(
                f"{base_url!r} is not the URL of a server; expected one such as http://HOST:PORT/v1"
            )
        path = url.path.rstrip("/").removesuffix("/v1")
        self.base_url = str(url.copy_with(path=path + "/v1"))
        self._completions_url = httpx.URL(self.base_url + "/completions")
        self._models_url = httpx.URL(self.base_url + "/models")
        self._model = model
        self.model_dir = model_dir
        self._check = check
        self._connect_seconds = connect_seconds
        self._transport = transport
        self._is_local = url.host in _LOCAL_HOSTS
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._headers = httpx.Headers(headers)
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Reach the server, check its model, and have one word generated under a grammar.

        A server can list models and not run them, and can take a grammar and ignore it.

        Raises:
            BackendUnavailable: no server there, it generates nothing, or it does not hold its model to a grammar.
            DeadlineExceeded: the word did not come within a minute.
            ModelNotUsable: it does not serve ``model``, or ``check`` refused the model's folder.
        """
        served = await self._served_model()
        folder = self.model_dir or _local_folder(served)
        if self._check is not None and folder is not None:
            await asyncio.to_thread(self._check, folder)
        word = await self.complete(_PROBE)
        if word != "ready":
            raise BackendUnavailable(
                f"the model server at {self.base_url} answered {word[:60]!r} where the grammar allows only 'ready': it "
                "does not hold its model to a grammar; start it with `factotum serve-model`"
            )

    async def complete(self, request: Request) -> str:
        """Return the whole answer.

        Raises:
            BackendUnavailable: the server is gone, refused, or answered something that is no completion.
            DeadlineExceeded: no answer within the request's deadline.
        """
        ends_at = asyncio.get_running_loop().time() + request.deadline_seconds
        body = self._body(request, stream=False)
        async with self._translated(request.deadline_seconds, ends_at):
            response = await self._send("POST", self._completions_url, body)
            content = await _read(response)
        if response.status_code != 200:
            raise self._refused(response.status_code, content)
        return self._text_of(content)[0]

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the answer in pieces as the server makes it. Raises what ``complete`` raises, also between pieces."""
        if request.beams > 1:
            # The server does not stream beams: which one wins is known at the end.
            yield await self.complete(request)
            return
        ends_at = asyncio.get_running_loop().time() + request.deadline_seconds
        body = self._body(request, stream=True)
        async with self._translated(request.deadline_seconds, ends_at):
            response = await self._send("POST", self._completions_url, body)
            if response.status_code != 200:
                raise self._refused(response.status_code, await _read(response))
        finished = False
        try:
            lines = _lines(response)
            while True:
                # Around each line and not around the loop: between pieces the caller's code runs.
                async with self._translated(request.deadline_seconds, ends_at):
                    line = await anext(lines, None)
                if line is None:
                    break
                if not line.startswith(b"data:"):
                    continue
                data = line[5:].strip()
                if data == b"[DONE]":
                    # Read on to the end of the body: only then can the connection be used again.
                    finished = True
                    continue
                text, is_last = self._text_of(data)
                finished = finished or is_last
                if text:
                    yield text
        finally:
            # Reached too when the caller stops early: the server then sees the connection close and stops as well.
            await response.aclose()
        if not finished:
            raise BackendUnavailable(f"the model server at {self.base_url} closed its answer half way; try again")

    async def close(self) -> None:
        """Close the connections. The server goes on; the backend can be used again."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _body(self, request: Request, *, stream: bool) -> bytes:
        body: dict[str, Any] = {
            "prompt": request.prompt.text,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream": stream,
            # The prompt is complete as it is: no beginning-of-text token before it.
            "add_special_tokens": False,
            "skip_special_tokens": True,
        }
        if self._model is not None:
            body["model"] = self._model
        if request.seed is not None:
            body["seed"] = request.seed
        if request.beams > 1:
            body |= {"use_beam_search": True, "n": request.beams}
        if request.grammar is not None:
            body["structured_outputs"] = {"grammar": request.grammar}
        return json.dumps(body).encode()

    async def _send(self, method: str, url: httpx.URL, body: bytes | None = None) -> httpx.Response:
        """Send and return as soon as the headers of the answer are there."""
        for attempt in (1, 2):
            message = httpx.Request(method, url, headers=self._headers, content=body)
            message.extensions = {"timeout": {"connect": self._connect_seconds}}
            try:
                return await self._connection().send(message, stream=True)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A server that was restarted leaves dead connections in the pool. Nothing came back yet and a
                # completion changes nothing in the world: once more, on a new connection.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _connection(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # Connections belong to an event loop. One of an earlier loop cannot be closed any more, only dropped.
            self._loop = loop
            self._client = httpx.AsyncClient(
                # Building a client reads the machine's certificates (tens of ms), which plain HTTP never looks at.
                verify=ssl.create_default_context() if self.base_url.startswith("https") else _no_certificates(),
                # A proxy for the outside world cannot reach a server on this machine.
                trust_env=not self._is_local,
                limits=httpx.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=30.0),
                transport=self._transport,
            )
        return self._client

    @asynccontextmanager
    async def _translated(self, deadline_seconds: float, ends_at: float) -> AsyncIterator[None]:
        """Turn what goes wrong inside into this project's errors, and end it at the deadline."""
        try:
            async with asyncio.timeout_at(ends_at):
                yield
        except TimeoutError:
            raise DeadlineExceeded(
                f"the model server at {self.base_url} gave no full answer within {deadline_seconds} s; "
                "raise the deadline, or look at the server's log"
            ) from None
        except httpx.ConnectError as error:
            raise BackendUnavailable(f"no model server answers at {self.base_url} ({error}); {_NEXT_STEP}") from error
        except httpx.TimeoutException as error:
            raise BackendUnavailable(
                f"no connection to {self.base_url} within {self._connect_seconds} s; {_NEXT_STEP}"
            ) from error
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise BackendUnavailable(
                f"the model server at {self.base_url} broke off ({reason}); look at its log, then try again"
            ) from error

    def _text_of(self, content: bytes) -> tuple[str, bool]:
        """Return the text of a completion (or of one streamed piece), and whether it is the last of its answer."""
        try:
            answer = json.loads(content)
            if "error" in answer:
                raise BackendUnavailable(
                    f"the model server at {self.base_url} failed half way ({_reason(content)}); look at its log"
                )
            choice = answer["choices"][0]
            text, finish_reason = choice["text"], choice.get("finish_reason")
            if not isinstance(text, str):
                raise TypeError("text is not a string")
        except (ValueError, LookupError, TypeError, AttributeError):
            raise BackendUnavailable(
                f"{self.base_url} answered {_shown(content)}, which is no completion; "
                "check that the URL is the one of an OpenAI-compatible server"
            ) from None
        if finish_reason in ("abort", "error"):
            raise BackendUnavailable(f"the model server at {self.base_url} gave up half way; look at its log")
        return text, finish_reason is not None

    def _refused(self, status: int, content: bytes) -> ModelError:
        reason = _reason(content)
        if status in (401, 403):
            return BackendUnavailable(f"{self.base_url} refused the key (HTTP {status}: {reason}); set its api_key")
        if status == 404 and self._model is not None:
            return ModelNotUsable(
                f"{self.base_url} does not serve {self._model!r} (HTTP 404: {reason}); "
                f"ask {self._models_url} for the names it serves"
            )
        if status == 429:
            return BackendUnavailable(f"{self.base_url} has too much to do (HTTP 429: {reason}); try again later")
        if status < 500:
            return BackendUnavailable(
                f"{self.base_url} refused the request (HTTP {status}: {reason}); "
                "start the server with `factotum serve-model`, which sets the options that factotum relies on"
            )
        return BackendUnavailable(f"{self.base_url} failed (HTTP {status}: {reason}); look at the server's log")

    async def _served_model(self) -> dict[str, Any]:
        """Return the server's entry for the model that will answer."""
        ends_at = asyncio.get_running_loop().time() + 10.0
        async with self._translated(10.0, ends_at):
            response = await self._send("GET", self._models_url)
            content = await _read(response)
        if response.status_code != 200:
            raise self._refused(response.status_code, content)
        try:
            entries = {entry["id"]: entry for entry in json.loads(content)["data"]}
        except (ValueError, LookupError, TypeError):
            raise BackendUnavailable(
                f"{self._models_url} answered {_shown(content)}, which is no list of models; "
                "check that the URL is the one of an OpenAI-compatible server"
            ) from None
        if not entries:
            raise BackendUnavailable(f"{self.base_url} serves no model; {_NEXT_STEP}")
        if self._model is not None and self._model not in entries:
            raise ModelNotUsable(
                f"{self.base_url} does not serve {self._model!r}; it serves {', '.join(map(repr, entries))}: "
                "set one of these names"
            )
        entry: dict[str, Any] = entries[self._model or next(iter(entries))]
        return entry


def _no_certificates() -> ssl.SSLContext:
    """Return a context that trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _read(response: httpx.Response) -> bytes:
    try:
        return await response.aread()
    finally:
        await response.aclose()


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body's lines. Not httpx's: that one also splits at U+2028, which JSON may hold as it is."""
    held = b""
    async for chunk in response.aiter_raw():
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
    if held:
        yield held


def _local_folder(served: dict[str, Any]) -> Path | None:
    root = served.get("root")
    if not isinstance(root, str):
        return None
    folder = Path(root)
    return folder if folder.is_absolute() and folder.is_dir() else None


def _reason(content: bytes) -> str:
    """Return the server's own words for an error, shortened."""
    try:
        answer = json.loads(content)
        message = answer.get("error", answer)
        message = message.get("message", message) if isinstance(message, dict) else message
        return str(message)[:300]
    except (ValueError, AttributeError):
        return _shown(content)


def _shown(content: bytes) -> str:
    return repr(content[:120].decode("utf-8", "replace"))
