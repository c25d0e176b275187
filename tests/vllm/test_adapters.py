"""Soft sharing as it is served: one vLLM server, the shared model, and a LoRA adapter for each group of tasks."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agent.errors import BackendUnavailable, ModelNotUsable
from agent.prompting import COMMANDS, UNDERSTAND, USER
from agent.serving import ModelServer, ensure_server_environment

pytest.importorskip("torch", reason="adapters are written by the extra `training`")
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from training.sharing import SharingConfig
from training.sharing.adapters import probe_adapters, probe_server, server_flags, write_adapter
from training.sharing.soft import Soft

pytestmark = pytest.mark.vllm
PROMPT = f"{UNDERSTAND}{USER} turn on the lamp{COMMANDS}"
RANK = 4


@pytest.fixture(scope="module")
def adapters(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two groups' own weights, as a run with `sharing: soft` writes them, moved away from the shared ones."""
    config = SharingConfig(kind="soft", rank=RANK, groups={"commands": ["own"], "texts": ["chat"]})
    soft = Soft(config, [0, 1])
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32, local_files_only=True)
    soft.install(model)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(".up"):
                weight.copy_(0.05 * torch.randn(weight.shape, generator=generator))
    folder = tmp_path_factory.mktemp("adapters")
    for number, name in enumerate(soft.groups):
        write_adapter(soft.adapter(model, number), folder / name, rank=RANK)
    return {name: folder / name for name in soft.groups}


async def test_a_vllm_server_loads_the_adapters_of_soft_sharing_and_each_is_active(
    model_dir: Path, adapters: dict[str, Path]
) -> None:
    ids = Tokenizer.from_file(str(model_dir / "tokenizer.json")).encode(PROMPT, add_special_tokens=False).ids
    assert min(probe_adapters(model_dir, adapters, ids).values()) > 1e-3
    venv = Path(os.environ.get("FACTOTUM_VLLM_VENV", Path(__file__).parents[2] / ".venv-vllm"))
    await asyncio.to_thread(ensure_server_environment, venv)
    async with ModelServer(model_dir, venv=venv, extra_args=server_flags(adapters)) as server:
        url = f"{server.url}/v1"
        found = await asyncio.to_thread(
            probe_server, url, shared=server.served_name, adapters=list(adapters), prompt=PROMPT
        )
        assert set(found) == set(adapters)
        # The shared model beside itself: the probe can fail.
        with pytest.raises(ModelNotUsable, match="not active"):
            await asyncio.to_thread(
                probe_server, url, shared=server.served_name, adapters=[server.served_name], prompt=PROMPT
            )
        with pytest.raises(BackendUnavailable, match="nobody"):
            await asyncio.to_thread(probe_server, url, shared=server.served_name, adapters=["nobody"], prompt=PROMPT)
