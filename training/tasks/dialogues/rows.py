"""Training rows of dialogues, the state told before each turn, and the catalogue that a row is shown with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from agent.catalogue import Catalogue
from agent.errors import InputError
from agent.rows import Row
from training.tasks.common import Source, understand
from training.tasks.dialogues import cambridge, schema_guided, star
from training.tasks.dialogues.belief import NOTHING, TALK, Belief, needed
from training.tasks.dialogues.steps import Conversation, Step

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
SHOWN_WHOLE = 0.4
"""Share of the rows of training that list all services of their dialogue, and not those alone that the turn needs: a
listing is most of a prompt."""


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


def with_talk(services: Catalogue, own: Catalogue) -> Catalogue:
    """Return the services with the project's skill for talk, whose intents (it has none) are not listed."""
    return Catalogue.of([*services.skills.values(), own.skills[TALK.partition(" ")[2]]])


def dialogue_rows(name: str, source: Source) -> Iterator[Row]:
    """Yield a row a user turn; turns that cannot be written are left out, and the talk goes on from what is right."""
    for conversation in CONVERSATIONS[name](source):
        catalogue = dialogue_catalogue(conversation.catalogue, source.data)
        belief = Belief(catalogue)
        for step in conversation.steps:
            belief.hear(step.heard)
            wanted = needed(step, belief, catalogue)
            is_kept = True
            if wanted.missing:
                source.dropped[f"{name}: {wanted.missing[0].partition(': ')[2]}"] += 1
                is_kept = False
            elif wanted.commands == (NOTHING,) and not step.is_annotated:
                source.dropped[f"{name}: nothing is known of what the turn says"] += 1
                is_kept = False
            elif source.training and wanted.commands in ((NOTHING,), (TALK,)):
                is_kept = source.keep(KEEP_UNCHANGED)
            if is_kept:
                row = understand(
                    source,
                    step.text,
                    wanted.commands,
                    wanted.places,
                    state=belief.state(),
                    kind="dialogue",
                    catalogue=_shown(source, conversation, belief, step),
                    noise=source.training,
                )
                if row is not None:
                    yield row
            belief.apply(wanted.filled(step.text))
            belief.settle(step.goals)


def _shown(source: Source, conversation: Conversation, belief: Belief, step: Step) -> str:
    """Return what a row lists: evaluation knows no better than all services."""
    spoken = {goal.service for goal in step.goals} | ({belief.service} if belief.service else set())
    if not spoken or not source.training or source.keep(SHOWN_WHOLE):
        return conversation.catalogue
    return conversation.catalogue_of(spoken)
