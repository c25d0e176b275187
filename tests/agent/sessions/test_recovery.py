"""What is said and remembered after a turn that never committed: from receipts and claims, never from hope."""

from datetime import UTC, datetime

from agent.dialogue.acting import claim_id
from agent.sessions.recovery import recover
from agent.store.base import Snapshot, Unfinished
from agent.types import DialogueState, Frame, Pending, Receipt, SlotValue
from tests.agent.talking import CATALOGUE, Talk, kinds

BOOK = Frame(
    frame_id=1,
    intent="table.book",
    slots={
        "people": SlotValue(raw="two", value=2, text="2"),
        "day": SlotValue(raw="friday", value="2026-11-27", text="Friday 27 November"),
    },
)
BELOW = Frame(frame_id=2, intent="table.look")


def receipt(intent: str = "table.book") -> Receipt:
    return Receipt(
        receipt_id="r", intent=intent, arguments={}, facts={"people": 2}, effect=True, source="table",
        as_of=datetime(2026, 11, 25, tzinfo=UTC), simulated=True, undo={"index": 0},
    )  # fmt: skip


def snapshot(state: DialogueState, **left: object) -> Snapshot:
    return Snapshot(state, False, Unfinished("yes\nplease", **left))  # type: ignore[arg-type]


ASKED = DialogueState(stack=(BELOW, BOOK), pending=Pending(kind="confirm", frame_id=1), turns=3)


def test_nothing_is_said_when_nothing_was_left_behind() -> None:
    assert recover(Snapshot(ASKED, False), CATALOGUE) == (ASKED, "")


def test_what_was_done_is_told_from_its_receipt_and_no_longer_asked_for() -> None:
    state, said = recover(snapshot(ASKED, done={claim_id(BOOK): receipt()}), CATALOGUE)
    assert said == (
        "Before this I was cut off while working on “yes please”. It was done: Booked for 2 on Friday 27 November. "
        "If you wanted more than that, please say it again.\n"
    )
    assert (state.stack, state.pending, state.last_frame, state.last_receipt_id) == ((BELOW,), None, BOOK, "r")


def test_what_may_have_been_done_is_told_as_unknown_and_still_asked_for() -> None:
    state, said = recover(snapshot(ASKED, claims=(claim_id(BOOK),)), CATALOGUE)
    assert "I do not know whether it was done" in said
    assert state == ASKED


def test_what_was_done_and_what_may_have_been_are_told_apart() -> None:
    _, said = recover(snapshot(ASKED, done={claim_id(BOOK): receipt()}, claims=("2:x",)), CATALOGUE)
    assert "It was done: Booked for 2" in said
    assert "Whether the rest was done I do not know" in said


def test_an_action_of_a_frame_that_was_lost_with_its_turn_can_still_be_undone() -> None:
    state, said = recover(snapshot(DialogueState(), done={"1:table.lamp:x": receipt("table.lamp")}), CATALOGUE)
    assert "The lamp was done." in said
    assert state.last_receipt_id == "r"


def test_what_was_undone_is_not_undone_again() -> None:
    done = DialogueState(last_receipt_id="r")
    state, said = recover(snapshot(done, done={"undo:r": receipt("table.lamp")}), CATALOGUE)
    assert "Undoing the lamp was done." in said
    assert state.last_receipt_id is None


def test_a_receipt_of_a_skill_that_is_gone_is_told_by_its_name() -> None:
    _, said = recover(snapshot(DialogueState(), done={"1:boat.rent:x": receipt("boat.rent")}), CATALOGUE)
    assert "Boat.rent was done." in said


async def test_after_the_recovery_the_conversation_goes_on(talk: Talk) -> None:
    await talk.say("a table for two on friday", "start table.book; set people two; set day friday")
    state = await talk.store.state("s")
    assert state.active is not None
    lease, _ = await talk.store.open("s", "yes", lease_seconds=0.001)
    await talk.store.claim(lease, claim_id(state.active), {})
    await talk.store.complete(lease, claim_id(state.active), receipt())
    talk.store._sessions["s"].lease_until = 0.0  # its process is gone
    reply = await talk.say("hello?", "say chat", "hi")
    assert reply.text.endswith("If you wanted more than that, please say it again.\nhi")
    assert reply.state.stack == ()
    assert kinds(reply)[1] == "context_loaded"
    assert reply.events[1].data["recovered"]
    assert talk.action.booked == []
