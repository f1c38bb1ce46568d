"""What every `Users`, `Members`, `Invitations`, `SignIns` and `OneTimeTokens` promises."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.people import Invitation, Membership, OneTimeToken, Role, SignIn, User
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvitationId, SignInId, TokenHash, UserId
from aldea_core.ports.sign_ins import ERRANDS_KEPT


ANN = User(UserId("user-ann"), "ann@example.com", "Ann", "hash-a", NOW)
BOB = User(UserId("user-bob"), "bob@example.com", "Bob", "hash-b", NOW, after(5), is_operator=True)


def token(name: str) -> TokenHash:
    return TokenHash(name.encode().hex().ljust(64, "0"))


class UsersContract:
    """Subclasses give a fixture `users`: empty."""

    async def test_users_come_back_whole(self, users):
        """
        By their ids and by their addresses; strangers do not.
        """
        assert await users.add(ANN)
        assert await users.add(BOB)

        assert set(await users.some([ANN.id, BOB.id, UserId("nobody")])) == {ANN, BOB}
        assert await users.of_email(BOB.email) == BOB
        assert await users.of_email("nobody@example.com") is None
        assert list(await users.some([])) == []

    async def test_an_address_is_one_users(self, users):
        """
        Whoever comes second is not added, and takes nothing away.
        """
        await users.add(ANN)

        assert not await users.add(attrs.evolve(BOB, email=ANN.email))
        assert list(await users.some([ANN.id, BOB.id])) == [ANN]

    async def test_what_is_put_stays(self, users):
        """
        All of it but the address.
        """
        await users.add(ANN)
        changed = attrs.evolve(ANN, name="Anna", password="hash-c", confirmed=after(1))
        await users.put(attrs.evolve(changed, email="other@example.com"))

        assert list(await users.some([ANN.id])) == [changed]
        with pytest.raises(NotFound):
            await users.put(BOB)

    async def test_operators(self, users):
        """
        Are those who are.
        """
        await users.add(ANN)
        await users.add(BOB)

        assert list(await users.operators()) == [BOB]


class MembersContract:
    """Subclasses give a fixture `members`: empty, where both orgs and both users are known."""

    async def test_memberships_come_back(self, members):
        """
        Of an org and of a user, longest first.
        """
        ann = Membership(ANN.id, ORG, Role.OWNER, after(9))
        bob = Membership(BOB.id, ORG, Role.MEMBER, NOW)
        elsewhere = Membership(BOB.id, OTHER_ORG, Role.ADMIN, after(1))
        for membership in (ann, elsewhere, bob):
            await members.put(membership)

        assert list(await members.of_org(ORG)) == [bob, ann]
        assert list(await members.of_user(BOB.id)) == [bob, elsewhere]
        assert await members.find(ORG, ANN.id) == ann
        assert await members.find(OTHER_ORG, ANN.id) is None

    async def test_a_role_changes(self, members):
        """
        One user has one role in an org.
        """
        await members.put(Membership(ANN.id, ORG, Role.OWNER, NOW))
        await members.put(Membership(ANN.id, ORG, Role.MEMBER, NOW))

        assert [member.role for member in await members.of_org(ORG)] == [Role.MEMBER]

    async def test_whoever_goes_is_gone(self, members):
        """
        From that org, once.
        """
        await members.put(Membership(ANN.id, ORG, Role.OWNER, NOW))
        await members.put(Membership(ANN.id, OTHER_ORG, Role.OWNER, NOW))

        assert await members.remove(ORG, ANN.id)
        assert not await members.remove(ORG, ANN.id)
        assert [member.org for member in await members.of_user(ANN.id)] == [OTHER_ORG]


def invitation(name: str = "one", **more) -> Invitation:
    values = {
        "id": InvitationId(f"invitation-{name}"),
        "org": ORG,
        "email": f"{name}@example.com",
        "role": Role.ADMIN,
        "token": token(name),
        "invited_by": ANN.id,
        "created": NOW,
        "expires": after(60),
    }
    return Invitation(**{**values, **more})


class InvitationsContract:
    """Subclasses give a fixture `invitations`: empty, where both orgs are known."""

    async def test_invitations_come_back(self, invitations):
        """
        By their org, oldest first, and by their token.
        """
        first = invitation("first", invited_by=None)
        second = invitation("second", created=after(1))
        await invitations.add(second)
        await invitations.add(first)

        assert list(await invitations.of_org(ORG)) == [first, second]
        assert list(await invitations.of_org(OTHER_ORG)) == []
        assert await invitations.of_token(token("first")) == first
        assert await invitations.of_token(token("third")) is None

    async def test_a_second_one_takes_the_firsts_place(self, invitations):
        """
        The first one's token opens nothing then.
        """
        await invitations.add(invitation())
        again = invitation(id=InvitationId("again"), token=token("again"), role=Role.MEMBER)
        await invitations.add(again)

        assert list(await invitations.of_org(ORG)) == [again]
        assert await invitations.of_token(token("one")) is None

    async def test_it_is_taken_back_once(self, invitations):
        """
        By its own org only.
        """
        await invitations.add(invitation())
        one = InvitationId("invitation-one")

        assert not await invitations.remove(OTHER_ORG, one)
        assert await invitations.remove(ORG, one)
        assert not await invitations.remove(ORG, one)


def sign_in(name: str = "one", user: UserId = ANN.id, **more) -> SignIn:
    values = {"created": NOW, "expires": after(60), "address": "127.0.0.1", "agent": "test"}
    return SignIn(SignInId(f"sign-in-{name}"), user, token(name), **{**values, **more})


class SignInsContract:
    """Subclasses give a fixture `sign_ins`: empty, where both users are known."""

    async def test_sign_ins_come_back(self, sign_ins):
        """
        By their token, and by their user as long as they last.
        """
        first, second = sign_in("first"), sign_in("second", created=after(1), expires=after(99))
        await sign_ins.add(second)
        await sign_ins.add(first)

        assert await sign_ins.of_token(token("first")) == first
        assert await sign_ins.of_token(token("third")) is None
        assert list(await sign_ins.of_user(ANN.id, at=after(2))) == [first, second]
        assert list(await sign_ins.of_user(ANN.id, at=after(60))) == [second]

    async def test_one_is_ended(self, sign_ins):
        """
        By its own user only.
        """
        await sign_ins.add(sign_in())

        assert not await sign_ins.end(BOB.id, SignInId("sign-in-one"))
        assert await sign_ins.end(ANN.id, SignInId("sign-in-one"))
        assert not await sign_ins.end(ANN.id, SignInId("sign-in-one"))
        assert await sign_ins.of_token(token("one")) is None

    async def test_all_are_ended(self, sign_ins):
        """
        Of one user, and of no other.
        """
        for kept in (sign_in("one"), sign_in("two"), sign_in("bobs", BOB.id)):
            await sign_ins.add(kept)
        await sign_ins.end_all(ANN.id)

        assert list(await sign_ins.of_user(ANN.id, at=NOW)) == []
        assert list(await sign_ins.of_user(BOB.id, at=NOW)) == [sign_in("bobs", BOB.id)]


class OneTimeTokensContract:
    """Subclasses give a fixture `one_time_tokens`: empty, where both users are known."""

    async def test_an_errand_is_found(self, one_time_tokens):
        """
        With the right token, for the right kind, in time.
        """
        for user, name in ((ANN.id, "anns"), (BOB.id, "bobs")):
            await one_time_tokens.add(OneTimeToken(token(name), user, TokenKind.RESET, after(60)))

        assert await one_time_tokens.find(token("other"), TokenKind.RESET, at=NOW) is None
        assert await one_time_tokens.find(token("anns"), TokenKind.CONFIRMATION, at=NOW) is None
        assert await one_time_tokens.find(token("anns"), TokenKind.RESET, at=NOW) == ANN.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=after(59)) == BOB.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=after(60)) is None

    async def test_all_of_a_user_end(self, one_time_tokens):
        """
        Of every kind, and nobody else's.
        """
        for user, name in ((ANN.id, "anns"), (BOB.id, "bobs")):
            await one_time_tokens.add(OneTimeToken(token(name), user, TokenKind.RESET, after(60)))
        await one_time_tokens.add(
            OneTimeToken(token("other"), ANN.id, TokenKind.CONFIRMATION, after(60))
        )
        await one_time_tokens.end_all(ANN.id)

        assert await one_time_tokens.find(token("anns"), TokenKind.RESET, at=NOW) is None
        assert await one_time_tokens.find(token("other"), TokenKind.CONFIRMATION, at=NOW) is None
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=NOW) == BOB.id

    async def test_the_newest_are_kept(self, one_time_tokens):
        """
        So whoever has many letters sent to somebody takes no good one from them; other kinds and
        users are not touched.
        """
        await one_time_tokens.add(
            OneTimeToken(token("other"), ANN.id, TokenKind.CONFIRMATION, after(1))
        )
        await one_time_tokens.add(OneTimeToken(token("bobs"), BOB.id, TokenKind.RESET, after(1)))
        for n in range(ERRANDS_KEPT + 1):
            await one_time_tokens.add(
                OneTimeToken(token(f"number {n}"), ANN.id, TokenKind.RESET, after(60 + n))
            )

        assert await one_time_tokens.find(token("number 0"), TokenKind.RESET, at=NOW) is None
        for n in range(1, ERRANDS_KEPT + 1):
            assert (
                await one_time_tokens.find(token(f"number {n}"), TokenKind.RESET, at=NOW) == ANN.id
            )
        assert await one_time_tokens.find(token("other"), TokenKind.CONFIRMATION, at=NOW) == ANN.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=NOW) == BOB.id
