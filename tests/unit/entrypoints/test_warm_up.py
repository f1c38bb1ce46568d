"""What a backend reads before it is ready, so that the first request does not wait for it."""

import pytest

from aldea_core.domain.errors import NotFound, Unavailable
from entrypoints.containers.aldea import aldea
from entrypoints.runtime.periodic import Part
from entrypoints.settings import BundledEngine, Settings


class Overviews:
    """Stands for the overview; records whose was read."""

    def __init__(self, error: Exception | None = None) -> None:
        self.read: list[str] = []
        self._error = error

    async def __call__(self, org: str) -> None:
        self.read.append(org)
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [None, NotFound("gone"), Unavailable("database")])
async def test_backend_reads_an_overview_before_it_is_ready(tmp_path, error):
    """
    Of any organisation; a failure does not keep it from starting.
    """
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/aldea.db", bundled_engine=BundledEngine.MEMORY
    )
    empty, filled, other = Overviews(), Overviews(error), Overviews()
    async with aldea(settings, {Part.BACKEND}, show_overview=empty) as services:
        org = await services.identity.create_org()("Acme")
    async with aldea(settings, {Part.BACKEND}, show_overview=filled):
        assert filled.read == [org.id]
    async with aldea(settings, {Part.DB_SYNC}, show_overview=other):
        pass

    assert empty.read == other.read == []
