"""`aldea serve`, as far as it refuses to."""

import pytest

from click.testing import CliRunner

from entrypoints.cli.serve import command


@pytest.mark.parametrize("env", ["dev", "staging", "production"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_engine_off_this_machine_needs_its_token(monkeypatch, env, workers):
    """
    Before anything is listened to.
    """
    monkeypatch.setenv("ALDEA_ENV", env)
    monkeypatch.delenv("ALDEA_ENGINE_TOKEN", raising=False)
    arguments = ["stt", "--port", "0", "--workers", workers]
    refused = CliRunner().invoke(command, arguments)

    assert refused.exit_code == 1
    assert f"ALDEA_ENGINE_TOKEN is missing, and ALDEA_ENV is {env}" in refused.output
