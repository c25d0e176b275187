"""Hands conversations to a web service: a POST of the JSON, tried a few times, with a folder for when it fails.

    hook = Hook("https://desk.example/handoffs", Folder(data_dir / "handoffs"))

The service gets the header ``Idempotency-Key``: the same for every attempt at one hand-over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import urlsplit

import httpx

from agent.sessions.handoff import Folder, HandedOff, Parcel

logger = logging.getLogger(__name__)

_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})


class Hook:
    """Posts hand-overs to a URL.

    Args:
        url: http:// or https://; user name and password in it are sent, and never shown.
        fallback: where a hand-over is kept that the service did not take.
        deadline_seconds: for all attempts together; the user is waiting.
        attempts: how often it is tried at most.
        pause_seconds: before the second attempt; doubles before each further one.
    """

    def __init__(
        self,
        url: str,
        fallback: Folder,
        *,
        deadline_seconds: float = 10.0,
        attempts: int = 3,
        pause_seconds: float = 0.5,
    ) -> None:
        self._url = url
        self._fallback = fallback
        self._deadline_seconds = deadline_seconds
        self._attempts = attempts
        self._pause_seconds = pause_seconds
        parts = urlsplit(url)
        self._shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        # Without user, password and query: a key may stand there.

    async def take(self, parcel: Parcel) -> HandedOff:
        """Post it; what is not taken in time is kept in the folder, and said so."""
        problem = await self._post(parcel)
        if not problem:
            return HandedOff(self._shown, f"I have handed our conversation over to a person ({self._shown}).")
        logger.warning("handing session %s over to %s failed: %s", parcel.session_id, self._shown, problem)
        failed = f"I could not reach a person ({self._shown}: {problem})"
        try:
            path = await asyncio.to_thread(self._fallback.save, parcel)
        except OSError as error:
            return HandedOff("", f"{failed}, nor keep our conversation in a file: {error}. It is kept in my memory.")
        return HandedOff(str(path), f"{failed}, so I have kept our conversation in {path} for one to read later.")

    async def _post(self, parcel: Parcel) -> str:
        """Return what went wrong, "" when it was taken."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": parcel.key}
        body = parcel.as_json().encode("utf-8", "replace")
        ends_at, pause, problem = time.monotonic() + self._deadline_seconds, self._pause_seconds, ""
        async with httpx.AsyncClient() as client:
            for attempt in range(self._attempts):
                if attempt:
                    await asyncio.sleep(min(pause, max(ends_at - time.monotonic(), 0)))
                    pause *= 2
                left = ends_at - time.monotonic()
                if left <= 0:
                    break
                try:
                    async with asyncio.timeout(left):
                        answer = await client.post(self._url, content=body, headers=headers, timeout=left)
                except (TimeoutError, httpx.TimeoutException):
                    problem = f"no answer within {self._deadline_seconds:g} s"
                    continue
                except httpx.TransportError as error:
                    problem = str(error) or type(error).__name__
                    continue
                if answer.is_success:
                    return ""
                problem = f"it answered {answer.status_code}"
                if answer.status_code not in _WORTH_ANOTHER_TRY:
                    break
        return problem or f"no answer within {self._deadline_seconds:g} s"
