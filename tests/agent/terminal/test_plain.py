"""The line-by-line chat, over real standard streams and with a real agent behind it."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from agent.errors import ModelNotUsable
from agent.terminal.plain import run_plain
from tests.agent.terminal.conftest import Kit, after

SWITCH_HALL = "start lamp.on\nset lamp hall lamp\n"


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell starts what runs in its background deaf to Ctrl-C; a terminal does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def chat(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the chat on the given input; a terminal reads it line by line through `input`."""

    def run(text: str | bytes, *, is_terminal: bool = False, session: str = "test") -> int:
        stdin = io.TextIOWrapper(io.BytesIO(text.encode() if isinstance(text, str) else text), encoding="utf-8")
        stdin.isatty = lambda: is_terminal  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", stdin)
        return run_plain(kit.settings, session, make_agent=kit.make_agent)

    return run


def interrupt_when(*claims: Callable[[], object]) -> threading.Thread:
    """Press Ctrl-C each time the next claim holds."""

    def watch() -> None:
        for claim in claims:
            while not claim():
                time.sleep(0.005)
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_each_line_is_answered_and_nothing_else_is_printed(kit, chat, capsys):
    kit.script("say chat\n", "Hello there.", SWITCH_HALL)
    assert chat("hi\n\nhall lamp on\n") == 0
    printed = capsys.readouterr()
    assert printed.out == "Hello there.\nhall is on.\n"
    assert printed.err == ""
    assert kit.action.on == ["hall"]


def test_a_last_line_without_a_line_end_is_answered_too(kit, chat, capsys):
    kit.script("say chat\n", "Hello.")
    assert chat("hi") == 0
    assert capsys.readouterr().out == "Hello.\n"


def test_bytes_that_are_no_text_do_not_end_the_chat(kit, chat, capsys):
    kit.script("say chat\n", "Hello.", "say chat\n", "Again.")
    assert chat(b"h\xffi\nhi\n") == 0
    assert capsys.readouterr().out == "Hello.\nAgain.\n"


@pytest.mark.parametrize("word", ["exit", "EXIT", "quit"])
def test_exit_ends_the_chat(kit, chat, capsys, word):
    assert chat(f"{word}\nhi\n") == 0
    assert capsys.readouterr().out == ""
    assert kit.backend.requests == []


def test_prompts_stages_and_a_greeting_are_for_terminals(kit, chat, capsys):
    kit.script("say chat\n", "Hello.")
    assert chat("hi\n", is_terminal=True) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("> ")
    assert "Hello.\n" in printed.out
    assert "loading the model ..." in printed.err
    assert "session test (scripted; " in printed.err


def test_a_resumed_session_shows_its_last_turns_on_a_terminal(kit, chat, capsys):
    kit.script("say chat\n", "Hello.")
    chat("hi\n")
    capsys.readouterr()
    chat("", is_terminal=True)
    assert "> hi\nHello.\n" in capsys.readouterr().out


def test_a_refused_text_is_one_clear_line_and_the_chat_goes_on(kit, chat, capsys):
    kit.script("say chat\n", "Hello.")
    assert chat("a" * 5000 + "\nhi\n") == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("error: the text has 5,000 characters, the limit is 4,000")
    assert printed.err.count("\n") == 1
    assert printed.out == "Hello.\n"


def test_a_start_that_fails_is_an_error_and_status_1(kit, chat, capsys):
    kit.backend.start_error = ModelNotUsable("the model is missing")
    assert chat("hi\n") == 1
    printed = capsys.readouterr()
    assert printed.err == "error: the model is missing\n"
    assert printed.out == ""


def test_control_characters_of_a_reply_are_not_printed(kit, chat, capsys):
    kit.script("say chat\n", "a\x1b[2Jb\x07")
    chat("hi\n")
    assert capsys.readouterr().out == "a[2Jb\n"


def test_pieces_are_printed_before_the_reply_is_complete(kit, chat, gate, monkeypatch):
    kit.script("say chat\n", "Good morning. Is it not fine today?")
    kit.backend.stream_gate = gate
    seen: list[bool] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            if "Good" in text:
                seen.append(gate.is_set())
                gate.set()
            return super().write(text)

    out = Watched()
    monkeypatch.setattr(sys, "stdout", out)
    threading.Timer(5, gate.set).start()
    chat("hi\n")
    assert seen[0] is False
    assert out.getvalue() == "Good morning. Is it not fine today?\n"


def test_ctrl_c_cancels_the_running_turn_and_the_chat_goes_on(kit, chat, gate, capsys):
    kit.script(after(gate, SWITCH_HALL), "say chat\n", "Still here.")
    interrupt_when(lambda: kit.backend.requests)
    assert chat("hall lamp on\nhi\n") == 0
    assert capsys.readouterr().out == "(cancelled, nothing was done)\nStill here.\n"
    assert kit.action.on == []


def test_ctrl_c_after_the_action_began_reports_what_was_done(kit, chat, gate, capsys):
    kit.script(SWITCH_HALL)
    kit.action.hold = gate
    watcher = interrupt_when(kit.action.begun.is_set)
    threading.Timer(0.5, gate.set).start()
    assert chat("hall lamp on\n") == 0
    watcher.join()
    assert capsys.readouterr().out == "(too late to cancel, it was already done)\nhall is on.\n"
    assert kit.action.on == ["hall"]


def test_a_second_ctrl_c_quits(kit, chat, gate):
    kit.script(SWITCH_HALL)
    kit.action.hold = gate
    watcher = interrupt_when(kit.action.begun.is_set, lambda: True)
    threading.Timer(1.0, gate.set).start()
    assert chat("hall lamp on\nhi\n") == 130
    watcher.join()
    assert len(kit.backend.requests) == 1


def test_ctrl_c_while_the_model_loads_quits(kit, chat, gate):
    kit.backend.start_gate = gate
    interrupt_when(lambda: kit.started)
    assert chat("hi\n") == 130


def test_a_reader_that_goes_away_is_no_traceback(kit, chat, monkeypatch):
    kit.script("say chat\n", "Hello.")

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    assert chat("hi\n") == 141


def loaded_by(module: str, names: set[str]) -> set[str]:
    """Return which of the names are loaded when a new interpreter imports the module."""
    code = f"import sys, {module}; print(*({names!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_the_plain_chat_never_loads_textual():
    assert loaded_by("agent.terminal.plain", {"textual", "redis", "llguidance", "agent.app"}) == set()


def test_the_app_loads_nothing_heavy_before_the_agent_starts():
    heavy = {"textual", "redis", "llguidance", "agent.app", "jinja2", "sympy"}
    assert loaded_by("agent.terminal.app", heavy) == {"textual"}
