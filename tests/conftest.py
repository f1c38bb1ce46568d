"""For all tests: real asserts in shared modules, and no way out of this machine."""

import pytest


pytest.register_assert_rewrite("tests.contract", "tests.servers")


def pytest_runtest_setup() -> None:
    """Sockets reach this machine only."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
