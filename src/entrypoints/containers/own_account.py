"""What people do with their own account, with invitations and with an org of theirs as a whole."""

from dependency_injector import providers

from aldea_core.use_cases.access.change_email import ConfirmEmailChange, RequestEmailChange
from aldea_core.use_cases.access.delete_account import DeleteAccount
from aldea_core.use_cases.access.invite import DeclineInvitation, ShowInvitation
from aldea_core.use_cases.access.second_factor import CompleteSignIn, ManageSecondFactor
from aldea_core.use_cases.access.sign_up import ConfirmAgain
from aldea_core.use_cases.billing.delete_org import DeleteOrg
from entrypoints.backend.resources.account import AccountRoutes
from entrypoints.backend.resources.org_deletion import OrgDeletionRoutes
from entrypoints.backend.resources.second_factor import SecondFactorRoutes
from entrypoints.backend.resources.shown_invitations import ShownInvitationRoutes
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.invoicing import Invoicing
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired


class OwnAccount(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)
    invoicing = needs(Invoicing)

    confirm_again = wired(ConfirmAgain)
    request_email_change = wired(RequestEmailChange)
    confirm_email_change = wired(ConfirmEmailChange)
    delete_account = wired(DeleteAccount)
    manage_second_factor = wired(ManageSecondFactor)
    complete_sign_in = wired(CompleteSignIn)
    delete_org = wired(DeleteOrg)
    show_invitation = wired(ShowInvitation)
    decline_invitation = wired(DeclineInvitation, show="show_invitation")

    # In the order of the documentation.
    own_resources = providers.List(
        wired(AccountRoutes),
        wired(SecondFactorRoutes),
        wired(OrgDeletionRoutes),
        wired(ShownInvitationRoutes, show="show_invitation", decline="decline_invitation"),
    )
