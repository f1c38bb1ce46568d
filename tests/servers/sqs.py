"""
A real SQS server for tests, and fresh queues on it.

`sqs` is the running server (a process of its own), `org_sync_queue_url` a fresh queue with its
dead-letter queue. Credentials are in the environment as long as the server runs.
"""

import itertools
import os
import tempfile

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.watched import watchdog

from adapters.local_servers.sqs import LocalSqs, queue_name


_numbers = itertools.count(1)


@contextmanager
def sqs_server() -> Iterator[LocalSqs]:
    with tempfile.TemporaryDirectory(prefix="aldea-sqs-") as folder:
        server = LocalSqs(Path(folder), on_spawn=watchdog().on_spawn)
        server.start()
        process = server.process
        before = {name: os.environ.get(name) for name in server.credentials}
        os.environ.update(server.credentials)
        try:
            yield server
        finally:
            server.stop()
            watchdog().died(process.pid)
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def fresh_queue(server: LocalSqs, **options: int) -> str:
    """The URL of a new queue."""
    return server.create_queue(queue_name(f"test-{next(_numbers)}"), **options)


@pytest.fixture(scope="session")
def sqs():
    with sqs_server() as running:
        yield running


@pytest.fixture
def org_sync_queue_url(sqs):
    return fresh_queue(sqs)
