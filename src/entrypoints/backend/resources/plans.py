"""Plans, and the one that an organisation is on."""

from collections.abc import Sequence
from typing import Annotated

import attrs

from msgspec import UNSET, Meta, UnsetType

from aldea_core.domain.access.audit import Facts, changed
from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.billing.money import proper_price
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.errors import BadRequest, existing
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.ports.plans import Plans
from aldea_core.use_cases.billing.add_plan import AddPlan
from aldea_core.use_cases.billing.archive_plan import ArchivePlan
from aldea_core.use_cases.billing.change_plan import ChangePlan
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.billing.show_plans import ShowPlans
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    SIGNED_IN_SOMEHOW,
    Document,
    Operation,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import CURRENCY, PRINTABLE, Name, whole
from entrypoints.backend.resources.limits import Count, Much
from entrypoints.backend.resources.money_documents import Amount, PlanDocument


_OPERATORS = "Operators"

_ID = whole("[a-z0-9][a-z0-9-]*", "Must be of small letters, digits, and -")
_PRICE = whole(r"[0-9]+(\.[0-9]+)?", "Must be a price, as 0.0043.")


class PlanList(Document, frozen=True, kw_only=True):
    items: list[PlanDocument]

    @classmethod
    def of(cls, plans: Sequence[Plan]) -> "PlanList":
        return cls(items=[PlanDocument.of(plan) for plan in plans])


class WantedPlan(Wanted, frozen=True, kw_only=True):
    plan: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ID)]


class NewPrice(Wanted, frozen=True, kw_only=True):
    kind: SessionKind
    a_minute: Annotated[
        str,
        Meta(min_length=1, max_length=20, pattern=_PRICE, description="0.0043"),
    ]
    model: Annotated[str, Meta(max_length=200, pattern=PRINTABLE)] = ""


class NewLimits(Wanted, frozen=True, kw_only=True):
    """Fields left out stay unchanged; null is unlimited, and 0 allows nothing."""

    concurrent_live: Count | UnsetType = UNSET
    concurrent_files: Count | UnsetType = UNSET
    requests_per_minute: Count | UnsetType | None = UNSET
    request_burst: Count | UnsetType = UNSET
    quota_ms: Much | UnsetType | None = UNSET
    max_upload_bytes: Much | UnsetType = UNSET
    max_file_seconds: Count | UnsetType = UNSET
    max_live_seconds: Count | UnsetType = UNSET

    def over(self, limits: Limits) -> Limits:
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return attrs.evolve(
            limits, **{name: value for name, value in named.items() if value is not UNSET}
        )


class NewPlan(Wanted, frozen=True, kw_only=True):
    id: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ID)]
    name: Name
    currency: Annotated[str, Meta(min_length=3, max_length=3, pattern=CURRENCY)]
    prices: Annotated[
        tuple[NewPrice, ...],
        Meta(
            min_length=2,
            max_length=100,
            description="One for `live` and one for `file`, and others for models.",
            examples=[
                [
                    {"kind": "live", "a_minute": "0.0077"},
                    {"kind": "file", "a_minute": "0.0043"},
                ]
            ],
        ),
    ]
    included_minutes: Count = 0
    monthly_fee: Amount = 0
    limits: NewLimits = NewLimits()
    org_id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=64,
                pattern=PRINTABLE,
                description="The only organisation it is offered to; null is all.",
            ),
        ]
        | None
    ) = None


class Offer(Wanted, frozen=True, kw_only=True):
    is_archived: bool


@attrs.frozen
class PlanRoutes(Resource):
    TAG = "Operators"

    plans: Plans
    show_plans: ShowPlans
    add_plan: AddPlan
    archive_plan: ArchivePlan
    change_plan: ChangePlan
    show_charges: ShowCharges

    @Operation(
        "GET",
        "/v1/plans",
        SIGNED_IN_SOMEHOW,
        "List the plans that every organisation is offered",
        tag="Plans and charges",
    )
    async def get_plans(self, call: Call) -> PlanList:
        return PlanList.of(await self.show_plans())

    @Operation(
        "GET",
        "/v1/orgs/{org}/plans",
        for_members("billing:read"),
        "List the plans that the organisation is offered",
        tag="Plans and charges",
        about="With those for it alone, and without archived ones.",
    )
    async def get_plans_for(self, call: Call) -> PlanList:
        return PlanList.of(await self.show_plans(call.org.id))

    @Operation(
        "GET",
        "/v1/operator/plans",
        OPERATOR,
        "List all plans that there are",
        about="With archived ones, and those for one organisation.",
    )
    async def get_all_plans(self, call: Call) -> PlanList:
        return PlanList.of(await self.plans.plans())

    @Operation(
        "POST",
        "/v1/operator/plans",
        OPERATOR,
        "Offer another plan",
        body=NewPlan,
        status=201,
        action="plan.created",
        refusals=(ProblemKind.CONFLICT,),
        about="Its prices never change: to charge otherwise, make another plan.",
    )
    async def post_plan(self, call: Call) -> PlanDocument:
        wanted = call.body(NewPlan)
        try:
            prices = tuple(
                Price(price.kind, proper_price(price.a_minute), price.model)
                for price in wanted.prices
            )
        except BadRequest as error:
            raise BadRequest(str(error), field="prices") from None
        plan = await self.add_plan(
            PlanId(wanted.id),
            wanted.name,
            wanted.currency,
            prices,
            included_minutes=wanted.included_minutes,
            monthly_fee=wanted.monthly_fee,
            limits=wanted.limits.over(Limits()),
            org=None if wanted.org_id is None else OrgId(wanted.org_id),
        )
        call.note(plan.id, after={"name": plan.name, "org": plan.org})
        return PlanDocument.of(plan)

    @Operation("GET", "/v1/operator/plans/{plan}", OPERATOR, "Show any plan")
    async def get_any_plan(self, call: Call) -> PlanDocument:
        return PlanDocument.of(await self._plan(call))

    @Operation(
        "PATCH",
        "/v1/operator/plans/{plan}",
        OPERATOR,
        "Archive a plan, or offer it again",
        body=Offer,
        action="plan.archived",
        refusals=(ProblemKind.CONFLICT,),
        about="No organisation is put on an archived plan; those on it stay on it.",
    )
    async def patch_plan(self, call: Call) -> PlanDocument:
        before, after = await self.archive_plan(
            PlanId(call.path["plan"]), is_archived=call.body(Offer).is_archived
        )
        call.note(after.id, _offer(before), _offer(after))
        return PlanDocument.of(after)

    @Operation(
        "PATCH",
        "/v1/operator/plans/{plan}/limits",
        OPERATOR,
        "Change the limits of a plan",
        body=NewLimits,
        action="plan.limits",
        current=get_any_plan,
        about="Of all its organisations that have none of their own, within seconds.",
    )
    async def patch_plan_limits(self, call: Call) -> PlanDocument:
        plan = await self._plan(call)
        limits = call.body(NewLimits).over(plan.limits)
        await self.plans.set_limits(plan.id, limits)
        call.note(plan.id, *changed(plan.limits, limits))
        return PlanDocument.of(attrs.evolve(plan, limits=limits))

    @Operation(
        "PUT",
        "/v1/operator/orgs/{org}/plan",
        OPERATOR,
        "Put an organisation on a plan",
        body=WantedPlan,
        action="org.plan",
        refusals=(ProblemKind.CONFLICT,),
        about="It holds for the whole running month; months that are over keep theirs.",
    )
    async def put_plan_of(self, call: Call) -> PlanDocument:
        org = OrgId(call.path["org"])
        before = (await self.show_charges(org)).plan
        plan = await self.change_plan(org, PlanId(call.body(WantedPlan).plan))
        call.note(org, {"plan": before.id}, {"plan": plan.id}, org=org)
        return PlanDocument.of(plan)

    async def _plan(self, call: Call) -> Plan:
        return existing(await self.plans.plan(PlanId(call.path["plan"])), "There is no such plan.")


def _offer(plan: Plan) -> Facts:
    return {"is_archived": plan.archived is not None}
