"""For all tests: real asserts in shared modules, and no way out of this machine."""

import gc

from collections.abc import Iterator

import pytest


pytest.register_assert_rewrite("tests.contract", "tests.servers")


def pytest_collection_finish() -> None:
    """What is there by now stays, so that the collector need not look at it again and again."""
    gc.freeze()


def pytest_runtest_setup() -> None:
    """Sockets reach this machine only."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def logs_as_ever() -> Iterator[None]:
    """What runs a command in this process has logs go to where pytest listens just then."""
    import structlog

    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """What was never closed is found by the collector: here, and not while others are tested."""
    yield
    gc.collect()
