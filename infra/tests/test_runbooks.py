"""
Runbooks are right: every command in them is one that its program takes, and what needs no AWS is run.

Commands are those of fenced blocks and of code in a line. What is in capitals stands for a name.
"""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys

from pathlib import Path
from typing import Any

import attrs
import boto3
import botocore.session
import pytest

from aldea_infra.settings import Environment
from botocore.validate import ParamValidator


ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))
_PROGRAMS = ("aldea", "aws", "python", "make", "npx", "curl")


def _commands(page: Path) -> list[list[str]]:
    """Each command of a page, as a shell divides it."""
    text = page.read_text()
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [
        line.strip().removeprefix("$ ")
        for block in blocks
        for line in re.sub(r"\\\n\s*", " ", block).splitlines()
        if line.strip().startswith("$ ")
    ]
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", rest)]
    divided = [shlex.split(line) for line in lines if line.split(" ")[0] in _PROGRAMS]
    return [command for command in divided if len(command) > 1]


ALL = [(page.stem, command) for page in PAGES for command in _commands(page)]


def _of(program: str) -> list[list[str]]:
    return [command for _, command in ALL if command[0] == program]


def test_there_are_commands_on_every_page() -> None:
    assert {page for page, _ in ALL} == {page.stem for page in PAGES}
    assert len(ALL) >= 30


_PARSE = """
import json, sys
import click
from entrypoints.cli.main import cli
for words in json.load(sys.stdin):
    command, rest = cli, words[1:]
    context = click.Context(cli, info_name="aldea")
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
        context = click.Context(command, info_name=name, parent=context)
    try:
        command.make_context(context.info_name, list(rest), parent=context.parent)
    except click.ClickException as error:
        print(" ".join(words) + ": " + error.format_message())
"""


def test_commands_of_aldea_are_taken() -> None:
    assert len(_of("aldea")) >= 10
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "-c", _PARSE],
        input=json.dumps(_of("aldea")),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "ALDEA_API_KEY": "key"},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr[-2000:]


def _call(command: list[str]) -> tuple[str, str, dict[str, Any]]:
    """A command of AWS's command line as a call: service, operation and parameters."""
    _, service, operation, *rest = command
    service = {"deploy": "codedeploy"}.get(service, service)
    title = "".join(part.title() for part in operation.split("-")).replace("Db", "DB")
    model = botocore.session.get_session().get_service_model(service).operation_model(title)
    shapes = model.input_shape.members
    names = {re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "-", n).lower(): n for n in shapes}
    given: dict[str, Any] = {}
    while rest:
        option = rest.pop(0).removeprefix("--")
        is_no = option.startswith("no-") and option.removeprefix("no-") in names
        name = names[option.removeprefix("no-") if is_no else option]
        kind = shapes[name].type_name
        if kind == "boolean":
            given[name] = not is_no
        elif kind == "list":
            given[name] = [rest.pop(0)]
        else:
            given[name] = rest.pop(0)
    return service, title, given


@pytest.mark.parametrize("command", _of("aws"), ids=lambda command: " ".join(command[1:3]))
def test_commands_of_aws_are_calls_that_exist(command: list[str]) -> None:
    service, title, given = _call(command)
    model = botocore.session.get_session().get_service_model(service).operation_model(title)
    report = ParamValidator().validate(given, model.input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("command", _of("python"), ids=lambda command: command[1].split("/")[-1])
def test_scripts_take_the_arguments(command: list[str]) -> None:
    """They get as far as AWS, which is not here."""
    done = subprocess.run(
        [sys.executable, *command[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"},
    )
    assert done.returncode == 1, done.stderr[-2000:]  # 2 is what argparse ends with
    assert "You must specify a region" in done.stderr or "NoRegion" in done.stderr


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in _of("make"):
        assert set(command[1:]) <= targets, command


def test_stacks_that_are_deployed_exist(all_synthesised: Any) -> None:
    stacks = {name for environment in all_synthesised.values() for name in environment.stacks}
    for command in _of("npx"):
        assert command[1] == "cdk@2.1148.1"
        for word in command[2:]:
            if "/" in word:
                stage, _, stack = word.partition("/")
                assert stage in ("Dev", "Staging", "Prod")
                assert stack == "*" or stack in stacks, word


def test_settings_that_runbooks_name_exist() -> None:
    """Of services, and of environments."""
    known = set(
        re.findall(
            r"^    (\w+): ", (ROOT / "src/entrypoints/settings.py").read_text(), re.MULTILINE
        )
    )
    fields = {field.name for field in attrs.fields(Environment)}
    for page in PAGES:
        text = page.read_text()
        for name in re.findall(r"ALDEA_([A-Z_]+)", text):
            assert name.lower() in known, f"{page.stem}: ALDEA_{name}"
        for name in re.findall(r"`(\w+)`[^`]{0,40} (?:in|of)\s+`environments\.py`", text):
            assert name in fields or name in ("Database", "shards", "gigabytes"), name


def test_metrics_that_runbooks_name_exist() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/entrypoints").rglob("*metrics*.py"))
    for page in PAGES:
        for name in re.findall(r"\baldea_[a-z_]+", page.read_text()):
            if name != "aldea_infra":
                stem = name.removesuffix("_total")
                assert stem in source, f"{page.stem}: {name}"


def _named(page: Path) -> list[str]:
    """What a page has as code in a line and is no command."""
    rest = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    found = [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", rest)]
    return [each for each in found if each.split(" ")[0] not in _PROGRAMS]


def test_lines_of_logs_that_runbooks_name_are_logged() -> None:
    """A phrase as code is what a service logs: an event, or the reason of one."""
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    stores = set(re.findall(r'Unavailable\(\s*"([^"]+)"', source))
    phrases = {
        each for page in PAGES for each in _named(page) if re.fullmatch(r"[A-Z]?[a-z' ]+", each)
    }
    phrases = {each for each in phrases if " " in each}
    assert len(phrases) >= 6
    for phrase in phrases:
        missing = re.fullmatch(r"The (.+) is unavailable", phrase)
        assert missing[1] in stores if missing else f'"{phrase}"' in source, phrase


_ROUTES = """
from entrypoints.containers.services import Services
from entrypoints.settings import Settings
backend = Services(Settings()).api.backend()
for api in (backend.own, *backend.others):
    for route in api.routes:
        print(route.method, route.path)
"""


def test_routes_that_runbooks_name_exist() -> None:
    printed = subprocess.run(
        [ROOT / ".venv/bin/python", "-c", _ROUTES], capture_output=True, text=True, check=True
    )
    routes = set(printed.stdout.splitlines())
    named = {
        each.partition("?")[0]
        for page in PAGES
        for each in _named(page)
        if re.match(r"[A-Z]+ /", each)
    }
    assert len(named) >= 3
    assert named <= routes, named - routes


def test_secrets_and_groups_that_runbooks_name_exist(production: Any) -> None:
    templates = json.dumps(production.stacks)
    named = {each for page in PAGES for each in _named(page) if each.startswith("PREFIX")}
    assert len(named) >= 8
    for name in named:
        assert f'"{name.replace("PREFIX", production.settings.prefix)}"' in templates, name


def test_database_is_restored_beside_the_old_one_and_takes_its_name(aws: None) -> None:
    rds = boto3.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="prod-ws-proxy",
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        MasterUsername="aldea",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=100,
    )
    calls = [
        _call(command)
        for page, command in ALL
        if page == "restore" and command[:2] == ["aws", "rds"]
    ]
    assert [title for _, title, _ in calls] == [
        "RestoreDBInstanceToPointInTime", "ModifyDBInstance", "ModifyDBInstance",
    ]  # fmt: skip
    for _, title, given in calls:
        given.pop("DBSubnetGroupName", None)
        given.pop("VpcSecurityGroupIds", None)
        getattr(rds, re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", title).lower())(
            **given
        )
    found = {each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]}
    assert found == {"prod-ws-proxy", "prod-ws-proxy-broken"}


def test_service_is_rolled_back_to_an_earlier_image(aws: None) -> None:
    """The command of the page, on a cluster of moto's."""
    (command,) = [each for page, each in ALL if page == "roll-back" and "deploy_service" in each[1]]
    given = dict(zip(command[2::2], command[3::2], strict=True))
    prefix, service, tag = given["--prefix"], given["--service"], given["--tag"]
    ecs, registry = boto3.client("ecs"), boto3.client("ecr")
    ecs.create_cluster(clusterName=prefix)
    ecs.register_task_definition(
        family=service,
        containerDefinitions=[{"name": service, "image": f"registry/{service}:new", "memory": 512}],
    )
    ecs.create_service(cluster=prefix, serviceName=service, taskDefinition=service, desiredCount=1)
    registry.create_repository(repositoryName=f"{prefix}/{service}")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/json", "size": 1, "digest": "sha256:" + "0" * 64}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    registry.put_image(
        repositoryName=f"{prefix}/{service}", imageManifest=json.dumps(manifest), imageTag=tag
    )
    spec = importlib.util.spec_from_file_location("rolling_back", ROOT / command[1])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.deploy(prefix, service, tag, poll_seconds=0)
    running = ecs.describe_services(cluster=prefix, services=[service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=running["taskDefinition"])
    (container,) = definition["taskDefinition"]["containerDefinitions"]
    assert container["image"] == f"registry/{service}:{tag}"


def test_commands_of_operators_work_on_real_stores(stores: dict[str, Any]) -> None:
    """Those of aldea that need no AWS, in the order in which they are needed."""
    environ = {
        "PATH": os.environ["PATH"],
        "ALDEA_DATABASE_URL": stores["database_url"],
        "ALDEA_REDIS_URL": stores["redis_url"],
    }

    def aldea(*words: str) -> str:
        done = subprocess.run(
            [ROOT / ".venv/bin/aldea", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environ,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-1000:]} {done.stderr[-2000:]}"
        return done.stdout

    aldea("migrate")
    (created,) = json.loads(aldea("orgs", "create", "Runbooks", "--json"))
    aldea("lambda", "redis-seeder", "--seed-all")
    tried = 0
    for _, command in ALL:
        words = [{"ORG": created["id"]}.get(word, word) for word in command]
        if command[0] == "aldea" and command[1] in ("migrate", "lambda", "orgs"):
            aldea(*words[1:])
            tried += 1
    assert tried >= 6
