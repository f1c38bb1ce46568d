"""
The templates are deployed into moto, and what came out is looked at by AWS's own interfaces.

Types that moto does not know are left out, by name: the list may shrink, and may not grow silently.
"""

import io
import json
import zipfile

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from moto import mock_aws


_ORDER = (
    "Registry",
    "Network",
    "Stores",
    "Edge",
    "Services",
    "Monitors",
    "Functions",
    "Watching",
    "Pipelines",
)
UNSUPPORTED = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CertificateManager::Certificate",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::GlobalAccelerator::Accelerator",
    "AWS::GlobalAccelerator::EndpointGroup",
    "AWS::GlobalAccelerator::Listener",
    "AWS::IAM::OIDCProvider",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
    "Custom::AWS",
}
# Properties that CloudFormation takes as they are and moto stumbles over.
_MISREAD = {
    "AWS::SSM::Parameter": ("Tags",),
    "AWS::RDS::DBInstance": ("DBParameterGroupName",),
    "AWS::ElasticLoadBalancingV2::Listener": ("Certificates",),  # ACM is left out
}


def _types(environment: Any) -> set[str]:
    return {
        resource["Type"]
        for template in environment.stacks.values()
        for resource in template["Resources"].values()
    }


def _known() -> set[str]:
    from moto.cloudformation.parsing import get_model_map

    return set(get_model_map())


def without_unsupported(template: dict[str, Any]) -> dict[str, Any]:
    """*template* without resources of types that moto lacks; references to them are texts."""
    dropped = {
        name for name, resource in template["Resources"].items() if resource["Type"] in UNSUPPORTED
    }
    # Of these moto knows the ARN and no attribute.
    groups = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] in ("AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::EFS::FileSystem")
    }
    families = {
        resource["Properties"]["Family"]: name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ECS::TaskDefinition"
    }

    def replaced(value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in dropped:
                return f"arn:aws:service:us-west-2:111111111111:kind:left-out-a-b-c/{name}-xxxxxx"
            case {"Fn::GetAtt": [str(name), *_]} if name in dropped | groups:
                return f"arn:aws:service:us-west-2:111111111111:kind:left-out-a-b-c/{name}-xxxxxx"
            case dict():
                return {key: replaced(each) for key, each in value.items()}
            case list():
                return [replaced(each) for each in value]
            case _:
                return value

    resources = {}
    for name, resource in template["Resources"].items():
        if name in dropped:
            continue
        kept = replaced(resource)
        for misread in _MISREAD.get(resource["Type"], ()):
            kept["Properties"].pop(misread, None)
        if resource["Type"] == "AWS::ECS::Service" and isinstance(
            resource["Properties"]["TaskDefinition"], str
        ):
            # CodeDeploy's services name the family and wait for it; moto does not wait.
            kept["Properties"]["TaskDefinition"] = {
                "Ref": families[resource["Properties"]["TaskDefinition"]]
            }
        waits = kept.pop("DependsOn", [])
        waits = [
            each for each in ([waits] if isinstance(waits, str) else waits) if each not in dropped
        ]
        resources[name] = {**kept, **({"DependsOn": waits} if waits else {})}
    return {**replaced({**template, "Resources": {}}), "Resources": resources}


@pytest.fixture(scope="module")
def deployed(all_synthesised: Any) -> Iterator[Any]:
    """Production, in moto."""
    production = all_synthesised["production"]
    account, region = production.settings.account, production.settings.region
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": region,
            "MOTO_ACCOUNT_ID": account,
        }.items():
            patch.setenv(name, value)
        boto3.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
        _put_assets(production, f"cdk-hnb659fds-assets-{account}-{region}", region)
        zone = boto3.client("route53").create_hosted_zone(Name="aldea.ai", CallerReference="1")
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        clients = boto3.client("cloudformation")
        for name in _ORDER:
            template = json.dumps(without_unsupported(production.stacks[name]))
            clients.create_stack(
                StackName=f"Prod-{name}",
                TemplateBody=template.replace(production.settings.domains.zone_id, zone_id),
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
        yield production


def _put_assets(environment: Any, bucket: str, region: str) -> None:
    """Where CDK would have put the functions' code: a package that moto only stores."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", "")
    assets = boto3.client("s3")
    assets.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    for function in environment.resources("AWS::Lambda::Function").values():
        assets.put_object(Bucket=bucket, Key=function["Code"]["S3Key"], Body=packed.getvalue())


def test_types_that_moto_lacks_are_listed(all_synthesised: Any) -> None:
    types = {each for environment in all_synthesised.values() for each in _types(environment)}
    lacking = types - _known()
    assert lacking <= UNSUPPORTED, f"not in the list: {sorted(lacking - UNSUPPORTED)}"
    assert lacking >= UNSUPPORTED, f"moto knows them now: {sorted(UNSUPPORTED - lacking)}"


def test_every_stack_is_deployed(deployed: Any) -> None:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    found = {stack["StackName"]: stack["StackStatus"] for stack in stacks}
    assert found == {f"Prod-{name}": "CREATE_COMPLETE" for name in _ORDER}


def test_most_resources_are_deployed(production: Any) -> None:
    everything = [
        resource
        for template in production.stacks.values()
        for resource in template["Resources"].values()
    ]
    left = [each for each in everything if each["Type"] in UNSUPPORTED]
    assert len(left) < len(everything) * 0.45
    assert {each["Type"] for each in left} <= UNSUPPORTED


def test_deployed_services_run_what_was_described(deployed: Any) -> None:
    ecs = boto3.client("ecs")
    arns = ecs.list_services(cluster="prod-ws-proxy")["serviceArns"]
    services = ecs.describe_services(cluster="prod-ws-proxy", services=arns)["services"]
    assert {each["serviceName"] for each in services} >= {
        "prod-ws-proxy", "prod-ws-proxy-transcribe", "prod-ws-proxy-backend",
        "prod-ws-proxy-frontend", "prod-ws-proxy-db-sync",
    }  # fmt: skip
    for service in services:
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        images = [each["image"] for each in definition["taskDefinition"]["containerDefinitions"]]
        assert any(image.endswith(":first") for image in images), images


def test_deployed_network_has_both_zones(deployed: Any) -> None:
    vpcs = boto3.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])[
        "Vpcs"
    ]
    assert len(vpcs) == 1
    subnets = boto3.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
    )["Subnets"]
    assert {each["CidrBlock"] for each in subnets} == {
        "10.0.1.0/24", "10.0.2.0/24", "10.0.10.0/24", "10.0.20.0/24",
    }  # fmt: skip
    assert {each["AvailabilityZone"] for each in subnets} == {"us-west-2a", "us-west-2b"}


def test_deployed_queue_moves_what_fails_aside(deployed: Any) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="prod-ws-proxy-org-sync")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"].endswith(":prod-ws-proxy-org-sync-dlq")
    mapped = boto3.client("lambda").list_event_source_mappings(
        FunctionName="prod-ws-proxy-org-sync"
    )["EventSourceMappings"]
    assert [each["EventSourceArn"] for each in mapped] == [attributes["QueueArn"]]


def test_deployed_rules_are_asked_in_their_order(deployed: Any) -> None:
    elb = boto3.client("elbv2")
    balancer = elb.describe_load_balancers(Names=["prod-ws-proxy"])["LoadBalancers"][0]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (https,) = [each for each in listeners if each["Port"] == 443]
    rules = elb.describe_rules(ListenerArn=https["ListenerArn"])["Rules"]
    priorities = [rule["Priority"] for rule in rules if rule["Priority"] != "default"]
    assert sorted(map(int, priorities)) == [10, 20, 30, 40, 50, 60, 70]
