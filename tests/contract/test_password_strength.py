"""The suite of password strength on its adapters."""

import pytest

from tests.contract.password_strength import PasswordStrengthContract

from adapters.memory.password_strength import FewCommonPasswords
from adapters.zxcvbn.password_strength import ZxcvbnStrength


class TestFewCommonPasswords(PasswordStrengthContract):
    @pytest.fixture
    def strength(self):
        return FewCommonPasswords()


class TestZxcvbnStrength(PasswordStrengthContract):
    @pytest.fixture
    def strength(self):
        return ZxcvbnStrength()

    @pytest.mark.parametrize(
        "password",
        ["P@ssw0rd2024", "123456789012", "abcdefghijkl", "letmeinletmein", "aldeaaldea12"],
    )
    async def test_variations_of_common_passwords_are_weak(self, strength, password):
        """
        Leetspeak, keyboard rows, repetitions, and the product's name.
        """
        assert await strength.weakness(password, ["ann@aldea.example"])
