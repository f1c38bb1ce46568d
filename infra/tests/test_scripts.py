"""The pipelines' scripts, against moto."""

import importlib.util
import io
import json

from pathlib import Path
from typing import Any

import boto3
import pytest


_SCRIPTS = Path(__file__).parents[1] / "scripts"
_PREFIX = "staging-ws-proxy"


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"script_{name}", _SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


deploy_service, seed_redis = _load("deploy_service"), _load("seed_redis")
public_settings, notify, scan_image = _load("public_settings"), _load("notify"), _load("scan_image")


@pytest.fixture
def cluster(aws: None) -> Any:
    """Two deployments of ws-proxy and a backend, as staging has them, and one pushed image."""
    ecs, registry = boto3.client("ecs"), boto3.client("ecr")
    ecs.create_cluster(clusterName=_PREFIX)
    for name, container in (("dev1", "ws-proxy"), ("dev2", "ws-proxy"), ("backend", "backend")):
        family = f"{_PREFIX}-{name}"
        ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            containerDefinitions=[
                {
                    "name": container,
                    "image": f"registry/{_PREFIX}/{container}:first",
                    "environment": [{"name": "ALDEA_ENV", "value": "staging"}],
                    "memory": 512,
                },
                {"name": "metrics", "image": "agent:1", "memory": 64},
            ],
        )
        ecs.create_service(
            cluster=_PREFIX, serviceName=family, taskDefinition=family, desiredCount=1
        )
    registry.create_repository(repositoryName=f"{_PREFIX}/ws-proxy")
    _push(f"{_PREFIX}/ws-proxy")
    return ecs


def _push(repository: str) -> None:
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 1,
        "digest": "sha256:" + "0" * 64,
    }
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    boto3.client("ecr").put_image(
        repositoryName=repository, imageManifest=json.dumps(manifest), imageTag="abc"
    )


def _images(ecs: Any, name: str) -> list[str]:
    service = ecs.describe_services(cluster=_PREFIX, services=[f"{_PREFIX}-{name}"])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    return [each["image"] for each in definition["taskDefinition"]["containerDefinitions"]]


def test_both_deployments_get_the_image_and_nothing_else_changes(cluster: Any) -> None:
    deploy_service.deploy(_PREFIX, "ws-proxy", "abc", poll_seconds=0)
    for name in ("dev1", "dev2"):
        assert _images(cluster, name) == [f"registry/{_PREFIX}/ws-proxy:abc", "agent:1"]
    assert _images(cluster, "backend") == [f"registry/{_PREFIX}/backend:first", "agent:1"]
    tag = boto3.client("ssm").get_parameter(Name=f"/aldea/{_PREFIX}/ws-proxy/image-tag")
    assert tag["Parameter"]["Value"] == "abc"


def test_image_that_was_not_pushed_is_not_deployed(cluster: Any) -> None:
    with pytest.raises(deploy_service.DeploymentError, match="not in the registry"):
        deploy_service.deploy(_PREFIX, "ws-proxy", "never", poll_seconds=0)
    assert _images(cluster, "dev1")[0].endswith(":first")


def test_service_that_nobody_runs_is_named(cluster: Any) -> None:
    boto3.client("ecr").create_repository(repositoryName=f"{_PREFIX}/other")
    _push(f"{_PREFIX}/other")
    with pytest.raises(deploy_service.DeploymentError, match="no service of staging-ws-proxy"):
        deploy_service.deploy(_PREFIX, "other", "abc", poll_seconds=0)


def test_appspec_names_the_container_behind_the_load_balancer() -> None:
    spec = deploy_service.appspec("arn:new", {"containerName": "backend", "containerPort": 8080})
    (resource,) = spec["Resources"]
    properties = resource["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == "arn:new"
    assert properties["LoadBalancerInfo"] == {"ContainerName": "backend", "ContainerPort": 8080}


class _Functions:
    """A Lambda client whose function needs several calls."""

    def __init__(self, *answers: dict[str, Any], error: str = "") -> None:
        self._answers, self._error = list(answers), error
        self.events: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        self.events.append(json.loads(Payload))
        body = io.BytesIO(json.dumps(self._answers.pop(0)).encode())
        return {"Payload": body, **({"FunctionError": self._error} if self._error else {})}


def test_seeding_goes_on_from_each_cursor_until_it_is_done() -> None:
    functions = _Functions({"done": False, "cursor": {"after": "x"}}, {"done": True, "seeded": 2})
    seed_redis.seed(functions, "f", [])
    assert functions.events == [{"seed_all": True}, {"seed_all": True, "cursor": {"after": "x"}}]


def test_seeding_that_fails_says_why() -> None:
    functions = _Functions({"errorMessage": "Redis is unavailable"}, error="Unhandled")
    with pytest.raises(seed_redis.SeedError, match="Redis is unavailable"):
        seed_redis.seed(functions, "f", ["org"])
    assert functions.events == [{"org_ids": ["org"]}]


@pytest.mark.parametrize("what", ["failed", "unknown"])
def test_orgs_that_were_not_seeded_are_an_error(what: str) -> None:
    functions = _Functions({"done": what == "unknown", "orgs": 1, what: ["typo"]})
    with pytest.raises(seed_redis.SeedError, match=f"{what}: typo"):
        seed_redis.seed(functions, "f", ["org", "typo"])


def test_public_settings_become_build_arguments() -> None:
    text = public_settings.output('{"NEXT_PUBLIC_B": "2", "NEXT_PUBLIC_A": "https://x"}')
    assert text.splitlines()[1:-1] == ["NEXT_PUBLIC_A=https://x", "NEXT_PUBLIC_B=2"]


@pytest.mark.parametrize("text", ['{"STRIPE_KEY": "sk"}', '{"NEXT_PUBLIC_A": "1\\n2"}'])
def test_what_must_not_be_public_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match="public_settings"):
        public_settings.output(text)


def test_slack_message_has_the_form_of_the_chat_integration() -> None:
    message = notify.message("[dev] deployment succeeded", "dev at abc")
    assert (message["version"], message["source"]) == ("1.0", "custom")


def test_scan_that_was_not_made_is_not_a_clean_one(cluster: Any) -> None:
    registry = boto3.client("ecr")
    registry.start_image_scan(repositoryName=f"{_PREFIX}/ws-proxy", imageId={"imageTag": "abc"})
    counts = scan_image.findings(registry, f"{_PREFIX}/ws-proxy", "abc", poll_seconds=0)
    assert sum(counts.values()) > 0  # moto's scans always find something
