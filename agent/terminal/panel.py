"""The side panel: the live dialogue state, the model's last commands, the session's receipts, the turn's timings.

Draws values it is given; knows neither the agent nor a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agent import Receipt
from agent.terminal.live import DialogueView, FrameView, printable

MAX_SHOWN_RECEIPTS = 12
MAX_SHOWN_FACTS = 4


class StatePanel(VerticalScroll, can_focus=False):
    """Four sections; the one that grows comes last."""

    def compose(self) -> ComposeResult:
        """Lay out a title and a body a section."""
        for name in ("dialogue", "commands", "timings", "receipts"):
            yield Static(Content(name), classes="title")
            yield Static(Content.styled("–", "dim"), id=name)

    def show_dialogue(self, view: DialogueView) -> None:
        """Show the stack and the open question."""
        self.query_one("#dialogue", Static).update(dialogue_content(view))

    def show_commands(self, commands: Sequence[str]) -> None:
        """Show what the model wrote last."""
        self._update("commands", Content("\n").join(Content(printable(line)) for line in commands))

    def show_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Show the session's receipts, the newest first."""
        newest = list(reversed(receipts))[:MAX_SHOWN_RECEIPTS]
        blocks = [receipt_content(receipt) for receipt in newest]
        if len(receipts) > len(newest):
            blocks.append(Content.styled(f"and {len(receipts) - len(newest)} older", "dim"))
        self._update("receipts", Content("\n").join(blocks))

    def show_timings(self, timings: Mapping[str, float]) -> None:
        """Show how long each step of the last turn took."""
        lines = [Content.assemble((f"{step:<11}", "dim"), duration(s)) for step, s in timings.items()]
        self._update("timings", Content("\n").join(lines))

    def _update(self, section: str, content: Content) -> None:
        self.query_one(f"#{section}", Static).update(content if content.plain else Content.styled("–", "dim"))


def dialogue_content(view: DialogueView) -> Content:
    """Return the stack, active frame first, then what is paused and waiting, then the open question."""
    asked = view.question.slot if view.question else None
    blocks: list[Content] = []
    for depth, frame in enumerate(reversed(view.frames)):
        blocks.append(_frame_content(frame, "▸" if depth == 0 else "‖", "" if depth == 0 else "paused", asked))
        asked = None
    blocks += [_frame_content(frame, "…", "waiting", None) for frame in view.waiting]
    if not blocks:
        blocks.append(Content.styled("nothing open", "dim"))
    if view.question:
        blocks.append(Content.styled(f"? {printable(str(view.question))}", "bold $text-warning"))
        blocks += [
            Content(f"  {number} {printable(option)}").truncate(30, ellipsis=True)
            for number, option in enumerate(view.question.options, 1)
        ]
    return Content("\n").join(blocks)


def receipt_content(receipt: Receipt) -> Content:
    """Return a receipt with its first plain facts, its source and its time of day."""
    lines = [Content.assemble(("✓ " if receipt.effect else "· ", "$text-success"), printable(receipt.intent))]
    facts = {name: fact for name, fact in receipt.facts.items() if isinstance(fact, str | int | float) and fact != ""}
    for name, fact in list(facts.items())[:MAX_SHOWN_FACTS]:
        label = Content.styled(f"  {printable(name)} ", "dim")
        lines.append(Content.assemble(label, printable(str(fact)).replace("\n", " ")).truncate(30, ellipsis=True))
    when = receipt.as_of.astimezone().strftime("%H:%M")
    source = Content.styled(f"{printable(receipt.source)}, {when}", "dim")
    if receipt.simulated:
        # On a line of its own: it must never be what is cut off.
        lines.append(Content.styled("  simulated", "italic $text-warning"))
    lines.append(Content.assemble("  ", source).truncate(30, ellipsis=True))
    return Content("\n").join(lines)


def duration(seconds: float) -> str:
    """Return a duration as people read it: "0.4 ms", "37 ms", "1.24 s"."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def _frame_content(frame: FrameView, mark: str, note: str, asked: str | None) -> Content:
    title = Content.assemble((f"{mark} ", "bold $accent"), (printable(frame.intent), "" if note else "bold"))
    if note:
        title = Content.assemble(title, (f"  {note}", "italic dim"))
    slots = dict(frame.slots)
    if asked is not None:
        slots.setdefault(asked, "?")
    width = max((len(name) for name in slots), default=0)
    lines = [title]
    for name, text in slots.items():
        label = Content.styled(f"  {printable(name):<{width}} ", "dim")
        lines.append(Content.assemble(label, printable(text).replace("\n", " ")).truncate(30, ellipsis=True))
    return Content("\n").join(lines)
