"""Errors in OpenAI's shape."""

import json

import pytest

from aldea_core.domain.errors import BadRequest, EngineBusy, TooLarge
from aldea_core.protocol.deepgram.errors import INVALID_AUTH, of_error
from aldea_core.protocol.openai.errors import body_of


@pytest.mark.parametrize(
    ("error", "kind", "param", "code"),
    [
        (
            BadRequest("language is wrong.", field="language"),
            "invalid_request_error",
            "language",
            None,
        ),
        (TooLarge("It is too long."), "invalid_request_error", None, "file_too_large"),
        (EngineBusy(), "server_error", None, None),
    ],
)
def test_errors_have_openais_fields(error, kind, param, code):
    assert json.loads(body_of(of_error(error), error))["error"] == {
        "message": of_error(error).message,
        "type": kind,
        "param": param,
        "code": code,
    }


def test_wrong_key_is_named():
    assert json.loads(body_of(INVALID_AUTH, Exception()))["error"]["code"] == "invalid_api_key"
