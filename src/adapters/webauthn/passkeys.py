"""The relying party's side of Web Authentication, by webauthn."""

import json

from collections.abc import Mapping, Sequence
from typing import Any, final
from urllib.parse import urlsplit

import attrs
import webauthn

from typing_extensions import override
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.access.people import User
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.passkeys import PasskeyVerifier


@final
@attrs.frozen
class WebauthnPasskeyVerifier(PasskeyVerifier):
    """
    Args:
        url: The dashboard's public URL: passkeys are for its host, and answers come from its pages.
        name: The company's, which devices show.
    """

    url: str
    name: str

    @override
    def registration(
        self, user: User, challenge: bytes, known: Sequence[Passkey]
    ) -> Mapping[str, Any]:
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=self.name,
            user_id=user.id.encode(),
            user_name=user.email,
            user_display_name=user.name or user.email,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_described(known),
        )
        return _json(options)

    @override
    def registered(self, answer: Mapping[str, Any], challenge: bytes) -> Credential:
        try:
            made = webauthn.verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception as error:  # several libraries' errors, caused by what a client sent
            raise _refused() from error
        return Credential(
            bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count
        )

    @override
    def request(self, challenge: bytes, known: Sequence[Passkey]) -> Mapping[str, Any]:
        options = webauthn.generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            allow_credentials=_described(known),
            user_verification=UserVerificationRequirement.PREFERRED
            if known
            else UserVerificationRequirement.REQUIRED,
        )
        return _json(options)

    @override
    def used(
        self,
        answer: Mapping[str, Any],
        challenge: bytes,
        credential: Credential,
        *,
        is_user_verified: bool,
    ) -> int:
        try:
            used = webauthn.verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=credential.public_key,
                credential_current_sign_count=credential.count,
                require_user_verification=is_user_verified,
            )
        except Exception as error:  # several libraries' errors, caused by what a client sent
            raise _refused() from error
        return used.new_sign_count

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def _origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def _described(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential.id)) for one in known
    ]


def _json(options: Any) -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return read


def _refused() -> BadRequest:
    return BadRequest("This passkey was not accepted.", field="credential")
