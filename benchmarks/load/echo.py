"""
Echoes one connection: `python -m benchmarks.load.echo`. Prints its port.

The time it takes depends on the machine only, and on what else runs on it.
"""

import json
import socket

from benchmarks.machine import OTHER_CORES, use_core


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(json.dumps(server.getsockname()[1]), flush=True)
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(65_536):
                connection.sendall(data)


if __name__ == "__main__":
    use_core(OTHER_CORES)
    main()
