"""For operators of the platform: all organisations, and their limits."""

import enum

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts, changed
from aldea_core.domain.access.keys import KeySecret
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.org_search import OrgSearch
from aldea_core.use_cases.access.change_status import ChangeStatus
from aldea_core.use_cases.billing.reset_limits import ResetLimits
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, cursor_to, moment_and_id
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Route, Wanted
from entrypoints.backend.pipeline.texts import Text
from entrypoints.backend.resources.audit import AuditPage, AuditQuery, audit_page
from entrypoints.backend.resources.limits import LimitsDocument


_TAG = "Operators"


class Status(enum.Enum):
    ACTIVE = OrgStatus.ACTIVE.value
    SUSPENDED = OrgStatus.SUSPENDED.value


class KnownOrg(Document, frozen=True, kw_only=True):
    """An organisation, as operators see it."""

    id: str
    name: str
    status: Status
    suspension_reason: str | None
    created: datetime
    limits: LimitsDocument

    @classmethod
    def of(cls, org: Org) -> "KnownOrg":
        return cls(
            id=org.id,
            name=org.name,
            status=Status(org.status.value),
            suspension_reason=org.suspension_reason or None,
            created=org.created,
            limits=LimitsDocument.of(org.limits),
        )


class KnownOrgList(Document, frozen=True, kw_only=True):
    items: list[KnownOrg]
    next: str | None


class OrgQuery(PageQuery, frozen=True, kw_only=True):
    """Which organisations."""

    search: Annotated[
        Text,
        Meta(
            description="Part of the organisation's name, or of a member's name or address; or the "
            "whole id, or the whole hint of a key."
        ),
    ] = ""
    status: Status | None = None


class NewStatus(Wanted, frozen=True, kw_only=True):
    status: Status
    reason: Annotated[
        Text, Meta(description="Of the suspension, for its members; of its lifting, for the log.")
    ] = ""


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
class OperatorRoutes:
    accounts: Accounts
    org_search: OrgSearch
    audit: AuditLog
    change_status: ChangeStatus
    reset_limits: ResetLimits

    async def get_known_orgs(self, call: Call) -> KnownOrgList:
        query = call.query(OrgQuery)
        place = moment_and_id(query.cursor)
        after = None if place is None else (place[0], OrgId(place[1]))
        if KeySecret.parse(query.search) is not None:
            raise invalid("search", "Send the hint of a key, its first characters: not the key.")
        found = await self.org_search.find(
            query.search,
            status=None if query.status is None else OrgStatus(query.status.value),
            after=after,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        last = page[-1] if len(found) > len(page) else None
        return KnownOrgList(
            items=[KnownOrg.of(org) for org in page],
            next=None if last is None else cursor_to((last.created, last.id)),
        )

    async def get_known_org(self, call: Call) -> KnownOrg:
        return KnownOrg.of(await self._org(call))

    async def patch_status(self, call: Call) -> KnownOrg:
        wanted, org = call.body(NewStatus), OrgId(call.path["org"])
        status = OrgStatus(wanted.status.value)
        before, after = await self.change_status(org, status, wanted.reason)
        call.note(
            org, _facts(before, before.suspension_reason), _facts(after, wanted.reason), org=org
        )
        return KnownOrg.of(after)

    async def get_known_limits(self, call: Call) -> LimitsDocument:
        return LimitsDocument.of((await self._org(call)).limits)

    async def put_limits(self, call: Call) -> LimitsDocument:
        org = await self._org(call)
        limits = call.body(AllLimits).limits()
        await self.accounts.set_limits(org.id, limits)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)

    async def delete_limits(self, call: Call) -> LimitsDocument:
        org = await self._org(call)
        limits = await self.reset_limits(org.id)
        call.note(org.id, *changed(org.limits, limits), org=org.id)
        return LimitsDocument.of(limits)

    async def get_known_audit(self, call: Call) -> AuditPage:
        org = await self._org(call)
        return await audit_page(self.audit, org.id, call.query(AuditQuery))

    async def _org(self, call: Call) -> Org:
        org = await self.accounts.org(OrgId(call.path["org"]))
        if org is None:
            raise NotFound("There is no such organisation.")
        return org

    def routes(self) -> Sequence[Route]:
        one = "/v1/operator/orgs/{org}"
        return (
            Route(
                "GET",
                "/v1/operator/orgs",
                self.get_known_orgs,
                OPERATOR,
                _TAG,
                "Find organisations",
                query=OrgQuery,
                answer=KnownOrgList,
            ),
            Route(
                "GET",
                one,
                self.get_known_org,
                OPERATOR,
                _TAG,
                "Show any organisation",
                answer=KnownOrg,
            ),
            Route(
                "PATCH",
                one,
                self.patch_status,
                OPERATOR,
                _TAG,
                "Suspend or activate an organisation",
                body=NewStatus,
                answer=KnownOrg,
                action="org.status_changed",
                current=self.get_known_org,
                about="Suspended, its keys open nothing, and its streams end within 5 seconds.",
            ),
            Route(
                "GET",
                one + "/limits",
                self.get_known_limits,
                OPERATOR,
                _TAG,
                "Show any organisation's limits",
                answer=LimitsDocument,
            ),
            Route(
                "PUT",
                one + "/limits",
                self.put_limits,
                OPERATOR,
                _TAG,
                "Set limits",
                body=AllLimits,
                answer=LimitsDocument,
                action="limits.changed",
                current=self.get_known_limits,
            ),
            Route(
                "DELETE",
                one + "/limits",
                self.delete_limits,
                OPERATOR,
                _TAG,
                "Set limits back to the plan's",
                answer=LimitsDocument,
                action="limits.changed",
                current=self.get_known_limits,
                about="They follow the plan again, also when it changes.",
            ),
            Route(
                "GET",
                one + "/audit",
                self.get_known_audit,
                OPERATOR,
                _TAG,
                "List what was changed in any organisation",
                query=AuditQuery,
                answer=AuditPage,
            ),
        )


def _facts(org: Org, reason: str) -> Facts:
    return {"status": org.status.value, **({"reason": reason} if reason else {})}
