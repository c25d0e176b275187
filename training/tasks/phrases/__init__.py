"""Our own wordings as data: YAML files beside this module, so that adding a way to say something is editing a list."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml


def load_phrases(name: str) -> Any:
    """Return the content of ``<name>.yaml``.

    Raises:
        FileNotFoundError: there is no such file in the package.
    """
    return yaml.safe_load(resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
