"""
What tests of several folders share: one of each server for a worker; and more time for what starts
processes.

A fixture that two folders import is two fixtures, and its server is started twice, so they are imported
here only.
"""

import os

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import empty_postgres_url, postgres, postgres_folder, postgres_url
from tests.servers.sqs import org_sync_queue_url, sqs
from tests.servers.up import aldea_up


__all__ = [
    "empty_postgres_url",
    "org_sync_queue_url",
    "postgres",
    "postgres_folder",
    "postgres_url",
    "sqs",
]


# Seconds after which a test hangs, if its file does not say: processes start slowly where many do.
_HANGS_AFTER = 300
# By this variable coverage has a process measure itself.
_MEASURED = "COVERAGE_PROCESS_CONFIG"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_HANGS_AFTER))


@pytest.fixture(scope="session", autouse=True)
def measuring() -> Iterator[dict[str, str]]:
    """
    Has coverage measure none of the hundreds of processes that tests start, which would cost them
    a third of their CPU. Yields the environment of a process that is to be measured nevertheless.
    """
    environ = {name: os.environ[name] for name in (_MEASURED,) if name in os.environ}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(_MEASURED, raising=False)
        yield environ


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    """An `aldea up` for tests that only read from it."""
    with aldea_up(tmp_path_factory.mktemp("up")) as running:
        yield running
