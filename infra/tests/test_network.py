"""The network, as the owner's description has it, and who may reach whom."""

from pathlib import Path
from typing import Any

import yaml


def test_subnets_are_the_described_ones(any_environment: Any) -> None:
    subnets = any_environment.resources("AWS::EC2::Subnet")
    found = {
        (subnet["AvailabilityZone"], subnet["CidrBlock"], subnet["MapPublicIpOnLaunch"])
        for subnet in subnets.values()
    }
    assert found == {
        ("us-west-2a", "10.0.1.0/24", True),
        ("us-west-2b", "10.0.2.0/24", True),
        ("us-west-2a", "10.0.10.0/24", False),
        ("us-west-2b", "10.0.20.0/24", False),
    }


def test_each_zone_has_a_nat_gateway_and_dev_has_one(all_synthesised: Any) -> None:
    counts = {
        name: len(each.resources("AWS::EC2::NatGateway")) for name, each in all_synthesised.items()
    }
    assert counts == {"dev": 1, "staging": 2, "production": 2}


def test_tasks_leave_through_the_nat_gateway_of_their_zone(any_environment: Any) -> None:
    """Dev has one for both zones."""
    subnets = any_environment.resources("AWS::EC2::Subnet")
    tables = {
        association["SubnetId"]["Ref"]: association["RouteTableId"]["Ref"]
        for association in any_environment.resources(
            "AWS::EC2::SubnetRouteTableAssociation"
        ).values()
    }
    ways = {
        route["RouteTableId"]["Ref"]: route["NatGatewayId"]["Ref"]
        for route in any_environment.resources("AWS::EC2::Route").values()
        if "NatGatewayId" in route
    }
    gateways = any_environment.resources("AWS::EC2::NatGateway")
    private = {name for name, each in subnets.items() if not each["MapPublicIpOnLaunch"]}
    assert private == {name for name, table in tables.items() if table in ways}
    for name in private:
        beside = gateways[ways[tables[name]]]["SubnetId"]["Ref"]
        if len(gateways) == 2:
            assert subnets[beside]["AvailabilityZone"] == subnets[name]["AvailabilityZone"]
        assert subnets[beside]["MapPublicIpOnLaunch"]


def test_there_is_an_internet_gateway(any_environment: Any) -> None:
    assert len(any_environment.resources("AWS::EC2::InternetGateway")) == 1


def test_nothing_is_looked_up_while_synthesising(any_environment: Any) -> None:
    import json

    for manifest in any_environment.folder.rglob("manifest.json"):
        assert not json.loads(manifest.read_text()).get("missing"), manifest


def test_only_the_load_balancer_is_open_to_the_world(any_environment: Any) -> None:
    groups = any_environment.resources("AWS::EC2::SecurityGroup")
    own_rules = any_environment.resources("AWS::EC2::SecurityGroupIngress").values()
    rules = [
        (group["GroupDescription"], rule)
        for group in groups.values()
        for rule in group.get("SecurityGroupIngress", [])
    ] + [(groups[rule["GroupId"]["Fn::GetAtt"][0]]["GroupDescription"], rule) for rule in own_rules]
    open_ports = {
        (group, rule["FromPort"], rule["ToPort"])
        for group, rule in rules
        if rule.get("CidrIp") == "0.0.0.0/0" or "CidrIpv6" in rule
    }
    assert open_ports == {("load-balancer of Aldea", port, port) for port in (80, 443)}


def _flows(environment: Any) -> set[tuple[str, str, int]]:
    """Source, target and port of each rule between groups."""
    names = {
        name: group["GroupDescription"].removesuffix(" of Aldea")
        for name, group in environment.resources("AWS::EC2::SecurityGroup").items()
    }
    found = set()
    for rule in environment.resources("AWS::EC2::SecurityGroupIngress").values():
        source = names[rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]]
        target = names[rule["GroupId"]["Fn::GetAtt"][0]]
        assert rule["FromPort"] == rule["ToPort"]
        found.add((source, target, rule["FromPort"]))
    return found


def test_gateways_reach_redis_and_not_the_database(any_environment: Any) -> None:
    flows = _flows(any_environment)
    assert {source for source, target, _ in flows if target == "redis"} == {
        "ws-proxy", "transcribe", "backend", "db-sync", "functions",
    }  # fmt: skip
    assert {source for source, target, _ in flows if target == "database"} == {
        "backend", "db-sync", "functions",
    }  # fmt: skip


def test_frontend_reaches_the_backend_and_no_store(any_environment: Any) -> None:
    flows = _flows(any_environment)
    assert {target for source, target, _ in flows if source == "frontend"} == {"backend"}


def test_prometheus_reaches_what_it_scrapes(production: Any) -> None:
    file = Path(__file__).parents[2] / "monitoring/prometheus/prometheus.yml"
    jobs = yaml.safe_load(file.read_text())["scrape_configs"]
    scraped = {
        name.partition(".")[0]
        for job in jobs
        for discovery in job.get("dns_sd_configs", [])
        for name in discovery["names"]
    }
    assert len(scraped) == 5
    assert {(("prometheus", name, 8080)) for name in scraped} <= _flows(production)


def test_stores_open_no_connections(any_environment: Any) -> None:
    for group in any_environment.resources("AWS::EC2::SecurityGroup").values():
        if group["GroupDescription"].split(" ")[0] in {"redis", "database"}:
            (rule,) = group["SecurityGroupEgress"]
            assert rule["CidrIp"] == "255.255.255.255/32"
