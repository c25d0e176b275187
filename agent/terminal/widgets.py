"""The parts of the screen: header, conversation, open question, input, status line.

They draw what they are given and emit typed messages; none of them knows the agent. Words of the user and of the
assistant are data: they are shown as `Content`, which is never read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static, TextArea

from agent import Receipt
from agent.terminal.live import QuestionView, printable

MAX_SHOWN_CHARS = 6000
"""More of one turn is not drawn; what is sent and stored is never cut."""
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def as_data(text: str) -> Content:
    """Return text as content that is shown letter for letter."""
    text = printable(text)
    if len(text) > MAX_SHOWN_CHARS:
        text = f"{text[:MAX_SHOWN_CHARS]} … ({len(text) - MAX_SHOWN_CHARS:,} more characters)"
    return Content(text)


class HeaderLine(Horizontal):
    """One line: the name, the session, and what is in use."""

    def __init__(self, session: str) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """Lay out the two ends of the line."""
        name = Content.assemble(("factotum", "bold"), (f"  {printable(self._session)}", "dim"))
        yield Static(name, id="name")
        yield Static(Content(""), id="in-use")

    def show_parts(self, backend: str, store: str) -> None:
        """Say which backend and store are in use."""
        self.query_one("#in-use", Static).update(as_data(f"{backend} · {store}"))


class UserTurn(Static):
    """What the user said."""

    def __init__(self, text: str, *, mark: str = "") -> None:
        self.text = text
        super().__init__(self._content(mark), classes="turn")
        self.set_class(bool(mark), "-marked")

    def show_mark(self, mark: str) -> None:
        """Say what is special about it ("queued", "cancelled"); an empty mark says nothing."""
        self.set_class(bool(mark), "-marked")
        self.update(self._content(mark))

    def _content(self, mark: str) -> Content:
        said = as_data(self.text)
        return Content.assemble(said, (f"   ({mark})", "italic $text-warning")) if mark else said


class AssistantTurn(Static):
    """What the assistant answered, while it comes and when it is complete."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        super().__init__(as_data(text) if text else Content.styled("…", "dim"), classes="turn")

    def add_piece(self, piece: str) -> None:
        """Show one more piece of a streamed reply."""
        self.text = self.text + piece if self.text else piece.lstrip()
        self.update(as_data(self.text))

    def finish(self, text: str, receipts: Sequence[Receipt] = (), *, failed: bool = False) -> None:
        """Show the whole reply and the receipts it rests on."""
        self.text = text
        self.set_class(failed, "-failed")
        content = as_data(text)
        for receipt in receipts:
            content = Content.assemble(content, "\n", receipt_line(receipt))
        self.update(content)


class Conversation(VerticalScroll, can_focus=False):
    """The turns, oldest first; stays at the end unless the user scrolls up."""

    def on_mount(self) -> None:
        """Keep the newest turn in sight."""
        self.anchor()


class QuestionBar(Static):
    """What can be answered to the open question with one key or click; hidden when there is nothing to pick."""

    class Answered(Message):
        """An answer was clicked."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def show_question(self, question: QuestionView | None) -> None:
        """Show the answers that can be picked; the reply above has already said what the numbers stand for."""
        answers = question.answers if question else ()
        self.display = bool(answers)
        lead = "Pick a number, or say it in your own words:" if question and question.options else "Answer:"
        parts: list[Content | str | tuple[str, str]] = [(lead, "dim")]
        for place, answer in enumerate(answers):
            # The answer travels as a place in this list, so that no text is ever read as an action.
            chip = Content.styled(f" {answer} ", "bold reverse").stylize(
                Style.from_meta({"@click": f"answer({place})"})
            )
            parts += ["  ", chip]
        self._answers = answers
        self.update(Content.assemble(*parts))

    def action_answer(self, place: int) -> None:
        """Send the clicked answer."""
        self.post_message(self.Answered(self._answers[place]))


class PromptInput(TextArea):
    """Where the user types. Enter sends, ctrl+j starts a new line, Up and Down go through what was sent before."""

    BINDINGS = [
        Binding("ctrl+j", "new_line", "New line", show=False),
        Binding("pageup", "app.scroll_conversation(-1)", "Scroll up", show=False),
        Binding("pagedown", "app.scroll_conversation(1)", "Scroll down", show=False),
    ]

    class Submitted(Message):
        """The user sent a text."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self) -> None:
        super().__init__(soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, compact=True)
        self.sent: list[str] = []
        # Oldest first.
        self._recalled: int | None = None
        # Place in `sent` of what is in the input now; None for the user's own draft.
        self._draft = ""

    async def _on_key(self, event: events.Key) -> None:
        # Textual calls the handler of every base class too unless the default is prevented.
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._submit()
        elif event.key == "up" and self.navigator.is_first_wrapped_line(self.cursor_location):
            event.stop()
            event.prevent_default()
            self._recall(-1)
        elif event.key == "down" and self.navigator.is_last_wrapped_line(self.cursor_location):
            event.stop()
            event.prevent_default()
            self._recall(1)

    def action_new_line(self) -> None:
        """Start a new line."""
        self.insert("\n")

    def give_back(self, text: str) -> bool:
        """Put a text that was not answered back, unless the user has typed something since."""
        if self.text.strip():
            return False
        self.text = text
        self.move_cursor(self.document.end)
        return True

    def _submit(self) -> None:
        text = self.text.strip()
        if not text:
            return
        if not self.sent or self.sent[-1] != text:
            self.sent.append(text)
        self._recalled, self._draft = None, ""
        self.clear()
        self.post_message(self.Submitted(text))

    def _recall(self, step: int) -> None:
        place = len(self.sent) if self._recalled is None else self._recalled
        if self._recalled is None:
            self._draft = self.text
        place = max(0, place + step)
        if place >= len(self.sent):
            self._recalled = None
            self.text = self._draft
        else:
            self._recalled = place
            self.text = self.sent[place]
        self.move_cursor(self.document.end)


class StatusLine(Horizontal):
    """One line: what happens now, and the keys that matter."""

    def compose(self) -> ComposeResult:
        """Lay out the two ends of the line."""
        yield Static(Content(""), id="doing")
        yield Static(Content("Enter sends · Esc cancels · F2 state · ctrl+q quits"), id="keys")
        yield Static(Content("F2 state · ctrl+q quits"), id="few-keys")

    def on_mount(self) -> None:
        """Turn the spinner only while there is something to wait for."""
        self._doing, self._ticks = "", 0
        self._timer = self.set_interval(0.1, self._tick, pause=True)

    def show_doing(self, doing: str, *, is_waiting: bool = False) -> None:
        """Say what happens now; `is_waiting` adds a spinner and the seconds waited in all."""
        self._doing = doing
        if is_waiting:
            self._tick()
            self._timer.resume()
        else:
            self._timer.pause()
            self._ticks = 0
            self.query_one("#doing", Static).update(as_data(doing))

    def _tick(self) -> None:
        seconds = f" {self._ticks / 10:.1f} s" if self._ticks >= 10 else ""
        spinner = _SPINNER[self._ticks % len(_SPINNER)]
        self.query_one("#doing", Static).update(as_data(f"{spinner} {self._doing}{seconds}"))
        self._ticks += 1


def receipt_line(receipt: Receipt) -> Content:
    """Return a receipt in one line; a simulated one says so."""
    mark = "✓" if receipt.effect else "·"
    line = Content.assemble((f"{mark} ", "$text-success"), (printable(receipt.intent), "dim"))
    if receipt.simulated:
        line = Content.assemble(line, ("  simulated", "italic $text-warning"))
    return line
