"""The terminal assistant by key presses, with a real agent behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from agent.errors import ModelNotUsable, StoreUnavailable
from agent.terminal.app import FactotumApp, FromAgent
from agent.terminal.notes import Happened, Staged
from agent.terminal.opening import Opening
from agent.terminal.panel import StatePanel
from agent.terminal.widgets import AssistantTurn, HeaderLine, PromptInput, QuestionBar, UserTurn
from agent.types import Event
from tests.agent.terminal.conftest import Kit, after

SWITCH_HALL = "start lamp.on\nset lamp hall lamp\n"


class Screen:
    """What a person sees of the app and does to it."""

    def __init__(self, app: FactotumApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def until(self, claim: Callable[[], object], what: str) -> None:
        """Wait for a claim to hold; a screen that never shows it is a failure."""
        for _ in range(500):
            await self.pilot.pause(0.005)
            if claim():
                return
        pytest.fail(f"the screen never showed {what}; it shows {self.users} {self.replies}")

    async def say(self, text: str) -> None:
        self.prompt.insert(text)
        await self.pilot.press("enter")

    async def ready(self) -> None:
        await self.until(lambda: text_of(self.app.query_one("#doing", Static)) == "ready", "that it is ready")

    @property
    def prompt(self) -> PromptInput:
        return self.app.query_one(PromptInput)

    @property
    def users(self) -> list[str]:
        return [text_of(turn) for turn in self.app.query(UserTurn)]

    @property
    def replies(self) -> list[str]:
        return [text_of(turn) for turn in self.app.query(AssistantTurn)]

    def panel(self, section: str) -> str:
        return text_of(self.app.query_one(f"#{section}", Static))


def text_of(widget: Static) -> str:
    return getattr(widget.content, "plain", str(widget.content))


@asynccontextmanager
async def opened(kit: Kit, *, size: tuple[int, int] = (120, 40), session: str = "test") -> AsyncIterator[Screen]:
    app = FactotumApp(kit.settings, session, make_agent=kit.make_agent)
    async with app.run_test(size=size) as pilot:
        yield Screen(app, pilot)
    assert await asyncio.to_thread(app.worker.close)


async def test_what_is_typed_before_the_agent_is_ready_is_answered_when_it_is(kit, gate):
    kit.script(SWITCH_HALL)
    kit.backend.start_gate = gate
    async with opened(kit) as screen:
        await screen.until(lambda: "loading the model" in text_of(screen.app.query_one(Opening)), "the stage")
        await screen.pilot.press(*"hall", "space", *"lamp", "enter")
        assert screen.users == ["hall lamp   (queued)"]
        assert screen.replies == []
        gate.set()
        await screen.until(lambda: any("is on." in reply for reply in screen.replies), "the reply")
        assert screen.users == ["hall lamp"]


async def test_the_stages_of_the_start_are_ticked_off(kit, gate):
    kit.backend.start_gate = gate
    async with opened(kit) as screen:
        await screen.until(lambda: "loading the model" in text_of(screen.app.query_one(Opening)), "the last stage")
        lines = text_of(screen.app.query_one(Opening)).split("\n")
        assert lines[:4] == ["✓ starting", "✓ reading skills", "✓ opening the session store", "• loading the model …"]


async def test_a_new_session_is_told_what_it_can_say(kit):
    async with opened(kit) as screen:
        await screen.ready()
        assert "lamp  switch the hall lamp on" in text_of(screen.app.query_one(Opening))


async def test_the_header_says_what_is_in_use(kit):
    async with opened(kit, session="anna") as screen:
        await screen.ready()
        header = screen.app.query_one(HeaderLine)
        assert "anna" in text_of(header.query_one("#name", Static))
        in_use = text_of(header.query_one("#in-use", Static))
        assert in_use == f"scripted · {kit.store.description}"


async def test_a_reply_is_shown_piece_by_piece(kit, gate):
    kit.script("say chat\n", "Good morning. Is it not fine today?")
    kit.backend.stream_gate = gate
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hello")
        await screen.until(lambda: screen.replies == ["Good morning."], "the first sentence alone")
        gate.set()
        await screen.until(lambda: screen.replies == ["Good morning. Is it not fine today?"], "the whole reply")


async def test_the_panel_shows_stack_commands_receipts_and_timings(kit):
    kit.script(SWITCH_HALL, "start lamp.all_off\n")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(lambda: "total" in screen.panel("timings"), "timings")
        assert screen.panel("commands") == "start lamp.on\nset lamp hall lamp"
        assert screen.panel("receipts").startswith("✓ lamp.on\n  lamp hall\n  simulated\n  toy lamps, ")
        assert "lamp.on  simulated" in screen.replies[0]
        await screen.say("switch all off")
        await screen.until(lambda: "lamp.all_off" in screen.panel("dialogue"), "the open frame")
        assert "floor ?" in screen.panel("dialogue")
        assert "asks for floor" in screen.panel("dialogue")


async def test_slots_appear_in_the_panel_while_the_turn_still_runs(kit, gate):
    kit.script(SWITCH_HALL)
    kit.action.hold = gate
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(lambda: "Hall lamp" in screen.panel("dialogue"), "the slot")
        assert screen.replies == ["…"]
        gate.set()
        await screen.until(lambda: "nothing open" in screen.panel("dialogue"), "the frame gone")


async def test_escape_cancels_the_turn_and_gives_the_words_back(kit, gate):
    kit.script(after(gate, SWITCH_HALL), SWITCH_HALL)
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(lambda: kit.backend.requests, "a model call")
        await screen.pilot.press("escape")
        await screen.until(lambda: screen.prompt.text == "hall lamp on", "the words in the input")
        assert screen.users == ["hall lamp on   (cancelled, nothing was done)"]
        assert screen.replies == []
        assert kit.action.on == []
        await screen.pilot.press("enter")
        await screen.until(lambda: kit.action.on == ["hall"], "the lamp on after a second try")


async def test_a_cancel_that_comes_too_late_shows_what_was_done(kit, gate):
    kit.script(SWITCH_HALL)
    kit.action.hold = gate
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(kit.action.begun.is_set, "the action at work")
        await screen.pilot.press("escape")
        gate.set()
        await screen.until(lambda: any("is on." in reply for reply in screen.replies), "the reply")
        assert screen.users == ["hall lamp on   (too late to cancel: it was already done)"]
        assert screen.panel("receipts").startswith("✓ lamp.on\n  lamp hall\n  simulated\n  toy lamps, ")
        assert screen.prompt.text == ""


async def test_words_typed_since_are_not_overwritten_by_a_cancel(kit, gate):
    kit.script(after(gate, SWITCH_HALL))
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(lambda: kit.backend.requests, "a model call")
        await screen.pilot.press("n", "o", "escape")
        await screen.until(lambda: "cancelled" in screen.users[0], "that it was cancelled")
        assert screen.prompt.text == "no"
        await screen.pilot.press("up")
        assert screen.prompt.text == "hall lamp on"


async def test_a_message_sent_while_a_turn_runs_waits_with_a_mark(kit, gate):
    kit.script(after(gate, "say chat\n"), "First.", "say chat\n", "Second.")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("one")
        await screen.say("two")
        assert screen.users == ["one", "two   (queued)"]
        gate.set()
        await screen.until(lambda: screen.replies == ["First.", "Second."], "both replies")
        order = [text_of(turn) for turn in screen.app.query(".turn").results(Static)]
        assert order == ["one", "First.", "two", "Second."]


async def test_a_note_that_comes_when_the_screen_is_gone_is_let_be(kit):
    async with opened(kit) as screen:
        await screen.ready()
        await screen.app.query_one(StatePanel).remove()
        screen.app.post_message(FromAgent(Staged("ready")))
        screen.app.post_message(FromAgent(Happened(Event("understood", {"commands": []}))))
        await screen.pilot.pause()
    assert screen.app.return_code in (None, 0)


async def test_ctrl_q_quits_in_the_middle_of_a_turn(kit, gate):
    kit.script(after(gate, SWITCH_HALL))
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.until(lambda: kit.backend.requests, "a model call")
        await screen.pilot.press("ctrl+q")
    assert screen.app.return_code == 0
    assert kit.action.on == []


async def test_ctrl_q_quits_while_the_model_loads(kit, gate):
    kit.backend.start_gate = gate
    async with opened(kit) as screen:
        await screen.until(lambda: "loading" in text_of(screen.app.query_one(Opening)), "the stage")
        await screen.pilot.press("ctrl+q")
    assert screen.app.return_code == 0


async def test_a_session_is_resumed_with_its_transcript_its_state_and_its_receipts(kit):
    kit.script(SWITCH_HALL, "start lamp.all_off\nset floor upstairs\n", "confirm\n")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hall lamp on")
        await screen.say("all off upstairs")
        await screen.until(
            lambda: any("All lamps on upstairs off?" in reply for reply in screen.replies), "the question"
        )
    async with opened(kit) as screen:
        await screen.ready()
        assert screen.users == ["hall lamp on", "all off upstairs"]
        assert "All lamps on upstairs off?" in screen.replies[1]
        assert "upstairs" in screen.panel("dialogue")
        assert screen.panel("receipts").startswith("✓ lamp.on\n  lamp hall\n  simulated\n  toy lamps, ")
        assert not screen.app.query_one(Opening).display
        await screen.say("yes")
        await screen.until(
            lambda: any("All off." in reply for reply in screen.replies), "the reply to the old question"
        )


async def test_options_are_numbered_and_a_number_picks_one(kit):
    kit.script("start lamp.on\n", "choose 2\n")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("lamp on")
        bar = screen.app.query_one(QuestionBar)
        await screen.until(lambda: bar.display, "the options")
        assert " ".join(text_of(bar).split()) == "Pick a number, or say it in your own words: 1 2"
        await screen.pilot.press("2", "enter")
        await screen.until(lambda: kit.action.on == ["desk"], "the second lamp on")
        await screen.until(lambda: not bar.display, "no options any more")


async def test_yes_and_no_can_be_clicked(kit):
    kit.script("start lamp.all_off\nset floor upstairs\n", "confirm\n")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("all off upstairs")
        bar = screen.app.query_one(QuestionBar)
        await screen.until(lambda: bar.display, "yes and no")
        await screen.pilot.click(QuestionBar, offset=(13, 1))
        await screen.until(lambda: any("All off." in reply for reply in screen.replies), "that it was done")
        assert screen.users[-1] == "yes"


@pytest.mark.parametrize(
    "error", [ModelNotUsable("model 'x' is missing\nput it there"), StoreUnavailable("no Redis at redis://nowhere")]
)
async def test_a_start_that_fails_is_told_in_full_and_can_be_tried_again(kit, error):
    kit.script("say chat\n", "Here I am.")
    kit.backend.start_error = error
    async with opened(kit) as screen:
        await screen.until(lambda: "could not start" in text_of(screen.app.query_one(Opening)), "the failure")
        shown = text_of(screen.app.query_one(Opening))
        assert str(error) in shown
        assert "ctrl+q quits" in shown
        await screen.say("hello")
        assert screen.users == ["hello   (queued)"]
        kit.backend.start_error = None
        await screen.pilot.press("f5")
        await screen.until(lambda: screen.replies == ["Here I am."], "the answer to what was typed meanwhile")


async def test_quitting_after_a_failed_start_is_a_failure(kit):
    kit.backend.start_error = ModelNotUsable("the model is missing")
    async with opened(kit) as screen:
        await screen.until(lambda: "could not start" in text_of(screen.app.query_one(Opening)), "the failure")
        await screen.pilot.press("ctrl+q")
    assert screen.app.return_code == 1


async def test_an_unusable_session_name_is_a_failed_start(kit):
    async with opened(kit, session="no spaces") as screen:
        await screen.until(lambda: "could not start" in text_of(screen.app.query_one(Opening)), "the failure")
        assert "is not a session id" in text_of(screen.app.query_one(Opening))


async def test_text_that_is_too_long_is_refused_and_given_back(kit):
    text = "a" * 100_000
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say(text)
        await screen.until(lambda: any("the limit is 4,000" in reply for reply in screen.replies), "the error")
        assert screen.prompt.text == text
        assert len(screen.users[0]) < 7000


async def test_empty_text_is_not_sent(kit):
    async with opened(kit) as screen:
        await screen.ready()
        await screen.pilot.press("enter", "space", "enter")
        assert screen.users == []


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[@click=app.quit]x[/]", "a [/] b", "[red", "$accent \\[x]"])
async def test_markup_is_shown_letter_for_letter(kit, text):
    kit.script("say chat\n", text)
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say(text)
        await screen.until(lambda: screen.replies == [text], "the reply as it is")
        assert screen.users == [f"{text}"]
        for turn in screen.app.query(".turn").results(Static):
            assert turn.content.spans == []


async def test_control_characters_of_a_reply_do_not_reach_the_terminal(kit):
    kit.script("say chat\n", "a\x1b[31mb\x07c\u202ed")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("hello")
        await screen.until(lambda: screen.replies == ["a[31mbcd"], "the reply without them")


async def test_a_pasted_text_of_several_lines_is_one_message(kit):
    kit.script("say chat\n", "Thanks.")
    async with opened(kit) as screen:
        await screen.ready()
        screen.app.post_message(events.Paste("one\ntwo"))
        await screen.until(lambda: screen.prompt.text == "one\ntwo", "the pasted text")
        await screen.pilot.press("enter")
        await screen.until(lambda: screen.replies == ["Thanks."], "one reply")
        assert screen.users == ["one\ntwo"]


async def test_up_and_down_go_through_what_was_sent_and_back_to_the_draft(kit):
    kit.script("say chat\n", "a", "say chat\n", "b")
    async with opened(kit) as screen:
        await screen.ready()
        await screen.say("one")
        await screen.say("two")
        await screen.until(lambda: len(screen.replies) == 2, "both replies")
        await screen.pilot.press("d")
        seen = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await screen.pilot.press(key)
            seen.append(screen.prompt.text)
        assert seen == ["two", "one", "one", "two", "d", "d"]


async def test_the_panel_hides_on_a_narrow_screen_and_f2_brings_it(kit):
    async with opened(kit, size=(60, 20)) as screen:
        await screen.ready()
        panel = screen.app.query_one(StatePanel)
        assert not panel.display
        await screen.pilot.press("f2")
        assert panel.display
        await screen.pilot.press("f2")
        assert not panel.display


async def test_f2_hides_the_panel_on_a_wide_screen(kit):
    async with opened(kit) as screen:
        panel = screen.app.query_one(StatePanel)
        assert panel.display
        assert panel.size.width in range(30, 35)
        await screen.pilot.press("f2")
        assert not panel.display
