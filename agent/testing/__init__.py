"""Tools for tests of conversations: dialogues as data, a pytest plugin, a coverage report.

from agent.testing import load_dialogues, run_dialogue

Nothing is imported before it is asked for: pytest loads the plugin in every run on a machine that has factotum.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.testing.dialogues import Dialogue, Played, Stage, load_dialogues, play, run_dialogue

__all__ = ["Dialogue", "Played", "Stage", "load_dialogues", "play", "run_dialogue"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("agent.testing.dialogues"), name)
