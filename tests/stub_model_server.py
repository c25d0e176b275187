"""A tiny model server that speaks as much of the OpenAI API as the vLLM backend uses, and can be told to misbehave.

    async with StubModelServer() as server:
        server.answer = "refuse\\n"
        backend = VllmBackend(server.base_url)

It generates nothing: `answer` is said whatever was asked, unless the grammar allows one word only, which is how a
backend finds out whether grammars are held. What was asked is kept in `requests`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Any, Literal, Self

Mode = Literal[
    "answer",  # at once
    "hang",  # take the request and never answer
    "stall",  # stream one word, then never go on
    "error",  # HTTP 500 (or `status`) with an error body
    "drop",  # close the connection in the middle of the answer
    "no_done",  # end the stream properly, without a last piece and without [DONE]
    "stream_error",  # an error object in the middle of the stream
    "not_json",  # HTTP 200 with HTML
    "no_choices",  # HTTP 200 with JSON of another shape
    "no_grammar",  # answer, but ignore the grammar
]


class StubModelServer:
    """Listens on a free port of this machine until it is stopped; can be started again on the same port."""

    def __init__(self) -> None:
        self.mode: Mode = "answer"
        self.answer = "refuse\n"
        self.status = 500
        self.reason = "the engine is dead"
        self.models: list[dict[str, Any]] = [{"id": "factotum", "object": "model", "root": "/no/such/folder"}]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked = asyncio.Event()
        # Set once a completion was asked for.
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        # wait_closed waits for the handlers, and those wait for their clients.
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        self._open.discard(writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection should be closed."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.headers.append(headers)
        path = head[0].split(" ")[1]
        if path == "/v1/models":
            return self._json(writer, 200, {"object": "list", "data": self.models})
        if path != "/v1/completions":
            return self._json(writer, 404, {"error": {"message": f"no such path {path}"}})
        request = json.loads(body)
        self.requests.append(request)
        self.asked.set()
        match self.mode:
            case "hang":
                await reader.read()
                return False
            case "error":
                return self._json(writer, self.status, {"error": {"message": self.reason, "code": self.status}})
            case "not_json":
                return self._send(writer, 200, b"<html>It works!</html>", "text/html")
            case "no_choices":
                return self._stream_or_json(writer, request, {"object": "something.else"})
        if request["stream"]:
            return await self._stream(reader, writer)
        if self.mode == "drop":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{")
            await writer.drain()
            return False
        grammar = request.get("structured_outputs", {}).get("grammar", "")
        only = re.fullmatch(r'start: "(\w+)"', grammar) if self.mode != "no_grammar" else None
        return self._json(writer, 200, _piece(only.group(1) if only else self.answer, "stop"))

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        words = self.answer.split(" ")
        words = [words[0], *(" " + word for word in words[1:])]
        for number, word in enumerate(words):
            if number == 1 and self.mode != "answer":
                break
            _event(writer, _piece(word, None))
        match self.mode:
            case "stall":
                await writer.drain()
                await reader.read()
                return False
            case "drop":
                await writer.drain()
                return False
            case "stream_error":
                _event(writer, {"error": {"message": self.reason}})
            case "answer":
                _event(writer, _piece("", "stop"))
                _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        return True

    def _stream_or_json(self, writer: asyncio.StreamWriter, request: dict[str, Any], answer: dict[str, Any]) -> bool:
        if not request["stream"]:
            return self._json(writer, 200, answer)
        return self._send(writer, 200, b"data: " + json.dumps(answer).encode() + b"\n\n", "text/event-stream")

    def _json(self, writer: asyncio.StreamWriter, status: int, answer: dict[str, Any]) -> bool:
        return self._send(writer, status, json.dumps(answer).encode(), "application/json")

    def _send(self, writer: asyncio.StreamWriter, status: int, body: bytes, content_type: str) -> bool:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        return True


def _piece(text: str, finish_reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}
    return {"id": "cmpl-1", "object": "text_completion", "created": 0, "model": "factotum", "choices": [choice]}


def _event(writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
    _chunk(writer, b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
