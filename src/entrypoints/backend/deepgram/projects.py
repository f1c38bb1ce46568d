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
from entrypoints.backend.pipeline.routes import Route, Wanted, keys
from entrypoints.backend.pipeline.texts import Name


_TAG = "Projects"


class NewProjectName(Wanted, frozen=True, kw_only=True):
    name: Name


@attrs.frozen
class Projects:
    """
    Args:
        offered_models: The models that requests may ask for; a key with models of its own sees those.
    """

    rename_org: RenameOrg
    subscriptions: Subscriptions
    show_charges: ShowCharges
    offered_models: OfferedModels

    async def list_projects(self, call: Call) -> dict[str, Any]:
        return {"projects": [{"project_id": call.org.id, "name": call.org.name}]}

    async def get_project(self, call: Call) -> dict[str, Any]:
        # Audio is used only to transcribe it, so every project counts as opted out of model
        # improvement.
        return {"project_id": call.org.id, "name": call.org.name, "mip_opt_out": True}

    async def update_project(self, call: Call) -> dict[str, Any]:
        name = call.body(NewProjectName).name
        was, renamed = await self.rename_org(call.org.id, name)
        call.note(was.id, {"name": was.name}, {"name": renamed.name})
        return {"message": "The project was renamed."}

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

    async def get_balance(self, call: Call) -> dict[str, Any]:
        balances: Sequence[dict[str, Any]] = (await self.list_balances(call))["balances"]
        for balance in balances:
            if balance["balance_id"] == call.path["balance"]:
                return balance
        raise NotFound("There is no such balance.")

    async def list_models(self, call: Call) -> dict[str, Any]:
        return {"stt": [model_json(name) for name in self._names_for(call)], "tts": []}

    async def get_model(self, call: Call) -> dict[str, Any]:
        for model in map(model_json, self._names_for(call)):
            if call.path["model"] in {model["uuid"], model["name"]}:
                return model
        raise NotFound("There is no such model.")

    def _names_for(self, call: Call) -> Sequence[str]:
        return self.offered_models.names_for(None if call.key is None else call.key.models)

    def routes(self) -> Sequence[Route]:
        one, reading, billing = "/v1/projects/{project}", keys("project:read"), keys("billing:read")
        return (
            Route(
                "GET",
                "/v1/projects",
                self.list_projects,
                reading,
                _TAG,
                "List the project",
                answer=documents.Projects,
            ),
            Route(
                "GET",
                one,
                self.get_project,
                reading,
                _TAG,
                "Show a project",
                answer=documents.Project,
            ),
            Route(
                "PATCH",
                one,
                self.update_project,
                keys("project:write"),
                _TAG,
                "Rename a project",
                body=NewProjectName,
                action="org.renamed",
                answer=documents.Done,
            ),
            Route(
                "GET",
                one + "/balances",
                self.list_balances,
                billing,
                _TAG,
                "List balances",
                answer=documents.Balances,
            ),
            Route(
                "GET",
                one + "/balances/{balance}",
                self.get_balance,
                billing,
                _TAG,
                "Show a balance",
                answer=documents.Balance,
            ),
            *(
                route
                for all_ in (one + "/models", "/v1/models")
                for route in (
                    Route(
                        "GET",
                        all_,
                        self.list_models,
                        reading,
                        _TAG,
                        "List models",
                        answer=documents.Models,
                    ),
                    Route(
                        "GET",
                        all_ + "/{model}",
                        self.get_model,
                        reading,
                        _TAG,
                        "Show a model",
                        answer=documents.Model,
                    ),
                )
            ),
        )
