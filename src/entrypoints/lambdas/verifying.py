"""
Compares Redis with PostgreSQL, page by page.

An org that is just changing differs for a moment, so orgs that differ are compared again some
seconds later, and only those that still differ are reported.
"""

import asyncio

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import attrs
import structlog

from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import Difference
from entrypoints.containers.services import Services
from entrypoints.lambdas.events import Context, progress_of


_SPARE_MS = 60_000
_LATER_SECONDS = 2.0
# Further differences are only counted.
_MOST_SHOWN = 1000
_MOST_SUSPECTS = 10_000

log = structlog.get_logger()


@attrs.define
class _Comparing:
    """Progress and findings so far, carried by the cursor."""

    after: OrgId | None = None
    orgs: int = 0
    keys: int = 0
    drift: dict[str, int] = attrs.field(factory=dict)


async def verify(
    services: Services,
    cursor: Mapping[str, Any],
    context: Context,
    report: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """
    Raises:
        BadEvent: The cursor is malformed.
        Unavailable: A store does not answer.
    """
    at = progress_of(cursor, _Comparing)
    suspects: list[OrgId] = []
    is_done = True
    async with aclosing(services.sync.compare_orgs()(at.after)) as pages:
        async for page in pages:
            at.orgs += len(page.orgs)
            at.keys += sum(len(snapshot.keys) for snapshot in page.orgs)
            at.after = page.orgs[-1].org
            suspects += page.suspects
            report({"orgs": at.orgs, "keys": at.keys, "suspects": len(suspects)})
            is_short = context.get_remaining_time_in_millis() < _SPARE_MS
            if is_short or len(suspects) >= _MOST_SUSPECTS:
                is_done = False
                break
    found, is_refused = await _look_again(services, suspects, with_orphans=is_done)
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
    if is_refused:
        said["too_many_orphans"] = True
    if not is_done:
        said["cursor"] = attrs.asdict(attrs.evolve(at, drift=dict(drift)))
    return said


async def _look_again(
    services: Services,
    suspects: Sequence[OrgId],
    *,
    with_orphans: bool,
) -> tuple[list[Difference], bool]:
    """What still differs, and whether there are too many orphans to remove."""
    compare, keys = services.sync.compare_orgs(), services.sync.orphan_keys()
    orgs = await compare.orphan_orgs() if with_orphans else None
    orphan_keys = await compare.orphan_keys() if with_orphans else None
    again = list(dict.fromkeys([*suspects, *(orgs.found if orgs else ())]))
    if again:
        await asyncio.sleep(_LATER_SECONDS)
    found = [each for org in await compare.now(again) for each in org.differences]
    if orphan_keys is not None:
        found += [key.difference for key in await keys.still(orphan_keys.found)]
    return found, any(each is not None and each.are_too_many for each in (orgs, orphan_keys))
