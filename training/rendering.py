"""Joins what rendering a row needs: the project's catalogue, the public sets' catalogues, and the grammars of texts.

The one module of training that knows a skill by name; everything else is given what it needs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

from agent.catalogue import Catalogue
from agent.declaration import Skill
from agent.rows import SpeakRow, UnderstandRow
from skills.tutoring import expression_grammar
from training.encode import Renderer, View
from training.tasks.answering import ANSWER_PROMPT, answer_grammar
from training.tasks.catalogues import LISTED, beside, foreign_intents, is_foreign, listed, with_listed
from training.tasks.dialogues import TALK, dialogue_catalogue, is_dialogue, with_talk
from training.tasks.grading import GRADE_GRAMMAR, GRADE_PROMPT
from training.tasks.known import KNOWN, known_catalogue, present
from training.tasks.texts import GRAMMARS, SPEAKERS

CANDIDATES = (3, 7)
"""Fewest and most intents listed for a row of a listed catalogue."""
WITH_OURS = 0.5
"""Share of those rows, of what none of our skills takes, that list them beside our skills."""

_PLACEHOLDER = re.compile(r"\bN(\d+)\b")


def make_renderer(
    catalogue: Catalogue,
    *,
    data: Path,
    seed: int,
    known: Mapping[str, Catalogue] | None = None,
    training: bool = False,
) -> Renderer:
    """Return the renderer of rows of the project's skills and of the public sets.

    Args:
        catalogue: the project's skills.
        data: folder of the sets, whose training splits tell their intents.
        seed: of what is listed beside the right intent.
        known: the known catalogues that a model carries; those of ``data`` when left out.
        training: whether rows of the project's skills are shown with a foreign skill beside them now and then.
    """
    held = {name: known_catalogue(name, data) for name in present(data)} if known is None else dict(known)
    foreign = foreign_intents(held[name] for name in LISTED.values() if name in held)
    ours = frozenset(catalogue.signatures)

    def view_of(row: UnderstandRow) -> View:
        # Drawn from the row itself, so that the same row is listed among the same others in every process.
        rng = random.Random(f"{seed} {row.catalogue} {row.text}")
        if row.catalogue == "own":
            shown = beside(row, catalogue, foreign, rng) if training and foreign else catalogue
            return View(row, shown, ours)
        if row.catalogue in KNOWN:
            return View(row, held[row.catalogue], frozenset(held[row.catalogue].signatures))
        if is_dialogue(row.catalogue):
            # Talk is known by heart: it is never listed.
            return View(row, with_talk(dialogue_catalogue(row.catalogue, data), catalogue), frozenset({TALK}))
        shows_ours = is_foreign(row) and rng.random() < WITH_OURS
        row, shown = listed(row, held[LISTED[row.catalogue]], rng, k=rng.randint(*CANDIDATES))
        return View(row, with_listed(catalogue, shown) if shows_ours else shown, ours)

    grammars = {"solve": solve_grammar, "answer": _answer_grammar, "grade": lambda row: GRADE_GRAMMAR, **GRAMMARS}
    speakers = {
        name: Skill(name, description, Path(), prompt=prompt)
        for name, description, prompt in (
            ("reading", "Answers from a text.", ANSWER_PROMPT),
            ("grading", "Grades short answers.", GRADE_PROMPT),
            *SPEAKERS,
        )
    }
    return Renderer(catalogue, view_of, grammars, speakers, tuple(held.values()))


def solve_grammar(row: SpeakRow) -> str:
    """Return what holds an equation when it is served: the tutoring skill's grammar over the problem's numbers."""
    return expression_grammar(count_numbers(str(row.fields["problem"])))


def count_numbers(problem: str) -> int:
    """Return how many numbers were taken out of a problem ("Tom has N0 apples ...")."""
    return max((int(number) + 1 for number in _PLACEHOLDER.findall(problem)), default=0)


def _answer_grammar(row: SpeakRow) -> str:
    return answer_grammar(str(row.fields["passage"]))
