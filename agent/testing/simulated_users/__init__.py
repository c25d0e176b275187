"""Simulated users: they want something, change their minds, wander off, mistype, fall silent, and see what comes of it.

    report = await simulate(Plan(count=200), catalogue=catalogue, make_actions=make)   # an oracle writes the commands
    print(report.table())

A goal is drawn from the skill files; its words are those of the training rows' evaluation side. The user reacts to what
the assistant really asks. With the oracle, the right commands come with the words, so that every failure is the
dialogue's; with a model, the same users meet the model.
"""

from agent.testing.simulated_users.report import Report, Result
from agent.testing.simulated_users.run import Plan, simulate

__all__ = ["Plan", "Report", "Result", "simulate"]
