"""Turns that carry a whole problem, and small talk."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.rows import Row
from training.corpora import NluRow, ProblemRow, TurnsRow, read_corpus
from training.tasks.common import Source, open_frame, understand
from training.tasks.phrases import load_phrases

SOLVE = "tutoring.solve"
_BRING: dict[str, list[str]] = load_phrases("tutoring")


def own_tutoring(source: Source) -> Iterator[Row]:
    """Word problems of MAWPS and the short ones of GSM8K, given at once or after being asked for."""
    problems = [row.question for row in read_corpus(source.data, "mawps", source.split, ProblemRow)]
    for row in read_corpus(source.data, "gsm8k", source.split, ProblemRow):
        if len(row.question.split()) <= 40 and source.keep(0.4):
            problems.append(row.question)
    for problem in problems:
        form = source.rng.random()
        state = None
        commands = [f"start {SOLVE}", "set problem @all"]
        kind = "request"
        if form < 0.1:
            problem = source.rng.choice(_BRING["first"]) + problem
        elif form < 0.2:
            state, commands, kind = (
                open_frame(SOLVE, ask="problem", last_reply="What is the problem?"),
                commands[1:],
                "answer",
            )
        made = understand(source, problem, commands, state=state, kind=kind)
        if made is not None:
            yield made
        if source.keep(0.06):
            asked = understand(source, source.rng.choice(_BRING["asks"]), [f"start {SOLVE}"])
            if asked is not None:
                yield asked


# Words that the talk of the project's assistant does without; also what is dangerous to answer with a canned joke.
UNFIT = re.compile(rf"\b(?:{'|'.join(load_phrases('unfit'))})\b", re.IGNORECASE)
# Groups of personality_chat that a canned answer must not be learnt for.
UNFIT_GROUPS = {"en-086", "en-081"}
_NO_TALK_TOPICS = {
    "trivia",
    "history",
    "science",
    "sports",
    "movies",
    "money",
    "computers",
    "politics",
    "literature",
    "food",
    "health",
    "ai",
}


def own_chat(source: Source) -> Iterator[Row]:
    """Small talk: questions of personality_chat and first turns of the ChatterBot corpus."""
    for row in read_corpus(source.data, "personality_chat", source.split, NluRow):
        if row.lang == "en" and row.group not in UNFIT_GROUPS and not UNFIT.search(row.text) and source.keep(0.35):
            made = understand(source, row.text, ["say chat"], kind="chat")
            if made is not None:
                yield made
    if not source.training:
        return
    for item in read_corpus(source.data, "chatterbot_corpus", "train", TurnsRow):
        first = item.turns[0]
        if (
            item.lang == "en"
            and item.topic not in _NO_TALK_TOPICS
            and not UNFIT.search(first)
            and len(first.split()) > 1
        ):
            made = understand(source, first, ["say chat"], kind="chat")
            if made is not None:
                yield made
