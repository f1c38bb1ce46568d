"""
Rotates the password of PostgreSQL or the token of Redis, and the address that services read.

Secrets Manager calls it with four steps. AWS's own interfaces change passwords, so that no driver
is needed and the function needs no network of its own. Services read secrets when they start: the
last step replaces their tasks, one at a time.

Redis accepts the old token beside the new one until the next rotation. PostgreSQL does not accept
the old password: connections that are open stay, new ones of a task that is not replaced yet fail,
and gateways do not use the database.
"""

import json
import os
import re

from typing import Any

import boto3


_LENGTH = 40


def handler(event: dict[str, Any], _context: Any) -> None:
    """
    Lambda's entry point.

    Its environment: KIND (redis or database), TARGET (the store's identifier), URL_SECRET (the
    secret with the address), CLUSTER, SERVICES and FUNCTIONS (names, separated by commas), VARIABLE
    (which of the functions' variables has the address).
    """
    secrets = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    match event["Step"]:
        case "createSecret":
            create(secrets, secret, token)
        case "setSecret":
            change(pending(secrets, secret, token))
        case "testSecret":
            pass  # a service that cannot use it does not start, and its deployment is rolled back
        case "finishSecret":
            finish(secrets, secret, token)
        case step:
            raise ValueError(f"{step} is no step of a rotation")


def create(secrets: Any, secret: str, token: str) -> None:
    """Makes the next value, once."""
    try:
        secrets.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
        return
    except secrets.exceptions.ResourceNotFoundException:
        pass
    current = secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    made = secrets.get_random_password(PasswordLength=_LENGTH, ExcludePunctuation=True)
    password = made["RandomPassword"]
    value = (
        json.dumps({**json.loads(current), "password": password})
        if is_document(current)
        else password
    )
    secrets.put_secret_value(
        SecretId=secret, ClientRequestToken=token, SecretString=value, VersionStages=["AWSPENDING"]
    )


def is_document(value: str) -> bool:
    """Whether a secret is JSON with a password in it, as that of the database is."""
    return value.startswith("{")


def password_of(value: str) -> str:
    """The password in a secret of either kind."""
    return str(json.loads(value)["password"]) if is_document(value) else value


def pending(secrets: Any, secret: str, token: str) -> str:
    """The next password."""
    found = secrets.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    return password_of(found["SecretString"])


def change(password: str) -> None:
    """Has the store accept *password*."""
    target = os.environ["TARGET"]
    if os.environ["KIND"] == "redis":
        boto3.client("elasticache").modify_replication_group(
            ReplicationGroupId=target,
            AuthToken=password,
            AuthTokenUpdateStrategy="ROTATE",
            ApplyImmediately=True,
        )
        return
    boto3.client("rds").modify_db_instance(
        DBInstanceIdentifier=target, MasterUserPassword=password, ApplyImmediately=True
    )


def with_password(url: str, password: str) -> str:
    """*url* with another password."""
    return re.sub(r"(://[^:/@]*:)[^@]*@", lambda found: f"{found[1]}{password}@", url, count=1)


def finish(secrets: Any, secret: str, token: str) -> None:
    """Makes the next value the current one, in both secrets, and replaces tasks."""
    password = pending(secrets, secret, token)
    address = os.environ["URL_SECRET"]
    url = secrets.get_secret_value(SecretId=address)["SecretString"]
    secrets.put_secret_value(SecretId=address, SecretString=with_password(url, password))
    versions = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        secrets.update_secret_version_stage(
            SecretId=secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
    lambdas = boto3.client("lambda")
    for function in filter(None, os.environ["FUNCTIONS"].split(",")):
        readdress(lambdas, function, os.environ["VARIABLE"], password)
    ecs = boto3.client("ecs")
    for service in filter(None, os.environ["SERVICES"].split(",")):
        restart(ecs, os.environ["CLUSTER"], service)


def readdress(lambdas: Any, function: str, variable: str, password: str) -> None:
    """Gives a function, whose variables cannot be secrets, the address with the new password."""
    variables = lambdas.get_function_configuration(FunctionName=function)["Environment"][
        "Variables"
    ]
    variables[variable] = with_password(variables[variable], password)
    lambdas.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )


def restart(ecs: Any, cluster: str, service: str) -> None:
    """Replaces the tasks of a service: by ECS, or by CodeDeploy where that deploys it."""
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    if found.get("deploymentController", {}).get("type") != "CODE_DEPLOY":
        ecs.update_service(cluster=cluster, service=service, forceNewDeployment=True)
        return
    container = found["loadBalancers"][0]
    appspec = {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": found["taskDefinition"],
                        "LoadBalancerInfo": {
                            "ContainerName": container["containerName"],
                            "ContainerPort": container["containerPort"],
                        },
                    },
                }
            }
        ],
    }
    boto3.client("codedeploy").create_deployment(
        applicationName=cluster,
        deploymentGroupName=service,
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec)},
        },
    )
