"""The backend's error responses."""

from aldea_core.domain.errors import Unavailable
from entrypoints.backend.pipeline.problems import ProblemKind, worded


def test_unavailable_dependency_is_named_with_retry_after():
    """
    The cause is logged for operators only.
    """
    refused = worded(Unavailable("database", retry_after=7, why="no route to 10.0.0.7"))

    assert (refused.kind, str(refused)) == (ProblemKind.UNAVAILABLE, "The database is unavailable")
    assert refused.headers == {"Retry-After": "7"}
