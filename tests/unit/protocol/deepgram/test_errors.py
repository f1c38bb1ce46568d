"""Refusals and failures as HTTP responses (public-api, section 4)."""

import json

import pytest

from aldea_core.domain import errors as domain
from aldea_core.domain.access.limits import LimitName, Refused
from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram import errors


def test_body_has_aldeas_and_deepgrams_fields() -> None:
    """
    Clients of Aldea read `error`, clients of Deepgram `err_code` and `err_msg`.
    """
    assert json.loads(errors.INVALID_AUTH.body(SessionId("r"))) == {
        "error": "Invalid credentials.",
        "err_code": "INVALID_AUTH",
        "err_msg": "Invalid credentials.",
        "request_id": "r",
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (domain.BadRequest("x"), 400, "Bad Request"),
        (domain.UndecodableAudio("x"), 400, "Bad Request"),
        (domain.RemoteContentError("x"), 400, "REMOTE_CONTENT_ERROR"),
        (domain.NotAllowed("x"), 403, "INSUFFICIENT_PERMISSIONS"),
        (domain.NotFound("x"), 404, "NOT_FOUND"),
        (domain.TooLarge("x"), 413, "PAYLOAD_TOO_LARGE"),
        (domain.EmptyAudio("x"), 422, "ASR_UNPROCESSABLE_ENTITY"),
        (domain.UploadInterrupted("x"), 422, "ASR_UNPROCESSABLE_ENTITY"),
        (domain.EngineRefused(415, "x"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (domain.EngineRefused(418, "x"), 418, "Bad Request"),
        (domain.EngineRefused(500, "x"), 503, "SERVICE_UNAVAILABLE"),
        (domain.EngineBusy(), 503, "SERVICE_UNAVAILABLE"),
        (domain.Unavailable("redis", why="secret"), 503, "SERVICE_UNAVAILABLE"),
        (domain.EngineTooSlow("x"), 504, "GATEWAY_TIMEOUT"),
        (KeyError("secret"), 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_each_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    """
    Transient errors have Retry-After.
    """
    answer = errors.of_error(error)

    assert (answer.status, answer.code) == (status, code)
    assert "secret" not in answer.message
    assert ("Retry-After" in answer.headers()) == (status in {503, 504})


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending.IDLE, 408),
        (Ending.KEY_REVOKED, 401),
        (Ending.QUOTA_USED, 402),
        (Ending.SUSPENDED, 403),
        (Ending.ENDED_BY_OWNER, 409),
        (Ending.CONNECTION_LOST, 499),
        (Ending.INTERNAL, 500),
        (Ending.DEPLOY, 503),
    ],
)
def test_file_that_was_ended_says_why(ending: Ending, status: int) -> None:
    assert errors.of_error(SessionEnded(ending)).status == status


@pytest.mark.parametrize(
    ("ending", "limit"),
    [
        (Ending.QUOTA_USED, "quota"),
        (Ending.CAP_REACHED, "spending_cap"),
        (Ending.KEY_QUOTA_USED, "key_quota"),
        (Ending.GRANT_USED, "granted_audio"),
        (Ending.SUSPENDED, "suspension"),
    ],
)
def test_file_that_a_limit_ended_names_it(ending: Ending, limit: str) -> None:
    """
    Quotas have one status, and are raised at different places.
    """
    assert json.loads(errors.of_error(SessionEnded(ending)).body(SessionId("r")))["limit"] == limit


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        (LimitName.SUSPENSION, 403, "INSUFFICIENT_PERMISSIONS"),
        (LimitName.QUOTA, 402, "ASR_PAYMENT_REQUIRED"),
        (LimitName.SPENDING_CAP, 402, "ASR_PAYMENT_REQUIRED"),
        (LimitName.KEY_QUOTA, 402, "ASR_PAYMENT_REQUIRED"),
        (LimitName.CONCURRENT_LIVE, 429, "TOO_MANY_REQUESTS"),
        (LimitName.CONCURRENT_FILES, 429, "TOO_MANY_REQUESTS"),
        (LimitName.REQUESTS_PER_MINUTE, 429, "TOO_MANY_REQUESTS"),
        (LimitName.OFFLINE_CAP, 503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_refusal_names_its_limit(name: LimitName, status: int, code: str) -> None:
    """
    A limit that is reached names itself.
    """
    open_ = {"open": 4, "allowed": 6} if name is LimitName.REQUESTS_PER_MINUTE else {}
    answer = errors.of_refusal(Refused(name, 10, 10, 2.2, **open_))

    assert (answer.status, answer.code) == (status, code)
    assert json.loads(answer.body(SessionId("r")))["limit"] == name.code
    if status == 429:
        policy, limit, remaining = {
            LimitName.CONCURRENT_LIVE: ('q=10;qu="concurrent-requests"', "10", "0"),
            LimitName.CONCURRENT_FILES: ('q=10;qu="concurrent-requests"', "10", "0"),
            LimitName.REQUESTS_PER_MINUTE: ("q=10;w=60", "6", "2"),
        }[name]
        assert answer.headers() == {
            "dg-error": answer.message,
            "Retry-After": "3",
            "RateLimit-Policy": f'"{name.code}";{policy}',
            "RateLimit": f'"{name.code}";r=0;t=3',
            "X-RateLimit-Limit": limit,
            "X-RateLimit-Remaining": remaining,
            "X-RateLimit-Reset": "3",
        }
        assert str(name) in answer.message


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "Bad Request"), (405, "METHOD_NOT_ALLOWED"), (502, "INTERNAL_SERVER_ERROR")],
)
def test_aiohttps_own_errors_get_our_body(status: int, code: str) -> None:
    """
    Errors made elsewhere are put into our words.
    """
    assert errors.of_status(status, "x").code == code


def test_messages_cannot_break_the_dg_error_header() -> None:
    """
    Whatever a caller sent.
    """
    header = errors.HttpError(400, "c", "ä\r\nSet-Cookie: x" + "y" * 600).headers()["dg-error"]

    assert header.startswith("   Set-Cookie: xyy")
    assert len(header) == 500
