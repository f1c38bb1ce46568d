"""What holds state: Redis, PostgreSQL, the queue, secrets, and the registry of images."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from aldea_infra.network import NetworkStack
from aldea_infra.settings import Environment


# Deliveries of a message before it goes to the dead-letter queue; org-sync's delays sum up to more
# than three minutes before the fifth.
DELIVERIES = 5
FUNCTION_SECONDS = 60


class StoresStack(Stack):
    def __init__(
        self, scope: Construct, settings: Environment, network: NetworkStack, **options: Any
    ) -> None:
        super().__init__(scope, "Stores", **options)
        self._settings = settings
        self._network = network
        self.redis_token = self._generated("RedisToken", "redis-token", 64)
        self.engine_token = self._generated("EngineToken", "engine-token", 48)
        self.grant_secret = self._generated("GrantSecret", "grant-secret", 48)
        self.frontend_secret = self._generated("FrontendSecret", "frontend-secret", 48)
        self.smtp_url = self._by_hand("SmtpUrl", "smtp-url", "address of the mail server")
        self.stripe_key = self._by_hand("StripeKey", "stripe-key", "secret key of Stripe")
        self.stripe_webhook = self._by_hand(
            "StripeWebhook", "stripe-webhook-secret", "what Stripe signs its notices with"
        )
        self.frontend_public = self._by_hand(
            "FrontendPublic", "frontend-public", "NEXT_PUBLIC_* of the dashboard's build, as JSON"
        )
        self.canary_key = self._by_hand(
            "CanaryKey", "canary-key", "an API key of an org of the canary's own"
        )
        self.redis = self._make_redis()
        self.redis_url = self._url(
            "RedisUrl",
            "redis-url",
            f"rediss+cluster://:{self.redis_token.secret_value.unsafe_unwrap()}"
            f"@{self.redis.attr_configuration_end_point_address}:6379",
        )
        self.database = self._make_database()
        self.database_url = self._url(
            "DatabaseUrl",
            "database-url",
            f"postgresql://aldea:{self.database_secret.secret_value_from_json('password').unsafe_unwrap()}"
            f"@{self.database.db_instance_endpoint_address}:5432/aldea?ssl=require",
        )
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{settings.prefix}-org-sync-dlq",
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        self.queue = sqs.Queue(
            self,
            "OrgSync",
            queue_name=f"{settings.prefix}-org-sync",
            visibility_timeout=Duration.seconds(6 * FUNCTION_SECONDS),
            retention_period=Duration.days(4),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=DELIVERIES
            ),
        )

    def _generated(self, name: str, path: str, length: int) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            name,
            secret_name=f"{self._settings.prefix}/{path}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=length, exclude_punctuation=True
            ),
        )

    def _by_hand(self, name: str, path: str, about: str) -> secretsmanager.Secret:
        """A secret that AWS cannot make: it says so until an operator writes it."""
        return secretsmanager.Secret(
            self,
            name,
            secret_name=f"{self._settings.prefix}/{path}",
            description=f"Written by an operator: {about}.",
            secret_string_value=SecretValue.unsafe_plain_text("{}" if "JSON" in about else "unset"),
        )

    def _url(self, name: str, path: str, url: str) -> secretsmanager.Secret:
        """An address with its password in it; CloudFormation puts it together, no template has it."""
        return secretsmanager.Secret(
            self,
            name,
            secret_name=f"{self._settings.prefix}/{path}",
            secret_string_value=SecretValue.unsafe_plain_text(url),
        )

    def _make_redis(self) -> elasticache.CfnReplicationGroup:
        redis, network = self._settings.redis, self._network
        subnets = elasticache.CfnSubnetGroup(
            self,
            "RedisSubnets",
            description="Private subnets",
            subnet_ids=[subnet.subnet_id for subnet in network.vpc.private_subnets],
        )
        parameters = elasticache.CfnParameterGroup(
            self,
            "RedisParameters",
            cache_parameter_group_family=f"valkey{redis.engine_version.split('.')[0]}",
            description="Keys, leases and usage must not be evicted",
            properties={"cluster-enabled": "yes", "maxmemory-policy": "noeviction"},
        )
        return elasticache.CfnReplicationGroup(
            self,
            "Redis",
            replication_group_id=self._settings.prefix,
            replication_group_description="Keys, limits, leases, and usage on its way",
            engine="valkey",
            engine_version=redis.engine_version,
            cache_node_type=redis.node,
            num_node_groups=redis.shards,
            replicas_per_node_group=redis.replicas,
            cluster_mode="enabled",
            # Cluster mode demands it, also of one node.
            automatic_failover_enabled=True,
            multi_az_enabled=redis.replicas > 0,
            cache_subnet_group_name=subnets.ref,
            cache_parameter_group_name=parameters.ref,
            security_group_ids=[network.group("redis", self).security_group_id],
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=self.redis_token.secret_value.unsafe_unwrap(),
            snapshot_retention_limit=redis.snapshot_days,
            snapshot_window="09:00-10:00",
            preferred_maintenance_window="sun:10:30-sun:11:30",
            auto_minor_version_upgrade=True,
        )

    def _make_database(self) -> rds.DatabaseInstance:
        database, network = self._settings.database, self._network
        self.database_secret = rds.DatabaseSecret(
            self,
            "DatabaseSecret",
            username="aldea",
            secret_name=f"{self._settings.prefix}/database",
            exclude_characters=" %+~`#$&*()|[]{}:;<>?!'/@\"\\^=,.-_",
        )
        is_protected = database.deletion_protection
        engine = rds.DatabaseInstanceEngine.postgres(
            version=rds.PostgresEngineVersion.of("17.6", "17")
        )
        return rds.DatabaseInstance(
            self,
            "Database",
            instance_identifier=self._settings.prefix,
            engine=engine,
            instance_type=ec2.InstanceType(database.instance),
            credentials=rds.Credentials.from_secret(self.database_secret, "aldea"),
            database_name="aldea",
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[network.group("database", self)],
            multi_az=database.multi_az,
            allocated_storage=database.gigabytes,
            max_allocated_storage=database.gigabytes * 5,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            backup_retention=Duration.days(database.backup_days),
            preferred_backup_window="08:00-09:00",
            preferred_maintenance_window="sun:10:00-sun:11:00",
            copy_tags_to_snapshot=True,
            deletion_protection=is_protected,
            removal_policy=RemovalPolicy.RETAIN if is_protected else RemovalPolicy.SNAPSHOT,
            auto_minor_version_upgrade=True,
            iam_authentication=True,
            cloudwatch_logs_exports=["postgresql"],
            parameter_group=rds.ParameterGroup(
                self,
                "DatabaseParameters",
                engine=engine,
                description="TLS only, and slow statements in the log",
                parameters={"rds.force_ssl": "1", "log_min_duration_statement": "1000"},
            ),
        )
