"""The containers can make everything they name, with any settings."""

import importlib
import inspect
import pkgutil
import typing

from operator import attrgetter

import pytest

from dependency_injector import providers
from tests.contract.values import record
from typing_extensions import get_protocol_members, is_protocol

from adapters.memory.queue import MemoryOrgQueue
from adapters.sqs.queue import SqsOrgQueue
from aldea_core.domain.errors import AldeaError
from entrypoints.backend import resources
from entrypoints.containers.services import Services, kinds
from entrypoints.containers.wiring import Wiring, WiringError, needs, wired
from entrypoints.settings import BundledEngine, Settings


CONSTELLATIONS = {
    "all in memory": (Settings(bundled_engine=BundledEngine.MEMORY), False),
    "a recogniser of its own": (Settings(), False),
    "engines elsewhere": (
        Settings(
            ws_engines=("http://e1:8443",),
            file_engines=("http://e1:8443", "openai+http://e2:8000"),
            engine_token="token",
        ),
        False,
    ),
    "an engine": (Settings(engine_token="token"), True),
    "a database": (Settings(database_url="sqlite://"), False),
}
CONTAINERS = kinds()
QUEUE = "https://sqs.us-west-2.amazonaws.com/123456789012/dev-ws-proxy-org-sync"


def singletons(container):
    """Its singletons, those in lists too, by name."""
    for name, provider in container.providers.items():
        listed = provider.args if isinstance(provider, providers.List) else [provider]
        yield from ((name, each) for each in listed if isinstance(each, providers.Singleton))


@pytest.mark.parametrize("name", CONSTELLATIONS)
@pytest.mark.parametrize("kind", CONTAINERS, ids=attrgetter("__name__"))
async def test_every_provider_can_be_made(name, kind):
    """
    Singletons stay single, and get what the hints of their parameters say.
    """
    settings, is_engine = CONSTELLATIONS[name]
    services = Services(settings, is_engine=is_engine)
    for provider_name, provider in singletons(services.container(kind)):
        assert provider() is provider()
        for parameter, hint in hints(provider.cls).items():
            value = provider.kwargs[parameter]() if parameter in provider.kwargs else None
            if inspect.isclass(hint) and hint.__module__.startswith("aldea_core.") and value:
                assert fits(value, hint), (provider_name, parameter, value)
    await services.close()


def fits(value, hint):
    if is_protocol(hint):
        return all(hasattr(value, member) for member in get_protocol_members(hint))
    return isinstance(value, hint)


def hints(make):
    """The types of a class's or factory's parameters, where they can be looked up."""
    try:
        return typing.get_type_hints(make.__init__ if inspect.isclass(make) else make)
    except NameError:  # imported for type checkers only
        return {}


@pytest.mark.parametrize("kind", CONTAINERS, ids=attrgetter("__name__"))
def test_container_can_be_held_in_the_head(kind):
    """
    At most 30 providers, with those in lists and the containers that it needs.
    """
    container = Services(Settings()).container(kind)
    needed = [
        p
        for p in container.providers.values()
        if not isinstance(p, providers.Singleton | providers.List)
    ]

    assert len(list(singletons(container))) + len(needed) <= 30


def test_every_resource_of_the_backend_is_listed_once():
    """
    A class with routes that is in no list would answer 404 in silence.
    """
    written = [
        found
        for module in pkgutil.iter_modules(resources.__path__, "entrypoints.backend.resources.")
        for found in vars(importlib.import_module(module.name)).values()
        if inspect.isclass(found) and hasattr(found, "routes") and found.__module__ == module.name
    ]
    listed = [
        each.cls
        for kind in CONTAINERS
        for provider in kind.cls_providers.values()
        if isinstance(provider, providers.List)
        for each in provider.args
        if each.cls.__module__.startswith("entrypoints.backend.resources.")
    ]

    assert sorted(map(attrgetter("__name__"), listed)) == sorted(
        map(attrgetter("__name__"), written)
    )


class Engine:
    def __init__(self, volts, amps=3): ...


class Battery(Wiring):
    volts = wired(lambda: 12)


def test_parameter_that_nothing_provides_is_refused():
    """
    When the container's class is defined; unless it has a default.
    """
    with pytest.raises(WiringError, match=r"Alone\.engine: nothing provides volts"):

        class Alone(Wiring):
            engine = wired(Engine)

    class Car(Wiring):
        battery = needs(Battery)
        engine = wired(Engine)

    assert Car(battery=Battery()).engine() is not None


def test_name_that_fits_nothing_is_refused():
    """
    A parameter that does not exist, and a provider that does not, also where there is a default.
    """
    with pytest.raises(WiringError, match=r"Wrong\.engine: there is no parameter ohms"):

        class Wrong(Wiring):
            battery = needs(Battery)
            engine = wired(Engine, ohms="volts")

    with pytest.raises(WiringError, match=r"Other\.engine: nothing provides current"):

        class Other(Wiring):
            battery = needs(Battery)
            engine = wired(Engine, amps="current")


async def test_engine_service_keeps_no_usage():
    """
    Its gateway bills.
    """
    services = Services(Settings(engine_token="token"), is_engine=True)
    await services.gateway.usage().write([record()])

    assert not services.stores.ledger().all()
    await services.close()


async def test_usage_reaches_the_ledger_in_memory():
    """
    With the records that waited.
    """
    services = Services(Settings())
    await services.gateway.usage().write([record()])
    await services.gateway.usage().deliver()

    assert list(services.stores.ledger().all()) == [record()]
    await services.close()


def test_whisper_needs_its_model(tmp_path):
    """
    A directory without one is refused at start; with one, it is the engine for both.
    """
    settings = Settings(whisper_model=str(tmp_path))
    with pytest.raises(AldeaError, match=r"model\.bin is missing"):
        Services(settings).gateway.live_engine()

    (tmp_path / "model.bin").touch()
    gateway = Services(settings).gateway
    assert gateway.live_engine() is gateway.file_engine()


@pytest.mark.parametrize(
    ("settings", "kind"),
    [(Settings(), MemoryOrgQueue), (Settings(org_sync_queue_url=QUEUE), SqsOrgQueue)],
)
def test_queue_is_chosen_by_settings(settings, kind):
    """
    SQS if it is set, else in memory.
    """
    sync = Services(settings).sync

    assert isinstance(sync.org_queue(), kind)
    assert sync.org_queue() is sync.org_queue()
