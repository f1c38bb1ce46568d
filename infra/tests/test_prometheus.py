"""Prometheus' configuration and alerts: promtool reads them, and runs the alerts' own tests."""

import re
import shutil
import subprocess

from pathlib import Path

import pytest
import yaml


ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "monitoring" / "prometheus"


@pytest.fixture
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("NOT CHECKED: promtool is not on PATH (Debian's package prometheus has it)")
    return program


def test_alerts_fire_and_are_silent_as_their_tests_say(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "test", "rules", "alerts.test.yml"],
        capture_output=True, text=True, check=False, cwd=FOLDER,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus/prometheus.yml", "compose-prometheus.yml"])
def test_rules_and_scrapes_are_well_formed(promtool: str, tmp_path: Path, name: str) -> None:
    config = (FOLDER.parent / name).read_text()
    written = tmp_path / "prometheus.yml"
    written.write_text(config.replace("/etc/prometheus/alerts.yml", str(FOLDER / "alerts.yml")))
    done = subprocess.run(
        [promtool, "check", "config", written], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_of_compose_is_scraped() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    scraped = yaml.safe_load((FOLDER.parent / "compose-prometheus.yml").read_text())
    targets = {
        target.partition(":")[0]
        for job in scraped["scrape_configs"]
        for each in job["static_configs"]
        for target in each["targets"]
    }
    assert targets == {"ws-proxy", "transcribe", "backend", "frontend", "db-sync", "stt"}
    assert targets <= set(services)


def _rules() -> list[dict[str, object]]:
    document = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def test_alerts_name_runbooks_that_exist() -> None:
    for rule in _rules():
        assert (ROOT / rule["annotations"]["runbook"]).is_file(), rule["alert"]  # type: ignore[index]


def test_alerts_read_metrics_that_services_have() -> None:
    code = "".join(path.read_text() for path in (ROOT / "src/entrypoints").rglob("*metrics*.py"))
    for rule in _rules():
        for metric in re.findall(r"aldea_\w+", str(rule["expr"])):
            assert f'"{metric}"' in code, metric
