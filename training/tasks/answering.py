"""Answers quoted from a passage: the passage is cut to what the question is about, by the code that serves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import Field

from agent.prompting import as_read, chunks
from agent.rows import Row, SpeakRow
from skills.reading import answer_grammar, relevant_passage
from training.corpora import CorpusRow, read_corpus
from training.tasks.common import Source

__all__ = ["ANSWER_PROMPT", "PassageRow", "answer_grammar", "answer_row", "best_quotation", "speak_answer", "word_f1"]

ANSWER_PROMPT = "answer: {{ question }} | {{ passage }}"
_SETS = ("fairytaleqa", "qamr", "adversarialqa_sample")
CLOSE_ENOUGH = 0.6
"""F1 between an answer and the words of the passage that stand for it in training."""
_LONGEST = 24
# Words of an answer.
_TWO_A_QUESTION = 4
# Questions of qamr about one sentence that are used.


class PassageRow(CorpusRow):
    """One question about a passage."""

    context: str = Field(min_length=1)
    question: str = Field(min_length=1)
    answers: list[str] = Field(min_length=1)
    type: str = ""
    # "explicit" when the passage says it (fairytaleqa).


def speak_answer(source: Source) -> Iterator[Row]:
    """Questions about stories, sentences and encyclopedia paragraphs whose answer is said there."""
    rows: list[Row] = []
    for name in _SETS if source.training else _SETS[:1]:
        used: Counter[str] = Counter()
        for row in read_corpus(source.data, name, source.split, PassageRow):
            used[row.context] += 1
            if row.type == "implicit" or (name == "qamr" and used[row.context] > _TWO_A_QUESTION):
                continue
            made = answer_row(row)
            quoted = best_quotation(str(made.fields["passage"]), row.answers)
            if source.training and quoted is None:
                source.dropped[f"{name}: the answer is not in the sentences like the question"] += 1
                continue
            rows.append(made.model_copy(update={"target": quoted or made.target}))
    source.rng.shuffle(rows)
    yield from rows


def answer_row(row: PassageRow) -> SpeakRow:
    """Return one question as the model is shown it; the target is the answer as the set has it."""
    passage = as_read(relevant_passage(row.question, row.context))
    fields = {"question": row.question, "passage": passage}
    return SpeakRow(task="answer", skill="reading", fields=fields, target=row.answers[0])


def best_quotation(passage: str, answers: Sequence[str]) -> str | None:
    """Return the run of words of the passage most like one of the answers, or None when nothing is like it."""
    pieces = chunks(passage)
    said = [_words(piece) for piece in pieces]
    best, found = CLOSE_ENOUGH, None
    for answer in answers:
        wanted = Counter(_words(answer))
        length = sum(wanted.values())
        if not 0 < length <= _LONGEST:
            continue
        for first, opening in enumerate(said):
            # A quotation begins and ends with a word of the answer, and its first word with a space.
            if not opening or opening[0] not in wanted or not pieces[first].startswith(" "):
                continue
            run: Counter[str] = Counter()
            for last in range(first, min(len(pieces), first + length + 8)):
                run.update(said[last])
                if said[last] and said[last][0] in wanted:
                    score = 2 * sum((run & wanted).values()) / (sum(run.values()) + length)
                    if score > best:
                        best, found = score, "".join(pieces[first : last + 1])[1:]
    return found


def word_f1(found: str, right: str) -> float:
    """Return the F1 of the words of two texts, articles aside, as SQuAD counts it."""
    one, two = Counter(_words(found)), Counter(_words(right))
    common = sum((one & two).values())
    return 2 * common / (sum(one.values()) + sum(two.values())) if common else 0.0


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in ("a", "an", "the")]
