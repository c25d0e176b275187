"""What is the same in every store: which ids are legal, and how records are read and written as JSON.

Knows no store. Everything stored is JSON text, in memory too, so that a value that cannot be stored fails everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from agent.errors import InputError, Interrupted, LeaseLost, SessionBusy, StoreError, UnknownSession
from agent.store.base import Lease, SessionInfo, StoredTurn, Unfinished
from agent.store.migrate import load_state
from agent.types import DialogueState, Receipt

MAX_RECEIPTS = 200
"""Receipts kept with a session; the oldest go first. Claims without a receipt are kept as long as the session."""

_SESSION_ID = re.compile(r"[A-Za-z0-9\-_.:@]{1,128}\Z")


def check_session_id(session_id: str) -> str:
    """Return the id as it is. Raises InputError when it is not a legal one."""
    if not isinstance(session_id, str) or not _SESSION_ID.match(session_id):
        shown = repr(session_id) if len(str(session_id)) <= 140 else f"{str(session_id)[:140]!r}..."
        raise InputError(
            f"{shown} is not a session id: expected 1 to 128 characters of A-Z a-z 0-9 - _ . : @. "
            "Pass another, or encode it first."
        )
    return session_id


def unknown_session(session_id: str) -> UnknownSession:
    """Return the error for a session that is not stored."""
    return UnknownSession(f"No session {session_id!r} is stored; list the stored ones with `factotum sessions list`.")


def lease_lost(lease: Lease, *, stopped: bool = False) -> LeaseLost:
    """Return the error for a lease that is not the session's newest."""
    if stopped:
        return Interrupted(f"A newer message of session {lease.session_id!r} stopped this turn before it did anything.")
    return LeaseLost(
        f"Lease {lease.token} of session {lease.session_id!r} is no longer good: it was given back, a newer turn took "
        "over after it expired, or the session was forgotten. Nothing was written; open the session again."
    )


def session_busy(session_id: str, wait_seconds: float, left_seconds: float) -> SessionBusy:
    """Return the error for a session whose lease was not to be had."""
    if wait_seconds <= 0:
        return SessionBusy(
            f"Session {session_id!r} is busy with another message, and this one was not to wait. "
            "Send it again when that one is answered."
        )
    return SessionBusy(
        f"Session {session_id!r} is busy: after {wait_seconds:g} s another turn still holds its lease "
        f"(for {max(left_seconds, 0):.1f} s more unless it ends or renews). Try again when that turn has ended."
    )


def dump(model: BaseModel) -> str:
    """Return the model as JSON, without what is as it is by default: most of a dialogue state is.

    Raises:
        InputError: it holds a value that JSON or UTF-8 cannot.
    """
    try:
        text = model.model_dump_json(exclude_defaults=True)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InputError(f"{type(model).__name__} cannot be stored as JSON: {error}. Use plain JSON values.") from error
    if not isinstance(model, DialogueState):
        return text
    # The version must be there whatever it is by default: a default of today says nothing tomorrow.
    return f'{{"version":{model.version}{"" if text == "{}" else ","}{text[1:]}'


def now_text() -> str:
    """Return this moment as it stands in stored turns."""
    return datetime.now(UTC).isoformat()


def dump_arguments(arguments: Mapping[str, Any]) -> str:
    """Return a claim's arguments as JSON. Raises InputError when they are not plain JSON values."""
    try:
        text = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Arguments {arguments!r} cannot be stored as JSON: {error}. Use plain JSON values."
        ) from error
    return text


def load_receipt(text: str | bytes | dict[str, Any], session_id: str) -> Receipt:
    """Read a stored receipt. Raises StoreError when it is damaged."""
    try:
        return Receipt.model_validate(text) if isinstance(text, dict) else Receipt.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(f"A stored receipt of session {session_id!r} is not readable: {error}") from error


def load_turns(texts: Iterable[str], session_id: str) -> list[StoredTurn]:
    """Read stored turns, in the given order. Raises StoreError when one is damaged."""
    try:
        return [StoredTurn.model_validate_json(text) for text in texts]
    except ValidationError as error:
        raise StoreError(f"A stored turn of session {session_id!r} is not readable: {error}") from error


def snapshot_state(text: str | None, session_id: str) -> DialogueState:
    """Read the stored state, or return a fresh one when there is none."""
    return DialogueState() if text is None else load_state(text, session_id)


def unfinished(text: str | None, claims: Mapping[str, str], session_id: str) -> Unfinished | None:
    """Return what is left of turns that never committed, or None.

    Args:
        text: what the user had said.
        claims: the JSON of each claim of those turns, by claim id.
        session_id: for messages.
    """
    if text is None and not claims:
        return None
    read = {claim_id: json.loads(claim) for claim_id, claim in claims.items()}
    done = {claim_id: load_receipt(each["receipt"], session_id) for claim_id, each in read.items() if "receipt" in each}
    return Unfinished(text or "", tuple(claim_id for claim_id in read if claim_id not in done), done)


def session_info(session_id: str, state_text: str, updated_at: datetime) -> SessionInfo:
    """Return a line of the listing.

    Reads only what it shows and does not migrate, so that a session of another version is listed (and can be
    forgotten) too.
    """
    try:
        data = json.loads(state_text)
        stack = data.get("stack") or [{}]
        turns, pending = int(data.get("turns", 0)), str(stack[-1].get("intent", ""))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise StoreError(
            f"The stored state of session {session_id!r} is not readable ({error}); forget that session."
        ) from error
    return SessionInfo(session_id=session_id, turns=turns, updated_at=updated_at, pending=pending)


def exported(
    session_id: str,
    *,
    state: str | None,
    turns: Iterable[str],
    claims: Mapping[str, str],
    left: Unfinished | None,
    updated_at: datetime | None,
) -> dict[str, Any]:
    """Return everything stored of a session as plain JSON values, in the same shape for every store."""
    return {
        "session_id": session_id,
        "updated_at": updated_at.isoformat() if updated_at else None,
        "state": None if state is None else json.loads(state),
        "turns": [json.loads(turn) for turn in turns],
        "claims": {claim_id: _without_nonce(json.loads(text)) for claim_id, text in claims.items()},
        "unfinished": None
        if left is None
        else {
            "text": left.text,
            "claims": list(left.claims),
            "done": [receipt.receipt_id for receipt in left.done.values()],
        },
    }


def _without_nonce(claim: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in claim.items() if key != "by"}


def moment(seconds: float) -> datetime:
    """Return POSIX seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
