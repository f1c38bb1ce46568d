"""What people do with their own account, with invitations and with an org of theirs as a whole."""

from aldea_core.use_cases.access.change_email import ConfirmEmailChange, RequestEmailChange
from aldea_core.use_cases.access.delete_account import DeleteAccount
from aldea_core.use_cases.access.invite import DeclineInvitation, ShowInvitation
from aldea_core.use_cases.access.second_factor import CompleteSignIn, ManageSecondFactor
from aldea_core.use_cases.access.sign_up import ConfirmAgain
from aldea_core.use_cases.billing.delete_org import DeleteOrg
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
