"""The project itself, its balance, and the models there are."""

import uuid

from collections.abc import Sequence
from typing import Any

import attrs

from aldea_core.domain.errors import NotFound
from aldea_core.domain.money import decimal
from aldea_core.ports.plans import Subscriptions
from aldea_core.use_cases.rename_org import RenameOrg
from aldea_core.use_cases.show_charges import ShowCharges
from entrypoints.backend.deepgram.calls import ProjectCall, ProjectRoute
from entrypoints.backend.deepgram.reading import text


@attrs.frozen
class Projects:
    """
    Args:
        models: Names of the models that the engines offer.
    """

    rename_org: RenameOrg
    subscriptions: Subscriptions
    show_charges: ShowCharges
    models: tuple[str, ...]

    async def list_projects(self, call: ProjectCall) -> dict[str, Any]:
        return {"projects": [{"project_id": call.org.id, "name": call.org.name}]}

    async def get_project(self, call: ProjectCall) -> dict[str, Any]:
        # Audio is used for nothing but its transcript, so there is nothing to opt out of.
        return {"project_id": call.org.id, "name": call.org.name, "mip_opt_out": True}

    async def update_project(self, call: ProjectCall) -> dict[str, Any]:
        renamed = await self.rename_org(call.org.id, text(await call.body(), "name"))
        call.target = call.org.id
        call.before, call.after = {"name": call.org.name}, {"name": renamed.name}
        return {"message": "The project was renamed."}

    async def list_balances(self, call: ProjectCall) -> dict[str, Any]:
        """What is left of the spending cap; without one there is no balance, only an invoice."""
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

    async def get_balance(self, call: ProjectCall) -> dict[str, Any]:
        balances: Sequence[dict[str, Any]] = (await self.list_balances(call))["balances"]
        for balance in balances:
            if balance["balance_id"] == call.path("balance"):
                return balance
        raise NotFound("There is no such balance.")

    async def list_models(self, call: ProjectCall) -> dict[str, Any]:
        return {"stt": [_model(name) for name in self.models], "tts": []}

    async def get_model(self, call: ProjectCall) -> dict[str, Any]:
        for model in map(_model, self.models):
            if call.path("model") in {model["uuid"], model["name"]}:
                return model
        raise NotFound("There is no such model.")

    def routes(self) -> Sequence[ProjectRoute]:
        one, read = "/v1/projects/{project}", "project:read"
        return (
            ProjectRoute("GET", "/v1/projects", read, self.list_projects),
            ProjectRoute("GET", one, read, self.get_project),
            ProjectRoute("PATCH", one, "project:write", self.update_project, "org.renamed"),
            ProjectRoute("GET", one + "/balances", "billing:read", self.list_balances),
            ProjectRoute("GET", one + "/balances/{balance}", "billing:read", self.get_balance),
            ProjectRoute("GET", one + "/models", read, self.list_models),
            ProjectRoute("GET", one + "/models/{model}", read, self.get_model),
            ProjectRoute("GET", "/v1/models", read, self.list_models),
            ProjectRoute("GET", "/v1/models/{model}", read, self.get_model),
        )


def _model(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "canonical_name": name,
        "architecture": name,
        "languages": [],
        "version": "1",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "batch": True,
        "streaming": True,
        "formatted_output": False,
    }
