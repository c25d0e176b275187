"""Metrics of longer texts and of tags: ROUGE-L, BLEU, final numbers, labels, entities."""

from __future__ import annotations

import re
from collections import Counter
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
    right = sum(
        number is not None and number == last_number(str(item.gold["answer"]))
        for item, number in ((item, last_number(item.answer)) for item in answered)
    )
    return {"rows": len(answered), "rouge_l": _mean_rouge(answered), "answer_accuracy": percent(right, len(answered))}


def summary_score(answered: Sequence[Answered]) -> Report:
    """Return ROUGE-L, the best over the reference summaries, beside that of the text's first words."""
    model = leading = 0.0
    for item in answered:
        assert isinstance(item.row, SpeakRow)
        references = _references(item)
        model += best_rouge(item.answer, references)
        leading += best_rouge(lead(str(item.row.fields["text"])), references)
    return {
        "rows": len(answered),
        "rouge_l": percent(model, len(answered)),
        "lead_rouge_l": percent(leading, len(answered)),
    }


def writing_score(answered: Sequence[Answered]) -> Report:
    """Return ROUGE-L, the best over the reference texts, and sacreBLEU against all of them, with its signature."""
    from sacrebleu.metrics.bleu import BLEU

    references = [_references(item) for item in answered]
    most = max(map(len, references), default=0)
    # sacreBLEU takes a list of all first references, one of all second ones, ...; said twice, one counts once.
    streams = [[each[place % len(each)] for each in references] for place in range(most)]
    bleu = BLEU()
    score = bleu.corpus_score([item.answer.strip() for item in answered], streams).score
    model = sum(best_rouge(item.answer, each) for item, each in zip(answered, references, strict=True))
    return {
        "rows": len(answered),
        "rouge_l": percent(model, len(answered)),
        "bleu": round(score, 1),
        "signature": str(bleu.get_signature()),
    }


def choice_score(answered: Sequence[Answered]) -> Report:
    """Return accuracy, beside that of choosing blindly and that of always the label that is right most often."""
    rows = [item.row for item in answered if isinstance(item.row, SpeakRow)]
    right = sum(item.answer.strip() == row.target for item, row in zip(answered, rows, strict=True))
    chance = sum(1 / max(1, len(re.findall(r"(?:^|; )[A-Z]\) ", str(row.fields["options"])))) for row in rows)
    return {
        "rows": len(answered),
        "accuracy": percent(right, len(answered)),
        "chance": percent(chance, len(answered)),
        "majority": percent(_commonest([row.target for row in rows]), len(answered)),
    }


def tag_score(answered: Sequence[Answered]) -> Report:
    """Return how many words have the right tag, beside always the commonest tag; for entities the F1 of whole ones too
    (nervaluate, strict).
    """
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
    commonest = _commonest([tag for tags in gold for tag in tags])
    report: Report = {
        "rows": len(answered),
        "tag_accuracy": percent(right, words),
        "majority": percent(commonest, words),
    }
    types = sorted({tag[2:] for tags in gold + found for tag in tags if tag[:2] in ("B-", "I-")})
    if types:
        from nervaluate import Evaluator

        strict = Evaluator(gold, found, tags=types, loader="list").evaluate()["overall"]["strict"]
        report["entity_f1"] = round(100 * float(strict.f1), 1)
    return report


def best_rouge(found: str, references: Sequence[str]) -> float:
    """Return ROUGE-L against the reference that is most like the text."""
    return max(rouge_l(found, reference) for reference in references)


def _references(item: Answered) -> list[str]:
    assert isinstance(item.row, SpeakRow)
    return [item.row.target, *map(str, item.gold["more"])]


def _commonest(labels: Sequence[str]) -> int:
    """Return how often the commonest label stands."""
    return max(Counter(labels).values(), default=0)


def _mean_rouge(answered: Sequence[Answered]) -> float:
    total = sum(rouge_l(item.answer, item.row.target) for item in answered if isinstance(item.row, SpeakRow))
    return percent(total, len(answered))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
