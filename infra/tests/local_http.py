"""HTTP services on this machine: a port for one, and whether it answers."""

import socket
import urllib.error
import urllib.request


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def status_of(url: str) -> int:
    """The status of its answer; 0 if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0
