"""
Deliberate mistakes in settings: each is refused before there is a template.

What they would do in AWS is in the comments; most would only show hours later.
"""

from collections.abc import Callable

import attrs
import pytest

from aldea_infra.environments import DEV, PRODUCTION, STAGING
from aldea_infra.settings import (
    Database,
    Deployment,
    Domains,
    Environment,
    GpuEngines,
    Network,
    Redis,
    SettingsError,
    Size,
)


def _with(environment: Environment, **changes: object) -> Callable[[], Environment]:
    return lambda: attrs.evolve(environment, **changes)


_HTTPS = ("https://stt-api-dev-1.aldea.ai:8443",)
_MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "Fargate has no such task": (lambda: Size(256, 4096), "Fargate"),
    "more tasks at least than at most": (lambda: Size(256, 512, least=3, most=2), "no range"),
    "no tasks at all": (lambda: Size(256, 512, least=0), "no range"),
    "a proxy without engines": (lambda: Deployment("", ()), "no engine"),
    "an engine without TLS": (
        lambda: Deployment("", ("http://stt-api-dev-1.aldea.ai:8443",)),
        "https://HOST:8443",
    ),
    "an engine on another port": (
        lambda: Deployment("", ("https://stt-api-dev-1.aldea.ai",)),
        "https://HOST:8443",
    ),
    "a zone only": (lambda: Network(zones=("us-west-2a",)), "two zones"),
    "subnets overlap": (lambda: Network(public=("10.0.1.0/24", "10.0.1.0/25")), "overlap"),
    "a subnet outside of the network": (
        lambda: Network(private=("10.0.10.0/24", "10.1.20.0/24")),
        "is not in",
    ),
    "tasks in a zone without NAT": (
        lambda: Network(nat_gateways=1, task_zones=2),
        "need the NAT gateway",
    ),
    "a host of another zone": (lambda: Domains("api.aldea.com"), "is not in aldea.ai"),
    "a node type that does not exist": (lambda: Redis("cache.r7g.huge"), "node type"),
    "a version that does not exist": (lambda: Redis("cache.t4g.micro", engine_version="9"), "7.2"),
    "too many replicas": (lambda: Redis("cache.t4g.micro", replicas=6), "0 to 5"),
    "a database without backups": (
        lambda: Database("t4g.micro", 20, multi_az=False, backup_days=0, deletion_protection=False),
        "1 to 35",
    ),
    "a database too small": (
        lambda: Database("t4g.micro", 5, multi_az=False, backup_days=1, deletion_protection=False),
        "20 GB",
    ),
    "a stop timeout that Fargate refuses": (_with(PRODUCTION, stop_seconds=300), "Fargate's 120"),
    "a drain that SIGKILL cuts": (_with(PRODUCTION, drain_seconds=115), "stop timeout kills it"),
    "a deregistration shorter than the drain": (
        _with(PRODUCTION, deregistration_seconds=30),
        "deregistration delay",
    ),
    "a deregistration longer than there is": (
        _with(PRODUCTION, deregistration_seconds=9999),
        "deregistration delay",
    ),
    "an idle timeout longer than there is": (_with(DEV, idle_seconds=7200), "1 to 4000"),
    "a saturation in per cent": (_with(PRODUCTION, saturation_target=60.0), "between 0 and 1"),
    "a rate rule that blocks an office": (_with(DEV, requests_per_five_minutes=10), "100"),
    "two deployments of one name": (
        _with(STAGING, ws_deployments=(Deployment("a", _HTTPS), Deployment("a", _HTTPS))),
        "same name",
    ),
    "blue/green of two deployments": (
        _with(PRODUCTION, ws_deployments=(Deployment("a", _HTTPS), Deployment("b", _HTTPS))),
        "one deployment",
    ),
    "production without blue/green": (_with(PRODUCTION, blue_green=False), "blue/green"),
    "production in one zone": (
        _with(PRODUCTION, network=Network(task_zones=1)),
        "two zones",
    ),
    "staging without a replica": (_with(STAGING, redis=Redis("cache.t4g.micro")), "replica"),
    "staging without an accelerator": (_with(STAGING, accelerator=False), "Accelerator"),
    "production without a dashboard": (
        _with(PRODUCTION, domains=Domains("api.aldea.ai")),
        "three hosts",
    ),
    "one task of a service in production": (
        _with(PRODUCTION, backend=Size(512, 1024)),
        "a task in each zone",
    ),
    "an unprotected database": (
        _with(
            PRODUCTION,
            database=attrs.evolve(PRODUCTION.database, deletion_protection=False),
        ),
        "protected",
    ),
    "an instance without a GPU": (
        lambda: GpuEngines(("stt-api-dev-1",), "v1.0.0", instance="m7i.xlarge"),
        "no instance with one GPU",
    ),
    "an instance with GPUs that stay idle": (
        lambda: GpuEngines(("stt-api-dev-1",), "v1.0.0", instance="g6.12xlarge"),
        "no instance with one GPU",
    ),
    "engines of a branch, which changes": (
        lambda: GpuEngines(("stt-api-dev-1",), "main"),
        "no tag and no commit",
    ),
    "a model's name that a shell would run": (
        lambda: GpuEngines(("stt-api-dev-1",), "v1.0.0", model="a; reboot"),
        "no name of a model",
    ),
    "an engine's name too long for its target group": (
        lambda: GpuEngines(("stt-api-development-engine-1",), "v1.0.0"),
        "up to 24 characters",
    ),
    "two engines of one name": (
        lambda: GpuEngines(("stt-api-dev-1", "stt-api-dev-1"), "v1.0.0"),
        "same name",
    ),
    "a disk too small for the image": (
        lambda: GpuEngines(("stt-api-dev-1",), "v1.0.0", gigabytes=20),
        "80 GB",
    ),
    "an engine that nobody uses": (
        _with(DEV, gpu_engines=GpuEngines(("stt-api-dev-3",), "v1.0.0")),
        "no deployment uses engine stt-api-dev-3",
    ),
    "an environment that services do not know": (_with(DEV, name="test"), "no environment"),
    "a prefix too long for target groups": (_with(DEV, prefix="development-ws-proxy"), "prefix"),
    "an account that is none": (_with(DEV, account="1234"), "12 digits"),
    "zones of another region": (_with(DEV, region="eu-west-1"), "is not in eu-west-1"),
}


@pytest.mark.parametrize("mistake", _MISTAKES)
def test_mistake_is_refused_with_its_reason(mistake: str) -> None:
    make, text = _MISTAKES[mistake]
    with pytest.raises(SettingsError, match=text.replace(".", r"\.")):
        make()


def test_there_are_mistakes_enough() -> None:
    assert len(_MISTAKES) >= 20
