"""A dashboard as data, and how Grafana's own library builds its JSON."""

from collections.abc import Sequence

import attrs

from grafana_foundation_sdk.builders import cloudwatch as cloudwatch_builders
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import prometheus as prometheus_builders
from grafana_foundation_sdk.builders import timeseries as timeseries_builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard


PROMETHEUS = dashboard.DataSourceRef(type_val="prometheus", uid="prometheus")
CLOUDWATCH = dashboard.DataSourceRef(type_val="cloudwatch", uid="cloudwatch")
_COLUMNS, _HEIGHT, _WIDTHS = 24, 8, {1: 24, 2: 12, 3: 8}
_REGION = "us-west-2"


@attrs.frozen
class Prom:
    """
    A query to Prometheus.

    Attributes:
        legend: The name of each line, `{{label}}` for labels.
    """

    expr: str
    legend: str = ""


@attrs.frozen
class Cloud:
    """
    A query to CloudWatch.

    Attributes:
        dimensions: `*` for all values of one.
    """

    namespace: str
    metric: str
    statistic: str
    dimensions: dict[str, str]
    label: str = "${LABEL}"


@attrs.frozen
class Panel:
    """
    Lines over time.

    Attributes:
        about: What it shows and what is normal; shown at the panel's mark.
        unit: Of Grafana: `short`, `s`, `percentunit`, `bytes`, `reqps`.
    """

    title: str
    about: str
    queries: Sequence[Prom | Cloud]
    unit: str = "short"


@attrs.frozen
class Row:
    """Panels side by side under a title: three at most fit."""

    title: str
    panels: Sequence[Panel]


@attrs.frozen
class Board:
    """
    Attributes:
        uid: In the dashboard's address.
    """

    uid: str
    title: str
    about: str
    rows: Sequence[Row]

    @property
    def panels(self) -> list[Panel]:
        return [panel for row in self.rows for panel in row.panels]


def json_of(board: Board) -> str:
    """What Grafana reads from a file."""
    built = (
        dashboard_builders.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags(["aldea"])
        .readonly()
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    )
    for row in board.rows:
        built = built.with_row(dashboard_builders.Row(row.title))
        for panel in row.panels:
            built = built.with_panel(_panel(panel, width=_COLUMNS // len(row.panels)))
    return JSONEncoder(sort_keys=True, indent=2).encode(built.build()) + "\n"


def _panel(panel: Panel, *, width: int) -> timeseries_builders.Panel:
    is_prom = isinstance(panel.queries[0], Prom)
    built = (
        timeseries_builders.Panel()
        .title(panel.title)
        .description(panel.about)
        .datasource(PROMETHEUS if is_prom else CLOUDWATCH)
        .unit(panel.unit)
        .min(0)
        .height(_HEIGHT)
        .span(width)
        .line_width(1)
        .fill_opacity(8)
        .show_points(common.VisibilityMode.NEVER)
        .legend(
            common_builders.VizLegendOptions()
            .show_legend(True)
            .display_mode(common.LegendDisplayMode.TABLE)
            .placement(common.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
    )
    for number, query in enumerate(panel.queries):
        built = built.with_target(_target(query, chr(ord("A") + number)))
    return built


def _target(
    query: Prom | Cloud, ref: str
) -> prometheus_builders.Dataquery | cloudwatch_builders.CloudWatchMetricsQuery:
    match query:
        case Prom(expr, legend):
            return (
                prometheus_builders.Dataquery()
                .expr(expr)
                .legend_format(legend or "__auto")
                .ref_id(ref)
                .range()
            )
        case Cloud(namespace, metric, statistic, dimensions, label):
            return (
                cloudwatch_builders.CloudWatchMetricsQuery()
                .namespace(namespace)
                .metric_name(metric)
                .statistic(statistic)
                .dimensions({name: [value] for name, value in dimensions.items()})
                .match_exact(False)
                .region(_REGION)
                .label(label)
                .ref_id(ref)
            )
