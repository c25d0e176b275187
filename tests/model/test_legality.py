"""A thousand answers of the bundled model at temperature 2, over dialogue states and words of every kind: all legal."""

from pathlib import Path

from agent.backends.base import Request
from agent.backends.local import LocalBackend
from agent.commands import parse_commands
from agent.discovery import load_catalogue
from agent.grammar import build_grammar
from agent.prompting import render_understand
from agent.rowmaking import make_rows
from agent.understanding import check_legal

SAMPLES = 1000


async def test_a_thousand_hot_answers_are_all_legal_and_parsable(local: LocalBackend, tmp_path: Path) -> None:
    catalogue = load_catalogue(tmp_path, tmp_path)
    kinds = set()
    for number, row in enumerate(make_rows(catalogue, seed=11, count=SAMPLES, split="eval")):
        kinds.add(row.kind)
        grammar = build_grammar(catalogue, row.state, row.text)
        prompt = render_understand(catalogue, row.state, row.text, trained_on=catalogue.signatures)
        answer = await local.complete(Request(prompt, grammar, max_tokens=600, temperature=2.0, seed=number))
        assert parse_commands(answer), (row, answer)
        check_legal(answer, grammar)
    assert len(kinds) >= 10
