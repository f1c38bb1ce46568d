"""
Emails to users: plain text, one purpose each.

What is sent contains one-time tokens, so it is never logged. What waits to be sent contains none:
`PLACE` stands in their place, and they are made when the email is sent.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.people import EmailChange, Invitation, User
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.ids import UserId


# Where the token goes in a text: ASCII's "substitute", which names and addresses never contain.
PLACE = "\x1a"
# An email is tried for so long, then it counts as failed.
TRIED_FOR = timedelta(days=1)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)


@attrs.frozen
class WantedToken:
    """
    The token that an email needs.

    Attributes:
        owner: The id of the user, or of the invitation, that the token is for.
    """

    kind: TokenKind
    owner: str


@attrs.frozen
class Email:
    """
    Attributes:
        text: Has `PLACE` where the token goes, if *wanted_token* says that it needs one.
    """

    to: str
    subject: str
    text: str = attrs.field(repr=False)
    wanted_token: WantedToken | None = None

    def with_token(self, token: Token) -> "Email":
        """The email as it is sent."""
        before, _, after = self.text.rpartition(PLACE)
        return Email(self.to, self.subject, before + token.reveal() + after)


def pause_after(failures: int) -> timedelta:
    """How long an email waits after so many failed attempts: 5 seconds, 15, 45, up to an hour."""
    times: int = 3 ** min(failures - 1, 10)
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * times)


@attrs.frozen
class EmailTemplates:
    """
    Creates emails from templates.

    Attributes:
        site: The dashboard's address, which links lead to.
    """

    site: str

    def confirmation(self, to: str, user: UserId) -> Email:
        return Email(
            to,
            "Confirm your address",
            "Welcome to Aldea. Confirm that this address is yours, and choose a password:\n\n"
            f"{self.site}/confirm#{PLACE}\n\n"
            "If you did not sign up, do nothing.\n",
            WantedToken(TokenKind.CONFIRMATION, user),
        )

    def known_address(self, to: str) -> Email:
        return Email(
            to,
            "You have an account already",
            "Somebody, probably you, signed up at Aldea with this address. It has an account\n"
            f"already: sign in at {self.site}/sign-in, or choose another password there.\n\n"
            "If it was not you, do nothing.\n",
        )

    def reset(self, to: str, user: UserId) -> Email:
        return Email(
            to,
            "Choose another password",
            "Choose another password here, within the hour:\n\n"
            f"{self.site}/reset-password#{PLACE}\n\n"
            "If you did not ask for it, do nothing: your password stays as it is.\n",
            WantedToken(TokenKind.RESET, user),
        )

    def invitation(self, invitation: Invitation, org: str, by: User | None) -> Email:
        """
        Args:
            by: The user who invites; None if it was an API key, or the user is gone.
        """
        who = f"{by.name} ({by.email}) invites you" if by is not None else "You are invited"
        return Email(
            invitation.email,
            f"Join {org} on Aldea",
            f"{who} to join {org} as {invitation.role.value}:\n\n"
            f"{self.site}/invitation#{PLACE}\n\n"
            "The invitation is for this address, and good for seven days.\n",
            WantedToken(TokenKind.INVITATION, invitation.id),
        )

    def password_changed(self, to: str) -> Email:
        return Email(
            to,
            "Your password was changed",
            "The password of your account was changed, and every sign-in was ended.\n"
            f"If it was not you, choose another one at once: {self.site}/sign-in\n",
        )

    def change_from(self, to: str, change: EmailChange) -> Email:
        return Email(
            to,
            "Confirm your new address",
            f"The address of your account is about to become {change.email}. Confirm it here, and\n"
            "by the email that was sent there:\n\n"
            f"{self.site}/confirm-email#{PLACE}\n\n"
            "If you did not ask for it, do nothing, and choose another password.\n",
            WantedToken(TokenKind.CHANGE_FROM, change.id),
        )

    def change_to(self, change: EmailChange) -> Email:
        return Email(
            change.email,
            "Confirm your new address",
            "An account at Aldea is about to have this address. Confirm that it is yours, and by\n"
            "the email that was sent to the address of before:\n\n"
            f"{self.site}/confirm-email#{PLACE}\n\n"
            "If you did not ask for it, do nothing.\n",
            WantedToken(TokenKind.CHANGE_TO, change.id),
        )

    def address_in_use(self, to: str) -> Email:
        return Email(
            to,
            "This address has an account already",
            "A person, probably you, wants to change the address of an account at Aldea to this\n"
            "one. It has an account already, so it cannot become that of another.\n\n"
            "If it was not you, do nothing.\n",
        )

    def address_changed(self, to: str, new: str) -> Email:
        return Email(
            to,
            "Your address was changed",
            f"The address of your account is {new} from now on. Emails to this one end here.\n",
        )

    def account_deleted(self, to: str) -> Email:
        return Email(
            to,
            "Your account was deleted",
            "Your account at Aldea was deleted, as you asked. Invoices and amounts of usage are kept\n"
            "for as long as the law asks for it, without your name.\n",
        )
