"""The `simulate` command: simulated users against the oracle or a model. Imports stand inside, as in `cli`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import InputError

_DRAFT = " N0 + N1"
# What the oracle writes where a skill's action computes from the model's draft: an equation that can be solved.


def simulate_users(
    count: Annotated[int, typer.Option(min=1, help="Users.")] = 200,
    repeats: Annotated[int, typer.Option(min=1, help="How often each user comes, with other words.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same users.")] = 7,
    tricks: Annotated[float, typer.Option(min=0, max=3, help="How wayward users are; 0 is not at all.")] = 1.0,
    backend: Annotated[str, typer.Option(help="oracle (the right commands), local or vllm.")] = "oracle",
    model_dir: Annotated[Path | None, typer.Option(help="The model's folder.")] = None,
    vllm_url: Annotated[str | None, typer.Option(help="Where the vLLM server answers.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Print so many dialogues that went wrong.")] = 3,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures there too.")] = None,
) -> None:
    """Let simulated users talk to the assistant and report what came of it."""
    from agent.app import make_backend
    from agent.discovery import load_actions, load_catalogue
    from agent.fingerprint import check_fingerprint
    from agent.settings import load_settings
    from agent.testing.simulated_users import Plan, Report, simulate

    if backend not in ("oracle", "local", "vllm"):
        raise InputError(f"--backend is {backend!r}; expected oracle, local or vllm")
    catalogue = load_catalogue()
    plan = Plan(count=count, repeats=repeats, seed=seed, tricks=tricks, draft=_DRAFT)
    done = 0

    def tell(result: object) -> None:
        nonlocal done
        done += 1
        if done % 50 == 0:
            print(f"{done} of {count * repeats} dialogues", file=sys.stderr)

    async def run() -> Report:
        model = None
        if backend != "oracle":
            settings = load_settings(os.environ, backend=backend, model_dir=model_dir, vllm_url=vllm_url)
            if settings.backend == "local":
                check_fingerprint(settings.model_dir, catalogue)
            model = make_backend(settings, catalogue)
            await model.start()
        try:
            return await simulate(
                plan,
                catalogue=catalogue,
                make_actions=lambda: load_actions(catalogue, {}),
                backend=model,
                on_result=tell,
            )
        finally:
            if model is not None:
                await model.close()

    report = asyncio.run(run())
    print(report.table())
    if show and (wrong := report.worst(show)):
        print(f"\n{wrong}")
    if json_out:
        json_out.write_text(json.dumps(report.figures(), indent=1) + "\n", encoding="utf-8")
