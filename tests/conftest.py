"""For all tests: real asserts in shared modules, and no way out of this machine."""

from collections.abc import Iterator

import pytest


pytest.register_assert_rewrite("tests.contract", "tests.servers")


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
