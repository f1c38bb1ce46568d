"""Every contract between modules breaks when a module breaks it: none of them is idle."""

import copy

from pathlib import Path

import grimp
import pytest

from importlinter import api
from importlinter.application import use_cases
from importlinter.domain.contract import registry


# Contract → imports, each of which breaks it.
BROKEN_BY = {
    "Nothing inner knows anything outer": [
        ("adapters.system.clock", "entrypoints.settings"),
        ("aldea_core.domain.ids", "adapters.system.clock"),
    ],
    "The rings of the core": [
        ("aldea_core.domain.ids", "aldea_core.protocol.websocket"),
        ("aldea_core.protocol.websocket", "aldea_core.ports.clock"),
        ("aldea_core.ports.clock", "aldea_core.use_cases.access.authenticate"),
    ],
    "The core is pure": [
        ("aldea_core.domain.ids", "asyncio"),
        ("aldea_core.use_cases.access.authenticate", "structlog"),
    ],
    "Only containers, factories and the development stack know adapters": [
        ("entrypoints.ws_proxy.endpoint", "adapters.system.clock"),
        ("entrypoints.cli.up", "adapters.postgres.accounts"),
    ],
    "Only the container knows how it is wired": [
        ("entrypoints.ws_proxy.endpoint", "dependency_injector")
    ],
    "The floors of the entry points": [
        ("entrypoints.http.server", "entrypoints.ws_proxy.endpoint"),
        ("entrypoints.ws_proxy.endpoint", "entrypoints.transcribe.endpoint"),
        ("entrypoints.db_sync.service", "entrypoints.services.platform"),
        ("entrypoints.runtime.periodic", "entrypoints.containers.aldea"),
        ("entrypoints.devstack.run", "entrypoints.cli.up"),
    ],
    "No cycles": [
        ("entrypoints.cli.errors", "entrypoints.cli.main"),
        ("entrypoints.ws_proxy.control_frames", "entrypoints.ws_proxy.remote_relay"),
        ("adapters.system.clock", "adapters.spool.usage"),
        ("aldea_core.domain.access.limits", "aldea_core.domain.billing.money"),
        ("aldea_core.domain.errors", "aldea_core.domain.live.endings"),
    ],
    "Adapters do not know each other": [
        ("adapters.redis.keystore", "adapters.memory.keystore"),
        ("adapters.speech.engine", "adapters.whisper.engine"),
        ("adapters.system.clock", "adapters.redis.keystore"),
    ],
    "SQL is in postgres": [("entrypoints.factories.stores", "sqlalchemy")],
    "Redis is in redis": [("adapters.memory.keystore", "redis")],
    "AWS is in sqs": [("adapters.memory.queue", "boto3")],
    "Servers of this machine are in local_servers": [("adapters.postgres.engine", "asyncpg")],
    "Passkeys are in webauthn": [("adapters.pyotp.one_time_codes", "webauthn")],
    "QR codes are drawn in the frontend": [("adapters.pyotp.one_time_codes", "segno")],
    "Traces are sent by opentelemetry": [("adapters.redis.client", "opentelemetry")],
    "OpenID Connect is in oidc": [("adapters.guarded_http.client", "joserfc")],
    "Stripe is in stripe": [("entrypoints.backend.app", "stripe")],
    "Media are decoded in speech": [("adapters.gpu_http.file", "av")],
    "Arrays are in speech and whisper": [("adapters.pocketsphinx.recogniser", "numpy")],
    "PocketSphinx is in pocketsphinx and, to detect voices, in speech": [
        ("adapters.whisper.recogniser", "pocketsphinx")
    ],
    "Whisper is in whisper": [("adapters.speech.engine", "faster_whisper")],
    "PDFs are made in invoice_pdf": [("entrypoints.frontend.app", "fpdf")],
    "Pages are made in invoice_pdf and the frontend": [("adapters.smtp.emails", "jinja2")],
    "The frontend knows the backend by HTTP alone": [
        ("entrypoints.frontend.app", "sqlalchemy"),
        ("entrypoints.frontend.pages.overview", "adapters.postgres.accounts"),
        ("entrypoints.http.app", "redis"),
    ],
    "Tokens are in jwt": [("entrypoints.http.credentials", "jwt")],
    "Passwords and codes of second factors are in argon2, zxcvbn and pyotp": [
        ("adapters.memory.passwords", "argon2")
    ],
    "The command line's libraries are in cli and devstack": [
        ("entrypoints.db_sync.service", "click")
    ],
    "Metrics are in the runtime": [("entrypoints.ws_proxy.endpoint", "prometheus_client")],
}
FILE = str(Path(__file__).parents[2] / "pyproject.toml")
CONFIGURATION = api.read_configuration(FILE)
use_cases._register_contract_types(use_cases.read_user_options(FILE))
CONTRACTS = {contract["name"]: contract for contract in CONFIGURATION["contracts_options"]}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(
        *CONFIGURATION["session_options"]["root_packages"],
        include_external_packages=True,
        cache_dir=None,
    )


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    options = CONTRACTS[name]
    contract = registry.get_contract_class(options["type"])(
        name, CONFIGURATION["session_options"], options
    )
    return contract.check(copy.deepcopy(graph), verbose=False).kept


def test_every_contract_is_broken_here():
    """
    A new one is added to the table above.
    """
    assert CONTRACTS.keys() == BROKEN_BY.keys()


@pytest.mark.parametrize("name", CONTRACTS)
def test_contract_is_kept(name, graph):
    """
    As `lint-imports` says, too.
    """
    assert is_kept(name, graph)


@pytest.mark.parametrize(
    ("name", "importer", "imported"),
    [(name, *broken) for name, imports in BROKEN_BY.items() for broken in imports],
)
def test_one_import_breaks_the_contract(name, importer, imported, graph):
    """
    A contract that keeps what it should refuse says nothing.
    """
    assert {importer, imported} <= graph.modules
    more = copy.deepcopy(graph)
    more.add_import(importer=importer, imported=imported)

    assert not is_kept(name, more)
