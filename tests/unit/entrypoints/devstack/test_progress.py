"""Progress shown while parts start and stop."""

import io

import pytest

from rich.console import Console

from entrypoints.devstack.progress import Progress
from entrypoints.devstack.supervisor import PartState


class SupervisedPart:
    def __init__(self, name, address=""):
        self.name = name
        self.address = address


@pytest.fixture
def out():
    return io.StringIO()


def test_plain_lines_without_a_terminal(out):
    """
    One for each change, with the address once the part serves.
    """
    progress = Progress(Console(file=out, width=40))
    progress.expect(["postgres", "stt"])
    with progress.shown(leave=True):
        progress.report(SupervisedPart("stt", "127.0.0.1:1"), PartState.STARTING, "")
        progress.report(SupervisedPart("stt", "127.0.0.1:1"), PartState.READY, "in 1.0 s")
        progress.say("stt", "hello")
        progress.report(SupervisedPart("stt", "127.0.0.1:1"), PartState.STOPPING, "")

    assert out.getvalue().splitlines() == [
        "stt      starting",
        "stt      ready in 1.0 s 127.0.0.1:1",
        "stt      hello",
    ]


@pytest.mark.parametrize("width", [40, 120])
def test_a_table_on_a_terminal(out, width):
    """
    Names and addresses are never truncated; the parts' output is above it.
    """
    progress = Progress(Console(file=out, width=width, force_terminal=True, color_system=None))
    progress.expect(["postgres", "stt"])
    with progress.shown(leave=True):
        progress.report(
            SupervisedPart("postgres", "127.0.0.1:65000"),
            PartState.FAILED,
            "for a long reason " * 9,
        )
        progress.say("stt", "hello")

    rows = out.getvalue().splitlines()
    assert any("hello" in row for row in rows)
    last = [row for row in rows if "postgres" in row][-1]
    assert "✗" in last
    assert "127.0.0.1:65000" in last
    assert "failed" in last
    assert "…" in last


def test_later_changes_are_lines_after_the_table(out):
    progress = Progress(Console(file=out, width=80, force_terminal=True, color_system=None))
    progress.expect(["stt"])
    with progress.shown(leave=False):
        pass
    progress.report(
        SupervisedPart("stt"), PartState.ENDED, "was killed by SIGKILL; it starts again in 0.5 s"
    )

    assert (
        out.getvalue()
        .splitlines()[-1]
        .endswith(
            "stt ended was killed by SIGKILL; it starts again in 0.5 s",
        )
    )
