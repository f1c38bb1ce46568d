"""Writes the dashboards where Grafana's image takes them from."""

from pathlib import Path

from aldea_infra.dashboards import BOARDS
from aldea_infra.dashboards.board import json_of


FOLDER = Path(__file__).parents[3] / "monitoring/grafana/dashboards"


def main() -> None:
    for board in BOARDS:
        path = FOLDER / f"{board.uid}.json"
        path.write_text(json_of(board))
        print(path.relative_to(FOLDER.parents[2]))


if __name__ == "__main__":
    main()
