"""
Settings: environment variables that begin with `ALDEA_`, read once, each described once.

An unknown or malformed variable is refused by name, so that a misspelt variable is not ignored.
Secrets are kept out of reprs and messages.
"""

import socket

from collections.abc import Callable, Mapping
from typing import Any, Self

import attrs

from entrypoints.configuration import colours, values
from entrypoints.configuration.choices import BundledEngine, Environment


__all__ = ["BundledEngine", "Environment", "Settings", "SettingsError", "variable"]


class SettingsError(Exception):
    """A variable cannot be used; the text names it and says what it takes."""


def _setting(
    default: Any, about: str, read: Callable[[str], Any] = str, *, secret: bool = False
) -> Any:
    return attrs.field(
        default=default,
        repr=not secret,
        metadata={"about": about, "read": read, "secret": secret},
    )


@attrs.frozen
class Settings:
    """All settings. `aldea settings` prints the table."""

    env: Environment = _setting(
        Environment.LOCAL, "local, dev, staging, production.", values.environment
    )
    redis_url: str = _setting(
        "",
        "Redis for keys, leases and usage: redis://, rediss://, redis+cluster:// or "
        "rediss+cluster://. Empty: in memory.",
        secret=True,
    )
    database_url: str = _setting(
        "",
        "Database: postgresql://… or sqlite:///FILE. Empty: in memory.",
        secret=True,
    )
    stripe_key: str = _setting(
        "",
        "Stripe's secret key, to have invoices collected. Empty: operators note payments.",
        values.token,
        secret=True,
    )
    stripe_webhook_secret: str = _setting(
        "",
        "What Stripe signs its notices to /v1/payments/notices with.",
        secret=True,
    )
    stripe_url: str = _setting("", "Another address of Stripe's API.", values.base_url)
    invoice_fonts: tuple[str, ...] = _setting(
        (),
        "Font files (TTF, OTF) for characters on PDFs that Roboto lacks, comma-separated.",
        values.fonts,
    )
    seller: tuple[str, ...] = _setting(
        ("Aldea",),
        "Name and address on invoices, their lines separated by |.",
        values.lines,
    )
    models: tuple[tuple[str, str], ...] = _setting(
        (),
        "Models that may be asked for, as NAME or NAME=MODEL_OF_THE_ENGINES, separated by commas, "
        "the one for requests that name none first; others get 400, and /v1/models lists these. "
        "Empty: any, and the engines decide.",
        values.models,
    )
    org_sync_queue_url: str = _setting("", "SQS queue of org changes.")
    ws_engines: tuple[str, ...] = _setting(
        (),
        "Engines for live streams, base URLs separated by commas. Empty: the bundled one.",
        values.engines,
    )
    file_engines: tuple[str, ...] = _setting(
        (),
        "Engines for files, base URLs separated by commas. Empty: the bundled one.",
        values.engines,
    )
    engine_token: str = _setting("", "Token of those engines, or ours.", values.token, secret=True)
    engine_capacity: int = _setting(100, "Sessions one engine takes at once.", values.whole)
    bundled_workers: int = _setting(
        0, "Processes of the bundled engine; 0: one a core.", values.processes
    )
    bundled_capacity: int | None = _setting(
        None,
        "Sessions the bundled engine takes at once. Not set: Whisper measures it, others take 16.",
        values.whole,
    )
    bundled_engine: BundledEngine = _setting(
        BundledEngine.AUTO,
        "Which engine is bundled: whisper, pocketsphinx, memory, which recognises nothing, or auto: "
        "whisper where it can run, else pocketsphinx.",
        values.bundled_engine,
    )
    whisper_model: str = _setting(
        "", "Name or directory of a model for Whisper. Empty: tiny.en. See: aldea models list"
    )
    whisper_device: str = _setting("auto", "Where Whisper runs: cpu, cuda, or auto.", values.device)
    whisper_compute_type: str = _setting(
        "auto", "Whisper's numbers, as CTranslate2 names them; auto: int8, on a GPU float16."
    )
    models_dir: str = _setting(".aldea/models", "Where aldea models pull puts models.")
    grant_secret: str = _setting(
        "",
        "Signs short-lived listening tokens: 32 bytes or more, the same on all gateways and on "
        "the backend. "
        "Empty: made at start.",
        values.signing_secret,
        secret=True,
    )
    spool_dir: str = _setting("", "Where usage waits while Redis is away. Empty: in memory.")
    allow_private_urls: bool = _setting(
        False,
        "Let {url} and callback reach private addresses: for local use only.",
        values.yes_or_no,
    )
    blocked_networks: tuple[str, ...] = _setting(
        (),
        "Networks with public addresses that {url} and callback must not reach, such as your own, "
        "separated by commas: 203.0.113.0/24,2001:db8::/32.",
        values.networks,
    )
    capacity: int = _setting(
        5000, "Live streams and files one process takes at once.", values.whole
    )
    max_file_seconds: float = _setting(600, "Longest file an engine takes.", values.seconds)
    processing_seconds: float = _setting(600, "Longest time for one file.", values.seconds)
    upload_idle_seconds: float = _setting(60, "An upload that stops is ended.", values.seconds)
    metrics_port: int = _setting(
        0, "Port for /metrics, alone with the probes. 0: it is on the service's own.", values.port
    )
    emf_seconds: float = _setting(
        0,
        "How often a gateway prints its metrics in CloudWatch's Embedded Metric Format on standard "
        "output; 60 on AWS. 0: never.",
        values.seconds,
    )
    traces_url: str = _setting(
        "",
        "Base URL of an OpenTelemetry collector (OTLP over HTTP) that traces are sent to: "
        "http://127.0.0.1:4318. Empty: nothing is traced.",
        values.base_url,
    )
    head_seconds: float = _setting(20, "Longest time for a request's head.", values.positive)
    keepalive_seconds: float = _setting(
        75,
        "A connection without requests for so long is closed; longer than a load balancer keeps it.",
        values.positive,
    )
    connections_per_address: int = _setting(
        500,
        "Connections from one public address (a /64 of IPv6); proxies come from private ones.",
        values.whole,
    )
    drain_seconds: float = _setting(
        100, "How long running sessions may go on in a drain.", values.seconds
    )
    drain_spread_seconds: float = _setting(5, "Over how long the rest is closed.", values.seconds)
    protect_task: bool = _setting(
        False, "Keep this ECS task while it has sessions.", values.yes_or_no
    )
    idle_seconds: float = _setting(10, "A live client so long silent is closed.", values.seconds)
    first_audio_seconds: float = _setting(
        60,
        "A live client that sends no audio for so long at first is closed.",
        values.seconds,
    )
    unread_seconds: float = _setting(
        30,
        "A live client that reads no results for so long is closed.",
        values.seconds,
    )
    messages_per_second: float = _setting(
        100,
        "Messages without audio a live client may send; one that goes on sending more is closed.",
        values.positive,
    )
    replay_bytes: int = _setting(
        8 * 2**20,
        "Audio of one live stream, or of one file, kept for another engine.",
        values.whole,
    )
    lead_seconds: float = _setting(
        60,
        "Audio a live client may send ahead of real time.",
        values.seconds,
    )
    offline_cap: int = _setting(10, "Sessions of an org here while Redis is away.", values.whole)
    backend_url: str = _setting(
        "",
        "The backend's base URL: for the frontend, which needs it, and for gateways that forward "
        "/v1/projects of their own address to it. Empty: gateways do not.",
        values.base_url,
    )
    public_api_url: str = _setting(
        "",
        "Where clients find the API, for examples that can be copied: https://api.example.com.",
        values.base_url,
    )
    public_backend_url: str = _setting(
        "", "Where clients find the backend: https://backend.example.com.", values.base_url
    )
    support: str = _setting("", "Where customers get help: an address or a URL.", values.contact)
    accent_colours: tuple[str, ...] = _setting(
        (),
        "The dashboard's colour in the light theme, and the dark one: #0a6580,#63c3df.",
        colours.readable,
    )
    dashboard_url: str = _setting(
        "http://127.0.0.1:8082",
        "Where people find the dashboard: the links in emails lead there.",
        values.base_url,
    )
    frontend_secret: str = _setting(
        "",
        "Encrypts sign-ins in the dashboard's cookies: 32 bytes or more, the same on all frontends. "
        "Empty: made at start.",
        values.signing_secret,
        secret=True,
    )
    dashboard_origins: tuple[str, ...] = _setting(
        (),
        "Origins whose pages may call the API and the backend from browsers (CORS), separated by "
        "commas.",
        values.origins,
    )
    confirm_addresses: bool = _setting(
        True, "Accounts open once their address is confirmed by email.", values.yes_or_no
    )
    smtp_url: str = _setting(
        "",
        "Mail server for emails to people: smtp://USER:PASSWORD@HOST or smtps://….",
        secret=True,
    )
    letters_from: str = _setting("Aldea <no-reply@localhost>", "Sender of emails.", values.sender)
    letters_dir: str = _setting("", "A folder that emails are written to instead of being sent.")
    forwarded_by: int = _setting(
        0,
        "How many proxies before the backend write X-Forwarded-For.",
        values.whole,
    )
    attempts_factor: int = _setting(
        1,
        "By how much the bounds of sign-in attempts are stretched.",
        values.whole,
    )
    relay_seconds: float = _setting(
        5, "How often db-sync looks for changes, should it not be called.", values.positive
    )
    reconcile_seconds: float = _setting(
        300, "How often db-sync compares the database with Redis, about.", values.positive
    )
    usage_claim_seconds: float = _setting(
        60,
        "Seconds after which usage that one copy took and did not write down is taken by another.",
        values.seconds,
    )
    task_id: str = _setting(socket.gethostname(), "Name of this gateway in leases.")
    log_level: str = _setting("info", "debug, info, warning or error.", values.log_level)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """
        The settings in *environ*.

        Raises:
            SettingsError: A variable is unknown or malformed.
        """
        fields = {variable(field.name): field for field in attrs.fields(cls)}
        found: dict[str, Any] = {}
        for name, text in environ.items():
            if not name.startswith("ALDEA_") or name in _OF_THE_COMMAND_LINE:
                continue
            field = fields.get(name)
            if field is None:
                raise SettingsError(f"{name} is not a setting. See: aldea settings")
            if not text.isprintable():  # such as the line end of a file with a secret
                raise SettingsError(f"{name} takes one line, without control characters")
            try:
                found[field.name] = field.metadata["read"](text)
            except ValueError as error:
                wrong = "" if field.metadata["secret"] else f" {text!r} is not."
                raise SettingsError(f"{name} takes {error};{wrong}".rstrip(";")) from None
        return cls(**found)


# Read by the command line's client commands, not by services.
_OF_THE_COMMAND_LINE = {"ALDEA_API_KEY", "ALDEA_URL", "ALDEA_COMPLETE"}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"ALDEA_{name.upper()}"
