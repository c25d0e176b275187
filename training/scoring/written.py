"""Metrics of longer texts and of tags: ROUGE-L, final numbers, labels, entities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from agent.rows import SpeakRow
from training.scoring.answered import Answered, percent
from training.tasks.texts.explaining import last_number
from training.tasks.texts.summarising import lead
from training.tasks.texts.tagging import tags_of

Report = dict[str, Any]


def rouge_l(found: str, right: str) -> float:
    """Return the F1 of the longest common subsequence of words (ROUGE-L; Lin 2004, "ROUGE: A Package for Automatic
    Evaluation of Summaries"), case and punctuation aside.

    >>> round(rouge_l("the cat sat", "the black cat sat"), 3)
    0.857
    """
    one, two = _words(found), _words(right)
    if not one or not two:
        return 0.0
    row = [0] * (len(two) + 1)
    for word in one:
        before = 0
        for place, other in enumerate(two, 1):
            kept = row[place]
            row[place] = before + 1 if word == other else max(row[place], row[place - 1])
            before = kept
    return 2 * row[-1] / (len(one) + len(two))


def explanation_score(answered: Sequence[Answered]) -> Report:
    """Return ROUGE-L, and how often the last number is the answer."""
    right = sum(last_number(item.answer) == last_number(str(item.gold["answer"])) for item in answered)
    return {"rows": len(answered), "rouge_l": _mean_rouge(answered), "answer_accuracy": percent(right, len(answered))}


def summary_score(answered: Sequence[Answered]) -> Report:
    """Return ROUGE-L, the best over the reference summaries, beside that of the text's first words."""
    model = leading = 0.0
    for item in answered:
        assert isinstance(item.row, SpeakRow)
        references = [item.row.target, *map(str, item.gold["more"])]
        model += max(rouge_l(item.answer, reference) for reference in references)
        leading += max(rouge_l(lead(str(item.row.fields["text"])), reference) for reference in references)
    return {
        "rows": len(answered),
        "rouge_l": percent(model, len(answered)),
        "lead_rouge_l": percent(leading, len(answered)),
    }


def writing_score(answered: Sequence[Answered]) -> Report:
    """Return ROUGE-L."""
    return {"rows": len(answered), "rouge_l": _mean_rouge(answered)}


def choice_score(answered: Sequence[Answered]) -> Report:
    """Return accuracy, beside that of choosing blindly."""
    rows = [item.row for item in answered if isinstance(item.row, SpeakRow)]
    right = sum(item.answer.strip() == row.target for item, row in zip(answered, rows, strict=True))
    chance = sum(1 / max(1, len(re.findall(r"(?:^|; )[A-Z]\) ", str(row.fields["options"])))) for row in rows)
    return {
        "rows": len(answered),
        "accuracy": percent(right, len(answered)),
        "chance": percent(chance, len(answered)),
    }


def tag_score(answered: Sequence[Answered]) -> Report:
    """Return how many words have the right tag; for entities the F1 of whole ones too (nervaluate, strict)."""
    right = words = 0
    gold: list[list[str]] = []
    found: list[list[str]] = []
    for item in answered:
        assert isinstance(item.row, SpeakRow)
        wanted, given = tags_of(item.row.target), tags_of(item.answer)
        # A broken answer has no tag where one is missing.
        given = (given + ["O"] * len(wanted))[: len(wanted)]
        right += sum(one == other for one, other in zip(wanted, given, strict=True))
        words += len(wanted)
        gold.append(wanted)
        found.append(given)
    report: Report = {"rows": len(answered), "tag_accuracy": percent(right, words)}
    types = sorted({tag[2:] for tags in gold + found for tag in tags if tag[:2] in ("B-", "I-")})
    if types:
        from nervaluate import Evaluator

        strict = Evaluator(gold, found, tags=types, loader="list").evaluate()["overall"]["strict"]
        report["entity_f1"] = round(100 * float(strict.f1), 1)
    return report


def _mean_rouge(answered: Sequence[Answered]) -> float:
    total = sum(rouge_l(item.answer, item.row.target) for item in answered if isinstance(item.row, SpeakRow))
    return percent(total, len(answered))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
