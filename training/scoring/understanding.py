"""Metrics of commands: intents, spans, whole frames, out of scope, false and missed actions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from agent.prompting import as_read, chunks
from agent.rows import UnderstandRow
from training.scoring.answered import Answered, percent
from training.tasks.home_values import resolve_home, same_home_slots

Report = dict[str, Any]
OUT_OF_SCOPE = "out of scope"
"""How a refusal is called among the intents of a set."""
MOST_CONFUSED = 15
"""Pairs of intents that a report lists."""


# --- the project's own skills ----------------------------------------------------------------------------------------


def commands_score(answered: Sequence[Answered]) -> Report:
    """Return how often the commands are exactly right, how often it acts unasked, and how often it does not act.

    A *false action* starts or confirms something where the right commands do neither; a *missed action* the reverse.
    """
    exact = intents = 0
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    unasked = asked = false_actions = missed_actions = 0
    for item in answered:
        assert isinstance(item.row, UnderstandRow)
        found, right = item.lines, list(item.row.commands)
        exact += found == right
        intents += intent_label(found) == intent_label(right)
        kinds[item.row.kind][0] += found == right
        kinds[item.row.kind][1] += 1
        if acts(right):
            asked += 1
            missed_actions += not acts(found)
        else:
            unasked += 1
            false_actions += acts(found)
    return {
        "rows": len(answered),
        "command_accuracy": percent(exact, len(answered)),
        "intent_accuracy": percent(intents, len(answered)),
        "false_action": percent(false_actions, unasked),
        "missed_action": percent(missed_actions, asked),
        "by_kind": {kind: {"accuracy": percent(*pair), "rows": pair[1]} for kind, pair in sorted(kinds.items())},
    }


def acts(commands: Iterable[str]) -> bool:
    """Return True when the commands open a frame or say yes."""
    return any(command in ("confirm", "again") or command.startswith("start ") for command in commands)


def intent_label(commands: Sequence[str]) -> str:
    """Return what is wanted, without values: the intents started, else the first command's word and target."""
    started = [command for command in commands if command.startswith("start ")]
    if started:
        return " ".join(started)
    first = commands[0] if commands else ""
    return first if first.startswith(("say ", "clarify ")) else first.partition(" ")[0]


# --- sets with a catalogue of their own ------------------------------------------------------------------------------


def label_of(commands: Sequence[str]) -> str:
    """Return the one intent that commands name; "out of scope" for a refusal, "" for anything else."""
    started = [command.partition(" ")[2] for command in commands if command.startswith("start ")]
    if started:
        return started[0]
    return OUT_OF_SCOPE if list(commands) == ["refuse"] else ""


def intents_score(answered: Sequence[Answered]) -> Report:
    """Return intent accuracy in scope, recall of what is out of scope, and how often scope is denied wrongly."""
    pairs = [(label_of(_right(item)), label_of(item.lines)) for item in answered]
    inside = [(right, found) for right, found in pairs if right != OUT_OF_SCOPE]
    outside = [found for right, found in pairs if right == OUT_OF_SCOPE]
    report: Report = {"rows": len(answered)}
    hits = percent(sum(right == found for right, found in inside), len(inside))
    if outside:
        report |= {
            "in_scope_accuracy": hits,
            "oos_recall": percent(sum(found == OUT_OF_SCOPE for found in outside), len(outside)),
            "false_oos": percent(sum(found == OUT_OF_SCOPE for _, found in inside), len(inside)),
        }
    else:
        report["intent_accuracy"] = hits
    wrong = Counter((right, found or "nothing") for right, found in pairs if right != found)
    report["confused"] = [[right, found, count] for (right, found), count in wrong.most_common(MOST_CONFUSED)]
    return report


def frames_score(answered: Sequence[Answered]) -> Report:
    """Return intent accuracy, slot F1 over exact spans (nervaluate, strict), and whole frames exactly right."""
    report = intents_score(answered)
    right_spans = [spans_of(item, _right(item)) for item in answered]
    found_spans = [spans_of(item, item.lines) for item in answered]
    labels = sorted({span["label"] for spans in (*right_spans, *found_spans) for span in spans})
    if labels:
        from nervaluate import Evaluator

        result = Evaluator(right_spans, found_spans, tags=labels, loader="dict").evaluate()["overall"]["strict"]
        report["slot_f1"] = round(100 * float(result.f1), 1)
    frames = sum(
        label_of(item.lines) == label_of(_right(item)) and _bare(right) == _bare(found)
        for item, right, found in zip(answered, right_spans, found_spans, strict=True)
    )
    report["frame_accuracy"] = percent(frames, len(answered))
    return report


def home_score(answered: Sequence[Answered]) -> Report:
    """Return how often intent and canonical slots are all right (Home Assistant's sentences)."""
    report = intents_score(answered)
    exact = sum(
        label_of(item.lines) == label_of(_right(item))
        and same_home_slots(resolve_home(item.lines, item.gold["context"]), item.gold["slots"])
        for item in answered
    )
    report["exact"] = percent(exact, len(answered))
    return report


def spans_of(item: Answered, commands: Iterable[str]) -> list[dict[str, Any]]:
    """Return the `set` commands as spans of the turn's words: the first place of each value that is not taken yet."""
    assert isinstance(item.row, UnderstandRow)
    pieces = chunks(as_read(item.row.text))
    spans: list[dict[str, Any]] = []
    taken: set[tuple[str, int]] = set()
    for command in commands:
        word, _, rest = command.partition(" ")
        slot, _, value = rest.partition(" ")
        if word != "set":
            continue
        wanted = chunks(value)
        places = [at for at in range(len(pieces) - len(wanted) + 1) if pieces[at : at + len(wanted)] == wanted]
        free = [at for at in places if (value, at) not in taken]
        # A value that is nowhere counts as a wrong span.
        start = free[0] if free else -1 - len(spans)
        taken.add((value, start))
        spans.append({"label": slot, "start": start, "end": start + len(wanted) - 1})
    return spans


def _right(item: Answered) -> list[str]:
    assert isinstance(item.row, UnderstandRow)
    return list(item.row.commands)


def _bare(spans: Iterable[dict[str, Any]]) -> set[tuple[str, int, int]]:
    return {(span["label"], span["start"], span["end"]) for span in spans}
