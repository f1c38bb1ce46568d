"""A backend in memory, with fast password hashing."""

import io

import pytest
import structlog

from dependency_injector import providers
from tests.servers.backend import backend

from adapters.memory.passwords import FastPasswords
from entrypoints.containers.people import People
from entrypoints.runtime.log import configure_logs


@pytest.fixture(autouse=True)
def fast_passwords():
    with People.passwords.override(providers.Singleton(FastPasswords)):
        yield


@pytest.fixture
def logged():
    """What is logged, as in production, but for the thread that writes it: it is there at once."""
    written = io.StringIO()
    configure_logs("info")
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(written))
    yield written
    structlog.reset_defaults()


@pytest.fixture
async def running():
    async with backend() as running:
        yield running
