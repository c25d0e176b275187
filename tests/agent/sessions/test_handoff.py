"""Handing a conversation to a person: to a folder, to a real web service, and honestly when that fails."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.app import Agent
from agent.backends.scripted import ScriptedBackend
from agent.sessions.handoff import Folder, HandedOff, Parcel, parcel
from agent.sessions.handoff_hook import Hook
from agent.settings import Settings
from agent.store.memory import MemoryStore
from agent.types import Reply

PARCEL = Parcel("ada", {"session_id": "ada", "last_words": "a human, „bitte“"}, "k" * 32)


class Desk:
    """A real HTTP server that answers with the given statuses in turn, and keeps what it is sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        # Used up from the front; then 200.
        self.slow = threading.Event()
        # While this is not set no answer comes.
        self.slow.set()
        self.taken: list[tuple[str, dict[str, str], Any]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.taken.append((self.path, dict(self.headers), body))
                desk.slow.wait(5)
                self.send_response(desk.statuses.pop(0) if desk.statuses else 200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.slow.set()
    desk.server.shutdown()
    desk.server.server_close()


def hook(desk: Desk, tmp_path: Path, **options: float) -> Hook:
    return Hook(f"http://{desk.address}/in", Folder(tmp_path), pause_seconds=0.01, **options)  # type: ignore[arg-type]


def kept(handed: HandedOff) -> Any:
    return json.loads(Path(handed.target).read_text(encoding="utf-8"))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_folder_keeps_a_file_for_every_hand_over(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new")
    first = await folder.take(PARCEL)
    second = await folder.take(Parcel("ada", {}, "other key"))
    assert first.target != second.target
    assert kept(first) == PARCEL.content
    assert first.target in first.text


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    handed = await Folder(tmp_path / "file").take(PARCEL)
    assert handed.target == ""
    assert "could not hand" in handed.text


async def test_a_hook_gets_the_conversation_with_a_key_of_its_own(desk: Desk, tmp_path: Path) -> None:
    handed = await hook(desk, tmp_path).take(PARCEL)
    assert handed.target == f"http://{desk.address}/in"
    assert handed.target in handed.text
    ((path, headers, body),) = desk.taken
    assert (path, body) == ("/in", PARCEL.content)
    assert headers["Idempotency-Key"] == PARCEL.key
    assert headers["Content-Type"] == "application/json"
    assert files(tmp_path) == []


async def test_a_hook_that_stumbles_is_tried_again_with_the_same_key(desk: Desk, tmp_path: Path) -> None:
    desk.statuses = [503, 429]
    handed = await hook(desk, tmp_path).take(PARCEL)
    assert "handed our conversation over" in handed.text
    assert [headers["Idempotency-Key"] for _, headers, _ in desk.taken] == [PARCEL.key] * 3


@pytest.mark.parametrize(("statuses", "attempts"), [([503, 503, 503], 3), ([403], 1), ([302], 1)])
async def test_a_hook_that_refuses_is_said_and_the_conversation_kept_in_a_file(
    desk: Desk, tmp_path: Path, statuses: list[int], attempts: int
) -> None:
    desk.statuses = list(statuses)
    handed = await hook(desk, tmp_path).take(PARCEL)
    assert len(desk.taken) == attempts
    assert f"it answered {statuses[0]}" in handed.text
    assert "could not reach a person" in handed.text
    assert kept(handed) == PARCEL.content


async def test_a_hook_that_hangs_is_given_up_in_time(desk: Desk, tmp_path: Path) -> None:
    desk.slow.clear()
    loop = asyncio.get_running_loop()
    began = loop.time()
    handed = await hook(desk, tmp_path, deadline_seconds=0.3).take(PARCEL)
    assert loop.time() - began < 3
    assert "no answer within 0.3 s" in handed.text
    assert kept(handed) == PARCEL.content


async def test_a_hook_that_is_not_there_is_said(tmp_path: Path) -> None:
    handed = await Hook("http://127.0.0.1:9/in", Folder(tmp_path), pause_seconds=0.01).take(PARCEL)
    assert "could not reach a person (http://127.0.0.1:9/in" in handed.text
    assert kept(handed) == PARCEL.content


async def test_a_failed_hook_and_a_full_disk_are_both_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    handed = await Hook("http://127.0.0.1:9/in", Folder(tmp_path / "file"), pause_seconds=0.01).take(PARCEL)
    assert handed.target == ""
    assert "nor keep our conversation" in handed.text


async def test_what_is_secret_in_a_hooks_url_is_not_said(desk: Desk, tmp_path: Path) -> None:
    url = f"http://user:secret@{desk.address}/in?key=hidden"
    handed = await Hook(url, Folder(tmp_path)).take(PARCEL)
    assert handed.target == f"http://{desk.address}/in"
    assert "Authorization" in desk.taken[0][1]


def test_a_hand_over_said_again_after_a_crash_has_the_same_key_and_the_next_one_another() -> None:
    content = {"last_words": "a human", "handed_off_at": "2026-11-25T10:00:00+00:00"}
    again = content | {"handed_off_at": "2026-11-25T10:02:00+00:00"}
    assert parcel("ada", 3, content).key == parcel("ada", 3, again).key
    assert len({parcel(*each, content).key for each in (("ada", 3), ("ada", 4), ("bob", 3))}) == 3


async def said_to(settings: Settings) -> Reply:
    script = ["start booking.restaurant\nset people two\n", "handoff\n"]
    async with Agent(settings, backend=ScriptedBackend(script), store=MemoryStore()) as agent:
        await agent.say("a table for two", session="ada")
        return await agent.say("a human please", session="ada")


async def test_an_agent_hands_over_transcript_and_state_and_says_where(desk: Desk, tmp_path: Path) -> None:
    reply = await said_to(Settings(data_dir=tmp_path, lang="en", handoff=f"http://{desk.address}/in"))
    body = desk.taken[0][2]
    assert [turn["user"] for turn in body["turns"]] == ["a table for two"]
    assert body["state"]["stack"][0]["slots"]["people"]["value"] == 2
    assert body["last_words"] == "a human please"
    assert f"http://{desk.address}/in" in reply.text
    (event,) = [event for event in reply.events if event.kind == "handed_off"]
    assert event.data == {"target": f"http://{desk.address}/in"}


async def test_an_agent_hands_over_to_the_folder_it_is_told(tmp_path: Path) -> None:
    reply = await said_to(Settings(data_dir=tmp_path / "data", lang="en", handoff=str(tmp_path / "desk")))
    (file,) = files(tmp_path / "desk")
    assert str(file) in reply.text
    assert kept(HandedOff(str(file), ""))["last_words"] == "a human please"
