# python -m training.benchmarks.bench_trl            (or: make bench-train)
"""Useful tokens per second of factotum's loop and of TRL's SFTTrainer with its defaults: same model, rows and threads.

Useful is a token of a row; padding is not. The rows are generated from the project's skill files, so no corpus is
needed. Both are given tokenised rows and the same number of threads, and are timed from their third step on, in turns,
since other work on a machine disturbs both. SFTTrainer's defaults include gradient checkpointing and bfloat16, which
save memory on a GPU and cost time on a CPU, and eight rows a step: further lines show it without the first two, and
with steps about as large as factotum's.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM, TrainerCallback

from agent.discovery import load_catalogue
from agent.prompting import END, PAD
from agent.rowmaking import make_rows
from agent.rows import Row
from training.config import ScheduleConfig, TrainConfig
from training.encode import Encoder, Renderer
from training.extras import make_extras
from training.feed import BatchConfig, Examples, Feed
from training.loop import Loop
from training.mixture import MixtureConfig, Sampler, SourceConfig
from training.model import Batch, ModelConfig, build_model
from training.rendering import make_renderer
from training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

WARM_STEPS = 2
"""Steps that are not timed: the first ones allocate."""
SIZES = {
    "nano": ModelConfig(),
    "tiny": ModelConfig(hidden_size=64, layers=2, heads=1, kv_heads=1, head_dim=64, intermediate_size=192),
}


@dataclass(frozen=True)
class Speed:
    """What was timed."""

    useful: int
    # Tokens of rows.
    computed: int
    # Padding included.
    seconds: float

    @property
    def rate(self) -> float:
        """Useful tokens a second."""
        return self.useful / self.seconds


class Ours(Loop):
    """The loop of training, with a look at the clock."""

    useful = computed = 0
    seconds = 0.0

    def _step(self, batches: list[Batch], *others: Any) -> None:
        started = time.monotonic()
        super()._step(batches, *others)
        if self.progress.step > WARM_STEPS:
            self.seconds += time.monotonic() - started
            # 0 is padding, and nothing else in a row.
            self.useful += sum(int((batch.ids != 0).sum()) for batch in batches)
            self.computed += sum(batch.tokens for batch in batches)


def run_ours(model: ModelConfig, rows: list[Row], renderer: Renderer, folder: Path, seconds: float) -> Speed:
    """Train for some seconds by factotum's loop with its usual batches, under the grammar."""
    config = TrainConfig(
        model=model,
        batch_tokens=4096,
        micro_batches=4,
        threads=torch.get_num_threads(),
        text_rows=0.0,
        schedule=ScheduleConfig(train_tokens=10**12, max_minutes=seconds / 60),
        mixture=MixtureConfig(sources=(SourceConfig(source="own", max_examples=len(rows), weight=1),)),
    )
    tokenizer = load_tokenizer(folder)
    with Examples(
        {"own": rows},
        lambda: Encoder(tokenizer, renderer, context=model.context),
        folder=folder / "encoded",
        salt="",
        workers=config.threads,
        token_shares={"own": 1.0},
        skip_bad=True,
    ) as examples:
        for index in range(0, len(rows), 1000):
            examples.get("own", index)
        feed = Feed(
            examples,
            Sampler({"own": 1.0}, {"own": len(rows)}, seed=0),
            BatchConfig(config.batch_tokens, config.micro_batches, config.window_steps, 0.0, 0.0),
            loss_weights={"own": 1.0},
            vocab_size=tokenizer.get_vocab_size(),
            seed=0,
        )
        network = build_model(model, vocab_size=tokenizer.get_vocab_size(), seed=0)
        extras = make_extras(config, network, feed.names, None)
        with tempfile.TemporaryDirectory() as records:
            loop = Ours(config, network, feed, Path(records), config.schedule.max_minutes, extras)
            loop.go(None, show_progress=False, encoded=lambda: 1.0)
    return Speed(loop.useful, loop.computed, loop.seconds)


def run_trl(
    model: ModelConfig, rows: list[Row], renderer: Renderer, folder: Path, seconds: float, **changes: Any
) -> Speed:
    """Train for some seconds by SFTTrainer on the same prompts and answers, as it comes but for ``changes``."""
    import trl
    from datasets import Dataset

    rendered = [renderer.render(row) for row in rows]
    data = Dataset.from_dict(
        {"prompt": [item.prompt for item in rendered], "completion": [item.target for item in rendered]}
    )
    made: Any = PreTrainedTokenizerFast
    tokenizer = made(tokenizer_file=str(folder / "tokenizer.json"), eos_token=END, pad_token=PAD)
    network: Qwen3ForCausalLM = build_model(model, vocab_size=len(tokenizer), seed=0)
    counted = {"useful": 0, "computed": 0, "seconds": 0.0, "steps": 0}

    # Its classes are made when first asked for, and it may not be installed: to a type checker it is anything.
    lazy: Any = trl
    trainer_class: Any = lazy.SFTTrainer
    config_class: Any = lazy.SFTConfig

    class Timed(trainer_class):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: dict[str, Any], *others: Any) -> Any:
            counted["steps"] += 1
            if counted["steps"] > WARM_STEPS:
                mask = inputs["attention_mask"]
                counted["useful"] += int(mask.sum())
                counted["computed"] += mask.numel()
            return super().training_step(model, inputs, *others)

    class Clock(TrainerCallback):
        started = 0.0

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            now = time.monotonic()
            if state.global_step == WARM_STEPS:
                self.started = now
            elif state.global_step > WARM_STEPS:
                counted["seconds"] = now - self.started
                control.should_training_stop = counted["seconds"] >= seconds
            return control

    with tempfile.TemporaryDirectory() as output:
        # What is set besides ``changes`` is about reports and files, not about the work; without a GPU its defaults
        # are refused unless it is told that there is none.
        arguments = config_class(
            output_dir=output,
            use_cpu=not torch.cuda.is_available(),
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            num_train_epochs=1000,
            logging_strategy="no",
            **changes,
        )
        trainer = Timed(
            model=network, args=arguments, train_dataset=data, processing_class=tokenizer, callbacks=[Clock()]
        )
        trainer.train()
    return Speed(int(counted["useful"]), int(counted["computed"]), counted["seconds"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000, help="rows generated from the skill files")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each; the median counts")
    parser.add_argument("--size", choices=SIZES, default="nano")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    torch.set_num_threads(options.threads)
    catalogue = load_catalogue()
    rows: list[Row] = list(make_rows(catalogue, seed=0, count=options.rows, split="train"))
    renderer = make_renderer(catalogue, data=Path(), seed=0, known={})
    model = SIZES[options.size]
    runs: dict[str, Callable[..., Speed]] = {
        "factotum": run_ours,
        "TRL SFTTrainer, defaults": run_trl,
        "TRL, float32, no checkpointing": lambda *given: run_trl(*given, bf16=False, gradient_checkpointing=False),
        "the same, 128 rows a step": lambda *given: run_trl(
            *given, bf16=False, gradient_checkpointing=False, per_device_train_batch_size=128
        ),
    }
    found: dict[str, list[Speed]] = {name: [] for name in runs}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rendered = [renderer.render(row) for row in rows]
        texts = (text for item in rendered for text in (item.prompt, item.target))
        save_tokenizer(train_tokenizer(texts, vocab_size=8192), folder)
        for _ in range(options.rounds):
            for label, run in runs.items():
                # Each sets threads as it likes.
                torch.set_num_threads(options.threads)
                found[label].append(run(model, rows, renderer, folder, options.seconds))
    ours = statistics.median(speed.rate for speed in found["factotum"])
    print(
        f"{options.size}, {options.threads} threads, {len(rows)} rows, {options.rounds} x {options.seconds:g} s each\n"
    )
    print("| trainer | useful tokens/s, median (range) | padding | factotum is |")
    print("|---|---|---|---|")
    for label, speeds in found.items():
        rates = sorted(speed.rate for speed in speeds)
        padding = 1 - sum(speed.useful for speed in speeds) / sum(speed.computed for speed in speeds)
        median = statistics.median(rates)
        print(
            f"| {label} | {median:,.0f} ({rates[0]:,.0f}-{rates[-1]:,.0f}) | {padding:.0%} "
            f"| {ours / median:.2f} times as fast |"
        )


if __name__ == "__main__":
    main()
