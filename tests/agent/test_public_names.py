"""The shop window: complete, sorted, and light to look through."""

import subprocess
import sys

import pytest

import agent

HEAVY = (
    "torch",
    "transformers",
    "vllm",
    "textual",
    "langchain_core",
    "redis",
    "onnxruntime",
    "llguidance",
    "sympy",
    "numpy",
)


def test_every_public_name_can_be_had_and_the_list_is_sorted() -> None:
    assert list(agent.__all__) == sorted(agent.__all__)
    assert set(agent.__all__) == set(agent._WHERE)
    for name in agent.__all__:
        assert getattr(agent, name).__name__ == name


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        agent.nothing  # noqa: B018


def test_importing_the_library_loads_nothing_heavy() -> None:
    code = f"import sys, agent; print([name for name in {HEAVY!r} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_the_command_lines_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['factotum', '--help']\n"
        "from agent.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {(*HEAVY, 'pydantic')!r} if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip().endswith("LOADED []")
