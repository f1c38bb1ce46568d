"""
Has the function redis-seeder write every org to Redis, or some, and invokes it again until it is done.

    python infra/scripts/seed_redis.py --prefix prod-ws-proxy [--org ORG …]
"""

import argparse
import json

from typing import Any

import boto3

from botocore.config import Config


_MOST_CALLS = 200  # of fifteen minutes each
_MOST_SECONDS = 15 * 60 + 30


class SeedError(Exception):
    """The function failed, or does not come to an end."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n\n")[0])
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--org", action="append", default=[])
    arguments = parser.parse_args()
    try:
        # The client would ask again after a minute, and a second seeder would be refused.
        patient = Config(read_timeout=_MOST_SECONDS, retries={"total_max_attempts": 1})
        functions = boto3.client("lambda", config=patient)
        seed(functions, f"{arguments.prefix}-redis-seeder", arguments.org)
    except SeedError as error:
        raise SystemExit(f"seed_redis: {error}") from None


def seed(functions: Any, name: str, orgs: list[str]) -> list[dict[str, Any]]:
    """
    Invokes the function until it is done; its answers.

    Raises:
        SeedError: It failed, or does not come to an end.
    """
    event: dict[str, Any] = {"org_ids": orgs} if orgs else {"seed_all": True}
    answers = []
    for _ in range(_MOST_CALLS):
        reply = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        answer = json.loads(reply["Payload"].read() or "{}")
        if reply.get("FunctionError"):
            raise SeedError(f"{name}: {answer.get('errorMessage', answer)}")
        answers.append(answer)
        print(json.dumps({key: value for key, value in answer.items() if key != "cursor"}))
        for what in ("failed", "unknown"):
            if found := answer.get(what):
                raise SeedError(f"{what}: {', '.join(found)}")
        if answer.get("done", True):
            return answers
        event = {**event, "cursor": answer["cursor"]}
    raise SeedError(f"{name} is not done after {_MOST_CALLS} calls")


if __name__ == "__main__":
    main()
