"""Scores a model on every set of a folder through the path that serves it: the agent's prompts and grammars, a backend.

Beside every classification figure stands a baseline, TF-IDF with a linear SVM fitted on the same training split: a
model that loses to it has no claim. How the model was trained is not its business.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agent.backends.base import Backend, Message, Prompt, Request
from agent.catalogue import Catalogue
from agent.errors import FactotumError, InputError
from agent.rows import Row, SpeakRow, UnderstandRow
from agent.understanding import MAX_COMMAND_TOKENS
from training.encode import Renderer
from training.rendering import make_renderer
from training.scoring.answered import Answered, Case
from training.scoring.baselines import classifier_baseline, own_baseline
from training.scoring.dialogues import Walked, after_turn, goal_score, walk_rightly
from training.scoring.floors import load_withheld
from training.scoring.mistakes import write_mistakes
from training.scoring.sets import EVALUATION_SEED, OWN, SETS, Place, cases_of, conversations_of, found_in
from training.sharing.folders import GroupedBackend, read_sharing
from training.tasks.dialogues.belief import Belief
from training.tasks.dialogues.steps import Conversation
from training.tasks.known import KNOWN, KNOWN_FILE, load_known
from training.tasks.texts import MAX_TOKENS

MAX_SPEAK_TOKENS = 64
DEADLINE_SECONDS = 120.0
AT_ONCE = 24
"""Questions that a server is asked at once; the local backend answers one at a time."""
BUNDLED = "bundled"

Report = dict[str, Any]


def evaluate_model(
    model_dir: Path,
    catalogue: Catalogue,
    *,
    data: Path,
    train_data: Path | None = None,
    split: str = "dev",
    sets: Sequence[str] = (),
    limit: int | None = None,
    backend: str = "local",
    baselines: bool = True,
    mistakes: Path | None = None,
    show_progress: bool = True,
) -> Report:
    """Score a model folder.

    Args:
        model_dir: the folder.
        catalogue: the project's skills.
        data: folder of sets in the uniform format.
        train_data: folder with the training splits, for the baselines; ``data`` when left out.
        split: "dev" or "test", the files that are read.
        sets: names of folders, and "own" for rows generated from the skill files; all that can be scored when empty.
        limit: questions a set at most; all of them when None.
        backend: "local" (what is served), "torch" (needs no export), or the URL of a vLLM server.
        baselines: whether the linear baselines are fitted.
        mistakes: where the questions that were answered otherwise than is right are written, as lines of JSON; not
            those of dialogues, which are walked on the model's own state.
        show_progress: draw a progress bar.

    Raises:
        InputError: there is no such backend or set.
        ModelNotUsable: the folder cannot be served.
    """
    able, others = found_in(data, split)
    if missing := [name for name in sets if name not in able]:
        raise InputError(f"cannot score {', '.join(missing)} on {split!r} files of {data}; there are {', '.join(able)}")
    known = load_known(model_dir)
    withheld = load_withheld(model_dir)
    # A folder that does not say what it knows is asked about everything.
    passed = passed_over(able, withheld, known if (model_dir / KNOWN_FILE).is_file() else KNOWN)
    # What is named is asked all the same, but for a catalogue that the model has never seen.
    wanted = [name for name in sets or able if name not in passed or (sets and passed[name] != UNKNOWN)]
    place = Place(data, train_data or data, split, catalogue)
    renderer = make_renderer(catalogue, data=place.train_data, seed=EVALUATION_SEED, known=known or None)
    questions = {name: cases_of(SETS[name], place, limit) for name in wanted if SETS[name].walks is None}
    dialogues = {name: conversations_of(SETS[name], place, limit) for name in wanted if SETS[name].walks is not None}
    engine = open_backend(backend, model_dir)
    by_code = {name for name in questions if SETS[name].instead is not None and SETS[name].task in withheld}
    put = {name: cases for name, cases in questions.items() if name not in by_code}
    answered, walked, seconds = asyncio.run(ask_all(engine, renderer, put, dialogues, show_progress=show_progress))
    for name in by_code:
        answered[name], seconds[name] = _answer_by_code(name, questions[name])
    if mistakes:
        write_mistakes(mistakes, answered)
    scores: dict[str, Report] = {
        name: {"task": SETS[name].task, **SETS[name].score(items), "seconds": round(seconds[name], 1)}
        for name, items in answered.items()
    }
    for name in by_code:
        scores[name]["answered_by"] = SETS[name].instead_said
    for name, found in _baselines(answered, questions, place).items() if baselines else ():
        scores[name]["baseline"] = found
    for name, turns in walked.items():
        figures = goals_score(name, turns, dialogues[name], renderer)
        scores[name] = {"task": SETS[name].task, **figures, "seconds": round(seconds[name], 1)}
    calls = sum(map(len, answered.values())) + sum(map(len, walked.values()))
    total = sum(seconds.values())
    return {
        "model": model_dir.name,
        "model_bytes": sum(path.stat().st_size for path in model_dir.glob("*.safetensors")),
        "backend": backend,
        "split": split,
        "limit": limit,
        "calls_per_second": round(calls / max(total, 1e-9), 1),
        "scores": scores,
        "not_scored": others if not sets else [],
        "passed_over": {
            name: reason for name, reason in passed.items() if name in (sets or able) and name not in wanted
        },
    }


def _answer_by_code(name: str, cases: Sequence[Case]) -> tuple[list[Answered], float]:
    """Return the answers to a set as they are served where a model withholds its task, and the seconds they took."""
    instead = SETS[name].instead
    assert instead is not None
    started = time.monotonic()
    answered = [Answered(case.row, instead(case), case.gold) for case in cases]
    return answered, time.monotonic() - started


def _baselines(
    answered: Mapping[str, Sequence[Answered]], questions: Mapping[str, Sequence[Case]], place: Place
) -> dict[str, Report]:
    """Return what a linear classifier reaches on every set that one can be asked, by set."""
    found = {}
    for name, items in answered.items():
        if name == OWN:
            found[name] = own_baseline(place.own, items)
        elif SETS[name].label is not None:
            found[name] = classifier_baseline(SETS[name], place, questions[name])
    return found


def goals_score(
    name: str, turns: Sequence[Walked], dialogues: Sequence[Conversation], renderer: Renderer
) -> dict[str, Any]:
    """Return the figures of a set of dialogues, with the best that its commands can say as ``ceiling``."""
    figures = goal_score(turns, SETS[name].match)
    best = goal_score(walk_rightly(dialogues, renderer.catalogue_of), SETS[name].match)
    return {**figures, "ceiling": best["joint_goal_accuracy"]}


UNKNOWN = "its catalogue is not known to this model"


def passed_over(names: Sequence[str], withheld: Mapping[str, str], known: Container[str]) -> dict[str, str]:
    """Return the sets that a model is not asked about, with reasons: tasks withheld, catalogues it does not carry."""
    found = {}
    for name in names:
        scored = SETS[name]
        if scored.catalogue and scored.catalogue not in known:
            found[name] = UNKNOWN
        elif scored.task in withheld and scored.instead is None:
            found[name] = f"{scored.task} is withheld: {withheld[scored.task]}"
    return found


def open_backend(name: str, model_dir: Path) -> Backend:
    """Return a backend by name, or one for the server at a URL; for a model with groups, one that asks each its own.

    Raises:
        InputError: there is no such backend, or it cannot ask a model with groups.
    """
    if (record := read_sharing(model_dir)) is not None:
        if name not in ("local", "torch"):
            raise InputError(
                f"{model_dir} has a model for each of {', '.join(record.groups)}; score them on 'local' or 'torch', or "
                "one of them on its server: --model " + str(model_dir / next(iter(record.models.values())))
            )
        return GroupedBackend(model_dir, record, lambda folder: open_backend(name, folder))
    if name == "local":
        from agent.backends.local import LocalBackend

        return LocalBackend(model_dir)
    if name == "torch":
        from training.decode import TorchBackend

        return TorchBackend(model_dir)
    if name.startswith(("http://", "https://")):
        from agent.backends.vllm import VllmBackend

        return VllmBackend(name, model_dir=model_dir)
    raise InputError(f"no backend {name!r}; expected 'local', 'torch' or the URL of a server")


async def ask_all(
    backend: Backend,
    renderer: Renderer,
    questions: Mapping[str, Sequence[Case]],
    dialogues: Mapping[str, Sequence[Conversation]],
    *,
    show_progress: bool,
) -> tuple[dict[str, list[Answered]], dict[str, list[Walked]], dict[str, float]]:
    """Return the answers of every set, the walked turns of every set of dialogues, and the seconds they took.

    Loading the model is not counted.
    """
    await backend.start()
    answered: dict[str, list[Answered]] = {}
    walked: dict[str, list[Walked]] = {}
    seconds: dict[str, float] = {}
    gate = asyncio.Semaphore(1 if backend.name in ("local", "torch") else AT_ONCE)
    every = 0.5 if sys.stderr.isatty() else 30.0

    async def ask(case: Case, asked: Backend) -> Answered:
        async with gate:
            right, request = request_of(renderer, case.row)
            try:
                answer = await asked.complete(request)
            except FactotumError as error:
                # A question that the served path cannot answer is answered wrongly.
                answer = f"({type(error).__name__})"
            bar.update()
            return Answered(right, answer, case.gold)

    async def walk(conversation: Conversation, asked: Backend) -> list[Walked]:
        # The next turn is asked on what the model made of the last one.
        belief = Belief(renderer.catalogue_of(conversation.catalogue))
        turns = []
        for step in conversation.steps:
            belief.hear(step.heard)
            row = UnderstandRow(
                text=step.text, commands=("refuse",), state=belief.state(), catalogue=conversation.catalogue
            )
            belief.apply((await ask(Case(row), asked)).lines)
            turns.append(after_turn(conversation, step, belief))
        return turns

    rows = sum(map(len, questions.values())) + sum(len(each.steps) for held in dialogues.values() for each in held)
    try:
        with tqdm(total=rows, unit="row", disable=not show_progress, mininterval=every) as bar:
            for name in (*questions, *dialogues):
                bar.set_postfix_str(name, refresh=False)
                started = time.monotonic()
                asked = backend.of(name, SETS[name].task) if isinstance(backend, GroupedBackend) else backend
                if name in questions:
                    answered[name] = list(await asyncio.gather(*(ask(case, asked) for case in questions[name])))
                else:
                    turns = await asyncio.gather(*(walk(each, asked) for each in dialogues[name]))
                    walked[name] = [turn for part in turns for turn in part]
                seconds[name] = time.monotonic() - started
    finally:
        await backend.close()
    return answered, walked, seconds


def request_of(renderer: Renderer, row: Row) -> tuple[Row, Request]:
    """Return the row in the words of the catalogue it is shown with, and its call of the model."""
    rendered = renderer.render(row)
    if isinstance(row, UnderstandRow):
        row = row.model_copy(update={"commands": tuple(rendered.target.rstrip("\n").split("\n"))})
    return row, Request(
        prompt=Prompt(rendered.prompt, (Message("user", rendered.prompt),)),
        grammar=rendered.grammar,
        max_tokens=MAX_COMMAND_TOKENS if isinstance(row, UnderstandRow) else MAX_TOKENS.get(row.task, MAX_SPEAK_TOKENS),
        beams=1 if rendered.grammar else _beams(renderer.own, row),
        deadline_seconds=DEADLINE_SECONDS,
    )


def _beams(catalogue: Catalogue, row: Row) -> int:
    """Return how many beams a text is served with: what its skill asks for, if it is one of a skill's."""
    skill = catalogue.skills.get(row.skill) if isinstance(row, SpeakRow) else None
    return max((intent.beams for intent in skill.intents.values()), default=1) if skill else 1
