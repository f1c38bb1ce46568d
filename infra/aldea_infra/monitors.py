"""Prometheus, the Blackbox exporter and Grafana, as services of the cluster."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_servicediscovery as discovery
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from aldea_infra.edge import GRAFANA_PORT, EdgeStack
from aldea_infra.network import NetworkStack
from aldea_infra.registry import RegistryStack, tag_parameter
from aldea_infra.services import ServicesStack
from aldea_infra.settings import Environment


_PORTS = {"prometheus": 9090, "blackbox": 9115, "grafana": GRAFANA_PORT}
_SIZES = {"prometheus": (512, 2048), "blackbox": (256, 512), "grafana": (256, 1024)}
_DATA = "/prometheus"


class MonitorsStack(Stack):
    """Only where the environment is watched. Prometheus keeps 15 days, on a file system of its own."""

    def __init__(
        self,
        scope: Construct,
        settings: Environment,
        network: NetworkStack,
        edge: EdgeStack,
        registry: RegistryStack,
        services: ServicesStack,
        **options: Any,
    ) -> None:
        super().__init__(scope, "Monitors", **options)
        self._settings = settings
        self._network = network
        self._registry = registry
        self._services = services
        files = efs.FileSystem(
            self,
            "Files",
            vpc=network.vpc,
            vpc_subnets=network.task_subnets,
            security_group=network.group("files", self),
            encrypted=True,
            enable_automatic_backups=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        data = files.add_access_point(
            "Data",
            path="/prometheus",
            create_acl=efs.Acl(owner_uid="65534", owner_gid="65534", permissions="750"),
            posix_user=efs.PosixUser(uid="65534", gid="65534"),
        )
        password = secretsmanager.Secret(
            self,
            "GrafanaPassword",
            secret_name=f"{settings.prefix}/grafana-password",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=32, exclude_punctuation=True
            ),
        )
        prometheus = self._definition("prometheus")
        prometheus.add_volume(
            name="data",
            efs_volume_configuration=ecs.EfsVolumeConfiguration(
                file_system_id=files.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=ecs.AuthorizationConfig(
                    access_point_id=data.access_point_id, iam="ENABLED"
                ),
            ),
        )
        assert prometheus.default_container is not None
        prometheus.default_container.add_mount_points(
            ecs.MountPoint(container_path=_DATA, source_volume="data", read_only=False)
        )
        files.grant(
            prometheus.task_role,
            "elasticfilesystem:ClientMount",
            "elasticfilesystem:ClientWrite",
        )
        grafana = self._definition(
            "grafana",
            environment={
                "GF_SERVER_ROOT_URL": f"https://{settings.domains.grafana}",
                "GF_AUTH_ANONYMOUS_ENABLED": "false",
                "PROMETHEUS_URL": f"http://prometheus.{settings.prefix}.internal:9090",
            },
            secrets={"GF_SECURITY_ADMIN_PASSWORD": ecs.Secret.from_secrets_manager(password)},
        )
        # Reading metrics knows no resources.
        grafana.task_role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], resources=["*"]
            )
        )
        self._service("prometheus", prometheus)
        self._service("blackbox", self._definition("blackbox"))
        self._service("grafana", grafana).attach_to_application_target_group(edge.blue["grafana"])

    def _definition(
        self,
        name: str,
        environment: dict[str, str] | None = None,
        secrets: dict[str, ecs.Secret] | None = None,
    ) -> ecs.FargateTaskDefinition:
        settings = self._settings
        cpu, memory = _SIZES[name]
        definition = ecs.FargateTaskDefinition(
            self,
            f"{name.title()}Task",
            family=f"{settings.prefix}-{name}",
            cpu=cpu,
            memory_limit_mib=memory,
        )
        tag = ssm.StringParameter.value_for_string_parameter(self, tag_parameter(settings, name))
        definition.add_container(
            name,
            container_name=name,
            image=ecs.ContainerImage.from_ecr_repository(self._registry.repositories[name], tag),
            environment=environment,
            secrets=secrets,
            port_mappings=[ecs.PortMapping(container_port=_PORTS[name])],
            stop_timeout=Duration.seconds(60),
            logging=ecs.LogDrivers.aws_logs(stream_prefix=name, log_group=self._services.log_group),
        )
        return definition

    def _service(self, name: str, definition: ecs.FargateTaskDefinition) -> ecs.FargateService:
        # One Prometheus writes to its files: the old one ends before the new one starts.
        alone = name == "prometheus"
        return ecs.FargateService(
            self,
            name.title(),
            service_name=f"{self._settings.prefix}-{name}",
            cluster=self._services.cluster,
            task_definition=definition,
            desired_count=1,
            vpc_subnets=self._network.task_subnets,
            security_groups=[self._network.group(name, definition)],
            assign_public_ip=False,
            min_healthy_percent=0 if alone else 100,
            max_healthy_percent=100 if alone else 200,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            cloud_map_options=ecs.CloudMapOptions(
                name=name,
                cloud_map_namespace=self._services.namespace,
                dns_record_type=discovery.DnsRecordType.A,
                dns_ttl=Duration.seconds(10),
            ),
        )
