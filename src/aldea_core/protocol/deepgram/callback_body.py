"""The body of a callback: the complete response, with the caller's metadata."""

import json

from aldea_core.domain.transcripts.options import Callback


def with_metadata(body: bytes, callback: Callback) -> bytes:
    """*body* with the `metadata` parameter added as `callback_metadata`."""
    if callback.metadata is None:
        return body
    answer = json.loads(body)
    answer["callback_metadata"] = json.loads(callback.metadata)
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
