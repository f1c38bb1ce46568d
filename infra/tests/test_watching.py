"""Alarms: each has a runbook that exists and reaches Slack."""

import re

from pathlib import Path
from typing import Any


ROOT = Path(__file__).parents[2]


def test_every_alarm_names_a_runbook_that_exists(any_environment: Any) -> None:
    alarms = any_environment.resources("AWS::CloudWatch::Alarm").values()
    described = [each for each in alarms if "AlarmDescription" in each]
    assert len(described) >= 20
    for alarm in described:
        if alarm["AlarmDescription"].startswith("DO NOT EDIT"):
            continue  # of scaling
        (runbook,) = re.findall(r"docs/runbooks/[a-z-]+\.md", alarm["AlarmDescription"])
        assert (ROOT / runbook).is_file(), runbook


def test_every_alarm_of_watching_reaches_slack(any_environment: Any) -> None:
    channel = any_environment.one("AWS::Chatbot::SlackChannelConfiguration")
    assert channel["SlackChannelId"] == any_environment.settings.slack.channel
    assert len(channel["SnsTopicArns"]) == 1
    for alarm in any_environment.resources("AWS::CloudWatch::Alarm", "Watching").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == channel["SnsTopicArns"]


def test_described_alarms_are_there_with_the_environment_in_the_title(any_environment: Any) -> None:
    name = any_environment.settings.name
    alarms = {
        each["AlarmName"]: each
        for each in any_environment.resources("AWS::CloudWatch::Alarm", "Watching").values()
    }
    expected = {
        "SQS Queue Depth High": (100, 3),
        "SQS DLQ Has Messages": (0, 1),
        "Lambda Errors High": (5, 3),
    }
    for title, (threshold, minutes) in expected.items():
        alarm = alarms[f"[{name}] {title}"]
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (threshold, minutes)
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_both_colours_are_watched_since_they_swap(production: Any) -> None:
    alarms = production.resources("AWS::CloudWatch::Alarm", "Watching").values()
    targets = [each for each in alarms if "has no healthy target" in each["AlarmName"]]
    assert len([each for each in targets if "blue" in str(each.get("Metrics"))]) == 4


def test_proxies_have_an_alarm_on_the_errors_that_they_print(any_environment: Any) -> None:
    """By the names that `entrypoints.runtime.emf` gives them."""
    code = (ROOT / "src/entrypoints/runtime/emf.py").read_text()
    alarms = {
        each["AlarmName"]: each
        for each in any_environment.resources("AWS::CloudWatch::Alarm", "Watching").values()
    }
    for service in ("ws-proxy", "transcribe"):
        alarm = alarms[f"[{any_environment.settings.name}] {service} errors high"]
        stats = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
        kinds = set()
        for stat in stats:
            metric = stat["Metric"]
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            assert (metric["Namespace"], metric["MetricName"]) == (
                "Aldea/ProxyServices",
                "ErrorCount",
            )
            assert dimensions["Service"] == service
            kinds.add(dimensions["ErrorType"])
            assert f'"{dimensions["ErrorType"]}"' in code
        assert kinds == {"Unavailable", "Internal"}
