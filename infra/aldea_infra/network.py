"""The network: subnets, gateways, and which security group may reach which."""

from collections.abc import Sequence
from typing import Any

import jsii

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from aldea_infra.settings import Environment, Network


PORT = 8080
TEST_PORT = 8443
ENGINE_PORT = 8443
# Who may open connections to whom, on which port.
_FLOWS = (
    ("load-balancer", "ws-proxy", PORT),
    ("load-balancer", "transcribe", PORT),
    ("load-balancer", "backend", PORT),
    ("load-balancer", "frontend", PORT),
    ("load-balancer", "grafana", 3000),
    ("frontend", "backend", PORT),
    ("ws-proxy", "redis", 6379),
    ("transcribe", "redis", 6379),
    ("backend", "redis", 6379),
    ("db-sync", "redis", 6379),
    ("functions", "redis", 6379),
    ("backend", "database", 5432),
    ("db-sync", "database", 5432),
    ("functions", "database", 5432),
    ("prometheus", "ws-proxy", PORT),
    ("prometheus", "transcribe", PORT),
    ("prometheus", "backend", PORT),
    ("prometheus", "frontend", PORT),
    ("prometheus", "db-sync", PORT),
    ("prometheus", "blackbox", 9115),
    ("grafana", "prometheus", 9090),
    ("prometheus", "files", 2049),
    ("ws-proxy", "engine-balancer", ENGINE_PORT),
    ("transcribe", "engine-balancer", ENGINE_PORT),
    ("prometheus", "engine-balancer", ENGINE_PORT),
    ("blackbox", "engine-balancer", ENGINE_PORT),
    ("engine-balancer", "engines", ENGINE_PORT),
)
_STORES = {"redis", "database", "files"}
_WATCHERS = {"prometheus", "grafana", "blackbox", "files"}
_ENGINES = {"engine-balancer", "engines"}


@jsii.implements(ec2.IIpAddresses)
class GivenSubnets:
    """Hands the VPC exactly the subnets of the settings, instead of dividing its range."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @jsii.member(jsii_name="allocateVpcCidr")
    def allocate_vpc_cidr(self) -> ec2.VpcIpamOptions:
        return ec2.VpcIpamOptions(cidr_block=self._network.cidr)

    @jsii.member(jsii_name="allocateSubnetsCidr")
    def allocate_subnets_cidr(self, _options: Any = None, **_given: Any) -> ec2.SubnetIpamOptions:
        blocks = (*self._network.public, *self._network.private)
        return ec2.SubnetIpamOptions(
            allocated_subnets=[ec2.AllocatedSubnet(cidr=block) for block in blocks]
        )


class NetworkStack(Stack):
    """VPC, its gateways and logs, and every security group."""

    def __init__(self, scope: Construct, settings: Environment, **options: Any) -> None:
        super().__init__(scope, "Network", **options)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=GivenSubnets(settings.network),
            availability_zones=list(settings.network.zones),
            nat_gateways=settings.network.nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ),
            ],
            restrict_default_security_group=False,
        )
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                logs.LogGroup(
                    self,
                    "FlowLogs",
                    retention=logs.RetentionDays.ONE_MONTH,
                    removal_policy=RemovalPolicy.DESTROY,
                )
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        self._groups = {name: self._group(name) for name in _names(settings)}
        for source, target, port in _FLOWS:
            if source in self._groups and target in self._groups:
                self._groups[target].add_ingress_rule(
                    self._groups[source], ec2.Port.tcp(port), f"from {source}"
                )
        for port in (80, 443):
            self._groups["load-balancer"].add_ingress_rule(
                ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "clients"
            )
        self._groups["load-balancer"].add_ingress_rule(
            ec2.Peer.ipv4(settings.network.cidr),
            ec2.Port.tcp(TEST_PORT),
            "tests of a version that has no traffic yet",
        )
        self.task_subnets = ec2.SubnetSelection(
            subnets=self.vpc.private_subnets[: settings.network.task_zones]
        )

    def _group(self, name: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self,
            f"{name.title().replace('-', '')}Group",
            vpc=self.vpc,
            description=f"{name} of Aldea",
            allow_all_outbound=name not in _STORES,
        )

    def group(self, name: str, scope: Construct) -> ec2.ISecurityGroup:
        """A reference to a group that adds no rules: all rules are in this file."""
        return ec2.SecurityGroup.from_security_group_id(
            scope,
            f"{name.title().replace('-', '')}GroupOf{scope.node.id}",
            self._groups[name].security_group_id,
            mutable=False,
        )


def _names(settings: Environment) -> Sequence[str]:
    names = dict.fromkeys(name for source, target, _ in _FLOWS for name in (source, target))
    without = (set() if settings.watched else _WATCHERS) | (
        set() if settings.gpu_engines else _ENGINES
    )
    return [name for name in names if name not in without]
