"""What every `Users`, `Members`, `EmailChanges`, `Invitations`, `SignIns` and `OneTimeTokens` promises."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.ceremonies import Ceremony
from aldea_core.domain.access.identity_providers import IdentityProvider, ProviderEndpoints
from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.access.people import (
    EmailChange,
    Invitation,
    Membership,
    OneTimeToken,
    Role,
    SignIn,
    User,
)
from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import (
    EmailChangeId,
    InvitationId,
    PasskeyId,
    SignInId,
    TokenHash,
    UserId,
)
from aldea_core.domain.pages import OLDEST_FIRST, Page
from aldea_core.ports.sign_ins import ONE_TIME_TOKENS_KEPT


ANN = User(UserId("user-ann"), "ann@example.com", "Ann", "hash-a", NOW)
BOB = User(UserId("user-bob"), "bob@example.com", "Bob", "hash-b", NOW, after(5), is_operator=True)


def token(name: str) -> TokenHash:
    return TokenHash(name.encode().hex().ljust(64, "0"))


class UsersContract:
    """Subclasses give a fixture `users`: empty."""

    async def test_user_round_trips(self, users):
        """
        By id and by address; unknown ones are not found.
        """
        assert await users.add(ANN)
        assert await users.add(BOB)

        assert set(await users.some([ANN.id, BOB.id, UserId("unknown")])) == {ANN, BOB}
        assert await users.of_id(BOB.id) == BOB
        assert await users.of_id(UserId("unknown")) is None
        assert await users.of_email(BOB.email) == BOB
        assert await users.of_email("nobody@example.com") is None
        assert list(await users.some([])) == []

    async def test_email_address_is_unique(self, users):
        """
        A second user of it is not added, and the first stays unchanged.
        """
        await users.add(ANN)

        assert not await users.add(attrs.evolve(BOB, email=ANN.email))
        assert list(await users.some([ANN.id, BOB.id])) == [ANN]

    async def test_changed_user_is_kept(self, users):
        """
        Except the address.
        """
        await users.add(ANN)
        changed = attrs.evolve(
            ANN,
            name="Anna",
            password="hash-c",
            confirmed=after(1),
            zone="Asia/Tokyo",
            language="pt-BR",
        )
        await users.put(attrs.evolve(changed, email="other@example.com"))

        assert list(await users.some([ANN.id])) == [changed]
        with pytest.raises(NotFound):
            await users.put(BOB)

    async def test_users_are_found_by_part_of_name_or_address(self, users):
        """
        Or by the whole id, oldest first, in pages; wildcard characters are literal.
        """
        eve = attrs.evolve(ANN, id=UserId("user-eve"), email="eve_1@example.com", created=after(9))
        for user in (eve, BOB, ANN):
            await users.add(user)

        async def found(search: str = "", page: Page = OLDEST_FIRST) -> list[UserId]:
            return [user.id for user in await users.find(search, page)]

        assert await found() == [*sorted([ANN.id, BOB.id]), eve.id]
        first = (await users.find(page=Page(1)))[0]
        assert await found(page=Page(2, (first.created, first.id))) == (await found())[1:]
        assert await found(ANN.name.upper(), Page(9)) == [ANN.id, eve.id]
        assert await found("EVE_1@") == await found(eve.id) == await found("_") == [eve.id]
        assert await found("%") == []

    async def test_address_changes_unless_it_is_taken(self, users):
        await users.add(ANN)
        await users.add(BOB)

        assert not await users.set_email(ANN.id, BOB.email)
        assert await users.set_email(ANN.id, "ann@new.example")
        assert await users.of_email("ann@new.example") == attrs.evolve(ANN, email="ann@new.example")
        assert await users.of_email(ANN.email) is None
        with pytest.raises(NotFound):
            await users.set_email(UserId("unknown"), "new@new.example")

    async def test_user_is_removed_once(self, users):
        await users.add(ANN)

        assert await users.remove(ANN.id)
        assert not await users.remove(ANN.id)
        assert await users.of_email(ANN.email) is None

    async def test_operators_are_listed(self, users):
        await users.add(ANN)
        await users.add(BOB)

        assert list(await users.operators()) == [BOB]


class MembersContract:
    """Subclasses give a fixture `members`: empty, where both orgs and both users are known."""

    async def test_memberships_are_listed_oldest_first(self, members):
        """
        Of an org and of a user.
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

    async def test_members_are_paged_and_filtered_by_role(self, members):
        """
        Those of one moment by their ids, so that no page leaves one out or repeats one.
        """
        ann = Membership(ANN.id, ORG, Role.OWNER, NOW)
        bob = Membership(BOB.id, ORG, Role.MEMBER, NOW)
        await members.put(Membership(ANN.id, OTHER_ORG, Role.OWNER, NOW))
        for membership in (ann, bob):
            await members.put(membership)
        first, second = sorted((ann, bob), key=lambda one: one.user)

        assert await members.of_org(ORG, page=Page(1)) == [first]
        assert await members.of_org(ORG, page=Page(9, (NOW, first.user))) == [second]
        assert await members.of_org(ORG, page=Page(after=(NOW, second.user))) == []
        assert await members.of_org(ORG, roles=[Role.OWNER, Role.ADMIN]) == [ann]

    async def test_a_role_changes(self, members):
        """
        A user has one role in an org.
        """
        await members.put(Membership(ANN.id, ORG, Role.OWNER, NOW))
        await members.put(Membership(ANN.id, ORG, Role.MEMBER, NOW))

        assert [member.role for member in await members.of_org(ORG)] == [Role.MEMBER]

    async def test_member_is_removed_once(self, members):
        """
        From that org only.
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


class SecondFactorsContract:
    """Subclasses give a fixture `second_factors`: empty, where both users are known."""

    async def test_second_factors_round_trip(self, second_factors):
        """
        A user has one; it is removed once.
        """
        factor = SecondFactor(ANN.id, "SECRET", NOW)
        await second_factors.put(factor)
        assert await second_factors.of_user(ANN.id) == factor
        used = attrs.evolve(factor, confirmed=after(1), last_step=2**33, recovery=("a", "b"))
        await second_factors.put(used)

        assert await second_factors.of_user(ANN.id) == used
        assert await second_factors.of_user(BOB.id) is None
        assert await second_factors.remove(ANN.id)
        assert not await second_factors.remove(ANN.id)


class EmailChangesContract:
    """Subclasses give a fixture `email_changes`: empty, where both users are known."""

    CHANGE = EmailChange(EmailChangeId("change"), ANN.id, "ann@new.example", NOW)

    async def test_changes_round_trip(self, email_changes):
        """
        By id, by user, and by each token.
        """
        change = self.CHANGE.with_token(TokenKind.CHANGE_FROM, token("from"))
        change = change.with_token(TokenKind.CHANGE_TO, token("to"))
        change = attrs.evolve(change, confirmed=frozenset({TokenKind.CHANGE_TO}))
        await email_changes.put(self.CHANGE)
        assert await email_changes.of_user(ANN.id) == self.CHANGE
        await email_changes.put(change)

        assert await email_changes.find(change.id) == change
        for text in ("from", "to"):
            assert await email_changes.of_token(token(text)) == change
        assert await email_changes.of_token(token("other")) is None
        assert await email_changes.of_user(BOB.id) is None

    async def test_user_has_one_change(self, email_changes):
        await email_changes.put(self.CHANGE)
        second = attrs.evolve(self.CHANGE, id=EmailChangeId("second"))
        await email_changes.put(second)

        assert await email_changes.of_user(ANN.id) == second
        assert await email_changes.find(self.CHANGE.id) is None
        await email_changes.remove(ANN.id)
        assert await email_changes.of_user(ANN.id) is None


class InvitationsContract:
    """Subclasses give a fixture `invitations`: empty, where both orgs are known."""

    async def test_invitations_round_trip(self, invitations):
        """
        By org, oldest first, and by token.
        """
        first = invitation("first", invited_by=None)
        second = invitation("second", created=after(1))
        await invitations.add(second)
        await invitations.add(first)

        assert list(await invitations.of_org(ORG)) == [first, second]
        assert list(await invitations.of_org(OTHER_ORG)) == []
        assert await invitations.of_token(token("first")) == first
        assert await invitations.of_token(token("third")) is None

    async def test_invitations_are_paged_in_either_order(self, invitations):
        """
        Those of one moment by their ids.
        """
        made = [invitation(name, created=after(at)) for name, at in (("a", 0), ("b", 1), ("c", 1))]
        for each in (*reversed(made), invitation("theirs", org=OTHER_ORG)):
            await invitations.add(each)

        async def walk(**order) -> list[list[Invitation]]:
            pages, place = [], None
            while page := await invitations.of_org(ORG, Page(2, place, **order)):
                pages.append(list(page))
                place = (page[-1].created, page[-1].id)
            return pages

        a, b, c = made
        assert await walk() == [[a, b], [c]]
        assert await walk(newest_first=True) == [[c, b], [a]]

    async def test_invitation_is_found_by_id_and_address(self, invitations):
        """
        Of its org only.
        """
        one = invitation("one")
        await invitations.add(one)

        assert await invitations.find(ORG, one.id) == one
        assert await invitations.of_email(ORG, one.email) == one
        for found in (
            await invitations.find(OTHER_ORG, one.id),
            await invitations.find(ORG, InvitationId("none")),
            await invitations.of_email(OTHER_ORG, one.email),
            await invitations.of_email(ORG, "none@example.com"),
        ):
            assert found is None

    async def test_second_invitation_replaces_the_first(self, invitations):
        """
        The first token is invalid then.
        """
        await invitations.add(invitation())
        again = invitation(id=InvitationId("again"), token=token("again"), role=Role.MEMBER)
        await invitations.add(again)

        assert list(await invitations.of_org(ORG)) == [again]
        assert await invitations.of_token(token("one")) is None

    async def test_token_is_replaced(self, invitations):
        """
        Of that invitation, which stays as it was.
        """
        await invitations.add(invitation())
        assert await invitations.set_token(InvitationId("invitation-one"), token("new"))
        assert not await invitations.set_token(InvitationId("unknown"), token("newer"))

        assert await invitations.of_token(token("new")) == invitation(token=token("new"))
        assert await invitations.of_token(token("one")) is None

    async def test_invitation_is_renewed(self, invitations):
        """
        Once it is withdrawn, it stays so.
        """
        await invitations.add(invitation())
        one = InvitationId("invitation-one")
        assert await invitations.renew(one, after(5))
        assert await invitations.find(ORG, one) == invitation(expires=after(5))
        await invitations.remove(ORG, one)

        assert not await invitations.renew(one, after(6))
        assert list(await invitations.of_org(ORG)) == []

    async def test_invitation_is_withdrawn_once(self, invitations):
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

    async def test_sign_ins_round_trip(self, sign_ins):
        """
        By token, and by user until they expire.
        """
        first = sign_in("first")
        second = sign_in("second", created=after(1), expires=after(99), org=ORG)
        await sign_ins.add(second)
        await sign_ins.add(first)

        assert await sign_ins.of_token(token("first")) == first
        assert await sign_ins.of_token(token("third")) is None
        assert list(await sign_ins.of_user(ANN.id, at=after(2))) == [first, second]
        assert list(await sign_ins.of_user(ANN.id, at=after(60))) == [second]

    async def test_use_is_noted(self, sign_ins):
        await sign_ins.add(sign_in())
        await sign_ins.note_use(sign_in().id, at=after(7))

        assert (await sign_ins.of_token(token("one"))).last_seen == after(7)

    async def test_sign_in_is_ended_by_its_user_only(self, sign_ins):
        await sign_ins.add(sign_in())

        assert not await sign_ins.end(BOB.id, SignInId("sign-in-one"))
        assert await sign_ins.end(ANN.id, SignInId("sign-in-one"))
        assert not await sign_ins.end(ANN.id, SignInId("sign-in-one"))
        assert await sign_ins.of_token(token("one")) is None

    async def test_all_sign_ins_of_a_user_are_ended(self, sign_ins):
        """
        No other user's.
        """
        for kept in (sign_in("one"), sign_in("two"), sign_in("bobs", BOB.id)):
            await sign_ins.add(kept)
        await sign_ins.end_all(ANN.id)

        assert list(await sign_ins.of_user(ANN.id, at=NOW)) == []
        assert list(await sign_ins.of_user(BOB.id, at=NOW)) == [sign_in("bobs", BOB.id)]


class OneTimeTokensContract:
    """Subclasses give a fixture `one_time_tokens`: empty, where both users are known."""

    async def test_one_time_token_is_found(self, one_time_tokens):
        """
        By the right token, for the right purpose, before it expires.
        """
        for user, name in ((ANN.id, "anns"), (BOB.id, "bobs")):
            await one_time_tokens.add(OneTimeToken(token(name), user, TokenKind.RESET, after(60)))

        assert await one_time_tokens.find(token("other"), TokenKind.RESET, at=NOW) is None
        assert await one_time_tokens.find(token("anns"), TokenKind.CONFIRMATION, at=NOW) is None
        assert await one_time_tokens.find(token("anns"), TokenKind.RESET, at=NOW) == ANN.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=after(59)) == BOB.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=after(60)) is None

    async def test_all_one_time_tokens_of_a_user_are_ended(self, one_time_tokens):
        """
        For every purpose, and no other user's.
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

    async def test_newest_one_time_tokens_are_kept(self, one_time_tokens):
        """
        Repeated requests end no recent token; other purposes and users are not affected.
        """
        await one_time_tokens.add(
            OneTimeToken(token("other"), ANN.id, TokenKind.CONFIRMATION, after(1))
        )
        await one_time_tokens.add(OneTimeToken(token("bobs"), BOB.id, TokenKind.RESET, after(1)))
        for n in range(ONE_TIME_TOKENS_KEPT + 1):
            await one_time_tokens.add(
                OneTimeToken(token(f"number {n}"), ANN.id, TokenKind.RESET, after(60 + n))
            )

        assert await one_time_tokens.find(token("number 0"), TokenKind.RESET, at=NOW) is None
        for n in range(1, ONE_TIME_TOKENS_KEPT + 1):
            assert (
                await one_time_tokens.find(token(f"number {n}"), TokenKind.RESET, at=NOW) == ANN.id
            )
        assert await one_time_tokens.find(token("other"), TokenKind.CONFIRMATION, at=NOW) == ANN.id
        assert await one_time_tokens.find(token("bobs"), TokenKind.RESET, at=NOW) == BOB.id


PROVIDER = IdentityProvider(
    ORG,
    "https://id.example.com",
    "client",
    "secret",
    ProviderEndpoints("https://id/a", "https://id/t", "https://id/k"),
    ("example.com", "example.org"),
    "proof",
    NOW,
    ("example.com",),
    True,
)


class IdentityProvidersContract:
    """Subclasses give a fixture `identity_providers`: empty, where both orgs are known."""

    async def test_provider_round_trips(self, identity_providers):
        """
        By its org, and by the domains that it has proven.
        """
        assert await identity_providers.put(PROVIDER)

        assert await identity_providers.of_org(ORG) == PROVIDER
        assert await identity_providers.of_org(OTHER_ORG) is None
        assert await identity_providers.of_domain("example.com") == PROVIDER
        assert await identity_providers.of_domain("example.org") is None

    async def test_provider_is_replaced(self, identity_providers):
        await identity_providers.put(PROVIDER)
        changed = attrs.evolve(PROVIDER, issuer="https://other", proven=("example.org",))

        assert await identity_providers.put(changed)
        assert await identity_providers.of_org(ORG) == changed
        assert await identity_providers.of_domain("example.com") is None

    async def test_domain_is_proven_by_one_org(self, identity_providers):
        """
        The other's provider stays as it was.
        """
        other = attrs.evolve(PROVIDER, org=OTHER_ORG, proven=())
        await identity_providers.put(PROVIDER)
        await identity_providers.put(other)

        assert not await identity_providers.put(attrs.evolve(other, proven=("example.com",)))
        assert await identity_providers.of_org(OTHER_ORG) == other
        assert await identity_providers.of_domain("example.com") == PROVIDER

    async def test_provider_is_removed_once(self, identity_providers):
        """
        Its domains are free again.
        """
        await identity_providers.put(PROVIDER)

        assert await identity_providers.remove(ORG)
        assert not await identity_providers.remove(ORG)
        assert await identity_providers.of_org(ORG) is None
        assert await identity_providers.put(attrs.evolve(PROVIDER, org=OTHER_ORG))


class CeremoniesContract:
    """Subclasses give a fixture `ceremonies`: empty."""

    async def test_ceremony_is_taken_once(self, ceremonies):
        begun = Ceremony(token("a"), TokenKind.COMPANY, {"org": "acme"}, after(60))
        await ceremonies.add(begun, at=NOW)

        assert await ceremonies.take(token("a"), TokenKind.RESET, at=NOW) is None
        assert await ceremonies.take(token("a"), TokenKind.COMPANY, at=NOW) == begun
        assert await ceremonies.take(token("a"), TokenKind.COMPANY, at=NOW) is None
        assert await ceremonies.take(token("b"), TokenKind.COMPANY, at=NOW) is None

    async def test_ceremony_expires(self, ceremonies):
        """
        Others that have are deleted with the next one.
        """
        for name, seconds in (("old", 1), ("late", 60)):
            begun = Ceremony(token(name), TokenKind.COMPANY, {}, after(seconds))
            await ceremonies.add(begun, at=NOW)
        await ceremonies.add(Ceremony(token("c"), TokenKind.COMPANY, {}, after(99)), at=after(1))

        assert await ceremonies.take(token("old"), TokenKind.COMPANY, at=NOW) is None
        assert await ceremonies.take(token("late"), TokenKind.COMPANY, at=after(60)) is None


PASSKEY = Passkey(
    PasskeyId("phone"), ANN.id, "Phone", Credential("x" * 1364, bytes(range(256)), 7), NOW
)


class PasskeysContract:
    """Subclasses give a fixture `passkeys`: empty, where both users are known."""

    async def test_passkeys_are_listed_oldest_first(self, passkeys):
        """
        Of a user; and each is found by its credential.
        """
        later = attrs.evolve(
            PASSKEY, id=PasskeyId("key"), credential=Credential("y", b"", 0), created=after(1)
        )
        assert await passkeys.add(later)
        assert await passkeys.add(PASSKEY)

        assert list(await passkeys.of_user(ANN.id)) == [PASSKEY, later]
        assert list(await passkeys.of_user(BOB.id)) == []
        assert await passkeys.of_credential("y") == later
        assert await passkeys.of_credential("z") is None

    async def test_credential_is_registered_once(self, passkeys):
        await passkeys.add(PASSKEY)

        assert not await passkeys.add(attrs.evolve(PASSKEY, id=PasskeyId("b"), user=BOB.id))
        assert list(await passkeys.of_user(BOB.id)) == []

    async def test_use_is_noted(self, passkeys):
        await passkeys.add(PASSKEY)
        await passkeys.note_use(PASSKEY.id, 2**32 - 1, at=after(5))
        await passkeys.note_use(PasskeyId("unknown"), 1, at=after(5))

        (known,) = await passkeys.of_user(ANN.id)
        assert (known.credential.count, known.last_used) == (2**32 - 1, after(5))

    async def test_passkeys_are_removed_of_their_user_alone(self, passkeys):
        other = attrs.evolve(
            PASSKEY, id=PasskeyId("key"), user=BOB.id, credential=Credential("y", b"", 0)
        )
        await passkeys.add(PASSKEY)
        await passkeys.add(other)

        assert not await passkeys.remove(BOB.id, PASSKEY.id)
        assert await passkeys.remove(ANN.id, PASSKEY.id)
        assert not await passkeys.remove(ANN.id, PASSKEY.id)
        await passkeys.remove_all(ANN.id)
        assert list(await passkeys.of_user(BOB.id)) == [other]
        await passkeys.remove_all(BOB.id)
        assert list(await passkeys.of_user(BOB.id)) == []
