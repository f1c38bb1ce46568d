"""A backend in memory, with passwords that take no time."""

import pytest

from dependency_injector import providers
from tests.servers.backend import backend

from adapters.memory.passwords import FastPasswords
from entrypoints.back_office import BackOffice


@pytest.fixture(autouse=True)
def fast_passwords():
    with BackOffice.passwords.override(providers.Singleton(FastPasswords)):
        yield


@pytest.fixture
async def running():
    async with backend() as running:
        yield running
