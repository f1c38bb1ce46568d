"""What the platform's processes measured of it."""

import sqlalchemy as sa

from adapters.postgres.tables.column_types import Moment
from adapters.postgres.tables.metadata import metadata


# One row for each series and minute, for two days.
samples = sa.Table(
    "samples",
    metadata,
    sa.Column("series", sa.String(300), primary_key=True),
    sa.Column("minute", Moment, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
)
