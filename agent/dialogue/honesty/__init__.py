"""Holds a model's free text to what is true of it: it has done nothing.

Only a rendered receipt may say that something was done. Free text (small talk, an explanation) comes from a model that
cannot act, so a sentence of it that claims an effect, done, under way or promised, is a lie, whatever it is about. The
first one is replaced by a sentence that says so, the others are dropped, and honest sentences around them stay.

    stream = HonestStream("en")
    shown = stream.feed("Sure! I have bo") + stream.feed("oked it. Bye!") + stream.close()
    shown == f"Sure! {HONEST_SENTENCES['en']} Bye!"

This is a net of language rules (English, German, French, Spanish, Chinese) under the real guarantee, which is that
replies about effects are rendered from receipts alone. It knows grammar, not the world: it has no model, no store and
no skill, and reads one sentence at a time. It cannot see a claim that lies in the situation alone ("Enjoy your dinner
at eight!"), in irony, in an answer of one word to its own question ("Is it booked? Yes."), or in another language; and
a sentence of a story told without quotation marks may look like one and is lost.
"""

from agent.dialogue.honesty.claims import HONEST_SENTENCES, Claim, HonestStream, find_claims, honest

__all__ = ["HONEST_SENTENCES", "Claim", "HonestStream", "find_claims", "honest"]
