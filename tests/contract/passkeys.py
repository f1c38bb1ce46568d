"""
What every `PasskeyVerifier` promises of answers that are none; the answers of real devices are in
`tests/integration/frontend`. `people` has their store.
"""

import pytest

from tests.contract.people import ANN
from tests.contract.values import NOW

from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PasskeyId


CHALLENGE = bytes(range(32))
KNOWN = Credential("a2V5", b"public key", 3)
NO_ANSWERS = [
    {},
    {"id": "a2V5", "challenge": "of another"},
    {"id": 1, "response": None, "type": []},
]


class PasskeyVerifierContract:
    """Subclasses give the fixture `verifier`."""

    def test_options_have_the_challenge(self, verifier):
        """
        Another one for each.
        """
        known = [Passkey(PasskeyId("p"), ANN.id, "mine", KNOWN, NOW)]
        for options in (
            lambda challenge: verifier.registration(ANN, challenge, known),
            lambda challenge: verifier.request(challenge, known),
        ):
            assert options(CHALLENGE) == options(CHALLENGE)
            assert options(CHALLENGE)["challenge"] != options(bytes(32))["challenge"]

    @pytest.mark.parametrize("answer", NO_ANSWERS)
    def test_no_credential_is_made_of_what_is_no_answer(self, verifier, answer):
        with pytest.raises(BadRequest):
            verifier.registered(answer, CHALLENGE)

    @pytest.mark.parametrize("answer", NO_ANSWERS)
    def test_credential_has_not_signed_what_is_no_answer(self, verifier, answer):
        with pytest.raises(BadRequest):
            verifier.used(answer, CHALLENGE, KNOWN, is_user_verified=True)
