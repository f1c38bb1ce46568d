"""What servers of our own have in common before any of them runs."""

import stat

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from entrypoints.local.server import kept_secret


_ASKING = 16
_ROUNDS = 50


def test_a_secret_is_the_same_for_all(tmp_path):
    """
    Also for those that ask while it is made up; none of them finds half of it, and nothing of the
    making is left.
    """
    together = Barrier(_ASKING)

    def ask(path):
        together.wait()
        return kept_secret(path)

    with ThreadPoolExecutor(_ASKING) as threads:
        for n in range(_ROUNDS):
            path = tmp_path / str(n) / "password"
            (secret,) = set(threads.map(ask, [path] * _ASKING))

            assert len(secret) == 32
            assert secret == kept_secret(path)
            assert list(path.parent.iterdir()) == [path]
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
