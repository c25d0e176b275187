"""Settings: built once, frozen, passed down. Flags beat the environment, that the file, that the defaults.

Environment variables start with ``FACTOTUM_``; the file is ``config.toml`` in the user's configuration folder.
"""

from __future__ import annotations

import locale
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agent.errors import InputError
from agent.store.base import SecondMessage

PREFIX = "FACTOTUM_"
BUNDLED_MODEL = Path(__file__).parent / "models" / "nano"


def _local_timezone() -> str:
    """Return this machine's IANA time zone, UTC where it cannot be told."""
    link = Path("/etc/localtime")
    parts = link.resolve().parts if link.is_symlink() else ()
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :])
    return "UTC"


def _local_language() -> str:
    language = (locale.getlocale()[0] or "en").partition("_")[0].lower()
    return language if language in ("en", "de", "fr", "es", "zh") else "en"


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["local", "vllm"] = "local"
    # Who runs the model: inside this process, or a vLLM server.
    model_dir: Path = BUNDLED_MODEL
    # The model's folder.
    vllm_url: str = "http://127.0.0.1:8000"
    # Where the vLLM server answers.
    vllm_model: str = "factotum"
    # The name it serves the model under.
    redis_url: str | None = None
    # redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://; None starts a private server.
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("factotum", appauthor=False)))
    # What embedded providers and the private Redis keep.
    lang: str = Field(default_factory=_local_language)
    # ISO 639-1 language of the sessions: dates and numbers are read and said in it.
    timezone: str = Field(default_factory=_local_timezone)
    # IANA name.
    weather: Literal["sample", "open-meteo"] = "sample"
    # Whose weather is told.
    understand_timeout_seconds: float = 30.0
    # A model call that takes longer becomes an honest reply.
    action_timeout_seconds: float = 20.0
    # A provider that takes longer is given up.
    max_text_chars: int = 4000
    # Longer turns are refused with a clear message.
    second_message: SecondMessage = "queue"
    # What a message does that comes while a turn of its session runs: wait, join that turn, stop it, be refused.
    merge_seconds: float = Field(default=3.0, ge=0)
    # With "merge": how long after a turn began others may join it, unless it has begun to act.
    wait_seconds: float = Field(default=30.0, ge=0)
    # How long a message waits for its turn before it is refused as busy.
    context_chars: int = Field(default=4000, ge=0)
    # How much of the conversation a chat model is told; factotum's own models need none of it.
    handoff: str = ""
    # Where conversations go that a person is to take over: a folder, or the http(s) URL of a service that takes them
    # as JSON; "" is the folder "handoffs" in the data folder.

    @field_validator("handoff")
    @classmethod
    def _folder_or_web(cls, value: str) -> str:
        scheme, found, _ = value.partition("://")
        if found and scheme not in ("http", "https"):
            raise ValueError(f"{value!r} is neither a folder nor a URL that starts with http:// or https://")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"{value!r} is no IANA time zone; expected one such as 'Europe/Berlin'") from error
        return value


def config_file() -> Path:
    """Return where the settings file is looked for."""
    return Path(platformdirs.user_config_dir("factotum", appauthor=False)) / "config.toml"


def load_settings(environ: Mapping[str, str], *, file: Path | None = None, **flags: Any) -> Settings:
    """Build the settings.

    Args:
        environ: the environment.
        file: a settings file; the user's own when None.
        flags: values given on the command line; None means not given.

    Raises:
        InputError: a value that cannot be used, with its name and where it came from.
    """
    path = file or config_file()
    values: dict[str, Any] = {}
    if path.is_file():
        try:
            values.update(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not a TOML file: {error}") from error
    values.update(
        {name: environ[PREFIX + name.upper()] for name in Settings.model_fields if environ.get(PREFIX + name.upper())}
    )
    values.update({name: value for name, value in flags.items() if value is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc'])} = {item['input']!r}: {item['msg']}"
            for item in error.errors()
        ]
        raise InputError(f"settings ({path}, {PREFIX}* or flags): " + "; ".join(lines)) from error
