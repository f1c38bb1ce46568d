"""Questions about many orgs: if what Redis holds of one is damaged, the others' are answered."""

from collections.abc import Sequence
from typing import Any

import structlog

from adapters.redis.client import RedisClient, redis_errors_as_ours
from adapters.redis.error_texts import is_damage
from aldea_core.domain.errors import Unavailable


log = structlog.get_logger()


async def ask_each(client: RedisClient, questions: Sequence[tuple[str, ...]]) -> Sequence[Any]:
    """
    As `RedisClient.ask_all`, but an error about damaged data (`is_damage`) is a reply. Only for
    commands that may be repeated.
    """
    if len(questions) < 2:
        try:
            return await client.ask_all(questions)
        except Unavailable as error:
            if not is_damage(error.__cause__):
                raise
            return [error.__cause__]
    with redis_errors_as_ours():
        pipeline = client.connection.pipeline(transaction=False)
        for question in questions:
            pipeline.execute_command(*question)
        replies: Sequence[Any] = await pipeline.execute(raise_on_error=False)
    if any(isinstance(reply, Exception) and not is_damage(reply) for reply in replies):
        return await client.ask_all(questions)  # which learns where the nodes of a cluster are now
    return replies


def is_intact(reply: object, **whose: str) -> bool:
    """Whether *reply* is no error about damaged data. Damage is logged, with *whose* data they are."""
    if not is_damage(reply):
        return True
    log.warning("data cannot be read", **whose)
    return False
