"""A backend that runs a model folder by torch: for evaluating a model that has not been exported yet.

Not for serving: it loads torch and answers one request at a time. Greedy decoding under the same grammar text, and the
same beam search, as every other backend.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from transformers import AutoModelForCausalLM

from agent.backends import beam
from agent.backends.base import Request
from agent.backends.qwen3 import Floats
from agent.errors import DeadlineExceeded, ModelNotUsable
from agent.prompting import END
from training.encode import control_id
from training.tokenizer import load_tokenizer


class TorchBackend:
    """Answers by a model folder, on the CPU.

    >>> backend = TorchBackend(Path("runs/nano/model"))
    >>> await backend.complete(Request(prompt, grammar=grammar))
    """

    name = "torch"
    holds_grammar = True

    def __init__(self, model_dir: Path) -> None:
        """Load the folder.

        Raises:
            ModelNotUsable: it cannot be loaded.
        """
        self.model_dir = model_dir
        try:
            self._tokenizer = load_tokenizer(model_dir)
            # Of any architecture: a fine-tuned base model is evaluated here too.
            self._model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelNotUsable(
                f"{model_dir} cannot be loaded ({error}); expected a folder made by training"
            ) from error
        self._model.eval()  # type: ignore[no-untyped-call]
        self._end = control_id(self._tokenizer, END)
        self._engine = LLTokenizer(self._tokenizer.to_str(), eos_token=self._end)

    async def start(self) -> None:
        """Nothing to do: the folder is loaded."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def complete(self, request: Request) -> str:
        """Return the whole answer.

        Raises:
            DeadlineExceeded: it took longer than the request allows.
        """
        return self.generate(request)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the answer, in one piece."""
        yield self.generate(request)

    @torch.inference_mode()
    def generate(self, request: Request) -> str:
        """Return the whole answer."""
        if request.beams > 1:
            return self._best(request)
        deadline = time.monotonic() + request.deadline_seconds
        matcher = LLMatcher(self._engine, request.grammar) if request.grammar else None
        given = torch.tensor([self._tokenizer.encode(request.prompt.text, add_special_tokens=False).ids])
        cache, answer = None, list[int]()
        while len(answer) < request.max_tokens:
            if time.monotonic() > deadline:
                raise DeadlineExceeded(f"no answer within {request.deadline_seconds} s")
            output = self._model(input_ids=given, past_key_values=cache, use_cache=True)
            cache, logits = output.past_key_values, output.logits[0, -1]
            if matcher is not None:
                mask = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
                # A base model may have spare rows after its tokens.
                spare = max(0, len(logits) - len(mask))
                illegal = np.pad(mask[: len(logits)] == 0, (0, spare), constant_values=True)
                logits = logits.masked_fill(torch.from_numpy(illegal), -torch.inf)
            token = int(logits.argmax())
            if token == self._end:
                break
            answer.append(token)
            if matcher is not None:
                matcher.consume_token(token)
            given = torch.tensor([[token]])
        return str(self._tokenizer.decode(answer, skip_special_tokens=True))

    def _best(self, request: Request) -> str:
        prompt = self._tokenizer.encode(request.prompt.text, add_special_tokens=False).ids
        output = self._model(input_ids=torch.tensor([prompt]), use_cache=True)
        cache, deadline = output.past_key_values, time.monotonic() + request.deadline_seconds

        def step(carried_on: Sequence[int], tokens: Sequence[int]) -> Floats:
            if time.monotonic() > deadline:
                raise DeadlineExceeded(f"no answer within {request.deadline_seconds} s")
            cache.reorder_cache(torch.tensor(carried_on))
            given = torch.tensor(tokens)[:, None]
            logits: Floats = self._model(input_ids=given, past_key_values=cache, use_cache=True).logits[:, -1].numpy()
            return logits

        tokens = beam.search(
            output.logits[0, -1].numpy(),
            step,
            beams=request.beams,
            max_tokens=request.max_tokens,
            ends=(self._end,),
            legal=np.arange(self._tokenizer.get_vocab_size()),
            prompt_tokens=len(prompt),
        )
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))
