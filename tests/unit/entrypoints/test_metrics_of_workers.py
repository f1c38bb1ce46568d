"""One answer for the metrics of several worker processes."""

import pytest

from prometheus_client.mmap_dict import MmapedDict, mmap_key

from entrypoints.runtime.metrics import MULTIPROCESS_DIR, Metrics


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(MULTIPROCESS_DIR, str(tmp_path))
    return tmp_path


def worker(folder, pid, count):
    values = MmapedDict(str(folder / f"counter_{pid}.db"))
    values.write_value(mmap_key("jobs", "jobs_total", [], [], "Jobs."), count, 0)
    values.close()


def test_workers_are_added_up(folder):
    worker(folder, 1, 2)
    worker(folder, 2, 3)
    assert b"jobs_total 5.0" in Metrics().text()


def test_worker_that_is_starting_is_left_out(folder):
    """
    Its files are empty for a moment.
    """
    worker(folder, 1, 2)
    (folder / "counter_2.db").touch()
    (folder / "gauge_livesum_2.db").touch()
    assert b"jobs_total 2.0" in Metrics().text()


def test_worker_that_has_just_ended_is_left_out(folder):
    worker(folder, 1, 2)
    (folder / "gauge_livesum_2.db").symlink_to(folder / "removed")
    assert b"jobs_total 2.0" in Metrics().text()
