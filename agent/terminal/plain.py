"""The line-by-line chat: for `factotum chat --plain` and for input that is not a terminal. Knows nothing of Textual.

The main thread reads lines and waits for notes, so that Ctrl-C reaches it at any moment; the agent runs on its worker.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import sys
from typing import TYPE_CHECKING

from agent.terminal.live import printable
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
from agent.terminal.worker import AgentWorker, MakeAgent, make_agent

if TYPE_CHECKING:
    from agent import Settings

EXIT_WORDS = frozenset({"exit", "quit"})
INTERRUPTED = 130
"""The shell's exit status for a program ended by Ctrl-C."""
BROKEN_PIPE = 141
"""The shell's exit status for a program whose reader went away."""


def run_plain(settings: Settings, session: str, *, make_agent: MakeAgent = make_agent) -> int:
    """Chat over standard input and output until the input ends, "exit" is said, or Ctrl-C is pressed while idle.

    Returns:
        The exit status: 0; 1 when the agent could not be started; 130 after Ctrl-C; 141 when the output was closed.
    """
    notes: queue.Queue[Note] = queue.Queue()
    worker = AgentWorker(settings, session, listen=notes.put, make_agent=make_agent)
    chat = _PlainChat(worker, notes, session)
    try:
        return chat.run()
    except KeyboardInterrupt:
        chat.end_interrupted_line()
        return INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit; what is left goes nowhere.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    finally:
        # A second Ctrl-C must not wait for a provider that does not answer.
        with contextlib.suppress(KeyboardInterrupt):
            worker.close()


class _PlainChat:
    def __init__(self, worker: AgentWorker, notes: queue.Queue[Note], session: str) -> None:
        self._worker = worker
        self._notes = notes
        self._session = session
        self._is_interactive = sys.stdin.isatty()
        self._column_is_zero = True
        # False while a streamed line is not ended.

    def run(self) -> int:
        """Start the agent, then run a turn a line."""
        if isinstance(sys.stdin, io.TextIOWrapper) and not self._is_interactive:
            # A stray byte in a piped file must not end the conversation.
            sys.stdin.reconfigure(errors="replace")
        self._worker.start()
        if not self._wait_for_start():
            return 1
        while (line := self._read()) is not None:
            text = line.strip()
            if text.lower() in EXIT_WORDS:
                break
            if text:
                self._worker.send(text)
                self._wait_for_reply()
        return 0

    def end_interrupted_line(self) -> None:
        """End the line on which a terminal has shown "^C"."""
        self._column_is_zero = self._column_is_zero and not self._is_interactive
        self.end_line()

    def end_line(self) -> None:
        """End a line that was begun."""
        if not self._column_is_zero:
            self._write("\n")

    def _read(self) -> str | None:
        """Return the next line, or None at the end of the input."""
        if self._is_interactive:
            try:
                return input("> ")
            except EOFError:
                self._write("\n")
                return None
            except UnicodeDecodeError as error:
                self._complain(f"that line is not text in your terminal's encoding ({error}); please type it again")
                return ""
        return sys.stdin.readline() or None

    def _wait_for_start(self) -> bool:
        while True:
            note = self._notes.get()
            match note:
                case Staged(stage):
                    if self._is_interactive and stage != "ready":
                        self._tell(f"{stage} ...")
                case Started():
                    if self._is_interactive:
                        self._greet(note)
                    return True
                case StartFailed(reason):
                    self._complain(reason)
                    return False
                case _:
                    pass

    def _greet(self, started: Started) -> None:
        self._tell(f"factotum, session {self._session} ({started.backend}; {started.store})")
        self._tell("One line, one message; Ctrl-C cancels a running turn; exit or Ctrl-D ends.")
        for exchange in started.transcript[-3:]:
            self._write(f"> {printable(exchange.user)}\n{printable(exchange.reply)}\n")

    def _wait_for_reply(self) -> None:
        streamed: list[str] = []
        is_cancelling = False
        while True:
            try:
                note = self._notes.get()
            except KeyboardInterrupt:
                if is_cancelling:
                    raise
                is_cancelling = True
                self.end_interrupted_line()
                self._worker.cancel()
                continue
            match note:
                case Happened(event):
                    if event.kind == "token":
                        # Leading space belongs to the model's tokens, not to the reply.
                        piece = printable(str(event.data.get("text", "")))
                        piece = piece if streamed else piece.lstrip()
                        if piece:
                            streamed.append(piece)
                            self._write(piece)
                case TurnDone(reply):
                    return self._finish("".join(streamed), printable(reply.text))
                case TurnCancelled(_, exchange, _, _, doubt):
                    self.end_line()
                    if exchange is not None:
                        self._write(f"(too late to cancel, it was already done)\n{printable(exchange.reply)}\n")
                    elif doubt:
                        self._complain(f"cancelled; whether something was done is not known: {doubt}")
                    else:
                        self._write("(cancelled, nothing was done)\n")
                    return None
                case TurnFailed(_, reason):
                    self.end_line()
                    return self._complain(reason)
                case _:
                    pass

    def _finish(self, streamed: str, text: str) -> None:
        """Write what of the reply was not streamed."""
        shown = streamed.rstrip()
        if shown and text.startswith(shown):
            self._write(text[len(streamed) :] if text.startswith(streamed) else text[len(shown) :])
        else:
            self.end_line()
            self._write(text)
        self.end_line()

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
            self._column_is_zero = text.endswith("\n")

    def _complain(self, reason: str) -> None:
        self._tell(f"error: {printable(reason)}")

    @staticmethod
    def _tell(line: str) -> None:
        """Write a line about the chat, apart from the chat itself."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
