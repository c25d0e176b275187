"""Answers in small talk: one fixed friendly answer a group of questions, and what is true of factotum itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.rows import Row, SpeakRow
from training.corpora import NluRow, ResponsesRow, TurnsRow, corpus_file, read_corpus, read_rows
from training.tasks.common import Said, Source, plain, typed
from training.tasks.own_texts import UNFIT, UNFIT_GROUPS
from training.tasks.phrases import load_phrases

_ABOUT: dict[str, Any] = load_phrases("about")
_A_GROUP = 160
# Questions of one group that are used: all groups weigh about the same.
_TALK_TOPICS = {"conversations", "greetings", "emotion", "humor", "psychology", "gossip", "botprofile"}


def speak_chat(source: Source) -> Iterator[Row]:
    """Small talk: one fixed friendly answer a group of questions, and true answers about factotum itself."""
    answers = chat_answers(source.data)
    used: Counter[str] = Counter()
    rows = [row for row in read_corpus(source.data, "personality_chat", source.split, NluRow) if row.lang == "en"]
    source.rng.shuffle(rows)
    for row in rows:
        if row.group in answers and used[row.group] < _A_GROUP and not UNFIT.search(row.text):
            used[row.group] += 1
            yield _chat(source, row.text, answers[row.group])
    if not source.training:
        return
    for answer, questions in _ABOUT["answers"].items():
        for question in questions:
            for ending in ("", "?", ""):
                yield _chat(source, question + ending, answer)
            yield _chat(source, question.capitalize() + "?", answer)
    asked: set[str] = set()
    for talk in read_corpus(source.data, "chatterbot_corpus", "train", TurnsRow):
        first = plain(talk.turns[0])
        if talk.lang != "en" or talk.topic not in _TALK_TOPICS or len(talk.turns) != 2 or first in asked:
            continue
        if len(talk.turns[1].split()) <= 14 and not UNFIT.search(" ".join(talk.turns)):
            asked.add(first)
            yield _chat(source, talk.turns[0], talk.turns[1])


def chat_answers(data: Path) -> dict[str, str]:
    """Return the one answer to each group of questions that gets one."""
    answers = {
        item.group: item.responses["friendly"]
        for item in read_rows(corpus_file(data / "personality_chat", "responses"), ResponsesRow)
        if item.lang == "en" and item.group not in UNFIT_GROUPS and "friendly" in item.responses
    }
    groups: dict[str, str] = _ABOUT["groups"]
    return answers | groups


def _chat(source: Source, question: str, answer: str) -> SpeakRow:
    return SpeakRow(
        task="chat", skill="chat", fields={"utterance": typed(Said(question), source.rng).text}, target=answer
    )
