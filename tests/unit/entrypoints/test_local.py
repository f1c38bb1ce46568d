"""What servers of our own have in common before any of them runs."""

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


def test_a_secret_is_the_same_for_all(tmp_path):
    """
    Also for those that ask while it is made up; none of them finds half of it, and nothing of the
    making is left.
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


def test_ports_are_nobody_else_s(tmp_path):
    """
    None is given twice, and none is among those that connections are given meanwhile, where Linux
    says which these are; nor is what a Redis cluster needs beside its ports.
    """
    nodes = [node.port for _ in range(10) for node in LocalRedisCluster(tmp_path).nodes]
    ports = [*nodes, *(port + 10_000 for port in nodes), *(free_port() for _ in range(100))]

    assert len(ports) == len(set(ports))
    assert min(ports) >= 10_000
    assert max(ports) < 32_768


def test_port_is_not_given_to_another_process(monkeypatch):
    """
    Though nobody listens there yet, and the other one begins at the same place; a server can.
    """
    last = free_port()
    begin = last + 1 - server._LOWEST_PORT
    monkeypatch.setattr(server, "_TURNS", itertools.count(begin))
    ours = free_port()
    monkeypatch.setattr(server, "_TURNS", itertools.count(begin))

    assert free_port() != ours
    with socket.create_server(("127.0.0.1", ours)):
        pass


def test_a_port_that_is_taken_is_passed_over():
    """
    So is one whose counterpart is taken, if it has to have one.
    """
    last = free_port()
    with socket.create_server(("127.0.0.1", last + 1)):
        assert free_port() != last + 1

    last = free_port()
    with socket.create_server(("127.0.0.1", last + 10_001)):
        assert free_port(10_000) != last + 1
