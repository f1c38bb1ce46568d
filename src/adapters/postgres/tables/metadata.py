"""What all tables share: the names of constraints, and foreign keys."""

import sqlalchemy as sa


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def part_of(table: sa.Table) -> sa.ForeignKey:
    """References a row of *table*, with which this row is deleted."""
    return sa.ForeignKey(table.c.id, ondelete="CASCADE")
