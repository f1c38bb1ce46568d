"""Reasons for which sessions ended, as codes and words."""

import pytest

from aldea_core.domain.errors import BadAudio, TooLarge
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.reasons import (
    is_failure,
    reason_of_ending,
    reason_of_error,
    words_of,
)


@pytest.mark.parametrize("ending", Ending)
def test_each_ending_has_a_code_and_words(ending):
    """
    Without the codes of Deepgram in the words; a finished stream has neither.
    """
    code, status = reason_of_ending(ending), CLOSES[ending].code
    words = words_of(status, code)

    assert bool(words) == bool(code)
    assert "-000" not in words
    assert len(code) <= 40


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooLarge("x"), "payload_too_large"),
        (BadAudio("x"), "bad_request"),
        (SessionEnded(Ending.CONNECTION_LOST), "connection_lost"),
        (ValueError("x"), "internal_server_error"),
    ],
)
def test_code_of_an_error(error, code):
    assert reason_of_error(error) == code


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (1011, "engine_gone", "No speech engine can go on with this stream."),
        (1011, "idle", "Neither audio nor KeepAlive came in time."),
        (1006, "", "The connection was lost without a close frame."),
        (413, "payload_too_large", "Request Entity Too Large."),
        (499, "", "The client hung up before the answer."),
        (1000, "", ""),
        (200, "", ""),
        (0, "", ""),
        (4999, "", ""),
    ],
)
def test_status_and_reason_have_words(status, reason, words):
    assert words_of(status, reason) == words


def test_a_client_that_leaves_is_no_failure():
    assert [status for status in (0, 200, 399, 1000, 1001, 1006) if is_failure(status)] == []
    failed = (400, 404, 499, 500, 1002, 1008, 1011, 1012, 4001)
    assert [status for status in failed if not is_failure(status)] == []
