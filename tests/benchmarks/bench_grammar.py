"""How long the grammar of a turn takes to build and to compile.

    python tests/benchmarks/bench_grammar.py [--repeats 9]

For 10, 50 and 200 intents (five a skill, three slots each) and 5, 60 and 800 words said: median and maximum in
milliseconds of the text (`build_grammar`) and of text plus compilation, with the runtime's byte tokenizer.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from llguidance import LLMatcher, LLTokenizer

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.grammar import build_grammar
from agent.types import DialogueState, Frame, Pending, SlotValue

INTENTS = (10, 50, 200)
WORDS = (5, 60, 800)
_SPOKEN = [
    "please",
    "book",
    "a",
    "table",
    "for",
    "two",
    "people",
    "at",
    "half",
    "past",
    "seven",
    "tomorrow",
    "evening,",
    "near",
    "the",
    "old",
    "station",
]


def make_catalogue(intents: int) -> Catalogue:
    """Return a catalogue of that many intents, five a skill."""
    skills = []
    for number in range(intents // 5):
        name = f"skill_{number:02d}"
        slots = {
            "what": Slot("what"),
            "when": Slot("when", resolver="date"),
            "kind": Slot("kind", enum=("small", "large", "extra large")),
        }
        full = [f"{name}.task_{each}" for each in range(5)]
        made = {each: Intent(each, name, required=("what", "when"), optional=("kind",)) for each in full}
        says = {"say": ("hello",)}
        prompt = "{{ utterance }}"
        skills.append(Skill(name, "A skill.", Path(name), intents=made, slots=slots, prompt=prompt, utterances=says))
    return Catalogue.of(skills)


def make_state(catalogue: Catalogue) -> DialogueState:
    """Return a state with an open question, one frame paused and something done before: most commands are legal."""
    first, second = list(catalogue.intents)[:2]
    filled = {"what": SlotValue(raw="a table", value="a table", text="a table")}
    frames = (Frame(frame_id=1, intent=first), Frame(frame_id=2, intent=second, slots=filled))
    return DialogueState(
        stack=frames,
        pending=Pending(kind="confirm", frame_id=2),
        last_frame=Frame(frame_id=0, intent=first),
        last_receipt_id="r1",
        last_reply="Shall I?",
        before=DialogueState(),
        frames_opened=2,
        turns=3,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    tokenizer = LLTokenizer("byte")
    print(f"{'intents':>7} {'words':>6} {'text kB':>8} {'build ms':>16} {'build + compile ms':>20}   (median / max)")
    for intents in INTENTS:
        catalogue = make_catalogue(intents)
        state = make_state(catalogue)
        for words in WORDS:
            said = " ".join((_SPOKEN * (words // len(_SPOKEN) + 1))[:words])
            built, whole, size = [], [], 0
            for _ in range(repeats):
                began = time.perf_counter()
                text = build_grammar(catalogue, state, said)
                built.append(1000 * (time.perf_counter() - began))
                matcher = LLMatcher(tokenizer, text)
                whole.append(1000 * (time.perf_counter() - began))
                assert not matcher.is_error(), matcher.get_error()
                size = len(text)
            times = [f"{statistics.median(each):8.2f} / {max(each):5.2f}" for each in (built, whole)]
            print(f"{intents:7} {words:6} {size / 1000:8.1f} {times[0]:>16} {times[1]:>20}")


if __name__ == "__main__":
    main()
