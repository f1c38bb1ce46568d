"""One `aldea up` shared by the tests that only read from it, and more time for what starts processes."""

from pathlib import Path

import pytest

from tests.servers.up import aldea_up


# Seconds after which a test hangs, if its file does not say: processes start slowly where many do.
_HANGS_AFTER = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_HANGS_AFTER))


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    with aldea_up(tmp_path_factory.mktemp("up")) as running:
        yield running
