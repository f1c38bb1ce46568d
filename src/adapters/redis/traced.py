"""Writes of orgs as steps of a trace."""

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.ports.keystore import OrgMirror
from aldea_core.ports.tracing import SpanKind, Tracer


_REDIS = {"db.system.name": "redis"}


@final
@attrs.frozen
class TracedMirror(OrgMirror):
    """
    Writes one org, or removes it, in a step of its own. Of many orgs at once each has another trace,
    or none.
    """

    mirror: OrgMirror
    tracer: Tracer

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        with self.tracer.span("put org", SpanKind.CLIENT, attributes=_REDIS):
            return await self.mirror.put(snapshot)

    @override
    async def put_all(self, snapshots: Sequence[OrgSnapshot]) -> int:
        return await self.mirror.put_all(snapshots)

    @override
    async def remove(self, org: OrgId, version: int) -> bool:
        with self.tracer.span("remove org", SpanKind.CLIENT, attributes=_REDIS):
            return await self.mirror.remove(org, version)
