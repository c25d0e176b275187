"""What four beams cost beside one, on the embedded backend.

    python -m tests.benchmarks.bench_beams [--model agent/models/nano] [--beams 4] [--rounds 5]

Twelve short sentences are translated greedily and with beams, turn about, so that a machine that is busy for a while is
busy for both. Answers differ in length, so the ratio is given for a whole answer and for a token.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from dataclasses import replace
from pathlib import Path

from agent.backends.base import Prompt, Request
from agent.backends.local import LocalBackend

BUNDLED = Path(__file__).parents[2] / "agent" / "models" / "nano"
SENTENCES = (
    "good morning", "where is the station?", "i am hungry.", "can you help me?", "it is raining.", "she has two cats.",
    "what time is it?", "i would like a coffee.", "he is my brother.", "we are lost.", "open the window.", "thank you.",
)  # fmt: skip


async def measure(model_dir: Path, beams: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return seconds an answer and seconds a letter, for one beam and for several."""
    backend = LocalBackend(model_dir)
    await backend.start()
    found = []
    for each in (1, beams):
        seconds = letters = 0.0
        for sentence in SENTENCES:
            prompt = Prompt(f"<|task|> translate to german: {sentence}<|reply|>", ())
            request = replace(Request(prompt, max_tokens=40), beams=each)
            started = time.perf_counter()
            letters += len(await backend.complete(request))
            seconds += time.perf_counter() - started
        found.append((seconds / len(SENTENCES), seconds / max(1.0, letters)))
    await backend.close()
    return found[0], found[1]


def main() -> None:
    """Print the medians of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--beams", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds = [asyncio.run(measure(options.model, options.beams)) for _ in range(options.rounds)]
    one, several = (statistics.median(each[side][0] for each in rounds) for side in (0, 1))
    answer = statistics.median(several[0] / one[0] for one, several in rounds)
    letter = statistics.median(several[1] / one[1] for one, several in rounds)
    print(f"a translation: {1000 * one:.0f} ms greedily, {1000 * several:.0f} ms with {options.beams} beams")
    print(f"{options.beams} beams take {answer:.1f} times as long an answer, {letter:.1f} times a letter")


if __name__ == "__main__":
    main()
