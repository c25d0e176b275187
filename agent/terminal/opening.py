"""What the conversation opens with: how the start is going, then what can be said, or why it could not start.

Draws what it is told; knows no agent.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from agent.terminal.live import printable


class Opening(Static):
    """One block at the top of the conversation."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: list[str] = []

    def show_stage(self, stage: str) -> None:
        """Tick off the stages before this one."""
        done = [Content.styled(f"✓ {printable(name)}\n", "$text-success") for name in self._stages]
        self._stages.append(stage)
        hint = Content.styled("You can type already; it is answered as soon as this is done.", "dim")
        self.update(Content.assemble(*done, f"• {printable(stage)} …\n", hint))

    def show_failure(self, reason: str) -> None:
        """Say why the agent did not start, in full, and what can be done."""
        self._stages = []
        self.add_class("-failed")
        title = Content.styled("The assistant could not start.", "bold $text-error")
        keys = Content.styled("ctrl+q quits, F5 tries again.", "bold")
        self.update(Content.assemble(title, "\n", printable(reason), "\n", keys))

    def show_welcome(self, suggestions: Sequence[tuple[str, str]]) -> None:
        """Say what can be asked: one thing a skill, from the skills' own examples."""
        self.remove_class("-failed")
        lines = [Content("Say what you want done, for example:" if suggestions else "Say what you want done.")]
        width = max((len(skill) for skill, _ in suggestions), default=0)
        for skill, text in suggestions:
            label = Content.styled(f"  {printable(skill).replace('_', ' '):<{width}}  ", "$text-accent")
            lines.append(Content.assemble(label, printable(text)))
        self.update(Content("\n").join(lines))
