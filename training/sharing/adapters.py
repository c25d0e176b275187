"""LoRA folders as peft writes and vLLM loads them, and the proof that each is active.

A server may answer 200 to a request for an adapter whose path does not exist, with the shared weights. So paths are
looked at before anything is served (``server_flags``), an adapter that changes nothing is refused, and the running
server is asked whether its answers differ from the shared model's (``probe_server``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from agent.errors import BackendUnavailable, ModelNotUsable

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
# The values that vLLM takes for --max-lora-rank.


def write_adapter(matrices: Mapping[str, Tensor], folder: Path, *, rank: int) -> None:
    """Write a LoRA folder.

    Args:
        matrices: by peft's names, ``base_model.model.<module>.lora_A.weight`` `(rank, in)`, ``lora_B`` `(out, rank)`.
        folder: the folder to write.
        rank: of the matrices.
    """
    from peft import LoraConfig

    from training.sharing.soft import SCALE, TARGETS

    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: matrix.cpu() for name, matrix in matrices.items()}, folder / WEIGHTS_FILE)
    config = LoraConfig(
        r=rank,
        lora_alpha=int(SCALE * rank),
        lora_dropout=0.0,
        bias="none",
        target_modules=sorted(TARGETS),
        task_type="CAUSAL_LM",
        inference_mode=True,
    )
    config.save_pretrained(str(folder))


def check_adapter(folder: Path) -> int:
    """Check a LoRA folder without loading a model, and return its rank.

    Raises:
        ModelNotUsable: a file is missing or broken, or the adapter is certain to change nothing.
    """
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise ModelNotUsable(
                f"adapter {str(folder)!r} has no {name}; expected a LoRA folder written by training; a server would "
                "answer with the shared weights instead of complaining"
            )
    active, rank = False, 0
    try:
        with safe_open(folder / WEIGHTS_FILE, framework="np") as file:
            for name in file.keys():  # noqa: SIM118 - not a dict.
                if ".lora_B." in name:
                    matrix = file.get_tensor(name)
                    active, rank = active or bool(matrix.any()), matrix.shape[1]
    except (SafetensorError, OSError) as error:
        raise ModelNotUsable(f"{folder / WEIGHTS_FILE} cannot be read ({error}); save the model again") from error
    if not active:
        raise ModelNotUsable(f"adapter {str(folder)!r} changes nothing: all its B matrices are zero; train it first")
    return rank


def server_flags(adapters: Mapping[str, Path]) -> list[str]:
    """Return the flags with which a vLLM server holds these adapters beside the shared model.

    Raises:
        ModelNotUsable: one of them is missing, broken or inert.
    """
    if not adapters:
        return []
    rank = max(check_adapter(folder) for folder in adapters.values())
    allowed = next((allowed for allowed in _RANKS if allowed >= rank), None)
    if allowed is None:
        raise ModelNotUsable(f"an adapter has rank {rank}; a vLLM server holds at most {_RANKS[-1]}")
    modules = [f"{name}={folder.absolute()}" for name, folder in adapters.items()]
    flags = ["--enable-lora", "--max-lora-rank", str(allowed), "--max-loras", str(len(adapters))]
    return [*flags, "--lora-modules", *modules]


def probe_adapters(model_dir: Path, adapters: Mapping[str, Path], ids: Sequence[int]) -> dict[str, float]:
    """Load every adapter over the shared model and return by how much it changes the logits of a prompt.

    Args:
        model_dir: the shared model's folder.
        adapters: LoRA folders by name.
        ids: tokens of the probe prompt.

    Returns:
        The largest difference of a logit, as a share of the largest logit.

    Raises:
        ModelNotUsable: an adapter is missing or broken, or leaves every logit as it is.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    prompt, found = torch.tensor([list(ids)]), {}
    for name, folder in adapters.items():
        check_adapter(folder)
        model: Any = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32, local_files_only=True)
        with torch.inference_mode():
            shared = model.eval()(prompt).logits
            own = PeftModel.from_pretrained(model, str(folder)).eval()(prompt).logits
        found[name] = float((own - shared).abs().max() / shared.abs().max())
        # Written so that NaN does not pass.
        if not found[name] > 1e-6:
            raise ModelNotUsable(f"adapter {name!r} ({folder}) is not active: the logits of the probe are unchanged")
    return found


def probe_server(
    base_url: str,
    *,
    shared: str,
    adapters: Sequence[str],
    prompt: str,
    transport: httpx.BaseTransport | None = None,
    timeout_seconds: float = 60.0,
) -> dict[str, float]:
    """Ask a running server whether each adapter answers otherwise than the shared model.

    Args:
        base_url: of the OpenAI-compatible API, ending in ``/v1``.
        shared: name under which the shared model is served.
        adapters: names under which the adapters are served.
        prompt: the probe.
        transport: replaces the network, for tests.
        timeout_seconds: for one answer.

    Returns:
        The largest difference of a log probability of the first token, by adapter.

    Raises:
        BackendUnavailable: the server does not answer as expected.
        ModelNotUsable: an adapter's probabilities are those of the shared model.
    """
    with httpx.Client(base_url=base_url, transport=transport, timeout=timeout_seconds) as client:
        expected = _first_token(client, shared, prompt)
        found: dict[str, float] = {}
        for name in adapters:
            own = _first_token(client, name, prompt)
            common = expected.keys() & own.keys()
            # Other tokens among the likeliest are a difference too, of no particular size.
            found[name] = max((abs(expected[token] - own[token]) for token in common), default=float("inf"))
            if found[name] <= 1e-4 and expected.keys() == own.keys():
                raise ModelNotUsable(
                    f"adapter {name!r} is not active on {base_url}: it answers with the probabilities of {shared!r}; "
                    "look at the server's --lora-modules"
                )
    return found


def _first_token(client: httpx.Client, model: str, prompt: str) -> dict[str, float]:
    body = {"model": model, "prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": 5}
    body["add_special_tokens"] = False
    try:
        response = client.post("completions", json=body)
        response.raise_for_status()
        top: dict[str, Any] = response.json()["choices"][0]["logprobs"]["top_logprobs"][0]
        return {token: float(value) for token, value in top.items()}
    except (httpx.HTTPError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BackendUnavailable(f"the server gives no probabilities for model {model!r} ({error!r})") from error
