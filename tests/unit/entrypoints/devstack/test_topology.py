"""The settings that each service gets."""

from pathlib import Path

import pytest

from entrypoints.devstack.topology import Topology, for_everybody
from entrypoints.settings import Settings


ENVIRON = {
    "PATH": "/bin",
    "ALDEA_LOG_LEVEL": "error",
    "ALDEA_API_KEY": "of the command line",
    "ALDEA_DATABASE_URL": "postgresql://theirs",
    "ALDEA_STRIPE_KEY": "sk_of_money",
    "ALDEA_SMTP_URL": "smtp://of:mail@there",
    "ALDEA_FRONTEND_SECRET": "a secret of browsers' sessions of 32 bytes",
}
STORES = Settings(
    database_url="postgresql://ours",
    redis_url="redis://ours",
    org_sync_queue_url="http://queue/1/ours",
)


def topology(environ) -> Topology:
    settings = Settings.read(environ)
    return Topology(
        for_everybody(environ),
        settings,
        Path("data"),
        "0.0.0.0",
        8080,
        8081,
        8082,
        watchdog=None,
        say=lambda *_: None,
    )


def environments(environ=ENVIRON) -> dict[str, dict[str, str]]:
    made = topology(environ)
    services = [*made.engines(), *made.sync(STORES, {"AWS_ACCESS_KEY_ID": "x"})]
    return {part.name: part._environ for part in [*services, *made.handlers(STORES)]}


@pytest.mark.parametrize(
    ("variable", "services"),
    [
        ("ALDEA_DATABASE_URL", {"db-sync", "org-sync", "backend"}),
        ("ALDEA_REDIS_URL", {"db-sync", "org-sync", "backend", "gateway"}),
        ("ALDEA_ORG_SYNC_QUEUE_URL", {"db-sync", "org-sync"}),
        ("ALDEA_ENGINE_TOKEN", {"stt-1", "stt-2", "gateway", "backend"}),
        ("ALDEA_WS_ENGINES", {"gateway", "backend"}),
        ("ALDEA_GRANT_SECRET", {"gateway", "backend"}),
        ("ALDEA_FRONTEND_SECRET", {"frontend"}),
        ("ALDEA_STRIPE_KEY", {"db-sync", "org-sync", "backend"}),
        ("ALDEA_SMTP_URL", {"db-sync", "org-sync", "backend"}),
        ("AWS_ACCESS_KEY_ID", {"db-sync", "org-sync"}),
        ("ALDEA_API_KEY", set()),
        (
            "ALDEA_LOG_LEVEL",
            {"stt-1", "stt-2", "db-sync", "org-sync", "gateway", "backend", "frontend"},
        ),
    ],
)
def test_services_get_only_settings_they_need(variable, services):
    """
    Above all secrets.
    """
    assert services == {name for name, environ in environments().items() if variable in environ}


def test_metrics_of_public_services_get_ports_of_their_own():
    """
    One each, from the asked one on; the other services are on loopback anyway.
    """
    asked = environments({**ENVIRON, "ALDEA_METRICS_PORT": "9100"})
    ports = {name: environ.get("ALDEA_METRICS_PORT") for name, environ in asked.items()}

    assert {name: port for name, port in ports.items() if port} == {
        "gateway": "9100",
        "backend": "9101",
        "frontend": "9102",
    }
    assert not any("ALDEA_METRICS_PORT" in environ for environ in environments().values())


def test_external_engines_replace_the_bundled_one():
    """
    Where they can; they keep their own token.
    """
    both = {"ALDEA_WS_ENGINES": "http://gpu", "ALDEA_FILE_ENGINES": "http://gpu"}
    files = {"ALDEA_FILE_ENGINES": "openai+http://gpu"}

    assert not topology(both).engines()
    assert "ALDEA_ENGINE_TOKEN" not in environments(both)["gateway"]
    gateway = environments(files)["gateway"]
    assert gateway["ALDEA_FILE_ENGINES"] == "openai+http://gpu"
    assert gateway["ALDEA_WS_ENGINES"].count("http://127.0.0.1:") == 2
    assert len(topology({"ALDEA_WHISPER_MODEL": "/model"}).engines()) == 1


def test_only_public_endpoints_listen_beyond_loopback():
    """
    Internal addresses are on loopback.
    """
    made = topology(ENVIRON)
    hosts = {part.name: part._command[part._command.index("--host") + 1] for part in made.engines()}
    hosts |= {part.name: part._command[-3] for part in made.handlers(STORES)}

    assert hosts["stt-1"] == "127.0.0.1"
    assert hosts["gateway"] == hosts["backend"] == "0.0.0.0"
    assert made.api_url == "http://127.0.0.1:8080"
    assert "sk_of_money" not in repr(made)


def test_backend_knows_public_addresses():
    """
    Those of the machine, unless the settings name others.
    """
    ours = environments()["backend"]
    theirs = environments({"ALDEA_PUBLIC_API_URL": "https://api.example.com/"})["backend"]

    assert ours["ALDEA_PUBLIC_API_URL"] == "http://127.0.0.1:8080"
    assert ours["ALDEA_PUBLIC_BACKEND_URL"] == "http://127.0.0.1:8081"
    assert theirs["ALDEA_PUBLIC_API_URL"] == "https://api.example.com"
