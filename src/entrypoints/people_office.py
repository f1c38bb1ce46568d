"""
The part of the back office's container about people, and the request pipeline of the backend.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from aldea_core.use_cases.access.change_member import ChangeRole, RemoveMember
from aldea_core.use_cases.access.change_password import (
    ChangePassword,
    RequestReset,
    ResetPassword,
    SetPassword,
)
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.forget_old import ForgetOld
from aldea_core.use_cases.access.invite import AcceptInvitation, Invite, WithdrawInvitation
from aldea_core.use_cases.access.open_account import OpenAccount
from aldea_core.use_cases.access.rename_org import RenameOrg
from aldea_core.use_cases.access.show_keys import ShowKeys
from aldea_core.use_cases.access.sign_in import BeginSignIn, FindSignedIn
from aldea_core.use_cases.access.sign_up import AskToConfirm, ConfirmAddress
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs
from entrypoints.backend.pipeline.dispatch import Dispatcher
from entrypoints.backend.pipeline.idempotency import Idempotency
from entrypoints.backend.resources.audit import AuditRoutes
from entrypoints.backend.resources.engines import EngineRoutes
from entrypoints.backend.resources.invitations import InvitationRoutes
from entrypoints.backend.resources.keys import KeyRoutes
from entrypoints.backend.resources.limits import LimitRoutes
from entrypoints.backend.resources.me import MeRoutes
from entrypoints.backend.resources.members import MemberRoutes
from entrypoints.backend.resources.operator import OperatorRoutes
from entrypoints.backend.resources.orgs import OrgRoutes
from entrypoints.backend.resources.passwords import PasswordRoutes
from entrypoints.backend.resources.people import PeopleRoutes
from entrypoints.backend.resources.sessions import SessionRoutes
from entrypoints.container import Container
from entrypoints.factories import backend as api
from entrypoints.factories import people


class PeopleOffice(Container):
    """Users' stores and use cases, and the backend's resources about them."""

    # People.
    users = providers.Singleton(people.users, database=Container.database)
    members = providers.Singleton(people.members, database=Container.database)
    invitations = providers.Singleton(people.invitations, database=Container.database)
    sign_ins = providers.Singleton(people.sign_ins, database=Container.database)
    one_time_tokens = providers.Singleton(people.one_time_tokens, database=Container.database)
    audit = providers.Singleton(people.audit, database=Container.database)
    idempotency_store = providers.Singleton(people.idempotency_store, database=Container.database)
    rate_limiter = providers.Singleton(people.rate_limiter, database=Container.database)
    transaction = providers.Singleton(
        people.transaction,
        database=Container.database,
        stores=providers.List(
            Container.accounts,
            users,
            members,
            invitations,
            sign_ins,
            one_time_tokens,
            audit,
            idempotency_store,
        ),
    )
    passwords = providers.Singleton(people.passwords)
    emails = providers.Singleton(people.emails, settings=Container.settings, clock=Container.clock)
    email_templates = providers.Singleton(people.email_templates, settings=Container.settings)
    throttle = providers.Singleton(
        people.throttle,
        settings=Container.settings,
        rate_limiter=rate_limiter,
        clock=Container.clock,
    )
    choose_password = providers.Singleton(
        ChoosePassword, passwords=passwords, strength=providers.Singleton(people.password_strength)
    )
    accept_invitation = providers.Singleton(
        AcceptInvitation,
        members=members,
        invitations=invitations,
        transaction=transaction,
        clock=Container.clock,
    )
    open_account = providers.Singleton(
        OpenAccount,
        users=users,
        members=members,
        one_time_tokens=one_time_tokens,
        create_org=Container.create_org,
        choose_password=choose_password,
        clock=Container.clock,
    )
    ask_to_confirm = providers.Singleton(
        AskToConfirm,
        one_time_tokens=one_time_tokens,
        emails=emails,
        email_templates=email_templates,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    sign_up = providers.Singleton(
        people.sign_up,
        settings=Container.settings,
        users=users,
        accept=accept_invitation,
        open_account=open_account,
        ask_to_confirm=ask_to_confirm,
        emails=emails,
        email_templates=email_templates,
        transaction=transaction,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    confirm_address = providers.Singleton(
        ConfirmAddress,
        users=users,
        one_time_tokens=one_time_tokens,
        open_account=open_account,
        transaction=transaction,
        clock=Container.clock,
    )
    begin_sign_in = providers.Singleton(
        BeginSignIn,
        users=users,
        sign_ins=sign_ins,
        passwords=passwords,
        throttle=throttle,
        transaction=transaction,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    find_signed_in = providers.Singleton(
        FindSignedIn, users=users, sign_ins=sign_ins, clock=Container.clock
    )
    rename_org = providers.Singleton(RenameOrg, accounts=Container.accounts)
    request_reset = providers.Singleton(
        RequestReset,
        users=users,
        one_time_tokens=one_time_tokens,
        ask_to_confirm=ask_to_confirm,
        emails=emails,
        email_templates=email_templates,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    set_password = providers.Singleton(
        SetPassword,
        users=users,
        sign_ins=sign_ins,
        one_time_tokens=one_time_tokens,
        emails=emails,
        email_templates=email_templates,
    )
    reset_password = providers.Singleton(
        ResetPassword,
        users=users,
        one_time_tokens=one_time_tokens,
        choose_password=choose_password,
        set_password=set_password,
        transaction=transaction,
        clock=Container.clock,
    )
    change_password = providers.Singleton(
        ChangePassword,
        users=users,
        passwords=passwords,
        choose_password=choose_password,
        set_password=set_password,
        transaction=transaction,
    )
    invite = providers.Singleton(
        Invite,
        users=users,
        members=members,
        invitations=invitations,
        emails=emails,
        email_templates=email_templates,
        throttle=throttle,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    withdraw_invitation = providers.Singleton(WithdrawInvitation, invitations=invitations)
    change_role = providers.Singleton(ChangeRole, members=members, transaction=transaction)
    remove_member = providers.Singleton(RemoveMember, members=members, transaction=transaction)
    org_search = providers.Singleton(people.org_search, accounts=Container.accounts)
    walk_orgs = providers.Singleton(WalkOrgs, org_search=org_search)
    forget_old = providers.Singleton(
        ForgetOld,
        idempotency_store=idempotency_store,
        rate_limiter=rate_limiter,
        clock=Container.clock,
    )
    probes = providers.Singleton(
        api.probes,
        settings=Container.settings,
        engine_client=Container.engine_client.provider,
        clock=Container.clock,
    )

    # The backend API.
    authorizer = providers.Singleton(
        api.authorizer,
        settings=Container.settings,
        find_signed_in=find_signed_in,
        accounts=Container.accounts,
        members=members,
        clock=Container.clock,
    )
    idempotency = providers.Singleton(
        Idempotency,
        idempotency_store=idempotency_store,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    dispatch = providers.Singleton(
        Dispatcher,
        authorizer=authorizer,
        idempotency=idempotency,
        audit=audit,
        transaction=transaction,
        effect=providers.Singleton(
            api.effect,
            redis=Container.redis,
            accounts=Container.accounts,
            org_pages=Container.org_pages,
            clock=Container.clock,
            keystore=Container.keystore,
            sync_org=Container.sync_org,
        ),
        clock=Container.clock,
    )
    people_routes = providers.Singleton(
        PeopleRoutes,
        sign_up=sign_up,
        confirm_address=confirm_address,
        begin_sign_in=begin_sign_in,
        throttle=throttle,
    )
    password_routes = providers.Singleton(
        PasswordRoutes,
        request_reset=request_reset,
        reset_password=reset_password,
        change_password=change_password,
        throttle=throttle,
    )
    me_routes = providers.Singleton(MeRoutes, users=users, sign_ins=sign_ins, clock=Container.clock)
    org_routes = providers.Singleton(
        OrgRoutes,
        accounts=Container.accounts,
        members=members,
        create_org=Container.create_org,
        rename_org=rename_org,
        clock=Container.clock,
    )
    member_routes = providers.Singleton(
        MemberRoutes,
        users=users,
        members=members,
        change_role=change_role,
        remove_member=remove_member,
    )
    invitation_routes = providers.Singleton(
        InvitationRoutes,
        accounts=Container.accounts,
        invitations=invitations,
        invite=invite,
        accept=accept_invitation,
        withdraw=withdraw_invitation,
        throttle=throttle,
        clock=Container.clock,
    )
    key_routes = providers.Singleton(
        KeyRoutes,
        show_keys=providers.Singleton(
            ShowKeys, accounts=Container.accounts, leases=Container.leases, clock=Container.clock
        ),
        create_key=Container.create_key,
        revoke_key=Container.revoke_key,
        rotate_key=Container.rotate_key,
        clock=Container.clock,
    )
    limit_routes = providers.Singleton(LimitRoutes)
    session_routes = providers.Singleton(
        SessionRoutes, leases=Container.leases, clock=Container.clock
    )
    audit_routes = providers.Singleton(AuditRoutes, audit=audit)
    operator_routes = providers.Singleton(
        OperatorRoutes, accounts=Container.accounts, org_search=org_search, audit=audit
    )
    engine_routes = providers.Singleton(EngineRoutes, probes=probes)
