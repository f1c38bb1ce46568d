"""Compare the gateways' copy with the database, a page at a time, in both directions."""

from collections.abc import AsyncGenerator, Mapping, Sequence

import attrs

from aldea_core.domain.drift import Drift, drift_of
from aldea_core.domain.ids import OrgId
from aldea_core.domain.orgs import OrgSnapshot
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Holdings


_PAGE = 500


@attrs.frozen
class Compared:
    """
    One page of orgs.

    Attributes:
        suspects: Which of them differ at one look; `repair_drift` looks again.
    """

    orgs: Sequence[OrgSnapshot]
    suspects: Mapping[OrgId, Drift]


@attrs.frozen
class FindDrift:
    """Looks at every org that the database knows."""

    pages: OrgPages
    holdings: Holdings
    clock: Clock

    async def __call__(self) -> AsyncGenerator[Compared, None]:
        """
        Page by page.

        Raises:
            Unavailable: A store does not answer.
        """
        last: OrgId | None = None
        while True:
            now = self.clock.now()
            page = await self.pages.snapshots(last, _PAGE, at=now)
            if not page:
                return
            held = await self.holdings.held(snapshot.org for snapshot in page)
            found = {each.org: drift_of(each, held.get(each.org), at=now) for each in page}
            yield Compared(page, {org: drift for org, drift in found.items() if drift is not None})
            last = page[-1].org


@attrs.frozen
class FindSurplus:
    """Looks at every org that the gateways know."""

    pages: OrgPages
    holdings: Holdings

    async def __call__(self) -> AsyncGenerator[tuple[Sequence[OrgId], Sequence[OrgId]], None]:
        """
        Page by page: who is there, and who of them the database does not know. Some are met again.

        Raises:
            Unavailable: A store does not answer.
        """
        async for page in self.holdings.orgs():
            known = await self.pages.versions(page)
            unknown = [org for org in page if org not in known]
            held = await self.holdings.held(unknown)
            yield page, [org for org in unknown if org in held and held[org].is_surplus]
