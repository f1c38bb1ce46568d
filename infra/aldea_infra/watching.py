"""CloudWatch alarms, each with its runbook, and how Slack hears of them."""

from collections.abc import Mapping
from typing import Any

import attrs

from aws_cdk import Duration, Stack
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from aldea_infra.edge import EdgeStack
from aldea_infra.engines import EnginesStack
from aldea_infra.functions import FunctionsStack
from aldea_infra.metrics_agent import saturation
from aldea_infra.services import ServicesStack
from aldea_infra.settings import Environment
from aldea_infra.stores import StoresStack


RUNBOOKS = "docs/runbooks/"
# Values of ErrorType that are faults of ours, and none of a client.
_OURS = ("Unavailable", "Internal")


@attrs.frozen
class AlarmRule:
    """
    Args:
        runbook: File in docs/runbooks, without its ending.
        minutes: How long the metric must be beyond the threshold.
        missing_is_bad: Whether silence is an alarm too.
    """

    title: str
    runbook: str
    metric: cloudwatch.IMetric
    threshold: float
    minutes: int = 1
    is_critical: bool = False
    below: bool = False
    missing_is_bad: bool = False


class WatchingStack(Stack):
    def __init__(
        self,
        scope: Construct,
        settings: Environment,
        stores: StoresStack,
        edge: EdgeStack,
        services: ServicesStack,
        functions: FunctionsStack,
        engines: EnginesStack | None = None,
        **options: Any,
    ) -> None:
        super().__init__(scope, "Watching", **options)
        self._settings = settings
        topic = sns.Topic(self, "Alarms", topic_name=f"{settings.prefix}-alarms", enforce_ssl=True)
        topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        chatbot.SlackChannelConfiguration(
            self,
            "Slack",
            slack_channel_configuration_name=f"{settings.prefix}-alarms",
            slack_workspace_id=settings.slack.workspace,
            slack_channel_id=settings.slack.channel,
            notification_topics=[topic],
            guardrail_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchReadOnlyAccess")
            ],
        )
        rules = self._rules(stores, edge, services, functions)
        rules += [] if engines is None else _rules_of_engines(engines)
        for number, rule in enumerate(rules, 1):
            alarm = cloudwatch.Alarm(
                self,
                f"Alarm{number:02}{''.join(filter(str.isalnum, rule.title.title()))}",
                alarm_name=f"[{settings.name}] {rule.title}",
                alarm_description=(
                    f"{'Critical' if rule.is_critical else 'Warning'}. "
                    f"Runbook: {RUNBOOKS}{rule.runbook}.md"
                ),
                metric=rule.metric,
                threshold=rule.threshold,
                evaluation_periods=rule.minutes,
                comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if rule.below
                else cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.BREACHING
                if rule.missing_is_bad
                else cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
            alarm.add_ok_action(actions.SnsAction(topic))

    def _rules(
        self,
        stores: StoresStack,
        edge: EdgeStack,
        services: ServicesStack,
        functions: FunctionsStack,
    ) -> list[AlarmRule]:
        settings, minute = self._settings, Duration.minutes(1)
        database = stores.database
        found = [
            AlarmRule(
                "SQS Queue Depth High",
                "dead-letter-queue",
                stores.queue.metric_approximate_number_of_messages_visible(
                    period=minute, statistic="Maximum"
                ),
                100,
                minutes=3,
            ),
            AlarmRule(
                "SQS DLQ Has Messages",
                "dead-letter-queue",
                stores.dead_letters.metric_approximate_number_of_messages_visible(
                    period=minute, statistic="Maximum"
                ),
                0,
                is_critical=True,
            ),
            AlarmRule(
                "Lambda Errors High",
                "dead-letter-queue",
                functions.org_sync.metric_errors(period=minute, statistic="Sum"),
                5,
                minutes=3,
            ),
            AlarmRule(
                "Redis memory high",
                "redis-lost",
                self._redis("DatabaseMemoryUsagePercentage", "Maximum"),
                80,
                minutes=5,
                is_critical=True,
            ),
            AlarmRule(
                "Redis evicts", "redis-lost", self._redis("Evictions", "Sum"), 0, is_critical=True
            ),
            AlarmRule(
                "Redis CPU high",
                "redis-lost",
                self._redis("EngineCPUUtilization", "Maximum"),
                80,
                minutes=10,
            ),
            AlarmRule(
                "PostgreSQL CPU high",
                "postgresql-failover",
                database.metric_cpu_utilization(period=minute),
                80,
                minutes=10,
            ),
            AlarmRule(
                "PostgreSQL storage low",
                "postgresql-failover",
                database.metric_free_storage_space(period=minute, statistic="Minimum"),
                settings.database.gigabytes * 0.1 * 2**30,
                minutes=5,
                below=True,
                is_critical=True,
            ),
            AlarmRule(
                "PostgreSQL is silent",
                "postgresql-failover",
                database.metric_database_connections(period=minute),
                0,
                minutes=5,
                below=True,
                missing_is_bad=True,
            ),
            AlarmRule(
                "Load balancer answers 5xx",
                "engine-lost",
                edge.balancer.metrics.http_code_elb(
                    elb.HttpCodeElb.ELB_5XX_COUNT, period=minute, statistic="Sum"
                ),
                20,
                minutes=3,
                is_critical=True,
            ),
        ]
        for name, group in edge.blue.items():
            # The colours swap with each deployment, so both are watched, together.
            both = {"blue": group, **({"green": edge.green[name]} if name in edge.green else {})}
            found.append(
                AlarmRule(
                    f"{name} answers 5xx",
                    "engine-lost",
                    _sum(
                        {
                            colour: each.metrics.http_code_target(
                                elb.HttpCodeTarget.TARGET_5XX_COUNT, period=minute, statistic="Sum"
                            )
                            for colour, each in both.items()
                        }
                    ),
                    20,
                    minutes=3,
                )
            )
            found.append(
                AlarmRule(
                    f"{name} has no healthy target",
                    "roll-back",
                    _sum(
                        {
                            colour: each.metrics.healthy_host_count(
                                period=minute, statistic="Maximum"
                            )
                            for colour, each in both.items()
                        }
                    ),
                    1,
                    minutes=2,
                    below=True,
                    missing_is_bad=True,
                    is_critical=True,
                )
            )
        for name, service in services.services.items():
            found.append(
                AlarmRule(
                    f"{name} memory high",
                    "roll-back",
                    service.metric_memory_utilization(period=minute),
                    85,
                    minutes=5,
                )
            )
            if name.startswith(("ws-proxy", "transcribe")):
                found.append(
                    AlarmRule(
                        f"{name} is nearly full",
                        "cost-spike",
                        saturation(settings, name),
                        0.8,
                        minutes=10,
                    )
                )
        found += [
            AlarmRule(
                f"{name} errors high",
                "engine-lost",
                _sum({kind.lower(): _errors(settings, name, kind) for kind in _OURS}),
                20,
                minutes=3,
            )
            for name in ("ws-proxy", "transcribe")
        ]
        if functions.canary is not None:
            found.append(
                AlarmRule(
                    "Canary fails",
                    "engine-lost",
                    cloudwatch.Metric(
                        namespace="Aldea/Canary",
                        metric_name="TranscriptionSuccess",
                        period=minute,
                        statistic="Minimum",
                    ),
                    1,
                    minutes=3,
                    below=True,
                    missing_is_bad=True,
                    is_critical=True,
                )
            )
        return found

    def _redis(self, name: str, statistic: str) -> cloudwatch.IMetric:
        """The worst node of all, since ElastiCache has its metrics by node."""
        prefix = self._settings.prefix
        nodes = [
            f"{prefix}-{shard:04}-{node:03}"
            for shard in range(1, self._settings.redis.shards + 1)
            for node in range(1, self._settings.redis.replicas + 2)
        ]
        metrics = {
            f"n{number}": cloudwatch.Metric(
                namespace="AWS/ElastiCache",
                metric_name=name,
                dimensions_map={"CacheClusterId": node},
                period=Duration.minutes(1),
                statistic=statistic,
            )
            for number, node in enumerate(nodes)
        }
        return cloudwatch.MathExpression(
            expression=f"MAX([{','.join(metrics)}])",
            using_metrics=metrics,
            period=Duration.minutes(1),
            label=name,
        )


def _errors(settings: Environment, service: str, kind: str) -> cloudwatch.Metric:
    """What a proxy prints of its errors: answers and ends of live streams, which have no status."""
    return cloudwatch.Metric(
        namespace="Aldea/ProxyServices",
        metric_name="ErrorCount",
        dimensions_map={"Service": service, "ErrorType": kind},
        period=Duration.minutes(1),
        statistic="Sum",
        region=settings.region,
    )


def _rules_of_engines(engines: EnginesStack) -> list[AlarmRule]:
    """Each engine is one instance: without it, its share of the GPUs is gone."""
    return [
        AlarmRule(
            f"{name} is lost",
            "engine-lost",
            group.metrics.healthy_host_count(period=Duration.minutes(1), statistic="Maximum"),
            1,
            minutes=3,
            below=True,
            missing_is_bad=True,
            is_critical=True,
        )
        for name, group in engines.groups.items()
    ]


def _sum(metrics: Mapping[str, cloudwatch.IMetric]) -> cloudwatch.IMetric:
    if len(metrics) == 1:
        return next(iter(metrics.values()))
    return cloudwatch.MathExpression(
        expression="+".join(f"FILL({name}, 0)" for name in metrics),
        using_metrics=metrics,
        period=Duration.minutes(1),
        label=" and ".join(metrics),
    )
