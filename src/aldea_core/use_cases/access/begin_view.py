"""Let an operator see an organisation as its members do, without changing anything."""

from datetime import timedelta

import attrs

from aldea_core.domain.access.people import SignIn, User
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId, SignInId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import SignIns
from aldea_core.use_cases.access.sign_in import LONGEST_AGENT


LASTS = timedelta(hours=1)


@attrs.frozen
class BeginView:
    """
    Makes a sign-in of *operator* that only reads one org.

    It is listed and ended like every sign-in of the operator, and opens nothing once the user is no
    operator any more (`FindSignedIn`).
    """

    accounts: Accounts
    sign_ins: SignIns
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, operator: User, org: OrgId, *, address: str = "", agent: str = ""
    ) -> tuple[SignIn, Token]:
        """
        Raises:
            NotFound: There is no such org.
        """
        existing(await self.accounts.org(org), "There is no such organisation.")
        now = self.clock.now()
        token = Token.mint(TokenKind.VIEW, self.randomness.bytes(RANDOM_BYTES))
        view = SignIn(
            SignInId(self.randomness.uuid()),
            operator.id,
            token.hash,
            now,
            now + LASTS,
            address,
            agent[:LONGEST_AGENT],
            org,
        )
        await self.sign_ins.add(view)
        return view, token
