"""Reads stored dialogue states of any version this program knows, and refuses those it does not.

Raising ``STATE_VERSION`` means adding one function here that turns the older JSON into the newer. Knows no store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from agent.errors import StoreError
from agent.types import STATE_VERSION, DialogueState


def _with_memory_of_talk(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 remembers values that came up, the state before the last turn and its time; version 1 has none."""
    return data


MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = MappingProxyType({1: _with_memory_of_talk})
"""By version: turns the JSON of that version into that of the next."""


def load_state(text: str, session_id: str) -> DialogueState:
    """Read a stored state, migrated to the version of today.

    Raises:
        StoreError: it is not a state, or of a version that this program does not know.
    """
    hint = "export it, then forget the session to start it afresh"
    try:
        data = json.loads(text)
    except ValueError as error:
        raise StoreError(f"The stored state of session {session_id!r} is not JSON ({error}); {hint}.") from error
    if not isinstance(data, dict):
        raise StoreError(f"The stored state of session {session_id!r} is {data!r}, expected a JSON object; {hint}.")
    try:
        return DialogueState.model_validate_json(text) if data.get("version") == STATE_VERSION else _migrated(data)
    except ValidationError as error:
        raise StoreError(f"The stored state of session {session_id!r} is not readable: {error}; {hint}.") from error
    except _UnknownVersion as error:
        raise StoreError(
            f"The state of session {session_id!r} has version {error.args[0]!r}, this program knows versions 1 to "
            f"{STATE_VERSION}: it was written by a newer factotum. Upgrade factotum, or forget the session."
        ) from error


class _UnknownVersion(Exception):
    """The version that is not known is its one argument."""


def _migrated(data: dict[str, Any]) -> DialogueState:
    version = data.get("version")
    while version != STATE_VERSION:
        if not isinstance(version, int) or version not in MIGRATIONS:
            raise _UnknownVersion(version)
        data = MIGRATIONS[version](data)
        version += 1
        data = data | {"version": version}
    return DialogueState.model_validate_json(json.dumps(data))
