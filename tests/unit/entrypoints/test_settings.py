"""Settings from the environment."""

from pathlib import Path

import pytest

from entrypoints.cli.settings_table import table
from entrypoints.cli.up import with_defaults
from entrypoints.settings import BundledEngine, Environment, Settings, SettingsError


def test_every_setting_has_a_default():
    """
    Variables of other programs are ignored.
    """
    assert Settings.read({"PATH": "/bin", "HOME": "/root"}) == Settings()


def test_each_type_of_value_is_read():
    """
    Numbers, lists, choices, booleans.
    """
    read = Settings.read(
        {
            "ALDEA_ENV": "production",
            "ALDEA_WS_ENGINES": "http://a:1, http://b:2,",
            "ALDEA_CAPACITY": "7",
            "ALDEA_IDLE_SECONDS": "2.5",
            "ALDEA_ALLOW_PRIVATE_URLS": "Yes",
            "ALDEA_BUNDLED_ENGINE": "memory",
            "ALDEA_API_KEY": "of the command line",
        },
    )

    assert read.env is Environment.PRODUCTION
    assert read.ws_engines == ("http://a:1", "http://b:2")
    assert (read.capacity, read.idle_seconds, read.allow_private_urls) == (7, 2.5, True)
    assert read.bundled_engine is BundledEngine.MEMORY


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ALDEA_CAPACTY", "7", "is not a setting"),
        ("ALDEA_CAPACITY", "-1", "a whole number from 0; '-1' is not"),
        ("ALDEA_CAPACITY", "many", "a whole number from 0"),
        ("ALDEA_IDLE_SECONDS", "nan", "a number of seconds from 0"),
        ("ALDEA_IDLE_SECONDS", "soon", "a number of seconds from 0"),
        ("ALDEA_ENV", "prod", "one of local, dev, staging, production"),
        ("ALDEA_ALLOW_PRIVATE_URLS", "maybe", "true or false"),
        ("ALDEA_CAPACITY", "1_000", "a whole number from 0"),
        ("ALDEA_METRICS_PORT", "99999", "a whole number from 0 to 65535"),
        ("ALDEA_BUNDLED_WORKERS", "9" * 18, "a whole number from 0 to 1024"),
        ("ALDEA_RELAY_SECONDS", "0", "a number above 0"),
        ("ALDEA_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("ALDEA_WHISPER_DEVICE", "tpu", "one of cpu, cuda, auto"),
        ("ALDEA_WS_ENGINES", "http://a:1,gpu-1", "http://HOST[:PORT]"),
        ("ALDEA_FILE_ENGINES", "openai+http://[::1", "http://HOST[:PORT]"),
        ("ALDEA_BACKEND_URL", "http://", "a URL such as"),
        ("ALDEA_BACKEND_URL", "http://a:99999", "a URL such as"),
        ("ALDEA_DASHBOARD_URL", "platform", "a URL such as"),
        ("ALDEA_DASHBOARD_ORIGINS", "https://a.example/x", "origins such as"),
        ("ALDEA_DASHBOARD_ORIGINS", "*", "origins such as"),
        ("ALDEA_SUPPORT", "javascript:alert(1)", "an email address, or a URL"),
        ("ALDEA_LETTERS_FROM", "Aldea", "an email address"),
        ("ALDEA_SELLER", "|", "a name, and lines after it"),
        ("ALDEA_INVOICE_FONTS", __file__, "font files"),
        ("ALDEA_ENGINE_TOKEN", "é", "characters of ASCII"),
        ("ALDEA_ENGINE_TOKEN", "hidden\n", "one line, without control characters"),
        ("ALDEA_TASK_ID", "a\0b", "one line, without control characters"),
    ],
)
def test_invalid_value_is_refused_by_name(name, value, says):
    """
    The error text says what is valid.
    """
    with pytest.raises(SettingsError) as wrong:
        Settings.read({name: value})

    assert name in str(wrong.value)
    assert says in str(wrong.value)
    assert "hidden" not in str(wrong.value)


def test_secrets_are_in_no_repr():
    """
    Neither tokens nor URLs that may contain a password.
    """
    shown = repr(
        Settings(
            redis_url="redis://:hidden@r",
            database_url="postgresql://u:hidden@h/d",
            engine_token="hidden",
            grant_secret="hidden",
        ),
    )

    assert "hidden" not in shown


def test_a_short_signing_secret_is_refused():
    """
    It must be as long as the hash that signs with it, or unset.
    """
    with pytest.raises(SettingsError, match="ALDEA_GRANT_SECRET takes at least 32 bytes") as wrong:
        Settings.read({"ALDEA_GRANT_SECRET": "a" * 31})

    assert "aaa" not in str(wrong.value)
    for secret in ("", "a" * 32):
        assert Settings.read({"ALDEA_GRANT_SECRET": secret}).grant_secret == secret


def test_documented_table_has_every_variable():
    """
    With a line about each.
    """
    rows = table()

    assert len(rows) == len({variable for variable, _, _ in rows}) > 20
    assert all(variable.startswith("ALDEA_") and about for variable, _, about in rows)
    assert ("ALDEA_CAPACITY", "5000", "Live streams and files one process takes at once.") in rows


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_private_urls_are_allowed_on_loopback_only(host, allowed):
    read = Settings.read(with_defaults({}, host, Path(".aldea")))

    assert read.allow_private_urls is allowed
    environ = with_defaults({"ALDEA_ALLOW_PRIVATE_URLS": "true"}, host, Path(".aldea"))
    assert Settings.read(environ).allow_private_urls


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense", "10.0.0.0/8,x"])
def test_invalid_blocked_network_is_refused(text):
    with pytest.raises(SettingsError, match="ALDEA_BLOCKED_NETWORKS takes networks"):
        Settings.read({"ALDEA_BLOCKED_NETWORKS": text})


@pytest.mark.parametrize(
    ("host", "url", "origins"),
    [
        ("127.0.0.1", "", ("http://127.0.0.1:8082", "http://localhost:8082")),
        ("0.0.0.0", "", ("http://127.0.0.1:8082", "http://localhost:8082")),
        ("::1", "", ("http://[::1]:8082", "http://localhost:8082")),
        ("192.168.7.1", "", ("http://192.168.7.1:8082",)),
        ("::1", "https://platform.example/x", ("https://platform.example",)),
    ],
)
def test_aldea_up_lets_its_dashboard_call(host, url, origins):
    """
    The dashboard's address is one at which it listens.
    """
    environ = {"ALDEA_DASHBOARD_URL": url} if url else {}

    read = Settings.read(with_defaults(environ, host, Path()))

    assert read.dashboard_origins == origins
    assert read.dashboard_url == (url or origins[0])
