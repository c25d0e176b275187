"""Reads the blocks of text that word tables and rules are written in."""

from __future__ import annotations

import textwrap


def block_lines(text: str) -> list[str]:
    """Return the lines of a block without comments; a line that is indented further goes on with the one before."""
    lines: list[str] = []
    for line in textwrap.dedent(text.strip("\n")).splitlines():
        if line.startswith(" ") and lines:
            lines[-1] += " " + line.strip()
        elif line.strip() and not line.startswith("#"):
            lines.append(line.strip())
    return lines


def word_set(text: str) -> frozenset[str]:
    """Return the words of a block."""
    return frozenset(text.split())


def pairs(text: str) -> dict[str, str]:
    """Return what a block of `word=form` says."""
    return {word: form for word, _, form in (entry.partition("=") for entry in text.split())}
