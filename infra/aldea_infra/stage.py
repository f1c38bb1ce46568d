"""All stacks of one environment, in the order in which they are deployed."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Stage, Tags
from aws_cdk import Environment as Target
from constructs import Construct

from aldea_infra.acknowledged import acknowledge
from aldea_infra.edge import EdgeStack
from aldea_infra.engines import EnginesStack
from aldea_infra.functions import PACKAGE, FunctionsStack
from aldea_infra.monitors import MonitorsStack
from aldea_infra.network import NetworkStack
from aldea_infra.pipelines import PipelinesStack
from aldea_infra.registry import RegistryStack
from aldea_infra.services import ServicesStack
from aldea_infra.settings import Environment
from aldea_infra.stores import StoresStack
from aldea_infra.watching import WatchingStack


CONTEXT = {
    # Errors of templates are errors, not warnings.
    "@aws-cdk/core:validateAgainstDefaultRules": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:checkSecretUsage": False,
    "@aws-cdk/aws-ecs:removeDefaultDeploymentAlarm": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-codedeploy:removeAlarmsFromDeploymentGroup": True,
    "@aws-cdk/aws-elasticloadbalancingv2:networkLoadBalancerWithSecurityGroupByDefault": True,
}


class AldeaStage(Stage):
    def __init__(
        self, scope: Construct, settings: Environment, package: Path = PACKAGE, **options: Any
    ) -> None:
        super().__init__(
            scope,
            settings.prefix.removesuffix("-ws-proxy").title(),
            env=Target(account=settings.account, region=settings.region),
            **options,
        )
        self.registry = RegistryStack(self, settings)
        self.pipelines = PipelinesStack(self, settings, self.registry)
        self.network = NetworkStack(self, settings)
        self.stores = StoresStack(self, settings, self.network)
        self.engines = (
            EnginesStack(self, settings, settings.gpu_engines, self.network, self.stores)
            if settings.gpu_engines
            else None
        )
        self.edge = EdgeStack(self, settings, self.network)
        self.services = ServicesStack(
            self, settings, self.network, self.stores, self.edge, self.registry
        )
        if settings.watched:
            MonitorsStack(self, settings, self.network, self.edge, self.registry, self.services)
        self.functions = FunctionsStack(self, settings, self.network, self.stores, package)
        self.watching = WatchingStack(
            self, settings, self.stores, self.edge, self.services, self.functions, self.engines
        )
        Tags.of(self).add("project", "aldea")
        Tags.of(self).add("environment", settings.name)
        acknowledge(self, settings)


def new_app(settings: tuple[Environment, ...], outdir: str | None = None) -> App:
    """An app without stages, which asks AWS for nothing while it synthesises."""
    zones = {
        f"availability-zones:account={each.account}:region={each.region}": list(each.network.zones)
        for each in settings
    }
    return App(context={**CONTEXT, **zones}, outdir=outdir)
