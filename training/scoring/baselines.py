"""What a model must beat: TF-IDF with a linear SVM, fitted on the training split of the same set in seconds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from agent.catalogue import Catalogue
from agent.rowmaking import make_rows
from agent.rows import UnderstandRow
from training.scoring.answered import Answered, Case, percent
from training.scoring.sets import EVALUATION_SEED, Place, ScoredSet
from training.scoring.understanding import intent_label
from training.tasks.known import OUT_OF_SCOPE

OWN_TRAINING_ROWS = 20_000


def fitted(texts: Sequence[str], labels: Sequence[str]) -> Any:
    """Return a fitted pipeline: words and pairs of words, and pieces of words, into a linear SVM."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
    pipeline = make_pipeline(words, LinearSVC())
    pipeline.fit(texts, labels)
    return pipeline


def classifier_baseline(scored: ScoredSet, place: Place, cases: Sequence[Case]) -> dict[str, Any]:
    """Return the baseline's figures on the same questions."""
    assert scored.label is not None
    training = list(scored.cases(Place(place.train_data, place.train_data, "train", place.own)))
    pipeline = fitted([scored.text(case).lower() for case in training], [scored.label(case) for case in training])
    rights = [scored.label(case) for case in cases]
    found = [str(label) for label in pipeline.predict([scored.text(case).lower() for case in cases])]
    inside = [(right, label) for right, label in zip(rights, found, strict=True) if right not in OUT_OF_SCOPE]
    outside = [label for right, label in zip(rights, found, strict=True) if right in OUT_OF_SCOPE]
    hits = percent(sum(right == label for right, label in inside), len(inside))
    report: dict[str, Any] = {"training_rows": len(training)}
    if outside:
        return report | {
            "in_scope_accuracy": hits,
            "oos_recall": percent(sum(label in OUT_OF_SCOPE for label in outside), len(outside)),
            "false_oos": percent(sum(label in OUT_OF_SCOPE for _, label in inside), len(inside)),
        }
    return report | {"accuracy": hits}


def own_baseline(catalogue: Catalogue, answered: Sequence[Answered]) -> dict[str, Any]:
    """Return the baseline's intent accuracy on rows of the project's skills (text and state as words)."""
    training = list(make_rows(catalogue, seed=EVALUATION_SEED, count=OWN_TRAINING_ROWS, split="train"))
    random.Random(EVALUATION_SEED).shuffle(training)
    return rows_baseline(answered, training)


def rows_baseline(answered: Sequence[Answered], training: Sequence[UnderstandRow]) -> dict[str, Any]:
    """Return the intent accuracy of the baseline fitted on such rows."""
    pipeline = fitted([_features(row) for row in training], [intent_label(row.commands) for row in training])
    rows = [item.row for item in answered if isinstance(item.row, UnderstandRow)]
    predicted = pipeline.predict([_features(row) for row in rows])
    right = sum(label == intent_label(row.commands) for label, row in zip(predicted, rows, strict=True))
    return {"intent_accuracy": percent(right, len(rows)), "training_rows": len(training)}


def _features(row: UnderstandRow) -> str:
    state = row.state
    marks = [f"active={state.active.intent}"] if state.active else []
    if state.pending:
        marks.append(f"pending={state.pending.kind}={state.pending.slot}")
    return " ".join([row.text.lower(), *marks])
