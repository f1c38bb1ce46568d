"""Charts of the dashboard: columns while a pointer can hit each, areas beyond."""

import pytest

from entrypoints.frontend.charts import Column, Series, bars


SERIES = (Series("s1", "Live"), Series("s2", "Files"))


def chart(columns: int) -> str:
    made = [Column(f"Hour {n}", (2.0, 1.0), "", "") for n in range(columns)]
    return str(bars("usage", made, SERIES, lambda value: f"{value:g}"))


def test_few_columns_have_tooltips():
    svg = chart(48)

    assert svg.count('class="hit-area"') == 48
    assert svg.count('class="s1"') == 48 + 1  # and in the tooltips' legend
    assert "<path" not in svg


@pytest.mark.parametrize("columns", [720, 2400])
def test_many_columns_are_one_area_for_each_series(columns):
    svg = chart(columns)

    assert svg.count("<path") == len(SERIES)
    assert "hit-area" not in svg
    assert f'viewBox="0 0 {columns} ' in svg
    # Both reach the last column, and the sum of both is drawn first, below the other.
    assert svg.count(f"H{columns}V") == len(SERIES)
    assert svg.index('class="s2" d=') < svg.index('class="s1" d=')
