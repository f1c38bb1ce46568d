"""Lambda functions: their names, triggers, bounds and rights."""

import json

from typing import Any


def _functions(environment: Any) -> dict[str, dict[str, Any]]:
    return {
        each["FunctionName"]: each
        for each in environment.resources("AWS::Lambda::Function").values()
        if "FunctionName" in each
    }


def test_functions_have_the_described_names(any_environment: Any) -> None:
    prefix = any_environment.settings.prefix
    expected = {
        f"{prefix}-{name}"
        for name in ("org-sync", "redis-seeder", "rotate-redis", "rotate-database")
    }
    if any_environment.settings.name == "production":
        expected.add("prod-ws-proxy-transcribe-canary")
    assert set(_functions(any_environment)) == expected


def test_org_sync_takes_batches_and_reports_what_failed(any_environment: Any) -> None:
    mapping = any_environment.one("AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert "OrgSync" in json.dumps(mapping["EventSourceArn"])


def test_org_sync_has_a_bound_on_its_connections(any_environment: Any) -> None:
    settings = any_environment.settings
    function = _functions(any_environment)[f"{settings.prefix}-org-sync"]
    assert function["ReservedConcurrentExecutions"] == settings.org_sync_concurrency
    mapping = any_environment.one("AWS::Lambda::EventSourceMapping")
    assert mapping["ScalingConfig"]["MaximumConcurrency"] <= settings.org_sync_concurrency


def test_functions_of_the_sync_are_in_the_network(any_environment: Any) -> None:
    prefix = any_environment.settings.prefix
    functions = _functions(any_environment)
    for name in ("org-sync", "redis-seeder"):
        subnets = functions[f"{prefix}-{name}"]["VpcConfig"]["SubnetIds"]
        assert len(subnets) == any_environment.settings.network.task_zones
    assert functions[f"{prefix}-redis-seeder"]["ReservedConcurrentExecutions"] == 1
    assert functions[f"{prefix}-redis-seeder"]["Timeout"] == 900


def test_new_redis_is_seeded_by_the_deployment_that_makes_it(any_environment: Any) -> None:
    seed = any_environment.one("Custom::AWS")
    for event in ("Create", "Update"):
        call = json.dumps(seed[event])
        assert "seed_all" in call
        assert "ConfigurationEndPoint" in call, "a new address must be a new call"


def test_canary_runs_every_minute_with_a_key_of_its_own(production: Any) -> None:
    function = _functions(production)["prod-ws-proxy-transcribe-canary"]
    assert (function["Timeout"], function["MemorySize"]) == (30, 256)
    rules = production.resources("AWS::Events::Rule").values()
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(1 minute)"]
    assert "key" in json.dumps(function["Environment"]["Variables"]["KEY_SECRET"]).lower()


def test_functions_write_to_logs_of_their_own(any_environment: Any) -> None:
    logs = {
        group["LogGroupName"]
        for group in any_environment.resources("AWS::Logs::LogGroup", "Functions").values()
        if "LogGroupName" in group
    }
    assert logs == {f"/aws/lambda/{name}" for name in _functions(any_environment)}
