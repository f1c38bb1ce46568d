"""What the benchmark makes of what it found."""

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
    def test_every_part_has_some(self):
        """
        And every row has a cell for each column.
        """
        assert set(FOUND) == set(PARTS)
        for part in PARTS:
            told = tables(results(), part)
            assert told
            assert all(len(row) == len(table.columns) for table in told for row in table.rows)

    def test_a_cost_stands_beside_nginxs(self):
        """
        Medians, the ratio, and half of what lies between the rounds.
        """
        (table,) = tables(results("live"), "live")

        assert ("aldea", "10.5", "1.05×", "± 10%", "1,000", "0") in table.rows

    def test_what_was_not_measured_has_none(self):
        """
        A part may be missing.
        """
        assert tables(Results(), "live") == []


class TestAims:
    def test_are_judged_by_the_numbers(self):
        """
        Reached, missed, or open where nobody looked.
        """
        judged = {aim.key: aim.met for aim in aims(results())}

        assert judged["frame"]
        assert judged["memory"] is False
        assert judged["upload 3200"] is False
        assert judged["upload 32000000"] is None
        assert judged["lost"]
        assert judged["litellm"]

    def test_growth_is_measured_by_the_noise(self):
        """
        Six in a hundred are within rounds that differ by twenty, and sixty are not.
        """
        growing = [(aim.what, aim.met) for aim in aims(results()) if aim.key in {"growth", "keys"}]

        assert [met for _, met in growing] == [True, False, True]

    def test_without_numbers_are_open(self):
        """
        Nothing is claimed of what was not measured.
        """
        assert {aim.met for aim in aims(Results())} == {None}


class TestTheDocument:
    def test_says_what_stands_in_the_way_of_each_aim(self):
        """
        Every aim that can be missed has words written for it.
        """
        document = text(results())

        assert "| **missed** |" in document
        assert "**Memory.**" in document
        assert "**Lost.**" not in document
        filed = set(re.findall(r'^  "([^"]+)": ', TEMPLATE.read_text(), re.MULTILINE))
        assert {aim.key for aim in aims(Results())} <= filed

    def test_is_whole_without_some_parts(self):
        """
        One part that was measured alone does not need the others.
        """
        document = text(results("live"))

        assert "*Not measured yet.*" in document
        assert "performance/frames.svg" in document
        assert "performance/uploads.svg" not in document

    def test_is_the_same_every_time(self, tmp_path):
        """
        Plots too, which are whole SVG in the reader's ink, and all that are shown are there.
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


def test_results_are_kept_by_part(tmp_path):
    """
    What is measured again replaces what was there, and nothing else.
    """
    path = tmp_path / "results.json"
    results("live", "idle").keep(path)
    again = Results.kept(path)
    again.note("live", {"sizes": {}}, machine={}, busy=0, between=0, seconds=1, quick=False)
    again.keep(path)

    assert Results.kept(path).found("live") == {"sizes": {}}
    assert Results.kept(path).found("idle") == FOUND["idle"]
