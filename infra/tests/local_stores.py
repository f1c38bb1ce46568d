"""
Real stores for tests of the infrastructure. Run by the Python that has Aldea in it:

    .venv/bin/python infra/tests/local_stores.py FOLDER

Prints their addresses as a line of JSON, and stops them when standard input ends.
"""

import asyncio
import json
import sys

from pathlib import Path

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.redis_cluster import LocalRedisCluster
from adapters.local_servers.sqs import LocalSqs


def main() -> None:
    folder = Path(sys.argv[1])
    postgres, redis = LocalPostgres(folder / "postgres"), LocalRedisCluster(folder / "redis")
    sqs = LocalSqs(folder / "sqs")
    servers = (postgres, redis, sqs)
    try:
        for server in servers:
            server.start()
        redis.form()
        addresses = {
            "database_url": asyncio.run(postgres.create_database("aldea")),
            "redis_url": redis.url,
            "queue_url": sqs.create_queue("production"),
            "credentials": dict(sqs.credentials),
        }
        print(json.dumps(addresses), flush=True)
        sys.stdin.read()
    finally:
        for server in reversed(servers):
            server.stop()


if __name__ == "__main__":
    main()
