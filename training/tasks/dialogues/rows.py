"""Training rows of dialogues, the state told before each turn, and the catalogue that a row is shown with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.rows import Row
from training.tasks.common import Source, understand
from training.tasks.dialogues import cambridge, schema_guided, star
from training.tasks.dialogues.belief import Belief, Conversation, needed, same_exactly, same_nearly

CONVERSATIONS: dict[str, Callable[[Source], Iterator[Conversation]]] = {
    "sgd": lambda source: schema_guided.conversations(
        source.data, source.split, source.rng if source.training else None
    ),
    "multiwoz": lambda source: cambridge.conversations(cambridge.MULTIWOZ, source.data, source.split),
    "woz": lambda source: cambridge.conversations(cambridge.WOZ, source.data, source.split),
    "star": lambda source: star.conversations(source.data, source.split),
}
"""The dialogues of every set."""
KEEP_UNCHANGED = 0.4
"""Share of the turns that change nothing which is trained on: they are many, and all alike."""


def is_dialogue(catalogue: str) -> bool:
    """Return True for the catalogue of a row of a dialogue."""
    return catalogue.partition(" ")[0] in CONVERSATIONS


def dialogue_catalogue(catalogue: str, data: Path) -> Catalogue:
    """Return the services that a row of a dialogue is shown with.

    Raises:
        InputError: there is no such set.
    """
    kind, _, rest = catalogue.partition(" ")
    match kind:
        case "sgd":
            names, _, variant = rest.partition(" ")
            return schema_guided.services_catalogue(names, variant, data)
        case "multiwoz" | "woz":
            return cambridge.domains_catalogue(rest, kind)
        case "star":
            return star.tasks_catalogue(rest, data)
    raise InputError(f"no dialogues {kind!r}; expected one of {', '.join(CONVERSATIONS)}")


def dialogue_rows(name: str, source: Source) -> Iterator[Row]:
    """Yield a row a user turn, as long as what the turns say can be written; a dialogue is left where it cannot."""
    same = same_nearly if name == "sgd" else same_exactly
    for conversation in CONVERSATIONS[name](source):
        catalogue = dialogue_catalogue(conversation.catalogue, source.data)
        belief = Belief(catalogue)
        for step in conversation.steps:
            belief.hear(step.heard)
            wanted = needed(step, belief, catalogue, same)
            row = None
            if wanted.missing:
                source.dropped[f"{name}: {wanted.missing[0].partition(': ')[2]}"] += 1
            else:
                row = understand(
                    source,
                    step.text,
                    wanted.commands,
                    wanted.places,
                    state=belief.state(),
                    kind="dialogue",
                    catalogue=conversation.catalogue,
                    noise=source.training,
                )
            if row is not None and not (
                source.training and wanted.commands == ("refuse",) and not source.keep(KEEP_UNCHANGED)
            ):
                yield row
            # The talk goes on from what is right, not from what could be written.
            filled = [line.format(*(step.text[slice(*place)] for place in wanted.places)) for line in wanted.commands]
            belief.apply(filled)
            if step.service:
                right = {slot: values[0] for slot, values in step.gold.items()}
                now = belief.slots.setdefault(step.service, {})
                now.update(
                    {slot: value for slot, value in right.items() if not same(now.get(slot, ""), step.gold[slot])}
                )
