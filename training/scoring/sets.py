"""The sets that can be scored: how their rows become questions as they are served, and which metric they have.

A set is found by its folder's name. Folders of other sets are named in the report as not scored; nothing is skipped in
silence.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from agent.catalogue import Catalogue
from agent.rowmaking import make_rows
from agent.rows import Row, SpeakRow, UnderstandRow
from skills.reading import quoted_answer
from skills.tutoring import mark_numbers
from training.corpora import NluRow, PairRow, ProblemRow, read_corpus
from training.scoring.answered import Answered, Case
from training.scoring.dialogues import Match, exactly, nearly
from training.scoring.texts import (
    grade_score,
    problem_score,
    quotation_score,
    talk_score,
    translation_score,
)
from training.scoring.understanding import commands_score, frames_score, home_score, intents_score
from training.scoring.written import (
    choice_score,
    explanation_score,
    summary_score,
    tag_score,
    writing_score,
)
from training.tasks.answering import PassageRow, answer_row
from training.tasks.common import Source, key
from training.tasks.dialogues import CONVERSATIONS
from training.tasks.dialogues.steps import Conversation
from training.tasks.grading import GradeRow, grade_row
from training.tasks.home_values import home_context
from training.tasks.known import KNOWN, OUT_OF_SCOPE, intent_name, known_row
from training.tasks.speak_chat import chat_answers
from training.tasks.speak_translate import LANGUAGES
from training.tasks.texts.choosing import EVALUATED as CHOICE_SETS
from training.tasks.texts.choosing import ChoiceRow, choose_row
from training.tasks.texts.explaining import explain_row
from training.tasks.texts.summarising import SummaryRow, summary_row
from training.tasks.texts.tagging import TYPES, entity_row, parts_rows
from training.tasks.texts.writing import InstructionRow, write_row

EVALUATION_SEED = 11
OWN = "own"
OWN_ROWS = 600
"""Rows generated for the project's own skills when no limit is given."""
Scored = Callable[[Sequence[Answered]], dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where evaluation rows come from."""

    data: Path
    # Folder of the sets that are scored.
    train_data: Path
    # Folder of the sets whose training splits baselines and answers are made from.
    split: str
    own: Catalogue
    # The project's skills.


@dataclass(frozen=True)
class ScoredSet:
    """One set that can be scored."""

    name: str
    # Of its folder; "own" for rows generated from the skill files.
    task: str
    cases: Callable[[Place], Iterator[Case]]
    score: Scored
    label: Callable[[Case], str] | None = None
    # What a classifier is to find, for sets that have a baseline.
    text: Callable[[Case], str] = lambda case: str(getattr(case.row, "text", ""))
    # What it is given.
    language: str = ""
    # Part of the file's name, for sets with a file per pair of languages.
    folder: str = ""
    # Where its rows are, when it is called otherwise; "-" for rows that come with the package.
    catalogue: str = ""
    # The known catalogue that a model must carry to be asked.
    instead: Callable[[Case], str] | None = None
    # What does the task by code where a model withholds it.
    instead_said: str = ""
    # What that is, in a few words.
    walks: Callable[[Place], Iterator[Conversation]] | None = None
    # Of dialogues, instead of cases: they are walked turn by turn, on the model's own state.
    match: Match = exactly
    # How a free value of a dialogue counts.

    @property
    def place(self) -> str:
        """The folder of its rows."""
        return self.folder or self.name


def _own(place: Place) -> Iterator[Case]:
    for row in make_rows(place.own, seed=EVALUATION_SEED, count=1_000_000, split="eval"):
        yield Case(row)


def _known(name: str) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        known = KNOWN[name]
        source = Source(place.data, place.split, random.Random(0))
        for row in read_corpus(place.data, known.folder, place.split, NluRow):
            if row.lang != known.lang:
                continue
            made = known_row(source, name, row, noise=False)
            if made is None:
                # What cannot be written down is asked all the same, and is wrong.
                commands = (
                    ("refuse",) if row.intent in OUT_OF_SCOPE else (f"start {intent_name(name, row.intent)}", "?")
                )
                made = UnderstandRow(text=row.text, commands=commands, catalogue=name)
            yield Case(made, {"context": home_context(row), "slots": row.slots, "label": row.intent})

    return cases


def _pairs(folder: str, source_lang: str, target_lang: str, names: dict[str, str]) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        for pair in read_corpus(place.data, folder, f"{source_lang}-{target_lang}.{place.split}", PairRow):
            for text, target, lang in ((pair.src, pair.tgt, target_lang), (pair.tgt, pair.src, source_lang)):
                fields = {"text": text, "target": names[lang]}
                yield Case(SpeakRow(task="translate", skill="translation", fields=fields, target=target, lang=lang))

    return cases


def _problems(place: Place) -> Iterator[Case]:
    for row in read_corpus(place.data, "mawps", place.split, ProblemRow):
        marked, numbers = mark_numbers(row.question)
        asked = SpeakRow(task="solve", skill="tutoring", fields={"problem": marked}, target=row.equation)
        yield Case(asked, {"numbers": numbers, "answer": row.answer})


def _grades(place: Place) -> Iterator[Case]:
    for row in read_corpus(place.data, "saf", place.split, GradeRow):
        yield Case(grade_row(row), {"text": f"{row.question} {row.student}"})


def _questions(place: Place) -> Iterator[Case]:
    for row in read_corpus(place.data, "fairytaleqa", place.split, PassageRow):
        if row.type == "explicit":
            yield Case(answer_row(row), {"answers": row.answers, "question": row.question, "context": row.context})


def _quoted(case: Case) -> str:
    return quoted_answer(str(case.gold["question"]), str(case.gold["context"]))


def _explanations(place: Place) -> Iterator[Case]:
    for row in read_corpus(place.data, "gsm8k", place.split, ProblemRow):
        yield Case(explain_row(row), {"answer": row.answer})


def _choices(name: str) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        for row in read_corpus(place.data, name, place.split, ChoiceRow):
            yield Case(choose_row(row))

    return cases


def _summaries(name: str) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        for row in read_corpus(place.data, name, place.split, SummaryRow):
            yield Case(summary_row(row), {"more": row.more})

    return cases


def _writing(name: str) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        # One question for all rows with the same facts: each is a reference.
        same: dict[tuple[str, str], list[InstructionRow]] = {}
        for row in read_corpus(place.data, name, place.split, InstructionRow):
            same.setdefault((row.instruction, row.input), []).append(row)
        for first, *others in same.values():
            yield Case(write_row(first), {"more": [row.output for row in others]})

    return cases


def _entities(name: str) -> Callable[[Place], Iterator[Case]]:
    def cases(place: Place) -> Iterator[Case]:
        made = (entity_row(name, row) for row in read_corpus(place.data, name, place.split, NluRow))
        yield from (Case(row) for row in made if row is not None)

    return cases


def _parts(place: Place) -> Iterator[Case]:
    yield from (Case(row) for row in parts_rows(place.split))


def _talk(place: Place) -> Iterator[Case]:
    answers = chat_answers(place.train_data)
    for row in read_corpus(place.data, "personality_chat", place.split, NluRow):
        if row.lang == "en":
            right = answers.get(row.group, "")
            asked = SpeakRow(task="chat", skill="chat", fields={"utterance": row.text}, target=right)
            yield Case(asked, {"right": right, "label": row.group, "text": row.text})


def _gold_label(case: Case) -> str:
    return str(case.gold["label"])


def _gold_text(case: Case) -> str:
    return str(case.gold["text"])


_LANGUAGES = {"en": "english"} | {language.code: language.name for language in LANGUAGES.values()}
PACKAGED = "-"
"""Stands for the folder of rows that come with the package."""


def _known_set(name: str, score: Scored) -> ScoredSet:
    return ScoredSet(KNOWN[name].folder, "understand", _known(name), score, _gold_label, catalogue=name)


def _dialogues(name: str, folder: str, match: Match = exactly) -> ScoredSet:
    def walks(place: Place) -> Iterator[Conversation]:
        yield from CONVERSATIONS[name](Source(place.data, place.split, random.Random(0)))

    return ScoredSet(folder, name, lambda place: iter(()), lambda answered: {}, walks=walks, match=match)


def _translations(code: str) -> ScoredSet:
    name = "tatoeba" if code == "de" else f"tatoeba_{code}"
    cases = _pairs("tatoeba", "en", code, _LANGUAGES)
    return ScoredSet(name, LANGUAGES[code].source, cases, translation_score, language=f"en-{code}.", folder="tatoeba")


SETS: dict[str, ScoredSet] = {
    scored.name: scored
    for scored in (
        ScoredSet(OWN, "own skills", _own, commands_score),
        _known_set("clinc", intents_score),
        _known_set("snips", frames_score),
        _known_set("hwu", frames_score),
        _known_set("banking", intents_score),
        _known_set("ha", home_score),
        _known_set("support", intents_score),
        *map(_translations, LANGUAGES),
        ScoredSet("mawps", "solve", _problems, problem_score),
        ScoredSet("saf", "grade", _grades, grade_score, lambda case: str(getattr(case.row, "target", "")), _gold_text),
        ScoredSet(
            "fairytaleqa",
            "answer",
            _questions,
            quotation_score,
            instead=_quoted,
            instead_said="the sentences most like the question, quoted by code",
        ),
        ScoredSet("personality_chat", "chat", _talk, talk_score, _gold_label, _gold_text),
        ScoredSet("gsm8k", "explain", _explanations, explanation_score),
        *(ScoredSet(name, "choose", _choices(name), choice_score) for name in CHOICE_SETS),
        *(ScoredSet(name, "summarise", _summaries(name), summary_score) for name in ("scitldr", "qmsum_short")),
        *(ScoredSet(name, "write", _writing(name), writing_score) for name in ("e2e_nlg", "dolly_sample")),
        *(ScoredSet(f"{name}_entities", "tag", _entities(name), tag_score, folder=name) for name in TYPES),
        ScoredSet("parts_of_speech", "tag", _parts, tag_score, folder=PACKAGED),
        _dialogues("sgd", "sgd", nearly),
        _dialogues("multiwoz", "multiwoz21"),
        _dialogues("woz", "woz2"),
        _dialogues("star", "star"),
    )
}


def found_in(folder: Path, split: str) -> tuple[list[str], list[str]]:
    """Return the sets of a folder that can be scored on a split, and the names of the folders that none reads."""
    able: list[str] = []
    used: set[str] = set()
    for scored in SETS.values():
        if scored.name == OWN:
            able.append(OWN)
            continue
        files = [folder / scored.place / f"{scored.language}{split}.jsonl{ending}" for ending in ("", ".gz")]
        if scored.place == PACKAGED or any(path.is_file() for path in files):
            able.append(scored.name)
            used.add(scored.place)
    return able, sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name not in used)


def cases_of(scored: ScoredSet, place: Place, limit: int | None) -> list[Case]:
    """Return the questions of a set: all of them, or so many drawn at random, the same for the same set."""
    if scored.name == OWN:
        return list(islice(scored.cases(place), limit or OWN_ROWS))
    cases = list(scored.cases(place))
    if limit is None or len(cases) <= limit:
        return cases
    return random.Random(f"{EVALUATION_SEED} {scored.name}").sample(cases, limit)


def conversations_of(scored: ScoredSet, place: Place, limit: int | None) -> list[Conversation]:
    """Return the dialogues of a set: all of them, or so many that they have about as many turns as ``limit``."""
    assert scored.walks is not None
    found = list(scored.walks(place))
    if limit is None:
        return found
    random.Random(f"{EVALUATION_SEED} {scored.name}").shuffle(found)
    chosen: list[Conversation] = []
    turns = 0
    for conversation in found:
        if turns >= limit:
            break
        chosen.append(conversation)
        turns += len(conversation.steps)
    return chosen


def distinct(rows: Sequence[Row]) -> int:
    """Return how many different questions there are among rows."""
    return len({key(row) for row in rows})
