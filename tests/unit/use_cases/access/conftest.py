"""A world of people, the first of whom owns an org."""

import pytest

from tests.servers.people import ANN, People


@pytest.fixture
def people():
    return People()


@pytest.fixture
async def ann(people):
    """The owner of `acme`."""
    return await people.signs_up(ANN)


@pytest.fixture
async def acme(people, ann):
    return await people.org_of(ann)
