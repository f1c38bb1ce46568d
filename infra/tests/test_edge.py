"""From a host name to a service."""

import json

from typing import Any

from aldea_infra.edge import rules


def _names_and_targets(environment: Any) -> dict[str, str]:
    records = environment.resources("AWS::Route53::RecordSet").values()
    return {
        record["Name"]: "accelerator"
        if "Accelerator" in json.dumps(record["AliasTarget"])
        else "load balancer"
        for record in records
    }


def test_hosts_are_the_described_ones(all_synthesised: Any) -> None:
    assert {name: _names_and_targets(each) for name, each in all_synthesised.items()} == {
        "production": {
            "api.aldea.ai.": "accelerator",
            "backend.aldea.ai.": "load balancer",
            "platform.aldea.ai.": "load balancer",
            "grafana.aldea.ai.": "load balancer",
        },
        "staging": {
            "st-api.aldea.ai.": "accelerator",
            "st-backend.aldea.ai.": "load balancer",
            "st-frontend.aldea.ai.": "load balancer",
        },
        "dev": {"dev-api.aldea.ai.": "load balancer"},
    }


def test_accelerator_leads_to_the_load_balancer_and_keeps_addresses(
    production: Any, dev: Any
) -> None:
    group = production.one("AWS::GlobalAccelerator::EndpointGroup")
    (endpoint,) = group["EndpointConfigurations"]
    assert endpoint["ClientIPPreservationEnabled"] is True
    assert group["EndpointGroupRegion"] == "us-west-2"
    assert not dev.resources("AWS::GlobalAccelerator::Accelerator")


def test_load_balancer_is_in_both_zones_everywhere(any_environment: Any) -> None:
    balancer = any_environment.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Name"] == any_environment.settings.prefix
    assert balancer["Scheme"] == "internet-facing"
    assert len(balancer["Subnets"]) == 2
    assert all("PublicSubnet" in json.dumps(subnet) for subnet in balancer["Subnets"])
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    assert 340 < int(attributes["idle_timeout.timeout_seconds"]) <= 4000
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["access_logs.s3.enabled"] == "true"


def test_load_balancer_of_customers_cannot_be_deleted(any_environment: Any) -> None:
    balancer = any_environment.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    is_dev = any_environment.settings.name == "dev"
    assert attributes["deletion_protection.enabled"] == ("false" if is_dev else "true")


def _rules(environment: Any, listener: str) -> dict[int, tuple[dict[str, list[str]], list[str]]]:
    """Priority → conditions by field, and target groups."""
    groups = {
        name: group["Name"]
        for name, group in environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup").items()
    }
    found = {}
    for name, rule in environment.resources("AWS::ElasticLoadBalancingV2::ListenerRule").items():
        if not name.startswith(listener):
            continue
        conditions = {}
        for condition in rule["Conditions"]:
            (config,) = (value for key, value in condition.items() if key.endswith("Config"))
            conditions[condition["Field"]] = config["Values"]
        (action,) = rule["Actions"]
        arns = (
            [action["TargetGroupArn"]]
            if "TargetGroupArn" in action
            else [each["TargetGroupArn"] for each in action["ForwardConfig"]["TargetGroups"]]
        )
        assert rule["Priority"] not in found, "two rules of a listener have one priority"
        found[rule["Priority"]] = conditions, [groups[arn["Ref"]] for arn in arns]
    return found


def test_rules_of_production(production: Any) -> None:
    assert _rules(production, "Live") == {
        10: (
            {
                "host-header": ["api.aldea.ai"],
                "path-pattern": ["/listen", "/v1/listen", "/v1/listen/*"],
                "http-header": ["websocket"],
            },
            ["prod-ws-proxy"],
        ),
        20: (
            {
                "host-header": ["api.aldea.ai"],
                "path-pattern": ["/v1/listen", "/v1/listen/*", "/v1/audio/*"],
                "http-request-method": ["POST"],
            },
            ["prod-transcribe"],
        ),
        30: (
            {
                "host-header": ["api.aldea.ai"],
                "path-pattern": ["/v1/projects*", "/v1/models*"],
            },
            ["prod-backend"],
        ),
        40: ({"host-header": ["api.aldea.ai"]}, ["prod-transcribe"]),
        50: ({"host-header": ["backend.aldea.ai"]}, ["prod-backend"]),
        60: ({"host-header": ["platform.aldea.ai"]}, ["prod-frontend"]),
        70: ({"host-header": ["grafana.aldea.ai"]}, ["prod-grafana"]),
    }


def test_staging_spreads_over_both_deployments_of_each_proxy(staging: Any) -> None:
    found = _rules(staging, "Live")
    assert found[10][1] == ["staging-ws-proxy-dev1", "staging-ws-proxy-dev2"]
    assert found[20][1] == ["staging-transcribe-live1", "staging-transcribe-live2"]
    assert found[40][1] == found[20][1]


def test_rules_of_tests_lead_to_the_green_groups(production: Any) -> None:
    live, tests = _rules(production, "Live"), _rules(production, "Test")
    assert set(live) == set(tests)
    for priority, (conditions, groups) in live.items():
        green = [g if g == "prod-grafana" else f"{g}-green" for g in groups]
        assert tests[priority] == (conditions, green)


def test_no_rule_has_more_values_than_a_load_balancer_takes(any_environment: Any) -> None:
    """Five a rule, of which each wildcard is one too, but of that there are five more."""
    for rule in rules(any_environment.settings):
        assert 1 + len(rule.paths) + bool(rule.method) + rule.upgrade <= 5, rule


def test_names_of_target_groups_fit(any_environment: Any) -> None:
    for group in any_environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values():
        assert len(group["Name"]) <= 32
        assert group["TargetType"] == "ip"


def test_targets_are_asked_whether_they_are_ready(any_environment: Any) -> None:
    for group in any_environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values():
        expected = "/api/health" if group["Name"].endswith("grafana") else "/readyz"
        assert group["HealthCheckPath"] == expected


def test_open_streams_outlast_the_drain_of_their_task(any_environment: Any) -> None:
    settings = any_environment.settings
    for group in any_environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values():
        attributes = {each["Key"]: each["Value"] for each in group["TargetGroupAttributes"]}
        delay = int(attributes["deregistration_delay.timeout_seconds"])
        assert settings.drain_seconds <= delay <= 3600


def test_listeners_speak_tls_and_plain_http_is_redirected(any_environment: Any) -> None:
    listeners = any_environment.resources("AWS::ElasticLoadBalancingV2::Listener").values()
    for listener in listeners:
        if listener["Port"] == 80:
            (action,) = listener["DefaultActions"]
            assert action["RedirectConfig"]["Protocol"] == "HTTPS"
        else:
            assert listener["Protocol"] == "HTTPS"
            assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13")
    has_tests = any_environment.settings.name == "production"
    assert {each["Port"] for each in listeners} == {80, 443} | ({8443} if has_tests else set())


def test_firewall_has_managed_rate_and_size_rules(any_environment: Any) -> None:
    acl = any_environment.one("AWS::WAFv2::WebACL")
    assert any_environment.resources("AWS::WAFv2::WebACLAssociation")
    found = {rule["Name"]: rule for rule in acl["Rules"]}
    assert set(found) == {
        "AWSManagedRulesAmazonIpReputationList", "rate", "size",
        "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet",
    }  # fmt: skip
    priorities = [rule["Priority"] for rule in acl["Rules"]]
    assert len(set(priorities)) == len(priorities)
    rate = found["rate"]["Statement"]["RateBasedStatement"]
    assert rate["Limit"] == any_environment.settings.requests_per_five_minutes


def test_firewall_blocks_and_does_not_only_count(any_environment: Any) -> None:
    for rule in any_environment.one("AWS::WAFv2::WebACL")["Rules"]:
        if "Action" in rule:
            assert "Block" in rule["Action"], rule["Name"]
        else:
            assert rule["OverrideAction"] == {"None": {}}, rule["Name"]


def test_firewall_leaves_uploads_and_websockets_alone(any_environment: Any) -> None:
    """Every rule that reads bodies excludes them."""
    acl = any_environment.one("AWS::WAFv2::WebACL")
    for rule in acl["Rules"]:
        if rule["Name"] in {"rate", "AWSManagedRulesAmazonIpReputationList"}:
            continue
        text = json.dumps(rule["Statement"])
        for exempt in ('"/v1/listen"', '"/v1/audio/"', '"websocket"'):
            assert exempt in text, (rule["Name"], exempt)
        assert text.count("NotStatement") == 3


def test_firewall_logs_no_keys(any_environment: Any) -> None:
    logging = any_environment.one("AWS::WAFv2::LoggingConfiguration")
    redacted = {field["SingleHeader"]["Name"] for field in logging["RedactedFields"]}
    assert redacted == {"authorization", "cookie", "sec-websocket-protocol"}
