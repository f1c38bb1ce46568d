"""
Templates for tests: each environment is synthesised once a session, with cdk-nag, and offline.

jsii takes some seconds for it, so tests read the JSON that came out and nothing makes it again.
"""

import json
import os
import subprocess
import tempfile

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from aldea_infra.environments import DEV, PRODUCTION, STAGING
from aldea_infra.settings import Environment, GpuEngines


INFRA = Path(__file__).parents[1]
ROOT = INFRA.parent
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "1"


@attrs.frozen
class Synthesised:
    """
    Attributes:
        stacks: Template by the name of its stack.
        folder: The cloud assembly.
    """

    settings: Environment
    stacks: dict[str, dict[str, Any]]
    folder: Path

    def resources(self, kind: str, stack: str = "") -> dict[str, dict[str, Any]]:
        """Properties of all resources of *kind*, by logical id."""
        return {
            name: resource.get("Properties", {})
            for title, template in self.stacks.items()
            if stack in {"", title}
            for name, resource in template.get("Resources", {}).items()
            if resource["Type"] == kind
        }

    def one(self, kind: str, stack: str = "") -> dict[str, Any]:
        """The properties of the one resource of *kind*."""
        found = self.resources(kind, stack)
        assert len(found) == 1, f"{len(found)} of {kind}"
        return next(iter(found.values()))

    def task_definitions(self) -> dict[str, dict[str, Any]]:
        """Task definitions by family."""
        return {
            definition["Family"]: definition
            for definition in self.resources("AWS::ECS::TaskDefinition").values()
        }

    def services(self) -> dict[str, dict[str, Any]]:
        """ECS services by name."""
        return {
            service["ServiceName"]: service
            for service in self.resources("AWS::ECS::Service").values()
        }


def synthesise(settings: Environment, folder: Path) -> Synthesised:
    """
    Raises:
        RuntimeError: CDK or cdk-nag found something.
    """
    from aldea_infra.stage import AldeaStage, new_app
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks

    package = folder / "package"
    package.mkdir()
    (package / "empty.py").touch()
    app = new_app((settings,), str(folder / "out"))
    AldeaStage(app, settings, package)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    return Synthesised(settings, _templates(folder / "out"), folder / "out")


def _templates(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for manifest in folder.rglob("manifest.json"):
        for artifact in json.loads(manifest.read_text())["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                file = manifest.parent / artifact["properties"]["templateFile"]
                found[artifact["displayName"].split("/")[-1]] = json.loads(file.read_text())
    return found


@pytest.fixture(scope="session")
def all_synthesised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesised]:
    return {
        settings.name: synthesise(settings, tmp_path_factory.mktemp(settings.name))
        for settings in (DEV, STAGING, PRODUCTION)
    }


@pytest.fixture(scope="session")
def with_engines(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Production with GPU instances of its own, which is optional."""
    engines = GpuEngines(
        ("stt-api-dev-1", "stt-api-dev-2", "stt-api-live-1", "stt-api-live-2"), version="v1.0.0"
    )
    settings = attrs.evolve(PRODUCTION, gpu_engines=engines)
    return synthesise(settings, tmp_path_factory.mktemp("with-engines"))


@pytest.fixture(scope="session")
def stores() -> Iterator[dict[str, Any]]:
    """Addresses of real stores on this machine: PostgreSQL, a cluster of Redis, and a queue."""
    # Not in pytest's folders, which are closed to PostgreSQL's own user.
    with tempfile.TemporaryDirectory(prefix="aldea-stores-") as folder:
        process = subprocess.Popen(
            [ROOT / ".venv/bin/python", Path(__file__).with_name("local_stores.py"), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, "the stores do not start"
            yield json.loads(line)
        finally:
            process.stdin.close()
            process.wait(60)
            process.stdout.close()


@pytest.fixture(params=["dev", "staging", "production"])
def any_environment(request: pytest.FixtureRequest, all_synthesised: Any) -> Iterator[Synthesised]:
    return all_synthesised[request.param]


@pytest.fixture
def dev(all_synthesised: dict[str, Synthesised]) -> Synthesised:
    return all_synthesised["dev"]


@pytest.fixture
def staging(all_synthesised: dict[str, Synthesised]) -> Synthesised:
    return all_synthesised["staging"]


@pytest.fixture
def production(all_synthesised: dict[str, Synthesised]) -> Synthesised:
    return all_synthesised["production"]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto in place of AWS."""
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")  # moto starts no tasks by itself
    with mock_aws():
        yield
