"""The command line. Imports of what a command needs stand inside it, so that `factotum --help` is quick."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from agent.cli.simulate import simulate_users
from agent.cli.skills import skills_app
from agent.errors import FactotumError, InputError

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.store.base import SessionStore
    from agent.types import Reply

app = typer.Typer(
    name="factotum",
    help="A conversational assistant that does things: books, tells the weather, runs a home, tutors, translates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sessions_app = typer.Typer(help="List, show, export and forget sessions.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(skills_app, name="skills")
app.add_typer(sessions_app, name="sessions")

T = TypeVar("T")
Backend = Annotated[str | None, typer.Option(help="local (inside this process) or vllm (a server).")]
ModelDir = Annotated[Path | None, typer.Option(help="The model's folder; the bundled model when not given.")]
VllmUrl = Annotated[str | None, typer.Option(help="Where the vLLM server answers.")]
RedisUrl = Annotated[str | None, typer.Option(help="redis://, unix://, redis+sentinel:// or redis+cluster://.")]
DataDir = Annotated[Path | None, typer.Option(help="Where sessions and embedded providers keep their data.")]
Lang = Annotated[str | None, typer.Option(help="Language of dates and numbers, such as en or de.")]
Session = Annotated[str, typer.Option(help="The conversation's name; it is resumed when it exists.")]


def main() -> None:
    """Run the command line; an expected error is one clear message and exit status 2."""
    try:
        app()
    except FactotumError as error:
        print(f"factotum: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(**flags: Any) -> Settings:
    from agent.settings import load_settings

    settings = load_settings(os.environ, **flags)
    _log_to_file(settings.data_dir / "factotum.log")
    return settings


def _log_to_file(path: Path) -> None:
    """Keep warnings out of the conversation and in a file of at most 1 MB."""
    import logging
    from logging.handlers import RotatingFileHandler

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
    except OSError as error:
        raise InputError(
            f"the data folder {str(path.parent)!r} cannot be used ({error}); choose another --data-dir"
        ) from error
    logging.basicConfig(handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s")


@app.command()
def chat(
    session: Session = "default",
    plain: Annotated[bool, typer.Option("--plain", help="Line by line, without the full-screen terminal.")] = False,
    backend: Backend = None,
    model_dir: ModelDir = None,
    vllm_url: VllmUrl = None,
    redis_url: RedisUrl = None,
    data_dir: DataDir = None,
    lang: Lang = None,
) -> None:
    """Open the terminal assistant."""
    settings = _settings(
        backend=backend, model_dir=model_dir, vllm_url=vllm_url, redis_url=redis_url, data_dir=data_dir, lang=lang
    )
    if plain or not sys.stdin.isatty() or not sys.stdout.isatty():
        from agent.terminal.plain import run_plain

        raise typer.Exit(run_plain(settings, session))
    from agent.terminal import run

    raise typer.Exit(run(settings, session))


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.")],
    session: Session = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with everything.")] = False,
    backend: Backend = None,
    model_dir: ModelDir = None,
    vllm_url: VllmUrl = None,
    redis_url: RedisUrl = None,
    data_dir: DataDir = None,
    lang: Lang = None,
) -> None:
    """Say one thing and print the answer."""
    from agent.app import Agent

    settings = _settings(
        backend=backend, model_dir=model_dir, vllm_url=vllm_url, redis_url=redis_url, data_dir=data_dir, lang=lang
    )
    said = sys.stdin.read() if text == "-" else text

    async def once() -> Reply:
        async with Agent(settings) as agent:
            return await agent.say(said, session=session)

    reply = asyncio.run(once())
    print(json.dumps(reply_as_json(reply), ensure_ascii=False) if as_json else reply.text)
    if reply.error:
        raise typer.Exit(1)


def reply_as_json(reply: Reply) -> dict[str, Any]:
    """Return a reply as plain JSON values: reply, commands, events, receipts, state, timings (seconds), error."""
    return {
        "session": reply.session_id,
        "reply": reply.text,
        "commands": list(reply.commands),
        "events": [{"kind": event.kind, **event.data} for event in reply.events],
        "receipts": [receipt.model_dump(mode="json") for receipt in reply.receipts],
        "state": reply.state.model_dump(mode="json"),
        "timings": reply.timings,
        "error": reply.error,
    }


app.command("simulate")(simulate_users)


corpora_app = typer.Typer(help="Data to train on.", no_args_is_help=True)
app.add_typer(corpora_app, name="corpora")


@corpora_app.command("list")
def corpora_list(
    data: Annotated[Path, typer.Option(help="Folder of sets in the uniform format.")] = Path("../shared/data"),
) -> None:
    """List the sets of a folder: rows, licences, and the tasks that learn from each."""
    from importlib.metadata import entry_points

    # Training stands above the library: it says here what it has, and is not imported by name.
    for entry in entry_points(group="factotum.corpora", name="list"):
        print(entry.load()(data))
        return
    raise InputError("nothing here can list corpora; install factotum with its training package")


@app.command("serve-model")
def serve_model(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    model_dir: ModelDir = None,
    venv: Annotated[Path | None, typer.Option(help="The server's own environment; made when missing.")] = None,
    install_only: Annotated[bool, typer.Option("--install-only", help="Only make the environment.")] = False,
) -> None:
    """Start a vLLM server with the model (installs vLLM into its own environment first)."""
    from agent.serving import ModelServer, default_venv_dir, ensure_server_environment

    settings = _settings(model_dir=model_dir)
    folder = venv or default_venv_dir(settings.data_dir)
    ensure_server_environment(folder, on_line=print)
    if install_only:
        return

    async def serve() -> None:
        async with ModelServer(
            settings.model_dir, venv=folder, host=host, port=port, served_name=settings.vllm_model, on_line=print
        ) as server:
            print(f"ready at {server.url} (ctrl-c stops it); try: factotum chat --backend vllm --vllm-url {server.url}")
            await server.wait()

    asyncio.run(serve())


def _with_store(
    use: Callable[[SessionStore], Coroutine[Any, Any, T]], redis_url: str | None, data_dir: Path | None
) -> T:
    from agent.store.resolve import open_store

    settings = _settings(redis_url=redis_url, data_dir=data_dir)

    async def run() -> T:
        store = await open_store(settings.redis_url, settings.data_dir)
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(run())


@sessions_app.command("list")
def sessions_list(redis_url: RedisUrl = None, data_dir: DataDir = None) -> None:
    """List the stored sessions, the one used last first."""
    for info in _with_store(lambda store: store.sessions(), redis_url, data_dir):
        print(f"{info.session_id}\t{info.turns} turns\t{info.updated_at:%Y-%m-%d %H:%M}\t{info.pending}")


STOPPED = "(no answer: this turn was stopped)"


@sessions_app.command("show")
def sessions_show(session_id: str, redis_url: RedisUrl = None, data_dir: DataDir = None) -> None:
    """Print a session's conversation."""
    for turn in _with_store(lambda store: store.transcript(session_id), redis_url, data_dir):
        print(f"[{turn.at:%Y-%m-%d %H:%M}] you: {turn.user}\n{turn.reply or STOPPED}\n")


@sessions_app.command("export")
def sessions_export(session_id: str, redis_url: RedisUrl = None, data_dir: DataDir = None) -> None:
    """Print everything stored of a session as JSON."""
    exported = _with_store(lambda store: store.export(session_id), redis_url, data_dir)
    print(json.dumps(exported, ensure_ascii=False, indent=1, default=str))


@sessions_app.command("forget")
def sessions_forget(session_id: str, redis_url: RedisUrl = None, data_dir: DataDir = None) -> None:
    """Delete everything stored of a session."""
    _with_store(lambda store: store.forget(session_id), redis_url, data_dir)
    print(f"forgot {session_id}")
