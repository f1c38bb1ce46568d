"""The benchmark's report on its results."""

import re
import xml.etree.ElementTree as ET

import pytest

from benchmarks.parts import PARTS
from benchmarks.report.aims import aims
from benchmarks.report.document import TEMPLATE, text, write
from benchmarks.report.tables import tables
from benchmarks.results import Results
from tests.unit.benchmarks.sample import FOUND, results


class TestTables:
    def test_every_part_has_a_table(self):
        """
        Every row has a cell for each column.
        """
        assert set(FOUND) == set(PARTS)
        for part in PARTS:
            shown = tables(results(), part)
            assert shown
            assert all(len(row) == len(table.columns) for table in shown for row in table.rows)

    def test_cost_is_compared_with_nginx(self):
        """
        Medians, the ratio, and half of the spread between rounds.
        """
        (table,) = tables(results("live"), "live")

        assert ("aldea", "10.5", "1.05×", "± 10%", "1,000", "0") in table.rows

    def test_unmeasured_part_has_no_table(self):
        """
        A part may be missing.
        """
        assert tables(Results(), "live") == []

    def test_flood_stands_beside_none(self):
        """
        Waits of other clients, and what the flood came to in a second.
        """
        (table,) = tables(results("flood"), "flood")

        assert table.rows == [
            ("no flood", "1.00", "2.00", "8.00", "0", "50%", "–", "–"),
            ("pongs", "2.25", "4.50", "18.0", "0", "50%", "2,000", "2"),
        ]


class TestAims:
    def test_aim_is_reached_missed_or_open(self):
        """
        Open if it was not measured.
        """
        judged = {aim.key: aim.met for aim in aims(results())}

        assert judged["frame"]
        assert judged["memory"] is False
        assert judged["upload 3200"] is False
        assert judged["upload 32000000"] is None
        assert judged["lost"]
        assert judged["litellm"]

    def test_growth_within_the_noise_is_none(self):
        """
        6 % is noise if rounds differ by 20 %; 60 % is growth.
        """
        growing = [(aim.what, aim.met) for aim in aims(results()) if aim.key in {"growth", "keys"}]

        assert [met for _, met in growing] == [True, False, True]

    def test_aim_without_numbers_is_open(self):
        """
        Nothing is claimed of what was not measured.
        """
        assert {aim.met for aim in aims(Results())} == {None}


class TestTheDocument:
    def test_every_aim_has_a_text_for_missing_it(self):
        """
        Every aim that can be missed has words written for it.
        """
        document = text(results())

        assert "| **missed** |" in document
        assert "**Memory.**" in document
        assert "**Lost.**" not in document
        filed = set(re.findall(r'^  "([^"]+)": ', TEMPLATE.read_text(), re.MULTILINE))
        assert {aim.key for aim in aims(Results())} <= filed

    def test_document_is_complete_with_one_part(self):
        """
        Parts can be measured alone.
        """
        document = text(results("live"))

        assert "*Not measured yet.*" in document
        assert "performance/frames.svg" in document
        assert "performance/uploads.svg" not in document

    def test_document_is_reproducible(self, tmp_path):
        """
        Plots too: valid SVG in the reader's colours, and every linked plot exists.
        """
        pytest.importorskip("matplotlib")
        pages = [tmp_path / name / "performance.md" for name in ("one", "two")]
        for page in pages:
            page.parent.mkdir()
            written = write(results(), page)
            shown = set(re.findall(r"performance/(\w+\.svg)", page.read_text()))
            assert shown == {path.name for path in written} - {"performance.md"}
        one, two = (
            {path.name: path.read_text() for path in page.with_suffix("").iterdir()}
            for page in pages
        )

        assert one == two
        for plot in one.values():
            assert ET.fromstring(plot).tag.endswith("svg")
            assert "prefers-color-scheme: dark" in plot
            assert "currentColor" in plot


def test_new_results_replace_those_of_their_part(tmp_path):
    """
    Results of other parts stay.
    """
    path = tmp_path / "results.json"
    results("live", "idle").keep(path)
    again = Results.kept(path)
    again.note("live", {"sizes": {}}, machine={}, busy=0, between=0, seconds=1, quick=False)
    again.keep(path)

    assert Results.kept(path).found("live") == {"sizes": {}}
    assert Results.kept(path).found("idle") == FOUND["idle"]
