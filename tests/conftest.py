"""For all tests: real asserts in shared modules, and no way out of this machine."""

import gc
import os
import signal

from collections.abc import Iterator

import pytest

from hypothesis import settings


pytest.register_assert_rewrite("tests.contract", "tests.servers")

# No deadline: how long an example takes depends on what else the machine does, so it fails no test.
# Without one, examples count as too slow to generate after 30 seconds.
settings.register_profile("aldea", deadline=None)
settings.load_profile("aldea")

# Of new objects, younger and older ones: by its own, the collector looks so often at what thousands of
# tests are made of that it takes a sixth of their time. It looks at everything after each file.
_COLLECTED_AFTER = (50_000, 10, 10)

# By this variable pytest knows where to make the folders of tests.
_FOLDER_OF_FILES = "PYTEST_DEBUG_TEMPROOT"

# Each worker has servers of its own.
_MOST_WORKERS = 8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """
    What `-n auto` means: one more than there are cores, since tests often wait, and no more, so that
    the servers they wait for are not starved.
    """
    return min(_MOST_WORKERS, 1 + (os.cpu_count() or 1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Files that take long first, so that parallel workers end together: those that run whole
    deployments, then other real servers, then what is quick.
    """
    for item in items:
        if item.get_closest_marker("alone") and _QUIET_FOLDER not in item.path.parts:
            raise pytest.UsageError(
                f"{item.nodeid} is `alone`: `make test` finds it in {_QUIET_FOLDER} only."
            )
    items.sort(key=_when)


# Where `make test` looks for tests that need quiet: to collect all others takes a quarter of a minute.
_QUIET_FOLDER = "torture"
_FIRST = ("cli", "torture", "lambdas", "db_sync", "speech", "sdk")


def _when(item: pytest.Item) -> int:
    folders = item.path.parts
    if "integration" not in folders:
        return len(_FIRST) + 1
    return next((n for n, name in enumerate(_FIRST) if name in folders), len(_FIRST))


def pytest_configure() -> None:
    from tests.servers.memory import in_memory

    gc.set_threshold(*_COLLECTED_AFTER)
    if (folder := in_memory()) is not None:
        os.environ.setdefault(_FOLDER_OF_FILES, str(folder))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in what a shell runs in the background: commands that tests interrupt would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
    _log_plainly()
    yield
    _log_plainly()


def _log_plainly() -> None:
    """Not by structlog's default, whose tracebacks take a second of work each."""
    import structlog

    from entrypoints.runtime.log import keep_values_out_of_tracebacks

    structlog.reset_defaults()
    keep_values_out_of_tracebacks()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """What was never closed is found by the collector: here, and not while others are tested."""
    from tests.servers.garbage import collected_afterwards

    with collected_afterwards():
        yield
