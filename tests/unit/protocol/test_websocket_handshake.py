"""The handshake of a WebSocket."""

from aldea_core.protocol.websocket_handshake import accept_of


def test_accept_key_of_the_rfcs_example():
    """
    RFC 6455, 1.3.
    """
    assert accept_of(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
