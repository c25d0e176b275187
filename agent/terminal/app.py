"""The terminal assistant: a Textual app that sends what is typed to the agent's worker and draws the notes it answers.

Everything the agent does happens on the worker's thread; everything here is drawing and the queue of what was typed
while the agent was busy. Knows no store, no backend and no skill.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message

from agent import Event, Receipt, Reply
from agent.terminal.live import DialogueView, view_after, view_of
from agent.terminal.notes import (
    Happened,
    Note,
    Staged,
    Started,
    StartFailed,
    TurnCancelled,
    TurnDone,
    TurnFailed,
)
from agent.terminal.opening import Opening
from agent.terminal.panel import StatePanel
from agent.terminal.widgets import (
    AssistantTurn,
    Conversation,
    HeaderLine,
    PromptInput,
    QuestionBar,
    StatusLine,
    UserTurn,
)
from agent.terminal.worker import AgentWorker, MakeAgent, make_agent

if TYPE_CHECKING:
    from agent import Settings


class FromAgent(Message):
    """A note of the agent's thread, brought over to the screen's."""

    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__()


class FactotumApp(App[None]):
    """One session on the screen."""

    CSS_PATH = "styles.tcss"
    TITLE = "factotum"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (90, "-wide")]
    BINDINGS = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("escape", "cancel_turn", "Cancel"),
        Binding("f2", "toggle_panel", "State"),
        Binding("f5", "start_again", "Start again", show=False),
        Binding("ctrl+t", "toggle_theme", "Dark or light", show=False),
    ]

    def __init__(self, settings: Settings, session: str, *, make_agent: MakeAgent = make_agent) -> None:
        super().__init__()
        self._settings, self._session, self._make_agent = settings, session, make_agent
        self.worker = self._new_worker()
        self._is_ready = False
        self._has_failed = False
        self._unsent: deque[UserTurn] = deque()
        # What was sent and not begun.
        self._turn: tuple[UserTurn, AssistantTurn] | None = None
        self._is_cancelling = False
        self._view = self._view_before = DialogueView()
        # What the panel shows, and what it showed before the running turn.
        self._receipts: list[Receipt] = []
        self._panel = StatePanel()

    def _new_worker(self) -> AgentWorker:
        return AgentWorker(
            self._settings,
            self._session,
            listen=lambda note: self.post_message(FromAgent(note)),
            make_agent=self._make_agent,
        )

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield HeaderLine(self._session)
        with Horizontal(id="body"):
            with Conversation():
                yield Opening()
            yield self._panel
        yield QuestionBar()
        yield PromptInput()
        yield StatusLine()

    def on_mount(self) -> None:
        """Give the user the input first, then start the agent."""
        self.query_one(PromptInput).focus()
        self.call_after_refresh(self.worker.start)

    # -- what the user does -------------------------------------------------------------------------------------------

    def on_prompt_input_submitted(self, message: PromptInput.Submitted) -> None:
        """Send what was typed, or queue it while the agent is busy."""
        self._enqueue(message.text)

    def on_question_bar_answered(self, message: QuestionBar.Answered) -> None:
        """Send the answer that was clicked."""
        self._enqueue(message.text)

    def _enqueue(self, text: str) -> None:
        user_turn = UserTurn(text, mark="queued")
        self._unsent.append(user_turn)
        conversation = self.query_one(Conversation)
        conversation.mount(user_turn)
        conversation.anchor()
        self._run_next()

    def _run_next(self) -> None:
        if not self._is_ready or self._turn or not self._unsent:
            return
        user_turn, assistant_turn = self._unsent.popleft(), AssistantTurn()
        user_turn.show_mark("")
        self._turn, self._is_cancelling = (user_turn, assistant_turn), False
        self._view_before = self._view
        self.query_one(Conversation).mount(assistant_turn, after=user_turn)
        self.query_one(QuestionBar).show_question(None)
        self._show_doing("understanding")
        self.worker.send(user_turn.text)

    def action_cancel_turn(self) -> None:
        """Cancel the running turn; with none running, take back what was queued last."""
        if self._turn and not self._is_cancelling:
            self._is_cancelling = True
            self.query_one(StatusLine).show_doing("cancelling", is_waiting=True)
            self.worker.cancel()
        elif not self._turn and self._unsent:
            user_turn = self._unsent.pop()
            user_turn.remove()
            self.query_one(PromptInput).give_back(user_turn.text)

    def action_help_quit(self) -> None:
        """Ctrl-C with nothing to copy: cancel what runs, else say how to quit."""
        if self._turn:
            self.action_cancel_turn()
        else:
            self.notify("ctrl+q quits", timeout=3)

    async def action_quit(self) -> None:
        """Quit at once; `run_app` closes the agent when the screen is gone."""
        self.exit(return_code=1 if self._has_failed else 0)

    def action_toggle_panel(self) -> None:
        """Show or hide the panel, whatever the width."""
        is_shown = self._panel.display
        self.screen.set_class(not is_shown, "-panel-on")
        self.screen.set_class(is_shown, "-panel-off")

    def action_toggle_theme(self) -> None:
        """Change between dark and light."""
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"

    def action_scroll_conversation(self, direction: int) -> None:
        """Scroll by a page without leaving the input."""
        conversation = self.query_one(Conversation)
        conversation.scroll_page_up() if direction < 0 else conversation.scroll_page_down()

    def action_start_again(self) -> None:
        """Try the start once more after it failed."""
        if self._has_failed:
            self._has_failed, self.worker = False, self._new_worker()
            self.worker.start()

    # -- what the agent does ------------------------------------------------------------------------------------------

    def on_from_agent(self, message: FromAgent) -> None:
        """Draw a note."""
        if not self._panel.is_attached:
            return  # The screen is being taken down while a turn ends; what the turn did is stored.
        match message.note:
            case Staged(stage):
                self._show_stage(stage)
            case Started():
                self._show_started(message.note)
            case StartFailed(reason):
                self._show_start_failed(reason)
            case Happened(event):
                self._show_event(event)
            case TurnDone(reply):
                self._show_reply(reply)
            case TurnCancelled():
                self._show_cancelled(message.note)
            case TurnFailed(text, reason):
                self._show_failed(text, reason)

    def _show_stage(self, stage: str) -> None:
        if stage != "ready":
            self.query_one(StatusLine).show_doing(stage, is_waiting=True)
            self.query_one(Opening).show_stage(stage)

    def _show_started(self, started: Started) -> None:
        self._is_ready = True
        self.query_one(HeaderLine).show_parts(started.backend, started.store)
        opening = self.query_one(Opening)
        opening.show_welcome(started.suggestions)
        opening.display = not started.transcript
        past = [turn for said in started.transcript for turn in (UserTurn(said.user), AssistantTurn(said.reply))]
        conversation = self.query_one(Conversation)
        # What was typed while loading comes after the past.
        conversation.mount_all(past, after=opening)
        conversation.anchor()
        self.query_one(PromptInput).sent[:0] = [said.user for said in started.transcript]
        self._receipts = list(started.receipts)
        if started.state is not None:
            self._view = view_of(started.state)
        self._show_state()
        self.query_one(StatusLine).show_doing("ready")
        self._run_next()

    def _show_start_failed(self, reason: str) -> None:
        self._has_failed = True
        self.query_one(Opening).show_failure(reason)
        self.query_one(StatusLine).show_doing("not started")

    def _show_event(self, event: Event) -> None:
        self._view = view_after(self._view, event)
        self._panel.show_dialogue(self._view)
        if self._turn and event.kind == "token":
            self._turn[1].add_piece(str(event.data.get("text", "")))
        elif event.kind == "understood":
            self._panel.show_commands([str(line) for line in event.data.get("commands", ())])
            self._show_doing("answering")
        elif event.kind == "action_started":
            self._show_doing(f"doing {event.data.get('intent', '')}")
        elif event.kind == "action_done":
            self._receipts.append(Receipt.model_validate(event.data["receipt"]))
            self._panel.show_receipts(self._receipts)

    def _show_doing(self, doing: str) -> None:
        if not self._is_cancelling:
            self.query_one(StatusLine).show_doing(doing, is_waiting=True)

    def _show_reply(self, reply: Reply) -> None:
        if self._turn:
            self._turn[1].finish(reply.text, reply.receipts, failed=reply.error is not None)
        self._receipts += [receipt for receipt in reply.receipts if receipt not in self._receipts]
        self._view = view_of(reply.state)
        self._panel.show_timings(reply.timings)
        self._end_turn()

    def _show_cancelled(self, note: TurnCancelled) -> None:
        self._view = self._view_before
        if self._turn:
            user_turn, assistant_turn = self._turn
            if note.exchange is not None and note.state is not None:
                user_turn.show_mark("too late to cancel: it was already done")
                self._receipts, self._view = list(note.receipts), view_of(note.state)
                assistant_turn.finish(note.exchange.reply)
            elif note.doubt:
                user_turn.show_mark("cancelled")
                assistant_turn.finish(f"Whether something was done is not known: {note.doubt}", failed=True)
            else:
                user_turn.show_mark("cancelled, nothing was done")
                assistant_turn.remove()
                self.query_one(PromptInput).give_back(note.text)
        self._end_turn()

    def _show_failed(self, text: str, reason: str) -> None:
        self._view = self._view_before
        if self._turn:
            self._turn[1].finish(reason, failed=True)
        self.query_one(PromptInput).give_back(text)
        self._end_turn()

    def _end_turn(self) -> None:
        self._turn, self._is_cancelling = None, False
        self._show_state()
        self.query_one(StatusLine).show_doing("ready")
        self._run_next()

    def _show_state(self) -> None:
        self._panel.show_dialogue(self._view)
        self._panel.show_receipts(self._receipts)
        self.query_one(QuestionBar).show_question(self._view.question)


def run_app(settings: Settings, session: str, *, make_agent: MakeAgent = make_agent) -> int:
    """Run the app in this terminal; returns the exit status."""
    app = FactotumApp(settings, session, make_agent=make_agent)
    try:
        app.run()
    finally:
        app.worker.close()
    return app.return_code or 0
