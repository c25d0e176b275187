"""Free text: small talk and drafts, written by the model with the skill's own prompt, and held to the truth.

What is shown as it comes is shown a sentence at a time: one that claims an effect is caught before it is read.
"""

from __future__ import annotations

from agent.actions import ActionCall, Preparation, Prepares
from agent.backends.base import Request
from agent.dialogue.desk import Desk
from agent.dialogue.honesty import HonestStream
from agent.prompting import render_speak
from agent.types import Frame

MAX_TALK_TOKENS = 64
"""Small talk is short."""


class Speaking:
    """Asks the model for texts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def talk(self, skill_name: str) -> None:
        """Say something in a skill's own words; no frame, no effect."""
        desk = self._desk
        desk.emit("skill_started", intent=skill_name, frame_id=0)
        prompt = render_speak(desk.catalogue.skills[skill_name], {"utterance": desk.tools.turn.text})
        request = Request(prompt, max_tokens=MAX_TALK_TOKENS, deadline_seconds=desk.tools.speak_timeout_seconds)
        desk.parts.append(await self._honest(request) or "I have nothing to say to that.")

    async def draft(self, frame: Frame, call: ActionCall, action: object | None) -> str:
        """Return the skill's own text for an intent that generates; what goes to an action is not shown."""
        desk = self._desk
        preparation = Preparation()
        if isinstance(action, Prepares):
            preparation = action.prepare(call, desk.tools.context)
        prompt = render_speak(desk.catalogue.skill_of(frame.intent), {**call.arguments, **preparation.fields})
        # What is made from a text of the user's, a translation, may say whatever that text says, at about its length.
        given = [value.text for name, value in frame.slots.items() if desk.catalogue.slot(frame.intent, name).whole]
        beams = 1 if preparation.grammar else desk.catalogue.intents[frame.intent].beams
        room = preparation.max_tokens
        if beams > 1 and given:
            # vLLM's beam search goes on to the end of the room, whatever it has found by then.
            room = min(room, 12 + sum(len(text.encode("utf-8", "replace")) for text in given) // 2)
        request = Request(
            prompt,
            grammar=preparation.grammar,
            max_tokens=room,
            beams=beams,
            deadline_seconds=desk.tools.speak_timeout_seconds,
        )
        if action is not None:
            return "".join([piece async for piece in desk.tools.stream(request)]).strip()
        if given:
            return await self._as_it_comes(request)
        return await self._honest(request)

    async def _as_it_comes(self, request: Request) -> str:
        pieces = []
        async for piece in self._desk.tools.stream(request):
            pieces.append(piece)
            self._desk.emit("token", text=piece)
        return "".join(pieces).strip()

    async def _honest(self, request: Request) -> str:
        """Return the text without sentences that claim an effect, shown as far as it is checked."""
        honest = HonestStream(self._desk.tools.turn.lang)
        shown = []

        def show(checked: str) -> None:
            if checked:
                shown.append(checked)
                self._desk.emit("token", text=checked)

        async for piece in self._desk.tools.stream(request):
            show(honest.feed(piece))
        show(honest.close())
        if honest.claims:
            self._desk.emit("claim_withheld", sentences=[claim.sentence for claim in honest.claims])
        return "".join(shown).strip()
