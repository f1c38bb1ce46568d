"""The handshake of a WebSocket."""

from aldea_core.protocol.websocket_handshake import accept_of


def test_the_example_of_the_standard():
    """
    RFC 6455, 1.3.
    """
    assert accept_of(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
