"""What dialogues are played on: skills, their actions, and a model or none. Knows no dialogue."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.actions import Action
from agent.backends.base import Backend
from agent.catalogue import Catalogue
from agent.discovery import load_actions, load_catalogue, skill_folders
from agent.settings import load_settings
from agent.skill_file import load_skills


@dataclass(frozen=True)
class Stage:
    """What dialogues are played on: loading it takes longer than playing one, so that many share it."""

    catalogue: Catalogue
    actions: Mapping[str, Action]
    # By skill name.
    backend: Backend | None = None
    # The model, started; None plays each dialogue's own `commands`.

    async def close(self) -> None:
        """Close the actions."""
        for action in self.actions.values():
            await action.close()


@asynccontextmanager
async def open_stage(backend: Backend | None = None, catalogue: Catalogue | None = None) -> AsyncIterator[Stage]:
    """Load skills and actions, and close them in the end."""
    catalogue = catalogue or load_catalogue()
    stage = Stage(catalogue, load_actions(catalogue, {}), backend)
    try:
        yield stage
    finally:
        await stage.close()


def catalogue_with(folders: Iterable[Path], root: Path) -> Catalogue:
    """Return the skills of the given folders, of a project and of installed packages; the first of a name wins.

    The home folder's are left out: a test must not depend on whose machine it runs on.
    """
    return Catalogue.of(load_skills([*folders, *skill_folders(root, root)]).values())


async def open_backend(name: str) -> Backend | None:
    """Return the started model that dialogues are held with, from the settings; None for "scripted"."""
    if name == "scripted":
        return None
    settings = load_settings(os.environ)
    backend: Backend
    if name == "vllm":
        from agent.backends.vllm import VllmBackend

        backend = VllmBackend(settings.vllm_url, model=settings.vllm_model, model_dir=settings.model_dir)
    else:
        from agent.backends.local import LocalBackend

        backend = LocalBackend(settings.model_dir)
    await backend.start()
    return backend
