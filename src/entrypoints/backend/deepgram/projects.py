"""The project itself, its balance, and the models on offer."""

from collections.abc import Sequence
from typing import Any

import attrs

from aldea_core.domain.billing.money import decimal
from aldea_core.domain.errors import NotFound
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.ports.plans import Subscriptions
from aldea_core.protocol.deepgram.models import model_json
from aldea_core.use_cases.access.rename_org import RenameOrg
from aldea_core.use_cases.billing.show_charges import ShowCharges
from entrypoints.backend.deepgram import documents
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Operation, Resource, Wanted, for_keys
from entrypoints.backend.pipeline.texts import Name


class NewProjectName(Wanted, frozen=True, kw_only=True):
    name: Name


@attrs.frozen
class Projects(Resource):
    """
    Args:
        offered_models: The models that requests may ask for; a key with models of its own sees those.
    """

    TAG = "Projects"

    rename_org: RenameOrg
    subscriptions: Subscriptions
    show_charges: ShowCharges
    offered_models: OfferedModels

    @Operation(
        "GET",
        "/v1/projects",
        for_keys("project:read"),
        "List the project",
        answer=documents.Projects,
    )
    async def list_projects(self, call: Call) -> dict[str, Any]:
        return {"projects": [{"project_id": call.org.id, "name": call.org.name}]}

    @Operation(
        "GET",
        "/v1/projects/{project}",
        for_keys("project:read"),
        "Show a project",
        answer=documents.Project,
    )
    async def get_project(self, call: Call) -> dict[str, Any]:
        # Audio is used only to transcribe it, so every project counts as opted out of model
        # improvement.
        return {"project_id": call.org.id, "name": call.org.name, "mip_opt_out": True}

    @Operation(
        "PATCH",
        "/v1/projects/{project}",
        for_keys("project:write"),
        "Rename a project",
        body=NewProjectName,
        action="org.renamed",
        answer=documents.Done,
    )
    async def update_project(self, call: Call) -> dict[str, Any]:
        name = call.body(NewProjectName).name
        was, renamed = await self.rename_org(call.org.id, name)
        call.note(was.id, {"name": was.name}, {"name": renamed.name})
        return {"message": "The project was renamed."}

    @Operation(
        "GET",
        "/v1/projects/{project}/balances",
        for_keys("billing:read"),
        "List balances",
        answer=documents.Balances,
    )
    async def list_balances(self, call: Call) -> dict[str, Any]:
        """What is left of the spending cap; without a cap there is no balance, only an invoice."""
        cap = await self.subscriptions.cap(call.org.id)
        if cap is None:
            return {"balances": []}
        charges = await self.show_charges(call.org.id)
        currency = charges.plan.currency
        return {
            "balances": [
                {
                    "balance_id": f"cap-{charges.month}",
                    "amount": decimal(cap.amount - charges.total, currency),
                    "units": currency.lower(),
                    "purchase_order_id": "",
                },
            ],
        }

    @Operation(
        "GET",
        "/v1/projects/{project}/balances/{balance}",
        for_keys("billing:read"),
        "Show a balance",
        answer=documents.Balance,
    )
    async def get_balance(self, call: Call) -> dict[str, Any]:
        balances: Sequence[dict[str, Any]] = (await self.list_balances(call))["balances"]
        for balance in balances:
            if balance["balance_id"] == call.path["balance"]:
                return balance
        raise NotFound("There is no such balance.")

    @Operation(
        "GET",
        "/v1/projects/{project}/models",
        for_keys("project:read"),
        "List models",
        answer=documents.Models,
    )
    @Operation(
        "GET", "/v1/models", for_keys("project:read"), "List models", answer=documents.Models
    )
    async def list_models(self, call: Call) -> dict[str, Any]:
        return {"stt": [model_json(name) for name in self._names_for(call)], "tts": []}

    @Operation(
        "GET",
        "/v1/projects/{project}/models/{model}",
        for_keys("project:read"),
        "Show a model",
        answer=documents.Model,
    )
    @Operation(
        "GET",
        "/v1/models/{model}",
        for_keys("project:read"),
        "Show a model",
        answer=documents.Model,
    )
    async def get_model(self, call: Call) -> dict[str, Any]:
        for model in map(model_json, self._names_for(call)):
            if call.path["model"] in {model["uuid"], model["name"]}:
                return model
        raise NotFound("There is no such model.")

    def _names_for(self, call: Call) -> Sequence[str]:
        return self.offered_models.names_for(None if call.key is None else call.key.models)
