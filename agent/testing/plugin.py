"""The pytest plugin: every dialogue of a ``*.yaml`` file below a folder named `dialogues` is a test.

    pytest                                   # the scripted backend plays each dialogue's own commands
    pytest --factotum-backend local          # the bundled model understands instead, and every dialogue is held
    pytest --factotum-coverage               # says which skills, commands and dialogue states were reached

    [tool.pytest.ini_options]
    factotum_dialogues = ["dialogues"]       # names of folders, or paths below the root
    factotum_skills = ["my_skills"]          # folders of skill folders, found before the built-in ones

The format is described in `agent.testing.dialogues`. pytest loads this module wherever factotum is installed, so it
imports nothing of weight before it has found a dialogue.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from agent.testing.coverage import Coverage
    from agent.testing.dialogues import Dialogue, Played
    from agent.testing.stage import Stage

T = TypeVar("T")
_LOOKS_LIKE_DIALOGUES = re.compile(r"^turns:", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and settings."""
    group = parser.getgroup("factotum", "dialogue tests")
    group.addoption(
        "--factotum-backend",
        choices=["scripted", "local", "vllm"],
        default="scripted",
        help="Who understands the dialogues: their own commands, the bundled model, or a vLLM server.",
    )
    group.addoption(
        "--factotum-coverage", action="store_true", help="Report the skills, commands and states that were reached."
    )
    parser.addini("factotum_dialogues", "Folders of dialogues: names, or paths below the root.", "args", ["dialogues"])
    parser.addini("factotum_skills", "Folders of skill folders, found before the built-in ones.", "paths", [])


def pytest_configure(config: pytest.Config) -> None:
    """Make the theatre, empty as yet."""
    config.stash[_theatre] = Theatre(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what was opened."""
    theatre = config.stash.get(_theatre, None)
    if theatre is not None:
        theatre.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DialogueFile | None:
    """Collect dialogue files; other YAML below such a folder is left alone."""
    if file_path.suffix != ".yaml" or not _is_below(file_path, parent.config):
        return None
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if _LOOKS_LIKE_DIALOGUES.search(file_path.read_text(encoding="utf-8")):
            return DialogueFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the coverage report."""
    theatre = config.stash[_theatre]
    if config.getoption("--factotum-coverage") and theatre.coverage is not None:
        terminalreporter.section("dialogue coverage")
        terminalreporter.write_line(theatre.coverage.report())


class Theatre:
    """Where the dialogues of a test run are played: opened for the first, closed at the end."""

    coverage: Coverage | None = None
    # Of what was played so far; None before the first dialogue.

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._runner: asyncio.Runner | None = None
        self._stage: Stage | None = None

    def play(self, dialogue: Dialogue) -> Played:
        """Play a dialogue."""
        from agent.testing.coverage import Coverage
        from agent.testing.dialogues import play

        if self._stage is None:
            self._stage = self._run(self._open())
            self.coverage = Coverage(self._stage.catalogue)
        played = self._run(play(dialogue, self._stage))
        assert self.coverage is not None
        self.coverage.add(played)
        return played

    def close(self) -> None:
        """Close stage and model, if they were opened."""
        if self._stage is not None:
            if self._stage.backend is not None:
                self._run(self._stage.backend.close())
            self._run(self._stage.close())
        if self._runner is not None:
            self._runner.close()

    async def _open(self) -> Stage:
        from agent.discovery import load_actions
        from agent.testing.stage import Stage, catalogue_with, open_backend

        catalogue = catalogue_with(self._config.getini("factotum_skills"), self._config.rootpath)
        backend = await open_backend(self._config.getoption("--factotum-backend"))
        return Stage(catalogue, load_actions(catalogue, {}), backend)

    @property
    def is_live(self) -> bool:
        """True when a model understands, and not the dialogues' own commands."""
        return bool(self._config.getoption("--factotum-backend") != "scripted")

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._runner is None:
            # A loop of our own that is never the current one, so that other plugins' loops are left alone.
            self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        return self._runner.run(work)


_theatre = pytest.StashKey[Theatre]()


class DialogueFile(pytest.File):
    """A file of dialogues."""

    def collect(self) -> Iterable[DialogueItem]:
        """Yield the dialogues; with a script, only those that have one."""
        from agent.errors import DeclarationError
        from agent.testing.reading import load_dialogues

        try:
            dialogues = load_dialogues(self.path)
        except DeclarationError as error:
            raise self.CollectError(str(error)) from None
        is_live = self.config.stash[_theatre].is_live
        for dialogue in dialogues:
            if is_live or dialogue.has_commands:
                yield DialogueItem.from_parent(self, name=dialogue.name, dialogue=dialogue)


class DialogueItem(pytest.Item):
    """One dialogue."""

    def __init__(self, *, dialogue: Dialogue, **given: Any) -> None:
        super().__init__(**given)
        self.dialogue = dialogue
        if dialogue.xfail:
            self.add_marker(pytest.mark.xfail(reason=dialogue.xfail, strict=True))

    def runtest(self) -> None:
        """Play it."""
        played = self.config.stash[_theatre].play(self.dialogue)
        if played.problems:
            raise DialogueFailed(str(played))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the conversation and what was otherwise than expected; the traceback says nothing."""
        if isinstance(excinfo.value, DialogueFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it stands."""
        return self.path, self.dialogue.line - 1, self.name


class DialogueFailed(AssertionError):
    """A dialogue went otherwise than expected."""


def _is_below(path: Path, config: pytest.Config) -> bool:
    try:
        folders = path.relative_to(config.rootpath).parent
    except ValueError:
        return False
    wanted = config.getini("factotum_dialogues")
    return any(each in folders.parts or folders.is_relative_to(each) for each in wanted)
