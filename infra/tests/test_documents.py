"""What docs/delivery.md says is so."""

import re

from pathlib import Path

import pytest

from aldea_infra import differences
from aldea_infra.environments import PRODUCTION


ROOT = Path(__file__).parents[2]
DELIVERY = (ROOT / "docs/delivery.md").read_text()
_ROWS = re.findall(r"^\| [^|]+ \| [^|]+ \| `([^`|]+)` \| `([^`|]+)` \|$", DELIVERY, re.MULTILINE)


def test_difference_table_is_that_of_the_settings() -> None:
    assert differences.renewed(DELIVERY) == DELIVERY


def test_scaling_document_has_the_bound_of_production() -> None:
    """Its other figures are computed from the benchmarks, by `python -m benchmarks.scaling`."""
    text = (ROOT / "docs/scaling.md").read_text()
    bound = re.search(r"Production scales to (\d+) of them", text)
    assert bound
    assert int(bound[1]) == PRODUCTION.ws_proxy.most == PRODUCTION.transcribe.most


def test_there_are_rows() -> None:
    assert len(_ROWS) >= 66


@pytest.mark.parametrize(("file", "test"), _ROWS)
def test_row_names_a_file_and_a_test_that_exist(file: str, test: str) -> None:
    assert (ROOT / file).is_file()
    tests = [*(ROOT / "infra/tests").glob("*.py"), *(ROOT / "tests").rglob("*.py")]
    assert any(f"def {test}(" in path.read_text() for path in tests)
