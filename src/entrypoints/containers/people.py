"""People's stores, their passwords, mail to them, and the events that are sent to them."""

from dependency_injector import providers

from adapters.argon2.passwords import Argon2Passwords
from adapters.pyotp.one_time_codes import PyotpOneTimeCodes
from adapters.zxcvbn.password_strength import ZxcvbnStrength
from aldea_core.ports.one_time_codes import OneTimeCodes
from aldea_core.ports.password_strength import PasswordStrength
from aldea_core.ports.passwords import Passwords
from aldea_core.use_cases.access.throttle import Throttle
from aldea_core.use_cases.notifications.record_event import RecordEvent
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import notifications, people


class People(Wiring):
    stores = needs(Stores)

    users = wired(people.users)
    members = wired(people.members)
    invitations = wired(people.invitations)
    sign_ins = wired(people.sign_ins)
    one_time_tokens = wired(people.one_time_tokens)
    email_changes = wired(people.email_changes)
    second_factors = wired(people.second_factors)
    identity_providers = wired(people.identity_providers)
    ceremonies = wired(people.ceremonies)
    passkeys = wired(people.passkeys)
    outbox = wired(people.outbox)
    audit = wired(people.audit)
    idempotency_store = wired(people.idempotency_store)
    attempt_limiter = wired(people.attempt_limiter)
    events = wired(notifications.events)
    endpoints = wired(notifications.endpoints)
    deliveries = wired(notifications.deliveries)
    alerts = wired(notifications.alerts)
    billing_profiles = wired(notifications.billing_profiles)
    transaction = wired(people.transaction)
    record_event = wired(RecordEvent)
    org_search = wired(people.org_search)

    passwords: providers.Provider[Passwords] = wired(Argon2Passwords)
    strength: providers.Provider[PasswordStrength] = wired(ZxcvbnStrength)
    one_time_codes: providers.Provider[OneTimeCodes] = wired(PyotpOneTimeCodes)
    throttle = wired(Throttle, factor=lambda settings: settings.attempts_factor)
    emails = wired(people.emails)
    email_templates = wired(people.email_templates)
