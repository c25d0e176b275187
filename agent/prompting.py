"""The one renderer: training rows and served prompts are made by the functions of this module and by nothing else.

A prompt has two forms. The compact one is what factotum's own models are trained on: control tokens, and a list only
of those intents that the model was *not* trained on (the others are in its weights; its fingerprint names them). The
chat form spells everything out for models that have never seen factotum.

    <|understand|><|skills|> music.play: play a song (artist, title)<|state|> booking.restaurant people: two; ask time
    <|user|> at eight<|commands|>set time eight\\n<|end|>

    <|task|> translate to german: good morning<|reply|> Guten Morgen<|end|>

The assistant's last words are not in the compact form: what matters of them (what was asked, offered, done last) is
the dialogue state, which is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agent.backends.base import Message, Prompt
from agent.catalogue import Catalogue
from agent.declaration import Skill
from agent.types import DialogueState

TEMPLATE_VERSION = 2

PAD, END = "<|pad|>", "<|end|>"
UNDERSTAND, SKILLS, STATE, USER, COMMANDS = "<|understand|>", "<|skills|>", "<|state|>", "<|user|>", "<|commands|>"
TASK, REPLY = "<|task|>", "<|reply|>"
CONTROL_TOKENS = (PAD, END, UNDERSTAND, SKILLS, STATE, USER, COMMANDS, TASK, REPLY)
"""In this order the first ids of every factotum tokenizer: padding is 0, the end of an answer is 1."""

MAX_STATE_WORDS = 8
"""Words of a slot's value that the state shows."""

_environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True)
_OPENING = re.compile(r"(?<![\w])([\"'“”„«»‘(\[])(?=\w)")
_CHUNK = re.compile(r"\s?(?:\w+|[^\w\s])")
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Characters of scripts that write no spaces between words: kana and Han.
_SET_APART = re.compile(rf"(?<=[{_UNSPACED}])(?=\S)|(?<=\S)(?=[{_UNSPACED}])")
_PUT_TOGETHER = re.compile(rf"(?<=[{_UNSPACED}]) (?=\S)|(?<=\S) (?=[{_UNSPACED}])")


def neutralise(text: str) -> str:
    """Return text that is safe inside a prompt: one line, no control characters, no chat-control strings."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if char.isspace() else char for char in text if char.isspace() or char.isprintable())
    text = text.replace("<|", "< |").replace("|>", "| >")
    return re.sub(r" +", " ", text).strip()


def as_read(text: str) -> str:
    """Return the user's text as the model reads it: neutral, in small letters if all were capitals, and set apart.

    A value must start with a space to be copied token by token; `say "good night"` becomes `say " good night"`, and
    of 明天晚上 each character can begin or end a value. WORDS IN CAPITALS are rare in any corpus, so a model spells
    them letter by letter and understands few of them.
    """
    return part_as_read(text, text)


def part_as_read(part: str, text: str) -> str:
    """Return a part of the user's text as the model reads it there: a name in capitals keeps them in a quiet text."""
    part = _set_apart(part)
    return _small_letters(part) if text.isupper() else part


def quiet(text: str) -> str:
    """Return a text in small letters if all of it is in capitals, else as it is; ``| quiet`` in a skill's prompt."""
    return _small_letters(text) if text.isupper() else text


_environment.filters["quiet"] = quiet


def as_said(value: str, text: str) -> str:
    """Return a value copied from ``as_read(text)`` as it was said: its own letters, Han characters together again."""
    if text.isupper():
        # Only single letters were changed, each for another: the value is at the same place of both.
        at = f" {as_read(text)}".find(f" {value}")
        if at >= 0:
            value = _set_apart(text)[at : at + len(value)]
    return _PUT_TOGETHER.sub("", value)


def _set_apart(text: str) -> str:
    return _SET_APART.sub(" ", _OPENING.sub(r"\1 ", neutralise(text)))


def _small_letters(text: str) -> str:
    """Return the text in small letters where those are one character as well: every place stays where it is."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def chunks(text: str) -> list[str]:
    """Return the pieces of a text (as read) from which a slot's value may be put together, each with its space."""
    return _CHUNK.findall(" " + text)


def render_state(state: DialogueState) -> str:
    """Return the dialogue state in a few words; empty when nothing is open and nothing came before."""
    parts: list[str] = []
    if state.active:
        slots = ", ".join(f"{name}: {_shortened(value.raw)}" for name, value in state.active.slots.items())
        parts.append(f"{state.active.intent} {slots}".strip())
    pending = state.pending
    if pending:
        if pending.kind == "slot":
            parts.append(f"ask {pending.slot}")
        elif pending.kind == "choice":
            parts.append(f"choose {pending.slot} of {len(pending.options)}")
        elif pending.kind == "clarify":
            parts.append(" ".join(["clarify", *(option.text for option in pending.options)]))
        else:
            parts.append(pending.kind)
    if len(state.stack) > 1:
        parts.append(f"paused {state.stack[-2].intent}")
    if not state.active and state.last_frame:
        # Its values are taken over by code; which intent it was is what the model needs.
        parts.append(f"last {state.last_frame.intent}")
    return "; ".join(parts)


def _shortened(raw: str) -> str:
    """Return the first words of a value: enough to tell what is being corrected, however long the text."""
    words = _set_apart(raw).split(" ")
    return " ".join(words[:MAX_STATE_WORDS])


def render_understand(
    catalogue: Catalogue,
    state: DialogueState,
    text: str,
    *,
    trained_on: Collection[str] = (),
    last_reply: str = "",
    context: str = "",
) -> Prompt:
    """Return the prompt whose answer is the turn's commands.

    Args:
        catalogue: what the user can ask for.
        state: the dialogue state before the turn.
        text: the user's words.
        trained_on: intents and `say` skills that the model knows from training; they are not listed.
        last_reply: what the assistant said last (chat form only).
        context: the conversation so far, instead of the state and the last reply (chat form only).
    """
    listed = [_listing(catalogue, name) for name in catalogue.intents if name not in trained_on]
    listed += [f"say {name}" for name in catalogue.speaking if f"say {name}" not in trained_on]
    said = as_read(text)
    if catalogue.name:
        listed.insert(0, catalogue.name)
    compact = UNDERSTAND
    if listed:
        compact += SKILLS + " " + "; ".join(listed)
    summary = render_state(state)
    if summary:
        compact += STATE + " " + summary
    compact += f"{USER} {said}{COMMANDS}"
    return Prompt(compact, _chat_form(catalogue, summary, said, last_reply, context))


def render_speak(skill: Skill, fields: dict[str, Any]) -> Prompt:
    """Return the prompt whose answer is a text in the skill's own words, from its ```jinja prompt block.

    Raises:
        jinja2.UndefinedError: the prompt names a variable that is not among the fields.
    """
    safe = {name: neutralise(value) if isinstance(value, str) else value for name, value in fields.items()}
    body = neutralise(render_template(skill.prompt, safe))
    system = f"You are the {skill.name} skill of an assistant. {skill.description} Answer with the text alone."
    return Prompt(f"{TASK} {body}{REPLY}", (Message("system", system), Message("user", body)))


def render_template(source: str, variables: dict[str, Any]) -> str:
    """Render a declaration's template in Jinja's sandbox; an undefined variable is an error."""
    return _compiled(source).render(variables)


_templates: dict[str, jinja2.Template] = {}


def _compiled(source: str) -> jinja2.Template:
    template = _templates.get(source)
    if template is None:
        template = _templates[source] = _environment.from_string(source)
    return template


def _listing(catalogue: Catalogue, intent_name: str) -> str:
    intent = catalogue.intents[intent_name]
    slots = f" ({', '.join(intent.slots)})" if intent.slots else ""
    description = f": {neutralise(intent.description)}" if intent.description else ""
    return f"{intent_name}{description}{slots}"


_INSTRUCTIONS = """\
You turn what a user says to an assistant into commands, one a line, nothing else. The commands:
start INTENT (the user wants this), set SLOT VALUE (VALUE copied word for word from what the user said, or one of the
slot's choices, or @all for everything the user said), clear SLOT, confirm, deny, choose N, cancel, resume, undo,
repeat (say it again), again (do it again; may be followed by set), retract (forget what I just said),
clarify SKILL SKILL, say SKILL (free talk), refuse (out of scope), handoff (wants a person).
Asking about a thing is not doing it. `set` follows the `start` of its intent unless that intent is open already.

Example: "will it rain in oslo tomorrow" with weather.forecast (place, day):
start weather.forecast
set place oslo
set day tomorrow

Intents:
"""


def _chat_form(catalogue: Catalogue, summary: str, said: str, last_reply: str, context: str) -> tuple[Message, ...]:
    lines = [_listing(catalogue, name) for name in catalogue.intents]
    for name, intent in catalogue.intents.items():
        for slot in (catalogue.slot(name, slot_name) for slot_name in intent.slots):
            if slot.enum:
                lines.append(f"{slot.name} of {name} is one of: {', '.join(slot.enum)}")
    lines += [f"say {name}: {catalogue.skills[name].description}" for name in catalogue.speaking]
    content = f"{context}\n" if context else f"State: {summary or 'nothing is open'}\n"
    if last_reply and not context:
        content += f"Assistant said: {neutralise(last_reply)}\n"
    content += f"User says: {said}"
    return Message("system", _INSTRUCTIONS + "\n".join(lines)), Message("user", content)
