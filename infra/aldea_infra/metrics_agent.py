"""
The sidecar that brings a proxy's saturation to CloudWatch, where scaling reads it.

Services show Prometheus metrics; CloudWatch's agent scrapes /metrics of its own task every 15 s.
"""

import json

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from aldea_infra.network import PORT
from aldea_infra.settings import Environment


NAMESPACE = "Aldea/Saturation"
METRICS = ("aldea_saturation_ratio", "aldea_active_sessions", "aldea_capacity_sessions")
_IMAGE = "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300062.0b1304"


def add_metrics_agent(
    scope: Construct,
    definition: ecs.FargateTaskDefinition,
    settings: Environment,
    name: str,
    log_group: logs.ILogGroup,
) -> None:
    """Adds the container, and lets the task put metrics by its log."""
    metrics_log = f"/aldea/{settings.prefix}/metrics/{name}"
    logs.LogGroup(
        scope,
        "".join(part.title() for part in name.split("-")) + "Metrics",
        log_group_name=metrics_log,
        retention=logs.RetentionDays.ONE_WEEK,
    )
    scrape = {
        "global": {"scrape_interval": "15s"},
        "scrape_configs": [
            {
                "job_name": name,
                "static_configs": [{"targets": [f"127.0.0.1:{PORT}"], "labels": {"Service": name}}],
            }
        ],
    }
    agent = {
        "logs": {
            "force_flush_interval": 5,
            "metrics_collected": {
                "prometheus": {
                    "log_group_name": metrics_log,
                    "prometheus_config_path": "env:PROMETHEUS_CONFIG_CONTENT",
                    "emf_processor": {
                        "metric_namespace": NAMESPACE,
                        "metric_declaration": [
                            {
                                "source_labels": ["Service"],
                                "label_matcher": ".*",
                                "dimensions": [["Service"]],
                                "metric_selectors": [f"^{metric}$" for metric in METRICS],
                            }
                        ],
                    },
                }
            },
        }
    }
    definition.add_container(
        "metrics",
        container_name="metrics",
        image=ecs.ContainerImage.from_registry(_IMAGE),
        environment={
            "CW_CONFIG_CONTENT": json.dumps(agent),
            "PROMETHEUS_CONFIG_CONTENT": json.dumps(scrape),  # JSON is YAML
        },
        essential=False,
        memory_reservation_mib=64,
        logging=ecs.LogDrivers.aws_logs(stream_prefix=f"{name}-metrics", log_group=log_group),
    )
    definition.task_role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resources=[
                f"arn:aws:logs:{settings.region}:{settings.account}:log-group:{metrics_log}:*"
            ],
        )
    )


def saturation(settings: Environment, name: str) -> cloudwatch.Metric:
    """Sessions of those there is room for, on average over a deployment's tasks."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name="aldea_saturation_ratio",
        dimensions_map={"Service": name},
        period=Duration.minutes(1),
        statistic="Average",
        region=settings.region,
    )
