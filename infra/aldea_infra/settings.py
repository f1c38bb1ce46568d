"""
What differs between environments, as frozen values; each is checked when it is made.

`environments.py` has the three values. The difference table of docs/delivery.md is generated from
them, so a difference that is not a setting here does not exist.
"""

import ipaddress
import re

import attrs


MOST_STOP_SECONDS = 120  # Fargate's bound of a container's stop timeout
MOST_DEREGISTRATION_SECONDS = 3600
_DRAIN_RESERVE_SECONDS = 5
# vCPU units → memory sizes that Fargate has for them.
_FARGATE = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
}


class SettingsError(Exception):
    """A setting of an environment cannot be used; the text names it."""


def require(fact: bool, text: str) -> None:
    """
    Raises:
        SettingsError: *fact* does not hold.
    """
    if not fact:
        raise SettingsError(text)


@attrs.frozen
class Size:
    """Of a task on Fargate: CPU units (1024 are a vCPU), MiB, and how many tasks there are."""

    cpu: int
    memory: int
    least: int = 1
    most: int = 1

    def __attrs_post_init__(self) -> None:
        require(
            self.memory in _FARGATE.get(self.cpu, ()),
            f"Fargate has no task of {self.cpu} CPU units and {self.memory} MiB",
        )
        require(1 <= self.least <= self.most, f"tasks: {self.least} to {self.most} is no range")


@attrs.frozen
class Deployment:
    """
    One ECS service that receives a share of a proxy's traffic.

    Args:
        name: Appended to the service's name; empty where there is one deployment.
        engines: Base URLs of the speech engines that it uses.
    """

    name: str
    engines: tuple[str, ...]

    def of(self, service: str) -> str:
        """The name of *service* in this deployment."""
        return f"{service}-{self.name}" if self.name else service

    def __attrs_post_init__(self) -> None:
        require(bool(self.engines), f"deployment {self.name!r} has no engine")
        for engine in self.engines:
            require(
                re.fullmatch(r"https://[a-z0-9.-]+:8443", engine) is not None,
                f"engine {engine!r} is not like https://HOST:8443",
            )


@attrs.frozen
class Network:
    """Zones, and the subnets in each of them; a NAT gateway serves one zone or all."""

    cidr: str = "10.0.0.0/16"
    zones: tuple[str, ...] = ("us-west-2a", "us-west-2b")
    public: tuple[str, ...] = ("10.0.1.0/24", "10.0.2.0/24")
    private: tuple[str, ...] = ("10.0.10.0/24", "10.0.20.0/24")
    nat_gateways: int = 2
    task_zones: int = 2

    def __attrs_post_init__(self) -> None:
        require(len(self.zones) == 2, "load balancer and database need two zones")
        require(len(self.public) == len(self.private) == 2, "each zone has two subnets")
        require(self.nat_gateways in (1, 2), "a NAT gateway for each zone, or one")
        require(self.task_zones in (1, 2), "tasks run in one zone or two")
        require(
            self.nat_gateways >= self.task_zones,
            "tasks of a zone need the NAT gateway of that zone",
        )
        whole = ipaddress.ip_network(self.cidr)
        subnets = [ipaddress.ip_network(each) for each in (*self.public, *self.private)]
        for index, subnet in enumerate(subnets):
            require(subnet.subnet_of(whole), f"subnet {subnet} is not in {whole}")  # type: ignore[arg-type]
            for other in subnets[:index]:
                require(not subnet.overlaps(other), f"subnets {subnet} and {other} overlap")


@attrs.frozen
class Domains:
    """Public host names; an empty one does not exist in the environment."""

    api: str
    backend: str = ""
    platform: str = ""
    grafana: str = ""
    zone_id: str = "Z0000000000ALDEA"
    zone: str = "aldea.ai"

    def __attrs_post_init__(self) -> None:
        for host in self.all:
            require(host.endswith("." + self.zone), f"{host} is not in {self.zone}")

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(host for host in (self.api, self.backend, self.platform, self.grafana) if host)


@attrs.frozen
class Redis:
    """ElastiCache in cluster mode everywhere, so that clients are the same everywhere."""

    node: str
    shards: int = 1
    replicas: int = 0
    snapshot_days: int = 1
    engine_version: str = "8.0"

    def __attrs_post_init__(self) -> None:
        require(
            re.fullmatch(r"cache\.(t4g|m7g|r7g)\.[0-9]*(micro|small|medium|x?large)", self.node)
            is not None,
            f"{self.node!r} is not an ElastiCache node type in use here",
        )
        require(self.engine_version in ("7.2", "8.0"), "Valkey is 7.2 or 8.0")
        require(1 <= self.shards <= 90, "ElastiCache has 1 to 90 shards")
        require(0 <= self.replicas <= 5, "a shard has 0 to 5 replicas")


@attrs.frozen
class Database:
    instance: str
    gigabytes: int
    multi_az: bool
    backup_days: int
    deletion_protection: bool

    def __attrs_post_init__(self) -> None:
        require(
            re.fullmatch(r"(t4g|m7g|r7g)\.[0-9]*(micro|small|medium|x?large)", self.instance)
            is not None,
            f"{self.instance!r} is not a database instance type in use here",
        )
        require(20 <= self.gigabytes <= 65536, "a database has 20 GB at least")
        require(1 <= self.backup_days <= 35, "backups are kept 1 to 35 days")


@attrs.frozen
class Slack:
    workspace: str
    channel: str


@attrs.frozen
class GpuEngines:
    """
    EC2 instances with one GPU that run `aldea serve stt`; without them, engines are elsewhere.

    Args:
        names: First labels of their hosts, as in stt-api-live-1.
        version: Tag or commit of the repository that they install.
        model: As `aldea models list` names it.
        image_parameter: AWS's own parameter with the newest image that has driver and CUDA.
    """

    names: tuple[str, ...]
    version: str
    model: str = "large-v3-turbo"
    instance: str = "g6.xlarge"
    gigabytes: int = 100
    image_parameter: str = (
        "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
    )

    def __attrs_post_init__(self) -> None:
        require(bool(self.names), "a stack of engines has an engine")
        require(len(set(self.names)) == len(self.names), "two engines have the same name")
        for name in self.names:
            require(
                re.fullmatch(r"[a-z][a-z0-9-]{1,22}[a-z0-9]", name) is not None,
                f"engine {name!r} is no label of a host of up to 24 characters",
            )
        require(
            re.fullmatch(r"(g4dn|g5|g6|g6e)\.[248]?xlarge", self.instance) is not None,
            f"{self.instance!r} is no instance with one GPU in use here",
        )
        require(
            re.fullmatch(r"[A-Za-z0-9._-]+", self.version) is not None
            and self.version not in ("main", "dev", "HEAD"),
            f"version {self.version!r} is no tag and no commit",
        )
        require(
            re.fullmatch(r"[A-Za-z0-9./-]+", self.model) is not None,
            f"model {self.model!r} is no name of a model",
        )
        require(80 <= self.gigabytes <= 16384, "the image and a model need 80 GB at least")


@attrs.frozen
class Environment:
    """
    Args:
        name: As in ALDEA_ENV.
        prefix: What names of resources begin with.
        repository: On GitHub, whose pipelines deploy.
        watched: Whether Prometheus and Grafana run.
        mail: Whether an operator has written the secret with the mail server's address.
        stripe: The same of Stripe's secrets.
        traces_url: Base URL of an OpenTelemetry collector that tasks and functions reach; empty:
            nothing is traced.
        stop_seconds: From SIGTERM to SIGKILL.
        deregistration_seconds: How long a load balancer leaves open streams of a task that goes.
    """

    name: str
    prefix: str
    account: str
    network: Network
    domains: Domains
    ws_proxy: Size
    transcribe: Size
    backend: Size
    frontend: Size
    db_sync: Size
    ws_deployments: tuple[Deployment, ...]
    file_deployments: tuple[Deployment, ...]
    redis: Redis
    database: Database
    slack: Slack
    blue_green: bool
    accelerator: bool
    watched: bool
    log_days: int
    requests_per_five_minutes: int
    mail: bool = False
    stripe: bool = False
    traces_url: str = ""
    org_sync_concurrency: int = 5
    gpu_engines: GpuEngines | None = None
    capacity: int = 5000
    drain_seconds: int = 100
    stop_seconds: int = 118
    deregistration_seconds: int = 300
    idle_seconds: int = 3600
    blue_minutes: int = 5
    saturation_target: float = 0.6
    region: str = "us-west-2"
    repository: str = "aldea/aldea"

    def __attrs_post_init__(self) -> None:
        require(self.name in ("dev", "staging", "production"), f"{self.name!r} is no environment")
        require(
            re.fullmatch(r"[a-z]{1,8}-ws-proxy", self.prefix) is not None,
            f"prefix {self.prefix!r} is not like dev-ws-proxy",
        )
        require(re.fullmatch(r"\d{12}", self.account) is not None, "an account has 12 digits")
        for zone in self.network.zones:
            require(zone.startswith(self.region), f"zone {zone} is not in {self.region}")
        require(
            0 < self.stop_seconds <= MOST_STOP_SECONDS,
            f"stop timeout {self.stop_seconds} is above Fargate's {MOST_STOP_SECONDS}",
        )
        require(
            self.drain_seconds + 2 * _DRAIN_RESERVE_SECONDS <= self.stop_seconds,
            "a drain must end before the stop timeout kills it",
        )
        require(
            self.drain_seconds <= self.deregistration_seconds <= MOST_DEREGISTRATION_SECONDS,
            f"deregistration delay {self.deregistration_seconds} is below the drain or above 3600",
        )
        require(1 <= self.idle_seconds <= 4000, "a load balancer's idle timeout is 1 to 4000 s")
        require(0 < self.saturation_target < 1, "saturation is between 0 and 1")
        require(self.requests_per_five_minutes >= 100, "a rate rule is 100 or above")
        for deployments in (self.ws_deployments, self.file_deployments):
            require(bool(deployments), "a proxy has a deployment at least")
            names = [each.name for each in deployments]
            require(len(set(names)) == len(names), "two deployments have the same name")
            require(
                not self.blue_green or len(deployments) == 1,
                "CodeDeploy shifts one target group: a proxy has one deployment",
            )
        self._check_gpu_engines()
        self._check_production()

    def _check_gpu_engines(self) -> None:
        deployments = (*self.ws_deployments, *self.file_deployments)
        used = {engine for deployment in deployments for engine in deployment.engines}
        for name in self.gpu_engines.names if self.gpu_engines else ():
            require(
                f"https://{name}.{self.domains.zone}:8443" in used,
                f"no deployment uses engine {name}",
            )

    def _check_production(self) -> None:
        """What no environment with customers may be without."""
        if self.name == "dev":
            return
        require(self.network.task_zones == 2, f"{self.name} runs in two zones")
        require(self.redis.replicas >= 1, f"{self.name} has a replica of Redis in the other zone")
        require(self.database.multi_az, f"{self.name} has a standby of the database")
        require(self.database.deletion_protection, f"{self.name}'s database is protected")
        require(self.accelerator, f"{self.name} is behind Global Accelerator")
        require(
            bool(self.domains.backend and self.domains.platform), f"{self.name} has three hosts"
        )
        for size in (self.ws_proxy, self.transcribe, self.backend, self.frontend, self.db_sync):
            require(size.least >= len(self.network.zones), f"{self.name} has a task in each zone")
        if self.name == "production":
            require(self.blue_green, "production deploys blue/green")

    @property
    def aldea_env(self) -> str:
        return self.name
