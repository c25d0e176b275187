"""One real vLLM server for all tests of this folder: the bundled model, or a tiny random one where that is missing.

Runs only when asked for with `-m vllm` (make test-vllm): the first time, it installs vLLM into .venv-vllm.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.prompting import CONTROL_TOKENS
from agent.serving import ModelServer, ensure_server_environment

REPOSITORY = Path(__file__).parents[2]
BUNDLED = REPOSITORY / "agent" / "models" / "nano"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "vllm" in config.option.markexpr:
        return
    skip = pytest.mark.skip(reason="needs a real vLLM server: make test-vllm")
    for item in items:
        if item.get_closest_marker("vllm"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model, or one of random weights: grammar, streaming and stopping do not depend on what was learnt."""
    if (BUNDLED / "config.json").is_file():
        return BUNDLED.resolve()
    folder = tmp_path_factory.mktemp("random-model")
    make_random_model(folder)
    return folder.resolve()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm_server(model_dir: Path) -> AsyncIterator[ModelServer]:
    """A server that is ready; tests use its url."""
    venv = Path(os.environ.get("FACTOTUM_VLLM_VENV", REPOSITORY / ".venv-vllm"))
    await asyncio.to_thread(ensure_server_environment, venv, _report)
    async with ModelServer(model_dir, venv=venv, on_line=_report) as server:
        yield server


def make_random_model(folder: Path) -> None:
    """Write a Qwen3-shaped model of random weights with factotum's control tokens as a Hugging Face directory."""
    torch = pytest.importorskip("torch", reason="making a random model needs the extra `training`")
    transformers = pytest.importorskip("transformers", reason="making a random model needs the extra `training`")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8192,
        special_tokens=list(CONTROL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "agent").rglob("*.py"))]
    tokenizer.train_from_iterator(texts, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=CONTROL_TOKENS[0], eos_token=CONTROL_TOKENS[1]
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.Qwen3Config(
        vocab_size=8192, hidden_size=256, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=64, max_position_embeddings=2048, tie_word_embeddings=True,
        pad_token_id=0, eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    transformers.Qwen3ForCausalLM(config).save_pretrained(folder)


def _report(line: str) -> None:
    # To the terminal itself: the start takes long enough that one wants to see it under pytest's capture too.
    sys.__stderr__.write(f"[vllm] {line}\n") if sys.__stderr__ else None
