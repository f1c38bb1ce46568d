"""The one way to start: what it opens, what it refuses, and in which order it closes."""

import asyncio

import pytest

from dependency_injector import providers
from tests.servers.gateway import MEMORY

from adapters.memory.engines import MemoryEngine
from adapters.memory.keystore import MemoryKeystore
from adapters.system.clock import SystemClock
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.errors import EngineUnavailable
from entrypoints.containers.aldea import aldea
from entrypoints.containers.gateway import Gateway
from entrypoints.containers.services import NotStarted
from entrypoints.containers.wiring import Wiring, WiringError, close, made_by, needs, wired
from entrypoints.runtime.periodic import Part


async def test_part_that_was_not_started_cannot_be_asked_for():
    """
    So no gateway is served whose timers do not run. The error says what to write.
    """
    async with aldea(MEMORY, {Part.BACKEND}) as services:
        assert services.api.backend() is not None
        with pytest.raises(NotStarted, match=r"aldea\(settings, \{Part\.GATEWAY\}\)"):
            _ = services.gateway
    async with aldea(MEMORY, ()) as services:
        assert await services.identity.create_org()("Acme")
        with pytest.raises(NotStarted, match="BACKEND"):
            _ = services.api


async def test_orgs_reach_the_gateway_by_themselves():
    """
    In one process, the keystore is filled and follows changes.
    """
    async with aldea(MEMORY) as services:
        org = await services.identity.create_org()("Acme")
        _, secret = await services.identity.create_key()(org.id, KeyDraft("key"))
        while await services.stores.keystore().caller(secret.hash) is None:
            await asyncio.sleep(0.01)


async def test_nothing_runs_after_it():
    """
    Neither timers nor jobs nor engines.
    """
    before = asyncio.all_tasks()
    async with aldea(MEMORY):
        assert asyncio.all_tasks() > before

    assert asyncio.all_tasks() == before


class Refusing(MemoryEngine):
    """It does not start; it says so when it is closed."""

    is_started = is_closed = False

    async def start(self) -> None:
        self.is_started = True
        raise EngineUnavailable("It takes no streams.")

    async def close(self) -> None:
        self.is_closed = True


async def test_engine_that_does_not_start_leaves_nothing_open():
    made = []

    def refusing() -> Refusing:
        made.append(Refusing(SystemClock()))
        return made[-1]

    before = asyncio.all_tasks()
    with (
        Gateway.bundled_engine.override(providers.Factory(refusing)),
        pytest.raises(EngineUnavailable),
    ):
        async with aldea(MEMORY):
            raise AssertionError("it started")

    assert asyncio.all_tasks() == before
    assert made[0].is_closed


async def test_object_of_another_is_neither_started_nor_closed():
    """
    Its owner does both.
    """
    engine = Refusing(SystemClock())
    async with aldea(MEMORY, live_engine=engine, file_engine=engine) as services:
        assert services.gateway.transcribe().engine is engine

    assert not engine.is_started
    assert not engine.is_closed


async def test_object_is_used_in_place_of_ours():
    keystore = MemoryKeystore()
    async with aldea(MEMORY, {Part.GATEWAY}, keystore=keystore) as services:
        org = await services.identity.create_org()("Acme")
        _, secret = await services.identity.create_key()(org.id, KeyDraft("key"))
        await services.sync.sync_org()(org.id)

        assert await keystore.caller(secret.hash)
        assert services.gateway.authenticate().keystore is keystore


async def test_unknown_name_is_refused():
    """
    A misspelt one would be ignored else.
    """
    with pytest.raises(WiringError, match="Nothing is called key_store"):
        async with aldea(MEMORY, key_store=MemoryKeystore()):
            raise AssertionError("it started")


closed = []


class Pump:
    def close(self) -> None:
        closed.append("pump")


class Fountain:
    def __init__(self, pump) -> None: ...

    async def close(self) -> None:
        closed.append("fountain")


class Garden(Wiring):
    pump = wired(Pump)
    unused = wired(Pump)


class Park(Wiring):
    garden = needs(Garden)
    fountain = wired(Fountain)
    same = wired(lambda fountain: fountain)


async def test_what_depends_on_others_is_closed_first():
    """
    Once each, under however many names, and only what was made.
    """
    garden = Garden()
    park = Park(garden=garden)
    assert park.same() is park.fountain()
    for thing in reversed(made_by([park, garden])):
        await close(thing)

    assert closed == ["fountain", "pump"]
