"""Counts of refused sessions: a hash of each org and day, which the script of admissions raises."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from adapters.redis.client import RedisClient, redis_errors_as_ours
from aldea_core.domain.access.meters import day_of
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId


_DAY = timedelta(days=1)


def refusals_key(org: OrgId, day: str) -> str:
    return f"live:{{{org}}}:refused:{day}"


async def read_refusals(client: RedisClient, orgs: Iterable[OrgId], at: datetime) -> list[Refusals]:
    """The counts of *orgs* on the day of *at* and on the day before."""
    asked = [(org, day) for org in orgs for day in (day_of(at - _DAY), day_of(at))]
    with redis_errors_as_ours():
        pipeline = client.connection.pipeline(transaction=False)
        for org, day in asked:
            pipeline.hgetall(refusals_key(org, day))
        answers = await pipeline.execute()
    return [
        refusals
        for (org, day), counts in zip(asked, answers, strict=True)
        for refusals in _refusals_of(org, day, counts)
    ]


def _refusals_of(org: OrgId, day: str, counts: Mapping[str, str]) -> list[Refusals]:
    found = []
    for field, count in counts.items():
        key, _, code = field.rpartition(" ")
        if key:  # a field without a key id is the last refused session
            found.append(Refusals(org, KeyId(key), date.fromisoformat(day), code, int(count)))
    return found
