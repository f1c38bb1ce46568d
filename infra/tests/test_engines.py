"""The optional stack of engines: GPU instances, what they run, who reaches them, and who hears of it."""

import importlib.util
import json
import re
import shlex
import subprocess
import sys

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from aldea_infra.engines import boot_script
from moto import mock_aws


ROOT = Path(__file__).parents[2]
_ELB = "AWS::ElasticLoadBalancingV2::"


def _script(environment: Any) -> str:
    return boot_script(environment.settings, environment.settings.gpu_engines)


def test_there_is_no_such_stack_unless_it_is_wanted(any_environment: Any) -> None:
    assert "Engines" not in any_environment.stacks
    groups = any_environment.resources("AWS::EC2::SecurityGroup").values()
    assert not [each for each in groups if each["GroupDescription"].startswith("engine")]


def test_each_engine_is_an_instance_that_is_replaced_when_it_fails(with_engines: Any) -> None:
    groups = with_engines.resources("AWS::AutoScaling::AutoScalingGroup")
    names = {group["AutoScalingGroupName"] for group in groups.values()}
    assert names == {f"prod-ws-proxy-{name}" for name in with_engines.settings.gpu_engines.names}
    zones = []
    for group in groups.values():
        assert (group["MinSize"], group["MaxSize"]) == ("1", "2")
        assert group["HealthCheckType"] == "ELB"
        assert group["HealthCheckGracePeriod"] == 1200
        assert len(group["TargetGroupARNs"]) == 1
        (subnet,) = group["VPCZoneIdentifier"]
        assert "PrivateSubnet" in json.dumps(subnet)
        zones.append(json.dumps(subnet))
    assert zones[0] != zones[1], "both engines of a service would go with a zone"
    assert zones[2] != zones[3], "both engines of a service would go with a zone"


def test_instances_are_encrypted_without_ssh_and_with_imdsv2(with_engines: Any) -> None:
    templates = with_engines.resources("AWS::EC2::LaunchTemplate")
    assert len(templates) == 4
    for template in templates.values():
        data = template["LaunchTemplateData"]
        assert data["InstanceType"] == "g6.xlarge"
        assert data["MetadataOptions"] == {"HttpTokens": "required"}
        assert data["Monitoring"] == {"Enabled": True}
        assert "KeyName" not in data
        (disk,) = data["BlockDeviceMappings"]
        assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeSize"]) == (True, 100)
        assert "IamInstanceProfile" in data


def test_image_is_the_newest_with_a_driver_and_nothing_is_looked_up(with_engines: Any) -> None:
    template = with_engines.stacks["Engines"]
    images = [
        parameter
        for parameter in template["Parameters"].values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    ]
    assert [each["Default"] for each in images] == [
        with_engines.settings.gpu_engines.image_parameter
    ]
    for manifest in with_engines.folder.rglob("manifest.json"):
        assert not json.loads(manifest.read_text()).get("missing"), manifest


def test_role_reads_the_engines_token_and_no_other_secret(with_engines: Any) -> None:
    (policy,) = with_engines.resources("AWS::IAM::Policy", "Engines").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == {
        "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue",
    }  # fmt: skip
    assert "EngineToken" in json.dumps(statement["Resource"])
    role = with_engines.one("AWS::IAM::Role", "Engines")
    assert "AmazonSSMManagedInstanceCore" in json.dumps(role["ManagedPolicyArns"])
    assert len(role["ManagedPolicyArns"]) == 1


def test_gateways_reach_the_load_balancer_and_it_reaches_the_engines(with_engines: Any) -> None:
    names = {
        name: group["GroupDescription"].removesuffix(" of Aldea")
        for name, group in with_engines.resources("AWS::EC2::SecurityGroup").items()
    }
    flows = {
        (names[rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]], rule["FromPort"], rule["ToPort"])
        for rule in with_engines.resources("AWS::EC2::SecurityGroupIngress").values()
        if names[rule["GroupId"]["Fn::GetAtt"][0]] == "engine-balancer"
    }
    assert flows == {
        (source, 8443, 8443) for source in ("ws-proxy", "transcribe", "prometheus", "blackbox")
    }
    to_engines = [
        names[rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]]
        for rule in with_engines.resources("AWS::EC2::SecurityGroupIngress").values()
        if names[rule["GroupId"]["Fn::GetAtt"][0]] == "engines"
    ]
    assert to_engines == ["engine-balancer"]


def test_addresses_of_engines_are_those_that_services_have(with_engines: Any) -> None:
    hosts = {
        record["Name"].rstrip(".")
        for record in with_engines.resources("AWS::Route53::RecordSet", "Engines").values()
    }
    used = {
        url
        for definition in with_engines.task_definitions().values()
        for container in definition["ContainerDefinitions"]
        for variable in container.get("Environment", [])
        if variable["Name"].endswith("_ENGINES")
        for url in variable["Value"].split(",")
    }
    assert used == {f"https://{host}:8443" for host in hosts}


def test_load_balancer_is_internal_and_each_host_leads_to_one_engine(with_engines: Any) -> None:
    balancer = with_engines.one(f"{_ELB}LoadBalancer", "Engines")
    assert balancer["Scheme"] == "internal"
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "3600"
    listener = with_engines.one(f"{_ELB}Listener", "Engines")
    assert (listener["Port"], listener["Protocol"]) == (8443, "HTTPS")
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13")
    groups = {
        name: group["Name"]
        for name, group in with_engines.resources(f"{_ELB}TargetGroup", "Engines").items()
    }
    rules = with_engines.resources(f"{_ELB}ListenerRule", "Engines").values()
    assert len({rule["Priority"] for rule in rules}) == len(rules) == 4
    for rule in rules:
        (condition,) = rule["Conditions"]
        (host,) = condition["HostHeaderConfig"]["Values"]
        (action,) = rule["Actions"]
        assert groups[action["TargetGroupArn"]["Ref"]] == f"prod-{host.split('.')[0]}"


def test_engines_are_asked_whether_they_are_ready(with_engines: Any) -> None:
    for group in with_engines.resources(f"{_ELB}TargetGroup", "Engines").values():
        assert group["HealthCheckPath"] == "/readyz"
        assert (group["Port"], group["Protocol"]) == (8443, "HTTP")
        assert len(group["Name"]) <= 32


def test_lost_engine_alarms_with_its_runbook(with_engines: Any) -> None:
    alarms = {
        alarm["AlarmName"]: alarm
        for alarm in with_engines.resources("AWS::CloudWatch::Alarm", "Watching").values()
    }
    for name in with_engines.settings.gpu_engines.names:
        alarm = alarms[f"[production] {name} is lost"]
        assert alarm["TreatMissingData"] == "breaching"
        assert alarm["AlarmDescription"].endswith("docs/runbooks/engine-lost.md")
        assert alarm["AlarmActions"]


def _documented() -> list[str]:
    """The commands of the documentation's section about machines with GPUs."""
    text = (ROOT / "docs/engines.md").read_text()
    section = text[text.index("### A machine with GPUs") :]
    block = section[section.index("```console") : section.index("```\n\n")]
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def test_instances_do_what_the_documentation_says(with_engines: Any) -> None:
    script = _script(with_engines)
    install, pull, export, serve, *_ = _documented()
    for package in shlex.split(install)[2:]:
        assert re.search(rf"pip install .*{re.escape(package)}", script), package
    assert shlex.split(pull)[:-1] == ["aldea", "models", "pull"]
    model = shlex.split(pull)[-1]
    assert f"/opt/aldea/bin/aldea models pull {model}\n" in script
    for setting in shlex.split(export)[1:]:
        name, _, value = setting.partition("=")
        assert f"{name}=" in script
        if value != "...":
            assert f"Environment={setting}\n" in script
    device, *command = shlex.split(serve)
    assert f"Environment={device}\n" in script
    assert f"ExecStart=/opt/aldea/bin/{' '.join(command)}\n" in script


def test_script_is_filled_in_fits_and_is_a_script(with_engines: Any, tmp_path: Path) -> None:
    script = _script(with_engines)
    assert not re.search(r"@[A-Z_]+@", script)
    assert "git+https://github.com/aldea/aldea@v1.0.0" in script
    assert len(script.encode()) < 16384 * 3 // 4  # what EC2 takes, which is encoded in base64
    file = tmp_path / "boot.sh"
    file.write_text(script)
    subprocess.run(["bash", "-n", file], check=True)
    for template in with_engines.resources("AWS::EC2::LaunchTemplate").values():
        assert "aldea serve stt" in json.dumps(template["LaunchTemplateData"]["UserData"])


def test_cfn_lint_finds_nothing_in_stacks_with_engines(with_engines: Any) -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    templates = [
        str(path)
        for path in with_engines.folder.rglob("*.template.json")
        if re.search(r"Engines|Network|Watching", path.name)
    ]
    assert len(templates) == 3
    done = subprocess.run(
        [lint, "--ignore-checks", "W3005", "W3010", "--template", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def _without_unsupported(template: dict[str, Any]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location(
        "moto_of_engines", Path(__file__).with_name("test_moto.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.without_unsupported(template)


@pytest.fixture
def deployed(with_engines: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    settings = with_engines.settings
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": settings.region,
        "MOTO_ACCOUNT_ID": settings.account,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        ssm, ec2 = boto3.client("ssm"), boto3.client("ec2")
        ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        ssm.put_parameter(Name="/image", Value=image, Type="String")
        zone = boto3.client("route53").create_hosted_zone(Name="aldea.ai", CallerReference="1")
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        for name in ("Network", "Stores", "Engines"):
            text = json.dumps(_without_unsupported(with_engines.stacks[name]))
            text = text.replace(settings.domains.zone_id, zone_id)
            text = text.replace(settings.gpu_engines.image_parameter, "/image")
            boto3.client("cloudformation").create_stack(
                StackName=f"Prod-{name}", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"]
            )
        yield with_engines


def test_stack_is_deployed_and_starts_an_instance_for_each_engine(deployed: Any) -> None:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert {each["StackStatus"] for each in stacks} == {"CREATE_COMPLETE"}
    groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(groups) == 4
    for group in groups:
        assert len(group["Instances"]) == 1
        assert group["LaunchTemplate"]["LaunchTemplateName"] == group["AutoScalingGroupName"]
    records = boto3.client("route53")
    zone = records.list_hosted_zones()["HostedZones"][0]["Id"]
    names = {
        each["Name"]
        for each in records.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    }
    assert {f"{name}.aldea.ai." for name in deployed.settings.gpu_engines.names} <= names
