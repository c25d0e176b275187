"""Multiple choice: a question and labelled options, answered by a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import Field

from agent.rows import Row, SpeakRow
from training.corpora import CorpusRow, read_corpus
from training.tasks.common import Source

CHOOSE_PROMPT = "choose: {{ question }} | {{ options }}"
SETS = ("commonsenseqa", "opentriviaqa", "tal_scq5k_en")
EVALUATED = (*SETS, "aqua")
"""Sets that are asked: aqua has questions for evaluation alone."""
MAX_WORDS = 60
"""Words of a question with its options, in training."""
_LABEL = re.compile(r"(?:^|; )([A-Z])\) ")


class ChoiceRow(CorpusRow):
    """One question with its options."""

    question: str = Field(min_length=1)
    options: dict[str, str] = Field(min_length=2)
    # Label to text.
    answer: str
    # The right label.


def speak_choose(source: Source) -> Iterator[Row]:
    """Questions on everyday knowledge, trivia and sums, their options in a new order in training."""
    rows: list[Row] = []
    for name in SETS:
        for row in read_corpus(source.data, name, source.split, ChoiceRow):
            if row.answer not in row.options:
                source.dropped[f"{name}: the answer is none of the options"] += 1
            elif source.training and len(f"{row.question} {' '.join(row.options.values())}".split()) > MAX_WORDS:
                source.dropped[f"{name}: more than {MAX_WORDS} words"] += 1
            else:
                rows.append(choose_row(_shuffled(source, row) if source.training else row))
    if source.training:
        source.rng.shuffle(rows)
    yield from rows


def choose_row(row: ChoiceRow) -> SpeakRow:
    """Return one question as the model is shown it."""
    fields = {"question": " ".join(row.question.split()), "options": options_text(row.options)}
    return SpeakRow(task="choose", skill="choosing", fields=fields, target=row.answer)


def options_text(options: Mapping[str, str]) -> str:
    """Return the options on a line: "A) ignore; B) enforce"."""
    return "; ".join(f"{label}) {' '.join(text.split())}" for label, text in options.items())


def choose_grammar(options: str) -> str:
    """Return the grammar of answers: one of the labels of the options as they are shown."""
    labels = dict.fromkeys(_LABEL.findall(options))
    return "start: " + " | ".join(f'" {label}"' for label in labels) + "\n"


def _shuffled(source: Source, row: ChoiceRow) -> ChoiceRow:
    # The place of the right option must tell nothing.
    labels, texts = list(row.options), list(row.options.values())
    order = source.rng.sample(range(len(texts)), len(texts))
    right = labels[order.index(labels.index(row.answer))]
    options = {label: texts[place] for label, place in zip(labels, order, strict=True)}
    return row.model_copy(update={"options": options, "answer": right})
