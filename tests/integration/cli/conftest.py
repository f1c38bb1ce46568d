"""Commands are measured in the processes that run them."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def measured(measuring: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in measuring.items():
            patch.setenv(name, value)
        yield
