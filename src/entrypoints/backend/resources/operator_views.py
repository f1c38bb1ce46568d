"""Operators look at an organisation as its owners see it, without changing anything."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.begin_view import BeginView
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Moment, Text


class NewView(Wanted, frozen=True, kw_only=True):
    reason: Annotated[Text, Meta(description="Shown in the organisation's audit log.")] = ""


class ViewDocument(Document, frozen=True, kw_only=True):
    token: Annotated[str, Meta(description="Sent as Bearer; shown only now.")]
    id: Annotated[str, Meta(description="Of the sign-in: DELETE /v1/me/sign-ins/{id} ends it.")]
    org_id: str
    expires_at: Moment


@attrs.frozen
class OperatorViewRoutes(Resource):
    TAG = "Operators"

    begin_view: BeginView

    @Operation(
        "POST",
        "/v1/operator/orgs/{org}/view",
        OPERATOR,
        "View an organisation as its owners do",
        body=NewView,
        status=201,
        action="org.viewed",
        about="The token is valid for an hour and for GET under /v1/orgs/{org} alone: plan, "
        "usage, charges, keys, members, sessions, invoices and audit log. The organisation's "
        "audit log says who looked, and why.",
    )
    async def post_view(self, call: Call) -> ViewDocument:
        org, reason = OrgId(call.path["org"]), call.body(NewView).reason
        view, token = await self.begin_view(
            call.user, org, address=call.actor.address, agent=call.agent
        )
        call.note(view.id, after={"reason": reason}, org=org)
        return ViewDocument(token=token.reveal(), id=view.id, org_id=org, expires_at=view.expires)
