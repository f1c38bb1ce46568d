"""
Comparing Redis with PostgreSQL, page by page.

An org that is just changing differs for a moment, so whoever differs is looked at again some seconds
later, and only what still differs is told.
"""

import asyncio

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import structlog

from aldea_core.domain.differences import Difference
from aldea_core.domain.ids import OrgId
from entrypoints.back_office import BackOffice
from entrypoints.lambdas.events import BadEvent, Context


_SPARE_MS = 60_000
_LATER_SECONDS = 2.0
# More than a person reads; the rest is counted.
_MOST_SHOWN = 1000
_MOST_SUSPECTS = 10_000
_AT_ONCE = 10

log = structlog.get_logger()


@attrs.define
class _Comparing:
    """How far it is, and what was found so far; the same in every answer."""

    after: OrgId | None = None
    orgs: int = 0
    keys: int = 0
    drift: dict[str, int] = attrs.field(factory=dict)


async def verify(
    office: BackOffice,
    cursor: Mapping[str, Any],
    context: Context,
    tell: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """
    Raises:
        BadEvent: The cursor is none of ours.
        Unavailable: A store does not answer.
    """
    try:
        at = _Comparing(**cursor)
    except TypeError:
        raise BadEvent("The cursor is none of ours.") from None
    compare = office.compare_orgs()
    suspects: list[OrgId] = []
    is_done = False
    while not is_done and len(suspects) < _MOST_SUSPECTS:
        page = await compare(at.after)
        at.orgs += page.orgs
        at.keys += page.keys
        at.after = page.last or at.after
        suspects += page.suspects
        is_done = page.last is None
        tell({"orgs": at.orgs, "keys": at.keys, "suspects": len(suspects)})
        if context.get_remaining_time_in_millis() < _SPARE_MS:
            break
    found = await _look_again(office, suspects, with_strangers=is_done)
    drift = Counter(at.drift) + Counter(each.kind.value for each in found)
    for each in found:
        log.warning("drift", kind=each.kind.value, org=each.org, detail=each.detail)
    said = {
        "done": is_done,
        "orgs": at.orgs,
        "keys": at.keys,
        "drift": dict(drift),
        "differences": [
            {"kind": each.kind.value, "org": each.org, "detail": each.detail}
            for each in found[:_MOST_SHOWN]
        ],
    }
    if not is_done:
        said["cursor"] = attrs.asdict(attrs.evolve(at, drift=dict(drift)))
    return said


async def _look_again(
    office: BackOffice,
    suspects: Sequence[OrgId],
    *,
    with_strangers: bool,
) -> list[Difference]:
    compare, strangers = office.compare_orgs(), office.list_strangers()
    unknown = await strangers.orgs() if with_strangers else []
    if suspects or unknown:
        await asyncio.sleep(_LATER_SECONDS)
    room = asyncio.Semaphore(_AT_ONCE)

    async def look(org: OrgId) -> Sequence[Difference]:
        async with room:
            return await compare.look_again(org)

    looked = await asyncio.gather(*(look(org) for org in suspects))
    found = [difference for differences in looked for difference in differences]
    if with_strangers:
        found += await strangers.look_again(list(dict.fromkeys(unknown)))
        found += await strangers.keys()
    return found
