"""Finds skills and actions. Built-ins come through the same doors as anyone else's.

Declarations are looked for, the first of a name wins, in
    .factotum/skills and .agents/skills of the working folder, then of the home folder,
    packages named by entry points of the group ``factotum.skills``.
Actions are entry points of the group ``factotum.actions``: a declaration names one, never a path, so a downloaded skill
file runs no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from agent.actions import Action
from agent.catalogue import Catalogue
from agent.errors import DeclarationError, Problem
from agent.skill_file import load_skills

SKILLS_GROUP = "factotum.skills"
ACTIONS_GROUP = "factotum.actions"
_FOLDERS = (".factotum/skills", ".agents/skills")


def skill_folders(working_folder: Path, home: Path) -> list[Path]:
    """Return every folder that holds skill folders, in order of precedence."""
    folders = [root / name for root in (working_folder, home) for name in _FOLDERS]
    for entry in sorted(entry_points(group=SKILLS_GROUP), key=lambda entry: entry.name):
        package = import_module(entry.value)
        folders.extend(Path(path) for path in package.__path__)
    return list(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def load_catalogue(working_folder: Path | None = None, home: Path | None = None) -> Catalogue:
    """Load every skill that can be found.

    Raises:
        DeclarationError: with the problems of all files.
    """
    folders = skill_folders(working_folder or Path.cwd(), home or Path.home())
    return Catalogue.of(load_skills(folders).values())


def load_actions(catalogue: Catalogue, options: Mapping[str, Mapping[str, Any]]) -> dict[str, Action]:
    """Make the action of every skill that acts.

    Args:
        catalogue: the skills.
        options: keyword arguments by entry point name, e.g. ``{"weather": {"provider": "open-meteo"}}``.

    Raises:
        DeclarationError: a skill names an action that is not installed.
    """
    installed: dict[str, EntryPoint] = {entry.name: entry for entry in entry_points(group=ACTIONS_GROUP)}
    problems: list[Problem] = []
    actions: dict[str, Action] = {}
    for skill in catalogue.skills.values():
        if not skill.action:
            continue
        entry = installed.get(skill.action)
        if entry is None:
            known = ", ".join(sorted(installed)) or "none"
            message = f"factotum-action {skill.action!r} is not installed; installed are: {known}"
            problems.append(Problem(skill.path, 0, message))
            continue
        try:
            actions[skill.name] = entry.load()(**options.get(skill.action, {}))
        except (ImportError, AttributeError) as error:
            problems.append(Problem(skill.path, 0, f"factotum-action {skill.action!r} ({entry.value}) fails: {error}"))
    if problems:
        raise DeclarationError(problems)
    return actions
