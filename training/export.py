"""What the local runtime needs of a released model directory: nothing more, once it is proven to read it right.

The local backend reads config.json, model.safetensors and tokenizer.json themselves, so the package carries one copy
of the weights and there is no second format that could drift from the first. What is left to do at release is the
proof: the same tokens and the same logits as the libraries the model was trained with.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import Qwen3ForCausalLM

from agent.backends.decoder import TOKENIZER_FILE, Decoder
from agent.backends.qwen3 import Qwen3
from agent.errors import ModelNotUsable
from agent.prompting import CONTROL_TOKENS

TOLERANCE = 1e-3
"""Largest difference between two logits, as a share of the largest logit; float32 gives about 1e-5."""

SAMPLES = (
    "<|understand|><|state|> booking.restaurant people: two; ask time<|user|> at half past eight<|commands|>",
    '<|understand|><|skills|> music.play: play "a <song>" (artist, title)<|user|> spiel was von Björk<|commands|>',
    "<|task|> translate to german: good morning, is this seat taken?<|reply|> Guten Morgen<|end|>",
    '<|user|> 3 Äpfel à 1,20 € 😀👩‍👧  你好，世界\n\n\tx_y.z == 42; naïve <b>"q",</b> <|nothing|> snake_case.dotted',
    "".join(CONTROL_TOKENS),
)


def export_local(model_dir: Path) -> None:
    """See to it that the local backend runs this Hugging Face directory; writes nothing.

    Raises:
        ModelNotUsable: the directory cannot be loaded, or the local runtime would read or compute something else than
            the libraries the model was trained with.
    """
    decoder, network = Decoder(model_dir), Qwen3.load(model_dir)
    tokenizer = Tokenizer.from_file(str(model_dir / TOKENIZER_FILE))
    reference = Qwen3ForCausalLM.from_pretrained(model_dir, dtype=torch.float32, local_files_only=True)
    reference.eval()  # type: ignore[no-untyped-call]
    for sample in SAMPLES:
        ids = tokenizer.encode(sample).ids
        if decoder.encode(sample) != ids:
            raise ModelNotUsable(
                f"{model_dir}: the local runtime splits {sample!r} into {decoder.encode(sample)}, training into {ids}; "
                "make the tokenizer as training.tokenizer does"
            )
        # The prompt in one piece, then token by token: both ways of reading are used when a model answers.
        with torch.inference_mode():
            expected = reference(torch.tensor([ids])).logits[0].numpy()
        cache, half = network.new_cache(), max(1, len(ids) // 2)
        found = [network.forward(ids[:half], cache), *(network.forward([token], cache) for token in ids[half:])]
        difference = float(np.abs(np.stack(found) - expected[half - 1 :]).max() / np.abs(expected).max())
        # Written so that NaN does not pass.
        if not difference <= TOLERANCE:
            raise ModelNotUsable(
                f"{model_dir}: the local runtime's logits differ from those of transformers by {difference:.2g} of the "
                f"largest on {sample!r}, expected at most {TOLERANCE}; this is a fault of agent.backends.qwen3"
            )
