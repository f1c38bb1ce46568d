"""What logs contain, and what they must not."""

import json
import os

import pytest
import structlog

from aldea_core.domain.access.keys import KeySecret
from entrypoints.containers.aldea import aldea
from entrypoints.runtime import log
from entrypoints.runtime.line_writer import LineWriter
from entrypoints.runtime.log import configure_logs
from entrypoints.settings import Settings


KEY = KeySecret.mint(bytes(range(24)))


@pytest.fixture
def restored():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def said(restored):
    """What was logged, and put into lines, since the test began."""
    reader, descriptor = os.pipe()
    writer = LineWriter(descriptor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "stderr_writer", lambda: writer)
        configure_logs("info")
        yield lambda: writer.drain(10) or os.read(reader, 2**16).decode()
    os.close(reader)
    os.close(descriptor)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError


def test_unserialisable_field_is_dropped(said):
    structlog.get_logger().info("event", of=Unspeakable())
    structlog.get_logger().info("next")

    assert [json.loads(line)["event"] for line in said().splitlines()] == ["next"]
    assert log.stderr_writer().dropped == 1


def test_traceback_shows_no_values(said):
    """
    It is JSON on one line, without variables.
    """

    def work(secret) -> None:
        raise ValueError("wrong")

    try:
        work("the-secret")
    except ValueError:
        structlog.get_logger().exception("failed")
    text = said()

    assert "the-secret" not in text
    line = json.loads(text)
    assert (line["event"], line["exception"][0]["exc_value"]) == ("failed", "wrong")


@pytest.fixture
def fail():
    """Logs an error of a frame that holds a secret."""

    def work(secret) -> None:
        raise ValueError("wrong")

    hidden = KEY.reveal()

    def failing() -> None:
        try:
            work(hidden)
        except ValueError:
            structlog.get_logger().exception("failed")

    return failing


async def test_embedding_application_sees_no_values(restored, fail, capsys):
    """
    It need not configure anything: structlog's own default would show them.
    """
    structlog.reset_defaults()

    async with aldea(Settings(), parts=()):
        fail()
    printed = capsys.readouterr().out

    assert "ValueError: wrong" in printed
    assert KEY.reveal() not in printed


async def test_embedding_applications_own_logs_stay(restored, fail, capsys):
    structlog.configure(processors=[lambda *_: "its own line"])

    async with aldea(Settings(), parts=()):
        fail()

    assert capsys.readouterr().out == "its own line\n"
