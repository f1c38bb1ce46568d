"""The table of jobs: complete, declared once, and shown in the documentation."""

from pathlib import Path

import attrs
import pytest

from entrypoints.runtime.jobs import JOBS, rest_of, tasks
from entrypoints.runtime.periodic import Job, Part
from entrypoints.settings import Settings


PAGE = Path(__file__).parents[3] / "docs/jobs.md"


async def work() -> None:
    pass


def row(job: Job) -> str:
    if isinstance(job.seconds, str):
        rest = f"`ALDEA_{job.seconds.upper()}` ({rest_of(job, Settings()):g} s)"
    else:
        rest = f"{job.seconds:g} s" if job.seconds else "–"
    parts = ", ".join(part.value for part in Part if part in job.parts)
    deadline = "–" if job.deadline is None else f"{job.deadline:g} s"
    return f"| `{job.name}` | {job.what} | {parts} | {rest} | {deadline} |"


def test_documentation_shows_the_table():
    """
    In its order; a failure shows the rows that `docs/jobs.md` must have.
    """
    shown = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert shown == [row(job) for job in JOBS]


def test_names_are_unique():
    """
    Metrics distinguish jobs by their names.
    """
    names = [job.name for job in JOBS]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("part", sorted({part for job in JOBS for part in job.parts}, key=str))
def test_part_gives_all_its_jobs_their_work(part):
    """
    A forgotten job is an error, and so is work that is not in the table.
    """
    works = {job.name: work for job in JOBS if part in job.parts}
    some = next(iter(works))

    assert [task.job.name for task in tasks(part, Settings(), works)] == list(works)
    with pytest.raises(ValueError, match=f"the table of jobs says otherwise of {some}"):
        tasks(part, Settings(), {name: work for name in works if name != some})
    with pytest.raises(ValueError, match="the table of jobs says otherwise of another"):
        tasks(part, Settings(), {**works, "another": work})


def test_job_without_work_is_left_out():
    """
    As the settings may leave it nothing to do.
    """
    works = {"deliver": None, "invalidations": work, "emf": None, "protect": None}

    assert [task.job.name for task in tasks(Part.GATEWAY, Settings(), works)] == ["invalidations"]


def test_settings_say_how_long_some_jobs_rest():
    """
    All others say it themselves.
    """
    settings = attrs.evolve(Settings(), relay_seconds=7.0)

    assert {job.name: rest_of(job, settings) for job in JOBS}["relay"] == 7.0
    assert all(rest_of(job, settings) >= 0 for job in JOBS)
