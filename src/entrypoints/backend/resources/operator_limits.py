"""For operators of the platform: the limits of any organisation."""

import attrs

from aldea_core.domain.access.audit import changed
from aldea_core.domain.access.limits import Limits
from aldea_core.ports.accounts import Accounts
from aldea_core.use_cases.billing.reset_limits import ResetLimits
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import OPERATOR, Operation, Resource, Wanted
from entrypoints.backend.resources.limits import Count, LimitsDocument, Much
from entrypoints.backend.resources.operator import org_of


class AllLimits(Wanted, frozen=True, kw_only=True):
    """All limits; null is unlimited, and 0 allows nothing."""

    concurrent_live: Count
    concurrent_files: Count
    requests_per_minute: Count | None
    request_burst: Count
    quota_ms: Much | None
    max_upload_bytes: Much
    max_file_seconds: Count
    max_live_seconds: Count

    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in self.__struct_fields__})


@attrs.frozen
class OperatorLimitRoutes(Resource):
    TAG = "Operators"

    accounts: Accounts
    reset_limits: ResetLimits

    @Operation("GET", "/v1/operator/orgs/{org}/limits", OPERATOR, "Show any organisation's limits")
    async def get_known_limits(self, call: Call) -> LimitsDocument:
        return LimitsDocument.of((await org_of(self.accounts, call)).limits)

    @Operation(
        "PUT",
        "/v1/operator/orgs/{org}/limits",
        OPERATOR,
        "Set limits",
        body=AllLimits,
        action="limits.changed",
        current=get_known_limits,
    )
    async def put_limits(self, call: Call) -> LimitsDocument:
        org = await org_of(self.accounts, call)
        limits = call.body(AllLimits).limits()
        await self.accounts.set_limits(org.id, limits)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)

    @Operation(
        "DELETE",
        "/v1/operator/orgs/{org}/limits",
        OPERATOR,
        "Set limits back to the plan's",
        action="limits.changed",
        current=get_known_limits,
        about="They follow the plan again, also when it changes.",
    )
    async def delete_limits(self, call: Call) -> LimitsDocument:
        org = await org_of(self.accounts, call)
        limits = await self.reset_limits(org.id)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)
