"""The language the model writes equations in: placeholders, a few constants, + - * / and parentheses.

    ( N0 + N1 ) / 2

One parser, one renderer, one grammar. A text that is not of this language never gets past the parser, so nothing the
model or a user writes is ever evaluated as code. Knows no arithmetic: a tree is handed to the calculator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

CONSTANTS = (1, 2, 3, 4, 5, 7, 10, 12, 24, 52, 60, 100, 365, 1000)
"""What a problem may leave unsaid: a pair, a week, a dozen, a year, per cent."""
MAX_TOKENS = 48
"""A longer equation is no equation of a word problem."""
MAX_DEPTH = 6
MAX_OPERANDS = 6
"""Operands that the grammar allows side by side, at the top and within parentheses."""
WRITTEN_DEPTH = 3
"""Parentheses inside one another that the grammar allows."""
_TOKEN = re.compile(r"\s*(N\d+|\d+(?:\.\d+)?|[-+*/()])")
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


class NotAnExpression(ValueError):
    """A text is not of the language; says why."""


@dataclass(frozen=True)
class Leaf:
    """A placeholder ("N0") or a constant ("100")."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two trees joined by one of + - * /."""

    operator: str
    left: Tree
    right: Tree


Tree = Leaf | Operation


def expression_grammar(number_count: int) -> str:
    """Return Lark text for expressions over N0 .. N<number_count - 1>; every token has a space before it.

    Parentheses go `WRITTEN_DEPTH` deep and an expression holds at most `MAX_OPERANDS` a level, so that even a model
    that was never trained for it comes to an end.
    """
    names = [f"N{index}" for index in range(number_count)] + [str(constant) for constant in CONSTANTS]
    atoms = " | ".join(f'" {name}"' for name in names)
    more = MAX_OPERANDS - 1
    levels = ["part", *(f"deeper_{depth}" for depth in range(1, WRITTEN_DEPTH)), "atom"]
    inside = "".join(
        f'{outer}: atom | " (" {inner} (op {inner}){{1,{more}}} " )"\n' for outer, inner in pairwise(levels)
    )
    return f'start: part (op part){{0,{more}}}\n{inside}op: " +" | " -" | " *" | " /"\natom: {atoms}\n'


def is_writable(equation: str) -> bool:
    """Return whether `expression_grammar` can write a rendered equation.

    >>> is_writable("( N0 + N1 ) / 2"), is_writable("N0 + N1 + N2 + N3 + N4 + N5 + N6")
    (True, False)
    """
    operands = [1]
    # Side by side, of each open parenthesis.
    for token in equation.split():
        if token == "(":
            operands.append(1)
        elif token == ")":
            operands.pop()
        elif token in _PRECEDENCE:
            operands[-1] += 1
        if operands[-1] > MAX_OPERANDS or len(operands) > WRITTEN_DEPTH + 1:
            return False
    return True


def parse_expression(text: str, number_count: int) -> Tree:
    """Read an expression over N0 .. N<number_count - 1>.

    Raises:
        NotAnExpression: anything else, a number that is no allowed constant included.
    """

    def leaf(token: str) -> Leaf:
        if token.startswith("N"):
            if int(token[1:]) >= number_count:
                raise NotAnExpression(f"{token} is none of the problem's {number_count} numbers")
        elif "." in token or int(token) not in CONSTANTS:
            raise NotAnExpression(f"{token} is neither a number of the problem nor one of {CONSTANTS}")
        return Leaf(token)

    return _parse(text, leaf)


def parse_equation(equation: str, numbers: Sequence[Fraction]) -> str | None:
    """Return an equation with plain numbers as the model should write it, or None when a number is unknown.

    "( 63 + 7 )" with the problem's numbers 63 and 7 gives "N0 + N1". A number is looked for among those of the problem
    (not used before first), then among the constants, then as a percentage ("0.15" for 15: "N0 / 100").
    """
    used: set[int] = set()

    def leaf(token: str) -> Tree:
        if token.startswith("N"):
            raise NotAnExpression(f"{token} is no number")
        value = Fraction(token)
        places = [index for index, number in enumerate(numbers) if number == value]
        if places:
            place = next((index for index in places if index not in used), places[0])
            used.add(place)
            return Leaf(f"N{place}")
        if value.denominator == 1 and int(value) in CONSTANTS:
            return Leaf(str(value))
        hundredfold = value * 100
        if hundredfold in numbers or hundredfold == 1:
            upper = Leaf(f"N{list(numbers).index(hundredfold)}") if hundredfold in numbers else Leaf("1")
            return Operation("/", upper, Leaf("100"))
        raise NotAnExpression(f"{token} is not in the problem")

    try:
        return render(_shorter(_parse(equation, leaf)))
    except NotAnExpression:
        return None


def _shorter(tree: Tree) -> Tree:
    """a * ( 1 / 100 ) is a / 100."""
    if isinstance(tree, Leaf):
        return tree
    left, right = _shorter(tree.left), _shorter(tree.right)
    for part, other in ((right, left), (left, right)):
        if tree.operator == "*" and isinstance(part, Operation) and part.operator == "/" and part.left == Leaf("1"):
            return Operation("/", other, part.right)
    return Operation(tree.operator, left, right)


def render(tree: Tree, say: Callable[[str], str] = str) -> str:
    """Return the expression with as few parentheses as it needs; ``say`` writes a leaf."""
    if isinstance(tree, Leaf):
        return say(tree.name)
    left, right = render(tree.left, say), render(tree.right, say)
    mine = _PRECEDENCE[tree.operator]
    if isinstance(tree.left, Operation) and _PRECEDENCE[tree.left.operator] < mine:
        left = f"( {left} )"
    if isinstance(tree.right, Operation):
        theirs = _PRECEDENCE[tree.right.operator]
        # a + ( b + c ) and a * ( b * c ) need none; a - ( b + c ) and a / ( b * c ) do.
        if theirs < mine or (theirs == mine and not (tree.operator in "+*" and tree.right.operator == tree.operator)):
            right = f"( {right} )"
    return f"{left} {tree.operator} {right}"


def _parse(text: str, leaf: Callable[[str], Tree]) -> Tree:
    tokens = _tokens(text)
    position = 0

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def level(precedence: int, depth: int) -> Tree:
        nonlocal position
        if precedence == 3:
            return atom(depth)
        tree = level(precedence + 1, depth)
        while _PRECEDENCE.get(peek()) == precedence:
            operator = tokens[position]
            position += 1
            tree = Operation(operator, tree, level(precedence + 1, depth))
        return tree

    def atom(depth: int) -> Tree:
        nonlocal position
        token = peek()
        position += 1
        if token == "(":
            if depth >= MAX_DEPTH:
                raise NotAnExpression(f"more than {MAX_DEPTH} parentheses inside one another")
            tree = level(1, depth + 1)
            if peek() != ")":
                raise NotAnExpression("a parenthesis is not closed")
            position += 1
            return tree
        if not token or not (token[0] == "N" or token[0].isdigit()):
            raise NotAnExpression(f"{token or 'the end'!r} stands where a number was expected")
        return leaf(token)

    tree = level(1, 0)
    if position != len(tokens):
        raise NotAnExpression(f"{tokens[position]!r} stands where an operator was expected")
    return tree


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotAnExpression(f"{text[position : position + 10]!r} is not part of an expression")
        tokens.append(match[1])
        position = match.end()
        if len(tokens) > MAX_TOKENS:
            raise NotAnExpression(f"more than {MAX_TOKENS} symbols")
    if not tokens:
        raise NotAnExpression("nothing was written")
    return tokens
