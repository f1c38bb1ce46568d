"""From a host name to a service: accelerator, firewall, load balancer, rules, target groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_globalaccelerator as accelerator
from aws_cdk import aws_globalaccelerator_endpoints as endpoints
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from aldea_infra.firewall import web_acl
from aldea_infra.network import PORT, TEST_PORT, NetworkStack
from aldea_infra.settings import Environment


LIVE_PATHS = ("/listen", "/v1/listen", "/v1/listen/*")
FILE_PATHS = ("/v1/listen", "/v1/listen/*", "/v1/audio/*")
BACKEND_PATHS = ("/v1/projects*", "/v1/models*")
GRAFANA_PORT = 3000


@attrs.frozen
class Rule:
    """
    Which requests of a listener a service gets; the lowest priority is asked first.

    Args:
        service: Key of its target groups.
    """

    priority: int
    service: str
    host: str
    paths: tuple[str, ...] = ()
    method: str = ""
    upgrade: bool = False

    def conditions(self) -> list[elb.ListenerCondition]:
        conditions = [elb.ListenerCondition.host_headers([self.host])]
        if self.paths:
            conditions.append(elb.ListenerCondition.path_patterns(list(self.paths)))
        if self.method:
            conditions.append(elb.ListenerCondition.http_request_methods([self.method]))
        if self.upgrade:
            conditions.append(elb.ListenerCondition.http_header("Upgrade", ["websocket"]))
        return conditions


def rules(settings: Environment) -> Sequence[Rule]:
    """All of an environment's rules. What matches none gets 404."""
    hosts = settings.domains
    found = [
        Rule(10, "ws-proxy", hosts.api, LIVE_PATHS, upgrade=True),
        Rule(20, "transcribe", hosts.api, FILE_PATHS, method="POST"),
        Rule(30, "backend", hosts.api, BACKEND_PATHS),
        Rule(40, "transcribe", hosts.api),
    ]
    for priority, service, host in (
        (50, "backend", hosts.backend),
        (60, "frontend", hosts.platform),
        (70, "grafana", hosts.grafana if settings.watched else ""),
    ):
        if host:
            found.append(Rule(priority, service, host))
    return found


def deployed_names(settings: Environment) -> Mapping[str, tuple[str, ...]]:
    """Service → the names of its deployments, which are its target groups."""
    return {
        "ws-proxy": tuple(each.of("ws-proxy") for each in settings.ws_deployments),
        "transcribe": tuple(each.of("transcribe") for each in settings.file_deployments),
        "backend": ("backend",),
        "frontend": ("frontend",) if settings.domains.platform else (),
        "grafana": ("grafana",) if settings.watched else (),
    }


class EdgeStack(Stack):
    """
    Rarely deployed: CodeDeploy changes the live rules, which this template would set back.

    Attributes:
        blue: Target groups that have the traffic, by deployment.
        green: Those that get it next; only where CodeDeploy deploys.
    """

    def __init__(
        self, scope: Construct, settings: Environment, network: NetworkStack, **options: Any
    ) -> None:
        super().__init__(scope, "Edge", **options)
        self._settings = settings
        self._network = network
        self.blue: dict[str, elb.ApplicationTargetGroup] = {}
        self.green: dict[str, elb.ApplicationTargetGroup] = {}
        for service, names in deployed_names(settings).items():
            for name in names:
                self.blue[name] = self._target_group(service, name, "")
                if settings.blue_green and service != "grafana":
                    self.green[name] = self._target_group(service, name, "green")
        self.balancer = self._load_balancer()
        zone = route53.PublicHostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.domains.zone_id, zone_name=settings.domains.zone
        )
        first, *others = settings.domains.all
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=first,
            subject_alternative_names=list(others) or None,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        self.listener = self._listener("Https", 443, certificate)
        self._add_rules(self.listener, "Live", self.blue)
        self.test_listener: elb.ApplicationListener | None = None
        if settings.blue_green:
            self.test_listener = self._listener("Test", TEST_PORT, certificate)
            self._add_rules(self.test_listener, "Test", {**self.blue, **self.green})
        self.balancer.add_redirect(source_port=80, target_port=443, open=False)
        acl = web_acl(self, settings)
        waf.CfnWebACLAssociation(
            self,
            "Firewalled",
            resource_arn=self.balancer.load_balancer_arn,
            web_acl_arn=acl.attr_arn,
        )
        self._add_names(zone)

    def _target_group(self, service: str, name: str, colour: str) -> elb.ApplicationTargetGroup:
        settings = self._settings
        title = f"{name}-{colour}" if colour else name
        return elb.ApplicationTargetGroup(
            self,
            "".join(part.title() for part in title.split("-")) + "Targets",
            target_group_name=f"{settings.prefix.removesuffix('-ws-proxy')}-{title}",
            vpc=self._network.vpc,
            port=GRAFANA_PORT if service == "grafana" else PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            target_type=elb.TargetType.IP,
            deregistration_delay=Duration.seconds(settings.deregistration_seconds),
            load_balancing_algorithm_type=elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
            health_check=elb.HealthCheck(
                path="/api/health" if service == "grafana" else "/readyz",
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
                healthy_http_codes="200",
            ),
        )

    def _load_balancer(self) -> elb.ApplicationLoadBalancer:
        settings = self._settings
        balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            load_balancer_name=settings.prefix,
            vpc=self._network.vpc,
            internet_facing=True,
            security_group=self._network.group("load-balancer", self),
            idle_timeout=Duration.seconds(settings.idle_seconds),
            deletion_protection=settings.name != "dev",
            drop_invalid_header_fields=True,
        )
        logs = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(settings.log_days))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        balancer.log_access_logs(logs)
        return balancer

    def _listener(
        self, name: str, port: int, certificate: acm.ICertificate
    ) -> elb.ApplicationListener:
        return self.balancer.add_listener(
            name,
            port=port,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[certificate],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            open=False,
            default_action=elb.ListenerAction.fixed_response(
                404,
                content_type="application/json",
                message_body='{"error":"Nothing is here.","err_code":"NOT_FOUND"}',
            ),
        )

    def _add_rules(
        self,
        listener: elb.ApplicationListener,
        name: str,
        groups: Mapping[str, elb.ApplicationTargetGroup],
    ) -> None:
        deployed = deployed_names(self._settings)
        for rule in rules(self._settings):
            elb.ApplicationListenerRule(
                self,
                f"{name}Rule{rule.priority}",
                listener=listener,
                priority=rule.priority,
                conditions=rule.conditions(),
                action=elb.ListenerAction.forward(
                    [groups[deployment] for deployment in deployed[rule.service]]
                ),
            )

    def _add_names(self, zone: route53.IHostedZone) -> None:
        """The API's host leads to the accelerator where there is one, all others to the balancer."""
        hosts = self._settings.domains
        to_balancer: route53.IAliasRecordTarget = targets.LoadBalancerTarget(self.balancer)
        to_api = to_balancer
        if self._settings.accelerator:
            anycast = accelerator.Accelerator(
                self, "Accelerator", accelerator_name=self._settings.prefix
            )
            anycast.add_listener(
                "Listener",
                port_ranges=[
                    accelerator.PortRange(from_port=port, to_port=port) for port in (80, 443)
                ],
            ).add_endpoint_group(
                "Endpoints",
                region=self._settings.region,
                endpoints=[
                    endpoints.ApplicationLoadBalancerEndpoint(
                        self.balancer, preserve_client_ip=True, weight=128
                    )
                ],
                health_check_path="/readyz",
                health_check_protocol=accelerator.HealthCheckProtocol.HTTPS,
            )
            to_api = targets.GlobalAcceleratorTarget(anycast)
        for host in hosts.all:
            target = to_api if host == hosts.api else to_balancer
            route53.ARecord(
                self,
                f"{host.partition('.')[0].title().replace('-', '')}Name",
                zone=zone,
                record_name=host + ".",
                target=route53.RecordTarget.from_alias(target),
            )
