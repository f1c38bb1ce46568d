"""The role that pipelines have: short-lived, for one repository and one of its environments."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from aldea_infra.registry import RegistryStack
from aldea_infra.settings import Environment


_ISSUER = "token.actions.githubusercontent.com"


class PipelinesStack(Stack):
    """No key is stored anywhere: GitHub says which workflow asks, and AWS lends it a role."""

    def __init__(
        self, scope: Construct, settings: Environment, registry: RegistryStack, **options: Any
    ) -> None:
        super().__init__(scope, "Pipelines", **options)
        provider = iam.CfnOIDCProvider(
            self, "GitHub", url=f"https://{_ISSUER}", client_id_list=["sts.amazonaws.com"]
        )
        role = iam.Role(
            self,
            "Deploy",
            role_name=f"{settings.prefix}-deploy",
            max_session_duration=Duration.hours(1),
            assumed_by=iam.WebIdentityPrincipal(
                provider.attr_arn,
                {
                    "StringEquals": {
                        f"{_ISSUER}:aud": "sts.amazonaws.com",
                        f"{_ISSUER}:sub": f"repo:{settings.repository}:environment:{settings.name}",
                    }
                },
            ),
        )
        for repository in registry.repositories.values():
            repository.grant_pull_push(role)
            repository.grant(role, "ecr:DescribeImages", "ecr:DescribeImageScanFindings")
        account, prefix = f"{settings.region}:{settings.account}", settings.prefix
        for actions, resources in (
            (
                ("ecs:DescribeServices", "ecs:UpdateService"),
                (f"ecs:{account}:service/{prefix}/*",),
            ),
            (
                ("ecs:DescribeTasks", "ecs:UpdateTaskProtection"),
                (f"ecs:{account}:task/{prefix}/*",),
            ),
            # These know no resources, or are asked for one that does not exist yet.
            (
                (
                    "ecs:ListServices",
                    "ecs:ListTasks",
                    "ecs:DescribeTaskDefinition",
                    "ecs:RegisterTaskDefinition",
                ),
                ("",),
            ),
            (
                (
                    "codedeploy:CreateDeployment",
                    "codedeploy:GetDeployment",
                    "codedeploy:GetDeploymentConfig",
                    "codedeploy:GetApplicationRevision",
                    "codedeploy:RegisterApplicationRevision",
                ),
                (
                    f"codedeploy:{account}:application:{prefix}",
                    f"codedeploy:{account}:deploymentgroup:{prefix}/*",
                    f"codedeploy:{account}:deploymentconfig:*",
                ),
            ),
            (("ssm:PutParameter",), (f"ssm:{account}:parameter/aldea/{prefix}/*",)),
            (("sns:Publish",), (f"sns:{account}:{prefix}-alarms",)),
            (
                ("secretsmanager:GetSecretValue",),
                tuple(
                    f"secretsmanager:{account}:secret:{prefix}/{name}-??????"
                    for name in ("canary-key", "frontend-public")
                ),
            ),
        ):
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=list(actions),
                    resources=[f"arn:aws:{each}" if each else "*" for each in resources],
                )
            )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[
                    f"arn:aws:iam::{settings.account}:role/*-{stack}-*"
                    for stack in ("Services", "Monitors")
                ],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )
        CfnOutput(self, "DeployRole", value=role.role_arn)
