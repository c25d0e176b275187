"""The tutoring skill: the model writes the equation, SymPy computes it in a process of its own."""

from skills.tutoring.action import TutoringAction
from skills.tutoring.calculator import Calculator
from skills.tutoring.expressions import (
    CONSTANTS,
    expression_grammar,
    is_writable,
    parse_equation,
    parse_expression,
    render,
)
from skills.tutoring.marking import Marked, mark_numbers

__all__ = [
    "CONSTANTS",
    "Calculator",
    "Marked",
    "TutoringAction",
    "expression_grammar",
    "is_writable",
    "mark_numbers",
    "parse_equation",
    "parse_expression",
    "render",
]
