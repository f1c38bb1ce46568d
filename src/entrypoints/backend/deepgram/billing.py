"""The cost of a project's audio, by tag."""

from typing import Any, Literal

import attrs

from aldea_core.domain.billing.money import decimal
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.billing.show_costs import ShowCosts
from entrypoints.backend.deepgram import documents
from entrypoints.backend.deepgram.usage_query import WhichUsage
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Operation, Resource, for_keys


class WhichBilling(WhichUsage, frozen=True, kw_only=True):
    grouping: Literal["tags"] | None = None


@attrs.frozen
class ProjectBilling(Resource):
    TAG = "Projects: billing"

    show_costs: ShowCosts
    clock: Clock

    @Operation(
        "GET",
        "/v1/projects/{project}/billing/breakdown",
        for_keys("billing:read"),
        "What some audio costs",
        query=WhichBilling,
        answer=documents.CostBreakdown,
    )
    async def get_costs(self, call: Call) -> dict[str, Any]:
        query, now = call.query(WhichBilling), self.clock.now()
        found = await self.show_costs(query.of(call.org.id, now), by_tag=query.grouping is not None)
        span = query.span(now)
        return {
            **span,
            "resolution": {"units": "day", "amount": 1},
            "results": [
                {
                    # Deepgram's clients read this field, whatever the currency.
                    "dollars": decimal(cost.amount, found.currency),
                    "currency": found.currency.lower(),
                    "grouping": {
                        **span,
                        "accessor": None,
                        "deployment": None,
                        "line_item": None,
                        "tags": [cost.tag] if cost.tag else [],
                    },
                }
                for cost in found.costs
            ],
        }
