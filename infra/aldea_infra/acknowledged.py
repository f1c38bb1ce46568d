"""Findings of cdk-nag that are as they should be, each with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from aldea_infra.settings import Environment


_NAG = "AwsSolutions::AwsSolutions-"
_POLICIES = "Policy::arn:<AWS::Partition>:iam::aws:policy/"
_EVERYWHERE = {
    "SMG4": (
        "The token of Redis and the password of the database rotate. Addresses are rewritten by that "
        "rotation; engine token, grant secret and what operators write change by runbook, "
        "since engines and other companies must change theirs at the same time."
    ),
    "ECS2": "Variables of a container are public settings; secrets are injected by Secrets Manager.",
    "L1": "Packages hold compiled libraries, built and tested for this version of Python.",
    "EC23": "The load balancer serves the public on 80, which redirects, and 443.",
    "S1": "The bucket is that of access logs.",
    "RDS11": "A port is no secret; the security group admits three groups.",
    "AEC5": "A port is no secret; the security group admits five groups.",
    "IAM5[Resource::*]": (
        "ecr:GetAuthorizationToken, secretsmanager:GetRandomPassword, and listing services and "
        "registering task definitions know no resources; nor does reading metrics, which Grafana does."
    ),
    f"IAM4[{_POLICIES}service-role/AWSLambdaENIManagementAccess]": (
        "A function's network interfaces do not exist yet when its role is made."
    ),
    f"IAM4[{_POLICIES}service-role/AWSLambdaBasicExecutionRole]": (
        "The role of CDK's own function, which calls one function of ours."
    ),
    f"IAM4[{_POLICIES}AWSCodeDeployRoleForECS]": "CodeDeploy's own policy for its own role.",
}
_WITH_ENGINES = {
    f"IAM4[{_POLICIES}AmazonSSMManagedInstanceCore]": "AWS's own policy for Session Manager.",
    "AS3": "Alarms tell of an engine that is lost; a replacement alone is no news.",
}
_IN_DEV = {
    "RDS3": "Dev has one instance by design.",
    "RDS10": "Dev may be thrown away.",
    "AEC4": "Dev has one node by design.",
}


def acknowledge(stage: Construct, settings: Environment) -> None:
    """Gives them to cdk-nag."""
    findings = dict(_EVERYWHERE)
    if settings.name == "dev":
        findings |= _IN_DEV
    if settings.gpu_engines:
        findings |= _WITH_ENGINES
    account = f"{settings.region}:{settings.account}"
    names = (
        *(f"ws-proxy-{each.name}".strip("-") for each in settings.ws_deployments),
        *(f"transcribe-{each.name}".strip("-") for each in settings.file_deployments),
    )
    for name in names:
        log = f"arn:aws:logs:{account}:log-group:/aldea/{settings.prefix}/metrics/{name}:*"
        findings[f"IAM5[Resource::{log}]"] = "The streams of one log group of the task's own."
    prefix = settings.prefix
    for resource, reason in {
        f"arn:aws:ecs:{account}:service/{prefix}/*": "Pipelines deploy every service of the cluster.",
        f"arn:aws:ecs:{account}:task/{prefix}/*": "A task's own, whose name is not known before.",
        f"arn:aws:ssm:{account}:parameter/aldea/{prefix}/*": "The tags of every service.",
        f"arn:aws:secretsmanager:{account}:secret:{prefix}/canary-key-??????": "AWS's own suffix.",
        f"arn:aws:secretsmanager:{account}:secret:{prefix}/frontend-public-??????": "AWS's own suffix.",
        f"arn:aws:iam::{settings.account}:role/*-Services-*": "Roles of tasks, passed to ECS only.",
        f"arn:aws:iam::{settings.account}:role/*-Monitors-*": "Roles of tasks, passed to ECS only.",
        f"arn:aws:codedeploy:{account}:deploymentgroup:{prefix}/*": "All groups of the application.",
        f"arn:aws:codedeploy:{account}:deploymentconfig:*": "AWS's own configurations.",
    }.items():
        findings[f"IAM5[Resource::{resource}]"] = reason
    Validations.of(stage).acknowledge(
        *(Acknowledgment(id=_NAG + name, reason=reason) for name, reason in findings.items())
    )
