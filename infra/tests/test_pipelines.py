"""The role that pipelines borrow: who may have it, and what it may pass on."""

from typing import Any


_ISSUER = "token.actions.githubusercontent.com"


def _role(environment: Any) -> dict[str, Any]:
    return environment.one("AWS::IAM::Role", "Pipelines")


def test_pipelines_lend_their_role_to_one_environment_of_one_repository(
    any_environment: Any,
) -> None:
    settings = any_environment.settings
    (statement,) = _role(any_environment)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{_ISSUER}:aud": "sts.amazonaws.com",
            f"{_ISSUER}:sub": f"repo:{settings.repository}:environment:{settings.name}",
        }
    }


def test_pipelines_pass_roles_to_tasks_only(any_environment: Any) -> None:
    statements = [
        statement
        for policy in any_environment.resources("AWS::IAM::Policy", "Pipelines").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "iam:PassRole" in statement["Action"]
    ]
    (passing,) = statements
    assert passing["Condition"]["StringEquals"] == {
        "iam:PassedToService": "ecs-tasks.amazonaws.com"
    }
    assert all("-Services-" in each or "-Monitors-" in each for each in passing["Resource"])
