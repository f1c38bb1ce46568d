"""What `aldea serve` refuses to start."""

import pytest

from click.testing import CliRunner

from entrypoints.cli.serve import command


@pytest.mark.parametrize("env", ["dev", "staging", "production"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_engine_beyond_loopback_needs_a_token(monkeypatch, env, workers):
    """
    It is refused before the port is bound.
    """
    monkeypatch.setenv("ALDEA_ENV", env)
    monkeypatch.delenv("ALDEA_ENGINE_TOKEN", raising=False)
    arguments = ["stt", "--port", "0", "--workers", workers]
    refused = CliRunner().invoke(command, arguments)

    assert refused.exit_code == 1
    assert f"ALDEA_ENGINE_TOKEN is missing, and ALDEA_ENV is {env}" in refused.output
