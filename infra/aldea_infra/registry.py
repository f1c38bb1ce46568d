"""Where images are: one repository a service, immutable tags, and the tag that runs."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from aldea_infra.settings import Environment


SERVICES = ("ws-proxy", "transcribe", "backend", "frontend", "db-sync")
WATCHERS = ("prometheus", "blackbox", "grafana")
# The tag that a task definition has until a pipeline deploys; it must exist before services start.
FIRST_TAG = "first"


def tag_parameter(settings: Environment, service: str) -> str:
    """The name of the parameter that has the tag of the image that runs."""
    return f"/aldea/{settings.prefix}/{service}/image-tag"


class RegistryStack(Stack):
    """Deployed first: images are pushed before services start."""

    def __init__(self, scope: Construct, settings: Environment, **options: Any) -> None:
        super().__init__(scope, "Registry", **options)
        names = (*SERVICES, *(WATCHERS if settings.watched else ()))
        self.repositories = {name: self._repository(settings, name) for name in names}

    def _repository(self, settings: Environment, name: str) -> ecr.Repository:
        title = name.title().replace("-", "")
        # Pipelines overwrite it, so that a later deployment of the stacks does not revert a service.
        ssm.StringParameter(
            self,
            f"{title}Tag",
            parameter_name=tag_parameter(settings, name),
            string_value=FIRST_TAG,
            description=f"Tag of the image of {name} that runs",
        ).apply_removal_policy(RemovalPolicy.RETAIN)
        return ecr.Repository(
            self,
            title,
            repository_name=f"{settings.prefix}/{name}",
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.AES_256,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Layers without a tag",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(7),
                    rule_priority=1,
                ),
                ecr.LifecycleRule(
                    description="Enough to roll back to",
                    tag_status=ecr.TagStatus.ANY,
                    max_image_count=50,
                    rule_priority=2,
                ),
            ],
        )
