"""Answers of a gateway's fast path."""

import pytest

from aldea_core.domain.ids import SessionId
from entrypoints.http.request import Answer


@pytest.mark.parametrize(
    ("status", "line"),
    [(200, b"HTTP/1.1 200 OK"), (422, b"HTTP/1.1 422 "), (460, b"HTTP/1.1 460 ")],
)
def test_every_status_of_an_engine_can_be_sent_on(status, line):
    """
    Also one without a name, such as a load balancer's 460: its client waits for the answer.
    """
    sent = Answer(status, b"{}").encoded(SessionId("s"), "now", keeps_alive=True)

    assert sent.startswith(line)
    assert sent.endswith(b"\r\n\r\n{}")
