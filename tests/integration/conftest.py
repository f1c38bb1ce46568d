"""One `aldea up` shared by the tests that only read from it."""

import pytest

from tests.servers.up import aldea_up


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    with aldea_up(tmp_path_factory.mktemp("up")) as running:
        yield running
