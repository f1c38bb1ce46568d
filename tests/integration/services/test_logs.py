"""Services whose standard error is full or closed."""

import os
import urllib.error
import urllib.request

from collections.abc import Iterator

import pytest

from tests.servers.services import serving


TOKEN = "between-us"
REQUESTS = 600  # each logs a line: more than a pipe holds


def unread() -> Iterator[int]:
    reader, writer = os.pipe()
    yield writer
    os.close(reader)
    os.close(writer)


def gone() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def full() -> Iterator[int]:
    disk = os.open("/dev/full", os.O_WRONLY)
    yield disk
    os.close(disk)


@pytest.mark.parametrize(("stderr", "drops"), [(unread, False), (gone, True), (full, True)])
def test_requests_are_served_while_logs_block(stderr, drops):
    for descriptor in stderr():
        environ = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_ENGINE_TOKEN": TOKEN}
        with serving("stt", stderr=descriptor, **environ) as engine:
            for _ in range(REQUESTS):
                request = urllib.request.Request(
                    f"{engine.url}/v1/listen?encoding=linear16&sample_rate=16000&x={'y' * 100}",
                    bytes(3200),
                    {"Authorization": f"Token {TOKEN}", "Content-Type": "audio/raw"},
                )
                with urllib.request.urlopen(request, timeout=60) as answer:
                    assert answer.status == 200
            with urllib.request.urlopen(f"{engine.url}/metrics", timeout=60) as answer:
                text = answer.read().decode()
            engine.process.terminate()
            assert engine.process.wait(10) == 0

        assert ("aldea_log_lines_dropped_total 0.0" in text) is not drops


def test_closed_standard_error_writes_to_no_other_file():
    """
    The next opened file would get its number: the null device has it, and takes every line.
    """
    environ = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_ENGINE_TOKEN": TOKEN}
    with serving("stt", stderr=None, **environ) as engine:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{engine.url}/v1/nothing", timeout=60)
        with urllib.request.urlopen(f"{engine.url}/metrics", timeout=60) as answer:
            text = answer.read().decode()

    assert "aldea_log_lines_dropped_total 0.0" in text
    assert '"event"' not in text
