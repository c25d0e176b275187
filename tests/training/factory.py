"""A small catalogue and rows for the training tests: real rendering and grammars, no corpora."""

from __future__ import annotations

import random
from pathlib import Path

from agent.catalogue import Catalogue
from agent.declaration import Intent, Skill, Slot
from agent.rows import Row, SpeakRow, UnderstandRow
from agent.types import DialogueState, Frame, Pending
from training.encode import Renderer, View

PLACES = ("paris", "new york", "oslo", "vienna", "prague", "san jose")
DAYS = ("today", "tomorrow", "on friday", "next week")
WORDS = {"good morning": "guten Morgen", "thank you": "danke", "good night": "gute Nacht", "yes": "ja", "no": "nein"}

CATALOGUE = Catalogue.of(
    [
        Skill(
            "weather",
            "Tells the weather.",
            Path("weather"),
            intents={"weather.forecast": Intent("weather.forecast", "weather", required=("place",), optional=("day",))},
            slots={"place": Slot("place"), "day": Slot("day")},
        ),
        Skill(
            "translation",
            "Translates.",
            Path("translation"),
            intents={
                "translation.translate": Intent("translation.translate", "translation", required=("text", "target"))
            },
            slots={"text": Slot("text", whole=True), "target": Slot("target", enum=("german", "english"))},
            prompt="translate to {{ target }}: {{ text }}",
        ),
        Skill("chat", "Talks.", Path("chat"), prompt="chat: {{ text }}", utterances={"say": ("hello",)}),
    ]
)


def understand_rows(count: int, seed: int = 0) -> list[Row]:
    """Return requests, answers to a question, and refusals."""
    rng = random.Random(seed)
    rows: list[Row] = []
    asked = DialogueState(
        stack=(Frame(frame_id=1, intent="weather.forecast"),), pending=Pending(kind="slot", frame_id=1, slot="place")
    )
    for _ in range(count):
        place, day = rng.choice(PLACES), rng.choice(DAYS)
        rows.append(
            rng.choice(
                [
                    UnderstandRow(
                        text=f"will it rain in {place} {day}?",
                        commands=("start weather.forecast", f"set place {place}", f"set day {day}"),
                    ),
                    UnderstandRow(text=f"in {place}", commands=(f"set place {place}",), state=asked, kind="answer"),
                    UnderstandRow(text=f"fly me to {place}", commands=("refuse",), kind="out_of_scope"),
                ]
            )
        )
    return rows


def speak_rows(count: int, seed: int = 0) -> list[Row]:
    """Return translations of a few phrases."""
    rng = random.Random(seed)
    return [
        SpeakRow(task="translate", skill="translation", fields={"text": text, "target": "german"}, target=target)
        for text, target in (rng.choice(list(WORDS.items())) for _ in range(count))
    ]


def renderer(**grammars: object) -> Renderer:
    """Return a renderer over the small catalogue."""
    known = frozenset(CATALOGUE.signatures)
    return Renderer(CATALOGUE, lambda row: View(row, CATALOGUE, known), grammars)  # type: ignore[arg-type]
