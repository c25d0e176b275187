"""What a corpus teaches: one small module a family of tasks, one table of all of them.

    own_*                                   people's language for the project's own intents
    clinc, snips, hwu, banking, ha, support public sets as catalogues that the model knows by heart
    cat_*                                   the same sets' intents listed, to learn to read a new skill's listing
    sgd, multiwoz, woz, star                what each turn of a dialogue changes, the services listed
    translate(_fr, _es, _zh), solve, chat, grade, answer, explain, choose, summarise, write, tag
                                            free text, from fields to text

``corpus_rows`` is the door: rows of one source and split, the same for the same seed. Nothing here renders a prompt.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent.errors import InputError
from agent.rows import Row
from training.tasks.answering import speak_answer
from training.tasks.catalogues import LISTED, catalogue_rows
from training.tasks.common import Source, key, leaks
from training.tasks.dialogues import dialogue_rows
from training.tasks.grading import speak_grade
from training.tasks.known import KNOWN, WITH_OUTSIDE, KnownSet, known_rows
from training.tasks.outside import OUTSIDE_LICENCES, OUTSIDE_SETS
from training.tasks.own_clinc import own_clinc
from training.tasks.own_home import own_home
from training.tasks.own_hwu import own_hwu
from training.tasks.own_restaurant8k import own_restaurant8k
from training.tasks.own_snips import own_snips
from training.tasks.own_texts import own_chat, own_tutoring
from training.tasks.own_translation import own_translation
from training.tasks.speak_chat import speak_chat
from training.tasks.speak_translate import LANGUAGES, Language, speak_translate
from training.tasks.texts.choosing import speak_choose
from training.tasks.texts.explaining import speak_explain
from training.tasks.texts.summarising import speak_summarise
from training.tasks.texts.tagging import speak_tag
from training.tasks.texts.writing import speak_write

__all__ = ["CORPUS_TASKS", "CorpusTask", "corpus_rows", "key", "leaks"]

SPLITS = ("train", "dev")


@dataclass(frozen=True)
class CorpusTask:
    """One source of training rows."""

    name: str
    description: str
    sets: tuple[str, ...]
    # Folders of the data directory it reads.
    licences: str
    # Of those sets, in the same order.
    rows: Callable[[Source], Iterator[Row]]


def _solve(source: Source) -> Iterator[Row]:
    # Imported late: everything else works without the tutoring skill.
    from training.tasks.speak_solve import speak_solve

    return speak_solve(source)


_Entry = tuple[str, str, tuple[str, ...], str, Callable[[Source], Iterator[Row]]]


def _known(known: KnownSet) -> _Entry:
    """A public set as a catalogue that the model knows; CLINC150 with what is out of its scope from other sets."""
    folders: tuple[str, ...] = (known.folder,)
    licences = known.licence
    if known.name == WITH_OUTSIDE:
        folders, licences = (known.folder, *OUTSIDE_SETS), f"{known.licence}; {OUTSIDE_LICENCES}"
    rows = partial(known_rows, known.name)
    return known.name, f"{known.folder} as a catalogue the model knows", folders, licences, rows


def _listed(name: str) -> _Entry:
    known = KNOWN[LISTED[name]]
    rows = partial(catalogue_rows, name)
    return name, f"{known.folder} as listed catalogues", (known.folder,), known.licence, rows


def _into(language: Language) -> _Entry:
    licences = "CC BY 2.0 FR; " + ("MIT, CC BY-SA 4.0" if language.code == "zh" else "CC0 1.0 and CC BY-SA 3.0")
    rows = partial(speak_translate, code=language.code)
    sets = tuple(sorted(language.sets, reverse=True))
    return language.source, f"English and {language.name.capitalize()} sentences", sets, licences, rows


def _dialogues(name: str, description: str, folder: str, licence: str) -> _Entry:
    return name, description, (folder,), licence, partial(dialogue_rows, name)


CORPUS_TASKS: dict[str, CorpusTask] = {
    name: CorpusTask(name, description, sets, licences, rows)
    for name, description, sets, licences, rows in (
        ("own_snips", "weather, restaurants, refusals", ("snips2017",), "CC0 1.0", own_snips),
        ("own_hwu", "weather, lights, sums, talk, refusals", ("hwu64",), "CC BY 4.0", own_hwu),
        ("own_clinc", "short requests, talk, yes and no, refusals", ("clinc150",), "CC BY 3.0", own_clinc),
        ("own_restaurant8k", "answers and corrections while booking", ("restaurant8k",), "CC BY 4.0", own_restaurant8k),
        ("own_ha", "the home", ("home_assistant_intents", "home_llm_piles"), "CC BY 4.0; MIT", own_home),
        ("own_tutoring", "word problems as turns", ("mawps", "gsm8k"), "MIT; MIT", own_tutoring),
        ("own_chat", "talk as turns", ("personality_chat", "chatterbot_corpus"), "MIT; BSD 3-Clause", own_chat),
        ("own_translation", "requests to translate", ("tatoeba",), "CC BY 2.0 FR", own_translation),
        *map(_known, KNOWN.values()),
        *map(_listed, LISTED),
        (
            "translate",
            "English and German sentences",
            ("tatoeba", "phrasebooks"),
            "CC BY 2.0 FR; CC0 1.0 and CC BY-SA 3.0",
            speak_translate,
        ),
        *(_into(language) for language in LANGUAGES.values() if language.code != "de"),
        ("solve", "word problems to equations", ("mawps", "gsm8k"), "MIT; MIT", _solve),
        ("grade", "short answers graded", ("saf",), "MIT", speak_grade),
        (
            "answer",
            "answers quoted from a passage",
            ("fairytaleqa", "qamr", "adversarialqa_sample"),
            "Apache 2.0; MIT, sentences CC BY-SA; CC BY-SA 4.0",
            speak_answer,
        ),
        ("chat", "answers in talk", ("personality_chat", "chatterbot_corpus"), "MIT; BSD 3-Clause", speak_chat),
        ("explain", "solutions of word problems in prose", ("gsm8k",), "MIT", speak_explain),
        (
            "choose",
            "multiple choice",
            ("commonsenseqa", "opentriviaqa", "tal_scq5k_en", "aqua"),
            "MIT; CC BY-SA 4.0; MIT; Apache 2.0",
            speak_choose,
        ),
        (
            "summarise",
            "summaries of abstracts and meetings",
            ("scitldr", "qmsum_short"),
            "Apache 2.0; MIT, meetings CC BY 4.0",
            speak_summarise,
        ),
        (
            "write",
            "short texts from facts and instructions",
            ("e2e_nlg", "dolly_sample", "self_instruct_seed"),
            "CC BY-SA 4.0; CC BY-SA 3.0; Apache 2.0",
            speak_write,
        ),
        _dialogues("sgd", "dialogues with schemas", "sgd", "CC BY-SA 4.0"),
        _dialogues("multiwoz", "dialogues with hotels, trains and more", "multiwoz21", "MIT"),
        _dialogues("woz", "restaurant search", "woz2", "Apache-2.0"),
        _dialogues("star", "dialogues with calls of an API", "star", "MIT"),
        (
            "tag",
            "entities, and parts of speech from a sample of our own",
            ("snips2017", "restaurant8k"),
            "CC0 1.0; CC BY 4.0",
            speak_tag,
        ),
    )
}


def corpus_rows(name: str, split: str, data: Path, seed: int, *, dropped: Counter[str] | None = None) -> Iterator[Row]:
    """Yield the rows of one source: the same rows in the same order for the same seed.

    Evaluation rows whose words are also training rows of the source are left out.

    Args:
        name: one of ``CORPUS_TASKS``.
        split: "train" or "dev".
        data: folder of corpus folders.
        seed: of the typing noise, the sampling and the order.
        dropped: when given, counts the rows that were left out, by reason.

    Raises:
        InputError: an unknown name or split.
        CorpusError: a set is not in the folder, or a row of it is malformed.
    """
    if name not in CORPUS_TASKS:
        raise InputError(f"no corpus task {name!r}; expected one of {', '.join(CORPUS_TASKS)}")
    if split not in SPLITS:
        raise InputError(f"no split {split!r} of {name}; expected one of {', '.join(SPLITS)}")
    counter: Counter[str] = Counter() if dropped is None else dropped
    task = CORPUS_TASKS[name]
    seen: set[str] = set()
    if split != "train":
        seen = {key(row) for row in task.rows(_source(name, "train", data, seed, Counter()))}
    for row in task.rows(_source(name, split, data, seed, counter)):
        if seen and key(row) in seen:
            counter["the same words are in training"] += 1
            continue
        yield row


def _source(name: str, split: str, data: Path, seed: int, dropped: Counter[str]) -> Source:
    # A string seeds by its bytes, so rows do not depend on PYTHONHASHSEED.
    return Source(data, split, random.Random(f"{seed} {name} {split}"), dropped)
