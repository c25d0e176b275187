"""Values by code: "there" and "that day" are looked up among what came up before, "I don't care" is no preference.

The words are read by the agent's own reader of words that point back (``agent.dialogue.resolvers.references``), so that
the model writes the same ``set place there`` as it does for the project's skills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agent.declaration import Slot
from agent.dialogue.resolvers.base import Ambiguous, ResolveContext, Resolved, normalise
from agent.dialogue.resolvers.lexicon import ANY
from agent.dialogue.resolvers.references import refer
from agent.types import Mention, SlotValue
from training.tasks.dialogues.steps import DONT_CARE

PLACE, ADDRESS, DATE, TIME, COUNT = "place", "address", "date", "time", "count"
"""How a slot is read (``Slot.resolver``). A city and an address are both places, and not meant by the same "there"."""
_READ_AS = {PLACE: PLACE, ADDRESS: PLACE, DATE: DATE, TIME: TIME}
MAX_WORDS = 4
"""Of words that point back, or that say that nothing is preferred."""
_NOW = datetime(2019, 3, 1, tzinfo=UTC)
# Reading needs a clock; what points back does not depend on it.
_WORD = re.compile(r"[\w'’]+")


def mention(service: str, slot: Slot, value: str) -> Mention:
    """Return a value to point back at; by the service's name too ("the hotel")."""
    return Mention(
        slot=f"{service}_{slot.name}", resolver=slot.resolver, value=SlotValue(raw=value, value=value, text=value)
    )


def read_value(said: str, slot: Slot, mentioned: Sequence[Mention]) -> str:
    """Return what the user's words come to mean for a slot; the words themselves when they are a value.

    Args:
        said: the words that were set.
        slot: what they fill.
        mentioned: the values that came up, newest first.
    """
    if slot.enum:
        return said
    if ANY.match(normalise(said)):
        return DONT_CARE
    kind = _READ_AS.get(slot.resolver)
    if kind is None:
        return said
    alike = [each for each in mentioned if each.resolver == slot.resolver]
    if slot.resolver == ADDRESS and not alike:
        alike = [each for each in mentioned if each.resolver == PLACE]
    known = tuple(each.model_copy(update={"resolver": kind}) for each in alike)
    found = refer(said, kind, slot, ResolveContext(now=_NOW, mentioned=known))
    if isinstance(found, Resolved):
        return found.text
    # Nobody can be asked here which one is meant: the newest.
    return found.options[0].text if isinstance(found, Ambiguous) else said


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where runs of few words stand in a text, the shortest first."""
    words = [match.span() for match in _WORD.finditer(text)]
    for size in range(1, MAX_WORDS + 1):
        for first, last in zip(words, words[size - 1 :], strict=False):
            yield first[0], last[1]
