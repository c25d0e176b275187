"""The bundled model on the embedded backend. Skipped, with the reason, in a tree that has none."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.backends.local import LocalBackend
from agent.settings import BUNDLED_MODEL


@pytest_asyncio.fixture
async def local() -> AsyncIterator[LocalBackend]:
    if not (BUNDLED_MODEL / "config.json").is_file():
        pytest.skip(f"no bundled model at {BUNDLED_MODEL}")
    backend = LocalBackend(BUNDLED_MODEL)
    await backend.start()
    yield backend
    await backend.close()
