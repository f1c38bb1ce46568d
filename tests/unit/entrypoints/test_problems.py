"""How the backend words what went wrong."""

from aldea_core.domain.errors import Unavailable
from entrypoints.backend.pipeline.problems import Kind, worded


def test_what_is_away():
    """
    Callers are told what, and when to try again; why is for operators.
    """
    refused = worded(Unavailable("database", retry_after=7, why="no route to 10.0.0.7"))

    assert (refused.kind, str(refused)) == (Kind.UNAVAILABLE, "The database is unavailable")
    assert refused.headers == {"Retry-After": "7"}
