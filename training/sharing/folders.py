"""Writes a model whose tasks share in part so that it can be served, and opens it again.

A group's whole model is a plain folder (``groups/<name>``), since that is what both servers load as they are: vLLM
takes one model a server, and the local backend reads exactly one model.safetensors, which the fingerprint names.
Sharing files between the groups' folders would save some 13 MB each at the bundled size and need a reader of its own.
With soft sharing there are LoRA folders besides (``adapters/<name>``): one vLLM server then holds all groups.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.backends.base import Backend, Request
from agent.errors import ModelNotUsable
from training.tasks import CORPUS_TASKS

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from training.sharing.base import Sharing

SHARING_FILE = "sharing.json"

WriteModel = Callable[["PreTrainedModel", Path], None]
"""Writes a plain model folder, tokenizer and fingerprint included."""


class SharingRecord(BaseModel):
    """What lies beside a model whose tasks share in part. Paths are relative to the folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    groups: Mapping[str, tuple[str, ...]]
    # Name of a group to its tasks.
    models: Mapping[str, str]
    # Name of a group to its whole model.
    adapters: Mapping[str, str] = {}
    # Name of a group to its LoRA folder (soft).

    def group_of(self, *tasks: str) -> str:
        """Return the group that answers a task, under any of its names; the first for one that none was trained on."""
        found = (name for task in tasks for name, members in self.groups.items() if task in members)
        return next(found, next(iter(self.groups)))


def save_shared(model: PreTrainedModel, sharing: Sharing, folder: Path, write: WriteModel) -> SharingRecord:
    """Write everything that a trained model with groups is served from."""
    from training.sharing.adapters import write_adapter
    from training.sharing.base import plain_model

    folder.mkdir(parents=True, exist_ok=True)
    shared = sharing.shared_weights(model)
    if shared is not None:
        write(plain_model(model, shared), folder)
    adapters: dict[str, str] = {}
    for number, name in enumerate(sharing.groups):
        write(plain_model(model, sharing.group_weights(model, number)), folder / "groups" / name)
        matrices = sharing.adapter(model, number)
        if matrices is not None:
            adapters[name] = f"adapters/{name}"
            write_adapter(matrices, folder / adapters[name], rank=sharing.config.rank)
    record = SharingRecord(
        kind=sharing.config.kind,
        groups=dict(sharing.config.groups),
        models={name: f"groups/{name}" for name in sharing.groups},
        adapters=adapters,
    )
    # Last: with it the folder counts as whole.
    (folder / SHARING_FILE).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return record


def read_sharing(folder: Path) -> SharingRecord | None:
    """Return what a model folder says about its groups; None when it is a plain one.

    Raises:
        ModelNotUsable: the file is malformed, or a folder it names is not there.
    """
    path = folder / SHARING_FILE
    if not path.is_file():
        return None
    try:
        record = SharingRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelNotUsable(f"{path} is malformed ({error}); save the model again") from None
    for place in (*record.models.values(), *record.adapters.values()):
        if not (folder / place).is_dir():
            raise ModelNotUsable(f"{path} names {place!r}, which is not there; save the model again")
    return record


def sources_of(set_name: str) -> list[str]:
    """Return the sources of the mixture that teach what a set asks, those that teach it in its own terms first."""
    found = [name for name, task in CORPUS_TASKS.items() if set_name in task.sets]
    return sorted(found, key=lambda name: name.startswith(("own_", "cat_")))


class GroupedBackend:
    """Answers each task by its group's model, for evaluation: the same entry as for a plain folder.

    >>> backend = GroupedBackend(folder, record, open_backend)
    >>> await backend.of("tatoeba").complete(request)
    """

    holds_grammar = True

    def __init__(self, folder: Path, record: SharingRecord, open_backend: Callable[[Path], Backend]) -> None:
        self._record = record
        self._backends = {name: open_backend(folder / place) for name, place in record.models.items()}
        self.name = next(iter(self._backends.values())).name
        self.model_dir: Path | None = folder

    def of(self, name: str, task: str = "") -> Backend:
        """Return the backend of the group that a set or source belongs to: that of its task, where there is one."""
        return self._backends[self._record.group_of(name, task, *sources_of(name))]

    async def start(self) -> None:
        """Load every group's model."""
        for backend in self._backends.values():
            await backend.start()

    async def close(self) -> None:
        """Let go of all of them."""
        for backend in self._backends.values():
            await backend.close()

    async def complete(self, request: Request) -> str:
        """Answer by the first group's model: what a task nobody named is answered by."""
        return await next(iter(self._backends.values())).complete(request)

    def stream(self, request: Request) -> AsyncIterator[str]:
        """Answer by the first group's model, in pieces."""
        return next(iter(self._backends.values())).stream(request)
