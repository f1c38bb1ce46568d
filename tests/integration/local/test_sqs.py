"""The SQS server that we start ourselves, where it cannot be started."""

import pytest

from entrypoints.local.server import CannotStart
from entrypoints.local.sqs import LocalSqs


def test_no_moto(tmp_path, monkeypatch):
    """
    One line says what to install.
    """
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(CannotStart, match=r"pip install 'aldea\[full\]'"):
        LocalSqs(tmp_path / "sqs").start()
