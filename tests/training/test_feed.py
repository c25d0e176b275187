"""The feed: workers that are killed are replaced, and a run does not wait for ever for those that cannot live."""

from __future__ import annotations

import os
import signal

import pytest

from tests.training.factory import renderer, understand_rows
from training.encode import Encoder
from training.feed import MOST_REPLACED, EncodingFailed, Examples
from training.tokenizer import train_tokenizer

ROWS = {"own": understand_rows(30)}


def examples(folder, *, killed: int) -> Examples:
    """Return examples whose workers are killed as they start, so many times."""
    rendered = [renderer().render(row) for row in ROWS["own"]]
    tokenizer = train_tokenizer((item.prompt + item.target for item in rendered), vocab_size=400)

    def make_encoder() -> Encoder:
        deaths = folder / "deaths"
        died = len(deaths.read_text()) if deaths.exists() else 0
        if died < killed:
            deaths.write_text("x" * (died + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return Encoder(tokenizer, renderer(), context=256)

    return Examples(ROWS, make_encoder, folder=folder, salt="", workers=1, token_shares={"own": 1.0})


def test_a_worker_that_was_killed_is_replaced(tmp_path):
    with examples(tmp_path, killed=MOST_REPLACED) as made:
        assert made.length("own", 0) > 0


def test_workers_that_are_killed_again_and_again_are_an_error(tmp_path):
    with examples(tmp_path, killed=100) as made, pytest.raises(EncodingFailed, match=r"exit codes: -9.*fewer"):
        made.get("own", 0)
