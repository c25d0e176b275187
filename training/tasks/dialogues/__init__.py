"""Dialogues of public sets as commands: what each user turn changes in the dialogue state.

    steps.py           a conversation as steps: what was heard, what is said, what is right after it
    belief.py          the state that commands make of it, the commands that a step needs
    pointing.py        "there", "that day", "I don't care": values that code looks up
    schema_guided.py   SGD: services with schemas, under their own and under paraphrased names (SGD-X)
    cambridge.py       MultiWOZ 2.1 and WOZ 2.0: one intent a domain
    star.py            STAR: what an API is called with, told by the turns that say it
    rows.py            training rows, and the catalogue that a row is shown with

The services of a conversation are listed in its prompts: a model learns to read schemas, not names. What a turn takes
over from the assistant's words (an offer accepted, a summary confirmed) is code's to fill in, as it is when serving:
the model writes ``confirm``. Thanks and farewells are ``say chat``, as among the project's skills; another turn that
changes nothing (a question about what was found) is ``refuse``: no listed intent takes it.
"""

from training.tasks.dialogues.belief import TALK
from training.tasks.dialogues.rows import CONVERSATIONS, dialogue_catalogue, dialogue_rows, is_dialogue, with_talk

__all__ = ["CONVERSATIONS", "TALK", "dialogue_catalogue", "dialogue_rows", "is_dialogue", "with_talk"]
