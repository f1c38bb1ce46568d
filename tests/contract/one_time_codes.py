"""What every `OneTimeCodes` promises."""

from datetime import UTC, datetime

import pytest


# RFC 6238, appendix B, with SHA-1; the last six of its eight digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


class OneTimeCodesContract:
    """Subclasses give a fixture `codes`."""

    @pytest.mark.parametrize("seconds", VECTORS)
    def test_codes_are_those_of_the_rfc(self, codes, seconds):
        """
        Of the present step, and of the ones beside it.
        """
        step = seconds // 30
        for beside in (-30, 0, 30):
            at = datetime.fromtimestamp(seconds + beside, UTC)
            assert codes.step_of(SECRET, VECTORS[seconds], at=at) == step
        at = datetime.fromtimestamp(seconds + 60, UTC)
        assert codes.step_of(SECRET, VECTORS[seconds], at=at) is None

    @pytest.mark.parametrize(
        "code", ["", "28708", "\u0662\u0668\u0667\u0660\u0668\u0662", "x" * 200]
    )
    def test_other_texts_are_no_codes(self, codes, code):
        assert codes.step_of(SECRET, code, at=datetime.fromtimestamp(59, UTC)) is None

    def test_secret_has_all_its_bytes(self, codes):
        assert codes.secret(b"12345678901234567890") == SECRET

    def test_uri_has_the_secret_and_the_account(self, codes):
        uri = codes.uri(SECRET, "ann@example.com")

        assert uri.startswith("otpauth://totp/Aldea:ann")
        assert f"secret={SECRET}" in uri
        assert "issuer=Aldea" in uri
