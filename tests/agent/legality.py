"""What docs/commands.md calls legal, written a second time: as a judge of command lists and as a source of them.

Nothing here is taken from the grammar builder; the property tests hold the two against each other. Random catalogues,
states and user's words come from here too, for those tests and for the invariants of the dialogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from agent.catalogue import Catalogue
from agent.commands import (
    Again,
    Cancel,
    Choose,
    Clarify,
    Clear,
    Command,
    Confirm,
    Deny,
    Handoff,
    Refuse,
    Repeat,
    Resume,
    Retract,
    Say,
    Set,
    Start,
    Undo,
)
from agent.declaration import Intent, Skill, Slot
from agent.prompting import as_read
from agent.types import DialogueState, Frame, Option, Pending, SlotValue

EDITS, REQUESTS = 6, 3
"""What the page says of how many there may be."""


# -- the judge -----------------------------------------------------------------------------------------------------


def why_illegal(commands: Sequence[Command], catalogue: Catalogue, state: DialogueState, text: str) -> str:
    """Return what is against the rules of the page; empty when the list is legal."""
    alone = (Refuse, Handoff, Repeat, Undo, Retract, Clarify, Say)
    answers = (Confirm, Deny, Choose, Cancel, Resume)
    if not commands:
        return "nothing is commanded"
    rest = list(commands)
    if isinstance(rest[0], alone):
        return "it must stand alone" if len(rest) > 1 else _illegal_alone(rest[0], catalogue, state)
    active = state.active.intent if state.active else None
    if isinstance(rest[0], answers):
        answer = rest.pop(0)
        if problem := _illegal_answer(answer, state):
            return problem
        if isinstance(answer, Choose) and state.pending and state.pending.kind == "clarify":
            return "what answers a clarification stands alone" if rest else ""
        if isinstance(answer, Cancel | Resume):
            # What follows is for the frame that is active then: the paused one, and after `cancel` none.
            active = state.stack[-2].intent if isinstance(answer, Resume) else None
    if problem := _illegal_edits(_take(rest, (Set, Clear)), active, catalogue, text):
        return problem
    requests = 0
    while rest:
        opener = rest.pop(0)
        requests += 1
        if isinstance(opener, Start) and opener.intent in catalogue.intents:
            intent = opener.intent
        elif isinstance(opener, Again) and state.last_frame and state.last_frame.intent in catalogue.intents:
            intent = state.last_frame.intent
        else:
            return f"{opener} cannot stand there"
        if requests > REQUESTS:
            return "too many requests"
        if problem := _illegal_edits(_take(rest, (Set,)), intent, catalogue, text):
            return problem
    return ""


def _take(rest: list[Command], kinds: tuple[type, ...]) -> list[Command]:
    taken: list[Command] = []
    while rest and isinstance(rest[0], kinds):
        taken.append(rest.pop(0))
    return taken


def _illegal_alone(command: Command, catalogue: Catalogue, state: DialogueState) -> str:
    match command:
        case Repeat():
            legal = bool(state.last_reply)
        case Undo():
            legal = bool(state.last_receipt_id)
        case Retract():
            legal = state.before is not None
        case Say(skill):
            legal = skill in catalogue.skills and catalogue.skills[skill].speaks
        case Clarify(first, second):
            legal = first in catalogue.skills and second in catalogue.skills and first < second
        case _:
            legal = True
    return "" if legal else f"{command} is not legal here"


def _illegal_answer(command: Command, state: DialogueState) -> str:
    pending = state.pending
    match command:
        case Confirm() | Deny():
            legal = pending is not None and pending.kind in ("confirm", "resume", "unknown")
        case Choose(number):
            legal = pending is not None and 1 <= number <= len(pending.options)
        case Cancel():
            legal = bool(state.stack)
        case _:
            legal = len(state.stack) > 1
    return "" if legal else f"{command} answers nothing here"


def _illegal_edits(edits: list[Command], intent: str | None, catalogue: Catalogue, text: str) -> str:
    if len(edits) > EDITS:
        return "too many edits"
    for edit in edits:
        assert isinstance(edit, Set | Clear)
        if intent is None or intent not in catalogue.intents or edit.slot not in catalogue.intents[intent].slots:
            return f"{edit.slot} is no slot of {intent}"
        if isinstance(edit, Set) and not is_value(edit.value, catalogue.slot(intent, edit.slot), text):
            return f"{edit.value!r} is no value of {edit.slot}"
    return ""


def is_value(value: str, slot: Slot, text: str) -> bool:
    """Whether a value may be written for a slot after these words of the user."""
    if slot.enum:
        return value in slot.enum
    return (slot.whole and value == "@all") or is_run_of_words(value, as_read(text))


def is_run_of_words(value: str, read: str) -> bool:
    """Whether the value begins where a word begins, ends where one ends, and stands so in the words."""
    if not value or value.strip() != value:
        return False
    line, at = f" {read} ", -1
    while (at := line.find(f" {value}", at + 1)) >= 0:
        after = line[at + 1 + len(value)]
        if not (_in_word(value[-1]) and _in_word(after)):
            return True
    return False


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


# -- the source ----------------------------------------------------------------------------------------------------


def legal_lists(catalogue: Catalogue, state: DialogueState, text: str) -> st.SearchStrategy[tuple[Command, ...]]:
    """Return a source of the legal command lists of a state."""
    return st.one_of(_alone(catalogue, state), _parts(catalogue, state, text))


def _alone(catalogue: Catalogue, state: DialogueState) -> st.SearchStrategy[tuple[Command, ...]]:
    commands: list[Command] = [Refuse(), Handoff()]
    commands += [Repeat()] * bool(state.last_reply) + [Undo()] * bool(state.last_receipt_id)
    commands += [Retract()] * (state.before is not None)
    commands += [Say(name) for name, skill in catalogue.skills.items() if skill.speaks]
    names = sorted(catalogue.skills)
    commands += [Clarify(first, second) for first in names for second in names if first < second]
    return st.sampled_from(commands).map(lambda command: (command,))


@st.composite
def _parts(draw: st.DrawFn, catalogue: Catalogue, state: DialogueState, text: str) -> tuple[Command, ...]:
    commands: list[Command] = []
    if answers := _answers(state):
        commands += draw(st.lists(st.sampled_from(answers), max_size=1))
    answer = commands[0] if commands else None
    if isinstance(answer, Choose) and state.pending and state.pending.kind == "clarify":
        return (answer,)
    frame = state.active
    if isinstance(answer, Cancel | Resume):
        frame = state.stack[-2] if isinstance(answer, Resume) else None
    if frame and frame.intent in catalogue.intents:
        commands += draw(_edits(catalogue, frame.intent, text, clears=True))
    openers: list[tuple[Command, str]] = [(Start(name), name) for name in catalogue.intents]
    if state.last_frame and state.last_frame.intent in catalogue.intents:
        openers.append((Again(), state.last_frame.intent))
    if openers:
        chosen = st.sampled_from(openers)
        for opener, intent in draw(st.lists(chosen, min_size=0 if commands else 1, max_size=REQUESTS)):
            commands += [opener, *draw(_edits(catalogue, intent, text, clears=False))]
    return tuple(commands) or (Refuse(),)


def _answers(state: DialogueState) -> list[Command]:
    pending = state.pending
    answers: list[Command] = []
    if pending is not None:
        answers += [Confirm(), Deny()] if pending.kind in ("confirm", "resume", "unknown") else []
        answers += [Choose(number) for number in range(1, len(pending.options) + 1)]
    answers += [Cancel()] * bool(state.stack) + [Resume()] * (len(state.stack) > 1)
    return answers


def _edits(catalogue: Catalogue, intent: str, text: str, *, clears: bool) -> st.SearchStrategy[list[Command]]:
    names = catalogue.intents[intent].slots
    if not names:
        return st.just([])
    edit: st.SearchStrategy[Command] = st.sampled_from(names).flatmap(
        lambda name: values(catalogue.slot(intent, name), text).map(lambda value: Set(name, value))
    )
    if clears:
        edit = st.one_of(edit, edit, st.sampled_from(names).map(Clear))
    return st.lists(edit, max_size=EDITS)


def values(slot: Slot, text: str) -> st.SearchStrategy[str]:
    """Return a source of the legal values of a slot."""
    if slot.enum:
        return st.sampled_from(slot.enum)
    runs = runs_of_words(as_read(text))
    return st.one_of(st.just("@all"), runs) if slot.whole else runs


@st.composite
def runs_of_words(draw: st.DrawFn, read: str) -> str:
    """Draw a run of words of a text as it is read."""
    begins = [0, *(n + 1 for n, char in enumerate(read) if char == " ")]
    start = draw(st.sampled_from(begins))
    ends = [
        n
        for n in range(start + 1, len(read) + 1)
        if read[n - 1] != " " and not (n < len(read) and _in_word(read[n - 1]) and _in_word(read[n]))
    ]
    return read[start : draw(st.sampled_from(ends))]


# -- catalogues, states, words --------------------------------------------------------------------------------------

_NAMES = st.sampled_from(("air", "boat", "car", "door", "egg_1", "fan2", "go", "hut", "ink", "jar"))
_ENUM = st.lists(st.sampled_from(("red", "dark blue", "@all", "a/b", 'so "so"', "größe", "1")), min_size=1, unique=True)
WORDS = st.sampled_from(
    (*["at", "eight", "8", "7:30", "two", "people", "tomorrow", "no,", "yes!", "red", "dark", "blue", "don't"],
     "R-4821", "(maybe)", "明天晚上", "größe", "_x", "@all",
     '"good', 'night"', "1.5°", "😀", "e\u0301", "\u00a0", "<|end|>", "set", "set\ntime")
)  # fmt: skip
texts = st.one_of(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), st.text(min_size=1, max_size=40)).filter(
    lambda text: bool(as_read(text))
)
"""What a user may say."""


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Draw a few skills with intents and slots of every kind."""
    skills = []
    for name in draw(st.lists(_NAMES, min_size=draw(st.sampled_from((0, 1, 2))), max_size=4, unique=True)):
        slots = {}
        for slot_name in draw(st.lists(_NAMES, min_size=draw(st.sampled_from((0, 1, 2))), max_size=4, unique=True)):
            kind = draw(st.sampled_from(("text", "enum", "whole")))
            enum = tuple(draw(_ENUM)) if kind == "enum" else ()
            slots[slot_name] = Slot(slot_name, enum=enum, whole=kind == "whole")
        intents = {}
        for short in draw(st.lists(_NAMES, min_size=draw(st.sampled_from((0, 1, 2))), max_size=3, unique=True)):
            of_it = draw(st.lists(st.sampled_from(sorted(slots)), unique=True)) if slots else []
            cut = draw(st.integers(0, len(of_it)))
            full = f"{name}.{short}"
            intents[full] = Intent(full, name, required=tuple(of_it[:cut]), optional=tuple(of_it[cut:]))
        talks = draw(st.booleans())
        skills.append(
            Skill(
                name,
                f"The {name} skill.",
                Path(name) / "SKILL.md",
                intents=intents,
                slots=slots,
                prompt="{{ utterance }}" if talks else "",
                utterances={"say": ("hello",)} if talks else {},
            )
        )
    return Catalogue.of(skills)


@st.composite
def states(draw: st.DrawFn, catalogue: Catalogue) -> DialogueState:
    """Draw a state as it may stand in the middle of a conversation, intents that are loaded no more included."""
    intents = st.sampled_from([*catalogue.intents, "gone.away"])

    @st.composite
    def frames(draw: st.DrawFn) -> Frame:
        intent = draw(intents)
        names = catalogue.intents[intent].slots if intent in catalogue.intents else ()
        filled = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
        slots = {name: SlotValue(raw="two", value=2, text="2") for name in filled}
        return Frame(frame_id=draw(st.integers(1, 9)), intent=intent, slots=slots)

    stack = tuple(draw(st.lists(frames(), max_size=3)))
    pending = None
    if draw(st.booleans()):
        kind = draw(st.sampled_from(("slot", "choice", "confirm", "resume", "unknown", "clarify")))
        if stack or kind == "clarify":
            count = draw(st.integers(1, 4)) if kind in ("choice", "clarify") else 0
            options = tuple(Option(value=n, text=f"number {n}") for n in range(count))
            pending = Pending(kind=kind, frame_id=stack[-1].frame_id if kind != "clarify" else 0, options=options)
    return DialogueState(
        stack=stack,
        pending=pending,
        last_frame=draw(st.none() | frames()),
        last_receipt_id=draw(st.none() | st.just("r1")),
        last_reply=draw(st.sampled_from(("", "Done."))),
        before=draw(st.none() | st.just(DialogueState())),
        frames_opened=9,
        turns=draw(st.integers(0, 5)),
    )
