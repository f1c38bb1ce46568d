"""A deployment by CodeDeploy, against moto: begun, shifted, ended, rolled back by an alarm."""

import importlib.util
import json

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from moto import mock_aws
from moto.codedeploy.models import codedeploy_backends
from moto.core import DEFAULT_ACCOUNT_ID


_PREFIX, _SERVICE, _REGION = "prod-ws-proxy", "prod-ws-proxy-backend", "us-west-2"
_GROUP = "arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/prod-backend/1"


def _load(name: str) -> Any:
    path = Path(__file__).parents[1] / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"deploying_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


deploy_service = _load("deploy_service")


class _Ecs:
    """moto's ECS with the one call that it lacks: which tasks lost their protection."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.released: list[str] = []
        self.refusal = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_task_protection(
        self, *, cluster: str, tasks: list[str], protectionEnabled: bool
    ) -> dict[str, Any]:
        assert (cluster, protectionEnabled) == (_PREFIX, False)
        assert len(tasks) <= 10
        self.released += tasks
        failures = [{"arn": tasks[0], "reason": self.refusal}] if self.refusal else []
        return {"protectedTasks": [], "failures": failures}


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Ecs]:
    """One service of CodeDeploy's, with blue's tasks, in production's shape."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", _REGION)
    with mock_aws():
        client = boto3.client("ecs")
        client.create_cluster(clusterName=_PREFIX)
        client.register_task_definition(
            family=_SERVICE,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "backend",
                    "image": f"registry/{_PREFIX}/backend:first",
                    "memory": 512,
                    "portMappings": [{"containerPort": 8080}],
                }
            ],
        )
        client.create_service(
            cluster=_PREFIX,
            serviceName=_SERVICE,
            desiredCount=1,
            deploymentController={"type": "CODE_DEPLOY"},
        )
        deployments = boto3.client("codedeploy")
        deployments.create_application(applicationName=_PREFIX, computePlatform="ECS")
        deployments.create_deployment_group(
            applicationName=_PREFIX,
            deploymentGroupName=_SERVICE,
            serviceRoleArn=f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/codedeploy",
        )
        _make_primary(client, f"{_SERVICE}:1")
        yield _Ecs(client)


def _make_primary(client: Any, definition: str) -> None:
    """Starts a task set of *definition*, with one task of the service, and gives it the traffic."""
    balancers = [{"targetGroupArn": _GROUP, "containerName": "backend", "containerPort": 8080}]
    started = client.create_task_set(
        cluster=_PREFIX,
        service=_SERVICE,
        taskDefinition=definition,
        launchType="FARGATE",
        loadBalancers=balancers,
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [_subnet()], "securityGroups": []}
        },
        scale={"unit": "PERCENT", "value": 100.0},
    )["taskSet"]
    client.update_service_primary_task_set(
        cluster=_PREFIX, service=_SERVICE, primaryTaskSet=started["taskSetArn"]
    )


def _subnet() -> str:
    subnets = boto3.client("ec2").describe_subnets()["Subnets"]
    return str(subnets[0]["SubnetId"])


def _begin(ecs: _Ecs) -> Any:
    service = next(deploy_service.services(ecs, _PREFIX))
    return deploy_service.start(ecs, _PREFIX, service, "backend", "abc")


def _deployment(begun: Any) -> Any:
    return codedeploy_backends[DEFAULT_ACCOUNT_ID][_REGION].deployments[begun.deployment]


def _steps(*steps: Callable[[], None]) -> Callable[[float], None]:
    """What AWS does while the script sleeps."""
    rest = iter(steps)
    return lambda _seconds: next(rest)()


def test_deployment_begins_with_the_new_definition_behind_the_load_balancer(ecs: _Ecs) -> None:
    begun = _begin(ecs)
    info = boto3.client("codedeploy").get_deployment(deploymentId=begun.deployment)[
        "deploymentInfo"
    ]
    assert (info["applicationName"], info["deploymentGroupName"]) == (_PREFIX, _SERVICE)
    spec = json.loads(_deployment(begun).revision["appSpecContent"]["content"])
    (resource,) = spec["Resources"]
    assert resource["TargetService"]["Properties"] == {
        "TaskDefinition": begun.definition,
        "LoadBalancerInfo": {"ContainerName": "backend", "ContainerPort": 8080},
    }
    definition = ecs.describe_task_definition(taskDefinition=begun.definition)["taskDefinition"]
    assert definition["containerDefinitions"][0]["image"] == f"registry/{_PREFIX}/backend:abc"


def test_blue_loses_its_protection_once_green_has_the_traffic(ecs: _Ecs) -> None:
    """Not before, since a rolled back blue goes on serving."""
    begun = _begin(ecs)
    (blue,) = _tasks(ecs)
    seen: list[list[str]] = []

    def shift() -> None:
        seen.append(list(ecs.released))
        _make_primary(ecs, begun.definition)

    def succeed() -> None:
        _deployment(begun).status = "Succeeded"

    deploy_service.wait(ecs, begun, 0, _steps(shift, lambda: None, succeed))
    assert seen == [[]]
    assert ecs.released == [blue]


def _tasks(ecs: _Ecs) -> list[str]:
    arns: list[str] = ecs.list_tasks(cluster=_PREFIX, serviceName=_SERVICE)["taskArns"]
    return arns


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_alarm_that_rolls_back_fails_the_deployment_with_its_reason(ecs: _Ecs, status: str) -> None:
    begun = _begin(ecs)

    def roll_back() -> None:
        deployment = _deployment(begun)
        deployment.status = status
        deployment.error_information = {
            "code": "ALARM_ACTIVE", "message": "One or more alarms have been activated",
        }  # fmt: skip

    with pytest.raises(deploy_service.DeploymentError, match=f"{_SERVICE}: CodeDeploy rolled back"):
        deploy_service.wait(ecs, begun, 0, _steps(roll_back))
    assert ecs.released == []


def test_task_that_has_ended_meanwhile_is_no_failure(ecs: _Ecs) -> None:
    begun = _begin(ecs)
    ecs.refusal = "TASK_NOT_VALID"
    deploy_service.release_old_tasks(ecs, begun)
    assert len(ecs.released) == 1


def test_protection_that_cannot_be_taken_away_is_a_failure(ecs: _Ecs) -> None:
    """Or blue would stay until its last stream ends, and nobody would know why."""
    begun = _begin(ecs)
    ecs.refusal = "ACCESS_DENIED"
    with pytest.raises(deploy_service.DeploymentError, match="ACCESS_DENIED"):
        deploy_service.release_old_tasks(ecs, begun)


def test_deployment_that_never_ends_is_given_up(ecs: _Ecs) -> None:
    with pytest.raises(deploy_service.DeploymentError, match="takes longer than 50 minutes"):
        deploy_service.wait(ecs, _begin(ecs), 600, lambda _seconds: None)
