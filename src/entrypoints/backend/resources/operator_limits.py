"""For operators of the platform: the limits of any organisation."""

from collections.abc import Sequence
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import changed
from aldea_core.domain.access.limits import Limits
from aldea_core.ports.accounts import Accounts
from aldea_core.use_cases.billing.reset_limits import ResetLimits
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import OPERATOR, Route, Wanted
from entrypoints.backend.resources.limits import LimitsDocument
from entrypoints.backend.resources.operator import TAG, org_of


_Count = Annotated[int, Meta(ge=0, le=10**6)]
_Much = Annotated[int, Meta(ge=0, le=10**15)]


class AllLimits(Wanted, frozen=True, kw_only=True):
    """All limits; null is unlimited, and 0 allows nothing."""

    concurrent_live: _Count
    concurrent_files: _Count
    requests_per_minute: _Count | None
    request_burst: _Count
    quota_ms: _Much | None
    max_upload_bytes: _Much
    max_file_seconds: _Count
    max_live_seconds: _Count

    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in self.__struct_fields__})


@attrs.frozen
class OperatorLimitRoutes:
    accounts: Accounts
    reset_limits: ResetLimits

    async def get_known_limits(self, call: Call) -> LimitsDocument:
        return LimitsDocument.of((await org_of(self.accounts, call)).limits)

    async def put_limits(self, call: Call) -> LimitsDocument:
        org = await org_of(self.accounts, call)
        limits = call.body(AllLimits).limits()
        await self.accounts.set_limits(org.id, limits)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)

    async def delete_limits(self, call: Call) -> LimitsDocument:
        org = await org_of(self.accounts, call)
        limits = await self.reset_limits(org.id)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)

    def routes(self) -> Sequence[Route]:
        path = "/v1/operator/orgs/{org}/limits"
        return (
            Route(
                "GET",
                path,
                self.get_known_limits,
                OPERATOR,
                TAG,
                "Show any organisation's limits",
                answer=LimitsDocument,
            ),
            Route(
                "PUT",
                path,
                self.put_limits,
                OPERATOR,
                TAG,
                "Set limits",
                body=AllLimits,
                answer=LimitsDocument,
                action="limits.changed",
                current=self.get_known_limits,
            ),
            Route(
                "DELETE",
                path,
                self.delete_limits,
                OPERATOR,
                TAG,
                "Set limits back to the plan's",
                answer=LimitsDocument,
                action="limits.changed",
                current=self.get_known_limits,
                about="They follow the plan again, also when it changes.",
            ),
        )
