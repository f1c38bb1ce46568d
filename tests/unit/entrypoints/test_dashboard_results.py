"""What became of a request, in the dashboard's words."""

import pytest

from aldea_core.protocol.deepgram.close_codes import CLOSES
from entrypoints.frontend.results import result_of


@pytest.mark.parametrize("code", sorted({close.code for close in CLOSES.values()}))
def test_every_close_code_has_its_own_words(code):
    assert result_of({"status": code}).text != result_of({"status": 4999}).text
