"""What logs say, and what they keep to themselves."""

import json

import pytest
import structlog

from entrypoints.web.log import configure_logs


@pytest.fixture
def restored():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_traceback_shows_no_values(restored, capsys):
    """
    Where it went wrong is told as JSON, on one line; what variables held is not.
    """
    configure_logs("info")

    def deed(secret) -> None:
        raise ValueError("wrong")

    try:
        deed("the-secret")
    except ValueError:
        structlog.get_logger().exception("failed")
    said = capsys.readouterr().err

    assert "the-secret" not in said
    line = json.loads(said)
    assert (line["event"], line["exception"][0]["exc_value"]) == ("failed", "wrong")
