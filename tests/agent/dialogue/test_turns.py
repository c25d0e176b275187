"""What the stack makes of commands beyond filling and asking: again, retract, ambiguity, order, coming back."""

from datetime import timedelta

import pytest

from tests.agent.talking import Talk, kinds

BOOK = "start table.book; set people two; set day friday"
BOOKED = {"people": 2, "day": "2026-11-27"}


async def test_again_is_a_new_request_with_a_new_yes(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    await talk.say("yes", "confirm")
    reply = await talk.say("the same again", "again")
    assert reply.text == "Book for 2 on Friday 27 November?"
    assert talk.action.booked == [BOOKED]
    await talk.say("yes", "confirm")
    assert talk.action.booked == [BOOKED, BOOKED]


async def test_again_takes_changes(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    await talk.say("yes", "confirm")
    await talk.say("the same for four", "again; set people four")
    await talk.say("yes", "confirm")
    assert talk.action.booked[1] == {"people": 4, "day": "2026-11-27"}


async def test_again_leaves_out_what_has_passed(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    await talk.say("yes", "confirm")
    talk.now += timedelta(days=5)
    reply = await talk.say("the same again", "again")
    assert reply.text == "Friday 27 November has passed.\nFor which day?"


async def test_retract_goes_back_to_the_turn_before(talk: Talk) -> None:
    await talk.say("a table for two", "start table.book; set people two")
    await talk.say("on friday", "set day friday")
    reply = await talk.say("forget what I just said", "retract")
    assert reply.state.active is not None
    assert dict(reply.state.active.slots).keys() == {"people"}
    assert reply.state.pending is not None
    assert reply.state.pending.slot == "day"
    assert reply.text.endswith("Back to the table: For which day?")


async def test_retract_does_not_open_what_was_done(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    await talk.say("yes", "confirm")
    reply = await talk.say("scratch that", "retract")
    assert reply.state.stack == ()
    assert "undo" in reply.text
    reply = await talk.say("undo", "undo")
    assert reply.text == "The booking is cancelled."
    assert talk.action.booked == []


async def test_retract_can_be_said_once_a_turn(talk: Talk) -> None:
    await talk.say("a table for two", "start table.book; set people two")
    reply = await talk.say("scratch that", "retract")
    assert reply.state.before is None
    assert reply.state.stack == ()


async def test_a_dropped_request_comes_back_with_retract(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    await talk.say("no", "deny")
    reply = await talk.say("I did not mean that", "retract")
    assert reply.text.endswith("Back to the table: Book for 2 on Friday 27 November?")
    await talk.say("yes", "confirm")
    assert talk.action.booked == [BOOKED]


async def test_an_ambiguity_survives_a_digression(talk: Talk) -> None:
    await talk.say("the lamp", "start table.lamp; set lamp lamp")
    reply = await talk.say("where is oslo", "start table.look; set place oslo")
    assert (
        reply.text
        == "oslo is there.\nBack to the lamp: Which one do you mean?\n1. desk lamp\n2. floor lamp\n3. night lamp"
    )
    await talk.say("the night one", "set lamp night one")
    assert talk.action.booked == [{"lamp": "lamp.night"}]


async def test_two_ambiguities_are_asked_one_after_the_other(talk: Talk) -> None:
    reply = await talk.say(
        "the lamp, and again the lamp", "start table.lamp; set lamp lamp; start table.lamp; set lamp lamp"
    )
    assert reply.text.count("Which one") == 1
    reply = await talk.say("the first", "choose 1")
    assert reply.text.startswith("lamp.desk is on.\nWhich one")
    await talk.say("the last one", "choose 3")
    assert talk.action.booked == [{"lamp": "lamp.desk"}, {"lamp": "lamp.night"}]


async def test_no_with_another_request_drops_what_was_to_be_confirmed(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("no, where is oslo", "deny; start table.look; set place oslo")
    assert "frame_cancelled" in kinds(reply)
    assert reply.state.stack == ()


async def test_yes_with_another_request_acts_on_both_in_order(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("yes, and where is oslo", "confirm; start table.look; set place oslo")
    assert reply.text == "Booked for 2 on Friday 27 November.\noslo is there."


async def test_the_summary_is_part_of_what_a_yes_is_bound_to(talk: Talk) -> None:
    from agent.dialogue.stack import arguments_hash

    reply = await talk.say("a table for two on friday", BOOK)
    assert reply.state.pending is not None
    shown = "Book for 2 on Friday 27 November?"
    assert reply.state.pending.arguments_hash == arguments_hash("table.book", BOOKED, shown)
    assert reply.state.pending.arguments_hash != arguments_hash("table.book", BOOKED, "Book something else?")


async def test_a_yes_after_a_quarter_of_an_hour_is_asked_for_again(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    talk.now += timedelta(minutes=16)
    reply = await talk.say("yes", "confirm")
    assert reply.text == "That was a while ago, so let me ask again.\nBook for 2 on Friday 27 November?"
    assert talk.action.booked == []


async def test_a_yes_that_the_words_deny_is_asked_for_again(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("Don't book it.", "confirm")
    assert reply.text == (
        "I am not sure whether that was a yes, so let me ask again.\nBook for 2 on Friday 27 November?"
    )
    assert "yes_doubted" in kinds(reply)
    assert talk.action.booked == []
    await talk.say("why not", "confirm")
    assert talk.action.booked == [BOOKED]


async def test_small_talk_lets_the_confirmation_be_asked_anew(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("you are funny", "say chat", "chat: Thanks.")
    assert reply.text.endswith("Back to the table: Book for 2 on Friday 27 November?")
    talk.now += timedelta(minutes=14)
    await talk.say("yes", "confirm")
    assert talk.action.booked == [BOOKED]


async def test_coming_back_after_a_gap_says_what_was_open(talk: Talk) -> None:
    await talk.say("a table for two", "start table.book; set people two")
    talk.now += timedelta(hours=2)
    reply = await talk.say("friday", "set day friday")
    assert reply.text.startswith("Before the break we were at the table (2).\n")
    reply = await talk.say("yes", "confirm")
    assert "Before the break" not in reply.text


async def test_coming_back_empties_what_has_passed(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    talk.now += timedelta(days=3)
    reply = await talk.say("yes", "confirm")
    assert "returned" in kinds(reply)
    assert "Friday 27 November has passed, so I left that out." in reply.text
    assert reply.text.endswith("For which day?")
    assert talk.action.booked == []


async def test_an_offer_that_is_gone_is_not_taken(talk: Talk) -> None:
    await talk.say("the lamp", "start table.lamp; set lamp lamp")
    talk.now += timedelta(minutes=20)
    talk.action.lamps.remove("desk")
    reply = await talk.say("the first", "choose 1")
    assert "desk lamp is no longer offered." in reply.text
    assert talk.action.booked == []
    await talk.say("the first", "choose 1")
    assert talk.action.booked == [{"lamp": "lamp.floor"}]


@pytest.mark.parametrize(
    ("words", "number", "lamp"),
    [
        ("the floor lamp please", 1, "lamp.floor"),  # the model does not see the names
        ("the first", 1, "lamp.desk"),
        ("rather not that one but the other", 2, "lamp.floor"),  # what the matcher cannot read is the model's
        ("desk or floor, you say", 2, "lamp.floor"),  # so is what fits several
    ],
)
async def test_a_name_that_is_said_outweighs_the_number_that_the_model_chose(
    talk: Talk, words: str, number: int, lamp: str
) -> None:
    await talk.say("the lamp", "start table.lamp; set lamp lamp")
    await talk.say(words, f"choose {number}")
    assert talk.action.booked == [{"lamp": lamp}]


async def test_repeat_that_needs_no_model(talk: Talk) -> None:
    await talk.say("a table for two", "start table.book; set people two")
    asked = len(talk.backend.requests)
    reply = await talk.say("Repeat that, please!")
    assert reply.text == "For which day?"
    assert len(talk.backend.requests) == asked
    assert reply.state.pending is not None


async def test_the_words_of_repeat_can_be_a_text_that_is_waited_for(talk: Talk) -> None:
    await talk.say("a poem", "start table.poem")
    reply = await talk.say("repeat that", "set topic @all", "poem: Once more.")
    assert "poem: Once more." in reply.text


async def test_repeat_after_a_gap_does_not_say_what_has_passed(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    talk.now += timedelta(days=3)
    reply = await talk.say("say that again", "repeat")
    assert "Book for 2" not in reply.text
    assert reply.text.endswith("For which day?")
    assert reply.state.pending is not None


async def test_what_was_said_in_capitals_is_kept_so_though_the_model_reads_small_letters(talk: Talk) -> None:
    reply = await talk.say("A TABLE FOR TWO ON FRIDAY", BOOK)
    assert reply.text == "Book for 2 on Friday 27 November?"
    assert reply.state.active is not None
    assert {name: value.raw for name, value in reply.state.active.slots.items()} == {"people": "TWO", "day": "FRIDAY"}


async def test_a_value_that_is_put_right_in_the_same_message_is_not_asked_for(talk: Talk) -> None:
    reply = await talk.say("lamp moon, no, the desk", "start table.lamp; set lamp moon; set lamp desk")
    assert talk.action.booked == [{"lamp": "lamp.desk"}]
    assert reply.state.pending is None


async def test_another_request_of_the_open_intent_is_one_of_its_own(talk: Talk) -> None:
    await talk.say("a table", "start table.book")
    words = "for two on friday and another for four on sunday"
    reply = await talk.say(
        words, "start table.book; set people two; set day friday; start table.book; set people four; set day sunday"
    )
    assert reply.text == "Book for 2 on Friday 27 November?"
    reply = await talk.say("yes", "confirm")
    assert reply.text.endswith("Book for 4 on Sunday 29 November?")


async def test_again_after_a_yes_means_what_was_done_before(talk: Talk) -> None:
    await talk.say("where is oslo", "start table.look; set place oslo")
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("yes, and the look again", "confirm; again")
    assert reply.text == "Booked for 2 on Friday 27 November.\noslo is there."


async def test_a_late_yes_with_another_request_asks_once(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    talk.now += timedelta(minutes=20)
    reply = await talk.say("yes, and where is oslo", "confirm; start table.look; set place oslo")
    assert reply.text.count("Book for 2") == 1
    assert talk.action.booked == []


async def test_a_correction_that_could_not_be_read_is_asked_for_after_a_digression_too(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("make it blorp", "set people blorp")
    assert reply.text.endswith("For how many?")
    reply = await talk.say("where is oslo", "start table.look; set place oslo")
    assert reply.text.endswith("Back to the table: For how many?")
    await talk.say("three", "set people three")
    await talk.say("yes", "confirm")
    assert talk.action.booked == [{"people": 3, "day": "2026-11-27"}]


async def test_a_summary_that_is_shown_again_is_told_as_an_event(talk: Talk) -> None:
    await talk.say("a table for two on friday", BOOK)
    reply = await talk.say("you are funny", "say chat", "chat: Thanks.")
    assert "confirmation_asked" in kinds(reply)


async def test_retract_leaves_no_request_waiting_without_a_question(talk: Talk) -> None:
    await talk.say("the lamp and a table", "start table.lamp; set lamp lamp; start table.book")
    await talk.say("the first", "choose 1")
    reply = await talk.say("scratch that", "retract")
    assert reply.text.endswith("For how many?")
    assert reply.state.pending is not None
