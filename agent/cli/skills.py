"""The `skills` part of the command line: list, check, test, coverage, rows. Imports stand inside, as in `cli`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import InputError

if TYPE_CHECKING:
    from agent.catalogue import Catalogue

skills_app = typer.Typer(help="List, check and test skills.", no_args_is_help=True, rich_markup_mode=None)


@skills_app.command("list")
def skills_list() -> None:
    """List the skills that are found, with their intents."""
    from agent.discovery import load_catalogue

    for skill in load_catalogue().skills.values():
        print(f"{skill.name}: {skill.description}")
        for intent in skill.intents.values():
            slots = [*intent.required, *(f"[{name}]" for name in intent.optional)]
            print(f"  {intent.name}  {' '.join(slots)}")


@skills_app.command("check")
def skills_check(
    folder: Annotated[
        Path | None, typer.Argument(help="A skill folder, or a folder of them; every skill when not given.")
    ] = None,
) -> None:
    """Check skill files; problems are printed with file and line, all at once. Collisions are warnings."""
    from agent.collisions import collisions
    from agent.discovery import load_actions
    from agent.say import check_templates

    catalogue, names = _skills(folder)
    skills = [catalogue.skills[name] for name in names]
    if folder is None:
        load_actions(catalogue, {})
    problems = [f"{skill.path}: {problem}" for skill in skills for problem in check_templates(skill)]
    for problem in problems:
        print(problem)
    warnings = [] if problems else collisions(catalogue, names)
    for warning in warnings:
        print(f"warning: {warning}")
    if problems:
        raise typer.Exit(1)
    intents = sum(len(skill.intents) for skill in skills)
    print(f"{len(skills)} skills, {intents} intents: no problem found, {len(warnings)} collisions")


@skills_app.command("test")
def skills_test(
    folder: Annotated[
        Path | None, typer.Argument(help="A skill folder, or a folder of them; every skill when not given.")
    ] = None,
    backend: Annotated[
        str, typer.Option(help="scripted: the examples alone; local or vllm: also what that model makes of them.")
    ] = "scripted",
) -> None:
    """Play the examples of skill files: legal commands, the questions and offers that the file says."""
    from agent.testing.examples import Rehearsal, rehearse
    from agent.testing.stage import open_backend

    _check_backend(backend)
    catalogue, names = _skills(folder)

    async def run() -> Rehearsal:
        model = await open_backend(backend)
        try:
            return await rehearse(catalogue, [catalogue.skills[name] for name in names], model)
        finally:
            if model is not None:
                await model.close()

    played = asyncio.run(run())
    for difference in played.differences:
        print(f"{difference.path}:{difference.line}: {difference.user!r}")
        print(f"  expected {', '.join(difference.expected.splitlines())}")
        print(f"  got      {', '.join(difference.got.splitlines())}")
    for problem in played.problems:
        print(problem)
    print(f"{len(names)} skills, {played.examples} examples, {played.turns} turns: {len(played.problems)} problems")
    if backend != "scripted":
        same = played.compared - len(played.differences)
        print(f"the {backend} model writes the expected commands in {same} of {played.compared} turns")
    if played.problems:
        raise typer.Exit(1)


@skills_app.command("coverage")
def skills_coverage(
    folder: Annotated[Path, typer.Argument(help="A folder of dialogue files.")] = Path("tests/dialogues"),
    skills: Annotated[Path | None, typer.Option(help="A folder of skills beside the installed ones.")] = None,
) -> None:
    """Play dialogues and report which skills, commands and dialogue states they reach."""
    import logging

    from agent.testing.coverage import Coverage
    from agent.testing.dialogues import load_dialogues, play
    from agent.testing.stage import open_stage

    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is no folder; give one that holds dialogue files (*.yaml)")
    catalogue, _ = _skills(skills)
    logging.disable(logging.CRITICAL)  # faults that a dialogue asks for are no news

    async def run() -> Coverage:
        coverage = Coverage(catalogue)
        async with open_stage(catalogue=catalogue) as stage:
            for dialogue in load_dialogues(folder):
                if dialogue.has_commands:
                    coverage.add(await play(dialogue, stage))
        return coverage

    print(asyncio.run(run()).report())


def _skills(folder: Path | None) -> tuple[Catalogue, list[str]]:
    """Return all skills, those of the folder first, and the names of those that are meant."""
    from agent.catalogue import Catalogue
    from agent.discovery import load_catalogue
    from agent.skill_file import load_skill, load_skills

    catalogue = load_catalogue()
    if folder is None:
        return catalogue, list(catalogue.skills)
    if (folder / "SKILL.md").is_file() or not list(folder.glob("*/SKILL.md")):
        skill = load_skill(folder)
        found = {skill.name: skill}
    else:
        found = load_skills([folder])
    return Catalogue.of({**catalogue.skills, **found}.values()), list(found)


def _check_backend(name: str) -> None:
    if name not in ("scripted", "local", "vllm"):
        raise typer.BadParameter(f"backend is {name!r}; expected scripted, local or vllm")


@skills_app.command("rows")
def skills_rows(
    count: Annotated[int, typer.Option(help="How many rows.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 0,
    split: Annotated[str, typer.Option(help="train or eval; they share no name and no held-back template.")] = "train",
) -> None:
    """Print training rows made from the skill files, one JSON object a line."""
    from agent.discovery import load_catalogue
    from agent.rowmaking import make_rows

    if split not in ("train", "eval"):
        raise typer.BadParameter(f"split is {split!r}; expected train or eval")
    for row in make_rows(load_catalogue(), seed=seed, count=count, split=split):  # type: ignore[arg-type]
        print(row.model_dump_json(exclude_defaults=True))
