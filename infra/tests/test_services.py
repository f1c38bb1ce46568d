"""ECS services: where they run, how they deploy, scale and stop, and what they may."""

import json
import re

from pathlib import Path
from typing import Any

import attrs
import pytest

from aldea_infra.services import traces


ROOT = Path(__file__).parents[2]

_NAMES = {
    "dev": {
        "dev-ws-proxy", "dev-ws-proxy-transcribe", "dev-ws-proxy-backend",
        "dev-ws-proxy-frontend", "dev-ws-proxy-db-sync",
    },
    "staging": {
        "staging-ws-proxy-dev1", "staging-ws-proxy-dev2", "staging-ws-proxy-transcribe-live1",
        "staging-ws-proxy-transcribe-live2", "staging-ws-proxy-backend",
        "staging-ws-proxy-frontend", "staging-ws-proxy-db-sync",
    },
    "production": {
        "prod-ws-proxy", "prod-ws-proxy-transcribe", "prod-ws-proxy-backend",
        "prod-ws-proxy-frontend", "prod-ws-proxy-db-sync",
    },
}  # fmt: skip
_WATCHERS = {"prod-ws-proxy-prometheus", "prod-ws-proxy-blackbox", "prod-ws-proxy-grafana"}


def _aldea_services(environment: Any) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in environment.services().items() if name not in _WATCHERS}


def _main(definition: dict[str, Any]) -> dict[str, Any]:
    """The container that is Aldea's."""
    return next(each for each in definition["ContainerDefinitions"] if each["Name"] != "metrics")


def test_cluster_and_services_have_the_described_names(any_environment: Any) -> None:
    settings = any_environment.settings
    assert any_environment.one("AWS::ECS::Cluster")["ClusterName"] == settings.prefix
    assert set(_aldea_services(any_environment)) == _NAMES[settings.name]


def test_tasks_run_in_private_subnets_of_two_zones_and_of_one_in_dev(all_synthesised: Any) -> None:
    zones = {}
    for name, environment in all_synthesised.items():
        for service in environment.services().values():
            network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
            assert network["AssignPublicIp"] == "DISABLED"
            assert all("PrivateSubnet" in json.dumps(each) for each in network["Subnets"])
            assert service["LaunchType"] == "FARGATE"
            zones.setdefault(name, set()).add(len(network["Subnets"]))
    assert zones == {"dev": {1}, "staging": {2}, "production": {2}}


def test_there_is_a_task_for_each_zone(any_environment: Any) -> None:
    least = any_environment.settings.network.task_zones
    for service in _aldea_services(any_environment).values():
        assert service["DesiredCount"] >= least


def test_production_deploys_blue_green_except_db_sync(production: Any) -> None:
    controllers = {
        name: service["DeploymentController"]["Type"]
        for name, service in _aldea_services(production).items()
    }
    assert controllers.pop("prod-ws-proxy-db-sync") == "ECS"
    assert set(controllers.values()) == {"CODE_DEPLOY"}
    groups = production.resources("AWS::CodeDeploy::DeploymentGroup").values()
    assert {group["DeploymentGroupName"] for group in groups} == set(controllers)


@pytest.mark.parametrize("name", ["dev", "staging"])
def test_elsewhere_deployments_roll(all_synthesised: Any, name: str) -> None:
    environment = all_synthesised[name]
    assert not environment.resources("AWS::CodeDeploy::DeploymentGroup")
    for service in environment.services().values():
        assert service["DeploymentController"]["Type"] == "ECS"
        configuration = service["DeploymentConfiguration"]
        assert configuration["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        assert configuration["MinimumHealthyPercent"] == 100


def test_blue_ends_five_minutes_after_success_and_alarms_roll_back(production: Any) -> None:
    for group in production.resources("AWS::CodeDeploy::DeploymentGroup").values():
        blue_green = group["BlueGreenDeploymentConfiguration"]
        ending = blue_green["TerminateBlueInstancesOnDeploymentSuccess"]
        assert (ending["Action"], ending["TerminationWaitTimeInMinutes"]) == ("TERMINATE", 5)
        assert group["DeploymentStyle"] == {
            "DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN",
        }  # fmt: skip
        rollback = group["AutoRollbackConfiguration"]
        assert rollback["Enabled"] is True
        assert set(rollback["Events"]) == {
            "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST",
        }  # fmt: skip
        assert len(group["AlarmConfiguration"]["Alarms"]) == 2  # of both colours
        (pair,) = group["LoadBalancerInfo"]["TargetGroupPairInfoList"]
        assert len(pair["TargetGroups"]) == 2
        assert pair["ProdTrafficRoute"] != pair["TestTrafficRoute"]


def test_engines_are_the_described_ones(all_synthesised: Any) -> None:
    found: dict[str, dict[str, str]] = {}
    for name, environment in all_synthesised.items():
        for family, definition in environment.task_definitions().items():
            for variable in _main(definition).get("Environment", []):
                if variable["Name"].endswith("_ENGINES"):
                    hosts = [
                        url.split("/")[2].split(".")[0] for url in variable["Value"].split(",")
                    ]
                    found.setdefault(name, {})[family] = " ".join(hosts)
    dev, live = "stt-api-dev-1 stt-api-dev-2", "stt-api-live-1 stt-api-live-2"
    assert found == {
        "production": {"prod-ws-proxy": dev, "prod-ws-proxy-transcribe": live},
        "dev": {"dev-ws-proxy": dev, "dev-ws-proxy-transcribe": live},
        "staging": {
            "staging-ws-proxy-dev1": "stt-api-dev-1",
            "staging-ws-proxy-dev2": "stt-api-dev-2",
            "staging-ws-proxy-transcribe-live1": "stt-api-dev-1",
            "staging-ws-proxy-transcribe-live2": "stt-api-dev-2",
        },
    }


def test_pages_of_the_dashboard_may_call_the_api_and_the_backend(any_environment: Any) -> None:
    platform = any_environment.settings.domains.platform
    for definition in any_environment.task_definitions().values():
        container = _main(definition)
        variables = {each["Name"]: each["Value"] for each in container.get("Environment", [])}
        if platform and container["Name"] in {"ws-proxy", "transcribe", "backend"}:
            assert variables["ALDEA_DASHBOARD_ORIGINS"] == f"https://{platform}"


def test_only_tasks_that_codedeploy_replaces_protect_themselves(all_synthesised: Any) -> None:
    found = {
        (name, container["Name"])
        for name, environment in all_synthesised.items()
        for definition in environment.task_definitions().values()
        for container in definition["ContainerDefinitions"]
        for variable in container.get("Environment", [])
        if variable["Name"] == "ALDEA_PROTECT_TASK"
    }
    assert found == {("production", "ws-proxy"), ("production", "transcribe")}
    rights = [
        (name, statement["Resource"])
        for name, policy in all_synthesised["production"]
        .resources("AWS::IAM::Policy", "Services")
        .items()
        for statement in policy["PolicyDocument"]["Statement"]
        if "ecs:UpdateTaskProtection" in statement["Action"]
    ]
    assert len(rights) == 2
    assert all(resource.endswith(":task/prod-ws-proxy/*") for _, resource in rights)


def test_no_container_is_killed_before_its_drain_ends(any_environment: Any) -> None:
    for definition in any_environment.task_definitions().values():
        container = _main(definition)
        if "StopTimeout" in container:
            assert container["StopTimeout"] <= 120
        variables = {each["Name"]: each["Value"] for each in container.get("Environment", [])}
        if "ALDEA_DRAIN_SECONDS" in variables:
            assert int(variables["ALDEA_DRAIN_SECONDS"]) + 5 + 5 <= container["StopTimeout"]


def test_containers_have_a_read_only_root_and_a_health_check(any_environment: Any) -> None:
    for family, definition in any_environment.task_definitions().items():
        if family in _WATCHERS:
            continue
        container = _main(definition)
        assert container["ReadonlyRootFilesystem"] is True
        assert "healthz" in container["HealthCheck"]["Command"][-1]
        assert "/tmp" in [mount["ContainerPath"] for mount in container["MountPoints"]]


def test_secrets_are_injected_and_each_service_gets_only_its_own(any_environment: Any) -> None:
    for definition in any_environment.task_definitions().values():
        container = _main(definition)
        variables = {each["Name"] for each in container.get("Environment", [])}
        secrets = {each["Name"] for each in container.get("Secrets", [])}
        assert not variables & {
            "ALDEA_REDIS_URL", "ALDEA_DATABASE_URL", "ALDEA_ENGINE_TOKEN", "ALDEA_GRANT_SECRET",
            "ALDEA_SMTP_URL", "ALDEA_STRIPE_KEY",
        }  # fmt: skip
        match container["Name"]:
            case "ws-proxy" | "transcribe":
                assert secrets == {"ALDEA_REDIS_URL", "ALDEA_ENGINE_TOKEN", "ALDEA_GRANT_SECRET"}
            case "backend" | "db-sync":
                assert {"ALDEA_REDIS_URL", "ALDEA_DATABASE_URL"} <= secrets
                assert "ALDEA_ENGINE_TOKEN" not in secrets
            case "frontend":
                assert secrets == {"ALDEA_FRONTEND_SECRET"}


def test_proxies_scale_on_saturation_with_cpu_as_a_floor(production: Any) -> None:
    policies = list(production.resources("AWS::ApplicationAutoScaling::ScalingPolicy").values())
    saturation = [
        policy["TargetTrackingScalingPolicyConfiguration"]
        for policy in policies
        if "aldea_saturation_ratio" in json.dumps(policy)
    ]
    cpu = [policy for policy in policies if "ECSServiceAverageCPUUtilization" in json.dumps(policy)]
    assert len(saturation) == 2
    assert len(cpu) == 4
    for each in saturation:
        assert each["TargetValue"] == 0.6
        assert each["ScaleInCooldown"] >= 900 > each["ScaleOutCooldown"]


def test_saturation_is_collected_where_scaling_reads_it(any_environment: Any) -> None:
    for definition in any_environment.task_definitions().values():
        for container in definition["ContainerDefinitions"]:
            if container["Name"] != "metrics":
                continue
            variables = {each["Name"]: each["Value"] for each in container["Environment"]}
            agent = json.loads(variables["CW_CONFIG_CONTENT"])
            prometheus = agent["logs"]["metrics_collected"]["prometheus"]
            processor = prometheus["emf_processor"]
            assert processor["metric_namespace"] == "Aldea/Saturation"
            (declaration,) = processor["metric_declaration"]
            assert "^aldea_saturation_ratio$" in declaration["metric_selectors"]
            logs = {
                e["LogGroupName"]
                for e in any_environment.resources("AWS::Logs::LogGroup").values()
                if "LogGroupName" in e
            }
            assert prometheus["log_group_name"] in logs


def test_proxies_print_their_metrics_once_a_minute(any_environment: Any) -> None:
    """Panels of "ECS Services" add connections up over a minute. Nothing else prints."""
    for definition in any_environment.task_definitions().values():
        container = _main(definition)
        variables = {each["Name"]: each["Value"] for each in container.get("Environment", [])}
        is_proxy = container["Name"] in {"ws-proxy", "transcribe"}
        assert variables.get("ALDEA_EMF_SECONDS") == ("60" if is_proxy else None)


def test_traces_are_sent_only_where_a_collector_is_named(any_environment: Any) -> None:
    """None is named: the library is installed, and not loaded."""
    for definition in any_environment.task_definitions().values():
        names = {each["Name"] for each in _main(definition).get("Environment", [])}
        assert "ALDEA_TRACES_URL" not in names
    collector = "http://collector:4318"
    settings = attrs.evolve(any_environment.settings, traces_url=collector)
    assert traces(settings) == {"ALDEA_TRACES_URL": collector}


def test_only_db_sync_may_send_to_the_queue(any_environment: Any) -> None:
    senders = [
        name
        for name, policy in any_environment.resources("AWS::IAM::Policy", "Services").items()
        if "sqs:SendMessage" in json.dumps(policy)
    ]
    assert len(senders) == 1
    assert "DbSync" in senders[0]


def test_no_policy_allows_everything(any_environment: Any) -> None:
    for policy in any_environment.resources("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert action != "*"
                assert not action.endswith(":*"), action


def test_images_have_tags_that_pipelines_set(any_environment: Any) -> None:
    """From a parameter, so that a later deployment of the stacks does not revert a service."""
    stack = any_environment.stacks["Services"]
    tags = [
        parameter["Default"]
        for parameter in stack["Parameters"].values()
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value")
        and "image-tag" in parameter.get("Default", "")
    ]
    assert f"/aldea/{any_environment.settings.prefix}/ws-proxy/image-tag" in tags
    assert len(tags) >= 5


def test_no_image_floats(any_environment: Any) -> None:
    """Ours have the tag of a parameter, those of others a version."""
    for family, definition in any_environment.task_definitions().items():
        for container in definition["ContainerDefinitions"]:
            image = container["Image"]
            if isinstance(image, str):
                tag = image.rpartition(":")[2]
                assert re.fullmatch(r"v?\d+\.\d+(\.[\w.-]+)?", tag), f"{family}: {image}"
            else:
                assert "imagetag" in json.dumps(image), f"{family}: {image}"


def test_every_container_writes_a_log(any_environment: Any) -> None:
    for family, definition in any_environment.task_definitions().items():
        for container in definition["ContainerDefinitions"]:
            driver = container.get("LogConfiguration", {}).get("LogDriver")
            assert driver == "awslogs", f"{family}: {container['Name']}"


def test_tasks_have_the_architecture_that_images_are_built_for(any_environment: Any) -> None:
    assert "platforms: linux/amd64" in (ROOT / ".github/workflows/deploy.yml").read_text()
    for family, definition in any_environment.task_definitions().items():
        platform = definition.get("RuntimePlatform", {"CpuArchitecture": "X86_64"})
        assert platform["CpuArchitecture"] == "X86_64", family


def test_load_balancer_asks_the_port_on_which_the_container_listens(any_environment: Any) -> None:
    definitions = any_environment.task_definitions()
    groups = any_environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    by_name = {name: group["Port"] for name, group in groups.items()}
    for name, service in any_environment.services().items():
        for balancer in service.get("LoadBalancers", []):
            container = next(
                each
                for each in definitions[name]["ContainerDefinitions"]
                if each["Name"] == balancer["ContainerName"]
            )
            ports = [each["ContainerPort"] for each in container["PortMappings"]]
            assert balancer["ContainerPort"] in ports, name
            imported = json.dumps(balancer["TargetGroupArn"])
            (port,) = {port for group, port in by_name.items() if group in imported}
            assert port == balancer["ContainerPort"], name


def test_scaling_leaves_a_task_in_each_zone(any_environment: Any) -> None:
    settings = any_environment.settings
    targets = any_environment.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert len(targets) == (0 if settings.name == "dev" else len(_NAMES[settings.name]) - 1)
    for target in targets:
        assert target["MinCapacity"] >= settings.network.task_zones
        assert target["MaxCapacity"] > target["MinCapacity"]


def test_every_log_group_forgets(any_environment: Any) -> None:
    for group in any_environment.resources("AWS::Logs::LogGroup").values():
        assert 1 <= group["RetentionInDays"] <= 90
