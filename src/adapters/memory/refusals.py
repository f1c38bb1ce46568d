"""Refused requests by org, key, day and reason, in memory."""

from collections.abc import Sequence
from datetime import date
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.ports.refusals import RefusalLedger


@final
@attrs.frozen
class MemoryRefusalLedger(RefusalLedger):
    _known: dict[tuple[OrgId, KeyId, date, str], Refusals] = attrs.field(
        factory=dict, init=False, repr=False
    )

    @override
    async def record(self, refusals: Sequence[Refusals]) -> None:
        for each in refusals:
            name = (each.org, each.key, each.day, each.reason)
            known = self._known.get(name)
            if known is None or known.count < each.count:
                self._known[name] = each

    @override
    async def refusals(self, org: OrgId, *, since: date, until: date) -> Sequence[Refusals]:
        found = [
            each for each in self._known.values() if each.org == org and since <= each.day <= until
        ]
        found.sort(key=lambda each: (each.key, each.reason))
        return sorted(found, key=lambda each: each.day, reverse=True)
