"""Metrics of texts: translations, equations by what they come to, quoted answers, grades, groups of talk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count as count_up
from typing import Any

from agent.rows import SpeakRow
from skills.tutoring.expressions import Leaf, NotAnExpression, Tree, parse_expression
from training.rendering import count_numbers
from training.scoring.answered import Answered, percent
from training.tasks.answering import word_f1
from training.tasks.common import plain

Report = dict[str, Any]
CLOSE = Fraction(1, 1000)
"""An answer is right within a thousandth: the sets round theirs."""


def translation_score(answered: Sequence[Answered]) -> Report:
    """Return sacreBLEU and chrF, per direction, with their signatures."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    report: Report = {"rows": len(answered)}
    by_language: dict[str, list[Answered]] = defaultdict(list)
    for item in answered:
        by_language[item.row.lang].append(item)
    for language, items in sorted(by_language.items()):
        found = [item.answer.strip() for item in items]
        right = [[item.row.target for item in items if isinstance(item.row, SpeakRow)]]
        bleu, chrf = BLEU(tokenize="zh" if language == "zh" else "13a"), CHRF()
        report[f"into_{language}"] = {
            "rows": len(items),
            "bleu": round(bleu.corpus_score(found, right).score, 1),
            "chrf": round(chrf.corpus_score(found, right).score, 1),
            "signature": f"{bleu.get_signature()}; {chrf.get_signature()}",
        }
    return report


def problem_score(answered: Sequence[Answered]) -> Report:
    """Return how often the equation comes to the set's answer."""
    right = sum(comes_to(item.answer, item.gold["numbers"], item.gold["answer"]) for item in answered)
    return {"rows": len(answered), "execution_accuracy": percent(right, len(answered))}


def comes_to(equation: str, numbers: Sequence[Fraction], answer: str) -> bool:
    """Return True when the equation over N0, N1, ... has the answer's value."""
    try:
        expected = Fraction(answer.replace(",", "").strip())
        values = {f"N{index}": number for index, number in enumerate(numbers)}
        found = _value(parse_expression(equation, len(numbers)), values)
    except (NotAnExpression, ZeroDivisionError, ValueError, KeyError):
        return False
    return abs(found - expected) <= CLOSE * max(Fraction(1), abs(expected))


def same_equation(found: str, target: str) -> bool:
    """Return True when two equations over N0, N1, ... have one value, tried with large primes for the numbers."""
    count = count_numbers(f"{found} {target}")
    values = {f"N{index}": Fraction(prime) for index, prime in zip(range(count), _primes(), strict=False)}
    try:
        return _value(parse_expression(found, count), values) == _value(parse_expression(target, count), values)
    except (NotAnExpression, ZeroDivisionError):
        return False


def _value(tree: Tree, values: Mapping[str, Fraction]) -> Fraction:
    if isinstance(tree, Leaf):
        return values[tree.name] if tree.name in values else Fraction(tree.name)
    left, right = _value(tree.left, values), _value(tree.right, values)
    match tree.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def _primes() -> Iterator[int]:
    """Yield primes from 1009 on."""
    return (number for number in count_up(1009) if all(number % divisor for divisor in range(2, int(number**0.5) + 1)))


def quotation_score(answered: Sequence[Answered]) -> Report:
    """Return exact match and F1 of answers, the best over the reference answers; and of the passage as it was given.

    The last figure is what quoting everything the model was shown would score: code alone.
    """
    exact = quoted = whole = 0.0
    for item in answered:
        references = [str(answer) for answer in item.gold["answers"]]
        assert isinstance(item.row, SpeakRow)
        exact += any(plain(item.answer) == plain(reference) for reference in references)
        quoted += max(word_f1(item.answer, reference) for reference in references)
        whole += max(word_f1(str(item.row.fields["passage"]), reference) for reference in references)
    return {
        "rows": len(answered),
        "exact_match": percent(exact, len(answered)),
        "f1": percent(quoted, len(answered)),
        "whole_passage_f1": percent(whole, len(answered)),
    }


def grade_score(answered: Sequence[Answered]) -> Report:
    """Return label accuracy beside that of always saying the commonest label."""
    rights = [item.row.target for item in answered if isinstance(item.row, SpeakRow)]
    hits = sum(item.answer.strip() == right for item, right in zip(answered, rights, strict=True))
    commonest = max(set(rights), key=rights.count)
    wrong = [[right, item.answer.strip()] for item, right in zip(answered, rights, strict=True)]
    pairs = sorted({tuple(pair) for pair in wrong if pair[0] != pair[1]})
    return {
        "rows": len(answered),
        "label_accuracy": percent(hits, len(answered)),
        "majority": percent(rights.count(commonest), len(rights)),
        "confused": [[right, found, wrong.count([right, found])] for right, found in pairs],
    }


def talk_score(answered: Sequence[Answered]) -> Report:
    """Return how often the answer is the one of the question's group; beside it, only where there is one to give.

    A few groups are left without an answer on purpose: a canned joke is no answer to them. They count as wrong in the
    first figure.
    """
    hits = [item.answer.strip() == item.gold["right"] for item in answered]
    given = [hit for hit, item in zip(hits, answered, strict=True) if item.gold["right"]]
    return {
        "rows": len(answered),
        "group_accuracy": percent(sum(hits), len(hits)),
        "group_accuracy_where_answered": percent(sum(given), len(given)),
    }


def exact_score(metric: str, same: Callable[[str, str], bool]) -> Callable[[Sequence[Answered]], Report]:
    """Return a metric that counts answers that are the same as the target."""

    def scored(answered: Sequence[Answered]) -> Report:
        right = sum(same(item.answer, item.row.target) for item in answered if isinstance(item.row, SpeakRow))
        return {"rows": len(answered), metric: percent(right, len(answered))}

    return scored
