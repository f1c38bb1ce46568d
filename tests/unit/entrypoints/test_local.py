"""Secrets and ports of local servers."""

import itertools
import socket
import stat

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from adapters.local_servers import server
from adapters.local_servers.redis_cluster import LocalRedisCluster
from adapters.local_servers.server import free_port, kept_secret


_ASKING = 16
_ROUNDS = 50


def test_secret_is_created_once(tmp_path):
    """
    Concurrent callers get the same whole secret, and no temporary file is left.
    """
    transaction = Barrier(_ASKING)

    def ask(path):
        transaction.wait()
        return kept_secret(path)

    with ThreadPoolExecutor(_ASKING) as threads:
        for n in range(_ROUNDS):
            path = tmp_path / str(n) / "password"
            (secret,) = set(threads.map(ask, [path] * _ASKING))

            assert len(secret) == 32
            assert secret == kept_secret(path)
            assert list(path.parent.iterdir()) == [path]
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_ports_are_unique(tmp_path):
    """
    None is given twice, none is in Linux's ephemeral range, and neither are a Redis cluster's
    bus ports.
    """
    nodes = [node.port for _ in range(10) for node in LocalRedisCluster(tmp_path).nodes]
    ports = [*nodes, *(port + 10_000 for port in nodes), *(free_port() for _ in range(100))]

    assert len(ports) == len(set(ports))
    assert min(ports) >= 10_000
    assert max(ports) < 32_768


def test_port_is_reserved_across_processes(monkeypatch):
    """
    Though no server listens on it yet; a server can bind it.
    """
    last = free_port()
    begin = last + 1 - server._LOWEST_PORT
    monkeypatch.setattr(server, "_TURNS", itertools.count(begin))
    ours = free_port()
    monkeypatch.setattr(server, "_TURNS", itertools.count(begin))

    assert free_port() != ours
    with socket.create_server(("127.0.0.1", ours)):
        pass


def test_taken_port_is_skipped():
    """
    So is one whose bus port is taken, if the server needs one.
    """
    last = free_port()
    with socket.create_server(("127.0.0.1", last + 1)):
        assert free_port() != last + 1

    last = free_port()
    with socket.create_server(("127.0.0.1", last + 10_001)):
        assert free_port(10_000) != last + 1
