"""Sign-ins besides by password: by the identity provider of a company, and by passkeys."""

from aldea_core.use_cases.access.company_sign_in import BeginCompanySignIn, CompleteCompanySignIn
from aldea_core.use_cases.access.identity_provider import ManageIdentityProvider
from aldea_core.use_cases.access.passkeys import BeginCeremony, ManagePasskeys, SignInByPasskey
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import sign_in_methods


class SignInMethods(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)

    oidc_client = wired(sign_in_methods.oidc_client)
    domain_proofs = wired(sign_in_methods.domain_proofs)
    manage_identity_provider = wired(ManageIdentityProvider)
    begin_company_sign_in = wired(BeginCompanySignIn)
    complete_company_sign_in = wired(CompleteCompanySignIn)

    passkey_verifier = wired(sign_in_methods.passkey_verifier)
    begin_ceremony = wired(BeginCeremony)
    manage_passkeys = wired(ManagePasskeys)
    sign_in_by_passkey = wired(SignInByPasskey)
