"""Counts of refused sessions: a hash of each org and day, which the script of admissions raises."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from adapters.redis.client import RedisClient
from adapters.redis.damage import ask_each, is_intact
from aldea_core.domain.access.meters import day_of
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId


_DAY = timedelta(days=1)


def refusals_key(org: OrgId, day: str) -> str:
    return f"live:{{{org}}}:refused:{day}"


async def read_refusals(client: RedisClient, orgs: Iterable[OrgId], at: datetime) -> list[Refusals]:
    """The counts of *orgs* on the day of *at* and on the day before."""
    asked = [(org, day) for org in orgs for day in (day_of(at - _DAY), day_of(at))]
    answers = await ask_each(client, [("HGETALL", refusals_key(org, day)) for org, day in asked])
    return [
        refusals
        for (org, day), counts in zip(asked, answers, strict=True)
        if is_intact(counts, org_id=org)
        for refusals in _refusals_of(org, day, counts)
    ]


def _refusals_of(org: OrgId, day: str, counts: Mapping[str, str]) -> list[Refusals]:
    found = []
    for field, count in counts.items():
        key, _, code = field.rpartition(" ")
        # A field without a key id is the last refused session. A count that is damaged counts none.
        if key and count.isdigit():
            found.append(Refusals(org, KeyId(key), date.fromisoformat(day), code, int(count)))
    return found
