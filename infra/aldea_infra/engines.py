"""
Engines on EC2 instances with a GPU, where an environment has its own; elsewhere they are addresses only.

Each engine has a name, an Auto Scaling group of one instance, which replaces it when it fails, and a
target group. An internal load balancer ends TLS for all of them, by host: gateways choose among engines
themselves, so each has to have an address of its own.
"""

from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from aldea_infra.network import ENGINE_PORT, NetworkStack
from aldea_infra.settings import Environment, GpuEngines
from aldea_infra.stores import StoresStack


SCRIPT = Path(__file__).with_name("engine_boot.sh")
# To install packages and to fetch a model of some gigabytes.
_GRACE = Duration.minutes(20)


class EnginesStack(Stack):
    """
    Deployed before the services that use its engines.

    Attributes:
        groups: Target groups, by the engine's name.
    """

    def __init__(
        self,
        scope: Construct,
        settings: Environment,
        engines: GpuEngines,
        network: NetworkStack,
        stores: StoresStack,
        **options: Any,
    ) -> None:
        super().__init__(scope, "Engines", **options)
        self._settings = settings
        self._engines = engines
        self._network = network
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[
                # A shell without SSH: Session Manager.
                iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSSMManagedInstanceCore")
            ],
        )
        stores.engine_token.grant_read(role)
        zone = route53.PublicHostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.domains.zone_id, zone_name=settings.domains.zone
        )
        self.balancer = self._load_balancer()
        self.groups: dict[str, elb.ApplicationTargetGroup] = {}
        for number, name in enumerate(engines.names):
            self.groups[name] = self._engine(number, name, role)
        self._listen(zone)

    def _host(self, name: str) -> str:
        return f"{name}.{self._settings.domains.zone}"

    def _engine(self, number: int, name: str, role: iam.Role) -> elb.ApplicationTargetGroup:
        settings, engines = self._settings, self._engines
        title = "".join(part.title() for part in name.split("-"))
        template = ec2.LaunchTemplate(
            self,
            f"{title}Template",
            launch_template_name=f"{settings.prefix}-{name}",
            instance_type=ec2.InstanceType(engines.instance),
            machine_image=ec2.MachineImage.from_ssm_parameter(
                engines.image_parameter, os=ec2.OperatingSystemType.LINUX
            ),
            user_data=ec2.UserData.custom(boot_script(settings, engines)),
            role=role,
            security_group=self._network.group("engines", Construct(self, f"{title}Network")),
            require_imdsv2=True,
            detailed_monitoring=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/sda1",
                    volume=ec2.BlockDeviceVolume.ebs(
                        engines.gigabytes,
                        volume_type=ec2.EbsDeviceVolumeType.GP3,
                        encrypted=True,
                    ),
                )
            ],
        )
        subnets = self._network.vpc.private_subnets
        group = autoscaling.AutoScalingGroup(
            self,
            title,
            auto_scaling_group_name=f"{settings.prefix}-{name}",
            vpc=self._network.vpc,
            # Neighbours in the list are in different zones.
            vpc_subnets=ec2.SubnetSelection(subnets=[subnets[number % len(subnets)]]),
            launch_template=template,
            min_capacity=1,
            max_capacity=2,  # a new instance starts before the old one ends
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB], grace_period=_GRACE
            ),
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                min_instances_in_service=1, max_batch_size=1, pause_time=_GRACE
            ),
        )
        balanced = elb.ApplicationTargetGroup(
            self,
            f"{title}Targets",
            target_group_name=f"{settings.prefix.removesuffix('-ws-proxy')}-{name}",
            vpc=self._network.vpc,
            port=ENGINE_PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            deregistration_delay=Duration.seconds(settings.deregistration_seconds),
            health_check=elb.HealthCheck(
                path="/readyz",
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )
        group.attach_to_application_target_group(balanced)
        return balanced

    def _load_balancer(self) -> elb.ApplicationLoadBalancer:
        settings = self._settings
        balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            load_balancer_name=f"{settings.prefix}-engines",
            vpc=self._network.vpc,
            internet_facing=False,
            security_group=self._network.group("engine-balancer", self),
            idle_timeout=Duration.seconds(settings.idle_seconds),
            deletion_protection=settings.name != "dev",
            drop_invalid_header_fields=True,
        )
        balancer.log_access_logs(
            s3.Bucket(
                self,
                "AccessLogs",
                block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
                encryption=s3.BucketEncryption.S3_MANAGED,
                enforce_ssl=True,
                lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(settings.log_days))],
                removal_policy=RemovalPolicy.RETAIN,
            )
        )
        return balancer

    def _listen(self, zone: route53.IHostedZone) -> None:
        first, *others = (self._host(name) for name in self._engines.names)
        listener = self.balancer.add_listener(
            "Https",
            port=ENGINE_PORT,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[
                acm.Certificate(
                    self,
                    "Certificate",
                    domain_name=first,
                    subject_alternative_names=others or None,
                    validation=acm.CertificateValidation.from_dns(zone),
                )
            ],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            open=False,
            default_action=elb.ListenerAction.fixed_response(404),
        )
        for number, (name, group) in enumerate(self.groups.items(), 1):
            listener.add_action(
                f"To{name.title().replace('-', '')}",
                priority=10 * number,
                conditions=[elb.ListenerCondition.host_headers([self._host(name)])],
                action=elb.ListenerAction.forward([group]),
            )
            route53.ARecord(
                self,
                f"{name.title().replace('-', '')}Name",
                zone=zone,
                record_name=self._host(name) + ".",
                target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(self.balancer)),
            )


def boot_script(settings: Environment, engines: GpuEngines) -> str:
    """What an instance runs once, at its first start."""
    text = SCRIPT.read_text()
    for name, value in {
        "SOURCE": f"git+https://github.com/{settings.repository}@{engines.version}",
        "MODEL": engines.model,
        "REGION": settings.region,
        "TOKEN_SECRET": f"{settings.prefix}/engine-token",
        "ENVIRONMENT": settings.aldea_env,
        "PORT": str(ENGINE_PORT),
    }.items():
        text = text.replace(f"@{name}@", value)
    return text
