"""
Grafana's dashboards as code.

    infra/.venv/bin/python -m aldea_infra.dashboards    (in infra/) renews monitoring/grafana/dashboards
"""

from aldea_infra.dashboards.aldea import ENGINES, GATEWAY, SYNC
from aldea_infra.dashboards.board import Board
from aldea_infra.dashboards.described import BLACKBOX, ECS, SQS


BOARDS: tuple[Board, ...] = (GATEWAY, SYNC, ENGINES, BLACKBOX, ECS, SQS)
