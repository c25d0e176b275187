from __future__ import annotations

import pytest

from agent.errors import LeaseLost, UnknownSession
from agent.store.base import SessionStore
from agent.store.memory import MemoryStore
from tests.agent.store.conformance import StoreConformance, a_state, a_turn, one_turn
from tests.agent.store.conformance_second import SecondMessageConformance


class TestMemoryStore(StoreConformance, SecondMessageConformance):
    @pytest.fixture
    def store(self) -> SessionStore:
        return MemoryStore()


def test_description_says_that_it_is_lost_at_exit() -> None:
    assert "lost at exit" in MemoryStore().description
    assert MemoryStore(reason="no redis-server").description == "in memory (lost at exit: no redis-server)"


async def test_session_is_gone_when_not_used_for_its_time_to_live() -> None:
    now = [1_000_000.0]
    store = MemoryStore(ttl_seconds=100, clock=lambda: now[0])
    await one_turn(store)
    now[0] += 99
    await one_turn(store)
    now[0] += 99
    assert (await store.state("ada")).turns == 2
    now[0] += 1
    with pytest.raises(UnknownSession):
        await store.state("ada")
    assert await store.sessions() == []


async def test_lease_expires_by_the_given_clock() -> None:
    now = [1_000_000.0]
    store = MemoryStore(clock=lambda: now[0])
    old, _ = await store.open("ada", "slow", lease_seconds=60)
    now[0] += 61
    await store.open("ada", "quick", wait_seconds=0)
    with pytest.raises(LeaseLost):
        await store.commit(old, a_state(), a_turn(1))
