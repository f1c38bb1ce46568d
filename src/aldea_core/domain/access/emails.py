"""
Emails to users: plain text, one purpose each.

They contain one-time tokens, so they are never logged.
"""

import attrs

from aldea_core.domain.access.tokens import Token


@attrs.frozen
class Email:
    to: str
    subject: str
    text: str = attrs.field(repr=False)


@attrs.frozen
class EmailTemplates:
    """
    Creates emails from templates.

    Attributes:
        site: The dashboard's address, which links lead to.
    """

    site: str

    def confirmation(self, to: str, token: Token) -> Email:
        return Email(
            to,
            "Confirm your address",
            "Welcome to Aldea. Confirm that this address is yours, and choose a password:\n\n"
            f"{self.site}/confirm#{token.reveal()}\n\n"
            "If you did not sign up, do nothing.\n",
        )

    def known_address(self, to: str) -> Email:
        return Email(
            to,
            "You have an account already",
            "Somebody, probably you, signed up at Aldea with this address. It has an account\n"
            f"already: sign in at {self.site}/sign-in, or choose another password there.\n\n"
            "If it was not you, do nothing.\n",
        )

    def reset(self, to: str, token: Token) -> Email:
        return Email(
            to,
            "Choose another password",
            "Choose another password here, within the hour:\n\n"
            f"{self.site}/reset-password#{token.reveal()}\n\n"
            "If you did not ask for it, do nothing: your password stays as it is.\n",
        )

    def invitation(self, to: str, org: str, token: Token) -> Email:
        return Email(
            to,
            f"Join {org} on Aldea",
            f"You are invited to join {org}:\n\n"
            f"{self.site}/invitation#{token.reveal()}\n\n"
            "The invitation is for this address, and good for seven days.\n",
        )

    def password_changed(self, to: str) -> Email:
        return Email(
            to,
            "Your password was changed",
            "The password of your account was changed, and every sign-in was ended.\n"
            f"If it was not you, choose another one at once: {self.site}/sign-in\n",
        )
