"""The tutoring skill: the model writes the equation of a problem, SymPy computes it. No result comes from the model.

Intent: solve (problem).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from agent.actions import ActionCall, ActionContext, ActionResult, Preparation
from agent.errors import NotFound
from agent.prompting import quiet
from skills.tutoring.calculator import Calculator
from skills.tutoring.expressions import Leaf, NotAnExpression, Tree, expression_grammar, parse_expression, render
from skills.tutoring.marking import Marked, mark_numbers

MAX_ANSWER = Fraction(10**15)
_BELOW_ZERO = re.compile(
    r"(?<!\w)-|−|minus|negative|temperature|degree|below|debt|owe|difference|subtract|take away|"
    r"temperatur|grad|schuld|differenz",
    re.IGNORECASE,
)
# Fewer than no apples are a wrong equation; five degrees below zero are not.


_MARK = re.compile(r"N\d+")
_LIST = re.compile(r"N\d+(?:(?:, ?(?:and |und )?| and | und )N\d+){2,}(?=\s*(?:[?.!,;:=]|$))")
# Three numbers or more in a row, with no thing after the last that they count.


class TutoringAction:
    """Fulfils the intents of the tutoring skill."""

    def __init__(self, *, calculator: Calculator | None = None) -> None:
        self._calculator = calculator or Calculator()

    def prepare(self, call: ActionCall, context: ActionContext) -> Preparation:
        """Return the problem with its numbers marked and the grammar of equations over them."""
        marked = _marked(call, context)
        grammar = expression_grammar(len(marked.numbers))
        return Preparation(fields={"problem": marked.text}, grammar=grammar, max_tokens=48)

    async def run(self, call: ActionCall, context: ActionContext) -> ActionResult:
        """Compute the equation that the model wrote (``call.draft``)."""
        if call.intent != "solve":
            raise NotFound(f"The tutoring skill has no intent {call.intent!r}.")
        problem = str(call.arguments["problem"])
        marked, numbers = _marked(call, context)
        try:
            tree = parse_expression(call.draft, len(numbers))
        except NotAnExpression as error:
            raise NotFound(f"I found no equation for it ({error}).") from error
        if half_listed(marked, tree):
            raise NotFound("My equation leaves out some of the numbers that you list.")
        values = {f"N{index}": number for index, number in enumerate(numbers)}
        calculated = await self._calculator.calculate(_plain(tree, values))
        answer = calculated.value
        if abs(answer) > MAX_ANSWER:
            raise NotFound("The result would be far too large.")
        if answer < 0 and not _BELOW_ZERO.search(problem):
            raise NotFound(f"My equation gives {say_number(answer)}, which cannot be right.")
        facts: dict[str, Any] = {
            "equation": render(tree, lambda name: _in_equation(_value(name, values))),
            "answer": say_number(answer),
            "answer_decimal": _decimal(answer),
            "steps": [
                f"{_in_equation(step.left)} {step.operator} {_in_equation(step.right)} = {say_number(step.value)}"
                for step in calculated.steps
            ],
            "expression": render(tree),
        }
        return ActionResult(facts=facts, source="SymPy", as_of=context.now, simulated=False)

    async def close(self) -> None:
        """End the calculator's process."""
        await self._calculator.close()


def _marked(call: ActionCall, context: ActionContext) -> Marked:
    return mark_numbers(quiet(str(call.arguments["problem"])), context.lang)


def half_listed(marked: str, tree: Tree) -> bool:
    """Whether an equation takes some numbers of a list in the problem and leaves others: "average of 4, 8, 12"."""
    used = _names(tree)
    lists = (set(_MARK.findall(run)) for run in _LIST.findall(marked))
    return any(0 < len(used & names) < len(names) for names in lists)


def _names(tree: Tree) -> set[str]:
    return {tree.name} if isinstance(tree, Leaf) else _names(tree.left) | _names(tree.right)


def _value(name: str, values: dict[str, Fraction]) -> Fraction:
    return values[name] if name in values else Fraction(name)


def _plain(tree: Tree, values: dict[str, Fraction]) -> Any:
    """The tree with its numbers, as the calculator's process reads it."""
    if isinstance(tree, Leaf):
        return str(_value(tree.name, values))
    return [tree.operator, _plain(tree.left, values), _plain(tree.right, values)]


def say_number(value: Fraction) -> str:
    """Return a number as it is written: "70", "2.5", and "10/3" where no decimals are exact."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    decimals = f"{float(value):.6f}".rstrip("0")
    return decimals if rest == 1 and Fraction(decimals) == value else f"{value.numerator}/{value.denominator}"


def _decimal(value: Fraction) -> str:
    return say_number(value) if "/" not in say_number(value) else f"{float(value):.4g}"


def _in_equation(value: Fraction) -> str:
    text = say_number(value)
    return f"({text})" if "/" in text or value < 0 else text
