"""
Deliberate mistakes in the constructs of production, and the check that is to catch each.

A mistake is an override of what the stage synthesised, as `add_property_override` would leave it; a
check is a test of this folder, by its name, and catches each of the mistakes beside it.
"""

from collections.abc import Mapping
from typing import Any

import attrs


ABSENT = object()
Template = dict[str, Any]


@attrs.frozen
class Override:
    """
    One resource whose template is wrong.

    Args:
        kind: Type of the resource.
        path: Steps to the property, parted by dots: a key, in which / stands for a dot; a place in a
            list; or `=NAME`, the item of a list with that Name or Key. Empty for the resource itself.
        value: What it has by mistake; ABSENT removes it.
        where: Part of the resource's logical id, which picks the resource.
    """

    kind: str
    path: str
    value: Any
    where: str = ""

    def apply(self, stacks: Mapping[str, Template]) -> None:
        """
        Raises:
            LookupError: There is no such resource or property: the mistake is none any more.
        """
        for template in stacks.values():
            resources = template["Resources"]
            for name, resource in resources.items():
                if resource["Type"] == self.kind and self.where in name:
                    if not self.path:
                        del resources[name]
                    else:
                        _put(resource, self.path.split("."), self.value)
                    return
        raise LookupError(f"no {self.kind} with {self.where!r} in its name")


@attrs.frozen
class Added:
    """A resource that nobody meant to have, in the stack *stack*."""

    stack: str
    kind: str
    properties: Mapping[str, Any]

    def apply(self, stacks: Mapping[str, Template]) -> None:
        stacks[self.stack]["Resources"]["ByMistake"] = {
            "Type": self.kind, "Properties": dict(self.properties),
        }  # fmt: skip


def _put(resource: Template, path: list[str], value: Any) -> None:
    """Changes a value below *resource*."""
    *steps, last = path
    place: Any = resource
    for step in steps:
        place = place[_step(place, step)]
    index = _step(place, last)
    if value is ABSENT:
        del place[index]
    else:
        place[index] = value


def _step(place: Any, step: str) -> Any:
    """The key or the index that *step* of a path means in *place*."""
    step = step.replace("/", ".")
    if isinstance(place, dict):
        return step
    if step.isdigit():
        return int(step)
    wanted = step.removeprefix("=")
    return next(n for n, item in enumerate(place) if wanted in (item.get("Key"), item.get("Name")))


_ELB = "AWS::ElasticLoadBalancingV2::"
_TASK, _SERVICE = "AWS::ECS::TaskDefinition", "AWS::ECS::Service"
_REDIS, _DATABASE = "AWS::ElastiCache::ReplicationGroup", "AWS::RDS::DBInstance"
_FUNCTION, _QUEUE, _ALARM = "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::CloudWatch::Alarm"
_DEPLOYMENTS = "AWS::CodeDeploy::DeploymentGroup"
_CONTAINER = "Properties.ContainerDefinitions.0."
_NETWORK = "Properties.NetworkConfiguration.AwsvpcConfiguration."

# Check → what is wrong → the mistake.
MISTAKES: dict[str, dict[str, Override | Added]] = {
    "test_no_container_is_killed_before_its_drain_ends": {
        "a stop timeout above Fargate's": Override(
            _TASK, _CONTAINER + "StopTimeout", 180, "Backend"
        ),
        "a stop timeout shorter than the drain": Override(
            _TASK, _CONTAINER + "StopTimeout", 30, "WsProxy"
        ),
    },
    "test_no_image_floats": {
        "an image tagged latest": Override(
            _TASK, _CONTAINER + "Image", "aldea/backend:latest", "Backend"
        ),
        "a sidecar without a version": Override(
            _TASK, "Properties.ContainerDefinitions.=metrics.Image", "cloudwatch-agent", "WsProxy"
        ),
    },
    "test_containers_have_a_read_only_root_and_a_health_check": {
        "a root that can be written to": Override(
            _TASK, _CONTAINER + "ReadonlyRootFilesystem", False, "DbSync"
        ),
        "a container without a health check": Override(
            _TASK, _CONTAINER + "HealthCheck", ABSENT, "Frontend"
        ),
    },
    "test_every_container_writes_a_log": {
        "a container without a log": Override(
            _TASK, _CONTAINER + "LogConfiguration", ABSENT, "Transcribe"
        ),
    },
    "test_secrets_are_injected_and_each_service_gets_only_its_own": {
        "a proxy without Redis' address": Override(
            _TASK, _CONTAINER + "Secrets.=ALDEA_REDIS_URL", ABSENT, "WsProxy"
        ),
        "a backend without the database's address": Override(
            _TASK, _CONTAINER + "Secrets.=ALDEA_DATABASE_URL", ABSENT, "Backend"
        ),
        "dashboards that cannot read each other's cookies": Override(
            _TASK, _CONTAINER + "Secrets", ABSENT, "Frontend"
        ),
        "a secret as a plain variable": Override(
            _TASK,
            _CONTAINER + "Environment.0",
            {"Name": "ALDEA_REDIS_URL", "Value": "redis://x"},
            "Backend",
        ),
    },
    "test_tasks_have_the_architecture_that_images_are_built_for": {
        "an architecture that images are not built for": Override(
            _TASK, "Properties.RuntimePlatform.CpuArchitecture", "ARM64", "Frontend"
        ),
    },
    "test_load_balancer_asks_the_port_on_which_the_container_listens": {
        "a port on which nothing listens": Override(
            _SERVICE, "Properties.LoadBalancers.0.ContainerPort", 9090, "Backend"
        ),
    },
    "test_tasks_run_in_private_subnets_of_two_zones_and_of_one_in_dev": {
        "a service in one zone": Override(_SERVICE, _NETWORK + "Subnets.1", ABSENT, "Transcribe"),
        "tasks with public addresses": Override(
            _SERVICE, _NETWORK + "AssignPublicIp", "ENABLED", "WsProxy"
        ),
    },
    "test_there_is_a_task_for_each_zone": {
        "a service without a task": Override(_SERVICE, "Properties.DesiredCount", 0, "DbSync"),
    },
    "test_scaling_leaves_a_task_in_each_zone": {
        "scaling to nothing": Override(
            "AWS::ApplicationAutoScaling::ScalableTarget", "Properties.MinCapacity", 0
        ),
    },
    "test_proxies_scale_on_saturation_with_cpu_as_a_floor": {
        "scaling in at once": Override(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties.TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
            0,
            "Saturation",
        ),
    },
    "test_blue_ends_five_minutes_after_success_and_alarms_roll_back": {
        "blue that ends at once": Override(
            _DEPLOYMENTS,
            "Properties.BlueGreenDeploymentConfiguration.TerminateBlueInstancesOnDeploymentSuccess."
            "TerminationWaitTimeInMinutes",
            0,
        ),
        "alarms that roll nothing back": Override(
            _DEPLOYMENTS, "Properties.AutoRollbackConfiguration.Events.2", ABSENT
        ),
    },
    "test_production_deploys_blue_green_except_db_sync": {
        "a rolling update where CodeDeploy deploys": Override(
            _SERVICE, "Properties.DeploymentController.Type", "ECS", "Backend"
        ),
    },
    "test_rules_of_production": {
        "two rules of one priority": Override(
            _ELB + "ListenerRule", "Properties.Priority", 10, "LiveRule20"
        ),
    },
    "test_firewall_has_managed_rate_and_size_rules": {
        "no firewall at the load balancer": Override("AWS::WAFv2::WebACLAssociation", "", ABSENT),
    },
    "test_firewall_blocks_and_does_not_only_count": {
        "a firewall that only counts": Override(
            "AWS::WAFv2::WebACL", "Properties.Rules.=rate.Action", {"Count": {}}
        ),
    },
    "test_targets_are_asked_whether_they_are_ready": {
        "a health check that is always passed": Override(
            _ELB + "TargetGroup", "Properties.HealthCheckPath", "/"
        ),
    },
    "test_open_streams_outlast_the_drain_of_their_task": {
        "streams cut at once": Override(
            _ELB + "TargetGroup",
            "Properties.TargetGroupAttributes.=deregistration_delay/timeout_seconds.Value",
            "0",
        ),
    },
    "test_load_balancer_is_in_both_zones_everywhere": {
        "a load balancer in one zone": Override(
            _ELB + "LoadBalancer", "Properties.Subnets.1", ABSENT
        ),
        "idle streams cut before the accelerator would": Override(
            _ELB + "LoadBalancer",
            "Properties.LoadBalancerAttributes.=idle_timeout/timeout_seconds.Value",
            "60",
        ),
    },
    "test_load_balancer_of_customers_cannot_be_deleted": {
        "a load balancer that can be deleted": Override(
            _ELB + "LoadBalancer",
            "Properties.LoadBalancerAttributes.=deletion_protection/enabled.Value",
            "false",
        ),
    },
    "test_listeners_speak_tls_and_plain_http_is_redirected": {
        "a listener of old TLS": Override(
            _ELB + "Listener", "Properties.SslPolicy", "ELBSecurityPolicy-2016-08"
        ),
    },
    "test_hosts_are_the_described_ones": {
        "API without the accelerator": Override(
            "AWS::Route53::RecordSet",
            "Properties.AliasTarget",
            {"DNSName": "LoadBalancer"},
            "ApiName",
        ),
    },
    "test_only_the_load_balancer_is_open_to_the_world": {
        "a database open to the world": Override(
            "AWS::EC2::SecurityGroup",
            "Properties.SecurityGroupIngress",
            [{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}],
            "Database",
        ),
        "a rule of its own that opens a database": Added(
            "Network",
            "AWS::EC2::SecurityGroupIngress",
            {
                "CidrIp": "0.0.0.0/0",
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "GroupId": {"Fn::GetAtt": ["DatabaseGroup", "GroupId"]},
            },
        ),
    },
    "test_subnets_are_the_described_ones": {
        "a private subnet with public addresses": Override(
            "AWS::EC2::Subnet", "Properties.MapPublicIpOnLaunch", True, "PrivateSubnet2"
        ),
    },
    "test_each_zone_has_a_nat_gateway_and_dev_has_one": {
        "one NAT gateway for both zones": Override("AWS::EC2::NatGateway", "", ABSENT),
    },
    "test_database_is_encrypted_backed_up_private_and_wants_tls": {
        "a public database": Override(_DATABASE, "Properties.PubliclyAccessible", True),
        "a database without encryption": Override(_DATABASE, "Properties.StorageEncrypted", False),
        "a database without backups": Override(_DATABASE, "Properties.BackupRetentionPeriod", 0),
    },
    "test_database_has_a_standby_and_is_single_in_dev": {
        "a database without a standby": Override(_DATABASE, "Properties.MultiAZ", False),
    },
    "test_what_holds_state_outlives_its_stack": {
        "a database that goes with its stack": Override(_DATABASE, "DeletionPolicy", "Delete"),
    },
    "test_redis_is_encrypted_wants_a_token_and_evicts_nothing": {
        "Redis without encryption on its way": Override(
            _REDIS, "Properties.TransitEncryptionEnabled", False
        ),
        "Redis' token in the template": Override(_REDIS, "Properties.AuthToken", "hunter2"),
        "Redis that evicts keys": Override(
            "AWS::ElastiCache::ParameterGroup",
            "Properties.Properties.maxmemory-policy",
            "allkeys-lru",
        ),
    },
    "test_redis_is_a_cluster_with_a_replica_in_the_other_zone_and_one_node_in_dev": {
        "Redis without a replica": Override(_REDIS, "Properties.ReplicasPerNodeGroup", 0),
    },
    "test_message_stays_hidden_for_six_times_the_functions_time": {
        "a queue that shows a message again too early": Override(
            _QUEUE, "Properties.VisibilityTimeout", 30, "OrgSync"
        ),
    },
    "test_queue_and_dead_letter_queue_have_their_names": {
        "a queue without a dead-letter queue": Override(
            _QUEUE, "Properties.RedrivePolicy", ABSENT, "OrgSync"
        ),
    },
    "test_no_bucket_is_public": {
        "a bucket that the public may read": Override(
            "AWS::S3::Bucket", "Properties.PublicAccessBlockConfiguration.BlockPublicPolicy", False
        ),
    },
    "test_each_service_has_a_repository_with_immutable_tags": {
        "images that can be replaced": Override(
            "AWS::ECR::Repository", "Properties.ImageTagMutability", "MUTABLE"
        ),
    },
    "test_functions_of_the_sync_are_in_the_network": {
        "a function outside of the network": Override(
            _FUNCTION, "Properties.VpcConfig", ABSENT, "Seeder"
        ),
    },
    "test_org_sync_has_a_bound_on_its_connections": {
        "a function that opens connections without bound": Override(
            _FUNCTION, "Properties.ReservedConcurrentExecutions", ABSENT, "OrgSync"
        ),
    },
    "test_org_sync_takes_batches_and_reports_what_failed": {
        "a batch that is repeated as a whole": Override(
            "AWS::Lambda::EventSourceMapping", "Properties.FunctionResponseTypes", ABSENT
        ),
    },
    "test_no_policy_allows_everything": {
        "a role that may do everything": Override(
            "AWS::IAM::Policy", "Properties.PolicyDocument.Statement.0.Action", "*", "BackendTask"
        ),
        "a role that may do everything with a service": Override(
            "AWS::IAM::Policy",
            "Properties.PolicyDocument.Statement.0.Action",
            ["s3:*"],
            "BackendTask",
        ),
    },
    "test_pipelines_lend_their_role_to_one_environment_of_one_repository": {
        "a role of pipelines for every repository": Override(
            "AWS::IAM::Role",
            "Properties.AssumeRolePolicyDocument.Statement.0.Condition.StringEquals."
            "token/actions/githubusercontent/com:sub",
            "repo:aldea/*",
            "Deploy",
        ),
    },
    "test_every_log_group_forgets": {
        "a log that is kept for ever": Override(
            "AWS::Logs::LogGroup", "Properties.RetentionInDays", ABSENT
        ),
    },
    "test_described_alarms_are_there_with_the_environment_in_the_title": {
        "no alarm for the dead-letter queue": Override(_ALARM, "", ABSENT, "Dlq"),
    },
    "test_every_alarm_of_watching_reaches_slack": {
        "an alarm that nobody hears": Override(_ALARM, "Properties.AlarmActions", [], "Alarm01"),
    },
    "test_every_alarm_names_a_runbook_that_exists": {
        "an alarm without a runbook": Override(
            _ALARM, "Properties.AlarmDescription", "Look at docs/runbooks/nothing.md", "Alarm02"
        ),
    },
}
