"""The calculator's own process: reads one tree a line (JSON), answers with what SymPy makes of it.

Run as a program by ``calculator``; imports nothing of factotum, and SymPy only here. A tree is ["+", left, right] or a
number as text ("63", "5/2"). SymPy objects are built from the tree: no text is ever parsed or evaluated by it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
"""More address space than that is refused by the system, where it can limit it."""


def limit_memory() -> None:
    """Limit this process; systems that cannot limit it are kept in check by the time limit alone."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass


def calculate(tree: Any, steps: list[list[str]]) -> Any:
    """Return the exact value of a tree, and note every operation as [operator, left, right, value]."""
    import sympy

    if isinstance(tree, str):
        return sympy.Rational(tree)
    operator, left_tree, right_tree = tree
    left, right = calculate(left_tree, steps), calculate(right_tree, steps)
    if operator == "+":
        value = sympy.Add(left, right)
    elif operator == "-":
        value = sympy.Add(left, sympy.Mul(-1, right))
    elif operator == "*":
        value = sympy.Mul(left, right)
    elif operator == "/":
        value = sympy.Mul(left, sympy.Pow(right, -1))
    else:
        raise ValueError(f"unknown operator {operator!r}")
    if not value.is_Rational:
        raise ZeroDivisionError
    steps.append([operator, str(left), str(right), str(value)])
    return value


def answer(line: str) -> dict[str, Any]:
    """Return the answer to one line."""
    steps: list[list[str]] = []
    try:
        value = calculate(json.loads(line), steps)
        return {"value": str(value), "steps": steps}
    except ZeroDivisionError:
        return {"error": "division by zero"}
    except (MemoryError, RecursionError, ValueError, TypeError) as error:
        return {"error": type(error).__name__}


def main() -> None:
    """Answer lines until the other side is gone."""
    limit_memory()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
