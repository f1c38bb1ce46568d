"""The container can make everything it names, with any settings."""

import pytest

from dependency_injector import providers
from tests.contract.values import record

from aldea_core.domain.errors import AldeaError
from entrypoints.back_office import BackOffice
from entrypoints.container import Container, close
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


@pytest.mark.parametrize("kind", [Container, BackOffice])
@pytest.mark.parametrize("name", CONSTELLATIONS)
async def test_every_provider_can_be_made(name, kind):
    """
    Singletons stay single.
    """
    settings, is_engine = CONSTELLATIONS[name]
    container = kind(settings=settings, is_engine=is_engine)

    made = {
        provider_name: provider()
        for provider_name, provider in container.providers.items()
        if isinstance(provider, providers.Singleton)
        and not (provider_name == "engine_client" and not settings.ws_engines)
    }

    for provider_name, value in made.items():
        assert container.providers[provider_name]() is value
    await close(container)


async def test_engine_service_keeps_no_usage():
    """
    Its gateway bills.
    """
    container = Container(settings=Settings(engine_token="token"), is_engine=True)
    await container.usage().write([record()])

    assert not container.ledger().all()
    await close(container)


async def test_usage_reaches_the_ledger_in_memory():
    """
    With the records that waited.
    """
    container = Container(settings=Settings(), is_engine=False)
    await container.usage().write([record()])
    await container.usage().deliver()

    assert list(container.ledger().all()) == [record()]
    await close(container)


def test_whisper_needs_its_model(tmp_path):
    """
    A directory without one is refused at start; with one, it is the engine for both.
    """
    settings = Settings(whisper_model=str(tmp_path))
    with pytest.raises(AldeaError, match=r"model\.bin is missing"):
        Container(settings=settings).live_engine()

    (tmp_path / "model.bin").touch()
    container = Container(settings=settings)
    assert container.live_engine() is container.file_engine()
