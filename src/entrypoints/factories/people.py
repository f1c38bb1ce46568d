"""Factories for what is about people: users, sign-ins, emails and the audit log."""

from adapters.files.emails import OURS, FileEmails
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.attempt_limiter import MemoryAttemptLimiter
from adapters.memory.audit import MemoryAuditLog
from adapters.memory.ceremonies import MemoryCeremonies
from adapters.memory.email_changes import MemoryEmailChanges
from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.emails import MemoryEmails
from adapters.memory.idempotency import MemoryIdempotencyStore
from adapters.memory.identity_providers import MemoryIdentityProviders
from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.org_search import MemoryOrgSearch
from adapters.memory.passkeys import MemoryPasskeys
from adapters.memory.second_factors import MemorySecondFactors
from adapters.memory.sign_ins import MemoryOneTimeTokens, MemorySignIns
from adapters.memory.transaction import MemoryTransaction
from adapters.memory.users import MemoryUsers
from adapters.postgres.attempt_limiter import SqlAttemptLimiter
from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.ceremonies import SqlCeremonies
from adapters.postgres.email_changes import SqlEmailChanges
from adapters.postgres.email_outbox import SqlEmailOutbox
from adapters.postgres.engine import Database
from adapters.postgres.idempotency import SqlIdempotencyStore
from adapters.postgres.identity_providers import SqlIdentityProviders
from adapters.postgres.members import SqlInvitations, SqlMembers
from adapters.postgres.org_search import SqlOrgSearch
from adapters.postgres.passkeys import SqlPasskeys
from adapters.postgres.second_factors import SqlSecondFactors
from adapters.postgres.sign_ins import SqlOneTimeTokens, SqlSignIns
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.users import SqlUsers
from adapters.smtp.emails import MailServer, SmtpEmails
from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.alerts import Alerts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.billing_profiles import BillingProfiles
from aldea_core.ports.ceremonies import Ceremonies
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.events import Events
from aldea_core.ports.idempotency import IdempotencyStore
from aldea_core.ports.identity_providers import IdentityProviders
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.org_search import OrgSearch
from aldea_core.ports.passkeys import Passkeys
from aldea_core.ports.second_factors import SecondFactors
from aldea_core.ports.sign_ins import OneTimeTokens, SignIns
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.ports.webhooks import Deliveries, Endpoints
from entrypoints.factories.folders import writable_folder
from entrypoints.factories.stores import store
from entrypoints.settings import Settings


users = store(MemoryUsers, SqlUsers)
members = store(MemoryMembers, SqlMembers)
invitations = store(MemoryInvitations, SqlInvitations)
sign_ins = store(MemorySignIns, SqlSignIns)
one_time_tokens = store(MemoryOneTimeTokens, SqlOneTimeTokens)
audit = store(MemoryAuditLog, SqlAuditLog)
idempotency_store = store(MemoryIdempotencyStore, SqlIdempotencyStore)
attempt_limiter = store(MemoryAttemptLimiter, SqlAttemptLimiter)
email_changes = store(MemoryEmailChanges, SqlEmailChanges)
second_factors = store(MemorySecondFactors, SqlSecondFactors)
identity_providers = store(MemoryIdentityProviders, SqlIdentityProviders)
ceremonies = store(MemoryCeremonies, SqlCeremonies)
passkeys = store(MemoryPasskeys, SqlPasskeys)
outbox = store(MemoryEmailOutbox, SqlEmailOutbox)


def transaction(
    *,
    database: Database | None,
    accounts: Accounts,
    users: Users,
    members: Members,
    invitations: Invitations,
    sign_ins: SignIns,
    one_time_tokens: OneTimeTokens,
    email_changes: EmailChanges,
    second_factors: SecondFactors,
    identity_providers: IdentityProviders,
    ceremonies: Ceremonies,
    passkeys: Passkeys,
    outbox: EmailOutbox,
    audit: AuditLog,
    idempotency_store: IdempotencyStore,
    events: Events,
    endpoints: Endpoints,
    deliveries: Deliveries,
    alerts: Alerts,
    billing_profiles: BillingProfiles,
) -> Transaction:
    if database is not None:
        return SqlTransaction(database)
    people = [users, members, invitations, sign_ins, one_time_tokens]
    people += [email_changes, second_factors, identity_providers, ceremonies, passkeys, outbox]
    webhooks = [events, endpoints, deliveries, alerts, billing_profiles]
    return MemoryTransaction([accounts, *people, audit, idempotency_store, *webhooks])


def org_search(
    *,
    database: Database | None,
    accounts: MemoryAccounts,
    members: MemoryMembers,
    users: MemoryUsers,
) -> OrgSearch:
    if database is None:
        return MemoryOrgSearch(accounts, members, users)
    return SqlOrgSearch(database)


def email_templates(*, settings: Settings) -> EmailTemplates:
    return EmailTemplates(settings.dashboard_url.rstrip("/"))


def emails(*, settings: Settings, clock: Clock) -> MemoryEmails | FileEmails | SmtpEmails:
    if settings.smtp_url:
        return SmtpEmails(MailServer.parse(settings.smtp_url), settings.letters_from)
    if settings.letters_dir:
        folder = writable_folder(settings.letters_dir, "ALDEA_LETTERS_DIR", ours=OURS)
        return FileEmails(folder, clock)
    return MemoryEmails()
