"""Where skills and actions are found."""

from pathlib import Path

import pytest

from agent.catalogue import Catalogue
from agent.discovery import load_actions, load_catalogue, skill_folders
from agent.errors import DeclarationError
from agent.skill_file import load_skills

SKILL = """---
name: {name}
description: Tells the tides.
{extra}---

Tell the tides of a harbour.
"""


def write_skill(folder: Path, name: str, extra: str = "") -> None:
    path = folder / name / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(SKILL.format(name=name, extra=extra))


def test_the_built_in_skills_come_through_the_entry_point(tmp_path: Path) -> None:
    catalogue = load_catalogue(tmp_path, tmp_path)
    assert {"booking", "chat", "smart_home", "translation", "tutoring", "weather"} <= set(catalogue.skills)


def test_a_project_skill_is_found_and_beats_one_of_the_same_name(tmp_path: Path) -> None:
    write_skill(tmp_path / ".factotum/skills", "tides")
    write_skill(tmp_path / ".agents/skills", "weather")
    catalogue = load_catalogue(tmp_path, tmp_path / "home")
    assert catalogue.skills["tides"].description == "Tells the tides."
    assert catalogue.skills["weather"].description == "Tells the tides."


def test_folders_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    assert all(folder.is_dir() for folder in skill_folders(tmp_path, tmp_path))


def test_an_action_that_is_not_installed_names_the_file_and_what_there_is(tmp_path: Path) -> None:
    write_skill(tmp_path, "tides", "metadata:\n  factotum-action: moon\n")
    with pytest.raises(DeclarationError, match=r"tides/SKILL\.md: factotum-action 'moon'.*booking"):
        load_actions(Catalogue.of(load_skills([tmp_path]).values()), {})


def test_a_broken_skill_file_stops_the_start_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / ".factotum/skills/tides/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\nname: tides\ndescription: x\ncolour: blue\n---\n")
    with pytest.raises(DeclarationError, match=r"tides/SKILL\.md:4: unknown front matter field 'colour'"):
        load_catalogue(tmp_path, tmp_path)
