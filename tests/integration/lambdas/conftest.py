"""Real servers for the Lambdas."""

from tests.servers.postgres import postgres, postgres_url
from tests.servers.sqs import sqs


__all__ = ["postgres", "postgres_url", "sqs"]
