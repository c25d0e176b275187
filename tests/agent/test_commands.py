"""The command language: one parser, one renderer, and they agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import commands as c
from agent.errors import IllegalCommands

names = st.from_regex(r"[a-z][a-z_]{0,8}(\.[a-z_]{1,8})?", fullmatch=True)
values = st.from_regex(r"[^\s](?:[^\n]{0,30}[^\s])?", fullmatch=True).filter(lambda v: v == v.strip() and "\n" not in v)
any_command = st.one_of(
    st.builds(c.Start, names),
    st.builds(c.Set, names, values),
    st.builds(c.Clear, names),
    st.builds(c.Choose, st.integers(1, 99)),
    st.builds(c.Clarify, names, names),
    st.builds(c.Say, names),
    st.sampled_from([c.Confirm(), c.Deny(), c.Cancel(), c.Resume(), c.Undo(), c.Repeat(), c.Refuse(), c.Handoff()]),
)


@given(st.lists(any_command, min_size=1, max_size=8))
def test_parsing_what_was_rendered_gives_the_same_commands(given_commands: list[c.Command]) -> None:
    assert c.parse_commands(c.render_commands(given_commands)) == tuple(given_commands)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "begin weather.forecast",
        "start",
        "start a b",
        "set people",
        "choose zero",
        "choose 0",
        "clarify a",
        "Confirm",
    ],
)
def test_a_line_outside_the_language_is_named(line: str) -> None:
    with pytest.raises(IllegalCommands, match=r"not a command|no command"):
        c.parse_commands(line + "\n" if line else "")


def test_a_value_keeps_its_spaces() -> None:
    assert c.parse_command("set time half past seven") == c.Set("time", "half past seven")
