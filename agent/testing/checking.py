"""Holds what happened in a dialogue against what was expected. The forms are described in `agent.testing.dialogues`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.types import DialogueState, Event, Frame, Receipt, Reply


def check_raised(turn: Mapping[str, Any], error: Exception | None) -> Iterator[str]:
    """Yield what is wrong with how a turn ended for its caller."""
    raised = type(error).__name__ if error else None
    if raised != turn.get("raises"):
        yield f"expected the caller to get {turn.get('raises') or 'a reply'}, got {error!r}"


def check_turn(turn: Mapping[str, Any], reply: Reply) -> Iterator[str]:
    """Yield what went otherwise than expected in a turn."""
    errors = [str(event.data.get("message")) for event in reply.events if event.kind == "error"]
    if errors and "error" not in turn:
        # Whatever else is otherwise follows from it.
        yield f"the reply has the error {reply.error}, which the turn does not announce: {errors[0]}"
        return
    if "error" in turn and reply.error != turn["error"]:
        yield f"expected the reply's error to be {turn['error']!r}, it is {reply.error!r} {errors}"
    yield from _check_events(turn, reply)
    for part in turn.get("says", ()):
        parts = part if isinstance(part, list) else [part]
        if not any(str(one).lower() in reply.text.lower() for one in parts):
            yield f"expected the reply to hold {part!r}, it is {reply.text!r}"
    for part in turn.get("says_not", ()):
        if str(part).lower() in reply.text.lower():
            yield f"the reply must not hold {part!r}, it is {reply.text!r}"
    if "question" in turn:
        yield from _check_question(turn["question"], reply.state)


def check_end(end: Mapping[str, Any], receipts: Sequence[Receipt], state: DialogueState) -> Iterator[str]:
    """Yield what is otherwise than expected after the last turn."""
    if "receipts" in end:
        yield from _check_receipts(end["receipts"] or (), receipts)
    for key in ("stack", "waiting"):
        frames: tuple[Frame, ...] = getattr(state, key)
        intents = [frame.intent for frame in frames]
        if key in end and intents != list(end[key] or ()):
            yield f"expected the {key} {list(end[key] or ())}, got {intents}"
    if "state" in end:
        open_frames = [*state.stack, *state.waiting]
        got = {frame.intent: {name: slot.value for name, slot in frame.slots.items()} for frame in open_frames}
        expected = {intent: dict(values or {}) for intent, values in (end["state"] or {}).items()}
        same = got.keys() == expected.keys() and all(
            got[intent].keys() == values.keys() and matches(got[intent], values) for intent, values in expected.items()
        )
        if not same:
            yield f"expected the open frames {expected}, got {got}"


def matches(got: Any, expected: Any) -> bool:
    """Return whether a value is what a dialogue expects."""
    if isinstance(got, _Either):
        return any(matches(one, expected) for one in got)
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and all(matches(got.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        if isinstance(got, Mapping):
            return list(got) == expected
        if isinstance(got, list | tuple):
            return len(got) == len(expected) and all(matches(*pair) for pair in zip(got, expected, strict=True))
        return any(matches(got, one) for one in expected)
    if isinstance(got, list | tuple) and isinstance(expected, int):
        return len(got) == expected
    if isinstance(expected, str) and isinstance(got, str):
        return got.lower() == expected.lower()
    return bool(got == expected)


def _check_events(turn: Mapping[str, Any], reply: Reply) -> Iterator[str]:
    position = 0
    for expected in turn.get("expect", ()):
        kind, fields = _event(expected)
        found = next((n for n in range(position, len(reply.events)) if _fits(reply.events[n], kind, fields)), None)
        if found is None:
            happened = [_shown(event, kind) for event in reply.events[position:] if event.kind != "token"]
            yield f"expected event {kind} {fields or ''}, then had {', '.join(happened)}"
        else:
            position = found + 1
    for unwanted in turn.get("never", ()):
        kind, fields = _event(unwanted)
        if any(_fits(event, kind, fields) for event in reply.events):
            yield f"event {kind} {fields or ''} must not occur"


def _event(expected: Any) -> tuple[str, Mapping[str, Any]]:
    kind, fields = next(iter(expected.items())) if isinstance(expected, Mapping) else (expected, None)
    return str(kind), fields or {}


def _shown(event: Event, wanted: str) -> str:
    """An event by name; one of the wanted kind with what it held."""
    return f"{event.kind} {_flat(event)}" if event.kind == wanted else event.kind


def _flat(event: Event) -> dict[str, Any]:
    receipt = event.data.get("receipt")
    return _receipt_fields(Receipt.model_validate(receipt)) if isinstance(receipt, dict) else dict(event.data)


def _receipt_fields(receipt: Receipt) -> dict[str, Any]:
    """A receipt's fields, arguments and facts; a name that is two of them ("device") matches either."""
    own = receipt.model_dump(mode="json", exclude={"facts", "arguments"})
    same = {name: value for name, value in receipt.arguments.items() if receipt.facts.get(name, value) != value}
    either = {name: _Either((value, receipt.facts[name])) for name, value in same.items()}
    return {**receipt.facts, **receipt.arguments, **own, **either}


class _Either(tuple[Any, ...]):
    """Values that go by one name."""


def _fits(event: Event, kind: str, fields: Mapping[str, Any]) -> bool:
    return event.kind == kind and (not fields or matches(_flat(event), fields))


def _check_question(expected: Any, state: DialogueState) -> Iterator[str]:
    pending = state.pending
    got: dict[str, Any] | None = None
    if pending is not None:
        frame = next((each for each in state.stack if each.frame_id == pending.frame_id), None)
        options = [option.text for option in pending.options]
        got = {"kind": pending.kind, "intent": frame.intent if frame else "", "slot": pending.slot, "options": options}
    wanted = {"kind": expected} if isinstance(expected, str) else expected
    if (wanted is None) != (got is None) or (wanted is not None and not matches(got, wanted)):
        yield f"expected the open question {wanted}, it is {got}"


def _check_receipts(expected: Sequence[Mapping[str, Any]], receipts: Sequence[Receipt]) -> Iterator[str]:
    wanted = [next(iter(item.items())) for item in expected]
    undone = {receipt.receipt_id: receipt.intent for receipt in receipts}
    got = []
    for receipt in receipts:
        of = undone.get(str(receipt.arguments.get("undo_of")))
        got.append((f"undo {of}" if of else receipt.intent, _receipt_fields(receipt)))
    if len(wanted) != len(got):
        short = [(intent, dict(list(values.items())[:8])) for intent, values in got]
        yield f"expected {len(wanted)} receipts, got {len(got)}: {short}"
    for (intent, values), (got_intent, got_values) in zip(wanted, got, strict=False):
        wrong = {
            name: got_values.get(name)
            for name, value in (values or {}).items()
            if not matches(got_values.get(name), value)
        }
        if intent != got_intent or wrong:
            yield f"expected the receipt {intent} {dict(values or {})}, got {got_intent} {wrong or got_values}"
