"""Signing in by the identity provider of a company."""

import attrs
import pytest

from tests.servers.people import ANN

from adapters.memory.members import MemoryInvitations
from aldea_core.domain.access.ceremonies import CEREMONY_LASTS
from aldea_core.domain.access.identity_providers import Identity, proper_domains
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import BadRequest, Conflict, NotAllowed, NotFound
from aldea_core.use_cases.access.identity_provider import ProviderDetails
from aldea_core.use_cases.access.sign_in import COMPANY_LASTS


ISSUER = "https://id.example.com"
DETAILS = ProviderDetails(ISSUER, "client", "secret", ["Example.com "])
ZOE = "zoe@example.com"


@pytest.fixture
async def org(people, ann):
    return await people.org_of(ann)


async def configured(people, org, **changes):
    """A provider whose domains are proven."""
    provider = await people.provider.put(org, attrs.evolve(DETAILS, **changes))
    for domain in provider.domains:
        people.proofs.published[domain] = provider.proof
    return await people.provider.prove(org.id)


async def back(people, email: str = ANN, *, verified: bool = True, name: str = ""):
    """The person comes back from the provider, which says that they have *email*."""
    departure = await people.begin_company(ANN)
    people.oidc.identities["code"] = Identity(email, verified, name)
    return await people.complete_company(departure.state, "code")


async def test_member_signs_in(people, ann, org):
    """
    To the org alone, for a working day.
    """
    await configured(people, org)
    done = await back(people)

    assert (done.org, done.joined) == (org.id, None)
    found = await people.find_signed_in(done.token.reveal())
    assert (found.user, found.sign_in.company) == (ann, org.id)
    people.clock.advance(COMPANY_LASTS.total_seconds())
    assert await people.find_signed_in(done.token.reveal()) is None


async def test_state_is_used_once(people, org):
    await configured(people, org)
    departure = await people.begin_company(ANN)
    people.oidc.identities["code"] = Identity(ANN, True)
    await people.complete_company(departure.state, "code")

    for state in (departure.state, "sso_" + "x" * 43, "nonsense"):
        with pytest.raises(BadRequest, match="begin again"):
            await people.complete_company(state, "code")


async def test_state_expires(people, org):
    await configured(people, org)
    departure = await people.begin_company(ANN)
    people.clock.advance(CEREMONY_LASTS.total_seconds())

    with pytest.raises(BadRequest, match="begin again"):
        await people.complete_company(departure.state, "code")


async def test_code_of_another_sign_in_is_refused(people, org):
    await configured(people, org)
    departure = await people.begin_company(ANN)

    with pytest.raises(BadRequest, match="refuses"):
        await people.complete_company(departure.state, "another")


async def test_answer_of_another_issuer_is_refused(people, org):
    await configured(people, org)
    departure = await people.begin_company(ANN)

    with pytest.raises(BadRequest, match="Another provider"):
        await people.complete_company(departure.state, "code", issuer="https://evil.example")


async def test_unverified_address_is_refused(people, org):
    await configured(people, org)

    with pytest.raises(BadRequest, match="not verified"):
        await back(people, verified=False)


async def test_address_of_another_domain_is_refused(people, org):
    """
    Although its user is a member: the provider may not vouch for it.
    """
    await configured(people, org, admits_new=True)
    guest = await people.signs_up("guest@elsewhere.example")
    await people.members.put(Membership(guest.id, org.id, Role.ADMIN, people.clock.now()))

    for email in (guest.email, "zoe@sub.example.com", "zoe@notexample.com"):
        with pytest.raises(BadRequest, match="not proven"):
            await back(people, email)


async def test_unproven_domain_leads_nowhere(people, org):
    await people.provider.put(org, DETAILS)

    with pytest.raises(BadRequest, match="No company"):
        await people.begin_company(ANN)
    with pytest.raises(Conflict, match="does not publish"):
        await people.provider.prove(org.id)


async def test_outsider_needs_an_invitation(people, org):
    """
    Its role is the member's, and it is used up.
    """
    await configured(people, org)
    with pytest.raises(NotAllowed, match="no member"):
        await back(people, ZOE)
    assert await people.users.of_email(ZOE) is None

    await people.invite(org, ZOE, Role.ADMIN, by=Role.OWNER, inviter=None)
    done = await back(people, ZOE)

    assert done.joined.role is Role.ADMIN
    assert list(await people.invitations.of_org(org.id)) == []


async def test_invitation_that_is_withdrawn_meanwhile_does_not_admit(people, org):
    class Withdrawn(MemoryInvitations):
        async def of_email(self, _, email):
            return attrs.evolve(invitation, email=email)

    await configured(people, org)
    invitation = await people.invite(org, ZOE, Role.ADMIN, by=Role.OWNER, inviter=None)
    await people.withdraw(org.id, invitation.id)
    people.complete_company = attrs.evolve(people.complete_company, invitations=Withdrawn())
    with pytest.raises(NotAllowed, match="taken back"):
        await back(people, ZOE)


async def test_invitation_that_has_expired_does_not_admit(people, org):
    await configured(people, org)
    await people.invite(org, ZOE, Role.ADMIN, by=Role.OWNER, inviter=None)
    (invitation,) = await people.invitations.of_org(org.id)
    people.clock.advance((invitation.expires - people.clock.now()).total_seconds())

    with pytest.raises(NotAllowed, match="no member"):
        await back(people, ZOE)


async def test_outsider_joins_where_the_company_admits_them(people, org):
    """
    The account is pending: its owner is who confirms the address.
    """
    await configured(people, org, admits_new=True)
    done = await back(people, ZOE, name="  Zoe   Smith ")

    zoe = await people.users.of_email(ZOE)
    assert done.joined.role is Role.MEMBER
    assert (zoe.name, zoe.password, zoe.confirmed) == ("Zoe Smith", "", None)
    assert await people.begin(ZOE, "") is None
    assert (await back(people, ZOE)).joined is None


async def test_existing_account_joins_and_stays_its_owners(people, org):
    """
    Another's account gets the membership, and the sign-in opens the company's org alone.
    """
    zoe = await people.signs_up(ZOE)
    await configured(people, org, admits_new=True)
    done = await back(people, ZOE, name="Other")

    assert done.signed_in.user == zoe
    assert done.signed_in.sign_in.company == org.id
    assert await people.users.of_email(ZOE) == zoe


async def test_changed_or_removed_provider_voids_its_sign_ins(people, org):
    """
    Those that began before the change, too.
    """
    await configured(people, org)
    token = (await back(people)).token.reveal()
    departure = await people.begin_company(ANN)
    people.clock.advance(1)
    await people.provider.put(org, DETAILS)

    assert await people.find_signed_in(token) is None
    with pytest.raises(BadRequest, match="begin again"):
        await people.complete_company(departure.state, "code")
    token = (await back(people)).token.reveal()
    assert await people.find_signed_in(token) is not None
    removed = await people.provider.remove(org.id)
    assert removed.issuer == ISSUER
    assert await people.find_signed_in(token) is None
    with pytest.raises(NotFound):
        await people.provider.remove(org.id)


async def test_secret_is_kept_for_the_same_issuer_alone(people, org):
    await configured(people, org)
    kept = await people.provider.put(org, attrs.evolve(DETAILS, client_secret=""))

    assert kept.client_secret == "secret"
    assert kept.proven == ("example.com",)
    elsewhere = attrs.evolve(DETAILS, issuer="https://evil.example", client_secret="")
    with pytest.raises(BadRequest, match="Is needed"):
        await people.provider.put(org, elsewhere)


async def test_domain_is_one_orgs(people, org):
    """
    Nor does a domain that was taken off the list become proven.
    """
    other = await people.create_org("Other")
    await configured(people, org)
    with pytest.raises(Conflict, match="Another organisation"):
        await configured(people, other)
    assert (await people.identity_providers.of_domain("example.com")).org == org.id
    assert (await people.provider.prove(org.id)).proven == ("example.com",)


@pytest.mark.parametrize("domains", [[], ["localhost"], ["a b.com"], ["x.com"] * 1 + ["-@.x"]])
def test_what_is_no_domain_is_refused(domains):
    with pytest.raises(BadRequest):
        proper_domains(domains)


def test_domains_are_in_canonical_form():
    assert proper_domains(["B.com.", " a.com", "b.com"]) == ("a.com", "b.com")
