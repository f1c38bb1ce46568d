"""Redis, PostgreSQL, the queue, secrets and the registry."""

import json

from typing import Any

import pytest


def test_redis_is_a_cluster_with_a_replica_in_the_other_zone_and_one_node_in_dev(
    all_synthesised: Any,
) -> None:
    found = {}
    for name, each in all_synthesised.items():
        redis = each.one("AWS::ElastiCache::ReplicationGroup")
        assert redis["ClusterMode"] == "enabled"
        assert redis["AutomaticFailoverEnabled"] is True
        found[name] = (
            redis["NumNodeGroups"], redis["ReplicasPerNodeGroup"], redis["MultiAZEnabled"],
        )  # fmt: skip
    assert found == {"dev": (1, 0, False), "staging": (2, 1, True), "production": (2, 1, True)}


def test_redis_is_encrypted_wants_a_token_and_evicts_nothing(any_environment: Any) -> None:
    redis = any_environment.one("AWS::ElastiCache::ReplicationGroup")
    assert redis["AtRestEncryptionEnabled"] is redis["TransitEncryptionEnabled"] is True
    assert redis["TransitEncryptionMode"] == "required"
    assert "{{resolve:secretsmanager:" in json.dumps(redis["AuthToken"])
    assert redis["SnapshotRetentionLimit"] >= 1
    parameters = any_environment.one("AWS::ElastiCache::ParameterGroup")
    assert parameters["CacheParameterGroupFamily"] == "valkey8"
    assert parameters["Properties"] == {"cluster-enabled": "yes", "maxmemory-policy": "noeviction"}


def test_database_has_a_standby_and_is_single_in_dev(all_synthesised: Any) -> None:
    databases = {n: e.one("AWS::RDS::DBInstance") for n, e in all_synthesised.items()}
    assert {name: each["MultiAZ"] for name, each in databases.items()} == {
        "dev": False, "staging": True, "production": True,
    }  # fmt: skip
    assert {name: each["DeletionProtection"] for name, each in databases.items()} == {
        "dev": False, "staging": True, "production": True,
    }  # fmt: skip


def test_database_is_encrypted_backed_up_private_and_wants_tls(any_environment: Any) -> None:
    database = any_environment.one("AWS::RDS::DBInstance")
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["BackupRetentionPeriod"] >= 1
    assert database["Engine"] == "postgres"
    parameters = any_environment.one("AWS::RDS::DBParameterGroup")
    assert parameters["Parameters"]["rds.force_ssl"] == "1"


@pytest.mark.parametrize("kind", ["AWS::RDS::DBSubnetGroup", "AWS::ElastiCache::SubnetGroup"])
def test_stores_are_in_private_subnets_of_both_zones(any_environment: Any, kind: str) -> None:
    subnets = any_environment.one(kind)["SubnetIds"]
    assert len(subnets) == 2
    assert all("PrivateSubnet" in json.dumps(subnet) for subnet in subnets)


def test_queue_and_dead_letter_queue_have_their_names(any_environment: Any) -> None:
    prefix = any_environment.settings.prefix
    queues = {q["QueueName"]: q for q in any_environment.resources("AWS::SQS::Queue").values()}
    assert set(queues) == {f"{prefix}-org-sync", f"{prefix}-org-sync-dlq"}
    assert queues[f"{prefix}-org-sync"]["RedrivePolicy"]["maxReceiveCount"] == 5
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


def test_message_stays_hidden_for_six_times_the_functions_time(any_environment: Any) -> None:
    prefix = any_environment.settings.prefix
    queues = {q["QueueName"]: q for q in any_environment.resources("AWS::SQS::Queue").values()}
    functions = {
        f["FunctionName"]: f
        for f in any_environment.resources("AWS::Lambda::Function").values()
        if "FunctionName" in f
    }
    org_sync = functions[f"{prefix}-org-sync"]
    assert queues[f"{prefix}-org-sync"]["VisibilityTimeout"] >= 6 * org_sync["Timeout"]


def test_no_template_holds_a_password(any_environment: Any) -> None:
    """Addresses are put together from references, which CloudFormation resolves."""
    for secret in any_environment.resources("AWS::SecretsManager::Secret").values():
        text = json.dumps(secret.get("SecretString", ""))
        if "://" in text:
            assert "{{resolve:secretsmanager:" in text
        else:
            assert text in ('""', '"unset"', '"{}"')


def test_clients_of_stores_use_tls(any_environment: Any) -> None:
    texts = [
        json.dumps(secret.get("SecretString", ""))
        for secret in any_environment.resources("AWS::SecretsManager::Secret").values()
    ]
    (redis,) = [text for text in texts if "cluster://" in text]
    (database,) = [text for text in texts if "postgresql://" in text]
    assert "rediss+cluster://" in redis
    assert "?ssl=require" in database


def test_passwords_of_stores_rotate(any_environment: Any) -> None:
    schedules = any_environment.resources("AWS::SecretsManager::RotationSchedule")
    assert len(schedules) == 2
    assert all("90" in json.dumps(each["RotationRules"]) for each in schedules.values())


def test_each_service_has_a_repository_with_immutable_tags(any_environment: Any) -> None:
    repositories = any_environment.resources("AWS::ECR::Repository").values()
    names = {each["RepositoryName"].rpartition("/")[2] for each in repositories}
    assert {"ws-proxy", "transcribe", "backend", "frontend", "db-sync"} <= names
    assert all(each["ImageTagMutability"] == "IMMUTABLE" for each in repositories)
    assert all(each["ImageScanningConfiguration"]["ScanOnPush"] for each in repositories)


def test_what_holds_state_outlives_its_stack(any_environment: Any) -> None:
    is_dev = any_environment.settings.name == "dev"
    kept = {
        "AWS::RDS::DBInstance": "Snapshot" if is_dev else "Retain",
        "AWS::ECR::Repository": "Retain",
        "AWS::EFS::FileSystem": "Retain",
        "AWS::S3::Bucket": "Retain",
    }
    for template in any_environment.stacks.values():
        for name, resource in template["Resources"].items():
            if policy := kept.get(resource["Type"]):
                found = resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")
                assert found == (policy, policy), name


def test_no_bucket_is_public(any_environment: Any) -> None:
    for name, bucket in any_environment.resources("AWS::S3::Bucket").items():
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }, name
