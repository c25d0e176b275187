"""What is said: questions, summaries and reports rendered from a skill's own templates. No claim is made up here."""

from __future__ import annotations

from typing import Any

import jinja2

from agent.catalogue import Catalogue
from agent.declaration import Skill
from agent.prompting import render_template
from agent.types import Frame, Option, Receipt

MAX_SHOWN_OPTIONS = 6


def question(catalogue: Catalogue, frame: Frame, slot_name: str, options: tuple[Option, ...]) -> str:
    """Return the author's question for a slot, with what can be picked."""
    slot = catalogue.slot(frame.intent, slot_name)
    text = render_template(slot.ask or f"Which {slot_name.replace('_', ' ')}?", _frame_variables(frame))
    return text + listing(options)


def which(options: tuple[Option, ...]) -> str:
    """Return the question that settles an ambiguity; numbers are not numbered, which would make two of each."""
    texts = [option.text for option in options]
    if len(texts) > 1 and all(text.isdigit() for text in texts):
        return f"Do you mean {', '.join(texts[:-1])} or {texts[-1]}?"
    return "Which one do you mean?" + listing(options)


def listing(options: tuple[Option, ...]) -> str:
    """Return the options, numbered as `choose N` counts them."""
    return "".join(f"\n{number}. {option.text}" for number, option in enumerate(options, 1))


def summary(catalogue: Catalogue, frame: Frame) -> str:
    """Return what is about to be done, as a yes-or-no question; what cannot be undone says so before."""
    skill = catalogue.skill_of(frame.intent)
    asked = render_template(skill.replies[f"{_short(frame.intent)}.confirm"], _frame_variables(frame))
    intent = catalogue.intents[frame.intent]
    return f"{asked} (This cannot be undone.)" if intent.effect and not intent.undo else asked


def uncertain(catalogue: Catalogue, frame: Frame) -> str:
    """Return the question after an action of which it is not known whether it happened."""
    return f"I do not know whether {name_of(catalogue, frame.intent)} went through. Shall I try it again?"


def report(catalogue: Catalogue, frame: Frame, receipt: Receipt, *, found: bool, draft: str) -> str:
    """Return what was done or found, from its receipt alone."""
    skill = catalogue.skill_of(frame.intent)
    short = _short(frame.intent)
    source = skill.replies.get(f"{short}.empty") if not found else None
    source = source or skill.replies.get(short)
    if source is None:
        return draft
    variables = _frame_variables(frame) | {"facts": receipt.facts, "receipt": receipt, "draft": draft}
    return render_template(source, variables)


def undone(catalogue: Catalogue, receipt: Receipt, undo_receipt: Receipt) -> str:
    """Return what undoing did, from the receipt of the compensation."""
    skill = catalogue.skill_of(receipt.intent)
    source = skill.replies.get(f"{_short(receipt.intent)}.undo", "That is undone.")
    return render_template(source, {"facts": undo_receipt.facts, "receipt": undo_receipt, "undone": receipt.facts})


def failed(catalogue: Catalogue, frame: Frame, message: str) -> str:
    """Return the honest sentence for an action that could not be done."""
    skill = catalogue.skill_of(frame.intent)
    source = skill.replies.get(f"{_short(frame.intent)}.error", "{{ message }}")
    return render_template(source, _frame_variables(frame) | {"message": message})


def name_of(catalogue: Catalogue, intent: str) -> str:
    """Return how an intent is called in a sentence: "Back to <the table booking>"."""
    described = catalogue.intents[intent].description
    return described.rstrip(".") if described else intent.replace(".", " ").replace("_", " ")


def abilities(catalogue: Catalogue) -> str:
    """Return what the assistant can do, in one sentence."""
    names = [skill.name.replace("_", " ") for skill in catalogue.skills.values() if skill.intents]
    if not names:
        return "I can only talk."
    return (
        f"I can help with {', '.join(names[:-1])} and {names[-1]}."
        if len(names) > 1
        else f"I can help with {names[0]}."
    )


def check_templates(skill: Skill) -> list[str]:
    """Return what is wrong with the Jinja templates of a skill (syntax only)."""
    problems = []
    for label, source in [("prompt", skill.prompt), *((f"reply.{key}", text) for key, text in skill.replies.items())]:
        try:
            jinja2.Environment(autoescape=False).parse(source)
        except jinja2.TemplateSyntaxError as error:
            problems.append(f"block {label!r}, line {error.lineno}: {error.message}")
    return problems


def _short(intent: str) -> str:
    return intent.partition(".")[2]


def _frame_variables(frame: Frame) -> dict[str, Any]:
    return {"slots": frame.slots, **{name: value.text for name, value in frame.slots.items()}}
