"""The model writes an equation over marked numbers; only what SymPy computed is ever told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer

from agent.actions import Action, ActionCall, ActionContext, ActionResult, Prepares
from agent.errors import NotFound, Unavailable
from skills.tutoring import (
    CONSTANTS,
    Calculator,
    TutoringAction,
    expression_grammar,
    is_writable,
    mark_numbers,
    parse_equation,
    parse_expression,
    render,
)
from skills.tutoring.expressions import MAX_OPERANDS, WRITTEN_DEPTH, Leaf, NotAnExpression, Operation, Tree

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def context(lang: str = "en") -> ActionContext:
    return ActionContext(session_id="s", now=NOW, lang=lang, data_dir=Path("unused"))


@pytest.fixture(scope="module")
def action() -> TutoringAction:
    return TutoringAction()


async def solve(action: TutoringAction, problem: str, draft: str, lang: str = "en") -> ActionResult:
    return await action.run(ActionCall("solve", {"problem": problem}, draft=draft), context(lang))


@pytest.mark.parametrize(
    ("problem", "text", "numbers"),
    [
        ("Tom has 5 apples and buys twenty-one more.", "Tom has N0 apples and buys N1 more.", [5, 21]),
        ("15% of 80", "N0% of N1", [15, 80]),
        ("9x6", "N0 x N1", [9, 6]),
        ("250+375", "N0 + N1", [250, 375]),
        ("90-28", "N0 - N1", [90, 28]),
        ("-5 + 3", "N0 + N1", [-5, 3]),
        ("(4 + 6) * 3", "(N0 + N1) * N2", [4, 6, 3]),
        ("the average of 4, 8 and 12", "the average of N0, N1 and N2", [4, 8, 12]),
        ("4,8 and 12", "N0,N1 and N2", [4, 8, 12]),
        ("at $12.50 each, 1,250 in all", "at $N0 each, N1 in all", [12.5, 1250]),
        ("1 1/2 cups, 3/4 pound and 96/8", "N0 cups, N1 pound and N2 / N3", [1.5, 0.75, 96, 8]),
        ("a dozen eggs and 3 dozen rolls", "N0 eggs and N1 rolls", [12, 36]),
        ("2.5 million and half a dozen", "N0 and N1", [2_500_000, 6]),
        ("two hundred and five men", "N0 men", [205]),
        ("a 120-page book at 7:30 on the 3rd day", "a N0-page book at 7:30 on the 3rd day", [120]),
        ("which one has a tow truck", "which one has a tow truck", []),
        ("10km in 3h", "N0 km in N1 h", [10, 3]),
        ("N5 apples", "N N0 apples", [5]),
        ("half of 90", "half of N0", [90]),
    ],
)
def test_numbers_are_marked_in_order(problem: str, text: str, numbers: list[float]) -> None:
    marked = mark_numbers(problem)
    assert (marked.text, list(marked.numbers)) == (text, numbers)


@pytest.mark.parametrize(
    ("problem", "text", "numbers"),
    [
        ("Anna hat 24 Sticker und gibt neun weg", "Anna hat N0 Sticker und gibt N1 weg", [24, 9]),
        ("1.500 Euro und 2,5 kg", "N0 Euro und N1 kg", [1500, 2.5]),
        ("ein Dutzend Eier, einundzwanzig Hühner", "N0 Eier, N1 Hühner", [12, 21]),
        ("eine Kuh frisst 2.5 kg", "eine Kuh frisst N0 kg", [2.5]),
    ],
)
def test_numbers_are_marked_in_german(problem: str, text: str, numbers: list[float]) -> None:
    marked = mark_numbers(problem, "de")
    assert (marked.text, list(marked.numbers)) == (text, numbers)


@given(st.text(max_size=60))
def test_marking_any_text_ends_with_its_own_placeholders_only(problem: str) -> None:
    marked = mark_numbers(problem)
    for index in range(len(marked.numbers)):
        assert f"N{index}" in marked.text


@pytest.mark.parametrize(
    ("equation", "numbers", "expected"),
    [
        ("( 63 + 7 )", [63, 7, 13], "N0 + N1"),
        ("( 25000 - ( 1500 * 8 ) )", [25000, 1500, 8], "N0 - N1 * N2"),
        ("( ( 24 + 39 ) * 4 )", [24, 39, 4], "( N0 + N1 ) * N2"),
        ("( 9 - ( 4 - 2 ) )", [9, 4, 2], "N0 - ( N1 - N2 )"),
        ("( 5 + 5 )", [5, 5], "N0 + N1"),
        ("( ( ( 70 * 3 ) * 2.5 ) * 0.01 )", [70, 3, 2.5], "N0 * N1 * N2 / 100"),
        ("( 80 * 0.15 )", [15, 80], "N1 * ( N0 / 100 )"),
        ("( 3 * 7.0 )", [3], "N0 * 7"),
        ("( 11 * 25.0 )", [11], None),
        ("( 3 + x )", [3], None),
        ("( 3 + ", [3], None),
        ("", [3], None),
    ],
)
def test_plain_equations_become_marked_ones(equation: str, numbers: list[float], expected: str | None) -> None:
    assert parse_equation(equation, [Fraction(str(number)) for number in numbers]) == expected


@pytest.mark.parametrize(
    "draft",
    [
        "", "N0 +", "+ N0", "N0 N1", "( N0", "N0 )", "N7", "6", "N0 ** N1", "N0 ^ N1", "N0 + 1.5", "__import__('os')",
        "N0; N1", "x + N0", "N0 + N1 = 5", "(" * 50 + "N0" + ")" * 50, "N0 + " * 200 + "N0", "N0\x00", "lambda: 0",
    ],
)  # fmt: skip
def test_what_is_not_an_expression_never_passes_the_parser(draft: str) -> None:
    with pytest.raises(NotAnExpression):
        parse_expression(draft, 2)


def trees(number_count: int, max_leaves: int = 6) -> st.SearchStrategy[Tree]:
    names = [f"N{index}" for index in range(number_count)] + [str(constant) for constant in CONSTANTS]
    leaves = st.sampled_from(names).map(Leaf)
    return st.recursive(
        leaves,
        lambda inner: st.builds(Operation, st.sampled_from("+-*/"), inner, inner),
        max_leaves=max_leaves,
    )


def value(tree: Tree, numbers: list[Fraction]) -> Fraction:
    if isinstance(tree, Leaf):
        return numbers[int(tree.name[1:])] if tree.name.startswith("N") else Fraction(tree.name)
    left, right = value(tree.left, numbers), value(tree.right, numbers)
    return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}[tree.operator](right)


@given(trees(3))
def test_rendering_keeps_the_value(tree: Tree) -> None:
    numbers = [Fraction(11), Fraction(13), Fraction(17)]
    try:
        expected = value(tree, numbers)
    except ZeroDivisionError:
        return
    assert value(parse_expression(render(tree), 3), numbers) == expected


def accepts(grammar: str, text: str) -> bool:
    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(grammar))
    return bool(matcher.consume_tokens(list(text.encode()))) and bool(matcher.is_accepting())


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        (" N0 + N1", True),
        (" ( N0 + N1 ) / 2", True),
        (" N0 - ( N1 - ( N0 - ( N1 + 1 ) ) )", True),
        (" N0", True),
        (" N2", False),
        (" 6 + N0", False),
        ("N0 + N1", False),
        (" N0+N1", False),
        (" N0 +", False),
        (" ( N0 )", False),
        (" " + "( " * 5 + "N0", False),
    ],
)
def test_the_grammar_allows_expressions_over_the_problems_numbers_only(text: str, legal: bool) -> None:
    assert accepts(expression_grammar(2), text) == legal


@given(trees(2, 16))
def test_the_grammar_writes_what_is_called_writable_and_the_parser_reads_it(tree: Tree) -> None:
    text = render(tree)
    writable = accepts(expression_grammar(2), " " + text)
    assert is_writable(text) == writable
    if writable:
        assert parse_expression(text, 2)


def summed(operands: int) -> str:
    return " + ".join(["N0"] * operands)


def nested(depth: int) -> str:
    return f"N0 - ( {nested(depth - 1)} )" if depth else "N0 - N1"


@pytest.mark.parametrize(
    ("equation", "writable"),
    [
        (summed(MAX_OPERANDS), True),
        (summed(MAX_OPERANDS + 1), False),
        (f"( {summed(MAX_OPERANDS)} ) / 5", True),
        (f"( {summed(MAX_OPERANDS + 1)} ) / 5", False),
        (nested(WRITTEN_DEPTH), True),
        (nested(WRITTEN_DEPTH + 1), False),
        ("( N1 + N3 + N5 + N7 + N9 ) / 5", True),
    ],
)
def test_what_is_writable_ends_where_the_grammar_ends(equation: str, writable: bool) -> None:
    assert is_writable(equation) == writable
    assert accepts(expression_grammar(10), " " + equation) == writable


async def test_a_word_problem_is_prepared_with_its_own_numbers(action: TutoringAction) -> None:
    prepared = action.prepare(ActionCall("solve", {"problem": "Ann has 5 cats and seven dogs."}), context())
    assert prepared.fields == {"problem": "Ann has N0 cats and N1 dogs."}
    assert prepared.grammar
    assert accepts(prepared.grammar, " N0 + N1")
    assert not accepts(prepared.grammar, " N0 + N2")
    assert prepared.max_tokens == 48


async def test_a_problem_without_numbers_still_has_a_grammar(action: TutoringAction) -> None:
    prepared = action.prepare(ActionCall("solve", {"problem": "How many hours does a week have?"}), context())
    assert prepared.grammar
    assert accepts(prepared.grammar, " 7 * 24")


@pytest.mark.parametrize(
    ("problem", "draft", "equation", "answer"),
    [
        ("Emily has 63 cards and gets 7 more.", "N0 + N1", "63 + 7", "70"),
        ("the average of 4, 8 and 13", " ( N0 + N1 + N2 ) / 3", "( 4 + 8 + 13 ) / 3", "25/3"),
        ("15% of 80", "N0 / 100 * N1", "15 / 100 * 80", "12"),
        ("2.5 + 3.7", "N0 + N1", "2.5 + 3.7", "6.2"),
        ("0.1 + 0.2", "N0 + N1", "0.1 + 0.2", "0.3"),
        ("2/3 of 90", "N0 * N1", "(2/3) * 90", "60"),
        ("It was 12 degrees and fell by 17 degrees.", "N0 - N1", "12 - 17", "-5"),
        ("How many hours does a week have?", "7 * 24", "7 * 24", "168"),
    ],
)
async def test_sympy_computes_exactly(
    action: TutoringAction, problem: str, draft: str, equation: str, answer: str
) -> None:
    result = await solve(action, problem, draft)
    assert (result.facts["equation"], result.facts["answer"]) == (equation, answer)
    assert (result.source, result.simulated, result.effect) == ("SymPy", False, False)


async def test_the_steps_are_shown_and_decimals_given(action: TutoringAction) -> None:
    facts = (await solve(action, "10 cakes, 5 pies, shared by 4, 3 times", "( N0 + N1 ) / N2 * N3")).facts
    assert facts["steps"] == ["10 + 5 = 15", "15 / 4 = 3.75", "3.75 * 3 = 11.25"]
    facts = (await solve(action, "10 pies for 3", "N0 / N1")).facts
    assert (facts["answer"], facts["answer_decimal"]) == ("10/3", "3.333")


@pytest.mark.parametrize(
    ("problem", "draft", "words"),
    [
        ("5 cats and 0 dogs", "N0 / N1", "divide by zero"),
        ("the average of 4, 8, 12 and 16", "N0 + N1 + N2", "leaves out some of the numbers"),
        ("der durchschnitt von 4, 8 und 12", "( N0 + N1 ) / 2", "leaves out some of the numbers"),
        ("5 cats and 8 dogs", "N0 - N1", "gives -3, which cannot be right"),
        ("5 cats", "hello", "no equation"),
        ("5 cats", "", "no equation"),
        ("5 cats", "N1", "N1 is none of the problem's 1 numbers"),
        ("999999999999999 times 999999999999999", "N0 * N1", "far too large"),
    ],
)
async def test_what_cannot_be_worked_out_is_said(action: TutoringAction, problem: str, draft: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        await solve(action, problem, draft)


@pytest.mark.parametrize(
    ("problem", "draft", "answer"),
    [
        ("the average of 4, 8, 12 and 16", "( N0 + N1 + N2 + N3 ) / 4", "10"),
        ("10 cakes at 3 euros, with 2 candles", "N0 * N1", "30"),  # what is no list may go unused
        ("marks of 4, 8, 12, and 5 pens at 2 euros", "N3 * N4", "10"),  # and so may a list as a whole
        ("WHAT IS 12 TIMES 13", "N0 * N1", "156"),
    ],
)
async def test_a_list_is_used_as_a_whole_or_not_at_all(
    action: TutoringAction, problem: str, draft: str, answer: str
) -> None:
    assert (await solve(action, problem, draft)).facts["answer"] == answer


async def test_a_very_long_problem_is_no_trouble(action: TutoringAction) -> None:
    problem = "5 cats and 7 dogs " + "9" * 5000 + " words " * 5000
    assert len(mark_numbers(problem).numbers) == 2
    assert (await solve(action, problem, "N0 + N1")).facts["answer"] == "12"


def worker(tmp_path: Path, program: str) -> Path:
    path = tmp_path / "worker.py"
    path.write_text(program)
    return path


async def test_a_calculator_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    program = worker(tmp_path, "import time\nfor line in open(0):\n    time.sleep(600)\n")
    calculator = Calculator(worker=program, start_timeout_seconds=0.5)
    with pytest.raises(Unavailable, match=r"did not answer within 0\.5 seconds"):
        await calculator.calculate(["+", "1", "2"])
    program.write_text('for line in open(0):\n    print(\'{"value": "3", "steps": []}\', flush=True)\n')
    assert (await calculator.calculate(["+", "1", "2"])).value == 3
    await calculator.close()


async def test_a_calculator_that_dies_is_reported_and_started_again(tmp_path: Path) -> None:
    program = worker(tmp_path, "import sys\nsys.stdin.readline()\nsys.exit(1)\n")
    calculator = Calculator(worker=program)
    for _ in range(2):
        with pytest.raises(Unavailable, match="calculator ended"):
            await calculator.calculate(["+", "1", "2"])
    await calculator.close()


async def test_a_huge_number_ends_in_an_error_and_not_in_a_dead_machine() -> None:
    calculator = Calculator(answer_timeout_seconds=10)
    tree: object = "9" * 4000
    for _ in range(12):
        tree = ["*", tree, tree]
    with pytest.raises((NotFound, Unavailable)):
        await calculator.calculate(tree)
    assert (await calculator.calculate(["+", "1", "2"])).value == 3
    await calculator.close()


async def test_many_questions_at_once_get_their_own_answers(action: TutoringAction) -> None:
    results = await asyncio.gather(*(solve(action, f"{n} and 1", "N0 + N1") for n in range(8)))
    assert [result.facts["answer"] for result in results] == [str(n + 1) for n in range(8)]


async def test_closing_ends_the_process() -> None:
    action = TutoringAction()
    await solve(action, "1 and 2", "N0 + N1")
    process = action._calculator._process
    assert process is not None
    await action.close()
    assert process.poll() is not None
    await action.close()


def test_the_action_keeps_the_protocols() -> None:
    assert isinstance(TutoringAction(), Action)
    assert isinstance(TutoringAction(), Prepares)


def test_the_main_process_never_loads_sympy() -> None:
    program = "\n".join(
        [
            "import asyncio, sys, datetime, pathlib",
            "from agent.actions import ActionCall, ActionContext",
            "from skills.tutoring import TutoringAction",
            "context = ActionContext('s', datetime.datetime.now(datetime.UTC), 'en', pathlib.Path('.'))",
            "async def main():",
            "    action = TutoringAction()",
            "    call = ActionCall('solve', {'problem': '1 and 2'}, draft='N0 + N1')",
            "    print((await action.run(call, context)).facts['answer'])",
            "    await action.close()",
            "asyncio.run(main())",
            "assert 'sympy' not in sys.modules",
        ]
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "3"), ran.stderr
