"""
Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`.

Source: https://platform.openai.com/docs/guides/error-codes. The status is that of the public
protocol; OpenAI's clients decide by it.
"""

import json

from aldea_core.domain.errors import BadRequest
from aldea_core.protocol.deepgram.errors import HttpError


_CODES = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    403: "insufficient_permissions",
    404: "not_found",
    405: "method_not_allowed",
    413: "file_too_large",
    415: "unsupported_media_type",
    429: "rate_limit_exceeded",
}


def body_of(worded: HttpError, error: Exception) -> bytes:
    """
    Args:
        error: What *worded* is the response for; it may name a field.
    """
    field = error.field if isinstance(error, BadRequest) else ""
    return json.dumps(
        {
            "error": {
                "message": worded.message,
                "type": _type(worded.status),
                "param": field or None,
                "code": _CODES.get(worded.status),
            },
        }
    ).encode()


def _type(status: int) -> str:
    if status >= 500:
        return "server_error"
    return "rate_limit_error" if status == 429 else "invalid_request_error"
