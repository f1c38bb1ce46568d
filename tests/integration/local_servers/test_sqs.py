"""Aldea's own SQS server."""

import stat

import pytest

from adapters.local_servers.server import CannotStart
from adapters.local_servers.sqs import LocalSqs


def test_missing_moto_is_named(tmp_path, monkeypatch):
    """
    One line says what to install.
    """
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(CannotStart, match=r"pip install 'aldea\[full\]'"):
        LocalSqs(tmp_path / "sqs").start()


@pytest.mark.slow
def test_queue_needs_the_access_key(tmp_path):
    """
    Without it no message is sent or received.
    """
    import boto3

    from botocore.exceptions import ClientError

    server = LocalSqs(tmp_path / "sqs")
    server.start()
    try:
        url = server.create_queue("mine")
        session = boto3.Session("local", "local", region_name="us-east-1")
        other = session.client("sqs", endpoint_url=server.url)

        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            other.send_message(QueueUrl=url, MessageBody="forged")
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            other.receive_message(QueueUrl=url)
        assert "Messages" not in server.connection().receive_message(QueueUrl=url)
        assert stat.S_IMODE((server.folder / "access_key").stat().st_mode) == 0o600
    finally:
        server.stop()
