"""
Deploys images that are in the registry: a new task definition, then ECS or CodeDeploy, whichever the
service has; waits until it is done, and remembers the tag.

    python infra/scripts/deploy_service.py --prefix staging-ws-proxy --service ws-proxy --tag COMMIT

A service that is deployed twice, as proxies are in staging, is one service here.
"""

import argparse
import json
import time

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3


# What describing a task definition answers and registering one does not take.
_ANSWERED_ONLY = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
    "registeredAt", "registeredBy", "deregisteredAt",
)  # fmt: skip
_POLL_SECONDS = 15.0
_MOST_SECONDS = 50 * 60.0


class DeploymentError(Exception):
    """The deployment cannot be done, or failed; the text says which service and why."""


class Begun(NamedTuple):
    """
    A deployment of one ECS service that has begun.

    Attributes:
        definition: ARN of the new task definition.
        deployment: Id of CodeDeploy's deployment; empty if ECS deploys.
    """

    cluster: str
    service: str
    definition: str
    deployment: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--service", action="append", required=True)
    parser.add_argument("--tag", required=True)
    arguments = parser.parse_args()
    try:
        for service in arguments.service:
            deploy(arguments.prefix, service, arguments.tag)
    except DeploymentError as error:
        raise SystemExit(f"deploy_service: {error}") from None


def deploy(
    prefix: str,
    service: str,
    tag: str,
    *,
    poll_seconds: float = _POLL_SECONDS,
) -> None:
    """
    Raises:
        DeploymentError: There is no such image or service, or the new tasks did not become healthy.
    """
    ecs, registry = boto3.client("ecs"), boto3.client("ecr")
    try:
        registry.describe_images(repositoryName=f"{prefix}/{service}", imageIds=[{"imageTag": tag}])
    except (
        registry.exceptions.ImageNotFoundException,
        registry.exceptions.RepositoryNotFoundException,
    ):
        raise DeploymentError(f"{prefix}/{service}:{tag} is not in the registry") from None
    found = [each for each in services(ecs, prefix) if container_of(ecs, each, service)]
    if not found:
        raise DeploymentError(f"no service of {prefix} runs {service}")
    begun = [start(ecs, prefix, each, service, tag) for each in found]
    for each in begun:
        wait(ecs, each, poll_seconds)
        print(f"{each.service} runs {service}:{tag}")
    boto3.client("ssm").put_parameter(
        Name=f"/aldea/{prefix}/{service}/image-tag", Value=tag, Type="String", Overwrite=True
    )


def services(ecs: Any, cluster: str) -> Iterator[dict[str, Any]]:
    """All services of a cluster."""
    for page in ecs.get_paginator("list_services").paginate(cluster=cluster):
        arns = page["serviceArns"]
        for first in range(0, len(arns), 10):  # as many as one call describes
            answer = ecs.describe_services(cluster=cluster, services=arns[first : first + 10])
            yield from answer["services"]


def task_definition(ecs: Any, service: dict[str, Any]) -> dict[str, Any]:
    """The definition that a service runs; under CodeDeploy its primary task set's."""
    primary = [each for each in service.get("taskSets", []) if each["status"] == "PRIMARY"]
    arn = primary[0]["taskDefinition"] if primary else service["taskDefinition"]
    found: dict[str, Any] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found


def container_of(ecs: Any, service: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The container called *name* in what a service runs."""
    containers = task_definition(ecs, service)["containerDefinitions"]
    return next((each for each in containers if each["name"] == name), None)


def start(ecs: Any, prefix: str, service: dict[str, Any], name: str, tag: str) -> Begun:
    """Registers the new definition, and has ECS or CodeDeploy begin."""
    definition = task_definition(ecs, service)
    for container in definition["containerDefinitions"]:
        if container["name"] == name:
            repository = container["image"].rpartition(":")[0] or container["image"]
            container["image"] = f"{repository}:{tag}"
    for key in _ANSWERED_ONLY:
        definition.pop(key, None)
    arn = ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    if service.get("deploymentController", {}).get("type") != "CODE_DEPLOY":
        ecs.update_service(cluster=prefix, service=service["serviceName"], taskDefinition=arn)
        return Begun(prefix, service["serviceName"], arn, "")
    balancers = service["loadBalancers"] or service["taskSets"][0]["loadBalancers"]
    answer = boto3.client("codedeploy").create_deployment(
        applicationName=prefix,
        deploymentGroupName=service["serviceName"],
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec(arn, balancers[0]))},
        },
    )
    return Begun(prefix, service["serviceName"], arn, str(answer["deploymentId"]))


def appspec(task_definition_arn: str, balancer: dict[str, Any]) -> dict[str, Any]:
    """What CodeDeploy is to deploy."""
    return {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": task_definition_arn,
                        "LoadBalancerInfo": {
                            "ContainerName": balancer["containerName"],
                            "ContainerPort": balancer["containerPort"],
                        },
                    },
                }
            }
        ],
    }


def wait(
    ecs: Any, begun: Begun, poll_seconds: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """
    Waits until the service runs the new version. CodeDeploy ends blue some minutes after the shift.

    Raises:
        DeploymentError: It failed, was rolled back, or takes too long.
    """
    name, is_shifted = begun.service, False
    for _ in range(round(_MOST_SECONDS / max(poll_seconds, 1.0))):
        if begun.deployment and not is_shifted and has_traffic(ecs, begun):
            is_shifted = True
            release_old_tasks(ecs, begun)
        status = (
            _code_deploy_status(begun.deployment)
            if begun.deployment
            else _ecs_status(ecs, begun.cluster, name)
        )
        if status == "done":
            return
        if status != "running":
            raise DeploymentError(f"{name}: {status}")
        sleep(poll_seconds)
    raise DeploymentError(f"{name}: takes longer than {_MOST_SECONDS / 60:g} minutes")


def has_traffic(ecs: Any, begun: Begun) -> bool:
    """Whether the new version has the service's traffic."""
    answer = ecs.describe_services(cluster=begun.cluster, services=[begun.service])
    return any(
        each["status"] == "PRIMARY" and each["taskDefinition"] == begun.definition
        for each in answer["services"][0].get("taskSets", [])
    )


def release_old_tasks(ecs: Any, begun: Begun) -> None:
    """
    Takes from tasks of older versions the protection that they have while they have streams, or
    CodeDeploy would wait for streams that last for hours. Tasks do not take it again.

    Raises:
        DeploymentError: ECS refuses it for a task that still runs.
    """
    arns = [
        arn
        for page in ecs.get_paginator("list_tasks").paginate(
            cluster=begun.cluster, serviceName=begun.service
        )
        for arn in page["taskArns"]
    ]
    old = [
        task["taskArn"]
        for first in range(0, len(arns), 100)  # as many as one call describes
        for task in ecs.describe_tasks(cluster=begun.cluster, tasks=arns[first : first + 100])[
            "tasks"
        ]
        if task["taskDefinitionArn"] != begun.definition
    ]
    for first in range(0, len(old), 10):  # as many as one call changes
        answer = ecs.update_task_protection(
            cluster=begun.cluster, tasks=old[first : first + 10], protectionEnabled=False
        )
        for failure in answer.get("failures", []):
            if failure.get("reason") not in ("MISSING", "TASK_NOT_VALID"):  # it has ended
                raise DeploymentError(f"{begun.service}: {failure.get('reason')}")


def _code_deploy_status(deployment: str) -> str:
    info = boto3.client("codedeploy").get_deployment(deploymentId=deployment)["deploymentInfo"]
    match info["status"]:
        case "Succeeded":
            return "done"
        case "Failed" | "Stopped":
            reason = info.get("errorInformation", {}).get("message", "no reason given")
            return f"CodeDeploy rolled back: {reason}"
        case _:
            return "running"


def _ecs_status(ecs: Any, cluster: str, name: str) -> str:
    service = ecs.describe_services(cluster=cluster, services=[name])["services"][0]
    newest = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
    if newest.get("rolloutState") == "FAILED":
        return f"ECS rolled back: {newest.get('rolloutStateReason', 'no reason given')}"
    return "done" if newest.get("rolloutState", "COMPLETED") == "COMPLETED" else "running"


if __name__ == "__main__":
    main()
