"""The cost of an org's audio, by tag."""

from typing import Annotated, Literal

import attrs

from msgspec import Meta

from aldea_core.ports.clock import Clock
from aldea_core.use_cases.billing.show_costs import ShowCosts
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Document, Operation, Resource, for_members
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.money_documents import Currency, Minor
from entrypoints.backend.resources.usage import Which


class WhichCosts(Which, frozen=True, kw_only=True):
    by: Annotated[Literal["tag"] | None, Meta(description="If given, costs by tag.")] = None


class CostDocument(Document, frozen=True, kw_only=True):
    name: Annotated[str, Meta(description="A tag; empty for what has none, or for all of it.")]
    audio_ms: int
    amount: Minor


class CostList(Document, frozen=True, kw_only=True):
    since_at: Moment
    until_at: Moment
    currency: Currency
    items: list[CostDocument]


@attrs.frozen
class CostRoutes(Resource):
    TAG = "Plans and charges"

    show_costs: ShowCosts
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/costs",
        for_members("billing:read"),
        "What some audio costs, by tag if asked",
        query=WhichCosts,
        about="At the prices of each month's plan, before its fee and what that includes. "
        "Audio with several tags counts with each of them.",
    )
    async def get_costs(self, call: Call) -> CostList:
        query = call.query(WhichCosts)
        which = query.of(call.org.id, self.clock.now())
        found = await self.show_costs(which, by_tag=query.by is not None)
        return CostList(
            since_at=which.since,
            until_at=which.until,
            currency=found.currency,
            items=[
                CostDocument(name=cost.tag, audio_ms=cost.audio_ms, amount=cost.amount)
                for cost in found.costs
            ],
        )
