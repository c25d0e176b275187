"""The grammar accepts every command list that docs/commands.md calls legal, and no other."""

import string
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer

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
    parse_command,
    parse_commands,
    render_command,
    render_commands,
)
from agent.declaration import Intent, Skill, Slot
from agent.grammar import build_grammar
from agent.prompting import as_read
from agent.types import DialogueState
from tests.agent.legality import catalogues, is_run_of_words, legal_lists, states, texts, why_illegal

_bytes = LLTokenizer("byte")
_NOWHERE = Path("SKILL.md")


class Held:
    """One state's grammar, compiled once."""

    def __init__(self, catalogue: Catalogue, state: DialogueState, text: str) -> None:
        self._matcher = LLMatcher(_bytes, build_grammar(catalogue, state, text))
        assert not self._matcher.is_error(), self._matcher.get_error()

    def accepts(self, answer: str) -> bool:
        self._matcher.reset()
        tokens = _bytes.tokenize_str(answer)
        return self._matcher.try_consume_tokens(tokens) == len(tokens) and self._matcher.is_accepting()


@st.composite
def situations(draw: st.DrawFn) -> tuple[Catalogue, DialogueState, str]:
    catalogue = draw(catalogues())
    return catalogue, draw(states(catalogue)), draw(texts)


@settings(max_examples=60)
@given(situations(), st.data())
def test_every_legal_list_is_accepted(situation: tuple[Catalogue, DialogueState, str], data: st.DataObject) -> None:
    catalogue, state, text = situation
    held = Held(catalogue, state, text)
    for _ in range(4):
        commands = data.draw(legal_lists(catalogue, state, text))
        assert why_illegal(commands, catalogue, state, text) == ""
        assert held.accepts(render_commands(commands)), (render_commands(commands), text)


@settings(max_examples=100)
@given(situations(), st.data())
def test_a_changed_list_is_accepted_exactly_when_it_is_still_legal(
    situation: tuple[Catalogue, DialogueState, str], data: st.DataObject
) -> None:
    catalogue, state, text = situation
    held = Held(catalogue, state, text)
    for _ in range(6):
        commands = list(data.draw(legal_lists(catalogue, state, text)))
        for _ in range(data.draw(st.integers(1, 2))):
            commands = data.draw(_mutated(commands, catalogue, text))
        problem = why_illegal(commands, catalogue, state, text)
        accepted = held.accepts(render_commands(tuple(commands)))
        assert accepted == (problem == ""), (render_commands(tuple(commands)), text, problem)


@st.composite
def _mutated(draw: st.DrawFn, commands: list[Command], catalogue: Catalogue, text: str) -> list[Command]:
    """Draw a list that differs in one way: a stray command, one gone, doubled or moved, another slot, another value."""
    commands = list(commands)
    at = draw(st.integers(0, max(len(commands) - 1, 0)))
    way = draw(st.sampled_from(("stray", "remove", "double", "move", "many", "value", "slot")))
    if way == "stray" or not commands:
        commands.insert(at, draw(_any_command(catalogue, text)))
    elif way == "remove":
        del commands[at]
    elif way == "double":
        commands.insert(at, commands[at])
    elif way == "many":
        commands[at:at] = [commands[at]] * draw(st.integers(3, 7))
    elif way == "move":
        commands.insert(draw(st.integers(0, len(commands) - 1)), commands.pop(at))
    elif isinstance(command := commands[at], Set):
        if way == "slot":
            commands[at] = Set(draw(_slot_names(catalogue)), command.value)
        else:
            commands[at] = Set(command.slot, draw(_any_value(text)))
    return commands


def _slot_names(catalogue: Catalogue) -> st.SearchStrategy[str]:
    names = {slot for skill in catalogue.skills.values() for slot in skill.slots}
    return st.sampled_from(sorted(names | {"nothing"}))


def _any_value(text: str) -> st.SearchStrategy[str]:
    """Draw words of the text that need not be a run: half words, other words, more words than were said."""
    read = as_read(text)
    part = st.tuples(st.integers(0, len(read)), st.integers(0, len(read))).map(lambda ends: read[min(ends) : max(ends)])
    others = st.sampled_from(("@all", "red", "dark blue", "nowhere", read + " x", "x" + read))
    return st.one_of(part, others, part.map(str.strip)).filter(lambda value: bool(value.strip()) and "\n" not in value)


def _any_command(catalogue: Catalogue, text: str) -> st.SearchStrategy[Command]:
    intents = st.sampled_from([*catalogue.intents, "gone.away"])
    skills = st.sampled_from([*catalogue.skills, "nobody"])
    bare: tuple[Command, ...] = (
        Confirm(), Deny(), Cancel(), Resume(), Again(), Undo(), Retract(), Repeat(), Refuse(), Handoff()
    )  # fmt: skip
    return st.one_of(
        st.sampled_from(bare),
        st.integers(1, 5).map(Choose),
        intents.map(Start),
        skills.map(Say),
        st.builds(Clarify, skills, skills),
        _slot_names(catalogue).map(Clear),
        st.builds(Set, _slot_names(catalogue), _any_value(text)),
    )


@settings(max_examples=100)
@given(texts, st.data())
def test_a_value_is_a_run_of_whole_words_and_nothing_else(text: str, data: st.DataObject) -> None:
    skill = Skill("a", "A.", _NOWHERE, intents={"a.b": Intent("a.b", "a", required=("s",))}, slots={"s": Slot("s")})
    held = Held(Catalogue.of([skill]), DialogueState(), text)
    for _ in range(8):
        value = data.draw(_any_value(text))
        assert held.accepts(f"start a.b\nset s {value}\n") == is_run_of_words(value, as_read(text)), (value, text)


_name = st.text(string.ascii_lowercase + string.digits + "._", min_size=1, max_size=12)
_value = st.text(min_size=1, max_size=30).filter(lambda value: bool(value.strip()) and "\n" not in value)
_command: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from((Confirm(), Deny(), Cancel(), Resume(), Again(), Undo(), Retract(), Repeat(), Refuse(), Handoff())),
    _name.map(Start),
    _name.map(Clear),
    _name.map(Say),
    st.integers(1, 99).map(Choose),
    st.builds(Clarify, _name, _name),
    st.builds(Set, _name, _value),
)


@given(_command)
@example(Set("time", "confirm"))
@example(Set("text", "  two  spaces "))
def test_what_is_rendered_is_parsed_back(command: Command) -> None:
    assert parse_command(render_command(command)) == command


@given(st.lists(_command, min_size=1, max_size=8))
def test_a_list_that_is_rendered_is_parsed_back(commands: list[Command]) -> None:
    assert list(parse_commands(render_commands(tuple(commands)))) == commands


def test_the_grammar_grows_linearly_with_the_catalogue() -> None:
    sizes = [len(build_grammar(_catalogue_of(count), DialogueState(), "at eight")) for count in (50, 100, 200)]
    assert sizes[2] - sizes[1] < 2.1 * (sizes[1] - sizes[0])


def _catalogue_of(intents: int) -> Catalogue:
    """Return a catalogue of that many intents, ten a skill."""
    return Catalogue.of(
        Skill(
            f"skill{number:03d}",
            "A skill.",
            _NOWHERE,
            intents={
                name: Intent(name, name.partition(".")[0], required=("day",))
                for name in (f"skill{number:03d}.do{each}" for each in range(10))
            },
            slots={"day": Slot("day")},
        )
        for number in range(intents // 10)
    )
