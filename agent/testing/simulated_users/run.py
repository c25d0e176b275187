"""Runs simulated users against an agent: with the oracle that knows the right commands, or with a model.

Skills and providers are the real ones, in a folder of their own for every dialogue.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.actions import Action, ActionContext, Offers
from agent.app import Agent
from agent.backends.base import Backend, Request
from agent.catalogue import Catalogue
from agent.errors import NotFound, Unavailable
from agent.prompting import COMMANDS
from agent.settings import Settings
from agent.store.memory import MemoryStore
from agent.testing.simulated_users.judge import judge
from agent.testing.simulated_users.report import Report, Result
from agent.testing.simulated_users.speaker import Move
from agent.testing.simulated_users.user import SimulatedUser
from agent.types import Option, Reply

START = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
SESSION = "simulated"

WorldCheck = Callable[[Path, SimulatedUser], list[str]]
"""Looks into what the providers stored below a data folder, and returns what does not fit what the user got."""


@dataclass(frozen=True)
class Plan:
    """What is simulated."""

    count: int = 200
    # Users.
    repeats: int = 1
    # How often each user comes: the same goals, other words and accidents.
    seed: int = 7
    tricks: float = 1.0
    # How wayward users are: 0 does what is asked, 1 is quite a handful.
    draft: str = ""
    # For the oracle: what a model would write where an action computes from it (" N0 + N1"); such intents are no
    # goals without it.


class Oracle:
    """A backend that writes the commands the simulated user knows to be right, and small talk of no consequence."""

    name = "oracle"
    holds_grammar = False
    model_dir = None

    def __init__(self, draft: str) -> None:
        self.move: Move | None = None
        self._draft = draft

    async def start(self) -> None:
        """Nothing to start."""

    async def complete(self, request: Request) -> str:
        """Return the commands of the user's move, or a draft."""
        assert self.move is not None
        if request.prompt.text.endswith(COMMANDS):
            return "".join(f"{line}\n" for line in self.move.commands)
        return self._draft if request.grammar else "That is nice to hear."

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """Yield the same in one piece."""
        yield await self.complete(request)

    async def close(self) -> None:
        """Nothing to close."""


async def simulate(
    plan: Plan,
    *,
    catalogue: Catalogue,
    make_actions: Callable[[], Mapping[str, Action]],
    backend: Backend | None = None,
    check_world: WorldCheck | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> Report:
    """Run the simulation and report.

    Args:
        plan: how many users, how wayward, which seed.
        catalogue: the skills; goals are drawn from them.
        make_actions: makes the actions by skill name, anew for every dialogue; they are closed at its end.
        backend: a started model; None for the oracle.
        check_world: looks into the providers' own state at the end of every dialogue.
        on_result: is told every result as it comes.
    """
    began = time.perf_counter()
    report = Report(backend.name if backend else "oracle", plan.seed, plan.repeats)
    for number in range(plan.count):
        for repeat in range(plan.repeats):
            # The first draw of both generators fixes the goals; the second varies words and accidents.
            rng = random.Random(f"{plan.seed}:{number}")
            result = await _dialogue(plan, number, repeat, rng, catalogue, make_actions(), backend, check_world)
            report.results.append(result)
            if on_result:
                on_result(result)
    report.seconds = time.perf_counter() - began
    return report


async def _dialogue(
    plan: Plan,
    number: int,
    repeat: int,
    rng: random.Random,
    catalogue: Catalogue,
    actions: Mapping[str, Action],
    backend: Backend | None,
    check_world: WorldCheck | None,
) -> Result:
    now = START
    oracle = Oracle(plan.draft) if backend is None else None
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        context = ActionContext(SESSION, now, "en", data_dir)
        there_is = await _offers(catalogue, actions, context)
        drafts = backend is not None or bool(plan.draft)
        user = SimulatedUser(catalogue, rng, there_is=there_is, tricks=plan.tricks, drafts=drafts)
        wanted = tuple(goal.intent.name for goal in user.goals)
        rng.seed(f"{plan.seed}:{number}:{repeat}")
        settings = Settings(data_dir=data_dir, lang="en", timezone="UTC")
        transcript: list[str] = []
        false_claims = 0
        reply: Reply | None = None
        moments = _Clock(now)
        speaking = oracle or backend
        agent = Agent(
            settings, backend=speaking, store=MemoryStore(), catalogue=catalogue, actions=actions, clock=moments.now
        )
        async with agent:
            while (move := user.next_move(reply, moments.wait(user.silence()))) is not None:
                if oracle is not None:
                    oracle.move = move
                reply = await agent.say(move.text, session=SESSION)
                transcript += [f"user: {move.text}   [{'; '.join(reply.commands)}]", f"bot:  {reply.text}"]
                if backend is None and reply.error not in (None, NotFound.__name__, Unavailable.__name__):
                    user.problems.append(f"error {reply.error}: {reply.text}")
                false_claims += judge(user, move, reply)
        for action in actions.values():
            await action.close()
        problems = [*user.problems, *(check_world(data_dir, user) if check_world else [])]
    return Result(
        number=number,
        repeat=repeat,
        intents=wanted,
        success=all(goal.is_met for goal in user.goals) and not (problems and backend is None),
        turns=len(transcript) // 2,
        acts=tuple(user.acts),
        false_actions=user.false_actions,
        false_claims=false_claims,
        missed_actions=sum(goal.intent.effect and not goal.is_met and not goal.given_up for goal in user.goals),
        problems=tuple(problems),
        transcript=tuple(transcript),
    )


class _Clock:
    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def wait(self, pause: timedelta) -> datetime:
        self._now += pause
        return self._now


async def _offers(
    catalogue: Catalogue, actions: Mapping[str, Action], context: ActionContext
) -> dict[str, list[Option]]:
    """Return what the actions offer in a fresh world, by slot."""
    offers: dict[str, list[Option]] = {}
    for intent in catalogue.intents.values():
        action: object = actions.get(intent.skill)
        for name in intent.slots:
            if catalogue.slot(intent.name, name).choices_from and isinstance(action, Offers):
                found = await action.options(intent.name.partition(".")[2], name, {}, context)
                offers.setdefault(name, found)
    return offers
