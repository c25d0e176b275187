"""The terminal assistant. Textual is loaded by `run` alone, so that the command line and `plain` stay quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.settings import Settings

__all__ = ["run"]


def run(settings: Settings, session: str) -> int:
    """Open the terminal assistant and return when the user quits.

    Returns:
        The exit status: 0, or 1 when the agent could not be started.
    """
    from agent.terminal.app import run_app

    return run_app(settings, session)
