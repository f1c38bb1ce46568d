"""The Lambda functions: org-sync, redis-seeder, the canary, and the rotation of passwords."""

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as events_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import custom_resources as custom
from constructs import Construct

from aldea_infra.network import NetworkStack
from aldea_infra.services import RETENTION, service_name, traces
from aldea_infra.settings import Environment
from aldea_infra.stores import FUNCTION_SECONDS, StoresStack


_FOLDER = Path(__file__).parents[1]
PACKAGE = _FOLDER / "build" / "functions"  # made by package_functions.py
_RUNTIME = functions.Runtime.PYTHON_3_11
SEEDER_SECONDS = 900
EXPECTED = "quick brown fox"  # some words of the recording, functions/canary/hello.wav


class FunctionsStack(Stack):
    def __init__(
        self,
        scope: Construct,
        settings: Environment,
        network: NetworkStack,
        stores: StoresStack,
        package: Path = PACKAGE,
        **options: Any,
    ) -> None:
        super().__init__(scope, "Functions", **options)
        self._settings = settings
        self._network = network
        self._stores = stores
        code = functions.Code.from_asset(str(package))
        self.org_sync = self._of_aldea(
            "OrgSync",
            "org-sync",
            code,
            "entrypoints.lambdas.org_sync.handler",
            seconds=FUNCTION_SECONDS,
            concurrency=settings.org_sync_concurrency,
        )
        # The function moves messages that it cannot deal with now to a later delivery.
        stores.queue.grant(self.org_sync, "sqs:ChangeMessageVisibility")
        self.org_sync.add_event_source(
            sources.SqsEventSource(
                stores.queue,
                batch_size=10,
                report_batch_item_failures=True,
                max_concurrency=settings.org_sync_concurrency,
            )
        )
        self.seeder = self._of_aldea(
            "Seeder",
            "redis-seeder",
            code,
            "entrypoints.lambdas.redis_seeder.handler",
            seconds=SEEDER_SECONDS,
            concurrency=1,
        )
        self._seed_new_redis()
        self._rotate("Redis", "redis", stores.redis_token, stores.redis_url)
        self._rotate("Database", "database", stores.database_secret, stores.database_url)
        self.canary = self._make_canary() if settings.watched else None

    def _log(self, title: str, name: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            f"{title}Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION[self._settings.log_days],
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _role(self, title: str, log: logs.LogGroup, *, in_vpc: bool) -> iam.Role:
        """May write its own log, and have an address in the VPC."""
        role = iam.Role(
            self, f"{title}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        log.grant_write(role)
        if in_vpc:
            role.add_managed_policy(
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AWSLambdaENIManagementAccess"
                )
            )
        return role

    def _of_aldea(
        self,
        title: str,
        name: str,
        code: functions.Code,
        handler: str,
        *,
        seconds: int,
        concurrency: int,
    ) -> functions.Function:
        settings, stores = self._settings, self._stores
        full_name = f"{settings.prefix}-{name}"
        log = self._log(title, full_name)
        return functions.Function(
            self,
            title,
            function_name=full_name,
            runtime=_RUNTIME,
            architecture=functions.Architecture.X86_64,
            code=code,
            handler=handler,
            memory_size=512,
            timeout=Duration.seconds(seconds),
            reserved_concurrent_executions=concurrency,
            role=self._role(title, log, in_vpc=True),
            log_group=log,
            vpc=self._network.vpc,
            vpc_subnets=self._network.task_subnets,
            security_groups=[self._network.group("functions", self._scope_of(title))],
            environment={
                "ALDEA_ENV": settings.aldea_env,
                # Lambda cannot inject secrets: CloudFormation puts their values in.
                "ALDEA_DATABASE_URL": stores.database_url.secret_value.unsafe_unwrap(),
                "ALDEA_REDIS_URL": stores.redis_url.secret_value.unsafe_unwrap(),
                "ALDEA_ORG_SYNC_QUEUE_URL": stores.queue.queue_url,
                **traces(settings),
            },
        )

    def _scope_of(self, title: str) -> Construct:
        return Construct(self, f"{title}Network")

    def _seed_new_redis(self) -> None:
        """Seeds Redis in the deployment that makes it or replaces it: its address is a parameter."""
        address = self._stores.redis.attr_configuration_end_point_address
        call = custom.AwsSdkCall(
            service="Lambda",
            action="invoke",
            parameters={
                "FunctionName": self.seeder.function_name,
                "InvocationType": "Event",
                "Payload": '{"seed_all": true}',
            },
            physical_resource_id=custom.PhysicalResourceId.of(address),
            output_paths=["StatusCode"],
        )
        seed = custom.AwsCustomResource(
            self,
            "SeedNewRedis",
            on_create=call,
            on_update=call,
            install_latest_aws_sdk=False,
            policy=custom.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(
                        actions=["lambda:InvokeFunction"], resources=[self.seeder.function_arn]
                    )
                ]
            ),
        )
        seed.node.add_dependency(self.seeder)
        CfnOutput(self, "SeederName", value=self.seeder.function_name)

    def _rotate(
        self,
        title: str,
        kind: str,
        secret: secretsmanager.ISecret,
        url: secretsmanager.ISecret,
    ) -> None:
        settings = self._settings
        account = f"{settings.region}:{settings.account}"
        users = ["backend", "db-sync"]
        if kind == "redis":
            users += [
                *(each.of("ws-proxy") for each in settings.ws_deployments),
                *(each.of("transcribe") for each in settings.file_deployments),
            ]
        services = [service_name(settings, name) for name in users]
        functions_of_aldea = [f"{settings.prefix}-{name}" for name in ("org-sync", "redis-seeder")]
        name = f"{settings.prefix}-rotate-{kind}"
        log = self._log(f"{title}Rotation", name)
        role = self._role(f"{title}Rotation", log, in_vpc=False)
        function = functions.Function(
            self,
            f"{title}Rotation",
            function_name=name,
            runtime=_RUNTIME,
            code=functions.Code.from_asset(str(_FOLDER / "functions" / "rotation")),
            handler="handler.handler",
            timeout=Duration.seconds(60),
            role=role,
            log_group=log,
            environment={
                "KIND": kind,
                "TARGET": settings.prefix,
                "URL_SECRET": url.secret_arn,
                "CLUSTER": settings.prefix,
                "SERVICES": ",".join(services),
                "FUNCTIONS": ",".join(functions_of_aldea),
                "VARIABLE": f"ALDEA_{kind.upper()}_URL",
            },
        )
        url.grant_read(role)
        url.grant_write(role)
        change = (
            ("elasticache:ModifyReplicationGroup", f"elasticache:{account}:replicationgroup:")
            if kind == "redis"
            else ("rds:ModifyDBInstance", f"rds:{account}:db:")
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[change[0]], resources=[f"arn:aws:{change[1]}{settings.prefix}"]
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:DescribeServices", "ecs:UpdateService"],
                resources=[
                    f"arn:aws:ecs:{account}:service/{settings.prefix}/{service}"
                    for service in services
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration"],
                resources=[
                    f"arn:aws:lambda:{account}:function:{each}" for each in functions_of_aldea
                ],
            )
        )
        if settings.blue_green:
            deploy = f"arn:aws:codedeploy:{account}"
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=[
                        "codedeploy:CreateDeployment",
                        "codedeploy:GetDeploymentConfig",
                        "codedeploy:RegisterApplicationRevision",
                        "codedeploy:GetApplicationRevision",
                    ],
                    resources=[
                        f"{deploy}:application:{settings.prefix}",
                        f"{deploy}:deploymentgroup:{settings.prefix}/*",
                        f"{deploy}:deploymentconfig:*",
                    ],
                )
            )
        secretsmanager.RotationSchedule(
            self,
            f"{title}Schedule",
            secret=secret,
            rotation_lambda=function,
            automatically_after=Duration.days(90),
            rotate_immediately_on_update=False,
        )

    def _make_canary(self) -> functions.Function:
        settings = self._settings
        name = f"{settings.prefix}-transcribe-canary"
        key = self._stores.canary_key
        log = self._log("Canary", name)
        role = self._role("Canary", log, in_vpc=False)
        key.grant_read(role)
        canary = functions.Function(
            self,
            "Canary",
            function_name=name,
            runtime=_RUNTIME,
            code=functions.Code.from_asset(str(_FOLDER / "functions" / "canary")),
            handler="handler.handler",
            memory_size=256,
            timeout=Duration.seconds(30),
            reserved_concurrent_executions=1,
            role=role,
            log_group=log,
            environment={
                "API_URL": f"https://{settings.domains.api}",
                "KEY_SECRET": key.secret_name,
                "EXPECTED": EXPECTED,
            },
        )
        events.Rule(
            self,
            "EveryMinute",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[events_targets.LambdaFunction(canary, retry_attempts=0)],
        )
        return canary
