"""What an organisation owes so far this month, and its spending cap."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.ids import OrgId
from aldea_core.ports.plans import Subscriptions
from aldea_core.use_cases.billing.fit_caps import SetCap
from aldea_core.use_cases.billing.show_charges import ShowCharges
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    Wanted,
    for_members,
    for_owners,
)
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.money_documents import (
    Amount,
    CapDocument,
    Currency,
    LineDocument,
    Minor,
    MonthText,
    PlanDocument,
)


class ChargesDocument(Document, frozen=True, kw_only=True):
    """What would be owed for this month if it ended now."""

    month: MonthText
    until_at: Moment
    plan: PlanDocument
    lines: list[LineDocument]
    total: Minor
    currency: Currency
    cap: CapDocument


class NewCap(Wanted, frozen=True, kw_only=True):
    amount: Amount | None
    currency: (
        Annotated[str, Meta(max_length=3, description="If given, it must be the plan's.")] | None
    ) = None


@attrs.frozen
class SpendingRoutes(Resource):
    TAG = "Plans and charges"

    subscriptions: Subscriptions
    set_cap: SetCap
    show_charges: ShowCharges

    @Operation(
        "GET",
        "/v1/orgs/{org}/charges",
        for_members("billing:read"),
        "Show what is owed so far this month",
    )
    async def get_charges(self, call: Call) -> ChargesDocument:
        return await self._charges(call.org.id)

    @Operation(
        "GET",
        "/v1/orgs/{org}/spending-cap",
        for_members("billing:read"),
        "Show what is to be spent at most in a month",
    )
    async def get_cap(self, call: Call) -> CapDocument:
        return await self._cap(call.org.id)

    async def _charges(self, org: OrgId) -> ChargesDocument:
        charges = await self.show_charges(org)
        currency = charges.plan.currency
        return ChargesDocument(
            month=str(charges.month),
            until_at=charges.until,
            plan=PlanDocument.of(charges.plan),
            lines=[LineDocument.of(line) for line in charges.lines],
            total=charges.total,
            currency=currency,
            cap=CapDocument.of(await self.subscriptions.cap(org), charges),
        )

    @Operation(
        "PUT",
        "/v1/orgs/{org}/spending-cap",
        for_owners(),
        "Set or remove what is to be spent at most in a month",
        body=NewCap,
        action="cap.set",
        current=get_cap,
        about="Audio beyond it is refused with 402, within seconds; all of it if `is_reached`. The ETag "
        "does not change with usage.",
    )
    async def put_cap(self, call: Call) -> CapDocument:
        return await self._set_cap(call, call.org.id)

    @Operation(
        "GET",
        "/v1/operator/orgs/{org}/charges",
        OPERATOR,
        "Show an organisation's plan, and what it owes so far this month",
        tag="Operators",
    )
    async def get_charges_of(self, call: Call) -> ChargesDocument:
        return await self._charges(OrgId(call.path["org"]))

    @Operation(
        "PUT",
        "/v1/operator/orgs/{org}/spending-cap",
        OPERATOR,
        "Set or remove an organisation's spending cap",
        tag="Operators",
        body=NewCap,
        action="cap.set",
    )
    async def put_cap_of(self, call: Call) -> CapDocument:
        return await self._set_cap(call, OrgId(call.path["org"]))

    async def _cap(self, org: OrgId) -> CapDocument:
        return CapDocument.of(await self.subscriptions.cap(org), await self.show_charges(org))

    async def _set_cap(self, call: Call, org: OrgId) -> CapDocument:
        before, wanted = await self._cap(org), call.body(NewCap)
        if wanted.currency not in {None, before.currency}:
            raise invalid("currency", f"Must be the plan's, {before.currency}.")
        await self.set_cap(org, wanted.amount)
        after = await self._cap(org)
        call.note(org, _facts(before), _facts(after), org=org)
        return after


def _facts(cap: CapDocument) -> Facts:
    return {"amount": cap.amount, "currency": cap.currency}
