"""What people do with accounts, orgs and keys: the use cases, one line each."""

from aldea_core.use_cases.access.change_member import ChangeRole, RemoveMember
from aldea_core.use_cases.access.change_password import (
    ChangePassword,
    RequestReset,
    ResetPassword,
    SetPassword,
)
from aldea_core.use_cases.access.check_password import CheckPassword
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.delete_expired import DeleteExpired
from aldea_core.use_cases.access.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.access.invite import AcceptInvitation, Invite, WithdrawInvitation
from aldea_core.use_cases.access.issue_token import IssueToken
from aldea_core.use_cases.access.open_account import OpenAccount
from aldea_core.use_cases.access.rename_org import RenameOrg
from aldea_core.use_cases.access.send_emails import SendEmails
from aldea_core.use_cases.access.show_keys import ShowKeys
from aldea_core.use_cases.access.sign_in import BeginSignIn, FindSignedIn
from aldea_core.use_cases.access.sign_up import AskToConfirm, ConfirmAddress, SignUp
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories.offered_models import offered_models_of


class Identity(Wiring):
    stores = needs(Stores)
    people = needs(People)

    create_org = wired(CreateOrg)
    rename_org = wired(RenameOrg)
    walk_orgs = wired(WalkOrgs)

    create_key = wired(CreateKey, offered_models=offered_models_of)
    rotate_key = wired(RotateKey)
    revoke_key = wired(RevokeKey)
    show_keys = wired(ShowKeys)

    open_account = wired(OpenAccount)
    ask_to_confirm = wired(AskToConfirm)
    sign_up = wired(
        SignUp,
        accept="accept_invitation",
        is_confirmed=lambda settings: not settings.confirm_addresses,
    )
    confirm_address = wired(ConfirmAddress)
    begin_sign_in = wired(BeginSignIn)
    find_signed_in = wired(FindSignedIn)

    choose_password = wired(ChoosePassword)
    check_password = wired(CheckPassword)
    change_password = wired(ChangePassword)
    set_password = wired(SetPassword)
    request_reset = wired(RequestReset)
    reset_password = wired(ResetPassword)

    invite = wired(Invite)
    accept_invitation = wired(AcceptInvitation)
    withdraw_invitation = wired(WithdrawInvitation)
    change_role = wired(ChangeRole)
    remove_member = wired(RemoveMember)

    issue_token = wired(IssueToken)
    send_emails = wired(SendEmails)
    delete_expired = wired(DeleteExpired)
