"""One `aldea up` for all tests that only use it."""

import pytest

from tests.servers.up import aldea_up


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    with aldea_up(tmp_path_factory.mktemp("up")) as running:
        yield running
