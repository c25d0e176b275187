"""Simulated users: they want something, say it, change their minds, digress, and judge what came of it.

    report = asyncio.run(simulate(Plan(count=200, seed=7)))
    print(render(report))

Read ``runner`` first. Goals come from the skill files and what the embedded providers can really serve (``goals``); a
user pursues one with an agenda and reacts to what is really asked (``user``), in the words of ``speech``; success is
judged from the provider's own files, against what doing the same without any dialogue leaves behind (``world``,
``judge``). Knows no skill by name.
"""

from __future__ import annotations

from agent.testing.simulation.report import Report, render
from agent.testing.simulation.runner import Plan, simulate

__all__ = ["Plan", "Report", "render", "simulate"]
