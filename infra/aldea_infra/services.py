"""The ECS cluster and its services, their scaling, and blue/green deployments of production."""

from collections.abc import Mapping
from typing import Any

import attrs

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_servicediscovery as discovery
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from aldea_infra.edge import EdgeStack
from aldea_infra.metrics_agent import add_metrics_agent, saturation
from aldea_infra.network import PORT, NetworkStack
from aldea_infra.registry import RegistryStack, tag_parameter
from aldea_infra.settings import Environment, Size
from aldea_infra.stores import StoresStack


SPOOL = "/var/spool/aldea"
HEALTHY = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}/healthz', timeout=4)"
# Fargate's log driver takes an enum for days; these are the ones in use.
RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
}


@attrs.frozen
class Task:
    """
    What one ECS service runs.

    Args:
        service: Its repository, its security group, and the argument of `aldea serve`.
        name: Its target group; services of one kind differ by it.
        secrets: Environment variable → the secret that has its value.
    """

    service: str
    name: str
    size: Size
    environment: Mapping[str, str]
    secrets: Mapping[str, ecs.Secret]
    spools: bool = False
    saturates: bool = False
    is_public: bool = True


class ServicesStack(Stack):
    """
    Attributes:
        services: By name of the deployment.
    """

    def __init__(
        self,
        scope: Construct,
        settings: Environment,
        network: NetworkStack,
        stores: StoresStack,
        edge: EdgeStack,
        registry: RegistryStack,
        **options: Any,
    ) -> None:
        super().__init__(scope, "Services", **options)
        self._settings = settings
        self._network = network
        self._stores = stores
        self._edge = edge
        self._registry = registry
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=settings.prefix,
            vpc=network.vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self.namespace = discovery.PrivateDnsNamespace(
            self, "Namespace", name=f"{settings.prefix}.internal", vpc=network.vpc
        )
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aldea/{settings.prefix}/services",
            retention=RETENTION[settings.log_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._application = (
            codedeploy.EcsApplication(self, "Application", application_name=settings.prefix)
            if settings.blue_green
            else None
        )
        self.services: dict[str, ecs.FargateService] = {}
        for task in self._tasks():
            self.services[task.name] = self._service(task)

    def _tasks(self) -> list[Task]:
        settings, stores = self._settings, self._stores
        everywhere = {"ALDEA_ENV": settings.aldea_env, **traces(settings)}
        redis = {"ALDEA_REDIS_URL": _secret(stores.redis_url)}
        database = {"ALDEA_DATABASE_URL": _secret(stores.database_url)}
        dashboard = f"https://{settings.domains.platform or settings.domains.api}"
        gateway = {
            **everywhere,
            # The playground's pages call the API from the browser.
            **({"ALDEA_DASHBOARD_ORIGINS": dashboard} if settings.domains.platform else {}),
            "ALDEA_CAPACITY": str(settings.capacity),
            "ALDEA_DRAIN_SECONDS": str(settings.drain_seconds),
            "ALDEA_SPOOL_DIR": SPOOL,
            # Dashboards add up connections over a minute: one line a minute from each process.
            "ALDEA_EMF_SECONDS": "60",
            **({"ALDEA_PROTECT_TASK": "true"} if protects(settings) else {}),
        }
        gateway_secrets = {
            **redis,
            "ALDEA_ENGINE_TOKEN": _secret(stores.engine_token),
            "ALDEA_GRANT_SECRET": _secret(stores.grant_secret),
        }
        mail = {"ALDEA_SMTP_URL": _secret(stores.smtp_url)} if settings.mail else {}
        stripe = (
            {
                "ALDEA_STRIPE_KEY": _secret(stores.stripe_key),
                "ALDEA_STRIPE_WEBHOOK_SECRET": _secret(stores.stripe_webhook),
            }
            if settings.stripe
            else {}
        )
        office = {
            **everywhere,
            "ALDEA_DASHBOARD_URL": dashboard,
            "ALDEA_PUBLIC_API_URL": f"https://{settings.domains.api}",
            **(
                {"ALDEA_PUBLIC_BACKEND_URL": f"https://{settings.domains.backend}"}
                if settings.domains.backend
                else {}
            ),
            "ALDEA_LETTERS_FROM": f"Aldea <no-reply@{settings.domains.zone}>",
        }
        return [
            *(
                Task(
                    "ws-proxy",
                    each.of("ws-proxy"),
                    settings.ws_proxy,
                    {**gateway, "ALDEA_WS_ENGINES": ",".join(each.engines)},
                    gateway_secrets,
                    spools=True,
                    saturates=True,
                )
                for each in settings.ws_deployments
            ),
            *(
                Task(
                    "transcribe",
                    each.of("transcribe"),
                    settings.transcribe,
                    {**gateway, "ALDEA_FILE_ENGINES": ",".join(each.engines)},
                    gateway_secrets,
                    spools=True,
                    saturates=True,
                )
                for each in settings.file_deployments
            ),
            Task(
                "backend",
                "backend",
                settings.backend,
                {
                    **office,
                    "ALDEA_DASHBOARD_ORIGINS": dashboard,
                    # The load balancer writes X-Forwarded-For; the accelerator keeps addresses.
                    "ALDEA_FORWARDED_BY": "1",
                },
                {
                    **redis,
                    **database,
                    "ALDEA_GRANT_SECRET": _secret(stores.grant_secret),
                    **mail,
                    **stripe,
                },
            ),
            Task(
                "frontend",
                "frontend",
                settings.frontend,
                {
                    **office,
                    "ALDEA_FORWARDED_BY": "1",
                    "ALDEA_BACKEND_URL": f"http://backend.{settings.prefix}.internal:{PORT}",
                },
                {"ALDEA_FRONTEND_SECRET": _secret(stores.frontend_secret)},
                is_public=bool(settings.domains.platform),
            ),
            Task(
                "db-sync",
                "db-sync",
                settings.db_sync,
                {**office, "ALDEA_ORG_SYNC_QUEUE_URL": stores.queue.queue_url},
                {**redis, **database, **mail, **stripe},
                is_public=False,
            ),
        ]

    def _service(self, task: Task) -> ecs.FargateService:
        settings, network = self._settings, self._network
        is_blue_green = task.name in self._edge.green
        definition = self._definition(task)
        title = "".join(part.title() for part in task.name.split("-"))
        service = ecs.FargateService(
            self,
            title,
            service_name=service_name(settings, task.name),
            cluster=self.cluster,
            task_definition=definition,
            desired_count=task.size.least,
            vpc_subnets=network.task_subnets,
            security_groups=[network.group(task.service, definition)],
            assign_public_ip=False,
            availability_zone_rebalancing=None
            if is_blue_green
            else ecs.AvailabilityZoneRebalancing.ENABLED,
            min_healthy_percent=100,
            max_healthy_percent=200,
            platform_version=ecs.FargatePlatformVersion.VERSION1_4,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            health_check_grace_period=Duration.seconds(60) if task.is_public else None,
            deployment_controller=ecs.DeploymentController(
                type=ecs.DeploymentControllerType.CODE_DEPLOY
                if is_blue_green
                else ecs.DeploymentControllerType.ECS
            ),
            circuit_breaker=None
            if is_blue_green
            else ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            cloud_map_options=ecs.CloudMapOptions(
                name=task.name,
                cloud_map_namespace=self.namespace,
                dns_record_type=discovery.DnsRecordType.A,
                dns_ttl=Duration.seconds(10),
            ),
        )
        if task.is_public or task.name in self._edge.blue:
            service.attach_to_application_target_group(self._edge.blue[task.name])
        if task.service == "db-sync":
            self._stores.queue.grant_send_messages(definition.task_role)
        if task.size.most > task.size.least:
            self._scale(service, task)
        if is_blue_green:
            self._blue_green(service, task.name, title)
        return service

    def _definition(self, task: Task) -> ecs.FargateTaskDefinition:
        settings = self._settings
        title = "".join(part.title() for part in task.name.split("-"))
        definition = ecs.FargateTaskDefinition(
            self,
            f"{title}Task",
            family=service_name(settings, task.name),
            cpu=task.size.cpu,
            memory_limit_mib=task.size.memory,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        tag = ssm.StringParameter.value_for_string_parameter(
            self, tag_parameter(settings, task.service)
        )
        container = definition.add_container(
            task.service,
            container_name=task.service,
            image=ecs.ContainerImage.from_ecr_repository(
                self._registry.repositories[task.service], tag
            ),
            environment=dict(task.environment),
            secrets=dict(task.secrets),
            port_mappings=[ecs.PortMapping(container_port=PORT, name="http")],
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(settings.stop_seconds),
            ulimits=[ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=65536, hard_limit=65536)],
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=task.name,
                log_group=self.log_group,
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            ),
            health_check=ecs.HealthCheck(
                # Alive, not ready: a task that drains must not be killed for it.
                command=["CMD", "python", "-c", HEALTHY],
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                retries=3,
                start_period=Duration.seconds(30),
            ),
        )
        volumes = {"tmp": "/tmp", **({"spool": SPOOL} if task.spools else {})}
        for name, path in volumes.items():
            definition.add_volume(name=name)
            container.add_mount_points(
                ecs.MountPoint(container_path=path, source_volume=name, read_only=False)
            )
        if task.saturates:
            add_metrics_agent(self, definition, settings, task.name, self.log_group)
            if protects(settings):
                definition.add_to_task_role_policy(
                    iam.PolicyStatement(
                        actions=["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
                        resources=[task_arns(settings)],
                    )
                )
        return definition

    def _scale(self, service: ecs.FargateService, task: Task) -> None:
        settings = self._settings
        scaling = service.auto_scale_task_count(
            min_capacity=task.size.least, max_capacity=task.size.most
        )
        if task.saturates:
            scaling.scale_to_track_custom_metric(
                "Saturation",
                metric=saturation(settings, task.name),
                target_value=settings.saturation_target,
                scale_out_cooldown=Duration.seconds(30),
                # Streams live long: a task that goes takes them along, so it goes rarely.
                scale_in_cooldown=Duration.minutes(15),
            )
        scaling.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=60,
            scale_out_cooldown=Duration.seconds(30),
            scale_in_cooldown=Duration.minutes(15),
        )

    def _blue_green(self, service: ecs.FargateService, name: str, title: str) -> None:
        edge, settings = self._edge, self._settings
        alarms = [
            cloudwatch.Alarm(
                self,
                f"{title}{colour}Failing",
                alarm_name=f"{settings.prefix} {name} {colour.lower()} answers 5xx",
                alarm_description="A deployment is rolled back. Runbook: docs/runbooks/roll-back.md",
                metric=group.metrics.http_code_target(
                    elb.HttpCodeTarget.TARGET_5XX_COUNT, period=Duration.minutes(1), statistic="Sum"
                ),
                threshold=10,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for colour, group in (("Blue", edge.blue[name]), ("Green", edge.green[name]))
        ]
        codedeploy.EcsDeploymentGroup(
            self,
            f"{title}Deployments",
            application=self._application,
            deployment_group_name=service_name(settings, name),
            service=service,
            deployment_config=codedeploy.EcsDeploymentConfig.ALL_AT_ONCE,
            blue_green_deployment_config=codedeploy.EcsBlueGreenDeploymentConfig(
                blue_target_group=edge.blue[name],
                green_target_group=edge.green[name],
                listener=edge.listener,
                test_listener=edge.test_listener,
                termination_wait_time=Duration.minutes(settings.blue_minutes),
            ),
            alarms=alarms,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )


def traces(settings: Environment) -> dict[str, str]:
    """The setting that traces are sent by, if they are."""
    return {"ALDEA_TRACES_URL": settings.traces_url} if settings.traces_url else {}


def protects(settings: Environment) -> bool:
    """
    Whether proxies protect their tasks from being scaled in while they have streams.

    Where CodeDeploy deploys: a rolling update would wait for the streams of each old task.
    """
    return settings.blue_green


def task_arns(settings: Environment) -> str:
    """All tasks of the cluster."""
    return f"arn:aws:ecs:{settings.region}:{settings.account}:task/{settings.prefix}/*"


def service_name(settings: Environment, name: str) -> str:
    """`prod-ws-proxy`, `prod-ws-proxy-backend`; the proxy itself has the prefix's name."""
    rest = name.removeprefix("ws-proxy").strip("-")
    return f"{settings.prefix}-{rest}" if rest else settings.prefix


def _secret(secret: Any) -> ecs.Secret:
    return ecs.Secret.from_secrets_manager(secret)
