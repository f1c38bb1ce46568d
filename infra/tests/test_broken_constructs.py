"""
Deliberate mistakes in constructs, each caught by the check that is named beside it.

What settings refuse is in `test_mistakes.py`. What only schemas know is caught by cfn-lint, and what
needs the constructs by cdk-nag: each is run once, over all of its mistakes.
"""

import copy
import importlib.util
import inspect
import json
import subprocess
import sys

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"broken_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_TESTS = Path(__file__).parent
mistakes = _load(_TESTS / "mistakes.py")
Override = mistakes.Override


@pytest.fixture(scope="module")
def checks() -> Mapping[str, Callable[..., None]]:
    """The tests of templates, by name."""
    files = ("edge", "functions", "network", "pipelines", "services", "stores", "watching")
    return {
        name: test
        for file in files
        for name, test in vars(_load(_TESTS / f"test_{file}.py")).items()
        if name.startswith("test_")
    }


def _check(test: Callable[..., None], production: Any, environments: Mapping[str, Any]) -> None:
    """Runs a test as pytest would, with *production* in place of the real one."""
    given = {
        **environments,
        "production": production,
        "any_environment": production,
        "all_synthesised": {**environments, "production": production},
    }
    names = inspect.signature(test).parameters
    test(**{name: given[name] for name in names if name in given})


@pytest.mark.parametrize("name", mistakes.MISTAKES)
def test_mistake_in_a_construct_is_caught_by_its_check(
    name: str, checks: Mapping[str, Callable[..., None]], all_synthesised: Any
) -> None:
    check, right = checks[name], all_synthesised["production"]
    _check(check, right, all_synthesised)
    for mistake in mistakes.MISTAKES[name].values():
        wrong = attrs.evolve(right, stacks=copy.deepcopy(right.stacks))
        mistake.apply(wrong.stacks)
        with pytest.raises((AssertionError, LookupError, ValueError, TypeError)):
            _check(check, wrong, all_synthesised)


def test_there_are_mistakes_enough() -> None:
    assert sum(map(len, mistakes.MISTAKES.values())) >= 58


# What no test of ours asserts, since AWS's own schemas know it: rule of cfn-lint → stack and mistake.
_FOR_CFN_LINT = {
    # A property that does not exist.
    "E3002": ("Stores", Override("AWS::SQS::Queue", "Properties.VisibilityTimeoutSeconds", 30)),
    # A reference to nothing.
    "E1020": ("Stores", Override("AWS::SQS::Queue", "Properties.QueueName", {"Ref": "Nothing"})),
    # A function that runs longer than functions may.
    "E3717": ("Functions", Override("AWS::Lambda::Function", "Properties.Timeout", 1800)),
    # A class of databases that does not exist.
    "E3025": ("Stores", Override("AWS::RDS::DBInstance", "Properties.DBInstanceClass", "db.huge")),
    # A task that Fargate does not have.
    "E3047": (
        "Services", Override("AWS::ECS::TaskDefinition", "Properties.Memory", "512", "Backend")),
    # A retention that logs do not have.
    "E3030": ("Services", Override("AWS::Logs::LogGroup", "Properties.RetentionInDays", 42)),
}  # fmt: skip


def test_mistake_that_only_schemas_know_is_caught_by_cfn_lint(
    production: Any, tmp_path: Path
) -> None:
    expected = {}
    for rule, (stack, mistake) in _FOR_CFN_LINT.items():
        stacks = {stack: copy.deepcopy(production.stacks[stack])}
        mistake.apply(stacks)
        file = tmp_path / f"{rule}.json"
        file.write_text(json.dumps(stacks[stack]))
        expected[str(file)] = rule
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--format", "json", "--template", *expected],
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, set[str]] = {}
    for each in json.loads(done.stdout):
        if each["Level"] == "Error":
            found.setdefault(each["Filename"], set()).add(each["Rule"]["Id"])
    assert {file: rule for file, rule in expected.items() if rule not in found[file]} == {}, found


# What cdk-nag knows of constructs: mistake → stack, type, attribute, its value, and the rule.
# Attributes, since it does not see overrides.
_FOR_CDK_NAG: dict[str, tuple[str, str, str, object, str]] = {
    "a database without encryption": (
        "stores", "AWS::RDS::DBInstance", "storage_encrypted", False, "RDS2"),
    "Redis without encryption on its way": (
        "stores", "AWS::ElastiCache::ReplicationGroup", "transit_encryption_enabled", False, "AEC3"),
    "a balancer without a log": (
        "edge", "AWS::ElasticLoadBalancingV2::LoadBalancer", "load_balancer_attributes", [], "ELB2"),
    "a cluster that shows nothing": (
        "services", "AWS::ECS::Cluster", "cluster_settings", [], "ECS4"),
    "a role for every bucket": (
        "services", "AWS::IAM::Policy", "policy_document",
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x"}]},
        "IAM5"),
}  # fmt: skip


def test_mistake_that_needs_constructs_is_caught_by_cdk_nag(tmp_path: Path) -> None:
    """One stage with all of them, each on a construct of its own."""
    from aldea_infra.environments import DEV
    from aldea_infra.stage import AldeaStage, new_app
    from aws_cdk import CfnResource, Validations
    from cdk_nag import AwsSolutionsChecks

    package = tmp_path / "package"
    package.mkdir()
    (package / "empty.py").touch()
    app = new_app((DEV,), str(tmp_path / "out"))
    stage = AldeaStage(app, DEV, package)
    for stack, kind, name, value, _rule in _FOR_CDK_NAG.values():
        resource = next(
            each
            for each in getattr(stage, stack).node.find_all()
            if CfnResource.is_cfn_resource(each) and each.cfn_resource_type == kind
        )
        setattr(resource, name, value)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    nag = next(each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions")
    assert nag["conclusion"] == "failure"
    found = {each["ruleName"] for each in nag["violations"]}
    for mistake, (*_, rule) in _FOR_CDK_NAG.items():
        assert any(each.startswith(f"AwsSolutions-{rule}") for each in found), (mistake, found)
