"""Hands a conversation to a person: transcript and state go to a folder, or wherever an embedder says.

A hand-over is told by what came of it, so that nobody waits for a person who was never called.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Parcel:
    """What is handed over."""

    session_id: str
    content: dict[str, Any]
    # Plain JSON: the session's export with `last_words` and `handed_off_at`.
    key: str
    # The same for a repetition of the same hand-over: receivers that can should take only one of each.

    def as_json(self, *, indent: int | None = None) -> str:
        """Return the content as JSON text."""
        return json.dumps(self.content, ensure_ascii=False, indent=indent, default=str)


@dataclass(frozen=True)
class HandedOff:
    """What came of a hand-over."""

    target: str
    # Where it went, for people; "" when it went nowhere.
    text: str
    # What the user is told.


class HandoffTarget(Protocol):
    """Takes conversations for people to go on with."""

    async def take(self, parcel: Parcel) -> HandedOff:
        """Take one. Never raises for what may go wrong outside: that is told in the text."""


class Folder:
    """Keeps every hand-over as a JSON file of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def take(self, parcel: Parcel) -> HandedOff:
        """Write the file."""
        try:
            path = await asyncio.to_thread(self.save, parcel)
        except OSError as error:
            return HandedOff("", f"I could not hand our conversation over: {error}. It is kept in my memory.")
        return HandedOff(str(path), f"I have handed our conversation over to a person ({path}).")

    def save(self, parcel: Parcel) -> Path:
        """Write the file and return where it is; a repetition of the same hand-over overwrites its own."""
        name = "".join(char if char.isalnum() else "-" for char in parcel.session_id)
        path = self._path / f"{name}-{parcel.key[:12]}.json"
        self._path.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(parcel.as_json(indent=1), encoding="utf-8")
        unfinished.replace(path)  # whoever watches the folder never sees half a file
        return path


def parcel(session_id: str, turn_number: int, content: dict[str, Any]) -> Parcel:
    """Return the hand-over of a turn; said again on the same day, after a crash, it has the same key."""
    what = f"{session_id} {turn_number} {content.get('last_words')} {str(content.get('handed_off_at'))[:10]}"
    return Parcel(session_id, content, hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()[:32])
