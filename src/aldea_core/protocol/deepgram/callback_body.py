"""The body of a callback: the complete response, with the caller's metadata."""

from aldea_core.domain.transcripts.options import Callback


def with_metadata(body: bytes, callback: Callback) -> bytes:
    """
    *body* with the `metadata` parameter added as `callback_metadata`.

    An hour's transcript is not parsed for it: the metadata are put before the object's end.
    """
    if callback.metadata is None:
        return body
    fields = body.rstrip().removesuffix(b"}")
    comma = b"" if fields.strip() == b"{" else b","
    return fields + comma + b'"callback_metadata":' + callback.metadata.encode() + b"}"
