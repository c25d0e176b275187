"""What the tasks of one model share: all weights, all but a low-rank part, or the lower layers.

    sharing: hard                                       # one set of weights, the default
    sharing: {kind: soft, rank: 8, pull: 0.001, groups: {understand: [own, clinc], speak: [translate, chat]}}
    sharing: {kind: hierarchical, shared_layers: 3, groups: {...}}

What is written, and who loads it (``training.sharing.folders``):

    model/                      soft: the shared weights, a plain model folder
      sharing.json              which group answers which task
      adapters/understand/      soft: a peft LoRA folder; one vLLM server holds all of them beside the shared weights
      groups/understand/        soft and hierarchical: a whole plain model folder of the group

Importing this package loads neither torch nor peft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.errors import InputError

if TYPE_CHECKING:
    from training.sharing.base import Sharing

__all__ = ["SharingConfig", "group_numbers", "make_sharing"]


class SharingConfig(BaseModel):
    """What is shared. In YAML the bare name ``hard`` will do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hard", "soft", "hierarchical"] = "hard"
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    # Name of a group to the labels of its sources; every source of the mixture is in one.
    rank: int = Field(default=8, gt=0)
    # soft: of a group's own part of a weight matrix.
    pull: float = Field(default=1e-3, ge=0)
    # soft: factor of the squared distance between a group's weights and the shared ones in the loss.
    shared_layers: int = Field(default=3, ge=0)
    # hierarchical: layers from below that all groups share; the embeddings and the last norm always are.

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _groups_are_disjoint(self) -> SharingConfig:
        if self.kind != "hard" and len(self.groups) < 2:
            raise ValueError(f"{self.kind} sharing needs two groups or more, found {list(self.groups)}")
        for name, tasks in self.groups.items():
            if not name.isidentifier():
                raise ValueError(f"group {name!r}: expected letters, digits and underscores, it becomes a folder")
            if not tasks:
                raise ValueError(f"group {name!r} has no task")
        placed = [task for tasks in self.groups.values() for task in tasks]
        if twice := sorted({task for task in placed if placed.count(task) > 1}):
            raise ValueError(f"{', '.join(twice)} in several groups; expected in one")
        return self


def group_numbers(config: SharingConfig, names: Sequence[str]) -> list[int]:
    """Return the number of the group of every task.

    Raises:
        InputError: a task is in no group, or a group names one that is not in the mixture.
    """
    number_of = {task: number for number, tasks in enumerate(config.groups.values()) for task in tasks}
    lost, unknown = sorted(set(names) - set(number_of)), sorted(set(number_of) - set(names))
    if lost or unknown:
        found = [f"{', '.join(lost)} in no group"] if lost else []
        found += [f"{', '.join(unknown)} not in the mixture"] if unknown else []
        raise InputError(f"sharing.groups: {'; '.join(found)}; the mixture has {', '.join(names)}")
    return [number_of[name] for name in names]


def make_sharing(config: SharingConfig, names: Sequence[str]) -> Sharing:
    """Return what puts the groups' own weights into a model.

    Raises:
        InputError: groups and mixture do not fit, or the sharing is hard.
    """
    numbers = group_numbers(config, names)
    match config.kind:
        case "soft":
            from training.sharing.soft import Soft

            return Soft(config, numbers)
        case "hierarchical":
            from training.sharing.hierarchical import Hierarchical

            return Hierarchical(config, numbers)
        case "hard":
            raise InputError("hard sharing puts nothing into a model; do not ask for it")
