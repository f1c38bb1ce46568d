"""Grafana's dashboards, and how its image finds them."""

import re

from pathlib import Path

import pytest
import yaml

from aldea_infra.dashboards import BOARDS
from aldea_infra.dashboards.board import CLOUDWATCH, PROMETHEUS, Board, Cloud, json_of
from aldea_infra.environments import PRODUCTION


FOLDER = Path(__file__).parents[2] / "monitoring/grafana"
_BY_UID = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


@_BY_UID
def test_file_is_what_the_code_says(board: Board) -> None:
    found = (FOLDER / f"dashboards/{board.uid}.json").read_text()
    assert found == json_of(board), "python -m aldea_infra.dashboards (in infra/) renews it"


def test_no_file_is_left_of_a_dashboard_that_is_gone() -> None:
    assert {path.stem for path in (FOLDER / "dashboards").iterdir()} == {
        board.uid for board in BOARDS
    }


def test_described_dashboards_have_their_names() -> None:
    assert {"Blackbox Overview", "ECS Services", "SQS Processor"} <= {
        board.title for board in BOARDS
    }


@_BY_UID
def test_panels_say_what_they_show(board: Board) -> None:
    for panel in board.panels:
        assert panel.about.endswith("."), panel.title
        assert len({type(query) for query in panel.queries}) == 1, panel.title
    titles = [panel.title for panel in board.panels]
    assert len(titles) == len(set(titles))


@_BY_UID
def test_rows_fill_the_width(board: Board) -> None:
    for row in board.rows:
        assert 24 % len(row.panels) == 0, row.title


def test_queue_and_cluster_are_those_of_production() -> None:
    for board in BOARDS:
        for query in (query for panel in board.panels for query in panel.queries):
            if isinstance(query, Cloud):
                for name in ("QueueName", "ClusterName"):
                    value = query.dimensions.get(name, PRODUCTION.prefix)
                    assert value.startswith(PRODUCTION.prefix)


def test_panels_of_the_proxies_ask_for_what_they_print() -> None:
    """Names, dimensions and namespace are those of `entrypoints.runtime.emf`."""
    code = (FOLDER.parents[1] / "src/entrypoints/runtime/emf.py").read_text()
    asked = [
        query
        for board in BOARDS
        for panel in board.panels
        for query in panel.queries
        if isinstance(query, Cloud) and query.namespace == "Aldea/ProxyServices"
    ]
    assert {query.metric for query in asked} == {
        "RequestCount", "RequestLatency", "ErrorCount", "ConnectionCount",
    }  # fmt: skip
    for query in asked:
        assert f'"{query.namespace}"' in code
        assert f"{query.metric}=(" in code
        for dimension in query.dimensions:
            assert f'"{dimension}": ' in code


def test_data_sources_are_provisioned() -> None:
    text = (FOLDER / "provisioning/datasources/aldea.yml").read_text()
    sources = yaml.safe_load(text)["datasources"]
    assert {(each["type"], each["uid"]) for each in sources} == {
        (each.type_val, each.uid) for each in (PROMETHEUS, CLOUDWATCH)
    }
    code = (FOLDER.parents[1] / "infra/aldea_infra/monitors.py").read_text()
    for variable in re.findall(r"\$(\w+)", text):
        assert f'"{variable}"' in code, variable


def test_dashboards_are_where_their_provider_looks() -> None:
    provider = yaml.safe_load((FOLDER / "provisioning/dashboards/aldea.yml").read_text())
    path = provider["providers"][0]["options"]["path"]
    assert f"COPY grafana/dashboards {path}" in (FOLDER.parent / "Dockerfile").read_text()
